"""What is certified on a run's box: what quantities are off by at most, whether the claims hold, what holds always."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flint import arb

from derive.approximation.claim import Claim
from derive.claims.certify import Certificate, Verdict
from derive.document.approximations import DIGITS as OF_CLAIMS
from derive.document.approximations import argument_head, argument_name
from derive.document.model import (
    Block,
    Cell,
    Figure,
    Formula,
    Part,
    Row,
    Section,
    Sentence,
    Stress,
    Table,
    listed,
    said,
)
from derive.document.rows import align_over_time, entry_latex, is_shown, name_at, over_time, times, whole_at
from derive.document.spelling import Spelling
from derive.document.values import has_indices
from derive.enclosure.always import Grows
from derive.enclosure.certification import Certification
from derive.enclosure.decimals import fraction
from derive.enclosure.enclosed import Judged, magnitude, outer
from derive.enclosure.pairs import Pair
from derive.errors import DeriveError
from derive.exact.intervals import Interval
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.words import words
from derive.run.box import Variable, holds
from derive.run.data import Run
from derive.run.named import entry_label
from derive.run.number import given
from derive.run.step import Place

DIGITS = 3  # significant ones of a bound, which is rounded up
FEW = 3  # keys of a box that are all written out
ENDLESS = Formula(r"\infty", "∞")
STRESS = {Verdict.VIOLATED: Stress.WRONG, Verdict.UNDECIDED: Stress.UNCOVERED}


def section(run: Run) -> Section:
    """The section ``certified``: the errors and the verdicts step by step, the largest errors drawn."""
    found = run.certification
    what = f"{run.title}: what is certified"
    blocks: list[Block] = [_errors(found), _verdicts(found), *_drawn(found)]
    return Section("certified", words(run.language)["certified"], what, tuple(blocks))


def _drawn(found: Certification) -> Iterator[Figure]:
    run = found.run
    try:
        yield Figure("certified", run.plot(kind="certified"), _of_box(found, "over time"))
    except DeriveError:  # nothing has an error above 0, or a finite bound of it
        return


# ---------------------------------------------------------------------- what quantities are off by


def _errors(found: Certification) -> Table:
    """Of each quantity with an error a row with its bounds on the box, and below it what the run's numbers give."""
    run = found.run
    in_run = beside(found)
    states: list[Row] = []
    others: list[Row] = []
    for quantity, units in run.units.items():
        for unit in (k for k in range(1, units + 1) if is_shown(run, quantity, k)):
            rows = list(_quantity(found, in_run, quantity, unit))
            (states if quantity in run.cell.states else others).extend(rows)
    groups = tuple(tuple(rows) for rows in (others, states) if rows)
    return Table(
        "certified", times(run), groups, align_over_time(run, "r"), _of_box(found, "certified caption"),
        tuple(_about(found, in_run is not None)), tall=has_indices(run),
    )  # fmt: skip


def beside(found: Certification) -> Certification | None:
    """What the numbers of the run itself give, where they lie in its box."""
    run = found.run
    return run.certify({}) if run.box and holds(run, found.variables) else None


def _quantity(found: Certification, beside: Certification | None, quantity: str, unit: int) -> Iterator[Row]:
    run, name = found.run, found.run.unit_name(quantity, unit)
    bounds = _bounds(found, quantity, unit)
    if not any(b > 0 for b in bounds):
        return
    latex = name_at(run, quantity, unit, run.t)
    head = Formula(rf"\left|\varepsilon({latex})\right| \le", f"|ε({name})| ≤")
    yield Row(head.text, (head,), over_time(run, [Cell((spelled(b),)) for b in bounds]))
    if beside is not None:
        measured = [Cell((spelled(b),)) for b in _bounds(beside, quantity, unit)]
        word = words(run.language)["in the run"]
        yield Row(f"{head.text} {word}", (word,), over_time(run, measured), depth=1)


def _bounds(found: Certification, quantity: str, unit: int) -> list[arb]:
    """At the steps that are shown, and 0 at the others."""
    run = found.run
    shown = set(run.shown.steps)
    name = run.unit_name(quantity, unit)
    return [found[t, name].largest_error if t in shown else arb(0) for t in range(1, len(run.x) + 1)]


def spelled(bound: arb) -> Numeral | Formula:
    """A bound as the tables print it."""
    if not bound.is_finite():
        return ENDLESS
    rounded: Numeral = Value.of(fraction(bound, True)).rounded_up(DIGITS)
    return rounded


def _about(found: Certification, is_beside: bool) -> Iterator[Sentence]:
    language = found.run.language
    arithmetic = words(language)[found.engine.arithmetic]
    yield said(language, "certified by" if found.variables else "certified by, points", arithmetic=arithmetic)
    if found.variables:
        yield (words(language)["beside the run" if is_beside else "not beside the run"],)


def _of_box(found: Certification, key: str) -> str:
    """A caption with the box in it."""
    word = words(found.run.language)
    if not found.variables:
        return word[f"{key}, points"].format()
    return word[key].format(box=_box(found))


def _box(found: Certification) -> str:
    keys = {v.name: v for v in found.variables}
    few = [f"${_in(_variable(found.run, v), _written(found.run, v))}$" for v in keys.values()]
    separator = words(found.run.language)["separator"]
    return separator.join(few if len(few) <= FEW else [*few[:2], r"$\dots$", few[-1]])


def _written(run: Run, v: Variable) -> Formula:
    """Both ends of a variable as decimals, where they are ones that are printed whole."""
    ends = [(given(Value.of(n), run.decimals), n) for n in (v.lower, v.upper)]
    return Spelling(run).interval(*(numeral if numeral.rational == n else n for numeral, n in ends))


