"""What a backend is: the few things that verification, measurements and tests ask of every one alike.

A backend makes programs from cells. One that writes source text has more (``Printing``), and a command of its own may
offer more still; nothing here asks for it. ``docs/backends.md`` says in six steps how to write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sympy import Expr

from derive.definition.cell import Cell
from derive.definition.fixed import defaults_of, numbers_of
from derive.plan.plan import Plan

Array = Any  # of NumPy
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Problem:
    """Numbers for one layer and direction, in both directions of time.

    sizes: of "hidden_size", "input_size", "proj_size" and those of the cell's own. x: (T, B, input_size). states: what
    each state is before the first step, (B, n). parameters: the tensors by name, one of a missing projection left out.
    d_outputs, d_states: what reaches the outputs, (T, B, n), and the final states from the loss. further: the other
    inputs by name, (T, B, n).
    """

    sizes: Mapping[str, int]
    x: Array
    states: Arrays
    parameters: Arrays
    d_outputs: Array
    d_states: Arrays
    further: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """outputs: of every step; states: the final ones. The gradients of the loss: d_x, d_states (of what the states were
    before the first step), d_parameters; None of a machine that runs forwards alone. d_further: of the other inputs."""

    outputs: Array
    states: Arrays
    d_x: Array | None = None
    d_states: Arrays | None = None
    d_parameters: Arrays | None = None
    d_further: Arrays = field(default_factory=dict)


def with_fixed(problem: Problem, cell: Cell) -> Problem:
    """The problem with the numbers of what is not learned, where it does not give them. Needs NumPy."""
    import numpy as np

    fixed = [p for p in cell.parameters if p.fixed is not None]
    numbers = {p.tensor: np.array(numbers_of(p, problem.sizes, defaults_of(cell)), float) for p in fixed}
    return replace(problem, parameters={**numbers, **problem.parameters})


class Program(Protocol):
    """A cell, ready to run."""

    def __call__(self, problem: Problem) -> Answer: ...


class Backend(Protocol):
    """Makes programs from cells."""

    name: str

    def check(self, cell: Cell) -> None:
        """Raise DeriveError, naming the thing and the remedy, for what this backend cannot make of a cell."""
        ...

    def plan(self, cell: Cell) -> Plan:
        """The plan of a cell after the passes that suit this backend."""
        ...

    def load(self, cell: Cell) -> Program:
        """The cell as a program. Raises DeriveError where what it needs is not installed."""
        ...


class Printing(Backend, Protocol):
    """A backend that writes source text."""

    reserved: frozenset[str]  # names that a parameter cannot have

    def expression(self, expr: Expr) -> str:
        """A formula. Raises UnsupportedExpression naming the node that has no spelling."""
        ...

    def module(self, cell: Cell) -> str:
        """The text of a cell's module."""
        ...

    def runtime(self) -> Mapping[str, str]:
        """The files that every module needs beside it: name to text."""
        ...
