"""A formula as a program of interval arithmetic: what its value, slope and curvature may be on a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from typing import Any

from flint import arb, ctx
from sympy import Abs, Add, Basic, Expr, Max, Min, Mul, Piecewise, Pow, Symbol, cos, erf, exp, log, pi, sign, sin
from sympy import E as euler
from sympy import tanh as sympy_tanh
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanFalse, BooleanTrue, Not, Or

from derive.approximation import jets, lookup
from derive.approximation.jets import GATED, Jet, Rule
from derive.errors import DeriveError
from derive.exact import functions
from derive.exact.functions import Function
from derive.exact.intervals import NOTHING, Interval
from derive.exact.rational import exactly
from derive.exact.rational_function import RationalFunction
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.symbolic.table import Table

LARGEST_PROGRAM = 4_000  # steps, which is some hundred times those of a claim that fills a line
LARGEST_POWER = 2**16

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
KNOWN = "Abs, Add, Max, Min, Mul, Piecewise, Pow, cos, erf, exp, log, sign, sin, tanh, pi, E or an activation"


class Rules:
    """What each operation does to jets of intervals between balls' ends."""

    variable: Any = staticmethod(jets.variable)
    constant: Any = staticmethod(jets.constant)
    chain: Any = staticmethod(jets.chain)
    integer_power: Any = staticmethod(lambda n: jets.chain(functions.integer_power(n)))
    fractional_power: Any = staticmethod(lambda e: jets.chain(functions.fractional_power(e)))
    added: Any = staticmethod(jets.added)
    multiplied: Any = staticmethod(jets.multiplied)
    largest: Any = staticmethod(jets.largest)
    smallest: Any = staticmethod(jets.smallest)
    absolute: Any = staticmethod(jets.absolute)
    signum: Any = staticmethod(jets.signum)
    cases: Any = staticmethod(jets.cases)
    reduced: Any = staticmethod(jets.reduced)
    bowl: Any = staticmethod(jets.bowl)
    looked_up: Any = staticmethod(lookup.looked_up)


class Enclosing:
    """A formula in x, over intervals: ``program(cell)`` contains all its values there.

    Raises DeriveError for a function without a rule and for a formula that is too long.
    """

    rules: Any = Rules()

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
            known = self._constants[ctx.prec] = self._run(NOTHING, 2, [[] for _ in self._steps])
        return self._run(cell, order, known, varying=True)[self._last]

    def _run(self, cell: Interval, order: int, known: list[Jet], varying: bool = False) -> list[Jet]:
        found = known.copy()
        for k, rule, operands in self._parted[varying]:
            found[k] = rule(cell, order, *[found[j] for j in operands])
        return found

    @cached_property
    def _parted(self) -> tuple[list[tuple[int, Rule, tuple[int, ...]]], ...]:
        """The steps that do not depend on x, and those that do."""
        steps = [(k, *step) for k, step in enumerate(self._steps)]
        return tuple([step for step in steps if self._varying[step[0]] == varying] for varying in (False, True))

    def value(self, cell: Interval) -> Interval:
        return self(cell)[0]

    # ------------------------------------------------------------------ reading a formula

    def _step(self, rule: Rule, *operands: int) -> int:
        if len(self._steps) >= LARGEST_PROGRAM:
            raise DeriveError(f"the formula has more than {LARGEST_PROGRAM} operations; write a shorter one")
        self._steps.append((rule, operands))
        self._varying.append(rule is self.rules.variable or any(self._varying[k] for k in operands))
        return len(self._steps) - 1

    def _add(self, node: Basic, within: bool = False) -> int:
        """The place of a node's value; equal nodes are calculated once. within: inside a rational function of x."""
        if node not in self._index:
            rational = None if within or not node.args else RationalFunction.of(node, self._x)
            place = self._read(node, rational is not None or within)
            if rational is not None and rational.denominator.degree() + rational.numerator.degree() > 0:
                place = self._step(self.rules.reduced(rational, any(p.exp.is_negative for p in node.atoms(Pow))), place)
            self._index[node] = place
        return self._index[node]

    def _read(self, node: Any, within: bool = False) -> int:
        if node == self._x:
            return self._step(self.rules.variable)
        if node.is_Rational:
            return self._step(self.rules.constant(partial(arb, exactly(node))))
        if node in CONSTANTS:
            return self._step(self.rules.constant(CONSTANTS[node]))
        if node.func in FUNCTIONS:
            return self._step(self.rules.chain(FUNCTIONS[node.func]), self._add(node.args[0]))
        match node:
            case Add():
                return self._fold(self.rules.added, self._terms(node, within))
            case Mul():
                return self._fold(self.rules.multiplied, [self._add(a, within) for a in node.args])
            case Pow():
                return self._power(node, within)
            case Max() | Min():
                parts = [self._add(a) for a in node.args]
                return self._fold(self.rules.largest if isinstance(node, Max) else self.rules.smallest, parts)
            case Abs() | sign():
                return self._step(
                    self.rules.absolute if isinstance(node, Abs) else self.rules.signum, self._add(node.args[0])
                )
            case Piecewise():
                return self._cases(node)
            case expm1() | log1p():
                return self._add(exp(node.args[0]) - 1 if isinstance(node, expm1) else log(1 + node.args[0]))
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
            return self._step(self.rules.integer_power(int(exponent)), self._add(base, within))
        if exponent.is_Rational:
            return self._step(self.rules.fractional_power(exponent), self._add(base))
        logarithm = self._step(self.rules.chain(functions.log), self._add(base))
        product = self._step(self.rules.multiplied, self._add(exponent), logarithm)
        return self._step(self.rules.chain(functions.exp), product)

    def _activation(self, node: Activation) -> int:
        if isinstance(node, Table):
            return self._step(self.rules.looked_up(type(node)), self._add(node.args[0]))
        if type(node) not in GATED:
            return self._add(node.value(*node.args))
        argument = self._add(node.args[0])
        gate = self._step(self.rules.chain(GATED[type(node)]), argument)
        product = self._step(self.rules.multiplied, argument, gate)
        return self._step(self.rules.bowl(type(node)), argument, product)

    def _cases(self, node: Piecewise) -> int:
        """Operands: the differences that the conditions compare with 0, then the formulas."""
        relations = sorted({r for _, c in node.args for r in c.atoms(Relational)}, key=str)
        differences = [self._add(r.lhs - r.rhs) for r in relations]
        formulas = [self._add(f) for f, _ in node.args]
        conditions = [c for _, c in node.args]

        def choices(signs: Sequence[int | None]) -> list[int] | None:
            by_relation = dict(zip(relations, signs, strict=True))
            found = []
            for k, condition in enumerate(conditions):
                holds = truth(condition, by_relation.__getitem__)
                if holds is not False:
                    found.append(k)
                if holds:
                    return found
            return None

        return self._step(self.rules.cases(choices, len(relations)), *differences, *formulas)


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
