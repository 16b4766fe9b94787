"""A formula as a program of interval arithmetic: what its value, slope and curvature may be on a cell.

Where a cell does not tell which branch of Max, Min, Abs, sign or Piecewise applies, the result covers all that may: the
slope of a kink lies between those of its branches, and at a jump there is none (``WHOLE``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Abs, Add, Basic, Expr, Max, Min, Mul, Piecewise, Pow, Symbol, cos, erf, exp, log, pi, sign, sin
from sympy import E as euler
from sympy import tanh as sympy_tanh
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanFalse, BooleanTrue, Not, Or

from derive.errors import DeriveError
from derive.exact import functions
from derive.exact.functions import Derivatives, Function
from derive.exact.intervals import (
    NOTHING,
    ONE,
    WHOLE,
    Interval,
    add,
    intersection,
    magnitude,
    multiply,
    negative,
    outwards,
    power,
    union,
)
from derive.exact.rational_function import RationalFunction
from derive.symbolic.activation import Activation
from derive.symbolic.activations import gelu, sigmoid, silu, softplus, tanh

LARGEST_PROGRAM = 4_000  # steps, which is some hundred times those of a claim that fills a line
LARGEST_POWER = 2**16

Jet = Derivatives  # f, f' and f''/2 over the cell
Rule = Callable[..., Jet]  # of the cell, the order, and the operands' jets

FUNCTIONS: dict[Any, Function] = {
    exp: functions.exp,
    log: functions.log,
    sympy_tanh: functions.tanh,
    tanh: functions.tanh,
    sigmoid: functions.logistic,
    softplus: functions.softplus,
    erf: functions.erf,
    sin: functions.sin,
    cos: functions.cos,
}
CONSTANTS = {pi: arb.pi, euler: arb.const_e}
GATED: dict[type[Activation], Function] = {silu: functions.logistic, gelu: functions.normal}  # x times that
KNOWN = "Abs, Add, Max, Min, Mul, Piecewise, Pow, cos, erf, exp, log, sign, sin, tanh, pi, E or an activation"


class Enclosing:
    """A formula in x, over intervals: ``program(cell)`` contains all its values there.

    Raises DeriveError for a function without a rule and for a formula that is too long.
    """

    def __init__(self, expr: Expr, x: Symbol) -> None:
        self._x = x
        self._steps: list[tuple[Rule, tuple[int, ...]]] = []
        self._index: dict[Basic, int] = {}
        self._varying: list[bool] = []  # whether a step depends on x
        self._constants: dict[int, list[Jet]] = {}  # by precision, what the other steps give
        self._last = self._add(expr)

    def __len__(self) -> int:
        return sum(self._varying)

    def __call__(self, cell: Interval, order: int = 0) -> Jet:
        """f, f' and f''/2 over the cell, up to the order wanted."""
        known = self._constants.get(ctx.prec)
        if known is None:
            known = self._constants[ctx.prec] = self._run(NOTHING, 2, None)
        return self._run(cell, order, known)[self._last]

    def _run(self, cell: Interval, order: int, known: list[Jet] | None) -> list[Jet]:
        found: list[Jet] = []
        for k, (rule, operands) in enumerate(self._steps):
            if self._varying[k] == (known is not None):
                found.append(rule(cell, order, *(found[j] for j in operands)))
            else:
                found.append(known[k] if known else [])
        return found

    def value(self, cell: Interval) -> Interval:
        return self(cell)[0]

    # ------------------------------------------------------------------ reading a formula

    def _step(self, rule: Rule, *operands: int) -> int:
        if len(self._steps) >= LARGEST_PROGRAM:
            raise DeriveError(f"the formula has more than {LARGEST_PROGRAM} operations; write a shorter one")
        self._steps.append((rule, operands))
        self._varying.append(rule is _variable or any(self._varying[k] for k in operands))
        return len(self._steps) - 1

    def _add(self, node: Basic, within: bool = False) -> int:
        """The place of a node's value; equal nodes are calculated once. within: inside a rational function of x."""
        if node not in self._index:
            rational = None if within or not node.args else RationalFunction.of(node, self._x)
            place = self._read(node, rational is not None or within)
            if rational is not None and rational.denominator.degree() + rational.numerator.degree() > 0:
                place = self._step(_reduced(rational, any(p.exp.is_negative for p in node.atoms(Pow))), place)
            self._index[node] = place
        return self._index[node]

    def _read(self, node: Any, within: bool = False) -> int:
        if node == self._x:
            return self._step(_variable)
        if node.is_Rational:
            constant = fmpq(int(node.p), int(node.q))
            return self._step(lambda cell, order: [outwards(arb(constant)), NOTHING, NOTHING])
        if node in CONSTANTS:
            number = CONSTANTS[node]
            return self._step(lambda cell, order: [outwards(number()), NOTHING, NOTHING])
        if node.func in FUNCTIONS:
            return self._step(_chain(FUNCTIONS[node.func]), self._add(node.args[0]))
        match node:
            case Add():
                return self._fold(_sum, self._terms(node, within))
            case Mul():
                return self._fold(_product, [self._add(a, within) for a in node.args])
            case Pow():
                return self._power(node, within)
            case Max() | Min():
                parts = [self._add(a) for a in node.args]
                return self._fold(_largest if isinstance(node, Max) else _smallest, parts)
            case Abs() | sign():
                return self._step(_absolute if isinstance(node, Abs) else _sign, self._add(node.args[0]))
            case Piecewise():
                return self._cases(node)
            case Activation():
                return self._activation(node)
        raise DeriveError(f"{node} cannot be enclosed; write it with {KNOWN}")

    def _fold(self, rule: Rule, places: Sequence[int]) -> int:
        return reduce(lambda a, b: self._step(rule, a, b), places)

    def _terms(self, node: Add, within: bool) -> list[int]:
        """The terms that are rational in x go together: far out they are one function, where ∞ - ∞ is unknown."""
        rational = [] if within else [a for a in node.args if RationalFunction.of(a, self._x) is not None]
        others = [a for a in node.args if a not in {*rational}]
        if len(rational) > 1 and others:
            return [self._add(Add(*rational)), *map(self._add, others)]
        return [self._add(a, within) for a in node.args]

    def _power(self, node: Pow, within: bool) -> int:
        base, exponent = node.args
        if exponent.is_Rational and max(abs(exponent.p), exponent.q) > LARGEST_POWER:
            raise DeriveError(f"the power in {node} is too high to be enclosed; at most {LARGEST_POWER} is")
        if exponent.is_Integer:
            return self._step(_chain(functions.integer_power(int(exponent))), self._add(base, within))
        if exponent.is_Rational:
            return self._step(_chain(functions.fractional_power(exponent)), self._add(base))
        logarithm = self._step(_chain(functions.log), self._add(base))
        return self._step(_chain(functions.exp), self._step(_product, self._add(exponent), logarithm))

    def _activation(self, node: Activation) -> int:
        if type(node) not in GATED:
            return self._add(node.value(*node.args))
        argument = self._add(node.args[0])
        gate = self._step(_chain(GATED[type(node)]), argument)
        return self._step(_bowl(type(node)), argument, self._step(_product, argument, gate))

    def _cases(self, node: Piecewise) -> int:
        """Operands: the differences that the conditions compare with 0, then the formulas."""
        relations = sorted({r for _, c in node.args for r in c.atoms(Relational)}, key=str)
        differences = [self._add(r.lhs - r.rhs) for r in relations]
        formulas = [self._add(f) for f, _ in node.args]
        conditions = [c for _, c in node.args]

        def rule(cell: Interval, order: int, *jets: Jet) -> Jet:
            signs = {r: jet[0].sign for r, jet in zip(relations, jets, strict=False)}
            possible = []
            for condition, jet in zip(conditions, jets[len(relations) :], strict=True):
                holds = truth(condition, signs.__getitem__)
                if holds is not False:
                    possible.append(jet)
                if holds:
                    break
            else:
                return [WHOLE] * (order + 1)
            return possible[0] if len(possible) == 1 else _jump(order, [jet[0] for jet in possible])

        return self._step(rule, *differences, *formulas)


