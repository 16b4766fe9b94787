"""What ``steps.json`` has: a run and what is certain about it, for programs.

Every number stands twice: exactly, or to 40 decimals, and ``rounded`` as the tables print it. What a table says is said
from the same objects here, and read from none of its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derive.approximation.bounds import Approximation
from derive.claims.certify import Certificate
from derive.document.approximations import DIGITS
from derive.document.certified import beside, spelled
from derive.document.rows import is_shown
from derive.document.spelling import error
from derive.enclosure.certification import Certification
from derive.enclosure.enclosed import Enclosed
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.number import DIGITS as EXACT_DIGITS
from derive.run.number import value_json


def record_of(run: Run) -> dict[str, Any]:
    """The data of steps.json: ``steps`` with every value, by ``quantity`` and ``unit``, those of a matrix counted along
    the rows; of an entry of one also ``entry``: the head where there are several, row and column. With a loss
    ``backward``, with a learning rate ``updated``, with a table by hand ``check``, as ``derive check --json`` prints
    it. With claims also:

    - ``claims``: of each its verdict, its error on its interval and on that of the arguments that occur, rounded up,
      and every argument with its place and verdict;
    - ``propagation``: approximate minus exact of each state at each step, and the part of each replacement;
    - ``certified``: as ``derive certify --json`` prints it, of the steps and units that the tables show, and of each
      quantity the bound of its error on the box, and in the run itself where its numbers lie in the box.
    """
    found = run.steps().to_json()
    if run.loss is not None:
        found["backward"] = run.gradients().to_json()
    if run.lr is not None:
        found["updated"] = run.updated().to_json()
    if run.claims:
        found["claims"] = [_claim(run, c) for c in run.certificates]
        found["propagation"] = list(_propagation(run))
        found["certified"] = _certified(run.certification)
    if run.hand:
        found["check"] = run.check().to_json()
    return found


def _number(value: Value, printed: Numeral) -> dict[str, str]:
    return {"value": value.precise(EXACT_DIGITS), "rounded": str(printed)}


def _error(approximation: Approximation) -> dict[str, str | None]:
    """formula: what it is where that is proved."""
    bound, closed = approximation.bound, approximation.sup_error
    return {**_number(bound, bound.rounded_up(DIGITS)), "formula": None if closed is None else str(closed)}


def _claim(run: Run, certificate: Certificate) -> dict[str, Any]:
    claim = certificate.claim
    return {
        "claim": claim.text,
        "interval": [str(claim.lower), str(claim.upper)],
        "verdict": certificate.verdict.name,
        "error": _error(claim.approximation),
        "range": list(map(str, certificate.range)),
        "error_on_range": _error(certificate.actual),
        "keeps": claim.properties_json(),
        "arguments": [
            {
                "t": o.label.t,
                "function": o.label.function.__name__,
                "quantity": o.label.quantity,
                "unit": o.label.unit,
                "verdict": o.verdict.name,
                **value_json(o.ends[1], run.decimals),
            }
            for o in certificate.obligations
        ],
    }


def _propagation(run: Run) -> Iterator[dict[str, Any]]:
    found = run.propagate()
    for (state, unit), row in found.differences.items():
        for difference, parts in zip(row, found.parts[state, unit], strict=True):
            yield {
                "t": difference.t,
                "quantity": state,
                "unit": unit,
                **_number(difference.delta, error(difference.delta)),
                "parts": [
                    {"function": g.function.__name__, "quantity": g.quantity or None, **_number(part, error(part))}
                    for g, part in parts.items()
                ],
            }


def _certified(found: Certification) -> dict[str, Any]:
    run, in_run = found.run, beside(found)
    shown = [e for t in run.shown.steps for e in found.at(t) if is_shown(run, e.quantity, e.unit)]
    return found.summary() | {"steps": [_enclosed(e, in_run) for e in shown]}


def _enclosed(e: Enclosed, in_run: Certification | None) -> dict[str, Any]:
    """exact, error: None where no finite ends are certified."""
    run = e.certification.run
    key = {"t": e.t, "quantity": e.quantity, "unit": e.unit}
    is_finite = all(end.bound.is_finite() for pair in e.extremes.values() for end in pair)
    found = e.to_json() if is_finite else {**key, "exact": None, "error": None}
    found["bound"] = _bound(e)
    if in_run is not None:
        found["bound_in_the_run"] = _bound(in_run[e.t, run.unit_name(e.quantity, e.unit)])
    return found


def _bound(e: Enclosed) -> str:
    printed = spelled(e.largest_error)
    return str(printed) if isinstance(printed, Numeral) else "inf"
