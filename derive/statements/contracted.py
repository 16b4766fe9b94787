"""Products of quantities by named axes: how they are written in matrix algebra, and what one entry of them is.

The axes of a quantity are those of its size (``statements.sizes``). In a product, axes of one name are the same one,
and what the result lacks is summed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import product as combinations
from typing import Any

from sympy import Expr, Mul, Pow

from derive.statements.sizes import ONE, axes_of, every_axis, heads_of, joined, unprimed
from derive.statements.writing import flat
from derive.symbolic.expressions import ordered
from derive.symbolic.nodes import Beside, FunctionNode, Transposed

Entry = Callable[[int], Any]  # an entry of a quantity, by its place in the row of its numbers, from 1


class Diagonal(FunctionNode):
    """The matrix with a vector on its diagonal, and the vector that is the diagonal of a matrix."""

    latex_name, unicode_name = r"\operatorname{diag}", "diag"


class Trace(FunctionNode):
    """The sum of the diagonal of a matrix."""

    latex_name, unicode_name = r"\operatorname{tr}", "tr"


class Number(Beside):
    """A product that is one number for all units."""

    over_units = True


class HeadSum(FunctionNode):
    """The sum over the heads."""

    latex_name, unicode_name = r"\operatorname{headsum}", "headsum"


def labelled(indices: Sequence[str], sizes: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The sizes of the factors of a product, and that of its result, in which axes of one name are the same one.

    indices: a letter for each axis of each factor, of each head, and of the result, as in ``("ij", "j", "i")``. Letters
    whose axes are as long are told apart by primes.
    """
    heads = next(filter(None, map(heads_of, sizes)), "")
    names: dict[str, str] = {}
    found = []
    for index, size in zip(indices, sizes, strict=False):
        axes = () if size == heads else axes_of(size)
        for letter, axis in zip(index, axes, strict=False):
            if letter not in names:
                while axis in names.values():
                    axis += "'"
                names[letter] = axis
        found.append(joined(heads_of(size), [names[i] for i, _ in zip(index, axes, strict=False)]) if axes else size)
    return tuple(found), joined(heads, [names[i] for i in indices[-1] if i in names])


def summed_axes(sizes: Sequence[str], target: str) -> tuple[str, ...]:
    """The axes that are summed over, in their order."""
    every = dict.fromkeys(axis for size in sizes for axis in every_axis(size))
    return tuple(axis for axis in every if axis not in every_axis(target))


def entry(of: Sequence[Entry], sizes: Sequence[str], target: str, k: int, count: Callable[[str], int]) -> Any:
    """The k-th number of a product, from 1. count: how long an axis is."""
    long = {axis: count(unprimed(axis)) for size in (*sizes, target) for axis in every_axis(size)}
    place = _places(every_axis(target), k, long)
    summed = summed_axes(sizes, target)
    terms = []
    for inner in combinations(*(range(long[axis]) for axis in summed)):
        at = place | dict(zip(summed, inner, strict=True))
        terms.append(ordered(Mul, [f(_number(every_axis(s), at, long)) for f, s in zip(of, sizes, strict=True)]))
    return flat(terms)


def multiplications(sizes: Sequence[str], target: str, count: Callable[[str], Expr]) -> Expr:
    """How many products of two numbers it takes."""
    axes = (*every_axis(target), *summed_axes(sizes, target))
    return (len(sizes) - 1) * math.prod(map(count, map(unprimed, axes)), start=count(ONE))


def _places(axes: Sequence[str], k: int, long: Mapping[str, int]) -> dict[str, int]:
    """Where along each axis the k-th number stands, from 0."""
    place, rest = {}, k - 1
    for axis in reversed(axes):
        rest, place[axis] = divmod(rest, long[axis])
    return place


def _number(axes: Sequence[str], place: Mapping[str, int], long: Mapping[str, int]) -> int:
    """Which number it is, from 1, that stands there."""
    return 1 + reduce(lambda number, axis: number * long[axis] + place[axis], axes, 0)


# ---------------------------------------------------------------------- in matrix algebra


