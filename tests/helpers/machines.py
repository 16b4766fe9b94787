"""Machines called with arrays of NumPy: a problem goes in, an answer comes out, in either type, by several threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from problems import problem

from derive.backends import backend, package
from derive.backends.base import Answer, Problem, with_fixed
from derive.backends.c.backend import machine as compiled
from derive.backends.c.files import PYTHON, machinery, variants
from derive.definition.cell import Cell

package.offer(machinery(PYTHON))
machine = package.module("machine")

#: To how much a machine agrees with the reference, by whether its numbers are double; the largest number scales it.
TOLERANCE = {True: 1e-11, False: 3e-5}


def made(cell: Cell, double: bool, choice: str | None = None) -> Any:
    """The machine of a cell, as its layers choose it, by the compiler that ``$CC`` names."""
    return compiled(chosen(cell, choice), double=double)


def chosen(cell: Cell, choice: str | None = None) -> Cell:
    """What a choice makes of a cell; the first of all choices without one."""
    return next(one.cell for one in variants(cell) if choice in (None, one.choice))


@cache
def reference(cell: Cell) -> Any:
    """The reference's plan of a cell, and its program in float64."""
    found = backend("reference")
    return found.plan(cell), found.load(cell)


def moderate(cell: Cell, shape: Sequence[int], seed: int = 0, named: int = 6) -> Problem:
    """Numbers with which nothing grows over time. shape: (T, B, I, H, P); named: as in ``problem``."""
    given = problem(reference(cell)[0], tuple(shape), seed=seed, named=named)
    for a in given.parameters.values():
        if a.ndim == 2:
            a /= max(1.0, (a.shape[1] / 4) ** 0.5)
    return given


class Run:
    """A layer and direction that a machine runs.

    guard: how many numbers before and behind each array nobody may change; arrays then begin at no boundary.
    """

    def __init__(
        self, ready: Any, cell: Cell, given: Problem, *, threads: int = 1, keep: bool = True, guard: int = 3
    ) -> None:
        given = with_fixed(given, cell)
        self.ready, self.given, self.guard = ready, given, guard
        self.guarded: list[Any] = []
        sizes = ready.sizes(*(given.sizes[name] for name in ("input_size", "hidden_size", "proj_size")), given.sizes)
        self.inputs = np.concatenate([given.x, *given.further.values()], -1)
        self.parameters = {n: self.array(given.parameters[n]) for n in ready.tensors if n in given.parameters}
        self.weights = machine.Weights(ready, sizes)
        constants = {p.name: float(p.default) for p in cell.constants}
        tensors = addresses([self.parameters.get(name) for name in ready.tensors])
        self.weights.pack(tensors, [constants[name] for name in ready.constants], backward=keep, threads=threads)
        self.memory = machine.Memory(self.weights, *given.x.shape[:2], threads=threads, keep=keep)

    def array(self, like: Any, *, empty: bool = False) -> Any:
        """Of the machine's type, with the same numbers or with NaN."""
        whole = np.full(like.size + 2 * self.guard, -77.0, np.float64 if self.ready.double else np.float32)
        part = whole[self.guard : self.guard + like.size].reshape(like.shape)
        part[...] = np.nan if empty else like
        self.guarded.append(whole)
        return part

    def forward(self) -> tuple[Any, list[Any]]:
        """The outputs and the final states."""
        self.x, self.y = self.array(self.inputs), self.array(self.given.d_outputs, empty=True)
        states = [self.array(s) for s in self.given.states.values()]
        final = [self.array(s, empty=True) for s in states]
        assert self.memory.forward(self.weights, addresses([self.x, *states]), addresses([self.y, *final]))
        self.check()
        return self.y, final

    def backward(self, *, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, Any]:
        """The gradients of "input", of "state h" and of parameters by name; wanted: of which."""
        names = {"input": self.inputs, **{f"state {k}": s for k, s in self.given.states.items()}, **self.parameters}
        found = {name: self.array(a, empty=True) for name, a in names.items() if wanted(name)}
        d_found = [self.array(self.given.d_outputs), *(self.array(s) for s in self.given.d_states.values())]
        d_given = [found.get(name) for name in ("input", *(f"state {k}" for k in self.given.states))]
        d_tensors = [found.get(name) for name in self.ready.tensors]
        arrays = ([self.x], [self.y], d_found, d_given, d_tensors)
        assert self.memory.backward(self.weights, *map(addresses, arrays))
        self.check()
        return found

    def check(self) -> None:
        for whole in self.guarded if self.guard else []:
            assert (whole[: self.guard] == -77).all(), "a number before an array was changed"
            assert (whole[-self.guard :] == -77).all(), "a number behind an array was changed"

    def answer(self) -> Answer:
        outputs, final = self.forward()
        return self.as_answer(outputs, final, self.backward())

    def as_answer(self, outputs: Any, final: list[Any], found: dict[str, Any]) -> Answer:
        states, further = list(self.given.states), self.given.further
        ends = np.cumsum([self.given.x.shape[-1], *(x.shape[-1] for x in further.values())])
        d_x, *d_further = np.split(found["input"], ends[:-1], -1)
        return Answer(
            outputs,
            dict(zip(states, final, strict=True)),
            d_x,
            {s: found[f"state {s}"] for s in states},
            {name: found[name] for name in self.given.parameters},
            dict(zip(further, d_further, strict=True)),
        )


def addresses(arrays: Sequence[Any]) -> list[int | None]:
    return [None if a is None else int(a.ctypes.data) for a in arrays]
