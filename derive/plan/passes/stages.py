"""The stages of a step: what a machine can do panel by panel before it has to wait for all units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Symbol

from derive.plan.operations import Operation
from derive.plan.plan import Phase, Plan


def stages(plan: Plan, phase: Phase) -> tuple[tuple[Operation, ...], ...]:
    """The operations of a phase in stages. A product, reduction or scan of what a stage computes begins the next one;
    within a stage these come first, then what is pointwise, unit by unit. The order within a stage is the plan's."""
    return in_stages(plan.phases[phase])


def in_stages(ops: Sequence[Operation]) -> tuple[tuple[Operation, ...], ...]:
    """The same of any operations."""
    level = levels(ops)
    found: list[list[Operation]] = [[] for _ in range(max(level.values(), default=1))]
    for op in ops:
        found[max(level[q] for q in op.targets) - 1].append(op)
    return tuple(map(tuple, found))


def levels(ops: Iterable[Operation]) -> dict[Symbol, int]:
    """The stage, from 1 on, in which each quantity is complete."""
    level: dict[Symbol, int] = {}
    for op in ops:
        k = max((level.get(q, 0) for q in op.reads if q not in op.targets), default=0)
        k = max(k, *(level.get(q, 0) for q in op.targets), 1 + k if op.mixing else 1)
        level |= dict.fromkeys(op.targets, k)
    return level
