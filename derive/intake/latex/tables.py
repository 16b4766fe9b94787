r"""Matrices that are written out: of numbers, which are not learned, and of blocks that multiply joined vectors."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.spaces import Space
from derive.intake.latex.system import System
from derive.intake.latex.tree import (
    Concat,
    Letter,
    Node,
    Numeral,
    Product,
    Quotient,
    Sum,
    Table,
    every,
    letters,
    rebuilt,
    spelled,
)

NOT_LEARNED = "not learned"
_ZERO, _ONE = Numeral("0"), Numeral("1")
_LARGEST = 64  # rows and columns of what is typed


def rows_of_numbers(node: Node) -> list[Any] | None:
    """The numbers of a matrix, by rows, or of a vector; None of what has anything else in it."""
    try:
        if isinstance(node, Table):
            return [[_number(entry) for entry in row] for row in node.rows]
        if isinstance(node, Concat) and len(node.parts) > 1:
            return [_number(entry) for entry in node.parts]
    except KeyError:
        return None
    return None


def _number(node: Node) -> Fraction:
    match node:
        case Numeral(text):
            number = exact_rational(text)
            return Fraction(number.p, number.q)
        case Sum(terms):
            return sum((sign * _number(term) for sign, term in terms), Fraction(0))
        case Quotient(above, below) if (divisor := _number(below)) != 0:
            return _number(above) / divisor
    raise KeyError(node)


def note_numbers(made: System, letter: Letter, node: Node) -> bool:
    r"""Whether an equation says the numbers of a letter, A = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}; they are
    noted then. Raises DefinitionError where there are too many, or not as many in each row."""
    if letter.time is not None or (found := rows_of_numbers(node)) is None:
        return False
    lengths = {len(row) for row in found if isinstance(row, list)}
    if isinstance(node, Table) and len(found) == 1:
        raise DefinitionError(
            f"{spelled(letter.key)} is written out with one row, and what it gives is one number: write the sum of the"
            " units that it takes, or a column"
        )
    if len(lengths) > 1:
        said = " and ".join(map(str, sorted(lengths)))
        raise DefinitionError(f"{spelled(letter.key)} has rows of {said} numbers: a matrix has as many in each")
    if (most := max(len(found), *lengths, 1)) > _LARGEST:
        raise DefinitionError(f"{spelled(letter.key)} has {most} rows or columns, at most {_LARGEST} are read")
    axes = tuple(str(n) for n in (len(found), *lengths))
    if made.fixed.setdefault(letter.key, node) != node:
        raise DefinitionError(f"{spelled(letter.key)} is said to be two things that are not learned")
    made.spaces[letter.key] = Space(axes, words=NOT_LEARNED)
    made.notes.append(f"{spelled(letter.key)} is not learned: its numbers are given, and so its size, {'×'.join(axes)}")
    return True


def with_names(made: System, node: Node, taken: set[str]) -> Node:
    """With a letter for each matrix of numbers, which is none of those that are taken."""

    def name(n: Node) -> Node:
        if not isinstance(n, Table):
            return rebuilt(n, name)
        letter = next((Letter(*key) for key, value in made.fixed.items() if value == n), None)
        letter = letter or Letter(next(a for a in ("M", *(f"M_{k}" for k in range(2, 99))) if a not in taken))
        if letter.key not in made.fixed and not note_numbers(made, letter, n):
            return n
        taken.add(letter.base)
        return letter

    return name(node) if any(isinstance(n, Table) for n in every(node)) else node


def without_blocks(node: Node) -> Node:
    """A matrix of blocks times as many vectors that are joined, as the sums that stand below each other."""
    node = rebuilt(node, without_blocks)
    match node:
        case Product(factors):
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
