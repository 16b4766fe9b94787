"""Layers and directions of a cell as one ONNX model, for sequences and batches of any length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from derive.backends.base import Array
from derive.backends.onnx.graph import Graph, as_model
from derive.backends.onnx.native import Form, form
from derive.backends.onnx.sequence import Sequence as Direction
from derive.backends.onnx.sequence import check_inputs
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.plan.build import plan as planned
from derive.plan.plan import Plan
from derive.statements.sizes import lengths


@dataclass(frozen=True)
class Network:
    """A layer of a cell. weights: as in its ``state_dict``, of float32 or float64. initial: what the states are before
    the first step, each (layers * directions, B, n), zero where there is none. given: whether they are inputs instead.
    """

    cell: Cell
    weights: Mapping[str, Array]
    sizes: Mapping[str, int]
    num_layers: int = 1
    bidirectional: bool = False
    reverse: bool = False
    batch_first: bool = False
    initial: Sequence[Array] = field(default_factory=tuple)
    given: bool = False

    @property
    def suffixes(self) -> list[list[str]]:
        ends = ("", "_reverse") if self.bidirectional else ("",)
        return [[f"_l{layer}{end}" for end in ends] for layer in range(self.num_layers)]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the states, of one sequence."""
        return [lengths(self.plan.values[s.previous].axes[0], self.sizes) for s in self.plan.states]

    @property
    def widths(self) -> list[int]:
        """Of the states in one row."""
        return list(map(math.prod, self.shapes))

    @cached_property
    def plan(self) -> Plan:
        return planned(self.cell)


def model(network: Network) -> Any:
    """The ``ModelProto``: inputs "input", (T, B, I) or (B, T, I), the further ones of the cell by their names, laid out
    as that, and, where they are given, the states as "h_0"; outputs "output" and the final states as "h_n", (layers *
    directions, B, n), or a matrix's axes in the place of n.

    Raises DeriveError for a cell that draws masks, keeps its input or has a further one called by one of these names,
    for weights that are neither float32 nor float64, and for a formula that ONNX has not.
    """
    check_inputs(network.cell)
    own = {"input", "output", *(f"{s}_{end}" for s in network.cell.states for end in "0n")}
    if odd := next((i.name for i in network.cell.further if i.name in own), ""):
        raise DeriveError(f"{network.cell.name}: {odd} is a name of the file's own; call that input otherwise")
    kinds = {str(w.dtype) for w in network.weights.values()}
    if kinds not in ({"float32"}, {"float64"}):
        raise DeriveError(
            f"the weights are {', '.join(sorted(kinds))}; ONNX Runtime takes float32 or float64, give layer.float()"
        )
    return _Writer(network, kinds == {"float64"}).model()


