"""In which order factors are multiplied: what stays within bounds first, so that nothing overflows on its way to 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sympy import Add, Basic, Expr, Mul, Pow, Symbol

from derive.plan.operations import Contract, Operation, Pointwise
from derive.plan.plan import FreshNames, Origin, Plan, Variable
from derive.plan.ranges import Ranges
from derive.symbolic.arithmetic import product, total
from derive.symbolic.expressions import ordered, rewrite

#: What may have a factor that its readers have.
SCALED = (Origin.COTANGENT, Origin.INTERMEDIATE)


def order_factors(plan: Plan) -> Plan:
    """Needs: ``inline``. Gives: in a product of several factors without bounds, those with bounds (a logistic function,
    a decay, one over a length) come first; where all that reads a cotangent multiplies it by such a factor, the
    products that the cotangent is made of have it. Of 0 times what is beyond the largest number machines make NaN."""
    return _Ordering(plan).plan()


class _Ordering:
    def __init__(self, plan: Plan) -> None:
        self.before = plan
        self.values: dict[Symbol, Variable] = dict(plan.values)
        self.names = FreshNames(plan.values)
        self.ranges = Ranges(plan)

    def plan(self) -> Plan:
        phases = {phase: self._phase(ops) for phase, ops in self.before.phases.items()}
        return replace(self.before, values=self.values, phases=phases)

    def _phase(self, ops: Sequence[Operation]) -> tuple[Operation, ...]:
        """From the last operation on, so that a factor goes on to what its new place is made of."""
        within = Counter(q for op in ops for q in op.reads)
        waiting, done = list(ops), list[Operation]()
        while waiting:
            op = waiting.pop()
            q = op.targets[0]
            readers = [r for r in done if q in r.reads]
            inside = q not in self.before.values or within[q] == self.before.readings[q]
            factors = self._common(q, readers) if inside else []
            if factors and (parts := self._times(op, factors, shared=len(readers) > 1)):
                done = [_without(r, q, factors, parts[-1].targets[0]) if r in readers else r for r in done]
                waiting += parts
            else:
                done.insert(0, replace(op, expr=self._sorted(op.expr)) if isinstance(op, Pointwise) else op)
        return tuple(_in_order(done))

    # ------------------------------------------------------------------ within a formula

    def _sorted(self, expr: Expr) -> Any:
        """The formula, in no product of which a factor with bounds stands behind two without."""

        def rule(node: Basic) -> Basic | None:
            if not isinstance(node, Mul) or len(node.args) < 3:
                return None
            free = [k for k, a in enumerate(node.args) if not self.ranges.bound(a)]
            if len(free) < 2 or all(k in free for k in range(free[1], len(node.args))):
                return None
            bound = [a for k, a in enumerate(node.args) if k not in free]
            divisors = [a for a in bound if isinstance(a, Pow)]  # a program divides something
            first, *rest = (node.args[k] for k in free)
            return ordered(Mul, [*(a for a in bound if a not in divisors), first, *divisors, *rest])

        return rewrite(expr, rule)

    # ------------------------------------------------------------------ from one operation to another

    def _common(self, q: Symbol, readers: Sequence[Operation]) -> list[Expr]:
        """The factors with bounds by which all that reads a quantity multiplies it."""
        value = self.values[q]
        if value.origin not in SCALED or not readers:
            return []
        found: list[Expr] | None = None
        for r in readers:
            if not isinstance(r, Pointwise) or r.reads.count(q) != 1 or self.values[r.target].axes != value.axes:
                return []
            term = next(t for t in _terms(r.expr) if q in t.free_symbols)
            own = _factors(term) if q in _factors(term) else []
            found = [f for f in own if f != q] if found is None else [f for f in found if f in own]
        return [f for f in found or [] if f.free_symbols and self.ranges.bound(f) and self._has_name(f)]

    def _has_name(self, factor: Expr) -> bool:
        return all(self.values[s].named for s in factor.free_symbols if isinstance(s, Symbol))

    def _times(self, op: Operation, factors: Sequence[Expr], shared: bool) -> list[Operation]:
        """Operations that give the result of one times these factors; none where not all of its products overflow."""
        q, parts = op.targets[0], list[Operation]()
        if isinstance(op, Contract) and self._overflows(op):
            parts, whole = self._with_factors(op, factors)
            return [*parts, replace(whole, target=self._scaled(q, shared))] if parts else []
        if not isinstance(op, Pointwise) or not all(map(self._overflows, terms := _terms(op.expr))):
            return []
        several = len(terms) > 1
        if several:
            parts, factors = self._named(q, factors)
        target = self._scaled(q, shared or (several and any(map(self._contraction, op.reads))))
        return [*parts, Pointwise(target, total(*(product(*factors, t) for t in terms)))]

    def _scaled(self, q: Symbol, named: bool) -> Symbol:
        return self._like(q, f"scaled_{q}" if named and self.values[q].named else "")

    def _named(self, like: Symbol, factors: Sequence[Expr]) -> tuple[list[Operation], Sequence[Any]]:
        """The product of the factors as a quantity, and the operation that gives it, if it is none yet."""
        if len(factors) == 1 and isinstance(factors[0], Symbol):
            return [], factors
        by, formula = self._like(like, "factor"), product(*factors)
        self.ranges.found[by] = self.ranges.of(formula)
        return [Pointwise(by, formula)], [by]

    def _with_factors(self, op: Contract, factors: Sequence[Expr]) -> tuple[list[Operation], Contract]:
        """The contraction whose smallest factor that has the axes of the result is another one times these factors, and
        the operations that give that one; none where there is no such factor."""
        of = {f: own for f, own in zip(op.factors, op.axes, strict=True) if not self.ranges.bound(f)}
        wide = [f for f, own in of.items() if set(op.result).issubset(own) and op.factors.count(f) == 1]
        if not wide:
            return [], op
        f = min(wide, key=lambda f: len(of[f]))
        scaled = self._like(f, f"scaled_{f}")
        whole = replace(op, factors=tuple(scaled if g == f else g for g in op.factors))
        if len(of[f]) == len(op.result):
            return [Pointwise(scaled, product(*factors, f))], whole
        made, (by,) = self._named(op.target, factors)
        return [*made, Contract(scaled, (by, f), (op.result, of[f]), of[f])], whole

    def _overflows(self, of: Contract | Expr) -> bool:
        """Whether a product has two factors without bounds, or one that is such a contraction."""
        free = [f for f in (of.factors if isinstance(of, Contract) else _factors(of)) if not self.ranges.bound(f)]
        return len(free) > 1 or any((inner := self._contraction(f)) and self._overflows(inner) for f in free)

    def _contraction(self, f: Any) -> Contract | None:
        """The contraction whose result, or whose negative, a quantity without a name is."""
        op = self.before.definitions.get(f) if f in self.values and not self.values[f].named else None
        if isinstance(op, Pointwise):
            return next(filter(None, map(self._contraction, _factors(op.expr))), None)
        return op if isinstance(op, Contract) else None

    def _like(self, q: Symbol, name: str) -> Symbol:
        """A quantity of the axes of another, with a name or without."""
        symbol = self.names.fresh(name) if name else self.names.anonymous()
        origin = Origin.COTANGENT if self.values[q].origin is Origin.COTANGENT else Origin.INTERMEDIATE
        self.values[symbol] = Variable(symbol, self.values[q].axes, origin, named=bool(name))
        return symbol


def _in_order(ops: Iterable[Operation]) -> Iterator[Operation]:
    """The operations, a factor before the first that reads it."""
    waiting = {q: op for op in ops for q in op.targets}

    def emit(op: Operation) -> Iterator[Operation]:
        for q in op.targets:
            del waiting[q]
        for q in op.reads:
            if q in waiting:
                yield from emit(waiting[q])
        yield op

    while waiting:
        yield from emit(next(iter(waiting.values())))


def _terms(expr: Expr) -> tuple[Any, ...]:
    return expr.args if isinstance(expr, Add) else (expr,)


def _factors(term: Expr) -> list[Any]:
    return list(term.args) if isinstance(term, Mul) else [term]


def _without(reader: Operation, q: Symbol, factors: Sequence[Expr], made: Symbol) -> Operation:
    """What reads a quantity times factors, reading what is made of both."""
    assert isinstance(reader, Pointwise)
    terms = [
        product(*(made if f == q else f for f in _factors(t) if f not in factors)) if q in t.free_symbols else t
        for t in _terms(reader.expr)
    ]
    return replace(reader, expr=total(*terms))
