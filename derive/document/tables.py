"""The files of one run: LaTeX fragments, a page of HTML, a file for programs."""

from __future__ import annotations

import json
from pathlib import Path

from derive.document import adjoint, approximations, backward, checks, hand, html, tex, update
from derive.document.page import ARTICLE, Page
from derive.notation.words import speaking
from derive.run.data import Run
from derive.run.run_file import load_run, naming

#: Every file that may stand in a run's folder; those for a loss, a learning rate, claims and a hand-made table only
#: where it has them.
FRAGMENTS = (
    "equations.tex",
    "values.tex",
    "hand.tex",
    "derivation.tex",
    "adjoint.tex",
    "backward.tex",
    "update.tex",
    "approximation.tex",
    "check.tex",
    "preview.tex",
    "steps.json",
    "steps.html",
)


def table_files(path: str | Path) -> dict[str, str]:
    """The files of a run file, by name. Raises RunError for whatever is wrong with it."""
    with naming(path):
        return files_of(load_run(path))


def files_of(run: Run, page: Page = ARTICLE) -> dict[str, str]:
    """The files of a run, by name, in the order of ``FRAGMENTS``; page: what the LaTeX is laid out for."""
    with speaking(run.language):
        found = _for_people(run, page)
    steps = run.steps().to_json()
    if run.loss is not None:
        steps["backward"] = run.gradients().to_json()
    if run.lr is not None:
        steps["updated"] = run.updated().to_json()
    html_page = found.pop("steps.html")
    return found | {"steps.json": json.dumps(steps, indent=1, ensure_ascii=False) + "\n", "steps.html": html_page}


def _for_people(run: Run, page: Page) -> dict[str, str]:
    found = {
        "equations.tex": tex.equations(run, page),
        "values.tex": tex.values(run, page),
        "hand.tex": hand.table(run, page),
        "derivation.tex": tex.derivation(run, page),
        "adjoint.tex": adjoint.fragment(run, page),
    }
    if run.loss is not None:
        found["backward.tex"] = backward.fragment(run, page)
    if run.lr is not None:
        found["update.tex"] = update.fragment(run, page)
    if run.claims:
        found["approximation.tex"] = approximations.fragment(run, page)
    if run.hand:
        found["check.tex"] = checks.fragment(run, page)
    found["preview.tex"] = tex.preview(run, found)
    return found | {"steps.html": html.page(run)}
