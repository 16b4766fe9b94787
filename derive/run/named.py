"""What a row of a table worked by hand is of: a quantity, a cotangent, a gradient, an updated parameter, the loss.

c, c_2          a quantity, of the second unit where there are several, S_1_3 of a matrix that row and column: an entry
                for each time step
d_c, d_c_next   its cotangent δc, and Δc, what reaches c from the loss and the later steps: likewise
c0              the gradient with respect to an initial state: an entry for each unit
W_ig, W_ig_2    the gradient of a parameter, of the second row of a matrix that has several: an entry for each column;
                of a vector, b_ig, one for each unit; d_W_ig is the same
W_ig_new        the same of the parameter after a step of gradient descent
loss            one entry
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Symbol

from derive.calculus.backward import Backward
from derive.errors import RunError, unknown
from derive.exact.value import Value
from derive.notation.quantity import Quantity, cotangent, incoming, looks_like_weight, numbered, previous
from derive.run.printed_weights import joint_biases
from derive.statements.sizes import labels, units

if TYPE_CHECKING:
    from derive.run.data import Run
    from derive.statements.parameter import Parameter

LOSS, NEW = "loss", "_new"


class Kind(Enum):
    """What an entry is."""

    QUANTITY = "quantity"
    COTANGENT = "cotangent"
    GRADIENT = "gradient"
    UPDATED = "updated"
    LOSS = "loss"


class Spot(NamedTuple):
    """One entry of a row.

    quantity: the name without unit or row. unit: which; of a matrix which of its rows. label: how it is told from the
    others; "" where there is one. t: the time step; of what has none 0. place: of a parameter's entry its row and
    column, or its unit; empty where it is alone.
    """

    kind: Kind
    quantity: str
    unit: int = 1
    label: str = ""
    t: int = 0
    place: tuple[int, ...] = ()

    @property
    def row(self) -> str:
        """The name of the row that it stands in."""
        if self.kind is Kind.COTANGENT and not self.t:
            return Quantity.typed(self.quantity).name + "0"
        name = numbered(self.quantity, self.label)
        return name + (NEW if self.kind is Kind.UPDATED else "")


def handed_back(run: Run, spot: Spot) -> str:
    """The state whose cotangent of the next time step the entry is, h of ``d_h_next``; "" of any other entry."""
    if spot.kind is not Kind.COTANGENT:
        return ""
    states = zip(run.cell.states, run.adjoint.incoming, strict=True)
    return next((state for state, d in states if d.name == spot.quantity), "")


def equation_of(run: Run, spot: Spot) -> str:
    """The name of the equation that gives an entry: of the cell, or of its adjoint."""
    state = handed_back(run, spot)
    if spot.kind is Kind.GRADIENT or state:
        return str(cotangent(previous(state) if state else Symbol(spot.quantity)))
    return spot.quantity


def spots(run: Run, name: str) -> tuple[Spot, ...]:
    """The entries of the row of that name.

    Raises RunError for a name that is none of those above, and for what needs a loss or a learning rate where the run
    has none.
    """
    try:
        quantity, unit = run.quantity(name)
        return tuple(_in_time(run, Kind.QUANTITY, quantity, unit, run.unit_label(quantity, unit)))
    except RunError:
        known = _rows(run, name)
        if name not in known:
            raise
    if run.loss is None:
        raise RunError(f"{name} needs a loss, and the run has none; give it one, or drop the row")
    if known[name][0].kind is Kind.UPDATED and run.lr is None:
        raise RunError(f"{name} needs a learning rate, and the run has none; give it one, lr = 0.1, or drop the row")
    return known[name]


def value_at(run: Run, spot: Spot) -> Value:
    """The exact value of an entry."""
    match spot.kind:
        case Kind.QUANTITY:
            return run.steps().value(spot.t, spot.quantity, spot.unit)
        case Kind.COTANGENT:
            return run.gradients().value(spot.t, spot.quantity, spot.unit)
        case Kind.GRADIENT:
            first, *_ = joint_biases(run.cell).get(spot.quantity, [spot.quantity])
            return _entry(run.gradients()[first], spot.place)
        case Kind.UPDATED:
            return _entry(run.updated()[spot.quantity], spot.place)
        case Kind.LOSS:
            return run.gradients().loss


def _entry(tensor: Any, index: tuple[int, ...]) -> Value:
    for k in index:
        tensor = tensor[k - 1]
    while isinstance(tensor, tuple):
        (tensor,) = tensor
    return tensor  # type: ignore[no-any-return]


def _in_time(run: Run, kind: Kind, quantity: str, unit: int, label: str) -> Iterator[Spot]:
    for t in range(1, len(run.x) + 1):
        yield Spot(kind, quantity, unit, label, t)


def _rows(run: Run, wanted: str) -> dict[str, tuple[Spot, ...]]:
    """The rows that are of no quantity, those that the wanted one may be meant as. Raises RunError where it is none."""
    if wanted == LOSS:
        return {LOSS: (Spot(Kind.LOSS, LOSS),)}
    initial = {f"{s}0": s for s in run.cell.states}
    if wanted in initial:
        s, several = initial[wanted], range(1, run.units[initial[wanted]] + 1)
        return {wanted: tuple(Spot(Kind.COTANGENT, incoming(s).name, k, run.unit_label(s, k)) for k in several)}
    kind = Kind.UPDATED if wanted.endswith(NEW) else Kind.GRADIENT
    rows = [row for p in run.cell.parameters if p.learned for row in _of_parameter(run, p, p.name, kind)]
    rows += _joint(run) if kind is Kind.GRADIENT else ()
    found = {row[0].row: row for row in rows}
    if wanted.startswith("d_"):
        rows = [
            tuple(_in_time(run, Kind.COTANGENT, d, k, label))
            for d, size in _cotangents(run).items()
            for k, label in enumerate(labels(size, run.sizes), 1)
        ]
        of_parameters = {f"d_{name}": row for name, row in found.items() if kind is Kind.GRADIENT}
        found = of_parameters | {row[0].row: row for row in rows}
    if wanted not in found and (wanted.startswith("d_") or looks_like_weight(wanted)):
        raise RunError(unknown(f"gradient or updated parameter of {run.cell.name}", wanted, found))
    return found


def _cotangents(run: Run) -> dict[str, str]:
    """The size of each cotangent."""
    adjoint = run.adjoint
    found = {
        s.target.name: s.size
        for s in adjoint.statements
        if isinstance(s, Backward) and s.target not in adjoint.outgoing
    }
    return found | {d.name: run.cell.sizes[Symbol(s)] for s, d in zip(run.cell.states, adjoint.incoming, strict=True)}


def _of_parameter(run: Run, p: Parameter, name: str, kind: Kind) -> Iterator[tuple[Spot, ...]]:
    sizes = (units(size, run.sizes) if size else 1 for size in (p.rows, p.stored_cols))
    rows, columns = (range(1, n + 1) for n in sizes)
    if p.kind != "matrix":
        several = len(rows) > 1
        yield tuple(Spot(kind, name, place=(k,) if several else ()) for k in rows)
        return
    several, names = len(rows) * len(columns) > 1, labels(p.rows, run.sizes)
    for j in rows:
        label = names[j - 1]
        yield tuple(Spot(kind, name, j, label, place=(j, k) if several else ()) for k in columns)


def entry_label(run: Run, name: str, place: tuple[int, ...]) -> str:
    """How an entry of a parameter, or of several biases that are one, is told from its others: see ``Parameter``."""
    first, *_ = joint_biases(run.cell).get(name, [name])
    return next(p.entry_label(place, run.sizes) for p in run.cell.parameters if p.name in (name, first))


def _joint(run: Run) -> Iterator[tuple[Spot, ...]]:
    """The gradient of the one bias that several are together is that of each of them."""
    parameters = {p.name: p for p in run.cell.parameters}
    for name, (first, *_) in joint_biases(run.cell).items():
        if name not in parameters:
            yield from _of_parameter(run, parameters[first], name, Kind.GRADIENT)
