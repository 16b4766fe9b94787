"""What pieces and formulas look like, where the equations of a step are chosen and written."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from sympy import Add, Function, Mul, Symbol, evaluate

from derive.backends.torch.layout import ATTRIBUTES
from derive.intake.arrays import Contraction, scaled
from derive.intake.pieces import Formula, Given, Learned, Piece, Product
from derive.symbolic.expressions import ordered, readings


def in_order(roots: Sequence[Piece]) -> Iterator[Piece]:
    """Every piece once, after those that it reads."""
    done: set[Piece] = set()

    def visit(piece: Piece) -> Iterator[Piece]:
        if piece not in done:
            done.add(piece)
            for o in piece.reads:
                yield from visit(o)
            yield piece

    for root in roots[::-1]:
        yield from visit(root)


def read_by(piece: Piece) -> Iterator[Piece]:
    """What a piece reads, as often as it does: {a if a > 0; w a otherwise} reads a three times."""
    if not isinstance(piece, Formula):
        yield from piece.reads
        return
    letters = [Symbol(f"a_{k}") for k in range(len(piece.operands))]
    with evaluate(False):
        times = Counter(readings(piece.function(*letters)))
    for letter, o in zip(letters, piece.operands, strict=True):
        yield from [o] * max(1, times[letter])


def is_sum(piece: Piece) -> bool:
    """Whether it is a sum of products and biases, which stands better where it is used."""
    return isinstance(piece, Formula) and all(isinstance(o, (Product, Learned)) or is_sum(o) for o in piece.operands)


def is_product(piece: Piece, named: Container[Piece]) -> bool:
    """Whether it is a product of quantities, which may stand in a linear map."""
    if not isinstance(piece, Formula):
        return isinstance(piece, Given)
    formula = piece.function(*map(Symbol, "abcd"[: len(piece.operands)]))
    return isinstance(formula, Mul) and all(o in named or is_product(o, named) for o in piece.operands)


def axed_factors(piece: Piece, uses: Mapping[Piece, int]) -> Iterator[Piece]:
    """The factors of a product of vectors and matrices, numbers aside: equations have names for them."""
    if isinstance(piece, Contraction):
        every = {*piece.axes[0]}.intersection(*piece.axes[1:])
        given = zip(piece.factors, piece.axes, strict=True)
        parts = [p for f, own in given for p in (scaled(f, own, piece.result) if uses[f] == 1 else [(f, own)])]
        found = [f for f, own in parts if {*own} - every]
        yield from found if len(found) > 1 else ()


def is_gate(piece: Piece) -> bool:
    """Whether it is a function of a sum of products: what equations have a name for."""
    if not isinstance(piece, Formula) or len(piece.operands) != 1 or isinstance(piece.operands[0], (Given, Learned)):
        return False
    return isinstance(piece.function(Symbol("a")), Function) and any(isinstance(p, Product) for p in summands(piece))


def summands(piece: Piece) -> Iterator[Piece]:
    for o in piece.reads:
        yield o
        if isinstance(o, Formula):
            yield from summands(o)


def is_number(piece: Piece) -> bool:
    return isinstance(piece, Formula) and not piece.operands


def flattened(expr: Any) -> Any:
    """A sum of sums is one sum, a product of products one product, with its number in front."""
    if not expr.args:
        return expr
    args = [flattened(a) for a in expr.args]
    if isinstance(expr, (Add, Mul)):
        args = [b for a in args for b in (a.args if isinstance(a, expr.func) else (a,))]
    if isinstance(expr, Mul):
        numbers = [a for a in args if a.is_Rational]
        with evaluate(True):  # a formula is put together without it
            product = Mul(*numbers)
        args = [product] * (product != 1) + [a for a in args if not a.is_Rational]
    return ordered(expr.func, args) if isinstance(expr, (Add, Mul)) else expr.func(*args)


def without(expr: Any, terms: set[Any]) -> Any:
    """The formula without these summands."""
    if not expr.args:
        return expr
    args = [without(a, terms) for a in expr.args if not (isinstance(expr, Add) and a in terms)]
    return ordered(Add, args) if isinstance(expr, Add) else expr.func(*args)


def sums(expr: Any) -> Iterator[Add]:
    if isinstance(expr, Add):
        yield expr
    for a in expr.args:
        yield from sums(a)


def letter_of(tensor: str) -> str:
    """What a tensor of a module is called that stands as a vector or a matrix of its own: no name that the derived
    module has for something else."""
    stem = re.sub(r"\W", "_", tensor).lstrip("_") or "v"
    stem = re.sub("^weight_", "w_", re.sub("^bias_", "v_", stem))  # the others are names of affine maps
    taken = stem in ATTRIBUTES or stem.startswith("bias") or keyword.iskeyword(stem) or not stem.isidentifier()
    return f"p_{stem}" if taken else stem


def called(piece: Piece) -> str:
    return piece.name[-1] if piece.name else "a result"
