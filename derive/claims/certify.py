"""Obligations along a run: does every argument that really occurs lie where the approximation was claimed?

Plain data in, plain data out: claims, the arguments that occur (labelled values), and for differences the values of
the two runs. A violated claim is not the end: the error is computed again on the range that really occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sympy import Expr, Rational, oo

from derive.approximation.bounds import Approximation
from derive.approximation.claim import Claim
from derive.approximation.keeps import Keep
from derive.approximation.ranges import Property
from derive.errors import DeriveError, shown
from derive.exact.numeral import LARGEST_EXPONENT, WITHIN, Numeral
from derive.exact.value import Value
from derive.later import later

if TYPE_CHECKING:
    from derive.figures.drawing import Drawing
    from derive.run.data import Run

LARGEST = Rational(10) ** LARGEST_EXPONENT
RANGE_DIGITS = 10  # significant digits to which an occurring range is rounded outwards

Argument = Value | tuple[Value, Value]  # a value, or ends between which it lies
Occurrence = tuple[Any, Argument]  # where, such as "c at t = 2" or what prints so, and the argument there


class Verdict(Enum):
    """What is known of an obligation."""

    PROVED = "proved"
    VIOLATED = "violated"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Obligation:
    """One argument of one claim: it lies in the claim's interval, or it does not, or its enclosure does not tell."""

    label: Any
    argument: Argument
    verdict: Verdict

    @property
    def ends(self) -> tuple[Value, Value]:
        return self.argument if isinstance(self.argument, tuple) else (self.argument, self.argument)

    def enclosure(self, decimals: int = 7) -> str:
        """The argument, or the ends between which it lies, as decimals."""
        lower, upper = (e.unicode(decimals) for e in self.ends)
        return f"{lower}" if not isinstance(self.argument, tuple) else f"[{lower}, {upper}]"


@dataclass(frozen=True)
class Certificate:
    """A claim with all its obligations."""

    claim: Claim
    obligations: tuple[Obligation, ...]

    @property
    def verdict(self) -> Verdict:
        """VIOLATED where one obligation is, else UNDECIDED where one is, else PROVED."""
        found = [o.verdict for o in self.obligations]
        return next((v for v in (Verdict.VIOLATED, Verdict.UNDECIDED) if v in found), Verdict.PROVED)

    @property
    def violated(self) -> tuple[Obligation, ...]:
        return tuple(o for o in self.obligations if o.verdict is Verdict.VIOLATED)

    @property
    def refuted(self) -> tuple[tuple[Keep, Property], ...]:
        """What the claim says of its replacement, and is not so."""
        return tuple((keep, found) for keep, found in self.claim.properties if found.holds is False)

    @cached_property
    def range(self) -> tuple[Expr, Expr]:
        """The interval of the arguments that occur, rounded outwards to ten digits; the claim's own where none does."""
        if not self.obligations:
            return self.claim.lower, self.claim.upper
        ends = [o.ends for o in self.obligations]
        lower, upper = min(e[0] for e in ends), max(e[1] for e in ends)
        try:
            return -_outwards(-lower), _outwards(upper)
        except DeriveError as e:
            raise DeriveError(f"claim {shown(str(self.claim))}: {e}") from None

    @cached_property
    def actual(self) -> Approximation:
        """The approximation on the range that really occurs."""
        return self.claim.approximation_on(*self.range)

    @later
    def plot(self, width: float = 252.0) -> Drawing:
        """The error of the claim, with the arguments that occur as dots; those where it is violated are ringed."""
        raise NotImplementedError

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [f"{self.claim}: {self.verdict.name}, {len(self.violated)} of {len(self.obligations)} violated"]
        lines += [f"  {found.verdict}  {keep.text}" for keep, found in self.claim.properties]
        lines += [f"  {o.verdict.name}  {o.label} = {o.enclosure()}" for o in self.obligations]
        bound = self.claim.approximation.bound_at(5)
        lines.append(f"  claimed error ≤ {bound}, on the range that occurs ≤ {self.actual.bound_at(5)}")
        return "\n".join(lines)


def _outwards(value: Value) -> Rational:
    """A number that is not below the value, of few digits and of the size of those that are read."""
    if value.rational is not None and max(abs(value.rational.p), value.rational.q) <= LARGEST:
        return value.rational
    if abs(value) > LARGEST:
        raise DeriveError(f"the argument {value.unicode()} occurs, expected numbers {WITHIN}: scale weights or inputs")
    if abs(value) < 1 / LARGEST:
        return Rational(0) if value.sign() == -1 else 1 / LARGEST
    return value.rounded_up(RANGE_DIGITS).rational


