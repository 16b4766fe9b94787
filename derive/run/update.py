"""The weights after one step of gradient descent: w - η δw, exactly.

That is a step of ``torch.optim.SGD(parameters, lr=η)`` on the run's loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Rational

from derive.errors import DeriveError, RunError, unknown
from derive.exact.value import Value
from derive.later import later
from derive.run.given import learning_rate
from derive.run.number import values_json
from derive.run.weights import stored_parameters
from derive.statements.writing import Entry, entries

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True)
class UpdatedEntry:
    """One number of a parameter before and after the step, and its gradient.

    entry: its row and column in a matrix, its unit in a vector, counted from 1; empty where there is one number alone.
    """

    name: str
    entry: Entry
    before: Value
    gradient: Value
    after: Value


@dataclass(frozen=True, eq=False, repr=False)
class Updated:
    """A run's learned parameters after a step of gradient descent with the learning rate lr."""

    run: Run
    lr: Rational

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Each learned parameter by its name in the equations, in nested tuples of exact values."""
        gradients = self.run.gradients()
        return {name: self._moved(w, gradients[name]) for name, w in self._before.items()}

    @cached_property
    def _before(self) -> dict[str, Any]:
        """The parameters as they are stored: of an antisymmetric matrix V - V^T, V is learned."""
        stored = stored_parameters(self.run.cell, self.run.weights, self.run.sizes)
        return {p.name: stored[p.name] for p in self.run.cell.parameters if p.name in self.run.gradients().parameters}

    def _moved(self, w: Any, gradient: Any) -> Any:
        if isinstance(w, tuple):
            return tuple(self._moved(a, b) for a, b in zip(w, gradient, strict=True))
        return Value.of(w) - Value.of(self.lr) * gradient

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def __getitem__(self, name: str) -> Any:
        """The updated parameter of that name (``W_ii``). Raises DeriveError for another name."""
        if name not in self.parameters:
            raise DeriveError(unknown(f"learned parameter of {self.run.cell.name}", name, self.parameters))
        return self.parameters[name]

    @property
    def entries(self) -> Iterator[UpdatedEntry]:
        """Every number, parameter by parameter, row by row."""
        for name, w in self._before.items():
            parts = (dict(entries(tensor)) for tensor in (w, self.run.gradients()[name], self[name]))
            before, gradient, after = parts
            for entry, number in before.items():
                place = entry if len(before) > 1 else ()
                yield UpdatedEntry(name, place, Value.of(number), gradient[entry], after[entry])

    @later
    def latex(self) -> str:
        """A tabular: every number before the step, its gradient, and after it; it needs booktabs."""
        raise NotImplementedError

    @later
    def __repr__(self) -> str:
        raise NotImplementedError

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """The part ``updated`` of steps.json: every value to 40 decimals, and as the tables print it."""
        decimals = self.run.decimals
        return {"lr": str(self.lr), "parameters": {name: values_json(self[name], decimals) for name in self}}


def updated(run: Run, lr: Any = None) -> Updated:
    """The step with that learning rate, by default the run's. Raises RunError where there is none, or no loss."""
    if lr is None and run.lr is None:
        raise RunError("the run has no learning rate: give it one, as in run.updated(lr=0.1)")
    rate = run.lr if lr is None else learning_rate(lr)
    run.gradients()  # which says that a loss is missing
    return Updated(run, rate)
