"""The order of the tensors, which is a backend's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derive.plan.plan import Plan


def in_order(first: Sequence[str]) -> Callable[[Plan], Plan]:
    """The pass that Needs: nothing. Gives: the stores of these names first, in this order, the others as they appear;
    gradients are made, and products of one formula added, in the order of the stores."""

    def arrange(plan: Plan) -> Plan:
        place = {name: k for k, name in enumerate(first)}
        return replace(plan, stores=tuple(sorted(plan.stores, key=lambda s: place.get(s.name, len(place)))))

    return arrange
