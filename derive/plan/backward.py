"""What the adjoint's equations ask of a machine: one step backwards, and what the parameters' gradients sum.

A backward statement is a sum of cotangents, each scaled by a local derivative or multiplied by a transposed weight. A
local derivative that needs a forward quantity is an operation of its own, the coefficient dc_da, so that a pass can
take it out of the loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sympy import Expr, Symbol

from derive.calculus.adjoint import Adjoint
from derive.calculus.backward import AffineTransposed, BackwardStatement, GradientTerm, Spread, Total
from derive.calculus.linear_form import LinearForm, composed, linear_form, written
from derive.plan.builder import PlanBuilder, axes_of_size
from derive.plan.operations import Accumulate, Concat, Pointwise, Skew
from derive.plan.plan import Phase, Role, Value
from derive.statements.kinds import Elementwise, Parameter
from derive.symbolic.derivatives import total
from derive.symbolic.expressions import symbols_in_order


def backward(adjoint: Adjoint, builder: PlanBuilder) -> None:
    """The calls of a builder for a cell's backward equations."""
    _Backward(adjoint, builder).build()


class _Backward:
    def __init__(self, adjoint: Adjoint, builder: PlanBuilder) -> None:
        self.adjoint, self.builder = adjoint, builder
        self.cotangents = set(adjoint.incoming)
        for s in adjoint.statements:
            if s.target in adjoint.contributions or self.cotangents.intersection(_reads(s)):
                self.cotangents.add(s.target)
        builder.subjects = {s.target: s.target.name.removeprefix("d_") for s in adjoint.statements}
        builder.names.taken.update(s.target.name for s in adjoint.statements)
        builder.names.taken.update(d.name for d in adjoint.incoming)

    def build(self) -> None:
        builder, adjoint = self.builder, self.adjoint
        passed = {s.expr: s.target for s in adjoint.statements if isinstance(s, Elementwise) and s.expr in adjoint.incoming}
        builder.incoming = tuple(passed.get(d, d) for d in adjoint.incoming)
        builder.outgoing, builder.input_cotangent = adjoint.outgoing, Symbol(f"d_{adjoint.cell.input}")
        for s, d in zip(adjoint.cell.states, builder.incoming, strict=True):
            axes = axes_of_size(adjoint.cell.sizes[Symbol(s)])
            builder.values[d] = Value(d, axes, Role.INCOMING, of=s)
        statements = [s for s in adjoint.statements if s.target not in passed.values()]
        builder.phase = Phase.BACK
        for s in statements:
            if s.target not in self.cotangents:  # a forward quantity, computed again
                builder.add(Pointwise(s.target, s.expr), axes_of_size(s.size), Role.ARGUMENT)
        for s, form in self._composed([s for s in statements if s.target in self.cotangents]):
            self._statement(s, form)
        builder.phase = Phase.GRADIENTS
        self._gradients()

    def _composed(self, statements: Sequence[BackwardStatement]) -> list[tuple[BackwardStatement, LinearForm]]:
        """The statements as linear forms; in the loop a multiple of another cotangent, read once, is put in."""
        inside = _leading_to(self.adjoint.outgoing, statements)
        outside = [s for s in statements if s.target not in inside]
        reads = Counter(d for s in statements if s.target in inside for d in _reads(s))
        wanted = {*self.adjoint.outgoing, *(d for s in outside for d in _reads(s))}
        wanted |= {d for s in statements if isinstance(s, AffineTransposed) for _, d in s.terms}
        wanted |= {d for g in self.adjoint.gradients for t in g.terms for d in t.cotangent.free_symbols}
        inner: dict[Symbol, LinearForm] = {}
        kept = []
        for s in statements:
            form = composed(linear_form(s.expr, self.cotangents), inner)
            plain = isinstance(s, Elementwise) and len(form) == 1 and s.target in inside
            if plain and reads[s.target] == 1 and s.target not in wanted:
                inner[s.target] = form
            else:
                kept.append((s, form))
        return kept

    def _statement(self, s: BackwardStatement, form: LinearForm) -> None:
        builder = self.builder
        expr = written({d: self._coefficient(d, s.target, c, s) for d, c in form.items()})
        if isinstance(s, AffineTransposed):
            alone = expr == 0 and len(s.terms) == 1
            products = [
                builder.matmul(w, d, transposed=True, target=s.target if alone else None) for w, d in s.terms
            ]
            if alone:
                return
            expr = total(expr, *products)
        if expr != 0 and isinstance(s, Total):
            builder.reduce("sum", [self._value(expr, s.over)], s.target)
        elif expr != 0 and isinstance(s, Spread):
            builder.broadcast(self._value(expr, "1"), s.size, s.target)
        else:
            builder.pointwise(expr, s.size, s.target)

    def _value(self, expr: Expr, size: str) -> Symbol:
        return expr if isinstance(expr, Symbol) else self.builder.pointwise(expr, size)

    def _coefficient(self, of: Symbol, target: Symbol, local: Expr, s: BackwardStatement) -> Expr:
        """A local derivative in a formula: a name, or what needs no forward quantity, as it is."""
        builder = self.builder
        varying = {q for q in local.free_symbols if not builder.is_constant(q)}
        if isinstance(local, Symbol) or not varying:
            return local
        stem = f"d{builder.values[of].of}_d{builder.subjects[target]}"
        wide = any(builder.values[q].axes for q in local.free_symbols)
        size = next((builder.values[q].axes[0] for q in local.free_symbols if builder.values[q].axes), "1")
        name = builder.names.fresh(stem)
        return builder.add(Pointwise(name, local), axes_of_size(size) if wide else (), Role.COEFFICIENT)

    # ------------------------------------------------------------------ gradients

    def _gradients(self) -> None:
        """The gradient of every store: those of its blocks, one below the other."""
        builder = self.builder
        terms = {g.parameter: g.terms for g in self.adjoint.gradients}
        for store in builder.stores:
            parts = [self._gradient(p, terms[p]) for p in store.blocks]
            builder.gradients[store.name] = parts[0]
            if len(parts) > 1:
                whole = Concat(Symbol(f"d_{store.name}"), tuple(parts))
                builder.gradients[store.name] = builder.add(whole, store.axes)

    def _gradient(self, p: Parameter, terms: Iterable[GradientTerm]) -> Symbol:
        """What is summed over time and batch; of V - Vᵀ, the gradient of the stored V."""
        builder = self.builder
        pairs = tuple((self._value(t.cotangent, t.size), t.operand) for t in terms)
        axes, d = builder.values[p.symbol].axes, Symbol(f"d_{p.symbol}")
        if p.form == "full":
            return builder.add(Accumulate(d, pairs), axes)
        return builder.add(Skew(d, builder.add(Accumulate(builder.names.anonymous(), pairs), axes)), axes)


def _leading_to(targets: Iterable[Symbol], statements: Sequence[BackwardStatement]) -> set[Symbol]:
    """The targets, and all cotangents that they depend on."""
    by_target = {s.target: s for s in statements}
    found: set[Symbol] = set()
    waiting = list(targets)
    while waiting:
        target = waiting.pop()
        if target in by_target and target not in found:
            found.add(target)
            waiting += _reads(by_target[target])
    return found


def _reads(s: BackwardStatement) -> list[Symbol]:
    terms = s.terms if isinstance(s, AffineTransposed) else ()
    return [*symbols_in_order(s.expr), *(d for _, d in terms)]
