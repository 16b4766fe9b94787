"""The curves of a run: its quantities over time, the error of its states, the error of an approximation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Any

from sympy import Add, Mul, Rational, oo

from derive.approximation.bounds import Approximation
from derive.approximation.claim import x
from derive.claims.certify import Certificate
from derive.claims.propagate import propagate
from derive.errors import DeriveError, RunError, shown, unknown
from derive.exact.value import Value
from derive.figures.drawing import Drawing
from derive.figures.label import Label
from derive.figures.pgfplots import drawing
from derive.figures.plot import MARKS, STYLES, TYPE, Curve, Place, Plot
from derive.notation.names import Notation
from derive.notation.prose import plain
from derive.notation.quantity import Quantity
from derive.notation.words import speaking, spoken, words
from derive.run.box import holds
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import ordered

if TYPE_CHECKING:
    from derive.run.data import Run

POINTS, BEYOND = 200, 4  # places of a curve; how far a half-line is drawn where nothing says more
MOST = 8  # curves of errors, above which those of units are one for each state
DRAWN = 1e12  # how many times as large as the smallest certified error that is drawn the largest one is at most
FEW = 25  # time steps up to which each has its mark
COLUMN, LONGEST = 252.0, 90.0  # pt: of a figure, and of a formula beside an axis
KINDS = ("values", "errors", "certified")


def of_run(run: Run, *names: str, kind: str = "values", width: float = COLUMN) -> Drawing:
    """Quantities over time, or the errors of the states: see ``Run.plot``."""
    if kind not in KINDS:
        raise RunError(f"kind is {shown(kind)}, expected 'values', 'errors' or 'certified'")
    with speaking(run.language):
        return drawing({"values": _values, "errors": _errors, "certified": _certified}[kind](run, names, width))


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
    _check_claims(run)
    wanted = [run.quantity(n) for n in names]
    rows = []
    for (q, unit), differences in propagate(run).differences.items():
        if not wanted or (q, unit) in wanted:
            sizes = [(float(d.t), abs(float(d.delta))) for d in differences]
            rows.append((q, unit, [(t, size) for t, size in sizes if size > 0]))
    if not any(places for _, _, places in rows):
        raise RunError(f"{shown(', '.join(names) or 'every state')}: no error to draw on an axis of powers of ten")
    y = Label(rf"\text{{{words(run.language)['error']}}}")
    many = not wanted and len(rows) > MOST
    curves = list(_largest(run, rows)) if many else _curves(run, rows)
    return Plot(Label(run.t), y, curves, log=True, whole=True, title=plain(run.title), width=width)


def _largest(run: Run, rows: Iterable[tuple[str, int, list[Place]]]) -> Iterator[Curve]:
    """A curve for each state: at each time step the largest of its units."""
    found: dict[str, dict[float, float]] = {}
    for q, _, places in rows:
        largest = found.setdefault(q, {})
        largest |= {t: max(size, largest.get(t, 0.0)) for t, size in places}
    for curve in _curves(run, [(q, 0, list(largest.items())) for q, largest in found.items()]):
        yield replace(curve, label=Label(rf"\max\,{curve.label.latex}"))


def _check_claims(run: Run) -> None:
    if not run.claims:
        raise RunError("the run claims no approximations, so its states have no error; add [[claims]] to it")


def _certified(run: Run, names: Sequence[str], width: float) -> Plot:
    """Of each state what its units are off by at most on the run's box, and below it those of the run."""
    _check_claims(run)
    for name in names:
        if name not in run.cell.states:
            raise RunError(unknown(f"state of {run.cell.name}", name, run.cell.states))
    marks = MARKS if len(run.x) <= FEW else ("",)
    kinds = [(run.certification, "")]
    if run.box and holds(run, run.certification.variables):
        kinds.append((run.certify({}), words(run.language)["in the run"]))
    curves = []
    for k, (state, (found, what)) in enumerate(product(names or run.cell.states, kinds)):
        bounds = [(float(t), float(found.largest_error(t, state))) for t in range(1, len(run.x) + 1)]
        name = run.cell.notation.indexed_by("").symbol_latex(state).replace("_{}", "")
        label = Label(name + (rf"\text{{, {what}}}" if what else ""))
        curves.append(
            Curve(label, tuple(p for p in bounds if 0 < p[1] < inf), STYLES[k % len(kinds)], marks[k % len(marks)])
        )
    if not any(c.places for c in curves):
        raise RunError(
            "no state has an error above 0 and a finite bound of it, which an axis of powers of ten can show"
        )
    least = max(size for c in curves for _, size in c.places) / DRAWN
    curves = [replace(c, places=tuple(p for p in c.places if p[1] >= least)) for c in curves]
    y = Label(rf"\text{{{words(run.language)['error at most']}}}")
    return Plot(Label(run.t), y, curves, log=True, whole=True, title=plain(run.title), width=width)


def _curves(run: Run, rows: Iterable[tuple[str, int, list[Place]]]) -> list[Curve]:
    marks = MARKS if len(run.x) <= FEW else ("",)
    found = []
    for k, (q, unit, places) in enumerate(rows):
        notation = run.notation.indexed_by("").of_unit(run.unit_label(q, unit) if unit else "")
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
