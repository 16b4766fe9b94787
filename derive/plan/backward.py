"""What the adjoint's equations ask of a machine: one step backwards, and what the parameters' gradients sum.

A backward equation is a sum of cotangents under linear maps. A cotangent times a local derivative that needs a forward
quantity has that derivative, the coefficient dc_da, as an operation of its own, so that a pass can take it out of the
loop; every other map is an operation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sympy import Expr, Integer, Symbol

from derive.calculus.adjoint import Adjoint
from derive.calculus.backward import Backward, Term, composed
from derive.notation.quantity import cotangent
from derive.plan.axes import axes_of_size
from derive.plan.builder import PlanBuilder
from derive.plan.operations import Accumulate, Concat, Pointwise, Skew
from derive.plan.plan import Origin, Phase, Variable
from derive.statements.maps import Antisymmetric, Map, Outer, Repeat, SumUnits
from derive.symbolic.arithmetic import product, total


def backward(adjoint: Adjoint, builder: PlanBuilder) -> None:
    """The calls of a builder for a cell's backward equations."""
    _states(adjoint, builder)
    builder.phase, builder.origin = Phase.BACK, Origin.ARGUMENT
    for s in adjoint.statements:
        if not isinstance(s, Backward):  # a forward quantity, computed again
            s.operations(builder)
    builder.origin = Origin.COTANGENT
    renamed = [s for s in adjoint.statements if s.target not in builder.incoming]
    for s in composed(renamed, _multiples(adjoint)):
        if isinstance(s, Backward):
            _statement(s, builder)
    for mask in adjoint.cell.draws:  # a constant to the gradient
        builder.subjects[cotangent(mask.symbol)] = mask.name
        builder.pointwise(Integer(0), mask.size, cotangent(mask.symbol))
    builder.phase, builder.origin = Phase.GRADIENTS, Origin.GRADIENT
    gradients = {g.of: g for g in adjoint.gradients}
    for store in (s for s in builder.stores if s.learned):
        parts = [_gradient(gradients[p.symbol], builder) for p in store.blocks]
        builder.gradients[store.name] = parts[0]
        if len(parts) > 1:
            whole = Concat(Symbol(f"d_{store.name}"), tuple(parts))
            builder.gradients[store.name] = builder.add(whole, store.axes)


def _states(adjoint: Adjoint, builder: PlanBuilder) -> None:
    """The cotangents that come in and go out. One that is but what comes in goes by its own name from the start."""
    equations = [s for s in adjoint.statements if isinstance(s, Backward)]
    alone = {s.terms[0].cotangent: s.target for s in equations if s.terms and s.terms == (Term(s.terms[0].cotangent),)}
    builder.incoming = tuple(alone.get(d, d) for d in adjoint.incoming)
    builder.outgoing = adjoint.outgoing
    builder.input_cotangents = tuple(map(cotangent, builder.inputs))
    for state, d in zip(adjoint.cell.states, builder.incoming, strict=True):
        axes = axes_of_size(adjoint.cell.sizes[Symbol(state)])
        builder.values[d] = Variable(d, axes, Origin.INCOMING, of=state)
    builder.subjects = {s.target: s.of.name for s in equations}
    builder.names.taken.update(d.name for d in (*builder.subjects, *adjoint.incoming))


def _multiples(adjoint: Adjoint) -> set[Symbol]:
    """The cotangents that are a multiple of another one, and that one equation of the recurrence alone reads, in a
    formula: they need not be known themselves."""
    equations = {s.target: s for s in adjoint.statements if isinstance(s, Backward)}
    inside: dict[Symbol, Backward] = {}
    waiting = list(adjoint.outgoing)
    while waiting:
        d = waiting.pop()
        if d in equations and d not in inside:
            inside[d] = equations[d]
            waiting += equations[d].reads
    outside = [s for d, s in equations.items() if d not in inside]
    wanted = {*adjoint.outgoing, *(d for s in (*outside, *adjoint.gradients) for t in s.terms for d in t.reads)}
    wanted |= {d for s in inside.values() for t in s.others for d in t.reads}
    reads = Counter(d for s in inside.values() for d in s.coefficients)
    multiples = {d for d, s in inside.items() if s.is_formula and len(s.coefficients) == 1}
    return {d for d in multiples - wanted if reads[d] == 1}


def _statement(s: Backward, builder: PlanBuilder) -> None:
    """target = after(Σ terms)"""
    summands = [product(d, _coefficient(d, s, local, builder)) for d, local in s.coefficients.items()]
    products = [_mapped(t.expr, t.others, builder) for t in s.others]
    expr = total(*summands, *products)
    if expr != 0 and (s.after or expr in products):
        builder.renamed(_mapped(expr, s.after, builder), s.target)
    else:
        builder.pointwise(expr, s.size, s.target)


def _mapped(expr: Expr, maps: Sequence[Map], builder: PlanBuilder) -> Symbol:
    """A formula under maps, an operation for each."""
    d = expr if isinstance(expr, Symbol) else builder.pointwise(expr)
    for m in maps:
        d = m.operation(d, builder)
    return d


def _coefficient(of: Symbol, s: Backward, local: Expr, builder: PlanBuilder) -> Expr:
    """A local derivative in a formula: a name, or what needs no forward quantity, as it is; else it gets a name."""
    if isinstance(local, Symbol) or all(builder.is_constant(q) for q in local.free_symbols):
        return local
    name = builder.names.fresh(f"d{builder.values[of].of}_d{s.of}")
    return builder.add(Pointwise(name, local), builder.widest(local), Origin.COEFFICIENT)


def _gradient(g: Backward, builder: PlanBuilder) -> Symbol:
    """What is summed over time and batch; of V - Vᵀ, the gradient of the stored V."""
    axes = builder.packs[g.of].axes
    pairs = tuple(_pair(t, builder) for t in g.terms)
    if not any(isinstance(m, Antisymmetric) for m in g.after):
        return builder.add(Accumulate(g.target, pairs), axes)
    inner = builder.add(Accumulate(builder.unread(), pairs), axes)
    return builder.add(Skew(g.target, inner), axes)


def _pair(t: Term, builder: PlanBuilder) -> tuple[Symbol, Symbol | None]:
    """A cotangent, and the operand that its outer product is taken with, if there is one. To sum over units what is to
    be one number, or to repeat one number for all, is part of accumulating it."""
    *others, last = t.others or (None,)
    if not isinstance(last, Outer | SumUnits | Repeat):
        return _mapped(t.expr, t.others, builder), None
    return _mapped(t.expr, others, builder), last.operand if isinstance(last, Outer) else None
