"""The gradients of a run's loss (``backpropagation``): what they are called, how they are found and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Symbol

from derive.errors import DeriveError, RunError, unknown
from derive.exact.value import Value
from derive.later import later
from derive.notation.quantity import cotangent, incoming
from derive.run.number import values_json
from derive.run.step import Step

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True, eq=False, repr=False)
class Gradients:
    """The gradients of a run's loss.

    loss: its value. records: a ``Step`` for every cotangent of every unit, as they are computed: from the last time
    step to the first. ``d_c`` is the cotangent of c, ``d_c_next`` (printed Δc) what reaches it from the loss and the
    later steps; at t = 0 that is the gradient with respect to the initial state. sums: for a small run, a ``Step`` for
    every entry of every parameter's gradient, the sum over time with the numbers put in (``derive.run.entry_sums``).
    """

    run: Run
    loss: Value
    records: tuple[Step, ...]
    parameters: Mapping[str, Any]
    sums: tuple[Step, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """The names that ``[...]`` takes: the parameters, the inputs, the initial states."""
        return iter((*self.parameters, *self.run.sequences, *(f"{s}0" for s in self.run.cell.states)))

    def __getitem__(self, name: str) -> Any:
        """The gradient of a parameter by its name in the equations (``W_ii``), of an input (``x``: a row for each time
        step) or of an initial state (``h0``), in nested tuples of exact values. Raises DeriveError for another name.
        """
        run = self.run
        if name in self.parameters:
            return self.parameters[name]
        if name in run.sequences:
            return tuple(self._row(cotangent(Symbol(name)).name, t) for t in range(1, len(run.x) + 1))
        if name in (initial := {f"{s}0": s for s in run.cell.states}):
            return self._row(incoming(initial[name]).name, 0)
        raise DeriveError(unknown(f"parameter, input or initial state of {run.cell.name}", name, self))

    def _row(self, name: str, t: int) -> tuple[Value, ...]:
        return tuple(s.value for s in self.records if s.quantity == name and s.t == t)

    def at(self, t: int) -> tuple[Step, ...]:
        """The records of one time step, in the order in which they are computed; t = 0: of the initial states."""
        return tuple(s for s in self.records if s.t == t)

    def value(self, t: int, name: str, unit: int = 1) -> Value:
        """The exact cotangent of that name (``d_c``) at t. Raises RunError for one that is not there."""
        names = dict.fromkeys(s.quantity for s in self.records)
        if name not in names:
            raise RunError(unknown(f"cotangent of {self.run.cell.name}", name, names))
        row = self._row(name, t)
        if not 1 <= unit <= len(row):
            raise RunError(
                f"there is no {name} of unit {unit} at t = {t}: t goes to {len(self.run.x)}, units to {len(row)}"
            )
        return row[unit - 1]

    # ------------------------------------------------------------------ text

    @later
    def latex(self) -> str:
        """Two tabulars, the cotangents and the gradients of the parameters; they need booktabs and amsmath."""
        raise NotImplementedError

    @later
    def __repr__(self) -> str:
        raise NotImplementedError

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """The part ``backward`` of steps.json: every value to 40 decimals, and as the tables print it."""
        return {
            "loss": values_json(self.loss, self.run.decimals),
            "steps": [s.to_json() for s in self.records],
            "gradients": {name: values_json(self[name], self.run.decimals) for name in self},
        }
