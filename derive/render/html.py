"""The page of a run: every table and step as HTML with native MathML, for a reader without TeX."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from derive.files import environment
from derive.render import approximations, checks, tex
from derive.render.rows import Row, rows_of
from derive.render.text import html_text, mathml
from derive.run import Run


def page(run: Run) -> str:
    """The text of ``steps.html``: well-formed XML, no script, nothing fetched from anywhere."""
    rows = rows_of(run)
    sections = [_equations(run), _values(run, rows), _steps(run)]
    if run.claims:
        sections.append(_approximations(run))
    if run.hand:
        sections.append(_check(run))
    return (
        environment("html")
        .get_template("steps.html")
        .render(
            title=run.title.replace("$", ""),
            heading=html_text(run.title),
            subtitle=html_text(run.caption or run.cell.title),
            language=run.language,
            sections=sections,
        )
    )


def _equations(run: Run) -> dict[str, Any]:
    latex = run.cell.notation.latex
    body = [_row(mathml(latex(e.lhs)), [mathml(f"= {latex(e.rhs)}")]) for e in run.cell.equations]
    return _section("Equations", [_table([body], kind="steps")])


def _values(run: Run, groups: list[list[Row]]) -> dict[str, Any]:
    body = [[_row(mathml(r.latex), [v.unicode(run.decimals) for v in r.values]) for r in group] for group in groups]
    return _section("Values", [_table(body, _head(run))], [html_text(note) for note in tex.value_notes(run)])


def _steps(run: Run) -> dict[str, Any]:
    tables: dict[int, list[dict[str, Any]]] = {}
    for step in run.steps():
        chain = [mathml(f"{relation} {formula}") for relation, formula in step.chain]
        tables.setdefault(step.t, []).append(_row(mathml(step.left), [Markup(" ").join(chain)]))
    shown = [_table([body], kind="steps", title=html_text(tex.step_title(run, t))) for t, body in tables.items()]
    return _section("Every step", shown)


def _approximations(run: Run) -> dict[str, Any]:
    found = approximations.report(run)
    derivations = [
        _table([[_derived(row) for row in approximations.align(c.claim)]], kind="steps") for c in found.certificates
    ]
    body = [
        _row(html_text(a.name), [_marked(v.unicode(run.decimals), c) for v, c in zip(a.values, a.covered, strict=True)])
        for a in found.arguments
    ]
    title = "Arguments that occur; underlined where no claim covers them"
    occurring = _table([body], _head(run), title=title)
    return _section("Approximations", [*derivations, occurring], map(html_text, approximations.notes(found)))


def _derived(row: str) -> dict[str, Any]:
    left, _, right = row.partition("&")
    return _row(mathml(left) if left.strip() else Markup(""), [mathml(right)])


def _marked(number: str, covered: bool) -> Markup:
    return escape(number) if covered else Markup("<u>{}</u>").format(number)


def _head(run: Run) -> list[Markup]:
    return [mathml(run.t), *map(html_text, run.columns)]


def _check(run: Run) -> dict[str, Any]:
    found = run.check()
    body = [_row(html_text(checks._place(run, r)), [html_text(c) for c in checks._cells(run, r)]) for r in found.rows]
    head = ["", "by hand", "exact", "error", "relative", "agrees to"]
    return _section("The hand-made table, checked", [_table([body], head)], map(html_text, checks.notes(found)))


def _section(title: str, tables: list[dict[str, Any]], notes: Any = ()) -> dict[str, Any]:
    return {"title": title, "tables": tables, "notes": list(notes)}


def _table(groups: Any, head: Any = (), kind: str = "", title: Any = "") -> dict[str, Any]:
    return {"groups": groups, "head": list(head), "kind": kind, "title": title}


def _row(head: Markup, cells: list[Any], bad: bool = False) -> dict[str, Any]:
    return {"head": head, "cells": cells, "bad": bad}
