"""What holds at all times: a box of states that no step leaves, whatever the inputs in their intervals.

From the initial states on, the box is stepped and widened until a step leads into it again. A step is taken for the
exact and the replaced cell together with the error between them, so an invariant box bounds the error for ever. The
steps are interval arithmetic, which finds a box where a step contracts in spite of it; ``rounds`` looks for one that
several steps lead into, by zonotopes. Where both are found, both hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from importlib.util import find_spec
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from flint import arb, ctx
from sympy import Rational

from derive.approximation.claim import Claim
from derive.enclosure.decimals import fraction
from derive.enclosure.enclosed import interval, outer, texts
from derive.enclosure.engines import products
from derive.enclosure.formula import constant
from derive.enclosure.pairs import Pair, common
from derive.enclosure.walk import BITS, FARTHEST, Unit, Walker
from derive.errors import DeriveError, Undecided
from derive.exact.intervals import Interval, down, intersection, union, up
from derive.later import later
from derive.notation.words import words
from derive.run.box import Variable
from derive.run.step import Place
from derive.statements.writing import at

if TYPE_CHECKING:
    from derive.run.data import Run

States = Mapping[Unit, Pair]

MOST_STEPS, TIGHTENINGS = 200, 60
PLAIN_STEPS = 8  # before the box is widened
WIDENED, LEAST_WIDENED = arb(0.125), arb((1, -200))  # of its width, and at least
LARGEST_STEP = 2000  # products of numbers in a step that is taken by intervals for the reason why there is no box
LARGEST_SEARCH = 400  # and in one that is taken hundreds of times; of many units rounds tell more


class Grows(NamedTuple):
    """Of a quantity's unit what it may be, or what it may be off by."""

    quantity: str
    unit: int
    is_error: bool

    def __str__(self) -> str:
        return f"{'the error of ' if self.is_error else ''}{self.quantity} of unit {self.unit}"


class Why(NamedTuple):
    """Why nothing was proved: a sentence of ``notation.words``, and what stands in its places."""

    key: str
    parts: Mapping[str, Claim | Grows | str]


