"""Runs, and what is claimed and checked of them."""

from __future__ import annotations

from markupsafe import Markup

from derive.approximation.bounds import Approximation
from derive.approximation.derivation import tex
from derive.approximation.minimax import Minimax
from derive.approximation.ranges import Property
from derive.claims.certify import Certificate
from derive.claims.check import Check
from derive.claims.propagate import Propagation
from derive.document import checks, html
from derive.document.text import html_sentence
from derive.exact.value import Value
from derive.notation.mathml import mathml
from derive.notation.prose import plain
from derive.notation.words import speaking
from derive.notebook.pieces import Table, aligned, formula, result
from derive.run.data import Run
from derive.run.loss import Loss
from derive.run.step import LATEX_RELATION, Step

SHOWN = 6  # decimals of a value by itself


def run(found: Run) -> str:
    """What it is, and its values."""
    sizes = ", ".join(f"{k} = {v}" for k, v in found.sizes.items())
    about = f"Run of {found.cell.name}: T = {len(found.x)}, {sizes}"
    return result(plain(found.title), about, Markup(found.table()._repr_html_()))


def step(found: Step) -> str:
    return str(mathml(found.latex(), display=True))


def value(found: Value) -> str:
    return str(mathml(f"{LATEX_RELATION[found.relation(SHOWN)]} {found.shown(SHOWN).latex()}"))


def loss(found: Loss) -> str:
    return result("", found.text)


def check(found: Check) -> str:
    """The entries by hand beside the exact ones, and what is wrong."""
    with speaking(found.run.language):
        entries = html.tables_html([html.table(checks.table(found))])
        notes = map(html_sentence, checks.notes(found))
        return result(plain(found.run.title), Markup(entries), *notes, checks.verdict(found))


def certificate(found: Certificate) -> str:
    """Every argument under the claim, and the errors."""
    rows = [(str(o.label), o.enclosure(), o.verdict.name) for o in found.obligations]
    claimed, actual = found.claim.approximation.bound_at(5), found.actual.bound_at(5)
    return result(
        f"{found.claim}: {found.verdict.name}",
        Table(rows, ("argument", "value", "")) if rows else "No argument occurs under it.",
        f"claimed error ≤ {claimed}, on the range that occurs ≤ {actual}",
    )


def propagation(found: Propagation) -> str:
    """The error of each state at each step, and its parts."""
    rows = []
    for key, row in found.differences.items():
        for d, parts in zip(row, found.parts[key], strict=True):
            by_group = (parts[g].significant(5).unicode() if g in parts else "" for g in found.groups)
            rows.append((f"{d.quantity}, t = {d.t}", d.delta.significant(5).unicode(), *by_group))
    head = ("", "approximate − exact", *map(str, found.groups))
    return result("", Table(rows, head))


# ---------------------------------------------------------------------- approximations


def approximation(found: Approximation) -> str:
    """The derivation of the error."""
    return result("", aligned(found.latex()))


def minimax(found: Minimax) -> str:
    left, relation, right = found.approximation.derivation()[0]
    closed = found.approximation.sup_error
    return result(
        f"degrees {found.degrees[0]} and {found.degrees[1]}",
        formula(f"{left} {relation} {right}"),
        "" if closed is None else formula(rf"\text{{error}} = {tex(closed)}"),
        f"error ≤ {found.bound.upper(5)}; no other of these degrees has one below {found.least.lower(5)}",
    )


def statement(found: Property) -> str:
    return result("", repr(found))
