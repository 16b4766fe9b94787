"""The backend as others ask for it: cells as programs on arrays, run by machines that are compiled from their text."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from sympy import Expr

from derive.backends import package
from derive.backends.base import Answer, Problem, Program
from derive.backends.c.files import PYTHON, c_plan, machinery, module_text, variants
from derive.backends.c.printer import c_code
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.plan.plan import Plan
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ


class C:
    """Compiled loops."""

    name = "c"
    reserved: frozenset[str] = frozenset()  # quantities have names of their own in C

    def check(self, cell: Cell) -> None:
        module_text(_plain(cell))

    def plan(self, cell: Cell) -> Plan:
        return c_plan(_plain(cell))

    def expression(self, expr: Expr) -> str:
        return c_code(expr)

    def module(self, cell: Cell) -> str:
        return module_text(_plain(cell))

    def runtime(self) -> Mapping[str, str]:
        return machinery()

    def load(self, cell: Cell) -> Program:
        """One layer and direction in float64. Raises DeriveError without NumPy or a C compiler."""
        if importlib.util.find_spec("numpy") is None:
            raise DeriveError("running a cell in C needs numpy, which is not installed: pip install numpy")
        found = {"projection" in one.choice: one.cell for one in reversed(list(variants(cell)))}
        ready = {projected: machine(one, double=True) for projected, one in found.items()}

        def program(problem: Problem) -> Answer:
            projected = True in ready and not {*ready[True].tensors} - {*ready[False].tensors} - {*problem.parameters}
            return _run(package.module("machine"), ready[projected], found[projected], problem)

        return program


def machine(cell: Cell, *, double: bool) -> Any:
    """The machine of a cell without choices, compiled and kept. Raises DeriveError where it cannot be compiled."""
    package.offer(machinery(PYTHON))
    error = package.module("compiled").CompilerError
    try:
        return package.module("machine").Machine(machinery(), module_text(cell), double=double)
    except error as e:
        raise DeriveError(str(e)) from None


def _plain(cell: Cell) -> Cell:
    """The first variant: without what a layer may choose."""
    return next(variants(cell)).cell


def _run(library: Any, ready: Any, cell: Cell, problem: Problem) -> Answer:
    import numpy as np

    def array(a: Any) -> Any:
        return np.array(a, np.float64, order="C")

    def address(a: Any) -> int | None:
        return None if a is None else int(a.ctypes.data)

    states = cell.states
    given = [array(problem.parameters[n]) if n in problem.parameters else None for n in ready.tensors]
    defaults = {p.name: float(p.default) for p in cell.declared if p.kind == "constant" and p.default is not None}
    weights = library.Weights(ready, [problem.sizes[INPUT], problem.sizes[HIDDEN], problem.sizes.get(PROJ, 1)])
    weights.pack([address(a) for a in given], [defaults[name] for name in ready.constants])
    memory = library.Memory(weights, *problem.x.shape[:2], keep=True)

    arrays = {"x": array(problem.x), "d_y": array(problem.d_outputs)}
    arrays |= {"y": np.empty_like(arrays["d_y"]), "d_x": np.empty_like(arrays["x"])}
    of_states = {"initial": [array(problem.states[s]) for s in states]}
    of_states["d_final"] = [array(problem.d_states[s]) for s in states]
    of_states |= {name: [np.empty_like(a) for a in of_states["initial"]] for name in ("final", "d_initial")}
    gradients = [None if a is None else np.empty_like(a) for a in given]
    pointers = library.addresses([address(a) for a in gradients])
    call = library.Call(d_tensor=library.ctypes.cast(pointers, library.ctypes.c_void_p))
    for name, a in arrays.items():
        setattr(call, name, address(a))
    for name, of in of_states.items():
        for k, a in enumerate(of):
            getattr(call, name)[k] = address(a)
    memory.forward(weights, call)
    memory.backward(weights, call)
    found = {n: g for n, g in zip(ready.tensors, gradients, strict=True) if g is not None}
    named = {name: dict(zip(states, of, strict=True)) for name, of in of_states.items()}
    return Answer(arrays["y"], named["final"], arrays["d_x"], named["d_initial"], found)
