"""What the claimed approximations do to a run: approximate minus exact, of every state at every step, and its parts.

The run is evaluated again with every claimed replacement made, one group of replacements after the other. Both runs are
exact, so the differences are certain in every digit, and the parts of a difference add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Dummy, Expr, Symbol

from derive.approximation.claim import Claim, x
from derive.claims.certify import Difference, difference, telescope
from derive.exact.value import Value
from derive.later import later
from derive.notation.quantity import previous
from derive.run.step import Place
from derive.statements.writing import at
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import rebuild, replace

if TYPE_CHECKING:
    from derive.run.data import Run

Replacements = Mapping[Place, Expr]  # what stands for an activation there, in x


class Group(NamedTuple):
    """Replacements that are made together: those of one activation in one equation, or all saturations of it ("")."""

    function: type[Activation]
    quantity: str

    def __str__(self) -> str:
        return (
            f"{self.function.__name__} in {self.quantity}" if self.quantity else f"saturated {self.function.__name__}"
        )


@dataclass(frozen=True, repr=False)
class Propagation:
    """δ = approximate - exact of each state's unit at each step, with the part that each group of replacements adds.

    differences: by (state, unit), for t = 1, 2, ...; parts: the same, by group.
    """

    groups: tuple[Group, ...]
    differences: Mapping[tuple[str, int], tuple[Difference, ...]]
    parts: Mapping[tuple[str, int], tuple[dict[Group, Value], ...]]

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = []
        for key, row in self.differences.items():
            for d, parts in zip(row, self.parts[key], strict=True):
                terms = [f"{p.significant(5).unicode()} ({g})" for g, p in parts.items() if p.rational != 0]
                total = " + ".join(terms).replace("+ −", "− ") or "0"
                lines.append(f"{d.quantity} at t = {d.t}: {d.delta.significant(5).unicode()} = {total}")
        return "\n".join(lines)


def propagate(run: Run) -> Propagation:
    """What the claims of a run do to its states: see ``Run.propagate``.

    The replacements are made from the last equation to the first, and saturations after all others.
    """
    groups = groups_of(run, ((c.claim, o.label) for c in run.certificates for o in c.obligations))
    made: dict[Place, Expr] = {}
    stages = [states_with(run, made)]
    for replacements in groups.values():
        made |= replacements
        stages.append(states_with(run, made))
    exact, approximate = stages[0], stages[-1]
    rows: dict[tuple[str, int], list[Difference]] = {}
    names = {run.unit_name(q, k): (q, k) for q, k in exact}
    plain = [{n: stage[key] for n, key in names.items()} for stage in (approximate, exact)]
    for d in difference(*plain):
        rows.setdefault(names[d.quantity], []).append(d)
    parts = {
        key: tuple(
            dict(telescope([(g, s[key][t]) for g, s in zip([None, *groups], stages, strict=True)]))
            for t in range(len(run.x))
        )
        for key in exact
    }
    return Propagation(tuple(groups), {key: tuple(row) for key, row in rows.items()}, parts)


def groups_of(run: Run, covered: Iterable[tuple[Claim, Place]]) -> dict[Group, dict[Place, Expr]]:
    """The replacements in the order in which they are made. Where two claims cover a place, the first one counts."""
    order = list(run.units)
    found: dict[Group, dict[Place, Expr]] = {}
    taken: set[Place] = set()
    for claim, place in covered:
        if place not in taken:
            taken.add(place)
            group = Group(place.function, "" if claim.is_point else place.quantity)
            found.setdefault(group, {})[place] = claim.replacement
    last = len(order)
    return dict(sorted(found.items(), key=lambda g: -order.index(g[0].quantity) if g[0].quantity else last))


def states_with(run: Run, replacements: Replacements) -> dict[tuple[str, int], list[Value]]:
    """The states of the run with those replacements made, for t = 1, 2, ..."""
    steps = run.steps()
    values: dict[Symbol, Value] = {}
    for state, vector in run.initial.items():
        for k, number in enumerate(vector, 1):
            values[at(state, k)] = Value.of(number)
    found: dict[tuple[str, int], list[Value]] = {}
    for t in range(1, len(run.x) + 1):
        for state, vector in run.initial.items():
            for k in range(1, len(vector) + 1):
                values[at(previous(state).name, k)] = values[at(state, k)]
        for step in steps.at(t):
            places = iter(place for place, _ in step.arguments)
            known = {s: n.value for s, n in step.inputs.items() if n.is_given} | values
            value = evaluate(_replaced(step.expanded, places, replacements, known), known)
            values[at(step.quantity, step.unit)] = value
            if step.quantity in run.cell.states:
                found.setdefault((step.quantity, step.unit), []).append(value)
    return found


def _replaced(expr: Any, places: Iterator[Place], replacements: Replacements, known: dict[Symbol, Value]) -> Any:
    """A formula with the activations at those places replaced; ``places`` has all of them, a function first.

    The argument of a replacement becomes a number of its own, which ``known`` receives.
    """
    replacement = replacements.get(next(places)) if isinstance(expr, Activation) else None
    args = [_replaced(a, places, replacements, known) for a in expr.args]
    if replacement is not None:
        argument = Dummy()
        known[argument] = evaluate(args[0], known)
        return replace(replacement, {x: argument})
    return rebuild(expr, args) if args else expr
