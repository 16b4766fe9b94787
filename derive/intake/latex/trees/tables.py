r"""Matrices that are written out by blocks, which multiply joined vectors."""

from __future__ import annotations

from itertools import pairwise

from derive.errors import DefinitionError
from derive.intake.latex.trees.tree import (
    Concat,
    Letter,
    Node,
    Numeral,
    Product,
    Sum,
    Table,
    every,
    letters,
    rebuilt,
)

_ZERO, _ONE = Numeral("0"), Numeral("1")


def without_blocks(node: Node) -> Node:
    """A matrix of blocks times as many vectors that are joined, as the sums that stand below each other."""
    node = rebuilt(node, without_blocks)
    match node:
        case Product(factors):
            for (_, beside), (sign, joined) in pairwise(factors):
                if isinstance(joined, Concat) and sign != "⊙":
                    _check_beside(beside, len(joined.parts))
            for k, ((_, table), (sign, joined)) in enumerate(pairwise(factors)):
                if isinstance(table, Table) and isinstance(joined, Concat) and sign != "⊙" and _fit(table, joined):
                    rows = tuple(_within(factors, k, _row(row, joined.parts)) for row in table.rows)
                    return Concat(rows) if len(rows) > 1 else rows[0]
        case Sum(terms) if all(isinstance(t, Concat) for _, t in terms):
            parts = [t.parts for _, t in terms if isinstance(t, Concat)]
            if len({*map(len, parts)}) == 1:
                columns = zip(*parts, strict=True)
                return Concat(tuple(_sum(list(zip((s for s, _ in terms), c, strict=True))) for c in columns))
    return node


def _check_beside(node: Node, count: int) -> None:
    """Raises DefinitionError for [W U] before as many vectors that are joined, a product of matrices or blocks."""
    letters_of = [f for _, f in node.factors] if isinstance(node, Product) else []
    if len(letters_of) == count > 1 and all(isinstance(f, Letter) and f.base[:1].isupper() for f in letters_of):
        said = " ".join(map(str, letters_of))
        raise DefinitionError(
            f"[{said}] before {count} joined vectors is a product or has a block for each: write"
            rf" \begin{{bmatrix}} {' & '.join(map(str, letters_of))} \end{{bmatrix}}, or leave out its brackets"
        )


def as_row(node: Node) -> Node:
    """With vectors that are joined in the place of a matrix of one row, as it stands before what it multiplies."""
    node = rebuilt(node, as_row)
    return Concat(node.rows[0]) if isinstance(node, Table) and len(node.rows) == 1 else node


def _fit(table: Table, joined: Concat) -> bool:
    return all(len(row) == len(joined.parts) for row in table.rows)


def _row(blocks: tuple[Node, ...], parts: tuple[Node, ...]) -> Node:
    """A row of blocks times the vectors; 1 and I leave one as it is, 0 leaves it out."""
    terms: list[tuple[int, Node]] = []
    for block, part in zip(blocks, parts, strict=True):
        sign, inner = 1, block
        while isinstance(inner, Sum) and len(inner.terms) == 1:
            sign, inner = sign * inner.terms[0][0], inner.terms[0][1]
        if inner != _ZERO and part != _ZERO:
            factors = [f for f in _factors(inner) if f not in (_ONE, Letter("I"))]
            terms.append((sign, Product(tuple(("", f) for f in (*factors, part))) if factors else part))
    return _sum(terms) if terms else _ZERO


def _factors(node: Node) -> list[Node]:
    return [f for _, f in node.factors] if isinstance(node, Product) and all(not s for s, _ in node.factors) else [node]


def _sum(terms: list[tuple[int, Node]]) -> Node:
    return terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Sum(tuple(terms))


def _within(factors: tuple[tuple[str, Node], ...], k: int, row: Node) -> Node:
    """The product with a row in the place of a matrix and what it multiplies."""
    kept = (*factors[:k], (factors[k][0], row), *factors[k + 2 :])
    return kept[0][1] if len(kept) == 1 else Product(kept)


def check_tables(node: Node) -> None:
    """Raises DefinitionError where a matrix of formulas is left."""
    for table in (n for n in every(node) if isinstance(n, Table)):
        inside = next(iter(letters(table)), None)
        what = f"{inside} stands in" if inside is not None else "a formula stands in"
        raise DefinitionError(
            f"{what} a matrix that is written out: its entries are numbers, or it multiplies joined vectors, one for"
            " each of its columns"
        )
