"""Exact numbers: a rational where the value is one, a real known to any precision otherwise.

A value in a step table must be printed with ``=`` or ``≈``, and every digit of it must be right. So nothing here is a
float: an expression is evaluated to a ``Value``, which is an exact rational as long as every operation gives one, and
else remembers the operations that made it. Its ball (midpoint and radius, python-flint's ``arb``) is recomputed with
more bits until the ball decides what is asked: a sign, a rounding, a comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Self, TypeVar
from weakref import WeakValueDictionary

from flint import arb, ctx
from sympy import Abs, Add, Integer, Max, Min, Mul, Pow, Rational, S, exp, log
from sympy.codegen.cfunctions import log1p

from derive.errors import DeriveError, NoValue, Undecided, UnsupportedExpression
from derive.exact.balls import FIRST_BITS, LAST_BITS, RULES, ball_ends
from derive.exact.cancellation import TAILS, linear_form, tail, without_one, without_opposites
from derive.exact.numeral import LARGEST_EXPONENT, Numeral, exact_rational
from derive.exact.rational import ARITHMETIC, exactly, rational_result
from derive.exact.rounding import Printed, double, sign_of
from derive.later import later

VERY_LARGE = Rational(10) ** LARGEST_EXPONENT
FARTHEST = arb((1, 2 ** (8 * LARGEST_EXPONENT)))  # beyond it or its inverse nothing is printed

T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Value(Printed):
    """A number: ``rational`` where it is known to be one, else the operation and the operands that give it.

    Equal operations on the same operands are the same object, so that ``v - v`` is exactly 0 even for a real v.
    Values are made by ``Value.of``, ``combine`` and ``derive.symbolic.evaluation.evaluate``.
    """

    rational: Rational | None
    rule: Callable[..., arb] | None = None
    operands: tuple[Value, ...] = ()
    _known: list[Any] = field(default_factory=lambda: [0, None])  # bits, and the ball computed with them

    @staticmethod
    def of(number: Any) -> Value:
        """The value of a number as it is written (0.1 is 1/10), or as it is printed; a Value is given back as it is."""
        if isinstance(number, Numeral):
            if abs(number.exponent) <= LARGEST_EXPONENT:
                return Value(number.rational)
            return Value(Integer(number.digits)) * combine(Pow, Value(Integer(10)), Value(Integer(number.exponent)))
        if isinstance(number, Fraction):  # computed, so of any size
            number = Rational(number.numerator, number.denominator)
        if isinstance(number, Rational):
            return Value(number)
        return number if isinstance(number, Value) else Value(exact_rational(number))

    def __copy__(self) -> Value:
        return self

    def __deepcopy__(self, memo: Any) -> Value:
        return self  # it never changes, and what is the same real has to stay the same object

    def __reduce__(self) -> Any:
        """A ball is no data: what makes the value is pickled, and the same real is one object again afterwards."""
        if self.rational is not None:
            return Value, (self.rational,)
        return _made, (next(k for k, rule in (RULES | TAILS).items() if rule is self.rule), *self.operands)

    def ball(self, bits: int) -> arb:
        """An enclosure computed with at least that many bits; operands first, by a stack, for long recurrences."""
        if self._known[0] < bits:
            self._enclose(bits)
        ball: arb = self._known[1]
        return ball

    def _enclose(self, bits: int) -> None:
        with ctx.workprec(bits):
            stack = [self]
            while stack:
                value = stack[-1]
                waiting = [v for v in value.operands if v._known[0] < bits]
                if value._known[0] < bits and waiting:
                    stack.extend(waiting)
                    continue
                stack.pop()
                if value._known[0] < bits:
                    value._known[:] = bits, value._compute()

    def _compute(self) -> arb:
        if self.rational is not None:
            return arb(exactly(self.rational))
        assert self.rule is not None
        return self.rule(*(v._known[1] for v in self.operands))

    def decided(self, decide: Callable[[arb], T | None], bits: int = FIRST_BITS) -> T | None:
        """What a ball around the value decides, computed with more bits until it does; None where the last does not."""
        before = ctx.prec
        try:
            while bits <= LAST_BITS:
                ball = self.ball(bits)
                ctx.prec = bits
                if ball.is_finite() and (found := decide(ball)) is not None:
                    return found
                bits *= 2
            return None
        finally:
            ctx.prec = before

    def finite(self) -> Self:
        """Itself. Raises DeriveError where it has no finite real value, or one with too many digits in its exponent:
        NoValue where it certainly has none, as a ball around 0 does not say what a root of it is."""
        if self.rational is not None:
            return self
        size = abs(self.ball(FIRST_BITS))
        if not size.is_finite() and not (size := abs(self.ball(LAST_BITS))).is_finite():
            raise (NoValue if _has_no_value(self) else DeriveError)(
                "an expression has no finite real value: a logarithm or root of a negative number, a division by 0, or"
                " an exponential beyond all bounds"
            )
        if size > FARTHEST or (size * FARTHEST < 1 and self.sign()):
            raise DeriveError(
                f"a value is outside 10^±(10^{2 * LARGEST_EXPONENT}), beyond what is written out: scale the weights or"
                " inputs"
            )
        return self

    def ends(self, bits: int = FIRST_BITS) -> tuple[Rational, Rational]:
        """Rationals between which the value lies. Raises DeriveError where it has no finite real value, or is huge."""
        if self.rational is not None:
            return self.rational, self.rational
        found = ball_ends(self.ball(bits)) or ball_ends(self.finite().ball(LAST_BITS))
        if found is None:
            raise DeriveError(f"{LAST_BITS} bits do not give a single digit of a value")
        return Value.of(found[0]).rational, Value.of(found[1]).rational

    def sign(self) -> int | None:
        """-1, 0 or 1, certainly; None where 16384 bits do not tell the value from 0."""
        if self.rational is not None:
            return bool(self.rational.p > 0) - bool(self.rational.p < 0)
        return self.decided(sign_of)

    def precise(self, digits: int = 40) -> str:
        """Plain text of so many decimals, or of so many significant digits where the value is very small or huge."""
        tiny = abs(self) < Rational(1, 10 ** (digits // 2)) and self.sign()
        return str(self.significant(digits)) if tiny or abs(self) > VERY_LARGE else self.decimal(digits)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"Value({self.relation(6)} {self.unicode(6)})"

    def __float__(self) -> float:
        """The nearest double; infinite beyond the doubles."""
        found = self.decided(double)
        return float(self.ball(LAST_BITS)) if found is None else found

    def __neg__(self) -> Value:
        return combine(Mul, _MINUS_ONE, self)

    def __abs__(self) -> Value:
        return combine(Abs, self)

    def __add__(self, other: Any) -> Value:
        return combine(Add, self, Value.of(other))

    def __sub__(self, other: Any) -> Value:
        other = Value.of(other)
        return _ZERO if other is self else self + -other

    def __mul__(self, other: Any) -> Value:
        return combine(Mul, self, Value.of(other))

    def __truediv__(self, other: Any) -> Value:
        return self * combine(Pow, Value.of(other), _MINUS_ONE)

    def order(self, other: Any) -> int | None:
        """The sign of self - other; None where all the bits there are do not tell it, even with nested sums opened."""
        difference = self - other
        sign: int | None = difference.sign()
        if sign is None and difference.rule is RULES[Add]:
            number, multiples = linear_form(difference)
            sign = combine(Add, Value(number), *(combine(Mul, Value(c), v) for v, c in multiples.items())).sign()
        return sign

    def compare(self, other: Any) -> int:
        """-1, 0 or 1, certainly. Raises Undecided where two reals agree in all the bits there are."""
        sign = self.order(other)
        if sign is None:
            both = f"{self.unicode(12)} and {Value.of(other).unicode(12)}"
            raise Undecided(f"{both} agree in {LAST_BITS} bits: which is larger is not known")
        return sign

    def __eq__(self, other: object) -> bool:
        """Known to be equal: the same rational, or the same real by its making. ``compare`` decides the rest."""
        if not isinstance(other, Value):
            return NotImplemented
        if self.rational is None or other.rational is None:
            return self is other
        return bool(self.rational.p == other.rational.p and self.rational.q == other.rational.q)

    def __hash__(self) -> int:
        return object.__hash__(self) if self.rational is None else hash(self.rational)

    def __lt__(self, other: Any) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.compare(other) >= 0


_ZERO, _MINUS_ONE = Value(S.Zero), Value(S.NegativeOne)
_reals: WeakValueDictionary[tuple[Any, ...], Value] = WeakValueDictionary()


def _has_no_value(value: Value) -> bool:
    """Whether a value without a finite ball certainly is none: by the first operation on finite ones that has none."""
    while (inner := next((v for v in value.operands if not v.ball(LAST_BITS).is_finite()), None)) is not None:
        value = inner
    if value.rule is RULES[Pow]:
        base, exponent = value.operands
        sign = base.sign()
        is_root = exponent.rational is not None and exponent.rational.q != 1
        return (sign == 0 and exponent.sign() == -1) or (sign == -1 and is_root)
    if value.rule is RULES[log]:
        return value.operands[0].sign() in (0, -1)
    return value.rule in (RULES[log1p], TAILS["log(1 + r)"]) and (value.operands[0] + 1).sign() in (0, -1)


def real(rule: Callable[..., arb], *operands: Value) -> Value:
    """The real that a rule of ball arithmetic gives for those operands."""
    key = (rule, *(v if v.rational is None else v.rational for v in operands))
    value = _reals.get(key)
    if value is None:
        value = _reals[key] = Value(None, rule, operands)
    return value


def _made(operation: Any, *operands: Value) -> Value:
    return real((RULES | TAILS)[operation], *operands)


def combine(operation: Any, *operands: Value) -> Value:
    """A SymPy operation (Add, Max, exp, ...) applied to values: exact where that is possible.

    Raises UnsupportedExpression for an operation without a rule, DeriveError for a division by zero.
    """
    if operation not in RULES:
        known = ", ".join(k.__name__ for k in RULES if isinstance(k, type))
        raise UnsupportedExpression(
            f"{operation.__name__} cannot be evaluated exactly; write the expression with {known}"
        )
    if operation is Add and sum(v.rational is None for v in operands) > 1:
        operands = without_opposites(operands)
    rationals = [v.rational for v in operands if v.rational is not None]
    reals = [v for v in operands if v.rational is None]
    if not reals and (exact := rational_result(operation, rationals)) is not None:
        return Value(exact)
    if operation in (Add, Mul) and reals:
        folded = ARITHMETIC[operation](*rationals)  # the neutral element where there is none
        if operation is Mul and folded is S.Zero:
            return Value(folded)
        if folded is operation.identity and len(reals) == 1:
            return reals[0]
    if operation is Pow and operands[1].rational is S.One:
        return operands[0]
    if operation in (Abs, Max, Min):
        return _selected(operation, *operands)
    if operation is log:
        (of,) = operands
        if of.rule is RULES[Pow] and of.operands[1].rational == -1:
            return -combine(log, of.operands[0])
        if r := without_one(of):
            if r.rule is RULES[exp] and (u := r.operands[0]).sign() == 1:  # log(1 + exp(u)) = u + log(1 + exp(-u))
                return u + real(TAILS["log(1 + r)"], combine(exp, -u))
            return real(TAILS["log(1 + r)"], r)
    if operation is Add and rationals and (found := tail(operands)):
        (*others, number), rule, inner = found
        return sum(others, number * real(rule, inner))
    return real(RULES[operation], *operands)


def _selected(operation: Any, *operands: Value) -> Value:
    """Abs, Max and Min give back an operand itself where the sign is certain: max(0, negative real) is exactly 0."""
    if operation is Abs:
        (value,) = operands
        sign = value.sign()
        return real(abs, value) if sign is None else -value if sign < 0 else value
    chosen, *others = operands
    for other in others:
        sign = chosen.order(other)
        if sign is None:
            return real(RULES[operation], *operands)
        if sign * (1 if operation is Max else -1) < 0:
            chosen = other
    return chosen
