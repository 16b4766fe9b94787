"""The passes: functions from plan to plan, in the order in which they are made.

What comes in is the naive plan of ``plan/build.py``; what goes out is a plan of few, large operations, each in the
phase where it is done. Every pass says what it needs and what it gives; ``plan/check.py`` says after each whether the
plan is still one. A backend takes the list as it is, or leaves out or adds passes of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.plan.passes.cotangents import cut_again, join_cotangents
from derive.plan.passes.hoist import defer_gradients, hoist_coefficients, hoist_input, hoist_parameters
from derive.plan.passes.order import order_factors
from derive.plan.passes.products import join_products
from derive.plan.passes.tidy import common_subexpressions, inline, without_dead
from derive.plan.plan import Plan

Pass = Callable[[Plan], Plan]

PASSES: tuple[Pass, ...] = (
    join_products,
    hoist_parameters,
    hoist_input,
    defer_gradients,
    hoist_coefficients,
    common_subexpressions,
    join_cotangents,
    cut_again,
    inline,
    order_factors,
    without_dead,
)


def run(plan: Plan, passes: tuple[Pass, ...] = PASSES) -> Plan:
    """The plan after the passes."""
    for one in passes:
        plan = one(plan)
    return plan
