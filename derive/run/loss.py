"""The loss of a run: a formula of the states and of targets, summed over time steps and units.

The formula stands for one unit at one time step, as a cell's equations do: in (h - y)^2/2 both are that unit's numbers.
So does cross_entropy(h, y), a unit's part of it: -y log softmax(h).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Expr, Integer, Symbol

from derive.definition.cell import Cell
from derive.errors import DeriveError, RunError, counted, shown, unknown
from derive.later import later
from derive.notation.quantity import looks_like_weight
from derive.run.tensors import exact_tensor, shape
from derive.statements.sizes import count_of
from derive.symbolic.derivatives import Known, partial
from derive.symbolic.expressions import symbols_in_order
from derive.symbolic.formula import LOSS_NAMES, read_formula
from derive.symbolic.softmax import entropies, spelled_out
from derive.symbolic.tidy import tidy


@dataclass(frozen=True, eq=False, repr=False)
class Loss:
    """Σ_t Σ_unit formula.

    text: the formula as it was given. expr: over the symbols of the states and targets of one unit at one time step.
    targets: by name, a row of units for each time step, exact. units: how many the states in the formula have.
    """

    text: Any
    expr: Expr
    targets: Mapping[str, tuple[tuple[Any, ...], ...]]
    units: int

    @classmethod
    def of(cls, given: Any, cell: Cell, sizes: Mapping[str, int], steps: int) -> Loss:
        """The loss that a run's table ``loss`` says: ``formula`` and the targets that it names.

        formula: a text of numbers, names, + - * / ^, activations, log, exp, sqrt, abs, max, min and
        cross_entropy(state, target), or a SymPy expression. A target is (T, units), or (T,) where there is one unit.
        That of a cross-entropy is (T,), a class for each time step, counted from 0 as in PyTorch, or (T, units), the
        probability of each class; there are as many classes as units.

        Raises RunError naming the key for an unknown name, a formula without a state, a target of another shape, NaN,
        a class that is not there, probabilities that do not add up to 1, and a formula that cannot be differentiated.
        """
        if not isinstance(given, Mapping) or "formula" not in given:
            raise RunError(
                f"loss is {shown(given)}, expected a table with a formula such as '(h - y)^2/2' and its targets"
            )
        text, targets = given["formula"], {k: v for k, v in given.items() if k != "formula"}
        expr = _read(text)
        for name in targets:
            _check_name(name, cell)
        names = [s.name for s in symbols_in_order(expr)]
        for name in names:
            if name not in cell.states and name not in targets:
                raise RunError(f"loss.formula: {unknown('state or target', name, (*cell.states, *targets))}")
        for name in targets:
            if name not in names:
                raise RunError(f"loss.{name} is not in the formula {text}; name it there, or drop it")
        found = {s: count_of(cell.sizes[Symbol(s)], sizes) for s in cell.states if s in names}
        if not found:
            raise RunError(
                f"loss.formula is {shown(str(text))}, which names no state; write it with {_or(cell.states)}"
            )
        if len(set(found.values())) > 1:
            units = ", ".join(f"{s} has {counted(n, 'unit')}" for s, n in found.items())
            raise RunError(
                f"loss.formula is {shown(str(text))}, in which {units}: a formula is of one unit; name one of them"
            )
        (n,) = set(found.values())
        classes = _class_targets(expr, targets, n)
        read = {k: (_classes if k in classes else _target)(v, f"loss.{k}", steps, n) for k, v in targets.items()}
        loss = cls(text, expr, read, n)
        try:
            loss.partials  # noqa: B018  what cannot be differentiated is found here
        except DeriveError as e:
            raise RunError(f"loss.formula: {e}") from None
        return loss

    @cached_property
    def partials(self) -> dict[str, Expr]:
        """The derivative of the formula with respect to each state that it names."""
        targets = frozenset(map(Symbol, self.targets))
        states = [s for s in symbols_in_order(self.expr) if s not in targets]
        return {s.name: partial(self.expr, s, Known(constants=targets)) for s in states}

    @cached_property
    def written(self) -> Expr:
        """The formula as it is printed and evaluated: cross_entropy(h, y) is -y log softmax(h)."""
        return spelled_out(self.expr)  # type: ignore[no-any-return, unused-ignore]

    def given(self) -> dict[str, Any]:
        """The table that says this loss."""
        return {"formula": self.text, **self.targets}

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"Loss({self.text})"


def _read(text: Any) -> Expr:
    if isinstance(text, Expr):
        return tidy(text)  # type: ignore[no-any-return, unused-ignore]
    if not isinstance(text, str) or not text.strip():
        raise RunError(f"loss.formula is {shown(text)}, expected a text such as '(h - y)^2/2'")
    try:
        return tidy(read_formula(text, LOSS_NAMES))  # type: ignore[no-any-return, unused-ignore]
    except DeriveError as e:
        raise RunError(f"loss.formula: {e}") from None


def _check_name(name: Any, cell: Cell) -> None:
    taken = {s.name for s in cell.sizes} | {p.name for p in cell.parameters}
    if not isinstance(name, str) or not name.isidentifier():
        raise RunError(f"loss.{name} is no name that a formula can have; call the target y")
    if name in taken or looks_like_weight(name):
        raise RunError(
            f"loss.{name} is a name that {cell.name} has or weights have; give the target another, such as y"
        )


def _target(value: Any, key: str, steps: int, units: int) -> tuple[tuple[Any, ...], ...]:
    tensor = exact_tensor(value, key)
    found = shape(tensor, key)
    if units == 1 and found == (steps,):
        return tuple((v,) for v in tensor)
    if found != (steps, units):
        expected = f"(T,) = ({steps},): a number" if units == 1 else f"(T, units) = ({steps}, {units}): a row of units"
        raise RunError(f"{key} has shape {found}, expected {expected} per time step")
    return tensor  # type: ignore[no-any-return]


def _class_targets(expr: Expr, targets: Mapping[str, Any], units: int) -> set[str]:
    """The targets of the cross-entropies in a loss."""
    try:
        found = entropies(expr)
    except DeriveError as e:
        raise RunError(f"loss.formula: {e}") from None
    for entropy in found:
        if not isinstance(entropy.args[1], Symbol) or entropy.args[1].name not in targets:
            raise RunError("loss.formula: the second argument of cross_entropy is a target, as in cross_entropy(h, y)")
        if units == 1:
            raise RunError("loss.formula: cross_entropy needs a unit for each class, and there is one unit")
    return {entropy.args[1].name for entropy in found}


def _classes(value: Any, key: str, steps: int, units: int) -> tuple[tuple[Any, ...], ...]:
    """The probability of each class at each time step; 1 for a class that is given by its number."""
    tensor = exact_tensor(value, key)
    if shape(tensor, key) == (steps,):
        for t, number in enumerate(tensor):
            if number not in range(units):
                raise RunError(
                    f"{key}[{t}] is {number}, expected a class from 0 to {units - 1}, or a row of probabilities"
                )
        return tuple(tuple(Integer(k == number) for k in range(units)) for number in tensor)
    rows = _target(tensor, key, steps, units)
    for t, row in enumerate(rows):
        if min(row) < 0 or sum(row) != 1:
            raise RunError(
                f"{key}[{t}] is a row with the sum {sum(row)} and the least entry {min(row)}, expected probabilities"
                " that add up to 1, such as 1/3 in quotes, or the number of a class in the place of the row"
            )
    return rows


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(names)
