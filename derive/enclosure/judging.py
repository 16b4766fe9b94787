"""Whether a claim is kept at one place of the box's runs: by the enclosure of the argument there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flint import arb
from sympy import Rational

from derive.approximation.claim import Claim
from derive.claims.certify import Obligation, Verdict
from derive.enclosure.decimals import fraction
from derive.enclosure.enclosed import values
from derive.enclosure.engines import Engine
from derive.enclosure.place import placed
from derive.enclosure.sharpen import End
from derive.exact.value import Value
from derive.run.box import Variable
from derive.run.step import Place

if TYPE_CHECKING:
    from derive.run.data import Run


def judge(run: Run, variables: Sequence[Variable], engine: Engine, claim: Claim, place: Place) -> Obligation:
    """The claim at that place of an activation. Raises RunError where nothing finite is certified of the argument."""
    extremes = engine.argument(place)
    sides = [
        _side(extreme, sign, bound, partial(_argument, run, variables, extreme, place))
        for extreme, sign, bound in zip(extremes, (-1, 1), claim.domain, strict=True)
    ]
    verdict = next((v for v in (Verdict.VIOLATED, Verdict.UNDECIDED) if v in sides), Verdict.PROVED)
    return Obligation(place, values(extremes, str(place)), verdict)


def _side(extreme: End, sign: int, bound: Any, argument: Callable[[], Value]) -> Verdict:
    """Whether the least (sign -1) or largest argument is inside the bound of a claim."""
    if not bound.is_finite or (extreme.bound.is_finite() and sign * (_value(extreme.bound) - bound).sign() <= 0):
        return Verdict.PROVED
    if extreme.attained.is_finite() and sign * (_value(extreme.attained) - bound).sign() > 0:
        return Verdict.VIOLATED
    if not extreme.is_there:
        return Verdict.UNDECIDED
    outside = sign * (argument().order(bound) or 0)  # rounding hides it from the enclosure
    return Verdict.VIOLATED if outside > 0 else Verdict.PROVED


def _argument(run: Run, variables: Sequence[Variable], extreme: End, place: Place) -> Value:
    """The argument of an activation at the place of the box where it is largest, in exact numbers."""
    there = placed(run, variables, [Rational(int(n.p), int(n.q)) for n in extreme.at])
    step = there.steps().step(place.t, place.quantity, place.unit)
    return next(argument for which, argument in step.arguments if which == place)


def _value(end: arb) -> Value:
    """An end within the numbers that are written out."""
    return Value.of(fraction(end, bool(end > 0)))
