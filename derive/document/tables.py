"""The files of one run: LaTeX fragments, a page of HTML and of Markdown, tables as CSV, a file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from derive.document import (
    adjoint,
    approximations,
    backward,
    certified,
    checks,
    csv,
    frames,
    given,
    hand,
    html,
    markdown,
    tex,
    update,
    values,
    vectors,
)
from derive.document.model import Section
from derive.document.record import record_of
from derive.notation.page import ARTICLE, Page
from derive.notation.words import speaking
from derive.run.data import Run

#: Every file that may stand in a run's folder; those for a loss, a learning rate, claims and a hand-made table only
#: where it has them.
FRAGMENTS = (
    "equations.tex",
    "weights.tex",
    "values.tex",
    "hand.tex",
    "vectors.tex",
    "derivation.tex",
    "adjoint.tex",
    "backward.tex",
    "update.tex",
    "approximation.tex",
    "certified.tex",
    "check.tex",
    "preview.tex",
    "steps.json",
    "steps.html",
    "steps.md",
    "weights.csv",
    "inputs.csv",
    "values.csv",
    "cotangents.csv",
    "gradients.csv",
    "update.csv",
    "arguments.csv",
    "propagation.csv",
    "certified.csv",
    "verdicts.csv",
    "check.csv",
)
#: Figures that documents show; the files are those of ``derive.figures.files``.
FIGURES = ("certified",)


def files_of(run: Run, page: Page | None = None, kind: str = "") -> dict[str, str]:
    """The files of a run, by name, in the order of ``FRAGMENTS``; for slides those of the folder ``frames`` too.

    page: what the LaTeX is laid out for, by default the run's layout; kind: what stands around its tables, likewise.
    Raises RunError where the page cannot have such.
    """
    page, kind = page or run.layout, kind or run.tables
    run = run if page == run.layout else run.laid_out(page)
    whole = run.laid_out(ARTICLE) if page.is_slide else run  # of which slides show less
    with speaking(run.language):
        found = tuple(sections(run))
        files = {f"{section.name}.tex": tex.fragment(section, run, page, kind) for section in found}
        files["preview.tex"] = tex.preview(run, found, files, page, kind)
        slides = frames.files(run, page, tex.command(run)) if page.is_slide else {}
        found = tuple(sections(whole)) if page.is_slide else found
        pages = {"steps.html": html.page(whole, found), "steps.md": markdown.document(whole, found)}
        sheets = csv.files(found, run.language)
    record = json.dumps(record_of(whole), indent=1, ensure_ascii=False) + "\n"
    return files | {"steps.json": record} | pages | sheets | slides


def sections(run: Run) -> Iterator[Section]:
    """What a document of the run has, in the order in which it is read."""
    yield values.equations(run)
    yield given.section(run)
    yield values.values(run)
    yield hand.section(run)
    if max(run.units.values()) > 1:
        yield vectors.section(run)
    yield values.derivation(run)
    yield adjoint.section(run)
    if run.loss is not None:
        yield backward.section(run)
    if run.lr is not None:
        yield update.section(run)
    if run.claims:
        yield approximations.section(run)
        yield certified.section(run)
    if run.hand:
        yield checks.section(run)
