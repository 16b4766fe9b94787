"""The backend as others ask for it: cells as programs on arrays, run by machines that are compiled from their text."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from sympy import Expr

from derive.backends import package
from derive.backends.base import Answer, Problem, Program, with_fixed
from derive.backends.c.files import PYTHON, c_plan, first_variants, machinery, module_text
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
        found = first_variants(cell)
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
    return first_variants(cell)[False]


def _run(library: Any, ready: Any, cell: Cell, problem: Problem) -> Answer:
    import numpy as np

    def array(a: Any) -> Any:
        return np.array(a, np.float64, order="C")

    def addresses(arrays: list[Any]) -> list[int | None]:
        return [None if a is None else int(a.ctypes.data) for a in arrays]

    def like(arrays: list[Any]) -> list[Any]:
        return [None if a is None else np.empty_like(a) for a in arrays]

    states, problem = cell.states, with_fixed(problem, cell)
    tensors = [array(problem.parameters[n]) if n in problem.parameters else None for n in ready.tensors]
    defaults = {p.name: float(p.default) for p in cell.constants if p.default is not None}
    sizes = problem.sizes
    weights = library.Weights(ready, ready.sizes(sizes[INPUT], sizes[HIDDEN], sizes.get(PROJ, 1), sizes))
    weights.pack(addresses(tensors), [defaults[name] for name in ready.constants])
    memory = library.Memory(weights, *problem.x.shape[:2], keep=True)

    inputs = [problem.x, *(problem.further[i.name] for i in cell.further)]
    given = [array(np.concatenate(inputs, -1)), *(array(problem.states[s]) for s in states)]
    d_found = [array(problem.d_outputs), *(array(problem.d_states[s]) for s in states)]
    found, d_given = like(d_found), like(given)
    learned = {p.tensor for p in cell.parameters if p.learned}
    d_tensors = like([t if n in learned else None for n, t in zip(ready.tensors, tensors, strict=True)])
    memory.forward(weights, addresses(given), addresses(found))
    memory.backward(weights, *map(addresses, (given, found, d_found, d_given, d_tensors)))
    gradients = {n: g for n, g in zip(ready.tensors, d_tensors, strict=True) if g is not None}
    final, d_initial = (dict(zip(states, of[1:], strict=True)) for of in (found, d_given))
    cuts = np.cumsum([x.shape[-1] for x in inputs])[:-1]
    d_x, *d_further = np.split(d_given[0], cuts, -1)
    names = [i.name for i in cell.further]
    return Answer(found[0], final, d_x, d_initial, gradients, dict(zip(names, d_further, strict=True)))
