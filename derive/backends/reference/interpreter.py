"""The walk over a plan: the phases in order, one NumPy expression for each operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import singledispatchmethod

import numpy as np
from sympy import Symbol

from derive.backends.base import Answer, Array, Problem, Program, with_fixed
from derive.backends.reference.formulas import value
from derive.definition.cell import Cell
from derive.plan.axes import block_axis, whole
from derive.plan.build import plan as planned
from derive.plan.operations import (
    Accumulate,
    Broadcast,
    Concat,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Skew,
    Softmax,
    Split,
)
from derive.plan.plan import Phase, Plan
from derive.plan.stores import Pack
from derive.statements.sizes import units, unprimed


class Reference:
    """The backend."""

    name = "reference"

    def check(self, cell: Cell) -> None:
        """Every cell will do."""

    def plan(self, cell: Cell) -> Plan:
        return planned(cell)

    def load(self, cell: Cell) -> Program:
        return interpreted(self.plan(cell))


def interpreted(plan: Plan) -> Program:
    """The program of a plan, whatever passes it has been through."""
    return lambda problem: Interpreter(plan, problem).answer()


def new_states(plan: Plan, problem: Problem) -> dict[str, Array]:
    """The states after the last step alone; the plan may have nothing that goes backwards."""
    return Interpreter(plan, problem).new_states()


def quantities(plan: Plan, problem: Problem) -> dict[Symbol, Array]:
    """All that such a plan computes, of every step."""
    walk = Interpreter(plan, problem)
    walk.new_states()
    return walk.env


class Interpreter:
    """One problem, worked. A quantity of n units is (n,) where it needs the parameters alone, (B, n) within a step,
    (T, B, n) in the phases of all steps together; a number for all units has n = 1."""

    def __init__(self, plan: Plan, problem: Problem) -> None:
        problem = with_fixed(problem, plan.cell)
        self.plan, self.problem = plan, problem
        self.steps, self.batch = problem.x.shape[:2]
        self.env: dict[Symbol, Array] = {Symbol(size): float(n) for size, n in problem.sizes.items()}
        self.env |= {p.symbol: float(p.default) for p in plan.cell.constants if p.default is not None}
        declared = {s.blocks[0].symbol: Pack(s, 0, 1) for s in plan.stores if s.role == "declared"}
        self.env |= {symbol: self.rows(pack) for symbol, pack in declared.items()}
        self.over_time: set[Symbol] = set()  # what differs from step to step
        self.lead: tuple[int, ...] = ()  # the dimensions before the units

    def answer(self) -> Answer:
        """The problem forwards and backwards."""
        new = self.new_states()
        states, problem = self.plan.states, self.problem
        with np.errstate(all="ignore"):
            self.phase(Phase.COEFFICIENTS, problem.x.shape[:2])
            end = {s.incoming: problem.d_states[s.name] for s in states}
            self.loop(Phase.BACK, range(self.steps)[::-1], end, [(s.incoming, s.outgoing) for s in states])
            self.phase(Phase.GRADIENTS, problem.x.shape[:2])
        gradients = {
            s.name: self.env[self.plan.gradients[s.name]].reshape(problem.parameters[s.name].shape)
            for s in self.plan.stores
            if s.learned and s.name in problem.parameters
        }
        of_inputs = [self.env[d] for d in self.plan.input_cotangents]
        return Answer(
            self.env[states[0].new],
            new,
            of_inputs[0],
            {s.name: self.env[s.outgoing][0] for s in states},
            gradients,
            dict(zip([q.name for q in self.plan.inputs[1:]], of_inputs[1:], strict=True)),
        )

    def new_states(self) -> dict[str, Array]:
        """The problem forwards."""
        states, problem = self.plan.states, self.problem
        with np.errstate(all="ignore"):
            self.phase(Phase.PARAMETERS, ())
            self.keep({q: problem.x if q == self.plan.input else problem.further[q.name] for q in self.plan.inputs})
            self.phase(Phase.SEQUENCE, problem.x.shape[:2])
            start = {s.previous: problem.states[s.name] for s in states}
            self.loop(Phase.STEP, range(self.steps), start, [(s.previous, s.new) for s in states])
        return {s.name: self.env[s.new][-1] for s in states}

    # ------------------------------------------------------------------ phases

    def phase(self, phase: Phase, lead: tuple[int, ...]) -> None:
        """A phase once, for all time steps together."""
        self.lead = lead
        for op in self.plan.phases[phase]:
            self.do(op)
        if lead:
            self.over_time.update(q for op in self.plan.phases[phase] for q in op.targets)

    def loop(
        self, phase: Phase, order: Iterable[int], carried: dict[Symbol, Array], links: list[tuple[Symbol, Symbol]]
    ) -> None:
        """A phase step by step: what is on the right of a link is on its left in the next step."""
        whole, self.lead = self.env, (self.batch,)
        rows: dict[int, dict[Symbol, Array]] = {}
        for t in order:
            if phase is Phase.BACK:  # what reaches the output of this very step
                first = links[0][0]
                carried[first] = carried[first] + self.problem.d_outputs[t]
            self.env = {q: a[t] if q in self.over_time else a for q, a in whole.items()} | carried
            for op in self.plan.phases[phase]:
                self.do(op)
            made = [q for op in self.plan.phases[phase] for q in op.targets]
            rows[t] = {q: self.env[q] for q in (*carried, *made, *(out for _, out in links))}
            carried = {into: self.full(self.env[out], into) for into, out in links}
        self.env = whole
        self.keep({q: np.stack([self.full(rows[t][q], q) for t in sorted(rows)]) for q in rows[0]})

    def keep(self, series: Mapping[Symbol, Array]) -> None:
        """Quantities of all time steps."""
        self.env |= series
        self.over_time.update(series)

    # ------------------------------------------------------------------ one operation

    def do(self, op: Operation) -> None:
        """Give the targets of an operation their values."""
        for target, result in zip(op.targets, self.results(op), strict=True):
            self.env[target] = result

    @singledispatchmethod
    def results(self, op: Operation) -> list[Array]:
        """The values of an operation's targets."""
        raise NotImplementedError(type(op).__name__)

    @results.register
    def _(self, op: Pointwise) -> list[Array]:
        return [self.full(value(op.expr, self.env), op.target)]

    @results.register
    def _(self, op: Matmul) -> list[Array]:
        if not self.present(op.weight):
            return [self.env[op.operand]]
        weight = self.matrix(op.weight)
        result = self.env[op.operand] @ (weight if op.transposed else weight.T)
        return [result + sum(self.rows(b) for b in op.bias)]

    @results.register
    def _(self, op: Reduce) -> list[Array]:
        parts = np.concatenate([self.full(self.env[q], q) for q in op.parts], -1)
        return [getattr(np, op.how)(parts, -1, keepdims=True)]

    @results.register
    def _(self, op: Broadcast) -> list[Array]:
        return [self.full(self.env[op.source], op.target)]

    @results.register
    def _(self, op: Concat) -> list[Array]:
        axis = 0 if len(self.plan.values[op.target].axes) == 2 else -1
        return [np.concatenate([self.env[q] for q in op.parts], axis)]

    @results.register
    def _(self, op: Split) -> list[Array]:
        source = self.rows(op.source) if isinstance(op.source, Pack) else self.env[op.source]
        return list(np.split(source, len(op.into), -1))

    @results.register
    def _(self, op: Scan) -> list[Array]:
        parts = self.parts(op)
        sums = np.flip(np.cumsum(np.flip(parts, -1), -1), -1) if op.reverse else np.cumsum(parts, -1)
        return [sums.reshape(self.env[op.source].shape)]

    @results.register
    def _(self, op: HeadReduce) -> list[Array]:
        parts = self.parts(op)
        return [np.repeat(getattr(np, op.how)(parts, -1), parts.shape[-1], -1)]

    @results.register
    def _(self, op: Softmax) -> list[Array]:
        parts = self.parts(op)
        powers = np.exp(parts - np.max(parts, -1, keepdims=True))
        return [(powers / np.sum(powers, -1, keepdims=True)).reshape(self.env[op.source].shape)]

    @results.register
    def _(self, op: Contract) -> list[Array]:
        axes = [*op.axes, op.result]
        letters = dict(zip(dict.fromkeys(axis for a in axes for axis in a), "abcdefgh", strict=False))
        arrays = [np.asarray(self.env[q]) for q in op.factors]
        arrays = [
            a.reshape((*a.shape[:-1], *map(self.extent, map(unprimed, named))))
            for a, named in zip(arrays, axes, strict=False)
        ]
        *inputs, output = ("..." + "".join(letters[axis] for axis in a) for a in axes)
        result = np.einsum(f"{','.join(inputs)}->{output}", *arrays)
        lead = result.shape[: result.ndim - len(axes[-1])]
        return [self.full(result.reshape(*lead, -1), op.target)]

    @results.register
    def _(self, op: Accumulate) -> list[Array]:
        axes = self.plan.values[op.target].axes
        total = np.zeros([self.extent(a) for a in axes])
        for left, right in op.pairs:
            d = np.broadcast_to(self.env[left], (self.steps, self.batch, self.env[left].shape[-1]))
            if right is not None:
                outer = np.einsum("tbm,tbn->mn", d, self.full(self.env[right], right))
                total = total + (outer if outer.shape == total.shape else _on_diagonal(outer, total.shape[1]))
            else:
                total = total + (d.sum((0, 1)) if axes else d.sum())
        return [total]

    @results.register
    def _(self, op: Skew) -> list[Array]:
        matrix = self.rows(op.source) if isinstance(op.source, Pack) else self.env[op.source]
        blocks = matrix.reshape(-1, matrix.shape[1], matrix.shape[1])
        return [(blocks - blocks.transpose(0, 2, 1)).reshape(matrix.shape)]

    # ------------------------------------------------------------------ arrays

    def full(self, array: Array, q: Symbol) -> Array:
        """A quantity for each step, sequence and unit, also where it is the same for all of them."""
        units = [self.extent(a) for a in self.plan.values[q].axes] or [1]
        return np.broadcast_to(array, (*self.lead, *units))

    def parts(self, op: Scan | HeadReduce | Softmax) -> Array:
        """What an operation over the units reads, with an axis for the heads before them."""
        source = self.env[op.source]
        return source.reshape(*source.shape[:-1], self.extent(op.heads) if op.heads else 1, -1)

    def extent(self, axis: str) -> int:
        """The length of an axis."""
        count, size = block_axis(axis)
        return count * units(size, self.problem.sizes)

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
        return _with_zeros(rows, self.extent(whole(pack.axes[1]))) if pack.store.heads else rows


def _columns(rows: int, size: int, cols: int) -> Array:
    """The columns of blocks of that size, row by row, in stacked matrices of so many columns with blocks on the
    diagonal."""
    first: Array = np.arange(rows) % cols // size * size
    return first[:, np.newaxis] + np.arange(size)


def _with_zeros(blocks: Array, cols: int) -> Array:
    """Stacked square matrices with these blocks on their diagonals, which are stored one below the other."""
    found = np.zeros((len(blocks), cols))
    np.put_along_axis(found, _columns(len(blocks), blocks.shape[1], cols), blocks, 1)
    return found


def _on_diagonal(matrix: Array, size: int) -> Array:
    """The blocks of that size on the diagonals of stacked square matrices."""
    return np.take_along_axis(matrix, _columns(len(matrix), size, matrix.shape[1]), 1)
