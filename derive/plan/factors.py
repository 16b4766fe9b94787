"""Quantities of a step as linear functions of states before it: the factor of each state, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import singledispatchmethod
from typing import NamedTuple

from sympy import Add, Expr, Mul, Piecewise, S, Symbol

from derive.errors import DeriveError
from derive.plan.axes import Axes, named_axes
from derive.plan.operations import Contract, Operation, Pointwise
from derive.statements.sizes import joined
from derive.symbolic.arithmetic import product, times, total
from derive.symbolic.expressions import symbols_in_order

MIXES, CURVED = "mixes the units of", "is not linear in"
SQUARE = "scales rows or columns of the square matrix"  # likewise
UNLIKE = "adds factors of different sizes to"  # which is linear, and has no form here


class NotLinear(DeriveError):
    """A step whose states have to wait for each other. target: the quantity at which it is seen; state: the state
    before the step of which it is no such function; says: what it does with it."""

    def __init__(self, target: Symbol, state: Symbol, says: str) -> None:
        self.target, self.state, self.says = target, state, says
        super().__init__(f"{target} {says} {state}")


class Factor(NamedTuple):
    """A formula that multiplies a state; what lacks an axis of the state is the same along it."""

    expr: Expr
    axes: Axes


class Form(NamedTuple):
    """A quantity as a linear function of states before the step."""

    factors: dict[Symbol, Factor]
    rest: Expr


class Forms:
    """What a step says of quantities, as linear functions of some states before it.

    of: those states before the step. before: all states before it. definitions: the operations of the step, by target.
    unknown: what is not known for all time steps. axes: of every quantity. made: the name of a further operation on
    what is known, from a stem, the operation and the axes of its result.
    """

    def __init__(
        self,
        of: Iterable[Symbol],
        before: Collection[Symbol],
        definitions: Mapping[Symbol, Operation],
        unknown: set[Symbol],
        axes: Mapping[Symbol, Axes],
        made: Callable[[str, Operation, Axes], Symbol],
    ) -> None:
        self.before, self.definitions, self.unknown, self.axes, self.made = before, definitions, unknown, axes, made
        self.found = {q: Form({q: Factor(S.One, ())}, S.Zero) for q in of}

    def of(self, q: Symbol) -> Form:
        if q not in self.unknown:
            return Form({}, q)
        if q not in self.found:
            self.found[q] = self._form(self.definitions[q])
        return self.found[q]

    @singledispatchmethod
    def _form(self, op: Operation) -> Form:
        raise self._fail(op, next(q for q in op.reads if q in self.unknown), MIXES)

    def _fail(self, op: Operation, q: Symbol, says: str) -> NotLinear:
        """The error for an operation on a quantity that depends on a state."""
        while q not in self.before:
            q = next(r for r in self.definitions[q].reads if r in self.unknown)
        return NotLinear(op.targets[0], q, says)

    @_form.register
    def _(self, op: Pointwise) -> Form:
        for q in op.reads:  # the first quantity at which it is seen is said
            self.of(q)
        try:
            parts, rest = _split(op.expr, self.unknown)
        except _Curved as found:
            raise self._fail(op, found.symbol, CURVED) from None
        factors: dict[Symbol, Factor] = {}
        for q, local in parts.items():
            own = self.of(q)
            for state, factor in own.factors.items():
                new = self._times(op, Factor(local, self._widest(local)), factor)
                factors[state] = self._plus(op, q, factors[state], new) if state in factors else new
            rest = total(rest, times(own.rest, local)) if own.rest != 0 else rest
        return Form(factors, rest)

    @_form.register
    def _(self, op: Contract) -> Form:
        """A product with a state, unit by unit: nothing is summed over."""
        (q, *more), others = [f for f in op.factors if f in self.unknown], list(op.factors)
        others.remove(q)
        own, given = self.of(q), dict(zip(op.factors, op.axes, strict=True))
        if more:
            raise self._fail(op, q, CURVED)
        if given[q] != op.result or any({*given[f]} - {*op.result} for f in others):
            raise self._fail(op, q, MIXES)
        if any("'" in axis for axis in op.result) and any({*given[f]} & {*op.result[-2:]} for f in others):
            raise self._fail(op, q, SQUARE)
        factor = Factor(others[0], self.axes[others[0]]) if len(others) == 1 else self._contracted(op, others)
        found = {state: self._times(op, factor, f) for state, f in own.factors.items()}
        if own.rest == 0:
            return Form(found, S.Zero)
        rest = self.made(q.name, Pointwise(q, own.rest), self.axes[q])
        again = replace(op, factors=tuple(rest if f == q else f for f in op.factors))
        return Form(found, self.made(op.target.name, again, self.axes[op.target]))

    def _contracted(self, op: Operation, factors: Sequence[Symbol]) -> Factor:
        """The product of several factors, with the axes that they have."""
        (target,) = op.targets
        own = {axis for f in factors for axis in named_axes(self.axes[f])}
        heads, _, size = self.axes[target][0].rpartition(":")
        axes = (joined(heads if heads in own else "", [axis for axis in size.split("×") if axis in own]),)
        made = Contract(target, tuple(factors), tuple(named_axes(self.axes[f]) for f in factors), named_axes(axes))
        return Factor(self.made(f"a_{target}", made, axes), axes)

    def _times(self, op: Operation, a: Factor, b: Factor) -> Factor:
        if a.axes and b.axes and a.axes != b.axes:
            return self._contracted(op, [self._named(op, f) for f in (a, b)])
        return Factor(times(b.expr, a.expr), a.axes or b.axes)

    def _named(self, op: Operation, factor: Factor) -> Symbol:
        """The symbol that a factor is, or one of its own."""
        if isinstance(factor.expr, Symbol):
            return factor.expr
        (target,) = op.targets
        return self.made(f"a_{target}", Pointwise(target, factor.expr), factor.axes)

    def _plus(self, op: Operation, q: Symbol, a: Factor, b: Factor) -> Factor:
        if a.axes and b.axes and a.axes != b.axes:
            raise self._fail(op, q, UNLIKE)
        return Factor(total(a.expr, b.expr), a.axes or b.axes)

    def _widest(self, expr: Expr) -> Axes:
        return max((self.axes[q] for q in symbols_in_order(expr)), key=len, default=())


class _Curved(Exception):
    """A formula that is not linear in a symbol."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol


