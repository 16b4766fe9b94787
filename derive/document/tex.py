"""The LaTeX fragments of a run: equations, values, every step; and what all fragments share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from derive.document.grid import Grid
from derive.document.layout import aligned_chains
from derive.document.page import Page
from derive.document.rows import Row, name_at, rows_of
from derive.document.text import comment, tex_text
from derive.exact.value import Value
from derive.files import environment
from derive.notation.words import plural, words
from derive.run.data import Run
from derive.run.step import Step, given

AMSMATH, BOOKTABS = "amsmath", "booktabs"
STRETCH = 1.15  # of rows whose names have indices above and below


def fragment(template: str, run: Run, what: str, packages: Iterable[str], **content: Any) -> str:
    """The text of one fragment, under a comment that says what it needs and how it was made."""
    places = "place" if run.decimals == 1 else "places"
    return (
        environment("tex")
        .get_template(template)
        .render(
            what=comment(what),
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
    return comment(f"derive tables {run.path.name if run.path.is_absolute() else run.path.as_posix()}")


def table(run: Run, what: str, grid: Grid, page: Page, notes: Iterable[str] = ()) -> str:
    """A fragment that is one table, split into blocks where it is too wide."""
    return fragment("table.tex", run, what, (BOOKTABS, AMSMATH), tables=[laid_out(grid, page, notes)])


def laid_out(grid: Grid, page: Page, notes: Iterable[str] = (), caption: str = "") -> dict[str, Any]:
    """A table as its template wants it. The texts may have formulas between dollars."""
    return {**grid.layout(page), "notes": list(map(tex_text, notes)), "caption": tex_text(caption)}


def head(run: Run) -> list[str]:
    """The head of a table with a column for each time step."""
    return [f"${run.t}$", *map(tex_text, run.columns)]


def stretch(run: Run) -> float:
    """How tall the rows of the run's quantities are: taller where several units carry their numbers."""
    return STRETCH if max(run.units.values()) > 1 else 1.0


def tight(latex: str) -> str:
    """A formula for a narrow cell: no space around the cross of a power of ten."""
    return latex.replace(r" \times ", r"{\times}")


# ---------------------------------------------------------------------- fragments


def equations(run: Run, page: Page) -> str:
    """The cell's equations."""
    latex = run.notation.latex
    rows = aligned_chains([(latex(e.lhs), [("=", latex(e.rhs))]) for e in run.cell.equations], page)
    return fragment("equations.tex", run, f"{run.cell.title}: the equations", (AMSMATH,), rows=rows)


def values(run: Run, page: Page) -> str:
    """Every quantity at every time step; the formula stands in the row's head where there is room for it."""
    return table(run, f"{run.title}: every value", values_grid(run, page), page, value_notes(run))


def values_grid(run: Run, page: Page) -> Grid:
    """The table of the values."""
    return rows_grid(run, rows_of(run), page, stretch(run))


def rows_grid(run: Run, groups: list[list[Row]], page: Page, stretch: float = 1.0) -> Grid:
    """Rows as a table, each with its formula in its head where there is room for that."""
    full = _values(run, groups, lambda r: f"${r.latex} = {r.formula}$" if r.formula else f"${r.latex}$", stretch)
    return full if full.fits_whole(page) else _values(run, groups, lambda r: f"${r.latex}$", stretch)


def _values(run: Run, groups: list[list[Row]], name: Callable[[Row], str], stretch: float) -> Grid:
    body = [
        [[name(row), *(f"${tight(v.latex(run.decimals))}$" for v in row.values)] for row in group] for group in groups
    ]
    return Grid(head(run), body, "r" * len(run.columns), stretch)


def value_notes(run: Run) -> list[str]:
    word = words(run.language)
    return [f"{word['initial state'].format(states=initial_state(run))} {rounding(run)}", *refusals(run)]


def refusals(run: Run) -> list[str]:
    """A sentence for each control word of the run's own texts that was not let through."""
    sentence = words(run.language)["not let through"]
    return [sentence.format(key=key, word=word) for key, text in run.texts.items() for word in text.refused]


def rounding(run: Run) -> str:
    """The sentence that says how the numbers are rounded."""
    return words(run.language)["rounding"].format(decimals=plural(run.language, "decimals", run.decimals))


def initial_state(run: Run) -> str:
    """``$h_{0} = 0$, $c_{0} = 0$``, unit by unit."""
    parts = []
    for state, numbers in run.initial.items():
        for k, number in enumerate(numbers, 1):
            numeral = given(Value.of(number), run.decimals)
            sign = "=" if numeral.rational == number else r"\approx"
            parts.append(f"${name_at(run, state, k, len(numbers), '0')} {sign} {{{numeral.latex()}}}$")
    return ", ".join(parts)


def derivation(run: Run, page: Page) -> str:
    """Every step of every time step: symbolic, substituted, value."""
    content = [step_part(run, t, run.steps().at(t), page) for t in range(1, len(run.x) + 1)]
    return fragment("derivation.tex", run, f"{run.title}: every step", (AMSMATH,), parts=content)


def step_part(run: Run, t: int, steps: Iterable[Step], page: Page) -> dict[str, Any]:
    """A time step's steps under its title."""
    rows = aligned_chains([(s.left, s.chain) for s in steps], page)
    return {"title": tex_text(step_title(run, t)), "rows": rows}


def step_title(run: Run, t: int) -> str:
    """``$t = 1$``, and the name of the time step where it has one."""
    name = run.columns[t - 1] if t else "0"
    return f"${run.t} = {t}$" + ("" if name == str(t) else f" ({name})")


def preview(run: Run, files: Mapping[str, str]) -> str:
    """An article that shows the fragments, each table in a float of its own."""
    word = words(run.language)
    captions = {"values": run.caption or run.title} | {
        name: word[f"{name} caption"].format(title=run.title) for name in ("hand", "update", "check")
    }
    sections = [
        {
            "name": name,
            "title": word[name],
            "caption": tex_text(captions.get(name, "")),
            "whole": (whole := text.count(r"\begin{tabular}") == 1),
            "new_page": name == "backward" or (name in captions and not whole),
        }
        for name, text in ((file.removesuffix(".tex"), text) for file, text in files.items())
    ]
    return (
        environment("tex")
        .get_template("preview.tex")
        .render(
            what=comment(f"{run.title}: all fragments"),
            command=command(run),
            title=tex_text(run.title),
            subtitle=tex_text(run.subtitle) if run.subtitle != run.title else "",
            sections=sections,
            table=word["table"],
        )
    )
