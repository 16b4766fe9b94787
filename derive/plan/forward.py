"""What each kind of statement asks of a machine."""

from __future__ import annotations

from functools import singledispatch

from sympy import Add

from derive.statements.builder import Builder
from derive.statements.kinds import Affine, Elementwise, Mean
from derive.symbolic.expressions import ordered


@singledispatch
def operations(statement: object, builder: Builder) -> None:
    """The calls of a builder for a statement."""
    raise NotImplementedError(type(statement).__name__)


@operations.register
def _affine(s: Affine, builder: Builder) -> None:
    """a = Σ (W x + b): a product for each weight, and their sum"""
    if len(s.terms) == 1:
        (term,) = s.terms
        builder.matmul(term.weight, term.operand, term.bias, target=s.target)
        return
    stems = (f"a_{t.weight.name.removeprefix('W_')}" for t in s.terms)
    parts = [builder.matmul(t.weight, t.operand, t.bias, stem=stem) for t, stem in zip(s.terms, stems, strict=True)]
    builder.pointwise(ordered(Add, parts), s.size, s.target)


@operations.register
def _elementwise(s: Elementwise, builder: Builder) -> None:
    builder.pointwise(s.expr, s.size, s.target)


@operations.register
def _mean(s: Mean, builder: Builder) -> None:
    builder.reduce("mean", s.operands, s.target)
