"""An ONNX graph in the making: nodes, constants, and the names of what they give."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

Array = Any  # of NumPy
OPSET, IR = 18, 8


class Graph:
    """Nodes in order. A body, the graph of one step, has its constants in the graph around it, once for all steps.

    double: whether numbers are float64, else float32.
    """

    def __init__(self, double: bool, around: Graph | None = None) -> None:
        self.dtype = np.float64 if double else np.float32
        self.type = onnx.TensorProto.DOUBLE if double else onnx.TensorProto.FLOAT
        self.around = around
        self.nodes: list[Any] = []
        self.constants: dict[tuple[str, tuple[int, ...], bytes], Any] = {}
        self.numbers: count[int] = count(1) if around is None else around.numbers

    def fresh(self, stem: str) -> str:
        """A name that nothing else has; nor an input of the author's, whose name has no point."""
        return f"{stem}.{next(self.numbers)}"

    def node(self, op: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """A node of one output, and its name. to: the name, where it has to be that."""
        return self.nodes_of(op, *inputs, to=(to or self.fresh(op.lower()),), **attributes)[0]

    def nodes_of(
        self, op: str, *inputs: str, to: tuple[str, ...], called: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """A node of several outputs. called: its own name, where people look for it."""
        self.nodes.append(helper.make_node(op, inputs, to, name=called or self.fresh(op), **attributes))
        return to

    def constant(self, value: Any, stem: str = "number") -> str:
        """Numbers of the graph's type; the same ones are there once."""
        return self._held(np.asarray(value, self.dtype), stem)

    def integers(self, *values: int) -> str:
        """A list of integers, as shapes and axes are."""
        return self._held(np.array(values, np.int64), "integers")

    def scalar(self, value: int) -> str:
        """An integer, as the place of a row is."""
        return self._held(np.array(value, np.int64), "integer")

    def whole(self, value: str) -> str:
        """Numbers as integers."""
        name = self.fresh("whole")
        self.nodes.append(helper.make_node("Cast", [value], [name], name=self.fresh("Cast"), to=onnx.TensorProto.INT64))
        return name

    def truth(self, value: bool) -> str:
        return self._held(np.array(value), "truth")

    def _held(self, array: Array, stem: str) -> str:
        if self.around is not None:
            return self.around._held(array, stem)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(np.array(array, order="C"), self.fresh(stem))
        return str(self.constants[key].name)

    def lead(self, of: str, dimensions: int) -> str:
        """The first dimensions of a tensor, as a shape."""
        return self.node("Shape", of, start=0, end=dimensions)

    def expanded(self, value: str, lead: str, units: int) -> str:
        """A value for each place of the leading dimensions, and each unit."""
        return self.node("Expand", value, self.node("Concat", lead, self.integers(units), axis=0))

    def info(self, name: str, shape: tuple[int | str, ...] | None = None) -> Any:
        """An input or output of the graph."""
        return helper.make_tensor_value_info(name, self.type, shape)

    def made(self, name: str, inputs: list[Any], outputs: list[Any], about: str = "") -> Any:
        """The graph as onnx has it."""
        return helper.make_graph(self.nodes, name, inputs, outputs, list(self.constants.values()), doc_string=about)


def as_model(graph: Any) -> Any:
    return helper.make_model(
        graph, producer_name="derive", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR
    )
