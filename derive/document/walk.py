"""What the page of a run needs to be walked and computed again: the run's numbers, the program of a step, formulas
with places for numbers. Written once for all time steps; the page's script fills the numbers in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup
from sympy import Expr, Rational, Symbol

from derive.backends.javascript.step import StepProgram, step_program
from derive.document.rows import columns_of, is_shown, series_of
from derive.errors import UnsupportedExpression, shown
from derive.exact.numeral import Numeral
from derive.figures.worked import MOST as MOST_DRAWN
from derive.figures.worked import formulas as drawn_formulas
from derive.files import environment
from derive.notation.figures import BORDER, LatexFigures
from derive.notation.mathml import mathml
from derive.notation.names import Notation
from derive.notation.quantity import numbered, previous
from derive.notation.words import words
from derive.run.data import Run
from derive.run.step import InStep, Step
from derive.run.units import LineUnits
from derive.statements.writing import at, entries

MOST = 4000  # numbers of a run's weights, for which a page has the program
_HOLE = re.compile(r"<mtext>⟦(\d+)⟧</mtext>")


@dataclass(frozen=True)
class WalkedLine:
    """An equation of one unit: its name, its place in the program, and its formulas in MathML, with empty elements
    ``<mn data-place="7">`` where numbers stand; substituted is empty where numbers cannot be written into it."""

    name: str
    place: int
    left: Markup
    symbolic: Markup
    substituted: Markup


@dataclass(frozen=True)
class Walk:
    """program: JavaScript with a function ``step``. data: what its numbers are. lines: of the equations that are
    shown."""

    program: str
    data: Mapping[str, Any]
    lines: tuple[WalkedLine, ...]

    @property
    def json(self) -> Markup:
        """The data as it stands in a page, where nothing of it can be taken for an element."""
        text = json.dumps(self.data)
        return Markup("".join(f"\\u{ord(c):04x}" if c in "<>&" else c for c in text))

    @cached_property
    def script(self) -> Markup:
        """The page's one script."""
        return Markup("\n" + self.program + "\n" + environment("html").get_template("walk.js").render())

    @property
    def hash(self) -> str:
        """The source by which a content security policy allows the script and no other."""
        digest = hashlib.sha256(self.script.encode()).digest()
        return f"sha256-{base64.b64encode(digest).decode()}"


def walk(run: Run, width: float | None) -> Walk:
    """What the page's script needs. width: of the diagrams of its steps, in pt; None where it has none.

    Raises UnsupportedExpression, with a sentence for the reader, for what a script cannot compute: more weights than a
    page should hold, a number beyond those of a machine, a function that JavaScript does not have.
    """
    weights = sum(1 for tensor in run.parameters.values() for _ in entries(tensor))
    if weights > MOST:
        raise UnsupportedExpression(words(run.language)["too many weights"].format(n=weights, most=MOST))
    drawn = {} if width is None else drawn_formulas(run, width)
    program = step_program(run.cell, run.sizes, drawn)
    places = dict(program.places)
    given = list(_given(run, places))
    data = _data(run, program, places, given) | {"drawn": _drawn(drawn, places), "most_drawn": MOST_DRAWN}
    return Walk(program.text, data, tuple(_lines(run, places)))


def _drawn(drawn: Mapping[str, Sequence[Expr]], places: Mapping[Symbol, int]) -> dict[str, list[int | None]]:
    """The places of the numbers of a diagram, by node; None of what is computed from several."""
    return {key: [places[f] if isinstance(f, Symbol) else None for f in row] for key, row in drawn.items()}


def _place(places: dict[Symbol, int], symbol: Symbol) -> int:
    return places.setdefault(symbol, len(places))


def _given(run: Run, places: dict[Symbol, int]) -> Iterator[dict[str, Any]]:
    """Every number that can be changed: its place, the step in whose list it stands (0: in all), its name as it is
    typed elsewhere, ``x1_3``, ``h0_2``, ``W_hi[1,2]``, and its value."""
    for x, rows in run.sequences.items():
        for t, row in enumerate(rows, 1):
            for k, number in enumerate(row, 1):
                place = _place(places, at(x, k))
                yield {"kind": "inputs", "name": f"{x}{k}_{t}", "place": place, "t": t, "value": _double(number)}
    for state, vector in run.initial.items():
        for k, number in enumerate(vector, 1):
            before = _place(places, at(previous(state).name, k))
            yield {"kind": "states", "name": f"{state}0_{k}", "place": before, "t": 1, "value": _double(number)}
    dependent = {p.name for p in run.cell.parameters if p.form != "full"}  # one entry of these cannot change alone
    for name, tensor in run.parameters.items():
        for entry, number in entries(tensor):
            symbol = at(name, *(entry or (1,)))
            yield {"kind": "fixed" if name in dependent else "weights", "name": str(symbol) if entry else name,
                   "place": _place(places, symbol), "t": 0, "value": _double(number)}  # fmt: skip