def _split(expr: Expr, unknown: set[Symbol]) -> tuple[dict[Symbol, Expr], Expr]:
    """What multiplies each of these symbols, and what is added, of a formula that is linear in them as written."""
    read = [q for q in symbols_in_order(expr) if q in unknown]
    if not read:
        return {}, expr
    if isinstance(expr, Symbol):
        return {expr: S.One}, S.Zero
    if isinstance(expr, Add):
        parts = [_split(a, unknown) for a in expr.args]
        factors = {q: total(*(f[q] for f, _ in parts if q in f)) for q in read}
        return factors, total(*(rest for _, rest in parts))
    if isinstance(expr, Mul):
        inner = [a for a in expr.args if unknown.intersection(a.free_symbols)]
        if len(inner) == 1:
            found, rest = _split(inner[0], unknown)
            return {q: _with(expr, inner[0], f) for q, f in found.items()}, _with(expr, inner[0], rest)
    if isinstance(expr, Piecewise) and not any(unknown.intersection(c.free_symbols) for _, c in expr.args):
        cases = [(*_split(value, unknown), condition) for value, condition in expr.args]
        factors = {q: Piecewise(*((f.get(q, S.Zero), c) for f, _, c in cases), evaluate=False) for q in read}
        return factors, Piecewise(*((rest, c) for _, rest, c in cases), evaluate=False)
    raise _Curved(read[0])


def _with(expr: Mul, old: Expr, new: Expr) -> Expr:
    """A product with another factor in the place of one."""
    return product(*(new if a is old else a for a in expr.args))