def _in(latex: str, interval: Formula) -> str:
    return rf"{latex} \in {interval.latex}"


def _variable(run: Run, v: Variable) -> str:
    """What a key of a box names, in LaTeX."""
    name, _, entry = v.symbol.name.rstrip("]").partition("[")
    if v.t is None:
        place = tuple(map(int, entry.split(","))) if v.name == v.symbol.name else ()
        return entry_latex(run.notation, name, entry_label(run, name, place))
    if v.t == 0:
        return whole_at(run, name, "0") if v.name == f"{name}0" else name_at(run, name, int(entry), "0")
    time = run.t if v.name == f"{name}{entry}" else str(v.t)
    return name_at(run, name, int(entry), time)


# ---------------------------------------------------------------------- whether the claims hold


def _verdicts(found: Certification) -> Table:
    """Of each activation that a claim is about a row with a verdict for every step."""
    run, word = found.run, words(found.run.language)
    rows: dict[tuple[str, int, int, str], dict[int, Judged]] = {}
    for judged in (j for row in found.judged.values() for j in row):
        place: Place = judged.obligation.label
        claim = "" if judged.claim.is_point else judged.claim.text
        rows.setdefault((place.quantity, place.unit, place.k, claim), {})[place.t] = judged
    shown = [_verdict_row(run, row) for (q, unit, *_), row in _ordered(run, rows) if is_shown(run, q, unit)]
    beyond = map(Spelling(run).beyond, found.beyond)
    notes = (*(_claims(found) if found.variables else ()), *beyond, _always(found))
    return Table(
        "verdicts", times(run), (tuple(shown),), align_over_time(run, "r"), word["verdicts caption"], notes,
        tall=has_indices(run),
    )  # fmt: skip


def _ordered(run: Run, rows: dict[tuple[str, int, int, str], dict[int, Judged]]) -> Iterable[
    tuple[tuple[str, int, int, str], dict[int, Judged]]
]:  # fmt: skip
    order = list(run.units)
    return sorted(rows.items(), key=lambda row: (order.index(row[0][0]), *row[0][1:3]))


def _verdict_row(run: Run, row: dict[int, Judged]) -> Row:
    place: Place = next(iter(row.values())).obligation.label
    cells = [_verdict(run, row.get(t)) for t in range(1, len(run.x) + 1)]
    return Row(argument_name(place), argument_head(run, place), over_time(run, cells))


def _verdict(run: Run, judged: Judged | None) -> Cell:
    if judged is None:
        return Cell()
    word = words(run.language)[f"{judged.verdict.name} at a step"]
    return Cell((word,), stress=STRESS.get(judged.verdict, Stress.NONE))


def _claims(found: Certification) -> Iterator[Sentence]:
    """A sentence for each claim: its error, and on a violated one the error where the arguments really lie."""
    spelling = Spelling(found.run)
    for c in found.certificates:
        if c.obligations:
            yield _claim(spelling, c)


def _claim(spelling: Spelling, c: Certificate) -> Sentence:
    claim, bound = spelling.claim(c.claim), c.claim.approximation.bound.rounded_up(OF_CLAIMS)
    key = f"{c.verdict.name} on the box"
    if c.verdict is Verdict.PROVED:
        return said(spelling.run.language, key, claim=claim, bound=bound)
    interval = spelling.interval(*(Value.of(end).shown(4) for end in c.range))
    actual = c.actual.bound.rounded_up(OF_CLAIMS)
    return said(spelling.run.language, key, claim=claim, interval=interval, actual=actual, bound=bound)


# ---------------------------------------------------------------------- what holds at all times


def _always(found: Certification) -> Sentence:
    run, always = found.run, found.always
    if always.bounds is None:
        why = always.why
        assert why is not None
        parts = {key: _part(run, part) for key, part in why.parts.items()}
        return said(run.language, "never", why=said(run.language, why.key, **parts))
    inputs = listed(
        (Formula(_in(_component(run, name), _interval(run, i))) for name, i in always.inputs.items()),
        words(run.language)["separator"],
    )
    bounds = (
        Formula(rf"\left|\varepsilon({name_at(run, q, unit, run.t)})\right| \le {_latex(pair)}")
        for (q, unit), pair in always.bounds.items()
        if q in run.cell.states and is_shown(run, q, unit)
    )
    return said(run.language, "always", inputs=inputs, bounds=listed(bounds, words(run.language)["separator"]))


def _part(run: Run, part: Claim | Grows | str) -> Part | Sentence:
    """What stands in a place of the sentence that says why nothing holds."""
    if isinstance(part, Claim):
        return Spelling(run).claim(part)
    if isinstance(part, Grows):
        latex = name_at(run, part.quantity, part.unit, run.t)
        return Formula(rf"\left|\varepsilon({latex})\right|" if part.is_error else rf"\left|{latex}\right|", str(part))
    is_number = part.replace(".", "").isdigit()
    return part.replace(".", words(run.language)["decimal mark"]) if is_number else part


def _component(run: Run, key: str) -> str:
    name = next(n for n in run.sequences if key.removeprefix(n).isdecimal())
    return name_at(run, name, int(key.removeprefix(name)), run.t)


def _interval(run: Run, i: Interval) -> Formula:
    return Spelling(run).interval(*(end.shown(run.decimals) for end in outer(i)))


def _latex(pair: Pair) -> str:
    bound = spelled(magnitude(pair.error.lower, pair.error.upper))
    return bound.latex() if isinstance(bound, Numeral) else bound.latex
