"""The page of a run: every table and step as HTML with native MathML, for a reader without TeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from derive.document import adjoint, approximations, backward, checks, tex, update
from derive.document.page import ARTICLE
from derive.document.rows import Row, rows_of
from derive.document.spelling import Html
from derive.document.text import html_text
from derive.files import environment
from derive.notation.mathml import mathml
from derive.notation.prose import plain
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.step import Step
from derive.run.steps import Steps
from derive.run.update import Updated


def page(run: Run) -> str:
    """The text of ``steps.html``: well-formed XML, no script, nothing fetched from anywhere."""
    sections = [_equations(run), _values(run), _steps(run), _adjoint(run)]
    if run.loss is not None:
        sections.append(_backward(run))
    if run.lr is not None:
        sections.append(_section(run, "update", [_updated(run.updated())], [update.note(run.updated())]))
    if run.claims:
        sections.append(_approximations(run))
    if run.hand:
        sections.append(_check(run))
    return (
        environment("html")
        .get_template("steps.html")
        .render(
            title=plain(run.title.replace("$", "")),
            heading=html_text(run.title),
            subtitle=html_text(run.caption or run.subtitle),
            language=run.language,
            sections=sections,
        )
    )


def _equations(run: Run) -> dict[str, Any]:
    latex = run.notation.latex
    body = [_row(mathml(latex(e.lhs)), [mathml(f"= {latex(e.rhs)}")]) for e in run.cell.equations]
    return _section(run, "equations", [_table([body], kind="steps")])


def _values(run: Run) -> dict[str, Any]:
    return _section(run, "values", [values_table(run)], tex.value_notes(run))


def values_table(run: Run) -> dict[str, Any]:
    """Every quantity at every time step."""
    return _table(_numbers(run, rows_of(run)), _head(run))


def _numbers(run: Run, groups: Sequence[Sequence[Row | backward.GradientRow]]) -> list[list[dict[str, Any]]]:
    return [[_row(mathml(r.latex), [v.unicode(run.decimals) for v in r.values]) for r in group] for group in groups]


def _steps(run: Run) -> dict[str, Any]:
    return _section(run, "derivation", chain_tables(run, run.steps()))


def chain_tables(run: Run, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """A table for each time step, in the order in which they come."""
    tables: dict[int, list[dict[str, Any]]] = {}
    for step in steps:
        tables.setdefault(step.t, []).append(_chain(step.left, step.chain))
    return [_table([body], kind="steps", title=html_text(tex.step_title(run, t))) for t, body in tables.items()]


def _chain(left: str, parts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    formulas = [mathml(f"{relation} {formula}") for relation, formula in parts]
    return _row(mathml(left), [Markup(" ").join(formulas)])


def _adjoint(run: Run) -> dict[str, Any]:
    tables = [
        _table(
            [[_chain(left, [("=", s) for s in sides]) for left, sides in part.chains]], kind="steps", title=part.title
        )
        for part in adjoint.parts(run)
    ]
    tables[0]["notes"] = [html_text(adjoint.note(run))]
    return _section(run, "adjoint", tables)


def _backward(run: Run) -> dict[str, Any]:
    found = run.gradients()
    loss = _table([[_chain(*backward.loss(found))]], kind="steps", title=words(run.language)["loss"])
    tables = [loss, *gradient_tables(found), *chain_tables(run, found.records)]
    if found.sums:
        title = words(run.language)["parameter gradients"]
        tables.append(_table([[_chain(s.left, s.chain) for s in found.sums]], kind="steps", title=title))
    return _section(run, "backward", tables)


def gradient_tables(found: Gradients) -> list[dict[str, Any]]:
    """The cotangents at every time step, and the gradients of the parameters."""
    run, word = found.run, words(found.run.language)
    cotangents = _table(_numbers(run, backward.rows_of(found)), _head(run), notes=backward.notes(found))
    groups = backward.lines_of(found)
    many = max(len(line.values) for group in groups for line in group)
    head = ["", *(str(k) for k in range(1, many + 1))]
    rows = _numbers(run, groups)
    for row in (row for group in rows for row in group):
        row["cells"] += [""] * (many - len(row["cells"]))
    return [cotangents, _table(rows, head, title=word["gradients caption"], notes=[word["entries"]])]


def _updated(found: Updated) -> dict[str, Any]:
    run, groups = found.run, update.groups(found)
    body = [
        [_row(mathml(update.latex_name(e, run)), [n.unicode() for n in update.numbers(e, run.decimals)]) for e in group]
        for group in groups
    ]
    return _table(body, ["", *(words(run.language)[w] for w in update.HEAD)])


def tables_html(tables: Iterable[dict[str, Any]]) -> str:
    """Tables by themselves, under their titles, as a notebook shows them: the page's style is not there.

    Their text is not for the notebook's MathJax, which would run what only looks like a formula.
    """
    return environment("html").get_template("notebook.html").render(tables=list(tables), alone=True)


def steps_html(steps: Steps) -> str:
    """The steps as a notebook shows them."""
    with speaking(steps.run.language):
        return tables_html(chain_tables(steps.run, steps))


def gradients_html(found: Gradients) -> str:
    """The gradients as a notebook shows them."""
    with speaking(found.run.language):
        return tables_html(gradient_tables(found))


def updated_html(found: Updated) -> str:
    """The updated weights as a notebook shows them."""
    with speaking(found.run.language):
        return tables_html([_updated(found) | {"notes": [html_text(update.note(found))]}])


def _approximations(run: Run) -> dict[str, Any]:
    word, certificates = words(run.language), run.certificates
    derivations = approximations.derivations(run, ARTICLE)
    tables = [_table([[_derived(row) for row in rows]], kind="steps") for rows in derivations]
    occurring = _lines([approximations.arguments(run, certificates)])
    tables.append(_table(occurring, _head(run), title=word["arguments caption"], notes=approximations.notes(Html(run))))
    if found := approximations.propagation(run):
        title, notes = word["propagation caption"], [word["propagation"]]
        tables.append(_table(_lines(found), _head(run), title=title, notes=notes))
    return _section(run, "approximation", tables)


def _lines(groups: list[list[approximations.ArgumentRow]]) -> list[list[dict[str, Any]]]:
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