@dataclass(frozen=True, repr=False)
class Always:
    """inputs: by component, whatever they are there. bounds: of every unit of every quantity, at every step from 1 on;
    None where none was proved, for that reason."""

    inputs: Mapping[str, Interval]
    bounds: Mapping[Unit, Pair] | None
    why: Why | None = None

    @property
    def reason(self) -> str:
        """Why nothing was proved, in English."""
        return "" if self.why is None else words("en")[self.why.key].format(**self.why.parts)

    def to_json(self) -> dict[str, Any]:
        """For programs; ends are rounded outwards."""
        if self.bounds is None:
            return {"holds": False, "reason": self.reason}
        quantities = [
            {"quantity": q, "unit": unit, "exact": texts(outer(p.exact)), "error": texts(outer(p.error))}
            for (q, unit), p in self.bounds.items()
        ]
        return {
            "holds": True,
            "inputs": {name: texts(outer(i)) for name, i in self.inputs.items()},
            "quantities": quantities,
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        if self.bounds is None:
            return f"nothing is proved for all times: {self.reason}"
        whatever = ", ".join(f"{name} in {interval(outer(i))}" for name, i in self.inputs.items())
        lines = [
            f"  {q} of unit {unit}: exact in {interval(outer(p.exact))}, error in {interval(outer(p.error))}"
            for (q, unit), p in self.bounds.items()
        ]
        return "\n".join([f"at all times, for {whatever}:", *lines])


def always(run: Run, variables: Sequence[Variable], covered: Sequence[tuple[Claim, Place]]) -> Always:
    """What holds at all times for inputs and initial states that lie where those of the run and of the box lie.

    covered: which claim covers which place; of several the first one counts.
    """
    with ctx.workprec(BITS):
        return _Search(run, variables, covered).found()


class _Search:
    def __init__(self, run: Run, variables: Sequence[Variable], covered: Sequence[tuple[Claim, Place]]) -> None:
        boxed = {(v.symbol.name, v.t): union(constant(v.lower), constant(v.upper)) for v in variables}

        def held(name: str, unit: int, t: int, number: Rational) -> Interval:
            return boxed.get((f"{name}[{unit}]", t)) or constant(number)

        found = {
            (name, k): reduce(union, (held(name, k, t, row[k - 1]) for t, row in enumerate(rows, 1)))
            for name, rows in run.sequences.items()
            for k in range(1, len(rows[0]) + 1)
        }
        self.inputs = {at(name, k): i for (name, k), i in found.items()}
        self.names = {f"{name}{k}": i for (name, k), i in found.items()}
        self.initial = {
            (state, unit): common(held(state, unit, 0, number))
            for state, vector in run.initial.items()
            for unit, number in enumerate(vector, 1)
        }
        self.points = [c for c, _ in covered if c.is_point]
        self.replaced = {place.function: c.replacement for c, place in reversed(covered)}
        weights = [v for v in variables if v.t is None]
        self.walker = Walker(run, weights, {}, {p: c.replacement for c, p in reversed(covered) if p.t == 1})

    def found(self) -> Always:
        if self.points:
            return Always(self.names, None, Why("never, points", {"claim": self.points[0]}))
        try:
            return self._for_all_times()
        except Undecided:
            return Always(self.names, None, Why("never, cases", {}))

    def _for_all_times(self) -> Always:
        """From the second step on where a state starts far away from all that follows, as a stabiliser does."""
        first = None
        if any(_size(part) >= FARTHEST for pair in self.initial.values() for part in pair):
            first = self._after(self.initial)
            self.initial = {key: first[key] for key in self.initial}
        size = products(self.walker.run)
        states = self._invariant() if size <= LARGEST_SEARCH or find_spec("numpy") is None else None
        found = [] if states is None else [self._after(states)]
        found += [pairs for pairs in [self._by_rounds()] if pairs is not None]
        if not found:
            return Always(self.names, None, self._growth() if size <= LARGEST_STEP else Why("never, wide", {}))
        bounds = {key: _both(*(pairs[key] for pairs in found)) for key in found[0]}
        return Always(self.names, bounds if first is None else {key: _hull(first[key], p) for key, p in bounds.items()})

    def _by_rounds(self) -> dict[Unit, Pair] | None:
        """What zonotopes find, where NumPy is there and they can read the cell and its numbers."""
        if find_spec("numpy") is None:
            return None
        from derive.enclosure.rounds import bounds  # NumPy is imported where it is used alone

        with suppress(DeriveError):
            return bounds(self.walker.run, self._ends, self.initial, self.walker.variables, self._written)
        return None

    @property
    def _ends(self) -> dict[Any, tuple[Rational, Rational]]:
        """The ends of every component of the inputs."""
        return {symbol: (_rational(i.lower, False), _rational(i.upper, True)) for symbol, i in self.inputs.items()}

    def _written(self, function: Any, t: int, quantity: str, k: int) -> Any:
        return self.replaced.get(function)

    def _after(self, states: States) -> dict[Unit, Pair]:
        return {key: e.value for key, e in self.walker.step(self.inputs, states).items()}

    def _stepped(self, states: States) -> dict[Unit, Pair]:
        """The initial states, and those after a step."""
        after = self._after(states)
        return {key: _hull(first, after[key]) for key, first in self.initial.items()}

    def _invariant(self) -> States | None:
        states: States = self.initial
        for k in range(MOST_STEPS):
            after = self._stepped(states)
            if all(_within(after[key], states[key]) for key in states):
                return self._tightened(states, after)
            if not all(part.is_finite and _size(part) < FARTHEST for p in after.values() for part in p):
                return None
            hull = {key: _hull(states[key], after[key]) for key in states}
            states = {key: _widened(p) for key, p in hull.items()} if k >= PLAIN_STEPS else hull
        return None

    def _growth(self) -> Why:
        """Which state reaches further and further, and how fast."""
        reached = [self.initial]
        for _ in range(PLAIN_STEPS):
            after = self._stepped(reached[-1])
            reached.append({key: _hull(reached[-1][key], after[key]) for key in after})
        sizes = [{(key, k): _size(p[k]) for key, p in states.items() for k in (0, 2)} for states in reached[-3:]]
        rises = {at: [float(b[at] - a[at]) for a, b in pairwise(sizes)] for at in sizes[0]}
        (key, part), (before, last) = max(rises.items(), key=lambda rise: (rise[1][1] >= rise[1][0], rise[1][1]))
        parts: dict[str, Claim | Grows | str] = {"what": Grows(*key, is_error=part > 0), "steps": str(PLAIN_STEPS)}
        if not isfinite(last) or before <= 0:
            return Why("never, endless", parts)
        pace = f"{last / before:.3g}"
        if pace == "1":
            return Why("never, steady", parts)
        return Why("never, slow" if last < before else "never, growing", {**parts, "pace": pace})

    def _tightened(self, states: States, after: States) -> States:
        """Steps from an invariant box lead into smaller ones; each is checked to be invariant itself."""
        for _ in range(TIGHTENINGS):
            smaller = self._stepped(after)
            if not all(_within(smaller[key], after[key]) for key in states):
                return states
            states, after = after, smaller
        return states


def _both(a: Pair, *others: Pair) -> Pair:
    """What is known in several ways."""
    return Pair(*(reduce(intersection, part) for part in zip(a, *others, strict=True)))


def _rational(end: arb, upwards: bool) -> Rational:
    return Rational(fraction(end, upwards))


def _hull(a: Pair, b: Pair) -> Pair:
    return Pair(*map(union, a, b))


def _within(a: Pair, b: Pair) -> bool:
    return all(outer.lower <= inner.lower and inner.upper <= outer.upper for inner, outer in zip(a, b, strict=True))


def _size(a: Interval) -> arb:
    return max(abs(a.lower), abs(a.upper))


def _widened(p: Pair) -> Pair:
    return common(_wider(p.exact)) if p.is_common else Pair(*map(_wider, p))


def _wider(a: Interval) -> Interval:
    by = up((a.upper - a.lower) * WIDENED + LEAST_WIDENED)
    return Interval(down(a.lower - by), up(a.upper + by))