def _double(number: Rational) -> float:
    try:
        return int(number.p) / int(number.q)
    except OverflowError:
        raise UnsupportedExpression(f"{shown(number)} > 1.8e308") from None


def _data(run: Run, program: StepProgram, places: dict[Symbol, int], given: list[dict[str, Any]]) -> dict[str, Any]:
    carried = {
        _place(places, at(previous(s).name, k)): _place(places, at(s, k))
        for s, vector in run.initial.items()
        for k in range(1, len(vector) + 1)
    }
    named = {places[at(s, k)]: run.unit_name(s, k) for s, n in run.units.items() for k in range(1, n + 1)}
    for x, (row, *_) in run.sequences.items():
        named |= {places[at(x, k)]: run.unit_name(x, k) for k in range(1, len(row) + 1)}
    named |= {g["place"]: g["name"] for g in given if g["t"] == 0}
    word = words(run.language)
    return {
        "steps": len(run.x),
        "t": mathml(run.t).striptags(),
        "decimals": int(run.decimals),
        "significant": run.significant,
        "mark": word["decimal mark"],
        "places": len(places),
        "given": given,
        "carried": carried,
        "names": named,
        "reads": _shown_reads(program, {*named, *carried}),
        "rows": list(_rows(run, places)),
        "columns": columns_of(run),
        "words": {key: word[key] for key in ("comes from", "goes to", "inputs", "states", "weights")},
    }


def _rows(run: Run, places: Mapping[Symbol, int]) -> Iterator[int | None]:
    """What each row of the table of values is of; None for the dots after a group of which some are left out."""
    for group in series_of(run):
        kept = [s for s in group if is_shown(run, s.quantity, s.unit)]
        yield from (places[at(s.quantity, s.unit)] for s in kept)
        if len(kept) < len(group):
            yield None


def _shown_reads(program: StepProgram, named: set[int]) -> dict[int, list[int]]:
    """What each named number comes from, through those that have no name for people."""
    found: dict[int, list[int]] = {}
    for target, sources in program.reads.items():
        through = (q for p in sources for q in ([p] if p in named else found.get(p, [])))
        found[target] = list(dict.fromkeys(through))
    return {p: sources for p, sources in found.items() if p in named}


# ---------------------------------------------------------------------- formulas with places for numbers


class _Hole(Numeral):
    """The place of a number in a formula; digits: which."""


class _Holes(LatexFigures):
    def number(self, numeral: Numeral) -> str:
        return rf"\text{{⟦{numeral.digits}⟧}}" if isinstance(numeral, _Hole) else super().number(numeral)


class _AnyStep(InStep):
    """A step's notation with the letter of time in the place of its number."""

    index = Notation.index  # type: ignore[assignment, unused-ignore]


def _lines(run: Run, places: Mapping[Symbol, int]) -> Iterator[WalkedLine]:
    notation = _AnyStep.of(run.notation)
    lowered = {line.target.name: LineUnits(run.cell, line, run.sizes) for line in run.cell.lowered_lines}
    for step in run.steps().at(1):
        if is_shown(run, step.quantity, step.unit):
            formula = lowered[step.quantity].entry(step.unit)
            yield _line(run, step, _AnyStep.of(notation, unit=step.notation.unit), formula, places)


def _line(run: Run, step: Step, notation: InStep, formula: Any, places: Mapping[Symbol, int]) -> WalkedLine:
    holes = {s: _Hole(places[s], 0) for s in formula.free_symbols}
    try:
        substituted = _filled(mathml(f"= {_Holes(holes).text(formula)}".replace(BORDER, "")))
    except UnsupportedExpression:  # a formula by cases: which of them holds is not known before the numbers are
        substituted = Markup("")
    return WalkedLine(
        numbered(step.quantity, step.label),
        places[at(step.quantity, step.unit)],
        mathml(notation.symbol_latex(step.quantity)),
        mathml(f"= {notation.latex(step.whole)}"),
        substituted,
    )


def _filled(formula: Markup) -> Markup:
    return Markup(_HOLE.sub(r'<mn data-place="\1"></mn>', str(formula)))
