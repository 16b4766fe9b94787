r"""Factors beside each other as what they are together, in the order in which they are taken: k^\top q before S q
before v k^\top; numbers stand before what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from derive.errors import DefinitionError
from derive.intake.latex.meaning.ranks import Ranks
from derive.intake.latex.trees.factors import Factor, next_pair
from derive.intake.latex.trees.tree import Letter, Node, Product


class Reduction(Ranks):
    """Learns the ranks of factors from what they stand beside."""

    def _reduced(self, parts: Sequence[Factor], wanted: int | None) -> Factor:
        """Two factors after another as what they are together, until numbers and what they multiply are left."""
        left = [p for p in parts if p.rank != 0]
        numbers = [p for p in parts if p.rank == 0]
        for factor in self._plain_numbers(left):
            self._learn(factor, 0)
            left.remove(factor)
            numbers.append(factor)
        if self.row_vectors:
            left = [self._as_row(p, wanted, left) for p in left]
        if self._certain and (found := self._may_be_read(left)) is not None:
            return Factor(Product(tuple(("", p.node) for p in parts)), open=found)
        while (pair := next_pair(left)) is not None:
            k, (both, ranks) = pair
            for factor, own in zip(left[k : k + 2], ranks, strict=True):
                self._learn(factor, own)
            left[k : k + 2] = [both]
            numbers += [p for p in left if p.rank == 0]
            left = [p for p in left if p.rank != 0]
        rank = highest(*left) if left else 0
        if sum(f.rank == 2 for f in left) > 1:
            raise DefinitionError(
                "a matrix stands before another one that is transposed, A B^T; a cell has no such product (of a row"
                " h^T times A^T write A h)"
            )
        if rank == 2 and len(left) > 1:
            for factor in (f for f in left if f.rank != 2):
                self._learn(factor, 0)
        numbers += [f for f in left if rank == 2 and f.rank != 2]
        left = [f for f in left if rank != 2 or f.rank == 2]
        factors: list[tuple[str, Node]] = [("", p.node) for p in (*numbers, *left[:1])]
        factors += (("⊙", p.node) for p in left[1:])
        turned = bool(left) and all(f.turned for f in left)
        diagonal = len(left) == 1 and left[0].diagonal
        made = factors[0][1] if len(factors) == 1 else Product(tuple(factors))
        return Factor(made, rank, turned, diagonal)

    def _may_be_read(self, factors: Sequence[Factor]) -> Letter | None:
        """What may be a matrix beside a vector, S^T k and k^T S, of which two vectors would make a number."""
        for a, b in pairwise(factors):
            for one in (a, b) if a.row and b.column else ():
                if one.rank is None and isinstance(one.node, Letter) and self._may_be_matrix(one.node):
                    return one.node
        return None

    def _plain_numbers(self, factors: Sequence[Factor]) -> list[Factor]:
        """What stands before a column and is none itself, β k k^T; of rows, what stands before a^T b."""
        found: list[Factor] = []
        for k, (a, b) in enumerate(pairwise(factors)):
            is_open = a.rank is None and not a.turned and not a.diagonal and not self._may_be_matrix(a.node)
            c = factors[k + 2] if k + 2 < len(factors) else None
            before = b.turned and c is not None and not c.turned if self.row_vectors else b.column
            if is_open and before and b.rank != 2:
                found.append(a)
        return found

    def _as_row(self, factor: Factor, wanted: int | None, beside: Sequence[Factor]) -> Factor:
        """Of a text whose vectors are rows, the factor as it would be with columns."""
        if factor.rank == 2 or factor.diagonal:
            return factor
        alone = len(beside) == 2 and any(f.rank == 2 for f in beside) and wanted == 2 and not factor.turned
        return factor if alone and factor.rank is None else replace(factor, turned=not factor.turned)


def highest(*parts: Factor) -> int | None:
    """The rank of what is added; not known where it may be more."""
    known = [p.rank for p in parts if p.rank is not None]
    if not known:
        return None
    highest = max(known)
    return highest if highest == 2 or len(known) == len(parts) or highest == 1 else None
