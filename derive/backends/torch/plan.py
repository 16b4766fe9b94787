"""A cell's plan as PyTorch wants it: the stores in the order of registration, the activation open to choice."""

from __future__ import annotations

from derive.backends.torch.choice import with_choice
from derive.definition.cell import Cell
from derive.plan.build import build
from derive.plan.passes import PASSES, run
from derive.plan.passes.stores import in_order
from derive.plan.plan import Plan

#: PyTorch's order of registration; every other tensor follows in the order of appearance.
REGISTERED = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "bias")


def torch_plan(cell: Cell) -> Plan:
    """The plan of a cell after the passes that suit PyTorch."""
    return run(build(with_choice(cell)), (in_order(REGISTERED), *PASSES))
