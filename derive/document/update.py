"""The weights after a step of gradient descent: every number before it, its gradient, and after it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from derive.document.model import Cell, Formula, Row, Section, Sentence, Table, said
from derive.document.rows import entry_latex, entry_unicode
from derive.document.text import columns
from derive.document.values import rounding, selection
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.prose import plain
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.named import entry_label
from derive.run.number import given
from derive.run.update import Updated, UpdatedEntry

HEAD = ("before", "gradient", "after")


def section(run: Run) -> Section:
    """The section ``update``: one table."""
    word = words(run.language)
    caption = word["update caption"].format(title=run.title)
    what = f"{run.title}: a step of gradient descent"
    return Section("update", word["update"], what, (table(run.updated()),), caption=caption)


def table(found: Updated) -> Table:
    """The table, with a group for each parameter."""
    run = found.run
    shown = [e for e in found.entries if _is_shown(e, run)]
    groups = tuple(tuple(_row(e, run) for e in entries) for _, entries in groupby(shown, key=lambda e: e.name))
    head = ((), *((words(run.language)[w],) for w in HEAD))
    further = [said(run.language, "updated, one bias")] if run.notation.style.one_bias else []
    rounded = [n for e in shown for n in list(numbers(e, run.decimals))[1:]]
    return Table(
        "update",
        head,
        groups,
        "rrr",
        notes=((*_rate(found), " ", *rounding(run, rounded)), *further, *selection(run)),
        tall=True,
    )


def _is_shown(e: UpdatedEntry, run: Run) -> bool:
    return len(run.shown.units) == max(run.units.values()) or set(e.entry) <= set(run.shown.units)


def _row(e: UpdatedEntry, run: Run) -> Row:
    entry = entry_label(run, e.name, e.entry)
    name = entry_unicode(run.notation.symbol_unicode(e.name), entry)
    head = Formula(entry_latex(run.notation, e.name, entry), name)
    return Row(name, (head,), tuple(Cell((n,)) for n in numbers(e, run.decimals)))


def numbers(e: UpdatedEntry, decimals: int) -> Iterator[Numeral]:
    """A number of the run as it was given, where it is short; the others rounded."""
    yield given(e.before, decimals)
    yield e.gradient.shown(decimals)
    yield e.after.shown(decimals)


def _rate(found: Updated) -> Sentence:
    rate = given(Value.of(found.lr), found.run.decimals)
    sign = "=" if rate.rational == found.lr else r"\approx"
    return said(found.run.language, "updated", rate=Formula(rf"\eta {sign} {{{rate.latex()}}}"))


def text(found: Updated) -> str:
    """The table as text."""
    run = found.run
    rows = [["", *(words(run.language)[w] for w in HEAD)]]
    with speaking(run.language):
        for e in found.entries:
            rows.append([_row(e, run).name, *(n.unicode() for n in numbers(e, run.decimals))])
        rate = given(Value.of(found.lr), run.decimals).unicode()
    return "\n".join([f"{plain(run.title)}: lr = {rate}", *columns(rows)])
