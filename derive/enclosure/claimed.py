"""What is said of a claim on a box: its verdict, and where it is not proved its error where the arguments lie."""

from __future__ import annotations

from typing import Any

from derive.claims.certify import Certificate, Verdict
from derive.enclosure.enclosed import Ends, interval, texts
from derive.exact.value import Value


def record(c: Certificate) -> dict[str, Any]:
    found: dict[str, Any] = {
        "claim": str(c.claim),
        "verdict": c.verdict.name,
        "error": c.claim.approximation.bound_at(8),
        "keeps": c.claim.properties_json(),
    }
    if c.verdict is not Verdict.PROVED:
        found |= {"range": texts(range_of(c)), "error_on_range": c.actual.bound_at(8)}
    return found


def sentence(c: Certificate) -> str:
    bound = c.claim.approximation.bound_at(5)
    if c.verdict is Verdict.PROVED:
        return f"{c.claim}: PROVED, error ≤ {bound}"
    where = f"on {interval(range_of(c))}, which occurs"
    return f"{c.claim}: {c.verdict.name}, {where}, error ≤ {c.actual.bound_at(5)}, not {bound}"


def range_of(c: Certificate) -> Ends:
    lower, upper = map(Value.of, c.range)
    return lower, upper
