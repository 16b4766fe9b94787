"""What is certified on a box."""

from __future__ import annotations

from collections.abc import Iterable

from derive.enclosure.agreement import Agreement, Counterexample
from derive.enclosure.always import Always
from derive.enclosure.certification import Certification
from derive.enclosure.claimed import sentence
from derive.enclosure.enclosed import Enclosed, interval, outer
from derive.notation.prose import plain
from derive.notebook.pieces import Table, result

HEAD = ("", "exact", "error = replaced − exact", "claims")


def certification(found: Certification) -> str:
    """Every enclosure, the claims, and what holds at all times."""
    box = ", ".join(dict.fromkeys(f"{v.name} in [{v.lower}, {v.upper}]" for v in found.variables)) or "points"
    return result(
        f"{plain(found.run.title)}, {box}: {found.verdict.name}",
        Table(_rows(found), HEAD),
        *map(sentence, found.certificates),
        *map(repr, found.beyond),
        _always(found.always),
    )


def enclosed(found: Enclosed) -> str:
    return result("", Table(_rows([found]), HEAD))


def _rows(found: Iterable[Enclosed]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for e in found:
        name = e.quantity if e.certification.run.units[e.quantity] == 1 else f"{e.quantity}_{e.unit}"
        claims = "; ".join(
            f"{j.verdict.name}: {j.claim}, {j.obligation.label.function.__name__} of {interval(j.argument)}"
            for j in e.claims
        )
        rows.append((f"{name}, t = {e.t}", interval(e.exact), interval(e.error), claims))
    return rows


def always(found: Always) -> str:
    return result("", _always(found))


def _always(found: Always) -> str | Table:
    if found.bounds is None:
        return f"Nothing is proved for all times: {found.reason}"
    inputs = ", ".join(f"{name} in {interval(outer(i))}" for name, i in found.inputs.items())
    rows = [
        (f"{q} of unit {unit}", interval(outer(p.exact)), interval(outer(p.error)))
        for (q, unit), p in found.bounds.items()
    ]
    return Table(rows, HEAD[:3], title=f"At all times, for {inputs}")


def agreement(found: Agreement) -> str:
    """The verdict, and the place that refutes it or the entries that are open."""
    return result(*found.lines)


def counterexample(found: Counterexample) -> str:
    return result("", repr(found))
