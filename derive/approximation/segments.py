"""Formulas with kinks and jumps in pieces: the intervals and the points between which no branch changes.

Max, Min, Abs, sign and Piecewise choose by the sign of a difference. Where that is a rational function, the interval is
cut at its rational zeros and poles, exactly; a branch is chosen where its sign is certain. Any other choice (a kink at
√2, a condition on tanh x) stays in the formula, and is enclosed on the cells where it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sympy import (
    Abs,
    Expr,
    Integer,
    Max,
    Min,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    log,
    nan,
    preorder_traversal,
    sign,
    zoo,
)
from sympy.core.relational import Relational

from derive.approximation.enclosure import Enclosing, truth
from derive.errors import DeriveError
from derive.exact.intervals import Interval
from derive.exact.rational_function import RationalFunction
from derive.exact.value import Value
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate, written_out
from derive.symbolic.piecewise_linear import affine

KINKED = (Abs, Max, Min, Piecewise, sign)
MOST_CUTS = 200
LONGEST, DEEPEST = 3_000, 80  # operations of a formula that is written out, and how deeply they are nested


@dataclass(frozen=True)
class Segment:
    """The open interval between ``lower`` and ``upper``, or a point where they are equal, and the formulas there."""

    lower: Expr
    upper: Expr
    formulas: tuple[Expr, ...]

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)


def opened(expr: Expr) -> Expr:
    """The expression with every activation that has kinks written out; the smooth ones keep their short derivatives."""
    return expr.replace(lambda e: isinstance(e, Activation) and _has_kinks(e.func), lambda e: opened(e.value(*e.args)))


def _has_kinks(activation: Any) -> bool:
    return bool(written_out(activation)[1].has(*KINKED))


def check_written_out(expr: Expr) -> None:
    """Raises DeriveError for an expression that is nested too deeply, or too long with its activations written out."""

    def depth(node: Any) -> int:
        return 1 + max(map(depth, node.args), default=0)

    def operations(node: Any) -> int:
        if not isinstance(node, Activation):
            return min(1 + sum(map(operations, node.args)), LONGEST + 1)
        symbols, formula = written_out(node.func)
        every = list(preorder_traversal(formula))
        return min(len(every) + every.count(symbols[0]) * operations(node.args[0]), LONGEST + 1)

    if depth(expr) > DEEPEST:
        raise DeriveError(f"the replacement is nested more than {DEEPEST} deep; write a simpler formula")
    if operations(expr) > LONGEST:
        raise DeriveError(f"the replacement, written out, has more than {LONGEST} operations; write a simpler formula")


def elementary(expr: Expr) -> Expr:
    """The expression with every activation written out."""
    return expr.replace(lambda e: isinstance(e, Activation), lambda e: elementary(e.value(*e.args)))


def rational_function(expr: Expr, x: Symbol) -> RationalFunction | None:
    """The rational function that an opened expression is: of the activations, only lines are one."""
    return RationalFunction.of(expr.replace(lambda e: isinstance(e, affine), lambda e: e.value(*e.args)), x)


def is_singular(node: Expr) -> bool:
    """Whether it is a logarithm, or a power with a pole or a root where its base is 0."""
    return isinstance(node, log) or (isinstance(node, Pow) and not (node.exp.is_Integer and node.exp > 0))


def segments(formulas: Sequence[Expr], x: Symbol, lower: Expr, upper: Expr) -> list[Segment]:
    """The closed interval in segments from left to right, its finite ends and every cut as points of their own."""
    whole = tuple(opened(f) for f in formulas)
    if lower == upper:
        return [_segment(whole, x, lower, upper)[0]]
    inner = _split(whole, x, lower, upper)
    ends = [end for end in (lower, upper) if end.is_finite]
    cuts = dict.fromkeys([*ends, *(s.lower for s in inner[1:])])
    points = [_segment(whole, x, p, p)[0] for p in cuts]
    return sorted([*inner, *points], key=lambda s: (s.lower, s.upper))


def _split(formulas: tuple[Expr, ...], x: Symbol, lower: Expr, upper: Expr) -> list[Segment]:
    """The open intervals."""
    segment, cuts = _segment(formulas, x, lower, upper)
    if not cuts:
        return [segment]
    if len(cuts) > MOST_CUTS:
        raise DeriveError(f"more than {MOST_CUTS} kinks and poles; give a shorter interval")
    found: list[Segment] = []
    for u, v in pairwise([lower, *sorted(cuts), upper]):
        found += _split(formulas, x, u, v)
    return found


def _segment(formulas: tuple[Expr, ...], x: Symbol, lower: Expr, upper: Expr) -> tuple[Segment, set[Rational]]:
    chooser = _Chooser(x, lower, upper)
    return Segment(lower, upper, tuple(chooser.formula(f) for f in formulas)), chooser.cuts


def settled(expr: Expr, x: Symbol, lower: Expr, upper: Expr) -> Expr:
    """The expression with the choices made that are certain on the whole segment."""
    return _Chooser(x, lower, upper).formula(expr)


@dataclass
class _Chooser:
    """Makes the choices of a formula on a segment; ``cuts`` collects the places inside it where one may change."""

    x: Symbol
    lower: Expr
    upper: Expr

    def __post_init__(self) -> None:
        self.cuts: set[Rational] = set()

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    def formula(self, node: Any) -> Any:
        """The formula with every choice made that is certain."""
        if not node.args:
            return node
        if isinstance(node, Piecewise):
            return self._case(node)
        parts = [self.formula(a) for a in node.args]
        if isinstance(node, Abs | sign):
            known = self.sign(parts[0])
            if known is None:
                return node.func(*parts)
            return Integer(known) if isinstance(node, sign) else -parts[0] if known < 0 else parts[0]
        if isinstance(node, Max | Min):
            return self._extreme(node.func, parts)
        if is_singular(node):  # cut at a pole or a root: a cell that ends there has half a line for its values
            self._cut(parts[0])
            if not (isinstance(node, Pow) and node.exp.is_Integer) and not self.is_point and self.sign(parts[0]) == -1:
                raise DeriveError(f"{node} has no real value for x between {self.lower} and {self.upper}")
        return node.func(*parts)

    def _extreme(self, function: Any, parts: list[Expr]) -> Expr:
        left: list[Expr] = []
        for part in parts:
            signs = [self.sign(part - other) for other in left]
            wanted = 1 if function is Max else -1
            if any(s in (0, -wanted) for s in signs):
                continue
            left = [other for other, s in zip(left, signs, strict=True) if s != wanted] + [part]
        return left[0] if len(left) == 1 else function(*left)

    def _case(self, node: Piecewise) -> Expr:
        possible = []
        for formula, condition in node.args:
            holds = truth(condition, self._relation)
            if holds is False:
                continue
            possible.append((self.formula(formula), condition))
            if holds:
                break
        else:
            if not possible:
                raise DeriveError(f"no case of {node} applies; add one with the condition True")
        return possible[0][0] if len(possible) == 1 and holds else Piecewise(*possible, evaluate=False)

    def _relation(self, relation: Relational) -> int | None:
        return self.sign(self.formula(relation.lhs) - self.formula(relation.rhs))

    def sign(self, difference: Expr) -> int | None:
        """Of a difference, where it is certain for the whole segment."""
        if difference.has(nan, zoo):
            return None
        rational = rational_function(difference, self.x)
        if rational is None:
            return self._enclosed_sign(difference)
        if self.is_point:
            return rational.sign_at(self.lower)
        if self._cut(difference):
            return None
        return rational.sign_between(self.lower, self.upper)

    def _enclosed_sign(self, difference: Expr) -> int | None:
        if self.is_point or not difference.has(self.x):
            try:
                return evaluate(difference, {self.x: Value.of(self.lower)} if difference.has(self.x) else {}).sign()
            except DeriveError:  # undefined there
                return None
        cell = Interval(Interval.of(self.lower).lower, Interval.of(self.upper).upper)
        return Enclosing(difference, self.x).value(cell).sign

    def _cut(self, expr: Expr) -> bool:
        """Whether a rational function has rational zeros or poles inside; they are cut at."""
        rational = rational_function(expr, self.x)
        if rational is None or self.is_point:
            return False
        inside = [r for r in rational.zeros + rational.poles if self.lower < r < self.upper]
        self.cuts.update(inside)
        return bool(inside)
