"""The page of a run: every table and step as HTML with native MathML, for a reader without TeX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from derive.files import environment
from derive.render import approximations, checks, tex
from derive.render.rows import rows_of
from derive.render.spelling import Html
from derive.render.text import html_text, mathml
from derive.run import Run
from derive.words import words


def page(run: Run) -> str:
    """The text of ``steps.html``: well-formed XML, no script, nothing fetched from anywhere."""
    sections = [_equations(run), _values(run), _steps(run)]
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
    return _section(run, "equations", [_table([body], kind="steps")])


def _values(run: Run) -> dict[str, Any]:
    return _section(run, "values", [values_table(run)], tex.value_notes(run))


def values_table(run: Run) -> dict[str, Any]:
    """Every quantity at every time step."""
    body = [
        [_row(mathml(r.latex), [v.unicode(run.decimals) for v in r.values]) for r in group] for group in rows_of(run)
    ]
    return _table(body, _head(run))


def _steps(run: Run) -> dict[str, Any]:
    tables: dict[int, list[dict[str, Any]]] = {}
    for step in run.steps():
        chain = [mathml(f"{relation} {formula}") for relation, formula in step.chain]
        tables.setdefault(step.t, []).append(_row(mathml(step.left), [Markup(" ").join(chain)]))
    shown = [_table([body], kind="steps", title=html_text(tex.step_title(run, t))) for t, body in tables.items()]
    return _section(run, "derivation", shown)


def _approximations(run: Run) -> dict[str, Any]:
    word, certificates = words(run.language), run.certify()
    derivations = approximations.derivations(run)
    tables = [_table([[_derived(row) for row in rows]], kind="steps") for rows in derivations]
    occurring = _lines([approximations.arguments(run, certificates)])
    tables.append(_table(occurring, _head(run), title=word["arguments caption"], notes=approximations.notes(Html(run))))
    if found := approximations.propagation(run):
        title, notes = word["propagation caption"], [word["propagation"]]
        tables.append(_table(_lines(found), _head(run), title=title, notes=notes))
    return _section(run, "approximation", tables)


def _lines(groups: list[list[approximations.Line]]) -> list[list[dict[str, Any]]]:
    return [[_row(_indented(line.head), line.html()) for line in group] for group in groups]


def _indented(head: str) -> Markup:
    depth = 2 if head.startswith(r"\qquad") else 1 if head.startswith(r"\quad") else 0
    text = html_text(head.removeprefix(r"\qquad ").removeprefix(r"\quad "))
    return Markup('<span class="in{}">{}</span>').format(depth, text) if depth else text


def _derived(row: str) -> dict[str, Any]:
    left, _, right = row.partition("&")
    return _row(mathml(left) if left.strip() else Markup(""), [mathml(right)])


def _head(run: Run) -> list[Markup]:
    return [mathml(run.t), *map(html_text, run.columns)]


def _check(run: Run) -> dict[str, Any]:
    found, spelling = run.check(), Html(run)
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry, (place, *cells) in checks.marked(found, spelling):
        bad = not entry.agrees_at(found.decimals)
        groups.setdefault(entry.name, []).append(_row(html_text(place), map(html_text, cells), bad))
    head = ["", *(words(run.language)[w] for w in checks.HEAD)]
    return _section(run, "check", [_table(groups.values(), head, kind="check")], checks.notes(found, spelling))


def _section(run: Run, name: str, tables: list[dict[str, Any]], notes: Iterable[str] = ()) -> dict[str, Any]:
    return {"title": words(run.language)[name], "tables": tables, "notes": list(map(html_text, notes))}


def _table(
    groups: Iterable[Any], head: Any = (), kind: str = "", title: Any = "", notes: Iterable[str] = ()
) -> dict[str, Any]:
    return {
        "groups": list(groups), "head": list(head), "kind": kind, "title": title, "notes": list(map(html_text, notes))
    }  # fmt: skip


def _row(head: Markup, cells: Iterable[Any], bad: bool = False) -> dict[str, Any]:
    return {"head": head, "cells": list(cells), "bad": bad}