class _Writer:
    def __init__(self, network: Network, double: bool) -> None:
        self.network, self.cell = network, network.cell
        self.graph = Graph(double)
        self.form = None if double or "weight_hr_l0" in network.weights else form(network.cell)

    def model(self) -> Any:
        network, graph, states = self.network, self.graph, self.cell.states
        directions = 1 + network.bidirectional
        time = ("B", "T") if network.batch_first else ("T", "B")
        further = [(i.name, math.prod(lengths(i.size, network.sizes))) for i in self.cell.further]
        first = ["input", *(name for name, _ in further)]
        if network.batch_first:
            first = [graph.node("Transpose", name, perm=[1, 0, 2]) for name in first]
        x, *self.further = first
        self.batch = graph.node("Shape", x, start=1, end=2)
        starts = [self._start(k) for k in range(len(states))]
        finals: list[list[str]] = [[] for _ in states]
        for layer in range(network.num_layers):
            rows = [self._row(s, layer * directions, directions) for s in starts]
            x, blocks = (self._native if self.form else self._scanned)(x, layer, rows)
            for into, block in zip(finals, blocks, strict=True):
                into.append(block)
        graph.node("Transpose", x, to="output", perm=[1, 0, 2] if network.batch_first else [0, 1, 2])
        for name, found, shape in zip(states, finals, network.shapes, strict=True):
            every = graph.node("Concat", *found, axis=0)
            graph.node("Reshape", every, graph.integers(0, 0, *shape), to=f"{name}_n")
        count = network.num_layers * directions
        shapes: dict[str, tuple[int | str, ...]]
        shapes = {s: (count, "B", *shape) for s, shape in zip(states, network.shapes, strict=True)}
        inputs = [graph.info("input", (*time, network.sizes["input_size"]))]
        inputs += [graph.info(name, (*time, width)) for name, width in further]
        inputs += [graph.info(f"{s}_0", shapes[s]) for s in states if network.given]
        outputs = [graph.info("output", (*time, directions * network.widths[0]))]
        outputs += [graph.info(f"{s}_n", shapes[s]) for s in states]
        return as_model(graph.made(self.cell.name, inputs, outputs, f"{self.cell.title}\n{self.cell.unicode()}"))

    # ------------------------------------------------------------------ states

    def _start(self, k: int) -> str | None:
        """A state before the first step, of all layers and directions; None for zero."""
        if self.network.given:
            return self.graph.node("Reshape", f"{self.cell.states[k]}_0", self.graph.integers(0, 0, -1))
        if not self.network.initial:
            return None
        array = self.network.initial[k]
        return self.graph.node("Expand", self.graph.constant(array), self._shape(*array.shape[::2]))

    def _row(self, start: str | None, first: int, count: int) -> str | None:
        """The rows of one layer, (directions, B, n)."""
        if start is None:
            return None
        ends = self.graph.integers(first), self.graph.integers(first + count)
        return self.graph.node("Slice", start, *ends, self.graph.integers(0))

    def _before(self, rows: str | None, direction: int, width: int) -> str:
        """A state of one direction before the first step, (B, n)."""
        if rows is None:
            return self.graph.expanded(self.graph.constant([0.0]), self.batch, width)
        return self.graph.node("Gather", rows, self.graph.scalar(direction), axis=0)

    def _shape(self, rows: int, width: int) -> str:
        return self.graph.node("Concat", self.graph.integers(rows), self.batch, self.graph.integers(width), axis=0)

    # ------------------------------------------------------------------ one layer

    def _native(self, x: str, layer: int, starts: list[str | None]) -> tuple[str, list[str]]:
        """A node of ONNX's own: the outputs, (T, B, n), and the final states, (directions, B, n)."""
        graph, network = self.graph, self.network
        assert isinstance(self.form, Form)
        suffixes = network.suffixes[layer]
        attributes = dict(self.form.attributes)
        for key in ("activations", "activation_alpha", "activation_beta"):
            if key in attributes:
                attributes[key] = attributes[key] * len(suffixes)
        direction = "bidirectional" if network.bidirectional else "reverse" if network.reverse else "forward"
        tensors = {k: graph.constant(v, k) for k, v in self.form.tensors(network.weights, suffixes).items()}
        inputs = [x, tensors["W"], tensors["R"], tensors.get("B", ""), "", *(s or "" for s in starts)]
        inputs += [tensors["P"]] if "P" in tensors else []
        names = tuple(graph.fresh(s) for s in ("outputs", *self.cell.states))
        y, *finals = graph.nodes_of(
            self.form.op,
            *inputs,
            to=names,
            called=f"{self.form.op}_l{layer}",
            hidden_size=network.sizes["hidden_size"],
            direction=direction,
            **attributes,
        )
        flat = graph.node("Transpose", y, perm=[0, 2, 1, 3])  # (T, directions, B, n) -> (T, B, directions, n)
        return graph.node("Reshape", flat, graph.integers(0, 0, -1)), finals

    def _scanned(self, x: str, layer: int, starts: list[str | None]) -> tuple[str, list[str]]:
        """The same by a ``Scan`` for each direction."""
        graph, network, first = self.graph, self.network, self.graph.integers(0)
        outputs, finals = [], []
        inner = network.widths[0] * (1 + network.bidirectional)
        sizes = {**network.sizes, "input_size": inner} if layer else network.sizes
        for d, suffix in enumerate(network.suffixes[layer]):
            own = {k.removesuffix(suffix): w for k, w in network.weights.items() if k.endswith(suffix)}
            before = [self._before(s, d, n) for s, n in zip(starts, network.widths, strict=True)]
            direction = Direction(network.plan, sizes, own)
            y, ends = direction.written(graph, [x, *self.further], before, network.reverse or d == 1)
            outputs.append(y)
            finals.append([graph.node("Unsqueeze", end, first) for end in ends])
        if len(outputs) == 1:
            return outputs[0], finals[0]
        joined = [graph.node("Concat", *both, axis=0) for both in zip(*finals, strict=True)]
        return graph.node("Concat", *outputs, axis=-1), joined
