"""How large an expression may be: judged on its tree, before anything is worked out.

Terms and factors add up, and powers multiply: ((x + 1)^32)^32 is of degree 1024, ((9^32)^32)^32 a number of 31,269
digits.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from sympy import Abs, Add, Basic, Float, Function, Max, Min, Mul, Piecewise, Pow, Rational, Symbol, exp
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from derive.errors import DeriveError, shown
from derive.exact.numeral import LARGEST_EXPONENT, exact_rational

MOST_NODES, MOST_DEPTH = 500, 64  # of a tree, in which a long sum is no deeper than a short one
MOST_CASES, OF_A_CASE = 1024, 16  # nodes that cases are allowed beyond these, each so many
LARGEST_DEGREE = 64
MOST_DIGITS = 4 * LARGEST_EXPONENT  # of all numbers of a formula together: a few of the largest that are read
MOST_BITS = (10**MOST_DIGITS).bit_length()
HIGHEST_TOWER = 3  # of exponentials, one in the exponent of the other

_ALTERNATIVES = (Add, Abs, Max, Min, Piecewise, ExprCondPair, Relational)


class Size(NamedTuple):
    """What bounds the work: the degree in all symbols together, the bits of all numbers, what stands in each other."""

    degree: int = 0
    bits: int = 0
    tower: int = 0  # of exponentials
    functions: int = 0  # of any kind


def parts(node: Basic) -> list[Basic]:
    """The arguments of a node; of a sum all terms, of a product all factors, as they stand in each other."""
    if not isinstance(node, Add | Mul):
        return list(node.args)
    found, waiting = list[Basic](), [node]
    while waiting:
        part = waiting.pop()
        if type(part) is type(node):
            waiting += reversed(part.args)
        else:
            found.append(part)
    return found


def check_size(expr: Basic, most_functions: int = MOST_DEPTH) -> None:
    """Raises DeriveError for an expression that is too large to calculate with, saying what of it is too much.

    most_functions: how many may stand in each other's arguments.
    """
    waiting, nodes, cases = [(expr, 1)], 0, 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        cases += isinstance(node, ExprCondPair)
        if nodes > MOST_NODES + OF_A_CASE * min(cases, MOST_CASES):
            raise DeriveError(
                f"the formula has more than {MOST_NODES} parts; write it shorter, or as several equations"
            )
        if depth > MOST_DEPTH:
            raise DeriveError(f"the formula is nested more than {MOST_DEPTH} deep; write it as several equations")
        flat = isinstance(node, Add | Mul)
        waiting += [(a, depth if flat and type(a) is type(node) else depth + 1) for a in node.args]
    _measured(expr, most_functions)


def _measured(node: Basic, most_functions: int) -> Size:
    size = _size(node, [_measured(a, most_functions) for a in parts(node)])
    if size.degree > LARGEST_DEGREE:
        found = f"is of degree {size.degree}, at most {LARGEST_DEGREE}: powers of powers multiply; write lower ones"
    elif size.bits > MOST_BITS:
        found = f"comes to numbers of more than {MOST_DIGITS} digits: powers of powers multiply; write lower ones"
    elif size.tower > HIGHEST_TOWER:
        found = f"has {size.tower} exponentials in each other's exponents, at most {HIGHEST_TOWER}; write fewer"
    elif size.functions > most_functions:
        found = f"has {size.functions} functions in each other's arguments, at most {most_functions}; write fewer"
    else:
        return size
    raise DeriveError(f"{_text(node)} {found}")


def _text(node: Basic) -> str:
    try:
        return shown(str(node))
    except RecursionError:  # SymPy's printer, in a long sum of sums
        return "the formula"


def _size(node: Basic, of: list[Size]) -> Size:
    match node:
        case Rational() | Float():
            number = exact_rational(node)
            return Size(bits=max(int(abs(number.p)), int(number.q)).bit_length())
        case Symbol():
            return Size(degree=1)
        case Pow(base=_, exp=Rational() as power):
            times = max(1, abs(int(power.p)) // int(power.q))
            return of[0]._replace(degree=of[0].degree * times, bits=of[0].bits * times)
    degrees = [p.degree for p in of] or [0]
    return Size(
        degree=max(degrees) if isinstance(node, _ALTERNATIVES) else sum(degrees),
        bits=(max if isinstance(node, Piecewise) else sum)(p.bits for p in of) if of else 0,
        tower=max((p.tower for p in of), default=0) + isinstance(node, exp | Pow),
        functions=max((p.functions for p in of), default=0) + isinstance(node, Function),
    )


def check_powers(tree: ast.expr) -> None:
    """Raises DeriveError for a power such as 9**9**9 in a formula that Python itself works out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            _integer(node)


def _integer(node: ast.expr) -> int | None:
    """The integer that an expression of integers is; None for what is none."""
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _integer(operand)
            return None if inner is None else -inner
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Pow() as operator):
            left, right = _integer(node.left), _integer(node.right)
            if left is None or right is None:
                return None
            if isinstance(operator, ast.Pow):
                if right * (left.bit_length() - 1) > MOST_BITS:
                    raise DeriveError(f"{shown(ast.unparse(node))} is a number of more than {MOST_DIGITS} digits")
                return left**right if right >= 0 else None
            return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(operator)]
    return None
