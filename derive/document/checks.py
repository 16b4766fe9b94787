"""The hand-made table against the exact cell: value by hand, exact, errors, agreement, and what is wrong beside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from derive.claims.check import Check
from derive.claims.entries import CheckedEntry, Fault
from derive.document.approximations import kept, violation
from derive.document.model import Cell, Row, Section, Sentence, Stress, Table, listed, said
from derive.document.rows import entry_unicode
from derive.document.spelling import Spelling, error
from derive.document.text import text_sentence
from derive.document.values import has_indices
from derive.notation.letters import letter
from derive.notation.quantity import numbered
from derive.notation.words import plural, speaking, words
from derive.run.data import Run
from derive.run.named import Kind, Spot, entry_label, equation_of

HEAD = ("by hand", "exact", "error", "relative", "agrees to")
_WRONG = {"values": "wrong values", "formulas": "wrong formulas", "claims": "wrong claims"}
Finding = tuple[Fault, str, str]  # with the formula written by hand and the quantity, where they matter


def section(run: Run) -> Section:
    """The section ``check``: one table."""
    word = words(run.language)
    caption = word["check caption"].format(title=run.title)
    what = f"{run.title}: the table worked by hand against the exact cell"
    return Section("check", word["check"], what, (table(run.check()),), caption=caption)


def table(check: Check) -> Table:
    """The entries, a group for each row of the table by hand."""
    spelling, marks = Spelling(check.run), _marks(check)
    groups: dict[str, list[Row]] = {}
    for entry in check.rows:
        groups.setdefault(entry.name, []).append(_row(check, entry, spelling, marks))
    head = ((), *((words(check.run.language)[w],) for w in HEAD))
    rows = tuple(map(tuple, groups.values()))
    return Table("check", head, rows, "lrrrr", notes=tuple(notes(check)), tall=has_indices(check.run))


def _row(check: Check, entry: CheckedEntry, spelling: Spelling, marks: dict[Finding, str]) -> Row:
    """One row: its place, then a cell for each word of ``HEAD``."""
    word, relative, n = words(check.run.language), entry.relative_error, entry.agrees_to
    agrees, is_right = word["all"] if n is None else word["none"] if n < 0 else str(n), entry.agrees_at(check.decimals)
    place = spelling.place(entry.spot)
    cells = (
        Cell((spelling.written(entry.entry.text),), notes="".join(sorted(marks[f] for f in _findings(check, entry)))),
        Cell((entry.exact.shown(check.run.decimals),)),
        Cell((error(entry.error),)),
        Cell() if relative is None else Cell((relative.significant(3),)),
        Cell((agrees,), stress=Stress.NONE if is_right else Stress.WRONG),
    )
    return Row(_typed(check.run, entry.spot), place, cells, is_wrong=not is_right)


def _typed(run: Run, spot: Spot) -> str:
    """The name of an entry as the other sheets have it, ``c_2 (t = 1)``."""
    match spot.kind:
        case Kind.LOSS:
            return "L"
        case Kind.GRADIENT:
            return entry_unicode(f"δ{spot.quantity}", entry_label(run, spot.quantity, spot.place))
        case Kind.UPDATED:
            entry = entry_label(run, spot.quantity, spot.place)
            return f"{entry_unicode(spot.quantity, entry)} ({words(run.language)['new']})"
    of, mark = spot.quantity, ""
    if spot.kind is Kind.COTANGENT:
        q = run.backward_notation.quantity(of)
        of, mark = q.name, "Δ" if q.derivative == "Delta" else "δ"
    return f"{mark}{numbered(of, spot.label)} ({letter(run.t)} = {spot.t})"


# ---------------------------------------------------------------------- in words


def notes(check: Check) -> list[Sentence]:
    """What stands under the table: the marks' meanings, agreement, printed values, claims that are violated."""
    spelling = Spelling(check.run)
    return [
        *_faults(check, spelling),
        *_agreement(check, spelling),
        *_printed(check, spelling),
        *_claims(check, spelling),
    ]


def _findings(check: Check, row: CheckedEntry) -> list[Finding]:
    """The faults of an entry; those that are worth a sentence of their own with their formula."""
    own = {Fault.HALF: ("", ""), Fault.EQUAL: ("", "")}
    return [(fault, *own.get(fault, (row.entry.written, equation_of(check.run, row.spot)))) for fault in row.faults]


def _marks(check: Check) -> dict[Finding, str]:
    """A letter for every finding, in the order of the table."""
    found = dict.fromkeys(f for row in check.rows for f in _findings(check, row))
    return {f: _letter(k) for f, k in zip(found, count())}


def _letter(k: int) -> str:
    return ("" if k < 26 else _letter(k // 26 - 1)) + chr(ord("a") + k % 26)


def _faults(check: Check, spelling: Spelling) -> Iterator[Sentence]:
    language, decimals = check.run.language, check.run.decimals
    separator = words(language)["separator"]
    for finding, mark in _marks(check).items():
        fault, formula, quantity = finding
        if not formula:
            yield (f"({mark}) ", *said(language, fault.value))
            continue
        values = [r.gives.shown(decimals) for r in check.rows if r.gives is not None and finding in _findings(check, r)]
        left, right = spelling.equation(quantity) if fault is Fault.FORMULA else ("", "")
        sentence = said(
            language, fault.value, formula=spelling.written(formula), quantity=left, equation=right,
            gives=listed(values, separator),
        )  # fmt: skip
        yield (f"({mark}) ", *sentence)


def _agreement(check: Check, spelling: Spelling) -> Iterator[Sentence]:
    if not check.rows:
        return
    language, later = check.run.language, check.first_disagreement
    for n in dict.fromkeys([check.decimals, later or check.decimals]):
        places = [spelling.place(r.spot) for r in check.differing(n)]
        key, decimals = "differs" if places else "agrees", said(language, "decimals", n)
        yield said(language, key, len(check.rows), decimals=decimals, few=str(len(places)), places=listed(places))


def _printed(check: Check, spelling: Spelling) -> Iterator[Sentence]:
    language = check.run.language
    for r in check.misprinted:
        exact = r.exact.shown(r.entry.decimals)
        yield said(
            language, "misprinted", place=spelling.place(r.spot), text=spelling.written(r.entry.text), exact=exact
        )
    if check.printed and not check.misprinted:
        yield said(language, "no printed", len(check.printed))


def _claims(check: Check, spelling: Spelling) -> Iterator[Sentence]:
    for c in check.certificates:
        yield from kept(spelling, c.claim)
    for c in (c for c in check.certificates if c.violated):
        places = listed(violation(spelling, o) for o in c.violated)
        actual, claimed = (a.bound.rounded_up(5) for a in (c.actual, c.claim.approximation))
        yield said(
            check.run.language, "violated", claim=spelling.claim(c.claim), places=places, actual=actual, claimed=claimed
        )


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
    with speaking(check.run.language):
        found = table(check)
        rows = [list(map(text_sentence, found.head)), *(_line(row) for row in found.rows)]
        below = list(map(text_sentence, found.notes))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            c.ljust(w) if k < 2 else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*(lines if check.rows else []), "", *below]).strip("\n")


def _line(row: Row) -> list[str]:
    """A row as text; what a reader must not miss has an exclamation mark."""
    return [
        text_sentence(row.head),
        *(
            text_sentence(c.content) + (f" ({c.notes})" if c.notes else "") + " !" * (c.stress is Stress.WRONG)
            for c in row.cells
        ),
    ]
