"""An equation whose unknown stands on both sides, c = a - b c: where it is linear in it, it is solved for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod

from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.trees.tree import Key, Letter, Node, Numeral, Product, Quotient, Sum, letters, spelled

Terms = list[tuple[int, Node]]


def reads_itself(key: Key, node: Node) -> bool:
    """Whether a quantity is read at the time at which it is defined."""
    return any(x.key == key and x.time == 0 for x in letters(node))


def solved(key: Key, node: Node) -> Node | None:
    """The formula without the unknown in it, a/(1 + b); None where it is no sum of numbers times the unknown and what
    does not have it. A factor of the unknown may be a number or a small letter, which no matrix is.

    Raises DefinitionError where it falls out, c = a + c."""
    if (found := _linear(key, node)) is None or not found[1]:
        return None
    times, rest = found
    below = Sum(((1, Numeral("1")), *((-sign, factor) for sign, factor in times)))
    if _value(below) == 0:
        raise DefinitionError(
            f"{spelled(key)} stands on both sides of its equation at t and falls out of it, so that nothing says what"
            " it is; write t-1 at what was before"
        )
    return Quotient(_sum(rest), below)


def _linear(key: Key, node: Node) -> tuple[Terms, Terms] | None:
    """By what the unknown is multiplied, and what does not have it; None where it is not linear in it."""
    if not reads_itself(key, node):
        return [], [(1, node)]
    match node:
        case Letter():
            return [(1, Numeral("1"))], []
        case Sum(terms):
            parts = [(sign, _linear(key, term)) for sign, term in terms]
            if any(part is None for _, part in parts):
                return None
            times, rest = ([(s * t, n) for s, part in parts if part for t, n in part[k]] for k in (0, 1))
            return times, rest
        case Product(factors):
            own = [f for _, f in factors if reads_itself(key, f)]
            others = [f for _, f in factors if not reads_itself(key, f)]
            if len(own) > 1 or not all(map(_is_number, others)) or (inner := _linear(key, own[0])) is None:
                return None
            return [(s, _product(others, n)) for s, n in inner[0]], _each(inner[1], lambda n: _product(others, n))
        case Quotient(above, below) if _is_number(below) and (inner := _linear(key, above)) is not None:
            return [(s, Quotient(n, below)) for s, n in inner[0]], _each(inner[1], lambda n: Quotient(n, below))
    return None


def _each(rest: Terms, change: Callable[[Node], Node]) -> Terms:
    return [(1, change(_sum(rest)))] if rest else []


def _sum(terms: Terms) -> Node:
    return terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Sum(tuple(terms))


def _product(numbers: Sequence[Node], node: Node) -> Node:
    factors = [*numbers] if node == Numeral("1") and numbers else [*numbers, node]
    return factors[0] if len(factors) == 1 else Product(tuple(("", f) for f in factors))


def _is_number(node: Node) -> bool:
    match node:
        case Letter():
            is_small = not node.base[:1].isupper() or node.base.startswith("Delta")
            return node.time is None and not node.turned and is_small
        case Sum(terms):
            return all(_is_number(t) for _, t in terms)
        case Product(factors):
            return all(_is_number(f) for _, f in factors)
        case Quotient(above, below):
            return _is_number(above) and _is_number(below)
    return isinstance(node, Numeral)


def _value(node: Node) -> Fraction | None:
    """What a formula of numbers is; None where anything else is in it."""
    match node:
        case Numeral(text):
            number = exact_rational(text)
            return Fraction(number.p, number.q)
        case Sum(terms):
            values = [(s, _value(t)) for s, t in terms]
            return None if any(v is None for _, v in values) else sum((s * v for s, v in values if v), Fraction(0))
        case Product(factors):
            known = [_value(f) for _, f in factors]
            return None if None in known else prod((v for v in known if v is not None), start=Fraction(1))
        case Quotient(above, below) if divisor := _value(below):
            value = _value(above)
            return None if value is None else value / divisor
    return None
