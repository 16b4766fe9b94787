"""The LaTeX fragments of a run: equations, values, the lecture's table, every step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from derive.files import environment
from derive.numbers import Value
from derive.render.grid import Grid
from derive.render.layout import aligned
from derive.render.rows import Row, name_at, rows_of
from derive.render.text import tex_text
from derive.run import Run
from derive.steps import given

AMSMATH, BOOKTABS = "amsmath", "booktabs"


def fragment(template: str, run: Run, what: str, packages: Iterable[str], **content: Any) -> str:
    """The text of one fragment, under a comment that says what it needs and how it was made."""
    places = "place" if run.decimals == 1 else "places"
    return (
        environment("tex")
        .get_template(template)
        .render(
            what=" ".join(what.split()),
            command=command(run),
            packages=list(packages),
            numbers=f"computed exactly or in ball arithmetic, rounded half to even to {run.decimals} decimal {places}",
            **content,
        )
    )


def command(run: Run) -> str:
    """What made the files of a run, as typed; an absolute path is no part of it."""
    if run.path is None:
        return "derive tables"
    return f"derive tables {run.path.name if run.path.is_absolute() else run.path.as_posix()}"


def table(run: Run, what: str, grid: Grid, notes: Iterable[str] = ()) -> str:
    """A fragment that is one table, split into blocks where it is too wide."""
    packages = (BOOKTABS, AMSMATH)
    return fragment("table.tex", run, what, packages, notes=list(notes), **grid.layout())


def equations(run: Run) -> str:
    """The cell's equations."""
    latex = run.cell.notation.latex
    rows = [row for e in run.cell.equations for row in aligned(latex(e.lhs), [("=", latex(e.rhs))])]
    return fragment("equations.tex", run, f"{run.cell.title}: the equations", (AMSMATH,), rows=rows)


def values(run: Run) -> str:
    """Every quantity at every time step; the formula stands in the row's head where there is room for it."""
    rows = rows_of(run)
    full = _values(run, rows, lambda row: f"${row.latex} = {row.formula}$" if row.formula else f"${row.latex}$")
    grid = full if full.fits_whole() else _values(run, rows, lambda row: f"${row.latex}$")
    return table(run, f"{run.title}: every value", grid, value_notes(run))


def _values(run: Run, groups: list[list[Row]], head: Callable[[Row], str]) -> Grid:
    body = [
        [[head(row), *(f"${tight(v.latex(run.decimals))}$" for v in row.values)] for row in group] for group in groups
    ]
    return Grid([f"${run.t}$", *map(tex_text, run.columns)], body, "r" * len(run.columns))


def value_notes(run: Run) -> list[str]:
    return [f"Initial state: {initial_state(run)}. Rounded half to even to {run.decimals} decimals."]


def initial_state(run: Run) -> str:
    """``$h_{0} = 0$, $c_{0} = 0$``, unit by unit."""
    parts = []
    for state, numbers in run.initial.items():
        for k, number in enumerate(numbers, 1):
            numeral = given(Value.of(number), run.decimals)
            sign = "=" if numeral.rational == number else r"\approx"
            parts.append(f"${name_at(run, state, k, len(numbers), '0')} {sign} {{{numeral.latex()}}}$")
    return ", ".join(parts)


def tight(latex: str) -> str:
    """A formula for a narrow cell: no space around the cross of a power of ten."""
    return latex.replace(r" \times ", r"{\times}")


def derivation(run: Run) -> str:
    """Every step of every time step: symbolic, substituted, value."""
    steps: dict[int, list[str]] = {}
    for step in run.steps():
        steps.setdefault(step.t, []).extend(aligned(step.left, step.chain))
    content = [{"title": step_title(run, t), "rows": rows} for t, rows in steps.items()]
    return fragment("derivation.tex", run, f"{run.title}: every step", (AMSMATH,), steps=content)


def step_title(run: Run, t: int) -> str:
    """``$t = 1$``, and the name of the time step where it has one."""
    name = run.columns[t - 1]
    return f"${run.t} = {t}$" + ("" if name == str(t) else f" ({tex_text(name)})")


def preview(run: Run, files: Mapping[str, str]) -> str:
    """An article that shows the fragments, each table in a float of its own."""
    captions = {
        "values.tex": run.caption or run.title,
        "hand.tex": f"{run.title}: formula and value",
        "check.tex": f"{run.title}: the table worked by hand against the exact cell",
    }
    titles = {
        "equations.tex": "Equations",
        "values.tex": "Values",
        "hand.tex": "Worked by hand",
        "derivation.tex": "Every step",
        "approximation.tex": "Approximations",
        "check.tex": "The hand-made table, checked",
    }
    sections = [
        {
            "name": name.removesuffix(".tex"),
            "title": titles[name],
            "caption": tex_text(captions.get(name, "")),
            "whole": text.count(r"\begin{tabular}") == 1,
        }
        for name, text in files.items()
    ]
    return (
        environment("tex")
        .get_template("preview.tex")
        .render(
            what=f"{run.title}: all fragments",
            command=command(run),
            title=tex_text(run.title),
            subtitle=tex_text(run.cell.title),
            sections=sections,
        )
    )