def written(formulas: Sequence[Expr], sizes: Sequence[str], target: str) -> Expr:
    """The product, as it is written of each head: numbers in front, then what is left of a matrix, the matrix, what is
    right of it."""
    heads = next(filter(None, map(heads_of, (*sizes, target))), "")
    axes = [() if size == heads else axes_of(size) for size in sizes]
    wanted = () if target == heads else axes_of(target)
    matrix_axes = next((a for a in (*axes, wanted) if len(a) == 2), ())
    row = matrix_axes[0] if matrix_axes else next((a[0] for a in (*axes, wanted) if a), "")
    numbers: list[Expr] = []
    rows: list[Expr] = []
    columns: list[Expr] = []
    matrices: list[Expr] = []
    for formula, own in zip(formulas, axes, strict=True):
        kind = matrices if len(own) == 2 else numbers if not own else rows if own[0] == row else columns
        kind.append(formula)
    on_rows = tuple(axis == row for axis in wanted)
    if len({own for own in axes if len(own) == 2}) == 2:
        core: Expr | None = _chained(dict(zip((own for own in axes if len(own) == 2), matrices, strict=True)), wanted)
    elif matrices:
        core = _with_matrices(_by_units(rows), _by_units(columns), matrices, on_rows)
    else:
        core = _of_vectors(rows, columns, on_rows)
    above = [n for n in numbers if not _is_divisor(n)]
    if isinstance(core, Trace):  # numbers of each head have no side by side of their own
        whole = Trace(Beside.of(*above, *core.args))
    else:
        whole = Beside.of(*above, *([] if core is None else [core]))
    whole = Number(*whole.args) if target == ONE and isinstance(whole, Beside) else whole
    below = [n for n in numbers if _is_divisor(n)]
    whole = Mul(whole, *below, evaluate=False) if below else whole
    over_heads = heads and target != heads and not heads_of(target)
    return HeadSum(whole) if over_heads and any(s == heads or heads_of(s) for s in sizes) else whole  # type: ignore[no-any-return, unused-ignore]


def _of_vectors(rows: list[Expr], columns: list[Expr], wanted: tuple[bool, ...]) -> Expr | None:
    """The product of vectors of rows and of columns. wanted: for each axis of the result whether it is that of the
    rows."""
    kept = [_by_units(v) for v, on_rows in ((rows, True), (columns, False)) if on_rows in wanted]
    summed = [v for v, on_rows in ((rows, True), (columns, False)) if v and on_rows not in wanted]
    inner = [Beside.of(Transposed(_by_units(v[:-1])), v[-1]) for v in summed]
    if len(kept) == 2:
        kept = [Beside.of(kept[0], Transposed(kept[1]))]
    parts = [*inner, *kept]
    return Beside.of(*parts) if parts else None


def _chained(matrices: Mapping[tuple[str, ...], Expr], wanted: tuple[str, ...]) -> Expr:
    """The product of two matrices by the axis that both have and the result, of these axes, lacks."""
    (left, first), (right, second) = sorted(matrices.items(), key=lambda item: wanted[1] in item[0])
    first = first if left[0] == wanted[0] else Transposed(first)
    return Beside.of(first, second if right[1] == wanted[1] else Transposed(second))


def _with_matrices(row: Expr | None, column: Expr | None, matrices: list[Expr], wanted: tuple[bool, ...]) -> Expr:
    """The same with matrices, the vectors of rows being one, and those of columns too; either may be missing."""
    first, *others = matrices
    if len(wanted) == 2:
        whole = Beside.of(*_left(row), first, *_right(column))
        return whole if not others else Mul(whole, *others, evaluate=False)
    if others:
        return _of_two(row, column, matrices, wanted)
    if not wanted:
        return Beside.of(Transposed(row), first, column)
    inner, outer = (column, row) if wanted == (True,) else (row, column)
    read = Beside.of(first if wanted == (True,) else Transposed(first), inner)
    return read if outer is None else Mul(outer, read, evaluate=False)


def _of_two(row: Expr | None, column: Expr | None, matrices: list[Expr], wanted: tuple[bool, ...]) -> Expr:
    """What is summed of two matrices, unit by unit: a trace, or the diagonal of their product."""
    first, *others = matrices
    second = _by_units(others)
    if not wanted:
        return Trace(Beside.of(Transposed(first), *_left(row), second, *_right(column)))
    if wanted == (True,):
        diagonal = Diagonal(Beside.of(first, *_right(column), Transposed(second)))
        return diagonal if row is None else Mul(row, diagonal, evaluate=False)
    diagonal = Diagonal(Beside.of(Transposed(first), *_left(row), second))
    return diagonal if column is None else Mul(column, diagonal, evaluate=False)


def _left(row: Expr | None) -> list[Expr]:
    return [] if row is None else [Diagonal(row)]


_right = _left


def _by_units(vectors: list[Expr]) -> Expr | None:
    """Their product unit by unit; nothing of none."""
    return ordered(Mul, vectors) if vectors else None


def _is_divisor(number: Expr) -> bool:
    return isinstance(number, Pow) and bool(number.exp.is_negative)
