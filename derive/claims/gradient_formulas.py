"""What a formula by hand means in a row of gradients, and whether it is the one that backpropagation has there.

Names are those of ``cell.adjoint()`` and of a run file, of the time step of the entry: ``d_h*o*(1 - tanh(c)^2)``. In
the row of what reaches a state from the later steps, ``d_c_next`` or ``c0``, they are of the step that hands it back,
as in the printed equation Δc_t-1 = ..., so that there ``c_prev`` is the state itself. A gradient of a parameter and the
loss are sums over time, in which names have a meaning if there is one step. ``W_ig_new`` reads ``W_ig``, ``lr`` and
``d_W_ig``. In the place of a cotangent may stand what it is: δa_i = δc g i (1 - i) is δa_i = δi i (1 - i).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Expr, Rational, S, Symbol
from sympy import evaluate as evaluating

from derive.claims.hand import is_half_substituted, matches
from derive.errors import DeriveError, RunError, unknown
from derive.exact.value import Value
from derive.notation.quantity import PREVIOUS, looks_like_weight, previous
from derive.run.named import Kind, Spot, handed_back, value_at
from derive.run.step import Step
from derive.run.weights import stored_parameters
from derive.statements.writing import at, entries, named_entries
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.tidy import tidy

if TYPE_CHECKING:
    from derive.run.data import Run

RATE = Symbol("lr")
_NEAR = Value.of(Fraction(1, 10**30))


class Scope(NamedTuple):
    """The numbers that names may stand for, by the symbols of single units, and the formulas that may stand there, over
    such symbols; none where only its value says whether one is right: sums of weights, and the loss. written_out: what
    cotangents of the time step are, without any others that are written out."""

    values: Mapping[Symbol, Value]
    formulas: tuple[Expr, ...] = ()
    written_out: Mapping[Symbol, Expr] = {}

    def allows(self, meant: Expr) -> bool:
        """Whether a formula is one of those that may stand there; where there are none, its value says it."""
        if not self.formulas or any(_is_the_formula(meant, formula) for formula in self.formulas):
            return True
        return _is_the_formula(self._whole(meant), self._whole(self.formulas[0]))

    def half_substituted(self, meant: Expr) -> bool:
        """Whether names and numbers stand side by side in a formula, which stand so in none of the right ones."""
        right = self.formulas[:1]
        return bool(right) and all(is_half_substituted(meant, f) for f in (*right, *map(self._whole, right)))

    def _whole(self, formula: Expr) -> Expr:
        return tidy(substitute(formula, dict(self.written_out)))


def scope(run: Run, spot: Spot) -> Scope:
    """What names mean in that entry. Raises RunError where the entry is a sum over several time steps."""
    match spot.kind:
        case Kind.COTANGENT:
            return _of_cotangent(run, spot)
        case Kind.UPDATED:
            return _of_update(run, spot)
    if len(run.x) > 1:
        raise RunError(
            f"{spot.row} is a sum over {len(run.x)} time steps, in which a name has several values; write their numbers"
            " in the places of names, a term for each step, as in 0.1*1 + 0.2*3, or the number alone"
        )
    values = _numbers(run, 1)
    if spot.kind is Kind.LOSS:
        return Scope(values)
    place = (spot.place or (1,))[0]
    sums = (s for s in run.gradients().sums if s.quantity == f"d_{spot.quantity}" and s.unit == place)
    column = (*spot.place, 1, 1)[1]
    found = next((s for k, s in enumerate(sums, 1) if k == column), None)
    return Scope(values, () if found is None else _plain(found), _written_out(run, 1))


def meanings(run: Run, values: Mapping[Symbol, Value], formula: Expr, spot: Spot) -> dict[Symbol, Symbol]:
    """The symbol of a single number for each name in a formula. Raises RunError for a name that stands for none."""
    unit = spot.place[0] if spot.place else spot.unit
    before = PREVIOUS if handed_back(run, spot) else ""
    found = {}
    for name in sorted(s.name for s in formula.free_symbols):
        stem, _, number = name.rpartition("_")
        options = [at(name, unit), at(name, 1), at(name, 1, 1), Symbol(name)]
        options += [at(stem, int(number))] if stem and number.isdecimal() else []
        options += [at(name + before, unit), at(name + before, 1)] if before else []
        several = at(name, 2) in values
        options = [o for o in options if not (several and o == at(name, 1) != at(name, unit))]
        symbol = next((o for o in options if o in values), None)
        if symbol is None:
            known = [*dict.fromkeys(s.name.partition("[")[0] for s in values)]
            known = [k for k in known if not looks_like_weight(k)] if len(known) > 3 else known
            raise RunError(unknown(f"name in a formula of {spot.row}", name, known))
        found[Symbol(name)] = symbol
    return found


def _is_the_formula(meant: Expr, formula: Expr) -> bool:
    """Whether a formula is the one that belongs there, up to order, to numbers in the places of symbols, and to the way
    in which a derivative is written: 1 - tanh(c)^2 may stand for what has the same value for all numbers."""
    if matches(meant, formula):
        return True
    symbols = sorted(meant.free_symbols | formula.free_symbols, key=str)
    if not meant.free_symbols:
        return False
    for k in (1, 2, 3):
        numbers = {s: Value.of(Rational(2 * i + k + 1, 7 * k + 3 * i + 5)) for i, s in enumerate(symbols)}
        try:
            if abs(evaluate(meant, numbers) - evaluate(formula, numbers)).order(_NEAR) == 1:
                return False
        except DeriveError:  # one of them has no value there
            return False
    return True


# ---------------------------------------------------------------------- numbers


def _of_cotangent(run: Run, spot: Spot) -> Scope:
    records = [s for s in run.gradients().records if (s.quantity, s.t, s.unit) == (spot.quantity, spot.t, spot.unit)]
    handed = bool(handed_back(run, spot))
    values = _numbers(run, spot.t + 1 if handed else spot.t)
    if handed and spot.t:
        values |= {s: Value.of(n) for name, rows in run.loss.targets.items()
                   for s, n in named_entries(previous(name).name, rows[spot.t - 1])}  # fmt: skip
    (record,) = records
    values |= {s: n.value for s, n in record.inputs.items()}
    plain = _plain(record)
    later = {at(d.name, k) for s, d in _incoming(run).items() for k in range(1, run.units[s] + 1)}
    nothing = {s: S.Zero for s in record.inputs if s in later and values[s].rational == 0}
    without = tuple(tidy(substitute(f, nothing)) for f in plain) if nothing else ()  # of the last step
    return Scope(values, (*plain, *without), _written_out(run, spot.t + handed))


def _incoming(run: Run) -> dict[str, Symbol]:
    """What reaches each state from the later steps."""
    return dict(zip(run.cell.states, run.adjoint.incoming, strict=True))


def _of_update(run: Run, spot: Spot) -> Scope:
    stored = stored_parameters(run.cell, run.weights, run.sizes)[spot.quantity]
    gradient = value_at(run, spot._replace(kind=Kind.GRADIENT))
    before = dict(entries(stored)).get(spot.place) if spot.place else next(n for _, n in entries(stored))
    name, d = Symbol(spot.quantity), Symbol(f"d_{spot.quantity}")
    with evaluating(False):  # as it is read
        formulas = name - RATE * d, name - run.lr * d
    return Scope({name: Value.of(before), d: gradient, RATE: Value.of(run.lr)}, formulas)


def _written_out(run: Run, t: int) -> dict[Symbol, Expr]:
    """Cotangents of a time step in terms of the quantities of its equations, and of what the next step hands back."""
    found: dict[Symbol, Expr] = {}
    later = {d.name for d in _incoming(run).values()}
    for record in run.gradients().records:
        handed = record.quantity in later
        if record.t != t or (handed and t < len(run.x)):  # that would be in terms of the next step
            continue
        for formula in _plain(record):
            own = {s: Symbol(s.name.replace(PREVIOUS, "")) for s in formula.free_symbols} if handed else {}
            found[at(record.quantity, record.unit)] = tidy(substitute(formula, own or found))
    return found


def _plain(step: Step) -> tuple[Expr, ...]:
    """A step's formula over the symbols of single numbers; none where weights or worked out sums stand in it."""
    plain = {s: Symbol(s.name.removesuffix(" at 1")) for s in step.expanded.free_symbols}
    names = {s.name for s in plain.values()}
    if any("," in name or name.startswith("sum ") for name in names):
        return ()
    return (substitute(step.expanded, plain),)


def _numbers(run: Run, t: int) -> dict[Symbol, Value]:
    """All that has a name at a time step; at one after the last, what was before it."""
    found: dict[Symbol, Any] = {}
    for name, tensor in run.parameters.items():
        found |= dict(named_entries(name, tensor))
    steps = run.steps()
    for state in run.cell.states:
        for k in range(1, run.units[state] + 1):
            found[at(previous(state).name, k)] = steps.value(t - 1, state, k)
    if t <= len(run.x):
        for name, row in run.read_at(t).items():
            found |= dict(named_entries(name, row))
        found |= {at(q, k): steps.value(t, q, k) for q, n in run.units.items() for k in range(1, n + 1)}
        found |= {at(s.quantity, s.unit): s.value for s in run.gradients().at(t)}
        for name, rows in run.loss.targets.items():
            found |= dict(named_entries(name, rows[t - 1]))
    return {s: n if isinstance(n, Value) else Value.of(n) for s, n in found.items()}
