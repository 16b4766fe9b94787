"""How large an expression may be: judged on its tree, before anything is worked out.

Terms and factors add up, and powers multiply: ((x + 1)^32)^32 is of degree 1024, (9^32)^32 a number of 977 digits.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Abs, Add, Basic, Float, Max, Min, Piecewise, Pow, Rational, Symbol, exp
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from derive.errors import DeriveError, shown
from derive.exact.numeral import LARGEST_EXPONENT, exact_rational

MOST_NODES, MOST_DEPTH = 2000, 64  # of a tree
LARGEST_DEGREE = 64
MOST_BITS = (10**LARGEST_EXPONENT).bit_length()
HIGHEST_TOWER = 3  # of exponentials, one in the exponent of the other

_ALTERNATIVES = (Add, Abs, Max, Min, Piecewise, ExprCondPair, Relational)


class Size(NamedTuple):
    """What bounds the work: the degree in all symbols together, the bits of all numbers, the height of exponentials."""

    degree: int = 0
    bits: int = 0
    tower: int = 0


def check_size(expr: Basic) -> None:
    """Raises DeriveError for an expression that is too large to calculate with, saying what of it is too much."""
    waiting, nodes = [(expr, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES:
            raise DeriveError(
                f"the formula has more than {MOST_NODES} parts; write it shorter, or as several equations"
            )
        if depth > MOST_DEPTH:
            raise DeriveError(f"the formula is nested more than {MOST_DEPTH} deep; write it as several equations")
        waiting += [(a, depth + 1) for a in node.args]
    _measured(expr)


def _measured(node: Basic) -> Size:
    size = _size(node, [_measured(a) for a in node.args])
    if size.degree > LARGEST_DEGREE:
        found, most = f"is of degree {size.degree}", f"{LARGEST_DEGREE}; powers of powers multiply"
    elif size.bits > MOST_BITS:
        found, most = "has too long numbers", f"{LARGEST_EXPONENT} digits; powers of powers multiply"
    elif size.tower > HIGHEST_TOWER:
        found, most = f"has {size.tower} exponentials in each other's exponents", f"{HIGHEST_TOWER}"
    else:
        return size
    raise DeriveError(f"{shown(str(node))} {found}, at most {most}")


def _size(node: Basic, parts: list[Size]) -> Size:
    match node:
        case Rational() | Float():
            number = exact_rational(node)
            return Size(bits=max(int(abs(number.p)), int(number.q)).bit_length())
        case Symbol():
            return Size(degree=1)
        case Pow(base=_, exp=Rational() as power):
            times = max(1, abs(int(power.p)) // int(power.q))
            return Size(parts[0].degree * times, parts[0].bits * times, parts[0].tower)
    degrees = [p.degree for p in parts] or [0]
    return Size(
        degree=max(degrees) if isinstance(node, _ALTERNATIVES) else sum(degrees),
        bits=sum(p.bits for p in parts),
        tower=max((p.tower for p in parts), default=0) + isinstance(node, exp | Pow),
    )
