"""The numbers of a walk over a plan: what is known so far, and in which shape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from sympy import Symbol

from derive.backends.base import Array, Problem, with_fixed
from derive.backends.reference.diagonal import with_zeros
from derive.plan.axes import block_axis, whole
from derive.plan.operations import HeadReduce, Scan, Softmax
from derive.plan.plan import Plan
from derive.plan.stores import Pack
from derive.statements.sizes import units


class Walk:
    """A quantity of n units is (n,) where it needs the parameters alone, (B, n) within a step, (T, B, n) in the phases
    of all steps together; a number for all units has n = 1."""

    def __init__(self, plan: Plan, problem: Problem) -> None:
        problem = with_fixed(problem, plan.cell)
        self.plan, self.problem = plan, problem
        self.steps, self.batch = problem.x.shape[:2]
        self.extents = _extents(tuple(problem.sizes.items()))
        self.env: dict[Symbol, Array] = dict(self.extents.symbols)
        self.env |= {p.symbol: float(p.default) for p in plan.cell.constants if p.default is not None}
        declared = {s.blocks[0].symbol: Pack(s, 0, 1) for s in plan.stores if s.role == "declared"}
        self.env |= {symbol: self.rows(pack) for symbol, pack in declared.items()}
        self.over_time: set[Symbol] = set()  # what differs from step to step
        self.lead: tuple[int, ...] = ()  # the dimensions before the units

    def full(self, array: Array, q: Symbol) -> Array:
        """A quantity for each step, sequence and unit, also where it is the same for all of them."""
        shape = (*self.lead, *([self.extents[a] for a in self.plan.values[q].axes] or [1]))
        return array if getattr(array, "shape", ()) == shape else np.broadcast_to(array, shape)

    def parts(self, op: Scan | HeadReduce | Softmax) -> Array:
        """What an operation over the units reads, with an axis for the heads before them."""
        source = self.env[op.source]
        return source.reshape(*source.shape[:-1], self.extent(op.heads) if op.heads else 1, -1)

    def extent(self, axis: str) -> int:
        """The length of an axis."""
        return self.extents[axis]

    def present(self, pack: Pack) -> bool:
        """Whether there is such a tensor, or what stands for it."""
        return bool(pack.made) or pack.store.name in self.problem.parameters or pack.store.role == "bias"

    def rows(self, pack: Pack) -> Array:
        """Blocks of a tensor; a number as one row."""
        if pack.made:
            (symbol,) = pack.made
            tensor = self.env[symbol]
        elif pack.store.name in self.problem.parameters:
            tensor = np.atleast_1d(self.problem.parameters[pack.store.name])
        else:
            return np.zeros([self.extent(a) for a in pack.axes])
        height = len(tensor) // len(pack.store.blocks)
        return tensor[pack.first * height : (pack.first + pack.count) * height]

    def matrix(self, pack: Pack) -> Array:
        """The same of a matrix, with the zeros beside its blocks where it has heads."""
        rows = self.rows(pack)
        return with_zeros(rows, self.extent(whole(pack.axes[1]))) if pack.store.heads else rows


class _Extents(dict[str, int]):
    """The lengths of axes by name, each found once. symbols: what the sizes are in formulas."""

    def __init__(self, sizes: tuple[tuple[str, int], ...]) -> None:
        super().__init__()
        self.sizes = dict(sizes)
        self.symbols = {Symbol(size): float(n) for size, n in sizes}

    def __missing__(self, axis: str) -> int:
        count, size = block_axis(axis)
        found = self[axis] = count * units(size, self.sizes)
        return found


_extents = lru_cache(maxsize=64)(_Extents)
