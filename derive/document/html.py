"""A document as HTML with native MathML: the page of a run, for a reader without TeX, and what a notebook shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from markupsafe import Markup

from derive.document import backward, update
from derive.document.model import Cell, Chain, Chains, Figure, Formula, Note, Row, Section, Sentence, Stress, Table
from derive.document.text import html_heading, html_sentence, html_text, read_sentence, text_halves
from derive.document.values import step_part, step_title
from derive.document.walk import walk
from derive.document.width import width
from derive.errors import DeriveError, UnsupportedExpression
from derive.exact.numeral import Numeral
from derive.figures.files import steps_drawn
from derive.files import environment
from derive.notation.figures import BORDER
from derive.notation.mathml import mathml, named
from derive.notation.prose import plain
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.steps import Steps
from derive.run.update import Updated

_DIGIT, _POINT = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"
_NARROW = ".,⁻⁰¹²³⁴⁵⁶⁷⁸⁹"  # about six tenths of a digit
_NARROWEST = 150.0  # pt at 10 pt: a line of the narrowest page
_FIGURE = 469.0  # pt: of a diagram
_STYLED = ("hand", "check")  # tables with a style of their own


def page(run: Run, sections: Sequence[Section]) -> str:
    """The text of ``steps.html``: well-formed XML, nothing fetched from anywhere, and one script, by which a reader
    walks through the steps and changes numbers. Without it the page has all that the run has."""
    walked, refusal, figures = None, "", list(_figures(run))
    try:
        walked = walk(run, _FIGURE if figures else None)
    except UnsupportedExpression as e:
        refusal = words(run.language)["no walk"].format(why=str(e).rstrip("."))
    return (
        environment("html")
        .get_template("steps.html")
        .render(
            title=plain(run.title.replace("$", "")),
            heading=html_text(run.title),
            subtitle=html_text(run.subtitle) if run.subtitle != run.title else "",
            language=run.language,
            words=words(run.language),
            walk=walked,
            refusal=refusal,
            sections=list(map(_section, sections)),
            figures=figures,
            units=max(run.units.values()),
        )
    )


def _figures(run: Run) -> Iterator[dict[str, Any]]:
    """The diagram of each step that is drawn, with its numbers; none of a cell that is too large to be drawn."""
    with suppress(DeriveError):
        for t in steps_drawn(run):
            yield {"t": t, "title": html_sentence(step_title(run, t)), "svg": Markup(run.diagram(t, width=_FIGURE).svg)}


def _section(section: Section) -> dict[str, Any]:
    tables: list[dict[str, Any]] = []
    notes: list[tuple[Markup, bool]] = []
    figures = [{"svg": Markup(f.drawing.svg), "caption": html_text(f.caption)} for f in section.figures]
    for block in section.blocks:
        if isinstance(block, Note):
            notes.append(_note(block.content))
        elif not isinstance(block, Figure):
            found = chains_table(block) if isinstance(block, Chains) else table(block, section.caption or section.title)
            tables.append(found | {"notes": [*found["notes"], *notes]})
            notes = []
    return {"name": section.name, "title": section.title, "tables": tables, "figures": figures}


def chains_table(block: Chains) -> dict[str, Any]:
    """Chains as a table with a row for each."""
    return {
        "groups": [[_chain(chain) for chain in block.chains]],
        "head": [],
        "kind": "steps",
        "title": html_heading(block.title),
        "read": read_sentence(block.title),
        "caption": "",
        "notes": [],
    }


def _chain(chain: Chain) -> dict[str, Any]:
    formulas = [mathml(f"{relation} {formula}".replace(BORDER, "")) for relation, formula in chain.parts]
    return {"head": named(chain.left), "cells": [Markup(" ").join(formulas)], "is_wrong": False}


def table(block: Table, caption: str = "") -> dict[str, Any]:
    """What the template ``table.html`` needs; caption: of a table that has none of its own."""
    columns = zip(*(row.cells for row in block.rows), strict=True)
    numbers = zip(*(_padding([cell.number for cell in column]) for column in columns), strict=True)
    padded = dict(zip(map(id, block.rows), numbers, strict=True))
    return {
        "groups": [[_row(row, padded[id(row)]) for row in group] for group in block.groups],
        "head": list(map(html_heading, block.head)),
        "kind": block.name if block.name in _STYLED else "",
        "title": "",
        "caption": html_text(block.caption or caption),
        "read": read_sentence((block.caption or caption,)),
        "notes": list(map(_note, block.notes)),
    }


def _padding(column: Sequence[Numeral | None]) -> list[str]:
    """Spaces as wide as what the numbers of a column lack after their decimal points, so that these are aligned."""
    tails = ["" if n is None else text_halves(n)[1] for n in column]
    widths = [sum(0.6 if c in _NARROW else 1.0 for c in tail) for tail in tails]
    most = max(widths)
    return [
        _POINT * (most > 0 and not tail) + _DIGIT * round(most - max(width, 0.6))
        for tail, width in zip(tails, widths, strict=True)
    ]


def _row(row: Row, padding: Sequence[str]) -> dict[str, Any]:
    head = html_heading(row.head)
    if row.depth:
        head = Markup('<span class="in{}">{}</span>').format(row.depth, head)
    return {"head": head, "cells": list(map(_cell, row.cells, padding)), "is_wrong": row.is_wrong}


def _note(note: Sentence) -> tuple[Markup, bool]:
    """A note, and whether it has a formula for which a narrow page has no line."""
    return html_sentence(note), any(isinstance(p, Formula) and width(p.latex) > _NARROWEST for p in note)


def _cell(cell: Cell, padding: str) -> Markup:
    if cell.relation:
        return _worked(cell)
    text = html_sentence(cell.content)
    if cell.stress is Stress.WRONG:
        text = Markup("<strong>{}</strong>").format(text)
    if cell.stress is Stress.UNCOVERED:
        text = Markup("<u>{}</u>").format(text)
    if cell.number is not None:
        return text + padding
    return text + f" ({', '.join(cell.notes)})" if cell.notes else text


def _worked(cell: Cell) -> Markup:
    """A value after its sign, below the formula that gives it."""
    [value] = cell.content
    below = mathml(f"{cell.relation} {value.latex if isinstance(value, Formula) else value}")
    return below if cell.over is None else mathml(cell.over.latex) + Markup("<br />") + below


# ---------------------------------------------------------------------- in a notebook


def tables_html(tables: Iterable[dict[str, Any]]) -> str:
    """Tables by themselves, under their titles, as a notebook shows them: the page's style is not there.

    Their text is not for the notebook's MathJax, which would run what only looks like a formula.
    """
    return environment("html").get_template("notebook.html").render(tables=list(tables), alone=True)


def steps_html(steps: Steps) -> str:
    """The steps as a notebook shows them."""
    run = steps.run
    with speaking(run.language):
        times = dict.fromkeys(step.t for step in steps)
        return tables_html(chains_table(step_part(run, t, steps.at(t))) for t in times)


def gradients_html(found: Gradients) -> str:
    """The gradients as a notebook shows them."""
    with speaking(found.run.language):
        return tables_html(map(table, backward.tables(found)))


def updated_html(found: Updated) -> str:
    """The updated weights as a notebook shows them."""
    with speaking(found.run.language):
        return tables_html([table(update.table(found))])
