"""One unit of a quantity at one step of a certified run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flint import arb, ctx

from derive.approximation.claim import Claim
from derive.claims.certify import Obligation, Verdict
from derive.claims.propagate import Group
from derive.enclosure.decimals import decimals, fraction
from derive.enclosure.engines import ERROR, EXACT, REPLACED, WIDE
from derive.enclosure.sharpen import ENGINES, End
from derive.enclosure.walk import BITS, Quantity
from derive.errors import RunError
from derive.exact.intervals import Interval, up
from derive.exact.value import Value
from derive.later import later

if TYPE_CHECKING:
    from derive.enclosure.certification import Certification

Ends = tuple[Value, Value]  # lower and upper


@dataclass(frozen=True)
class Judged:
    """A claim at one place: the enclosure of the argument there, and the verdict."""

    claim: Claim
    obligation: Obligation

    @property
    def verdict(self) -> Verdict:
        return self.obligation.verdict

    @property
    def argument(self) -> Ends:
        return self.obligation.ends


@dataclass(frozen=True, eq=False, repr=False)
class Enclosed:
    """One unit of a quantity at one step. Enclosures are found when they are asked for.

    exact, replaced: of the value in the exact cell and in the one with the claimed replacements. error: of replaced
    minus exact. parts: of what each group of replacements adds to the error. engine: the dearest one that was needed
    for ``exact`` and ``error``.
    """

    certification: Certification
    t: int
    quantity: str
    unit: int

    @property
    def key(self) -> Quantity:
        return self.t, self.quantity, self.unit

    @cached_property
    def exact(self) -> Ends:
        return self._ends(self.extremes["exact"])

    @cached_property
    def replaced(self) -> Ends:
        return self._ends(self.certification.engine.quantity(self.key, REPLACED))

    @cached_property
    def error(self) -> Ends:
        return self._ends(self.extremes["error"])

    @cached_property
    def largest_error(self) -> arb:
        """What the error's absolute value does not exceed; infinite where nothing finite is certified."""
        return magnitude(*(e.bound for e in self.extremes["error"]))

    @cached_property
    def parts(self) -> Mapping[Group, Ends]:
        answers = self.certification.engine.quantity
        return {
            group: self._ends(answers(self.key, ERROR, stage)) for stage, group in enumerate(self.certification.groups)
        }

    @property
    def engine(self) -> str:
        found = [extreme.engine for pair in self.extremes.values() for extreme in pair]
        return max(found, key=ENGINES.index)

    @cached_property
    def claims(self) -> tuple[Judged, ...]:
        return tuple(self.certification.judged.get(self.key, ()))

    @cached_property
    def extremes(self) -> dict[str, tuple[End, End]]:
        """Both ends of ``exact`` and of ``error``, with the places of the box where they are."""
        answers = self.certification.engine.quantity
        return {"exact": answers(self.key, EXACT), "error": answers(self.key, ERROR)}

    def _ends(self, extremes: tuple[End, End]) -> Ends:
        return values(extremes, f"{self.quantity} at t = {self.t}", self.certification.engine.unbounded)

    def to_json(self) -> dict[str, Any]:
        """The record of ``Certification.to_json``."""
        return {
            "t": self.t,
            "quantity": self.quantity,
            "unit": self.unit,
            "exact": texts(self.exact),
            "error": texts(self.error),
            "engine": self.engine,
            "claims": [
                {"claim": str(j.claim), "verdict": j.verdict.name, "argument": texts(j.argument)} for j in self.claims
            ],
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        name = self.certification.run.unit_name(self.quantity, self.unit)
        exact, error = interval(self.exact), interval(self.error)
        lines = [f"{name} at t = {self.t}: exact in {exact}, error in {error} ({self.engine})"]
        lines += [
            f"  {j.verdict.name}  {j.claim}: {j.obligation.label.function.__name__} of {interval(j.argument)}"
            for j in self.claims
        ]
        return "\n".join(lines)


def values(extremes: tuple[End, End], what: str, why: Callable[[], str] = lambda: WIDE) -> Ends:
    least, largest = (e.bound for e in extremes)
    if not (least.is_finite() and largest.is_finite()):
        raise RunError(f"{what}: no finite bound is certified {why()}")
    return Value.of(fraction(least, False)), Value.of(fraction(largest, True))


def magnitude(least: arb, largest: arb) -> arb:
    """What the absolute value between two exact ends does not exceed, exact; infinite where an end is."""
    if not (least.is_finite() and largest.is_finite()):
        return arb("inf")
    with ctx.workprec(BITS):
        return up(max(-least, largest))


def outer(a: Interval) -> Ends:
    """An interval as values."""
    return Value.of(fraction(a.lower, False)), Value.of(fraction(a.upper, True))


def texts(ends: Ends, digits: int = 100) -> list[str]:
    lower, upper = (v.ends()[0] for v in ends)
    return [str(n) for n in decimals(_fraction(lower), _fraction(upper), digits)]


def interval(ends: Ends) -> str:
    lower, upper = texts(ends, 12)
    return f"[{lower}, {upper}]"


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))
