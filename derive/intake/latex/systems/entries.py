r"""The entry of a vector or matrix that is not learned, A_{ij} = (2 i + 1)(-1)^{i - j}, as a formula of its places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy import Add, Mul, Piecewise, Pow, Rational, Symbol

from derive.definition.fixed import fixed_parameter
from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.systems.held import HELD
from derive.intake.latex.systems.spaces import Space, drawn_by
from derive.intake.latex.systems.written_out import rows_of_numbers
from derive.intake.latex.text.vocabulary import RELATION_CLASSES, WORDS
from derive.intake.latex.trees.alphabet import NUMBERS
from derive.intake.latex.trees.applied import applied
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    name_of,
)
from derive.notation.quantity import size_letters
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import ordered
from derive.symbolic.fixed import column, columns, drawn, row, rows, zero_order_hold


def unlearned(
    name: str, size: str, space: Space | None, formula: Node | None, constants: Mapping[str, Any]
) -> Parameter | None:
    """What is drawn from a seed, or given by a formula of its entries; None of what is learned. constants: numbers that
    may stand in the formula, by their names.

    Raises DefinitionError for a formula that is not read.
    """
    if space is not None and space.words.startswith("drawn with"):
        return fixed_parameter(name, drawn(**drawn_by(space.words)), size)
    if formula is None or space is None:
        return None
    if (given := rows_of_numbers(formula)) is not None:
        return fixed_parameter(name, [*map(_rational, given)], size)
    own, square = (_places(axes, constants) for axes in (space.axes, space.axes[:1] * 2))
    if isinstance(formula, Call) and formula.function == HELD:
        rates, *inputs = formula.arguments
        value = zero_order_hold(_value(rates, square, name), *(_value(b, own, name) for b in inputs))
    else:
        value = _value(formula, own, name)
    with sympy.evaluate(True):
        return fixed_parameter(name, value, size, constants)


def _places(axes: Sequence[str], constants: Iterable[str]) -> dict[str, Any]:
    """What letters are in the entries of what has these axes: constants, the row i, the column j, and their numbers."""
    ends = zip(map(size_letters, axes[::-1]), (rows, columns)[: len(axes)][::-1], strict=True)
    return {**{constant: Symbol(constant) for constant in constants}, "i": row, "j": column, **dict(ends)}


def entry(formula: Node, letters: Sequence[str], name: str) -> Any:
    """The formula of the entries of a vector or a matrix by these letters of its places. Raises as ``unlearned``."""
    return _value(formula, dict(zip(letters, (row, column), strict=False)), name)


def _rational(given: Any) -> Any:
    return [*map(_rational, given)] if isinstance(given, list) else Rational(given.numerator, given.denominator)


def _negative(value: Any) -> Any:
    return Rational(-value.p, value.q) if isinstance(value, Rational) else Mul(-1, value)


def _value(node: Node, places: Mapping[str, Any], name: str) -> Any:
    def value(n: Node) -> Any:
        return _value(n, places, name)

    match node:
        case Numeral(text):
            return exact_rational(text)
        case Letter() if name_of(node.key) in places and node.time is None:
            return places[name_of(node.key)]
        case Letter() if node.key in NUMBERS and node.time is None:
            return NUMBERS[node.key]
        case Sum(terms):
            return ordered(Add, [value(t) if s == 1 else _negative(value(t)) for s, t in terms])
        case Product(factors):
            return ordered(Mul, [value(f) for _, f in factors])
        case Quotient(a, b):
            return Mul(value(a), Pow(value(b), -1))
        case Power(a, b):
            return Pow(value(a), value(b))
        case Call(function, arguments) if function.base.lower() in WORDS:
            return applied(WORDS[function.base.lower()], [*map(value, arguments)], function, name)
        case Cases(rows_of):
            return Piecewise(*((value(v), True if c is None else value(c)) for v, c in rows_of))
        case Relation(operator, a, b) if operator in RELATION_CLASSES:
            return RELATION_CLASSES[operator](value(a), value(b))
    met = f"{node} stands in them; " if isinstance(node, Letter) else ""
    known = ", ".join(places)
    raise DefinitionError(f"the entries of {name}: {met}a formula of {known} is read, of numbers and functions")