def truth(condition: Basic, sign: Callable[[Relational], int | None]) -> bool | None:
    """Whether a condition holds, given the signs of its relations' left side minus right; None where that is unknown.

    Raises DeriveError for a condition of another kind.
    """
    match condition:
        case BooleanTrue() | BooleanFalse():
            return bool(condition)
        case Relational():
            known = sign(condition)
            return None if known is None else bool(condition.func(known, 0))
        case Not():
            inner = truth(condition.args[0], sign)
            return None if inner is None else not inner
        case ITE():
            which, yes, no = (truth(c, sign) for c in condition.args)
            return yes if which or yes == no else no if which is False else None
        case And() | Or():
            settling = isinstance(condition, Or)
            parts = [truth(c, sign) for c in condition.args]
            return settling if settling in parts else None if None in parts else not settling
    raise DeriveError(f"the condition {condition} cannot be decided; write it with <, <=, >, >=, Eq, Ne, And, Or, Not")


# ---------------------------------------------------------------------- rules


def _variable(cell: Interval, order: int) -> Jet:
    return [cell, Interval(ONE, ONE), NOTHING]


def _chain(function: Function) -> Rule:
    def rule(cell: Interval, order: int, u: Jet) -> Jet:
        outer = function(u[0], order)
        found = [outer[0]]
        if order:
            found.append(multiply(outer[1], u[1]))
        if order > 1:
            found.append(add(multiply(outer[1], u[2]), multiply(outer[2], power(u[1], 2))))
        return found

    return rule


