"""The hand-made table against the exact cell: value by hand, exact, errors, agreement, and what is wrong beside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from derive.claims.check import Check, CheckedEntry, Fault
from derive.document import tex
from derive.document.grid import Grid
from derive.document.layout import broken
from derive.document.page import Page
from derive.document.spelling import Tex, Text, error
from derive.notation.words import plural, speaking, words
from derive.run.data import Run

HEAD = ("by hand", "exact", "error", "relative", "agrees to")
_WRONG = {"values": "wrong values", "formulas": "wrong formulas", "claims": "wrong claims"}
Finding = tuple[Fault, str, str]  # with the formula written by hand and the quantity, where they matter


def fragment(run: Run, page: Page) -> str:
    """The fragment ``check.tex``."""
    check, spelling = run.check(), Tex(run)
    marks = _marks(check)
    groups: dict[str, list[list[str]]] = {}
    for row in check.rows:
        groups.setdefault(row.name, []).extend(_lines(cells(check, row, spelling, marks), page))
    head = ["", *(words(run.language)[w] for w in HEAD)]
    grid = Grid(head, list(groups.values()), "lrrrr", tex.stretch(run))
    what = f"{run.title}: the table worked by hand against the exact cell"
    return tex.table(run, what, grid, page, notes(check, spelling))


def _lines(row: list[str], page: Page) -> list[list[str]]:
    """A row of the table, in several lines where the entry by hand is long."""
    name, by_hand, *others = row
    formula, dollar, mark = by_hand[1:].partition("$")
    first, *further = broken(formula, page.entry, indent=0.0)
    lines = [[name, f"${first}$", *others], *(["", f"${line}$", *[""] * len(others)] for line in further)]
    lines[-1][1] += mark if dollar else ""
    return lines


def cells(check: Check, row: CheckedEntry, spelling: Text, marks: dict[Finding, str]) -> list[str]:
    """One row of the table: its place, then a cell for each word of ``HEAD``."""
    word, relative, n = words(check.run.language), row.relative_error, row.agrees_to
    agrees = word["all"] if n is None else word["none"] if n < 0 else str(n)
    found = "".join(sorted(marks[f] for f in _findings(row)))
    return [
        spelling.place(row.spot),
        spelling.written(row.entry.text) + spelling.mark(found),
        spelling.number(row.exact.shown(check.run.decimals)),
        spelling.number(error(row.error)),
        "" if relative is None else spelling.number(relative.significant(3)),
        agrees if row.agrees_at(check.decimals) else spelling.strong(agrees),
    ]


def marked(check: Check, spelling: Text) -> list[tuple[CheckedEntry, list[str]]]:
    """Every entry with its row of the table."""
    marks = _marks(check)
    return [(row, cells(check, row, spelling, marks)) for row in check.rows]


# ---------------------------------------------------------------------- in words


def notes(check: Check, spelling: Text) -> list[str]:
    """What stands under the table: the marks' meanings, agreement, printed values, claims that are violated."""
    return [
        *_faults(check, spelling),
        *_agreement(check, spelling),
        *_printed(check, spelling),
        *_claims(check, spelling),
    ]


def _findings(row: CheckedEntry) -> list[Finding]:
    """The faults of an entry; those that are worth a sentence of their own with their formula."""
    own = {Fault.HALF: ("", ""), Fault.EQUAL: ("", "")}
    return [(fault, *own.get(fault, (row.entry.written, row.spot.equation))) for fault in row.faults]


def _marks(check: Check) -> dict[Finding, str]:
    """A letter for every finding, in the order of the table."""
    found = dict.fromkeys(f for row in check.rows for f in _findings(row))
    return {f: _letter(k) for f, k in zip(found, count())}


def _letter(k: int) -> str:
    return ("" if k < 26 else _letter(k // 26 - 1)) + chr(ord("a") + k % 26)


def _faults(check: Check, spelling: Text) -> Iterator[str]:
    word, decimals = words(check.run.language), check.run.decimals
    for finding, mark in _marks(check).items():
        fault, formula, quantity = finding
        values = [r.gives.shown(decimals) for r in check.rows if r.gives is not None and finding in _findings(r)]
        sentence = word[fault.value]
        if formula:
            sentence = sentence.format(
                formula=spelling.written(formula),
                equation=spelling.equation(quantity) if fault is Fault.FORMULA else "",
                gives=word["separator"].join(map(spelling.number, values)),
            )
        yield f"{spelling.mark(mark).strip()} {sentence}"


def _agreement(check: Check, spelling: Text) -> Iterator[str]:
    if not check.rows:
        return
    language, later = check.run.language, check.first_disagreement
    for n in dict.fromkeys([check.decimals, later or check.decimals]):
        places = [spelling.place(r.spot) for r in check.differing(n)]
        decimals, sentence = plural(language, "decimals", n), "differs" if places else "agrees"
        yield plural(language, sentence, len(check.rows), decimals=decimals, few=len(places), places=", ".join(places))


def _printed(check: Check, spelling: Text) -> Iterator[str]:
    word = words(check.run.language)
    for r in check.misprinted:
        place, exact = spelling.place(r.spot), spelling.number(r.exact.shown(r.entry.decimals))
        yield word["misprinted"].format(place=place, text=spelling.written(r.entry.text), exact=exact)
    if check.printed and not check.misprinted:
        yield plural(check.run.language, "no printed", len(check.printed))


def _claims(check: Check, spelling: Text) -> Iterator[str]:
    word = words(check.run.language)
    for c in (c for c in check.certificates if c.violated):
        places = ", ".join(
            word["argument"].format(
                function=spelling.function(o.label.function),
                place=spelling.quantity(o.label.quantity, o.label.unit, o.label.t),
                argument=spelling.number(o.ends[1].shown(check.run.decimals)),
            )
            for o in c.violated
        )
        actual, claimed = (spelling.number(a.bound.rounded_up(5)) for a in (c.actual, c.claim.approximation))
        yield word["violated"].format(claim=spelling.claim(c.claim), places=places, actual=actual, claimed=claimed)


# ---------------------------------------------------------------------- at a terminal


def verdict(check: Check, values_only: bool = False) -> str:
    """How many values, formulas and claims are wrong, in one line."""
    keys = {"values": "wrong values"} if values_only else _WRONG
    language, wrong = check.run.language, {key: check.wrong[kind] for kind, key in keys.items()}
    word = words(language)
    if not any(wrong.values()):
        return word["no wrong value" if values_only else "nothing wrong"]
    return word["wrong"].format(what=word["separator"].join(plural(language, k, n) for k, n in wrong.items() if n))


def text(check: Check) -> str:
    """The table and what is wrong, as text."""
    spelling, word = Text(check.run), words(check.run.language)
    with speaking(check.run.language):
        rows = [["", *(word[w] for w in HEAD)], *(row for _, row in marked(check, spelling))]
        below = notes(check, spelling)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(
            c.ljust(w) if k < 2 else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*(table if check.rows else []), "", *below]).strip("\n")
