r"""The entry of a vector or matrix that is not learned, A_{ij} = (2 i + 1)(-1)^{i - j}, as a formula of its places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Add, Mul, Piecewise

from derive.definition.fixed import fixed_parameter
from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.functions import applied
from derive.intake.latex.spaces import Space, drawn_by
from derive.intake.latex.tree import Call, Cases, Letter, Node, Numeral, Power, Product, Quotient, Relation, Sum, name_of
from derive.intake.latex.vocabulary import RELATION_CLASSES, WORDS
from derive.notation.quantity import size_letters
from derive.statements.parameter import Parameter
from derive.symbolic.fixed import column, columns, drawn, row, rows


def unlearned(name: str, size: str, space: Space | None, formula: Node | None) -> Parameter | None:
    """What is drawn from a seed, or given by a formula of its entries; None of what is learned.

    Raises DefinitionError for a formula that is not read.
    """
    with sympy.evaluate(True):
        if space is not None and space.words.startswith("drawn with"):
            return fixed_parameter(name, drawn(**drawn_by(space.words)), size)
        if formula is None or space is None:
            return None
        places = dict(zip("ij", (row, column), strict=True))
        places |= {size_letters(axis): of for axis, of in zip(space.axes[::-1], (columns, rows)[-len(space.axes) :], strict=True)}
        return fixed_parameter(name, _value(formula, places, name), size)


def _value(node: Node, places: Mapping[str, Any], name: str) -> Any:
    def value(n: Node) -> Any:
        return _value(n, places, name)

    match node:
        case Numeral(text):
            return exact_rational(text)
        case Letter() if name_of(node.key) in places and node.time is None:
            return places[name_of(node.key)]
        case Sum(terms):
            return Add(*(s * value(t) for s, t in terms))
        case Product(factors):
            return Mul(*(value(f) for _, f in factors))
        case Quotient(a, b):
            return value(a) / value(b)
        case Power(a, b):
            return value(a) ** value(b)
        case Call(function, arguments) if function.base.lower() in WORDS:
            return applied(WORDS[function.base.lower()], [*map(value, arguments)], function, name)
        case Cases(rows_of):
            return Piecewise(*((value(v), True if c is None else value(c)) for v, c in rows_of), evaluate=False)
        case Relation(operator, a, b) if operator in RELATION_CLASSES:
            return RELATION_CLASSES[operator](value(a), value(b))
    raise DefinitionError(f"the entries of {name}: a formula of {', '.join(places)} is read, of numbers and functions")
