"""Verdicts of claims on boxes, by both engines, each settled by exact evaluation at places of the box."""

from __future__ import annotations

from collections import Counter
from random import Random

from runs import random_run
from sympy import Rational

from derive.approximation.claim import Claim
from derive.claims.certify import Verdict
from derive.enclosure.place import placed

TEXTS = ("tanh(x) ~ x - x^3/3", "tanh(x) ~ x", "sigma(x) ~ x/4 + 1/2", "sigma(x) ~ 1/2", "relu(x) ~ x/2 + 1/2")
CELLS = ("lstm", "gru", "rnn", "mgu", "peephole_lstm", "relu_rnn", "ligru", "janet")
ENGINES = ("balls", "zonotope")


def battery(cases: int) -> Counter[tuple[str, Verdict]]:
    """How often each engine gave each verdict. Raises AssertionError for one that exact evaluation refutes."""
    counted: Counter[tuple[str, Verdict]] = Counter()
    for seed in range(cases):
        rng = Random(f"battery {seed}")
        ends = sorted(Rational(rng.randrange(-8, 9), 8) for _ in range(2))
        claims = Claim.parse(rng.choice(TEXTS), (ends[0] - Rational(1, 8), ends[1] + Rational(1, 8)))
        run = random_run(rng.choice(CELLS), units=1, inputs=1, steps=2, claims=claims)
        middle, radius = Rational(rng.randrange(-8, 9), 8), Rational(rng.randrange(0, 5), 8)
        box = {"x1": (middle - radius, middle + radius)}
        for engine in ENGINES:
            certification = run.certify(box=box, engine=engine, splits=4)
            for e in certification:
                for judged in e.claims:
                    counted[engine, judged.verdict] += 1
                    settle(certification, judged, rng)
    return counted


def settle(certification, judged, rng) -> None:
    """PROVED: no place that is tried refutes it. VIOLATED: at the place that the engine names it is refuted."""
    label, variables = judged.obligation.label, certification.variables

    def outside(numbers) -> bool:
        step = placed(certification.run, variables, numbers).steps().step(label.t, label.quantity, label.unit)
        (argument,) = (a for place, a in step.arguments if place == label)
        return argument < judged.claim.lower or argument > judged.claim.upper

    if judged.verdict is Verdict.PROVED:
        ends = [(v.lower, v.upper) for v in variables]
        tried = [*zip(*ends, strict=True), [a + (b - a) * Rational(rng.randrange(9), 8) for a, b in ends]]
        assert not any(map(outside, tried)), judged
    elif judged.verdict is Verdict.VIOLATED:
        places = [
            [Rational(int(n.p), int(n.q)) for n in end.at]
            for engine in (certification.engine, certification._closer)
            if engine is not None
            for end in engine.argument(label)
        ]
        assert any(map(outside, places)), judged
