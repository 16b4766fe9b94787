"""The shapes in which a reader of the paper has quantities: numbers, vectors and matrices, once or by heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import mpmath
import numpy as np

from derive.definition.cell import Cell
from derive.statements.sizes import axes_of, every_axis, heads_of, units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ
from derive.verification.by_head import ByHead
from derive.verification.one_unit import HEADS
from derive.verification.tree import Function, Name
from derive.verification.values import Array

SIZES = {INPUT: 3, HIDDEN: 4, PROJ: 2, "1": 1}  # all different: what does not fit is found
_PRINTED_SIZES = {"N": HIDDEN, "Nx": INPUT, "Nh": PROJ}


def sizes_of(cell: Cell) -> dict[str, int]:
    """The numbers of units of a trial, by size; those that have names of the author's are odd, from 5 on, so that a row
    that can be cut by heads has those of all of them."""
    named = {size: 5 + 2 * k for k, size in enumerate(cell.named_sizes)}
    numbers = {size: int(size) for size in cell.all_sizes if size.isdecimal()}
    every = (*cell.sizes.values(), *(size for p in cell.parameters for size in (p.rows, p.cols)))
    named |= {size: numbers.get(size, HEADS) for size in cell.heads}
    hidden = 2 * named[cell.heads[0]] if cell.heads else SIZES[HIDDEN]
    found = SIZES | named | numbers | {HIDDEN: hidden}
    return found | {size: units(size, found) for size in every if len(every_axis(size)) > 1}


def spelling(name: str) -> str:
    """A name of the definition as a reader of the paper spells it: letters and subscripts, one after the other."""
    return name.replace("_", "")


def printed_sizes(cell: Cell, sizes: Mapping[str, int]) -> dict[Name | Function, Array]:
    """The numbers of units under the names that they have in print."""
    found: dict[Name | Function, Array] = {Name(k): np.float64(sizes[s]) for k, s in _PRINTED_SIZES.items()}
    return found | {Name(f"N{spelling(s)}"): np.float64(sizes[s]) for s in cell.named_sizes}


class Shapes:
    """The axes of a cell's quantities, those of its gradient's equations among them."""

    def __init__(self, cell: Cell, sizes: Mapping[str, int], heads: int) -> None:
        self.cell, self.sizes, self.heads = cell, sizes, heads

    @cached_property
    def table(self) -> dict[str, str]:
        """The sizes of quantities and parameters that have several axes, by their spelling, that of cotangents too."""
        cell = self.cell
        sizes = {s.name: size for s, size in cell.sizes.items()} | {
            p.name: p.rows for p in cell.parameters if not p.cols
        }
        by_head = {heads_of(size) for size in sizes.values()} - {""}  # numbers for each head have that size
        several = {
            spelling(self._as_printed.get(n, n)): size
            for n, size in sizes.items()
            if len(every_axis(size)) > 1 or size in by_head
        }
        return {mark + name: size for name, size in several.items() for mark in ("", "δ", "Δ")}

    @cached_property
    def _as_printed(self) -> dict[str, str]:
        """What stands in the gradient's equations for names that no author has given, by name."""
        table = self.cell.adjoint().derivation.quantities
        return {q.name: quantity.printed for q, quantity in table.items() if quantity.printed}

    def of(self, name: Name, value: Array) -> Array:
        """The value with the axes of what has that name: a matrix, or a vector or matrix for each head."""
        size = self.table.get(name.spelling, "")
        if not size or np.ndim(value) != 1 or isinstance(value, ByHead):
            return value
        shape = [self.sizes[axis] for axis in axes_of(size)]
        if len(every_axis(size)) == 1:
            return ByHead(tuple(value))
        return ByHead.cut(value, self.heads, *shape) if heads_of(size) else value.reshape(shape)


def on_diagonal(matrix: Array, heads: int) -> Array:
    """A square matrix without what is beside the blocks on its diagonal, one for each head."""
    block: Array = np.arange(len(matrix)) * heads // len(matrix)
    return np.where(block[:, np.newaxis] == block, matrix, 0.0)


def after_a_step(rates: Array, inputs: Array | None = None) -> Array:
    """What dm/dt = A m + B u makes of m in a step, or of a u that it holds: by the exponential of both matrices."""
    rows, wide = len(rates), 0 if inputs is None else inputs.shape[1]
    whole = np.zeros((rows + wide, rows + wide))
    whole[:rows] = rates if inputs is None else np.hstack([rates, inputs])
    with mpmath.workdps(30):
        found = np.array(mpmath.expm(mpmath.matrix(whole.tolist())).tolist(), float)
    return found[:rows, rows:] if wide else found


def of_each_head(function: Callable[[Array], Array], vector: Array, heads: int) -> Array:
    """A function of the units of each head, for each of these units."""
    parts = np.split(vector, heads)
    return np.concatenate([np.broadcast_to(function(part), part.shape) for part in parts])
