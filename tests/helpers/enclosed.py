"""Runs at random places of a box, held against what is certified for all of it."""

from __future__ import annotations

from dataclasses import replace

from runs import random_run
from sympy import Rational

from derive.approximation.claim import Claim
from derive.claims.certify import Verdict

CLAIMS = (
    "tanh(x) ~ x - x^3/3",
    "tanh(x) ~ x",
    "sigma(x) ~ x/4 + 1/2",
    "sigma(x) ~ 1/2",
    "relu(x) ~ x/2 + 1/2",
)


def sampled(run, box, rng):
    """The run at a random place of the box: an end, or between."""

    def pick(ends):
        lower, upper = map(Rational, ends)
        return rng.choice((lower, upper, lower + (upper - lower) * Rational(rng.randrange(65), 64)))

    x = [[pick(box["x1"]) if "x1" in box and k == 0 else v for k, v in enumerate(row)] for row in run.x]
    initial = dict(run.initial)
    state = run.cell.states[0]
    if f"{state}0_1" in box:
        initial[state] = (pick(box[f"{state}0_1"]), *initial[state][1:])
    return replace(run, x=x, initial=initial)


def check(run, box, rng, samples, splits=4, engine="balls"):
    """No sample exceeds a bound. Exact values and differences of both runs are those of ``Run.propagate``."""
    found = run.certify(box=box, splits=splits, engine=engine)
    for _ in range(samples):
        exceeds_nothing(found, run, sampled(run, box, rng))
    return found


def exceeds_nothing(found, run, one):
    """The bounds that were found for a run hold for this one."""
    differences = one.propagate().differences
    for e in found:
        value = one.steps().value(e.t, e.quantity, e.unit)
        assert e.exact[0] <= value <= e.exact[1], e
        if e.quantity in run.cell.states:
            delta = differences[e.quantity, e.unit][e.t - 1].delta
            assert e.error[0] <= delta <= e.error[1], e
        for judged in e.claims:
            (argument,) = (a for place, a in one.steps().step(e.t, e.quantity, e.unit).arguments
                           if place == judged.obligation.label)  # fmt: skip
            assert judged.argument[0] <= argument <= judged.argument[1]
            lower, upper = judged.claim.domain
            inside = (not lower.is_finite or lower <= argument) and (not upper.is_finite or argument <= upper)
            assert inside or judged.verdict is not Verdict.PROVED


def claimed(name, texts, units=1, steps=2):
    claims = [Claim.parse(t, (Rational(-2), Rational(2)))[0] for t in texts]
    return random_run(name, units=units, inputs=2, steps=steps, claims=claims)
