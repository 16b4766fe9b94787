"""The backend as others ask for it: cells as programs on arrays, run by ONNX Runtime in float64, forwards alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from derive.backends.base import Answer, Problem, Program
from derive.backends.onnx.graph import Graph, as_model
from derive.backends.onnx.sequence import Sequence, check_inputs
from derive.definition.cell import Cell
from derive.plan.build import plan as planned
from derive.plan.plan import Plan


class Onnx:
    """ONNX graphs."""

    name = "onnx"

    def check(self, cell: Cell) -> None:
        """What ONNX has no operator for is found where the numbers are known."""
        check_inputs(cell)

    def plan(self, cell: Cell) -> Plan:
        return planned(cell)

    def load(self, cell: Cell) -> Program:
        """One layer and direction, as a ``Scan``."""
        return lambda problem: _run(planned(cell), problem)


def _run(plan: Plan, problem: Problem) -> Answer:
    graph = Graph(double=True)
    names = [s.name for s in plan.states]
    starts = [f"{name}_0" for name in names]
    read = ["input", *problem.further]
    outputs, finals = Sequence(plan, problem.sizes, problem.parameters).written(graph, read, starts, False)
    inputs = [graph.info(name) for name in (*read, *starts)]
    made = as_model(graph.made(plan.cell.name, inputs, [graph.info(name) for name in (outputs, *finals)]))
    given = {"input": problem.x, **problem.further}
    given |= {start: problem.states[s] for start, s in zip(starts, names, strict=True)}
    y, *ends = session(made).run(None, {k: np.ascontiguousarray(v, np.float64) for k, v in given.items()})
    return Answer(y, dict(zip(names, ends, strict=True)))


def session(model: Any) -> Any:
    """A model, ready to run on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
