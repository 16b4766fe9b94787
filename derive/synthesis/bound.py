"""What given replacements of activations do to a run's states, on a box of inputs and over all of its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from math import ceil, floor, frexp, inf
from typing import Any

from sympy import Expr, Rational

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation, x
from derive.cells.load import load_cell
from derive.definition.cell import Cell
from derive.errors import DeriveError, RunError, shown, unknown
from derive.run.box import Variable, variables
from derive.run.data import Run
from derive.run.drawn import drawn_run
from derive.symbolic.table import Table
from derive.synthesis.over_time import ErrorOverTime, Replaced

MARGIN = Rational(1, 64)  # of an interval, by which it is made larger than what occurs
MOST_WALKS = 8
MOST_STEPS = 10_000
NUMPY = "bounds over many steps need NumPy: pip install 'derive-cells[torch]', or pip install numpy"


def error_over_time(
    run: Run | Cell,
    replacements: Mapping[str, Any],
    box: Mapping[str, Any] | None = None,
    *,
    steps: int | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int | None = None,
) -> ErrorOverTime:
    """What replaced activations do to the states of a run over all of its steps, on a box of inputs or weights.

    replacements: as for ``Cell.with_activations``: an equation's name (``g``) or an activation's (``tanh``), with what
    ``derive.approximate`` takes. box: inputs, initial states and weights as for ``run.certify``; ``{"W": (-0.1, 0.1)}``
    is all of W_ii, W_hi, ... steps: how many, by default the run's; more of them need every input in the box, by a name
    that holds at all steps.

    Of a cell alone, by itself or by its name, the box has every input, and ``steps`` and ``sizes``, such as
    ``{"hidden_size": 16}``, are given. Weights that are not in the box are drawn as those of its layers, with Python's
    ``random.Random(seed)``, by default 0; the title of ``.run`` says so. With all weights in the box, what is certified
    holds for all layers with such weights.

    Raises DeriveError where an error cannot be certified on the arguments that occur, and RunError for a key that is
    neither, a box that cannot be taken, what a cell alone needs and is not given, and where nothing finite is
    certified.
    """
    run, boxed = prepared(run, box, steps, sizes, seed)
    found = _by_group(run, replacements)

    def approximated(ends: Mapping[str, tuple[float, float]]) -> dict[str, Approximation]:
        return {key: approximate(exact, by, on=_looked_at(by, *ends[key])) for key, (exact, by) in found.items()}

    try:
        return settled(run, boxed, approximated, dict.fromkeys(found, 0.0))
    except RecursionError:
        raise DeriveError("a replacement is nested too deeply; write a simpler formula") from None


def prepared(
    run: Any,
    box: Mapping[str, Any] | None,
    steps: Any,
    sizes: Mapping[str, int] | None = None,
    seed: int | None = None,
) -> tuple[Run, tuple[Variable, ...]]:
    """The run with so many steps, of a cell alone one that is drawn, and the variables of the box."""
    if find_spec("numpy") is None:
        raise DeriveError(NUMPY)
    cell = load_cell(run) if isinstance(run, str) else run
    if isinstance(cell, Cell):
        if steps is None:
            raise RunError(f"steps is missing, and {cell.name} alone has none; give steps=100")
        return drawn_run(cell, {} if box is None else box, _counted(steps), sizes, seed)
    if not isinstance(run, Run):
        raise RunError(f"{shown(run)} is neither a run nor a cell; give derive.Run(cell, weights, x), or a cell")
    if sizes is not None or seed is not None:
        raise RunError(f"{'seed' if sizes is None else 'sizes'} is for a cell alone, and a run has weights; drop it")
    if steps is not None:
        run = _lasting(run, box or {}, steps)
    return run, variables(run, box or {})


def _counted(steps: Any) -> int:
    if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= MOST_STEPS:
        raise RunError(f"steps is {shown(steps)}, expected a whole number from 1 to {MOST_STEPS}")
    return steps


def _lasting(run: Run, box: Mapping[str, Any], steps: Any) -> Run:
    if run.cell.further:
        other = run.cell.further[0].name
        raise RunError(f"{run.cell.name} reads {other} beside x; run.certify alone bounds such a cell")
    steps = _counted(steps)
    names = [f"{run.cell.input.name}{k}" for k in range(1, run.input_size + 1)]
    missing = [n for n in names if n not in box]
    if steps > len(run.x) and missing:
        raise RunError(
            f"steps is {steps} and the run has {len(run.x)}: what {missing[0]} is after that is not known;"
            f" give it in the box, {missing[0]}=LOWER..UPPER"
        )
    rows = (*run.x, *[run.x[-1]] * steps)[:steps]
    return replace(run, x=rows, columns=(), loss=None, lr=None, hand={}, printed={}, box={})


def _by_group(run: Run, replacements: Mapping[str, Any]) -> dict[str, tuple[Expr, Any]]:
    """The activation and what replaces it, by the key of its group."""
    from derive.synthesis.walk import groups

    if not isinstance(replacements, Mapping) or not replacements:
        raise RunError(
            f"replacements is {shown(replacements)}, expected equations or activations with what replaces them, such"
            " as {'tanh': derive.pade('tanh', (3, 2))}"
        )
    every = list(groups(run))
    found: dict[str, tuple[Expr, Any]] = {}
    for key, by in replacements.items():
        here = [g for g in every if key in (g.key, type(g.formula).__name__)]
        if not here:
            known = [name for g in every for name in (g.key, type(g.formula).__name__)]
            raise RunError(f"{run.cell.name}: {unknown('equation or activation', key, dict.fromkeys(known))}")
        for g in here:
            if g.key in found:
                raise RunError(f"{run.cell.name}: the activation of {g.key} is replaced twice; name it once")
            found[g.key] = g.formula, by
    return found


def settled(
    run: Run,
    boxed: Sequence[Variable],
    approximated: Callable[[Mapping[str, tuple[float, float]]], Mapping[str, Approximation]],
    errors: Mapping[str, float],
) -> ErrorOverTime:
    """The bound for replacements that depend on where they are asked for; errors: to begin with."""
    from derive.synthesis.walk import Walk

    ends: dict[str, tuple[float, float]] = {}
    made: Mapping[str, Approximation] = {}
    for _ in range(MOST_WALKS):
        walk = Walk(run, boxed, errors=errors)
        bounds = walk.bounded()
        occurs = walk.arguments
        if made and all(within(occurs[key], made[key]) for key in made):
            replaced = [Replaced(k, a.exact_at(x), a, errors[k], occurs[k]) for k, a in made.items()]
            return ErrorOverTime(run, tuple(boxed), tuple(replaced), bounds)
        ends = {
            k: (min(lo, ends.get(k, (lo, hi))[0]), max(hi, ends.get(k, (lo, hi))[1])) for k, (lo, hi) in occurs.items()
        }
        made = approximated(ends)
        errors = {key: error_of(a) for key, a in made.items()}
    raise RunError("the arguments that occur grow with every walk; give a smaller box, or fewer steps")


def error_of(approximation: Approximation) -> float:
    """What the error does not exceed, rounded up."""
    from derive.exact import arrays

    return arrays.double(approximation.bound.ball(64).upper(), inf)


def within(occurs: tuple[float, float], on: Approximation) -> bool:
    return bool(on.lower <= Rational(occurs[0]) and Rational(occurs[1]) <= on.upper)


def around(lower: float, upper: float) -> tuple[Rational, Rational]:
    """A somewhat larger interval, its ends of few digits, so that several activations may have the same."""
    low, high = Rational(lower), Rational(upper)
    margin = max(high - low, Rational(1, 64)) * MARGIN
    grid = Rational(2) ** (frexp(float(margin))[1] + 1)
    return floor((low - margin) / grid) * grid, ceil((high + margin) / grid) * grid


def _looked_at(by: Any, lower: float, upper: float) -> tuple[Rational, Rational]:
    """The interval around the arguments, inside that of a table without values outside, if it covers them."""
    low, high = around(lower, upper)
    ends = isinstance(by, type) and issubclass(by, Table) and by.outside == "error"
    if ends and by.lower <= Rational(lower) and Rational(upper) <= by.upper:
        return max(low, by.lower), min(high, by.upper)
    return low, high
