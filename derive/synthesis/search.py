"""The search for the cheapest replacements of a run's activations: weights, candidates, plans, certificates.

1. A walk with an error of next to nothing in one activation says what that is worth (its weight), and one with errors
   as large as they may be on which arguments the activations are asked for.
2. Candidates are made on these intervals, by rising accuracy, as far as the weights give them a use.
3. By the plan that the output's error is the weighted sum of theirs, the cheapest choice is taken, and its errors are
   certified.
4. A walk with these errors certifies the choice, remainders and all; what the plan wishes for is corrected by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from math import isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any

from sympy import Expr, Rational, erf, exp, log
from sympy import tanh as sympy_tanh

from derive.errors import DeriveError, RunError, shown
from derive.run.box import Variable
from derive.synthesis.bound import around, within
from derive.synthesis.candidates import Candidate, candidates, centre, least
from derive.synthesis.choose import PRICES, Choice, Price, Slot, front
from derive.synthesis.over_time import ErrorOverTime, Replaced, decimal

if TYPE_CHECKING:
    from derive.run.data import Run
    from derive.synthesis.walk import Bounds, Group

TINY = 2.0**-20  # of the wish: errors that show what they are worth
FINEST = 2.0**-5  # of a slot's share of the wish, below which candidates are not made
CORRECTIONS, LARGEST_STEP, NEAR = 10, Rational(4), Rational(11, 10)
MOST_TRIED = 32  # choices whose errors are not certified, or that lead out of their intervals
MOST_POINTS = 8
HOPELESS = 8  # times the wish: what the smallest errors make of the output's, which may be estimated too high
REMEDIES = ", other kinds, a smaller box or fewer steps"
TOLD = 1.5  # the error over what its causes tell of it
DEAR = (exp, log, sympy_tanh, erf)

Cost = str | Callable[[Candidate], float]


@dataclass(frozen=True, eq=False, repr=False)
class Chosen:
    """A choice with its certificate; ``slots`` are those of the synthesis. cost: as it was asked for."""

    slots: tuple[Slot, ...]
    choice: Choice
    certificate: ErrorOverTime

    @property
    def cost(self) -> float:
        return self.choice.cost

    @property
    def error(self) -> float:
        """The certified error of the output."""
        return self.certificate.error

    @property
    def picks(self) -> tuple[tuple[tuple[str, ...], Candidate], ...]:
        """The candidates, with the keys of the activations that they replace."""
        return tuple((slot.keys, pick) for slot, pick in zip(self.slots, self.choice.picks, strict=True))

    def __repr__(self) -> str:
        picks = "; ".join(f"{', '.join(keys)}: {pick.label}" for keys, pick in self.picks)
        return f"cost {self.cost:g}, error ≤ {self.certificate.bound_at(3)}: {picks}"


class Search:
    """The search for one wish; what is certified once is kept."""

    def __init__(
        self, run: Run, boxed: tuple[Variable, ...], wish: Rational, kinds: tuple[str, ...], cost: Cost
    ) -> None:
        from derive.synthesis.walk import groups

        self.run, self._boxed, self._wish, self._kinds, self._cost = run, boxed, wish, kinds, cost
        every = groups(run)
        self._groups = {g.key: g for g in every if _is_dear(g)}
        self._times = {g.key: n for g, n in every.items()}
        if not self._groups:
            raise DeriveError(
                f"{run.cell.name} has no activation that is worth replacing: none has exp, log or erf in it"
            )
        self._price: Price = (
            PRICES[cost] if isinstance(cost, str) else lambda candidate, times: _number(cost, candidate)
        )
        self._ends: dict[str, tuple[float, float]] = {}
        self._known: dict[tuple[Expr, tuple[Rational, Rational]], tuple[float, list[Candidate]]] = {}
        self._names = count(1)  # of what is made again, too, as both may be taken
        self._certificates: dict[tuple[Candidate, ...], Chosen] = {}
        self._weights = self._weighed()
        self._check()
        self._slots = self._made()

    def found(self) -> Chosen:
        """The cheapest choice whose certified error is within the wish. Raises DeriveError where none is.

        What the plan may wish for is bracketed between what has turned out to be enough and what has not.
        """
        target, best = self._wish, None
        enough, too_much = None, None
        for _ in range(CORRECTIONS):
            try:
                chosen = self._first(partial(self._planned, target))
            except RunError:  # nothing finite
                ratio = Rational(0)
            else:
                if chosen is None:
                    break
                ratio = self._wish / Rational(chosen.error)
            if ratio >= 1 and chosen is not None:
                enough = target
                best = chosen if best is None or chosen.cost < best.cost else best
            else:
                too_much = target
            if enough is not None and too_much is not None:
                if too_much < enough * NEAR:
                    break
                target = Rational(sqrt(float(enough * too_much)))
            else:
                target *= min(max(ratio, 1 / LARGEST_STEP), LARGEST_STEP)
        return best or self._finest()

    def _finest(self) -> Chosen:
        """The best choice, where that is good enough. Raises DeriveError where it is not."""
        best = self._first(lambda: iter(self._front()[::-1]))
        if best is None:
            raise DeriveError("no candidate's error is certified; allow a larger error, or other kinds")
        if best.error <= self._wish:
            return best
        parts = best.certificate.parts
        key = max(parts, key=lambda k: parts[k])
        pick = next(pick for keys, pick in best.picks if key in keys)
        raise DeriveError(
            f"an error of {decimal(self._wish)} is not reached: the best that is certified is"
            f" {best.certificate.bound_at(3)}, of which {key} makes about {decimal(parts[key])} by a {pick.label},"
            f" which is {decimal(pick.error)} off; allow a larger error{REMEDIES}"
        )

    def pareto(self, chosen: Chosen) -> tuple[Chosen, ...]:
        """Certified choices from the plan's front, eight or so, that are not beaten, the chosen one among them."""
        choices = [c for c in self._front() if c.expected < 1]
        found = [chosen]
        for choice in choices[:: max(1, len(choices) // MOST_POINTS)]:
            with suppress(RunError):  # nothing finite
                found += [p for p in [self._certified(choice)] if p is not None]
        kept: list[Chosen] = []
        for p in sorted(found, key=lambda p: (p.cost, p.error)):
            if not kept or p.error < kept[-1].error:
                kept.append(p)
        return tuple(kept)

    # ------------------------------------------------------------------ weights and candidates

    def _walked(self, errors: Mapping[str, float]) -> tuple[tuple[Bounds, ...], Mapping[str, tuple[float, float]]]:
        from derive.synthesis.walk import Walk

        walk = Walk(self.run, self._boxed, errors=errors)
        bounds = walk.bounded()
        for key, (low, high) in walk.arguments.items():
            least, most = self._ends.get(key, (low, high))
            self._ends[key] = min(low, least), max(high, most)
        return bounds, walk.arguments

    def _weighed(self) -> dict[str, float]:
        """By key, what an error of 1 adds to the output's, in the limit of small errors."""
        output, tiny = self.run.cell.states[0], float(self._wish) * TINY
        bounds, _ = self._walked(dict.fromkeys(self._groups, tiny))
        weights = {key: max(float(b.parts[output][key].max()) for b in bounds) / tiny for key in self._groups}
        if max(float(b.errors[output].max()) for b in bounds) > TOLD * sum(weights.values()) * tiny:
            for key in self._groups:  # what a wide box makes of an error has no cause of its own: each alone
                bounds, _ = self._walked({key: tiny})
                weights[key] = max(float(b.errors[output].max()) for b in bounds) / tiny
        self._walked({key: min(self._share(w), 1.0) for key, w in weights.items()})
        return weights

    def _check(self) -> None:
        """Raises DeriveError where the smallest errors of all are not small enough by far, before any is looked for."""
        finest = least(self._kinds)
        parts = {key: weight * finest for key, weight in self._weights.items()}
        if sum(parts.values()) > HOPELESS * self._wish:
            key = max(parts, key=lambda k: parts[k])
            raise DeriveError(
                f"an error of {decimal(self._wish)} is not reached: no {' or '.join(self._kinds)} is made that errs by"
                f" less than {finest:.2g}, and such errors make about {sum(parts.values()):.3g}, of which {key} makes"
                f" {parts[key]:.3g}; allow a larger error{REMEDIES}"
            )

    def _share(self, weight: float) -> float:
        """The error of an activation of that weight, if all have equal parts of the wish."""
        return float(self._wish) / len(self._groups) / weight if weight else float("inf")

    def _made(self) -> tuple[Slot, ...]:
        """A slot for each activation, or for all of one function where they share what is stored."""
        shared: dict[Any, list[str]] = {}
        for key, g in self._groups.items():
            shared.setdefault(g.formula if self._cost in ("entries", "bytes") else key, []).append(key)
        return tuple(self._slot(tuple(keys)) for keys in shared.values())

    def _slot(self, keys: tuple[str, ...]) -> Slot:
        formula = self._groups[keys[0]].formula
        on, weight = self._interval(keys), sum(self._weights[k] for k in keys)
        found = self._candidates(formula, on, weight)
        if not found:
            raise DeriveError(f"{', '.join(keys)}: no {' or '.join(self._kinds)} is found for {formula} on {on}")
        return Slot(keys, tuple(found), weight, sum(self._times[k] for k in keys))

    def _candidates(self, formula: Expr, on: tuple[Rational, Rational], weight: float) -> list[Candidate]:
        """Those of one function on one interval are made once, for the largest weight that comes first."""
        enough = FINEST * self._share(weight)
        known = self._known.get((formula, on))
        if known is None or known[0] > enough:
            name = str(next(self._names))
            known = self._known[formula, on] = (enough, candidates(formula, name, on, self._kinds, enough))
        return known[1]

    def _interval(self, keys: Sequence[str]) -> tuple[Rational, Rational]:
        """Where the activations are asked for; around 0 where that is not much more, and odd functions gain by it."""
        low, high = around(min(self._ends[k][0] for k in keys), max(self._ends[k][1] for k in keys))
        reach = max(-low, high)
        lopsided = min(-low, high) * 4 < reach
        return (low, high) if lopsided or centre(self._groups[keys[0]].formula) is None else (-reach, reach)

    def _front(self) -> list[Choice]:
        return front(self._slots, self._price)

    def _planned(self, error: Rational) -> Iterator[Choice]:
        """Those that keep within an error by the plan, the cheapest first."""
        return (c for c in self._front() if c.expected <= error)

    # ------------------------------------------------------------------ certificates

    def _first(self, choices: Callable[[], Iterator[Choice]]) -> Chosen | None:
        """The first of the choices, which are asked for again where one turns out to be none."""
        for _ in range(MOST_TRIED):
            choice = next(choices(), None)
            if choice is None:
                return None
            if (found := self._certified(choice)) is not None:
                return found
        return None

    def _certified(self, choice: Choice) -> Chosen | None:
        """None where an error is not certified, after which the candidate is none any more, or where an argument leaves
        its interval, after which candidates are made on larger ones."""
        picked = [(key, pick) for slot, pick in zip(self._slots, choice.picks, strict=True) for key in slot.keys]
        for key, pick in picked:
            try:
                pick.error  # noqa: B018  it may not be certified
            except DeriveError:
                self._drop(key, pick)
                return None
        if choice.picks in self._certificates:
            return self._certificates[choice.picks]
        slots = self._slots
        bounds, occurs = self._walked({key: pick.error for key, pick in picked})
        if not all(within(occurs[key], pick.approximation) for key, pick in picked):
            self._slots = self._made()
            return None
        replaced = tuple(Replaced(k, p.exact, p.approximation, p.error, occurs[k]) for k, p in picked)
        found = Chosen(slots, choice, ErrorOverTime(self.run, self._boxed, replaced, bounds))
        self._certificates[choice.picks] = found
        return found

    def _drop(self, key: str, pick: Candidate) -> None:
        self._slots = tuple(
            replace(slot, candidates=tuple(c for c in slot.candidates if c is not pick)) if key in slot.keys else slot
            for slot in self._slots
        )


def _is_dear(g: Group) -> bool:
    """Whether an activation is more than a few operations."""
    return bool(g.formula.func.value(*g.formula.args).has(*DEAR))


def _number(cost: Callable[[Candidate], float], candidate: Candidate) -> float:
    """What a candidate costs. Raises DeriveError where that is no finite number."""
    found = cost(candidate)
    try:
        number = float(found)
    except (TypeError, ValueError):
        number = nan
    if not isfinite(number):
        raise DeriveError(f"cost of {candidate!r} is {shown(found)}, expected a finite number")
    return number
