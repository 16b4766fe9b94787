"""Whether a step leaves float32 where its inputs and weights are large: the degree of its quantities in these."""

from __future__ import annotations

from typing import Any

from sympy import Mul, Number, Piecewise, Pow, Symbol, exp

from derive.plan.operations import Contract, Matmul, Operation, Pointwise, Softmax
from derive.plan.plan import Origin, Phase, Plan
from derive.plan.ranges import Ranges

LARGEST = 9  # the power of 1e4 that is a number of float32 and of bfloat16
STEPS = 4  # of those whose states grow at every step there is always a length at which they leave any type


def leaves_float32(plan: Plan) -> bool:
    """Whether a quantity of the first steps may be beyond float32 for inputs and weights of 1e4: of a degree above nine
    in them. Those of the backward pass are of no higher degree than the output."""
    degrees = _Degrees(plan)
    before: dict[Symbol, int] = {}
    for _ in range(STEPS):
        found = degrees.of_step(before)
        if max(found.values()) > LARGEST:
            return True
        before = {s.previous: found[s.new] for s in plan.states}
    return False


class _Degrees:
    """The degree of a quantity: 0 of one with bounds, 1 of an input or weight; that of a product is the sum, that of a
    sum, or of a function that grows as its argument does, the largest."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.ranges = plan, Ranges(plan)
        self.given = {q: 1 for q, v in plan.values.items() if v.origin in (Origin.INPUT, Origin.PARAMETER)}

    def of_step(self, before: dict[Symbol, int]) -> dict[Symbol, int]:
        """Of all quantities, given those of the states before the step."""
        found = self.given | before
        for phase in (Phase.PARAMETERS, Phase.SEQUENCE, Phase.STEP):
            for op in self.plan.phases[phase]:
                degree = self._of(op, found)
                found |= {q: 0 if self.ranges.bound(q) else degree for q in op.targets}
        return found

    def _of(self, op: Operation, found: dict[Symbol, int]) -> int:
        if isinstance(op, Pointwise):
            return self._formula(op.expr, found)
        if isinstance(op, Softmax):
            return 0
        read = [found.get(q, 0) for q in op.reads]
        return sum(read) if isinstance(op, Contract) else max(read, default=0) + isinstance(op, Matmul)

    def _formula(self, expr: Any, found: dict[Symbol, int]) -> int:
        if isinstance(expr, Symbol):
            return found.get(expr, 0)
        if not expr.args or isinstance(expr, exp) or self.ranges.bound(expr):
            return 0  # what is written with exp is divided by as much
        if isinstance(expr, Pow):
            power = int(expr.exp) if isinstance(expr.exp, Number) and expr.exp > 0 else 0
            return power * self._formula(expr.base, found)
        parts = [a.expr for a in expr.args] if isinstance(expr, Piecewise) else expr.args
        degrees = [self._formula(a, found) for a in parts]
        return sum(degrees) if isinstance(expr, Mul) else max(degrees)
