"""One layer and direction as nodes: the operations of a plan, its steps as the body of a ``Scan``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatchmethod

import numpy as np
from sympy import Symbol

from derive.backends.base import Array, Problem
from derive.backends.onnx.formulas import Formulas
from derive.backends.onnx.graph import Graph
from derive.backends.reference.interpreter import Interpreter
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.plan.operations import (
    Broadcast,
    Concat,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Softmax,
    Split,
)
from derive.plan.plan import Phase, Plan
from derive.plan.stores import Pack
from derive.statements.sizes import unprimed
from derive.symbolic.expressions import INPUT


def check_inputs(cell: Cell) -> None:
    """Raise DeriveError for a cell that draws masks, or keeps what is as wide as the input."""
    if cell.draws:
        names = ", ".join(i.name for i in cell.draws)
        raise DeriveError(f"{cell.name} draws {names}, and an ONNX graph draws nothing; take cell.in_evaluation()")
    of_the_input = [s for s in cell.states if cell.sizes[cell.previous(s)] == INPUT]
    if of_the_input:
        raise DeriveError(
            f"{cell.name}: the ONNX graphs here keep states of units, and {of_the_input[0]} is as wide as the input;"
            " run its layers in torch"
        )


class Sequence:
    """The operations of one direction, written into graphs. What depends on the parameters alone is worked out in
    float64, as the reference does it, and stands in the graph as a constant."""

    def __init__(self, plan: Plan, sizes: Mapping[str, int], parameters: Mapping[str, Array]) -> None:
        self.plan = plan
        nothing = np.zeros((1, 1, sizes["input_size"]))
        self.fixed = Interpreter(plan, Problem(sizes, nothing, {}, parameters, nothing, {}))
        self.fixed.phase(Phase.PARAMETERS, ())
        self.names: dict[Symbol, str] = {}

    def written(self, graph: Graph, inputs: list[str], states: list[str], reverse: bool) -> tuple[str, list[str]]:
        """The names of the outputs, (T, B, n), and of the final states; of the inputs each is (T, B, its units)."""
        self.names = dict(zip(self.plan.inputs, inputs, strict=True))
        self._phase(graph, Phase.SEQUENCE, graph.lead(inputs[0], 2))
        read = {q for op in self.plan.phases[Phase.STEP] for q in op.reads}
        scanned = {q: name for q, name in self.names.items() if q in read}

        body, before = Graph(graph.dtype == np.float64, graph), self.names
        self.names = {s.previous: body.fresh(s.previous.name) for s in self.plan.states}
        self.names |= {q: body.fresh(q.name) for q in scanned}
        given = [body.info(name, ("B", self.units(q))) for q, name in self.names.items()]
        self._phase(body, Phase.STEP, body.lead(next(iter(self.names.values())), 1))
        made = [s.new for s in self.plan.states]
        results = {body.node("Identity", self.name(q), to=body.fresh("new")): q for q in (*made, made[0])}
        step = body.made("step", given, [body.info(name, ("B", self.units(q))) for name, q in results.items()])
        self.names = before

        outputs = tuple(graph.fresh(f"{s.name}_final") for s in self.plan.states)
        *finals, series = graph.nodes_of(
            "Scan",
            *states,
            *scanned.values(),
            to=(*outputs, graph.fresh("outputs")),
            body=step,
            num_scan_inputs=len(scanned),
            scan_input_directions=[int(reverse)] * len(scanned),
            scan_output_directions=[int(reverse)],
        )
        return series, finals

    def _phase(self, graph: Graph, phase: Phase, lead: str) -> None:
        self.graph, self.lead = graph, lead
        self.formulas = Formulas(graph, self.name)
        for op in self.plan.phases[phase]:
            for target, name in zip(op.targets, self.results(op), strict=True):
                self.names[target] = name

    def name(self, q: Symbol) -> str:
        """What a quantity is called; what is fixed becomes a constant."""
        return self.names[q] if q in self.names else self.graph.constant(self.fixed.env[q], q.name)

    def full(self, name: str, q: Symbol) -> str:
        """A value for every sequence and unit."""
        return self.graph.expanded(name, self.lead, self.units(q))

    def units(self, q: Symbol) -> int:
        """How many a quantity has; a number for all of them has one."""
        return math.prod(map(self.fixed.extent, self.plan.values[q].axes))

    @singledispatchmethod
    def results(self, op: Operation) -> list[str]:
        """The names of an operation's values."""
        raise NotImplementedError(type(op).__name__)

    @results.register
    def _(self, op: Pointwise) -> list[str]:
        value, axes = self.formulas.value(op.expr), self.plan.values[op.target].axes
        reads = [q for q in op.reads if q in self.names]
        whole = any(self.plan.values[q].axes == axes for q in reads)  # else the sequences or the units are missing
        return [value if whole else self.full(value, op.target)]

    @results.register
    def _(self, op: Matmul) -> list[str]:
        operand = self.name(op.operand)
        if not self.fixed.present(op.weight):
            return [operand]
        weight = self.fixed.matrix(op.weight)
        product = self.graph.node("MatMul", operand, self.graph.constant(weight if op.transposed else weight.T, "W"))
        bias = sum(self.fixed.rows(b) for b in op.bias)
        return [self.graph.node("Add", product, self.graph.constant(bias, "b")) if np.any(bias) else product]

    @results.register
    def _(self, op: Reduce) -> list[str]:
        parts = [self.name(q) if q in self.names else self.full(self.name(q), q) for q in op.parts]
        joined = parts[0] if len(parts) == 1 else self.graph.node("Concat", *parts, axis=-1)
        how = {"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax"}[op.how]
        return [self.graph.node(how, joined, self.graph.integers(-1), keepdims=1)]

    @results.register
    def _(self, op: Broadcast) -> list[str]:
        return [self.full(self.name(op.source), op.target)]

    @results.register
    def _(self, op: Concat) -> list[str]:
        parts = [self.name(q) if q in self.names else self.full(self.name(q), q) for q in op.parts]
        return [self.graph.node("Concat", *parts, axis=-1)]

    @results.register
    def _(self, op: Split) -> list[str]:
        count = len(op.into)
        if isinstance(op.source, Pack):
            blocks = np.split(self.fixed.rows(op.source), count, -1)
            return [self.graph.constant(block, q.name) for q, block in zip(op.into, blocks, strict=True)]
        names = tuple(self.graph.fresh(q.name) for q in op.into)
        if count == 1:
            return [self.name(op.source)]
        return list(self.graph.nodes_of("Split", self.name(op.source), to=names, axis=-1, num_outputs=count))

    @results.register
    def _(self, op: Softmax) -> list[str]:
        found = self.graph.node("Softmax", self._by_head(op), axis=-1)
        return [self._parts(found, self.units(op.target)) if op.heads else found]

    @results.register
    def _(self, op: HeadReduce) -> list[str]:
        parts, how = self._by_head(op), {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax"}[op.how]
        found = self.graph.node(how, parts, self.graph.integers(-1), keepdims=1)
        spread = self.graph.node("Expand", found, self.graph.node("Shape", parts))
        return [self._parts(spread, self.units(op.target))]

    @results.register
    def _(self, op: Contract) -> list[str]:
        letters = dict(zip(dict.fromkeys(axis for named in op.axes for axis in named), "abcdefgh", strict=False))
        factors, inputs = [], []
        for q, named in zip(op.factors, op.axes, strict=True):
            lengths = [self.fixed.extent(unprimed(axis)) for axis in named]
            at_each_step = q in self.names
            factors.append(
                self._parts(self.name(q), *lengths)
                if at_each_step
                else self.graph.constant(np.reshape(self.fixed.env[q], lengths), q.name)
            )
            inputs.append("..." * at_each_step + "".join(letters[axis] for axis in named))
        equation = f"{','.join(inputs)}->...{''.join(letters[axis] for axis in op.result)}"
        product = self.graph.node("Einsum", *factors, equation=equation)
        return [self._parts(product, self.units(op.target))]

    def _by_head(self, op: Scan | HeadReduce | Softmax) -> str:
        """What it reads, with an axis for the heads before the units of each, if it goes by head."""
        source = self.name(op.source)
        return self._parts(source, self.fixed.extent(op.heads), -1) if op.heads else source

    def _parts(self, name: str, *lengths: int) -> str:
        """The numbers of each step and sequence in this shape."""
        return self.graph.node(
            "Reshape", name, self.graph.node("Concat", self.lead, self.graph.integers(*lengths), axis=0)
        )

    @results.register
    def _(self, op: Scan) -> list[str]:
        found = self.graph.node("CumSum", self._by_head(op), self.graph.integers(-1), reverse=int(op.reverse))
        return [self._parts(found, self.units(op.target)) if op.heads else found]