def certify(claims: Iterable[tuple[Claim, Iterable[Occurrence]]]) -> tuple[Certificate, ...]:
    """A certificate for each claim, given the arguments that occur under it (see ``assign``).

    Raises DeriveError where no error of a claim can be certified, naming the claim, and where an enclosure has its ends
    the wrong way round.
    """
    found = tuple(
        Certificate(claim, tuple(Obligation(label, a, _judge(claim, label, a)) for label, a in occurrences))
        for claim, occurrences in claims
    )
    for certificate in found:
        certificate.claim.approximation  # noqa: B018  a claim without a bound claims nothing
    return found


def certified(run: Run) -> tuple[Certificate, ...]:
    """The certificates of a run's claims: see ``Run.certificates``."""
    under, _ = assign(run.claims, run.steps().arguments())  # type: ignore[arg-type]
    return certify(under)


def _judge(claim: Claim, label: Any, argument: Argument) -> Verdict:
    low, high = argument if isinstance(argument, tuple) else (argument, argument)
    if isinstance(argument, tuple) and low > high:
        raise DeriveError(f"{label}: the enclosure [{low.unicode(7)}, {high.unicode(7)}] is empty; give (lower, upper)")
    lower, upper = claim.domain
    above = [_sign(end, lower) for end in (low, high)]
    below = [-s if (s := _sign(end, upper)) is not None else None for end in (low, high)]
    if above[1] == -1 or below[0] == -1:
        return Verdict.VIOLATED
    if above[0] in (0, 1) and below[1] in (0, 1):
        return Verdict.PROVED
    return Verdict.UNDECIDED


def _sign(value: Value, bound: Expr) -> int | None:
    """The sign of value - bound, where the bound may be infinite; None where it is not certain."""
    if not bound.is_finite:
        return -1 if bound == oo else 1
    sign: int | None = (value - bound).sign()
    return sign


def assign(
    claims: Sequence[Claim], occurrences: Mapping[str, Sequence[Occurrence]]
) -> tuple[list[tuple[Claim, list[Occurrence]]], list[tuple[str, Occurrence]]]:
    """Which arguments fall under which claim, and those that no claim covers.

    ``occurrences`` gives the arguments of each activation by name. A claim on an interval answers for every argument of
    its activation. Of the claims at points, the one with the least error that covers the argument answers for it.
    """
    under: list[tuple[Claim, list[Occurrence]]] = [(claim, []) for claim in claims]
    unclaimed: list[tuple[str, Occurrence]] = []
    for name, found in occurrences.items():
        points = [c for c in under if c[0].exact.__name__ == name and c[0].is_point]
        points.sort(key=lambda c: float(c[0].approximation.bound))
        intervals = [c for c in under if c[0].exact.__name__ == name and not c[0].is_point]
        for occurrence in found:
            covering = [c for c in points if _judge(c[0], *occurrence) is Verdict.PROVED][:1] + intervals
            for _, arguments in covering:
                arguments.append(occurrence)
            if not covering:
                unclaimed.append((name, occurrence))
    return under, unclaimed


# ---------------------------------------------------------------------- differences


@dataclass(frozen=True)
class Difference:
    """δ = approximate - exact of one quantity at one step (the first step is t = 1)."""

    quantity: str
    t: int
    approximate: Value
    exact: Value

    @cached_property
    def delta(self) -> Value:
        return self.approximate - self.exact

    def bound(self, significant: int = 5) -> Numeral:
        """A decimal that |δ| does not exceed."""
        return abs(self.delta).rounded_up(significant)


def difference(
    approximate: Mapping[str, Sequence[Value]], exact: Mapping[str, Sequence[Value]]
) -> tuple[Difference, ...]:
    """δ of every quantity at every step, from both runs; the values of a quantity are listed for t = 1, 2, ...

    Raises DeriveError where the runs do not have the same quantities and steps.
    """
    if list(approximate) != list(exact):
        raise DeriveError(f"the runs have the quantities {list(approximate)} and {list(exact)}; expected the same")
    rows = []
    for name, values in approximate.items():
        if len(values) != len(exact[name]):
            raise DeriveError(
                f"{name} has {len(values)} and {len(exact[name])} steps in the two runs; expected the same"
            )
        rows += [Difference(name, t, a, e) for t, (a, e) in enumerate(zip(values, exact[name], strict=True), 1)]
    return tuple(rows)


def telescope(stages: Sequence[tuple[Any, Value]]) -> tuple[tuple[Any, Value], ...]:
    """The parts of an error: the stages replace one thing after the other, and the exact value comes first.

    ``[("exact", h0), ("output tanh", h1), ("input tanh", h2)]`` gives h1 - h0 for the output tanh and h2 - h1 for the
    input tanh. Their sum is h2 - h0 exactly.
    """
    return tuple((label, value - before) for (_, before), (label, value) in pairwise(stages))
