"""The stages of a step: what a machine can do panel by panel before it has to wait for all units."""

from __future__ import annotations

from sympy import Symbol

from derive.plan.operations import Matmul, Operation, Reduce, Scan
from derive.plan.plan import Phase, Plan

_MIXING = (Matmul, Reduce, Scan)  # a unit of the result needs all units of the operand


def stages(plan: Plan, phase: Phase) -> tuple[tuple[Operation, ...], ...]:
    """The operations of a phase in stages. A product, reduction or scan of what a stage computes begins the next one;
    within a stage products come first, then what is pointwise, unit by unit. The order within a stage is the plan's.
    """
    level: dict[Symbol, int] = {}
    found: list[list[Operation]] = []
    for op in plan.phases[phase]:
        k = max((level.get(q, 0) for q in op.reads), default=0) + isinstance(op, _MIXING)
        level |= dict.fromkeys(op.targets, k)
        while len(found) < max(k, 1):
            found.append([])
        found[max(k, 1) - 1].append(op)
    return tuple(map(tuple, found))