def _sum(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return [add(a[k], b[k]) for k in range(order + 1)]


def _product(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return [reduce(add, (multiply(a[j], b[k - j]) for j in range(k + 1))) for k in range(order + 1)]


def _kink(order: int, value: Interval, a: Jet, b: Jet) -> Jet:
    return [value, union(a[1], b[1]) if order else WHOLE, WHOLE]


def _jump(order: int, values: list[Interval]) -> Jet:
    return [reduce(union, values), WHOLE, WHOLE]


def _largest(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    if a[0].lower >= b[0].upper:
        return a
    if b[0].lower >= a[0].upper:
        return b
    return _kink(order, Interval(max(a[0].lower, b[0].lower), max(a[0].upper, b[0].upper)), a, b)


def _smallest(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return _negated(_largest(cell, order, _negated(a), _negated(b)))


def _negated(a: Jet) -> Jet:
    return [negative(part) for part in a]


def _absolute(cell: Interval, order: int, a: Jet) -> Jet:
    if a[0].lower >= 0:
        return a
    return _negated(a) if a[0].upper <= 0 else _kink(order, magnitude(a[0]), a, _negated(a))


def _sign(cell: Interval, order: int, a: Jet) -> Jet:
    known = a[0].sign
    if known is None:
        return _jump(order, [Interval(-ONE, ONE)])
    return [Interval(arb(known), arb(known)), NOTHING, NOTHING]


def _reduced(rational: RationalFunction, is_quotient: bool) -> Rule:
    """Another way to the same values: far out, at poles that cancel and for the slopes of quotients it knows more."""

    def rule(cell: Interval, order: int, plain: Jet) -> Jet:
        if plain[0].is_finite and (cell.lower == cell.upper or (cell.is_finite and not is_quotient)):
            return plain
        return [intersection(a, b) for a, b in zip(plain, rational(cell, order), strict=False)]

    return rule


def _bowl(activation: type[Activation]) -> Rule:
    """x times a gate falls to its one minimum and rises from there, which a product of intervals does not tell."""
    left, right = (Interval.of(end).lower for end in activation.turn)
    least = Interval.of(activation.reals.inf).lower

    def at(end: arb) -> Interval:
        if not end.is_finite():
            return NOTHING if end < 0 else Interval(end, end)
        return multiply(Interval(end, end), GATED[activation](Interval(end, end), 0)[0])

    def rule(cell: Interval, order: int, argument: Jet, product: Jet) -> Jet:
        u = argument[0]
        ends = union(at(u.lower), at(u.upper))
        if left < u.upper and u.lower < right:
            ends = Interval(least, ends.upper)
        return [intersection(product[0], ends), *product[1:]]

    return rule
