"""What a cell's equations prove of its states, whatever weights and inputs are: an interval that no step leaves.

The statements are walked with intervals, from the initial states on, and again with what came out, until nothing grows;
an end that still grows then is infinite. Of a product of a matrix nothing is known, so what bounds a state is the range
of its activations. A formula that is affine in a quantity, as (1 - z) n + z h is in each, has its least and its largest
value where that quantity is at an end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import count
from typing import Any

from sympy import Add, Expr, Max, Min, Mul, Piecewise, Symbol, sympify

from derive.approximation.claim import x
from derive.approximation.enclosure import Enclosing
from derive.definition.cell import Cell
from derive.enclosure.decimals import decimals, fraction
from derive.errors import DeriveError
from derive.exact.intervals import INFINITY, ONE, WHOLE, ZERO, Interval, add, intersection, multiply, point, union
from derive.symbolic.expressions import readings
from derive.symbolic.nodes import FunctionNode

Box = Mapping[Symbol, Interval]

PLAIN_STEPS = 3  # before an end that still grows is infinite
DIGITS = 6  # of an end that is printed
MOST_CORNERS = 6  # quantities of a formula that are taken at their ends


def state_bounds(cell: Cell) -> dict[str, Interval]:
    """Of each state all that it may be at any step, with infinite ends where nothing is proved.

    States start as the definition says, or anywhere in these intervals; constants have their defaults, weights and
    inputs any value. Numbers are exact here: a machine's rounding may lead beyond an end by as much.
    """
    initial = {state: Interval.of(sympify(cell.starts.get(state, 0))) for state in cell.states}
    bounds = initial
    for k in count():
        after = _after(cell, bounds)
        grown = {state: union(bounds[state], after[state]) for state in bounds}
        if grown == bounds:
            return {state: union(initial[state], after[state]) for state in bounds}
        bounds = grown if k < PLAIN_STEPS else {s: _widened(bounds[s], grown[s]) for s in bounds}
    raise AssertionError


def _widened(old: Interval, new: Interval) -> Interval:
    return Interval(
        old.lower if new.lower == old.lower else -INFINITY, old.upper if new.upper == old.upper else INFINITY
    )


def _after(cell: Cell, states: Mapping[str, Interval]) -> dict[str, Interval]:
    """What the states may be after a step."""
    box = {cell.previous(state): interval for state, interval in states.items()}
    box |= {p.symbol: Interval.of(sympify(p.default)) for p in cell.constants if p.default is not None}
    walk = _Walk(box)
    for statement in cell.statements:
        statement.operations(walk)
    return {state: walk.box[Symbol(state)] for state in states}


@dataclass
class _Walk:
    """The ``Builder`` that answers with intervals."""

    box: dict[Symbol, Interval]

    def _known(self, interval: Interval, target: Symbol | None) -> Symbol:
        symbol = target or Symbol(f"{len(self.box)}")
        self.box[symbol] = interval
        return symbol

    def pointwise(self, expr: Expr, size: str = "", target: Symbol | None = None) -> Symbol:
        return self._known(range_of(expr, self.box), target)

    def matmul(self, weight: Symbol, operand: Symbol, *_: Any, target: Symbol | None = None, **__: Any) -> Symbol:
        return self._known(WHOLE, target)

    def reduce(self, how: str, parts: Sequence[Symbol], target: Symbol | None = None, *, stem: str = "") -> Symbol:
        within = WHOLE if how == "sum" else reduce(union, (self.box.get(q, WHOLE) for q in parts))
        return self._known(within, target)

    def broadcast(self, source: Symbol, size: str, target: Symbol | None = None) -> Symbol:
        return self._known(self.box.get(source, WHOLE), target)

    def scan(self, source: Symbol, *, reverse: bool = False, heads: str = "", target: Symbol | None = None) -> Symbol:
        return self._known(WHOLE, target)

    def reduce_by_head(self, how: str, source: Symbol, heads: str, target: Symbol | None = None) -> Symbol:
        return self._known(WHOLE if how == "sum" else self.box.get(source, WHOLE), target)

    def softmax(self, source: Symbol, heads: str = "", target: Symbol | None = None) -> Symbol:
        return self._known(Interval(ZERO, ONE), target)

    def contract(
        self, factors: Sequence[Symbol], sizes: Sequence[str], axes: str, target: Symbol | None = None
    ) -> Symbol:
        return self._known(WHOLE, target)


# ---------------------------------------------------------------------- text


def ends(interval: Interval) -> tuple[str | None, str | None]:
    """Both ends as decimals, rounded outwards; None for an infinite one."""
    finite = [fraction(end, up) if end.is_finite() else None for end, up in zip(interval, (False, True), strict=True)]
    lower, upper = (None if f is None else str(decimals(f, f, DIGITS)[up]) for up, f in enumerate(finite))
    return lower, upper


def inequality(name: str, interval: Interval) -> str:
    """As people write it: |h| ≤ 1, 0 ≤ n; nothing where nothing is proved."""
    lower, upper = ends(interval)
    if upper and lower == f"-{upper}":
        return f"|{name}| ≤ {upper}"
    parts = [lower and lower.replace("-", "−"), name, upper and upper.replace("-", "−")]
    return " ≤ ".join(part for part in parts if part) if lower or upper else ""


# ---------------------------------------------------------------------- formulas


def range_of(expr: Expr, box: Box) -> Interval:
    """All values of a formula where its quantities are in the box, those that it lacks anywhere."""
    often = Counter(readings(expr))
    affine = [q for q, n in often.items() if n > 1 and box.get(q, WHOLE).is_finite and _is_affine(expr, q)]
    found = _plain(expr, box)
    return intersection(found, _at_ends(expr, box, affine[:MOST_CORNERS])) if affine else found


@lru_cache(1024)  # cells have formulas in common, and each is asked about by every backend
def _is_affine(expr: Expr, q: Symbol) -> bool:
    return not expr.diff(q).has(q)


def _at_ends(expr: Expr, box: Box, affine: Sequence[Symbol]) -> Interval:
    if not affine:
        return _plain(expr, box)
    q, *others = affine
    low, high = (_at_ends(expr, {**box, q: point(end)}, others) for end in box[q])
    return union(low, high)


def _plain(node: Any, box: Box) -> Interval:
    if isinstance(node, FunctionNode):
        return _plain(node.formula, box)
    if isinstance(node, Symbol):
        return box.get(node, WHOLE)
    if not node.free_symbols:
        return Enclosing(node, x).value(WHOLE)
    parts = [_plain(a, box) for a in node.args] if isinstance(node, Add | Mul | Max | Min) else []
    match node:
        case Add():
            return reduce(add, parts)
        case Mul():
            return reduce(multiply, parts)
        case Max():
            return Interval(max(p.lower for p in parts), max(p.upper for p in parts))
        case Min():
            return Interval(min(p.lower for p in parts), min(p.upper for p in parts))
        case Piecewise():
            return reduce(union, (_plain(case.args[0], box) for case in node.args))
    return _of_one(node, box)


def _of_one(node: Any, box: Box) -> Interval:
    """A function of one thing that varies; of any other nothing is known."""
    varying = [k for k, a in enumerate(node.args) if a.free_symbols]
    if len(varying) != 1:
        return WHOLE
    args = [x if k in varying else a for k, a in enumerate(node.args)]
    try:
        return Enclosing(node.func(*args, evaluate=False), x).value(_plain(node.args[varying[0]], box))
    except (DeriveError, NotImplementedError):  # an activation may have no formula
        return WHOLE
