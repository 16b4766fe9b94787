"""The weights after a step of gradient descent: every number before it, its gradient, and after it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from derive.document import tex
from derive.document.grid import Grid
from derive.document.page import ARTICLE, Page
from derive.document.rows import entry_latex, entry_unicode
from derive.document.text import columns
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.files import environment
from derive.notation.prose import plain
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.step import given
from derive.run.update import Updated, UpdatedEntry

HEAD = ("before", "gradient", "after")


def fragment(run: Run, page: Page) -> str:
    """The fragment ``update.tex``."""
    found = run.updated()
    return tex.table(run, f"{run.title}: a step of gradient descent", grid(found), page, [note(found)])


def grid(found: Updated) -> Grid:
    """The table as LaTeX."""
    decimals = found.run.decimals
    body = [
        [[f"${latex_name(e, found.run)}$", *(f"${tex.tight(n.latex())}$" for n in numbers(e, decimals))] for e in group]
        for group in groups(found)
    ]
    return Grid(["", *(words(found.run.language)[w] for w in HEAD)], body, "rrr", tex.STRETCH)


def groups(found: Updated) -> Iterator[list[UpdatedEntry]]:
    """The numbers of each parameter."""
    for _, entries in groupby(found.entries, key=lambda e: e.name):
        yield list(entries)


def numbers(e: UpdatedEntry, decimals: int) -> Iterator[Numeral]:
    """A number of the run as it was given, where it is short; the others rounded."""
    yield given(e.before, decimals)
    yield e.gradient.shown(decimals)
    yield e.after.shown(decimals)


def latex_name(e: UpdatedEntry, run: Run) -> str:
    return entry_latex(run.notation.symbol_latex(e.name), e.entry)


def note(found: Updated) -> str:
    """What stands under the table."""
    rate = given(Value.of(found.lr), found.run.decimals)
    sign = "=" if rate.rational == found.lr else r"\approx"
    return f"{words(found.run.language)['updated'].format(rate=f'{sign} {{{rate.latex()}}}')} {tex.rounding(found.run)}"


def tabular(found: Updated) -> str:
    """The table without a comment on top."""
    with speaking(found.run.language):
        table = tex.laid_out(grid(found), ARTICLE)
        return environment("tex").get_template("tabular.tex").render(table=table)


def text(found: Updated) -> str:
    """The table as text."""
    run = found.run
    rows = [["", *(words(run.language)[w] for w in HEAD)]]
    with speaking(run.language):
        for e in found.entries:
            name = entry_unicode(run.cell.notation.symbol_unicode(e.name), e.entry)
            rows.append([name, *(n.unicode() for n in numbers(e, run.decimals))])
        rate = given(Value.of(found.lr), run.decimals).unicode()
    return "\n".join([f"{plain(run.title)}: lr = {rate}", *columns(rows)])
