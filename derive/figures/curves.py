"""The curves of a run: its quantities over time, the error of its states, the error of an approximation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sympy import Add, Mul, Rational, oo

from derive.approximation.bounds import Approximation
from derive.approximation.claim import x
from derive.claims.certify import Certificate
from derive.claims.propagate import propagate
from derive.errors import DeriveError, RunError, shown
from derive.exact.value import Value
from derive.figures.drawing import Drawing
from derive.figures.label import Label
from derive.figures.pgfplots import drawing
from derive.figures.plot import MARKS, STYLES, TYPE, Curve, Place, Plot
from derive.notation.names import Notation
from derive.notation.prose import plain
from derive.notation.quantity import Quantity
from derive.notation.words import speaking, spoken, words
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import ordered

if TYPE_CHECKING:
    from derive.run.data import Run

POINTS, BEYOND = 200, 4  # places of a curve; how far a half-line is drawn where nothing says more
FEW = 25  # time steps up to which each has its mark
COLUMN, LONGEST = 252.0, 90.0  # pt: of a figure, and of a formula beside an axis
KINDS = ("values", "errors")


def of_run(run: Run, *names: str, kind: str = "values", width: float = COLUMN) -> Drawing:
    """Quantities over time, or the errors of the states: see ``Run.plot``."""
    if kind not in KINDS:
        raise RunError(f"kind is {shown(kind)}, expected 'values' or 'errors'")
    with speaking(run.language):
        return drawing((_values if kind == "values" else _errors)(run, names, width))


def _values(run: Run, names: Sequence[str], width: float) -> Plot:
    chosen = [run.quantity(n) for n in names] or [(q, 1) for q in dict.fromkeys([*run.cell.gates, *run.cell.states])]
    steps = run.steps()
    rows = [
        (q, unit, [(float(t), float(steps.value(t, q, unit))) for t in _times(run, q)]) for q, unit in chosen
    ]  # a state's row begins with its initial value
    return Plot(Label(run.t), Label(""), _curves(run, rows), whole=True, title=plain(run.title), width=width)


def _times(run: Run, q: str) -> range:
    return range(0 if q in run.cell.states else 1, len(run.x) + 1)


def _errors(run: Run, names: Sequence[str], width: float) -> Plot:
    if not run.claims:
        raise RunError("the run claims no approximations, so its states have no error; add [[claims]] to it")
    wanted = [run.quantity(n) for n in names]
    rows = []
    for (q, unit), differences in propagate(run).differences.items():
        if not wanted or (q, unit) in wanted:
            sizes = [(float(d.t), abs(float(d.delta))) for d in differences]
            rows.append((q, unit, [(t, size) for t, size in sizes if size > 0]))
    if not any(places for _, _, places in rows):
        raise RunError(f"{shown(', '.join(names) or 'every state')}: no error to draw on an axis of powers of ten")
    y = Label(rf"\text{{{words(run.language)['error']}}}")
    return Plot(Label(run.t), y, _curves(run, rows), log=True, whole=True, title=plain(run.title), width=width)


def _curves(run: Run, rows: Iterable[tuple[str, int, list[Place]]]) -> list[Curve]:
    marks = MARKS if len(run.x) <= FEW else ("",)
    found = []
    for k, (q, unit, places) in enumerate(rows):
        notation = run.notation.indexed_by("").of_unit(unit if run.units[q] > 1 else "")
        name = Label(notation.symbol_latex(q))
        found.append(Curve(name, tuple(places), STYLES[k % len(STYLES)], marks[k % len(marks)]))
    return found


# ---------------------------------------------------------------------- approximations


def of_approximation(approximation: Approximation, *arguments: Any, width: float = COLUMN) -> Drawing:
    """The error over the interval, with arguments as dots: see ``Approximation.plot``."""
    values = [a if isinstance(a, Value) else Value.of(a) for a in arguments]
    outside = [v for v in values if v < approximation.lower or v > approximation.upper]
    return drawing(_error(approximation, values, outside, (approximation.lower, approximation.upper), width))


def of_certificate(certificate: Certificate, width: float = COLUMN) -> Drawing:
    """The error of a claim with the arguments that occur under it: see ``Certificate.plot``."""
    claim = certificate.claim
    arguments = [e for o in certificate.obligations for e in dict.fromkeys(o.ends)]
    violated = [e for o in certificate.violated for e in dict.fromkeys(o.ends)]
    return drawing(_error(claim.approximation, arguments, violated, claim.domain, width))


def _error(
    approximation: Approximation, arguments: Sequence[Value], outside: Sequence[Value], domain: Any, width: float
) -> Plot:
    """D = replacement - exact from end to end, as far as arguments lie."""
    near = [_rational(a) for a in arguments]
    ends = [e for e in domain if e.is_finite]
    low, high = min([*ends, *near]), max([*ends, *near])
    low = low - BEYOND if domain[0] == -oo and low == high else low
    high = high + BEYOND if domain[1] == oo and low == high else high
    if low == high:
        low, high = low - 1, high + 1
    grid = [low + (high - low) * Rational(k, POINTS) for k in range(POINTS + 1)]
    places = tuple((float(p), d) for p in grid if (d := _difference(approximation, Value.of(p))) is not None)
    dots = [(float(a), d) for a in arguments if (d := _difference(approximation, a)) is not None]
    rings = [(float(a), d) for a in outside if (d := _difference(approximation, a)) is not None]
    bounds = [float(e) for e in ends] if outside or len(ends) < 2 else []
    write = Notation({"x": Quantity("x", time="")}).latex
    minus = Mul(-1, approximation.exact_at(x, evaluate=False), evaluate=False)
    name = Label(write(ordered(Add, [approximation.replacement, minus]) if approximation.replacement != 0 else minus))
    if name.width(TYPE) > LONGEST:
        name = Label(rf"\text{{{spoken()['error']}}}")
    curve = Curve(Label(""), places)
    return Plot(Label("x"), name, [curve], dots, rings, bounds, title=repr(approximation), width=width)


def _rational(value: Value) -> Any:
    return value.rational if value.rational is not None else value.significant(12).rational


def _difference(approximation: Approximation, place: Value) -> float | None:
    """The error at a place; None where it has none, as at a pole."""
    try:
        return float(evaluate(approximation.difference, {x: place}))
    except DeriveError:
        return None
