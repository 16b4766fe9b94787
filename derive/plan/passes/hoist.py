"""Moving work out of the loop over time: to where it is done once, or for many time steps together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import Symbol

from derive.plan.operations import Contract, Matmul, Operation, Pointwise, Split
from derive.plan.plan import FIXED, FreshNames, Origin, Phase, Plan


def hoist_parameters(plan: Plan) -> Plan:
    """Needs: nothing. Gives: what depends on the parameters alone stands in PARAMETERS, for all steps alike."""
    return _hoisted(plan, Phase.STEP, Phase.PARAMETERS, FIXED)


def hoist_input(plan: Plan) -> Plan:
    """Needs: ``hoist_parameters``. Gives: what depends on the input alone stands in SEQUENCE, for all time steps
    together; a product is cut into its blocks there only if one of them is read there. If that product is of parameters
    alone, it is cut in PARAMETERS."""
    plan = _hoisted(plan, Phase.STEP, Phase.SEQUENCE, (Origin.INPUT, *FIXED))
    fixed = known_from(plan, FIXED, (Phase.PARAMETERS, Phase.SEQUENCE))
    sequence = plan.phases[Phase.SEQUENCE]
    cuts = [op for op in sequence if fixed.issuperset(op.reads)]
    left = [op for op in sequence if op not in cuts]
    return plan.with_phases({Phase.PARAMETERS: [*plan.phases[Phase.PARAMETERS], *cuts], Phase.SEQUENCE: left})


def hoist_coefficients(plan: Plan) -> Plan:
    """Needs: ``defer_gradients``, so that only what the backward step waits for is left in BACK. Gives: what depends on
    no cotangent stands in COEFFICIENTS, for many time steps together. A machine that has each quantity at hand as it
    goes back, and computes a formula of them faster than it reads its value, leaves this out."""
    return _hoisted(plan, Phase.BACK, Phase.COEFFICIENTS, (Origin.INPUT, Origin.PREVIOUS, *FIXED))


def defer_gradients(plan: Plan) -> Plan:
    """Needs: nothing. Gives: what does not lead to the cotangents of the previous states stands in GRADIENTS, for all
    time steps together. A formula of forward quantities that both need is computed in both."""
    wanted = {s.outgoing for s in plan.states}
    inside: list[Operation] = []
    for op in reversed(plan.phases[Phase.BACK]):
        if wanted.intersection(op.targets):
            inside.insert(0, op)
            wanted.update(op.reads)
    outside = [op for op in plan.phases[Phase.BACK] if op not in inside]
    outside += plan.phases[Phase.GRADIENTS]
    names = FreshNames(plan.values)
    again: dict[Symbol, Symbol] = {}
    copies: list[Operation] = []
    read = {q for op in outside for q in op.reads}
    for op in reversed(inside):
        if not _is_cotangent(plan, op) and read.intersection(op.targets):
            read.update(op.reads)
            again |= {q: names.fresh(q.name) for q in op.targets}
            copies.insert(0, op)
    moved = [op.over(lambda q: again.get(q, q)) for op in (*copies, *outside)]
    values = [replace(plan.values[q], symbol=other) for q, other in again.items()]
    return plan.with_phases({Phase.BACK: inside, Phase.GRADIENTS: moved}, values)


def known_from(plan: Plan, origins: Sequence[Origin], phases: Iterable[Phase]) -> set[Symbol]:
    """The quantities of these phases that depend on what has one of these origins alone, and these."""
    known = {q for q, v in plan.values.items() if v.origin in origins}
    for phase in phases:
        for op in plan.phases[phase]:
            if known.issuperset(op.reads):
                known.update(op.targets)
    return known


def _hoisted(plan: Plan, here: Phase, there: Phase, origins: Sequence[Origin]) -> Plan:
    known = known_from(plan, origins, [*Phase][: [*Phase].index(here) + 1])
    stays: set[Symbol] = set()  # what stands here for another reason than what it depends on, and what reads it
    moved: list[Operation] = []
    for op in plan.phases[here]:
        grown = there is not Phase.PARAMETERS and _grows(plan, op)
        if known.issuperset(op.reads) and not (_is_cotangent(plan, op) or grown or stays.intersection(op.reads)):
            moved.append(op)
        else:
            stays.update(op.targets)
    moved = [op for op in moved if not _only_cuts(op, moved)]
    left = [op for op in plan.phases[here] if op not in moved]
    return named_where_kept(plan.with_phases({there: [*plan.phases[there], *moved], here: left}))


def _grows(plan: Plan, op: Operation) -> bool:
    """Whether a product is a matrix of vectors: for all time steps together it would be too large."""
    return isinstance(op, Contract) and all({*op.result} - {*axes} for axes in op.axes)


def _is_cotangent(plan: Plan, op: Operation) -> bool:
    """Whether an operation gives a cotangent, if one of zero."""
    return plan.values[op.targets[0]].origin is Origin.COTANGENT


def _only_cuts(op: Operation, moved: Sequence[Operation]) -> bool:
    """Whether an operation only cuts what is read in another phase."""
    return isinstance(op, Split) and not any(set(op.targets).intersection(other.reads) for other in moved)


def named_where_kept(plan: Plan) -> Plan:
    """What one phase keeps for another has a name."""
    names = FreshNames(plan.values)
    kept = {q for phase, op in plan for q in op.reads if plan.phase_of.get(q, phase) is not phase}
    found = {
        q: names.fresh(_stem(plan, op)) for _, op in plan for q in op.targets if q in kept and not plan.values[q].named
    }
    return plan.renamed(found) if found else plan


def _stem(plan: Plan, op: Operation) -> str:
    """What an operation's result may be called: a_x, what the input gives."""
    found: Operation | None = op
    while isinstance(found, Pointwise):
        found = next((plan.definitions[q] for q in found.reads if q in plan.definitions), None)
    return f"a_{found.operand}" if isinstance(found, Matmul) else "a"
