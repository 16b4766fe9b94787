r"""Two factors of a product beside each other, and what they are together: k^\top q, S q, v k^\top, diag(a) S."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from derive.intake.latex.trees.tree import Call, Letter, Node, Product
from derive.statements.matrix_products import diag, dot, matmul, outer, transpose

_OWN = "@"  # the index of the calls made here, which nobody types
#: What the products are, by the name of their call.
PRODUCTS: Mapping[str, Callable[..., Any]] = {
    "outer": outer, "dot": dot, "read": matmul, "readback": lambda s, u: matmul(transpose(s), u),
    "rows": lambda a, s: matmul(diag(a), s), "columns": lambda s, a: matmul(s, diag(a)),
}  # fmt: skip


def product_of(node: Call) -> str:
    """Which of ``PRODUCTS`` a call is; empty for a function of the author's."""
    return node.function.base if node.function.label == _OWN else ""


@dataclass(frozen=True)
class Factor:
    """rank: 2 of a matrix, 1 of a vector, 0 of a number, None where it is not known. turned: whether it is a row, or a
    matrix that is transposed. diagonal: whether it is a matrix with the node on its diagonal. open: what is a matrix in
    it if it is a row."""

    node: Node
    rank: int | None = None
    turned: bool = False
    diagonal: bool = False
    open: Letter | None = None

    @property
    def column(self) -> bool:
        return self.rank in (None, 1) and not self.turned and not self.diagonal

    @property
    def row(self) -> bool:
        return self.rank in (None, 1) and self.turned and not self.diagonal


Pair = tuple[Factor, tuple[int, int]]  # what two factors are together, and the ranks that they have then


def next_pair(factors: Sequence[Factor]) -> tuple[int, Pair] | None:
    """The place of two factors that are taken together first, and what they are: k^T q before S q before v k^T."""
    for rule in (_number, _scaling, _read, _outer, _matrix):
        for k, (a, b) in enumerate(pairwise(factors)):
            if (made := rule(a, b)) is not None:
                return k, made
    return None


def _number(a: Factor, b: Factor) -> Pair | None:
    return (Factor(call_of("dot", a, b), 0), (1, 1)) if a.row and b.column else None


def _scaling(a: Factor, b: Factor) -> Pair | None:
    """diag(a) S and S diag(a); what stands before a diagonal matrix is no column."""
    if a.diagonal and b.diagonal:
        return Factor(Product((("", a.node), ("⊙", b.node))), 1, diagonal=True), (1, 1)
    if b.diagonal and (a.rank == 2 or a.column):
        made = call_of("rows", b, a) if a.turned else call_of("columns", a, b)
        return Factor(made, 2, a.turned), (2, 1)
    if a.diagonal and b.rank == 2:
        made = call_of("columns", b, a) if b.turned else call_of("rows", a, b)
        return Factor(made, 2, b.turned), (1, 2)
    if a.diagonal and b.column:
        return Factor(Product((("", a.node), ("⊙", b.node))), b.rank), (1, 1)
    return None


def _read(a: Factor, b: Factor) -> Pair | None:
    """S q, Sᵀ u, and uᵀ S, which is the row of Sᵀ u."""
    if a.rank == 2 and b.column:
        return Factor(call_of("readback" if a.turned else "read", a, b), 1), (2, 1)
    if a.row and b.rank == 2:
        return Factor(call_of("read" if b.turned else "readback", b, a), 1, turned=True), (1, 2)
    return None


def _outer(a: Factor, b: Factor) -> Pair | None:
    return (Factor(call_of("outer", a, b), 2), (1, 1)) if a.column and b.row else None


def _matrix(a: Factor, b: Factor) -> Pair | None:
    if a.rank == b.rank == 2 and not b.turned:
        return Factor(call_of("readback" if a.turned else "read", a, b), 2), (2, 2)
    return None


def call_of(name: str, a: Factor, b: Factor) -> Call:
    return Call(Letter(name, _OWN), (a.node, b.node))
