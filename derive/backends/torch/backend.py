"""The backend as others ask for it: cells as programs on arrays, run by the generated layer and its backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr

from derive.backends.base import Answer, Problem, Program
from derive.backends.torch.build import build, require_torch
from derive.backends.torch.emit import module_text, shared_files
from derive.backends.torch.layout import ATTRIBUTES, check_names
from derive.backends.torch.plan import torch_plan
from derive.backends.torch.printer import torch_code
from derive.definition.cell import Cell
from derive.plan.plan import Plan
from derive.statements.sizes import lengths
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ


class Torch:
    """PyTorch modules."""

    name = "torch"
    reserved = ATTRIBUTES

    def check(self, cell: Cell) -> None:
        check_names(cell)

    def plan(self, cell: Cell) -> Plan:
        return torch_plan(cell)

    def expression(self, expr: Expr) -> str:
        return torch_code(expr)

    def module(self, cell: Cell) -> str:
        return module_text(cell)

    def runtime(self) -> Mapping[str, str]:
        return shared_files()

    def load(self, cell: Cell) -> Program:
        """The layer in float64, one direction. Raises DeriveError where torch is not installed."""
        require_torch()
        module, plan = build(cell), torch_plan(cell)
        return lambda problem: _run(module, plan, problem)


def _run(module: Any, plan: Plan, problem: Problem) -> Answer:
    """A problem worked by the layer, and its gradients by autograd, which the layer gives its own backward pass."""
    import numpy as np
    import torch

    stores = [s for s in plan.stores if s.learned and s.name in problem.parameters]
    options: dict[str, Any] = {"bias": any(s.role == "bias" for s in stores)}
    if PROJ in plan.cell.sizes.values() and not any(s.optional for s in plan.stores if s not in stores):
        options["proj_size"] = problem.sizes[PROJ]
    options |= {size: problem.sizes[size] for size in plan.cell.named_sizes}
    layer = module.Layer(problem.sizes[INPUT], problem.sizes[HIDDEN], **options, dtype=torch.float64)
    layer.kernels = False  # they are another backend's
    with torch.no_grad():
        for s in stores:
            getattr(layer, f"{s.name}_l0").copy_(_tensor(problem.parameters[s.name]))
    x = _tensor(problem.x).requires_grad_()
    further = [_tensor(problem.further[i.name]).requires_grad_() for i in plan.cell.given]
    masks = {i.name: _tensor(problem.further[i.name]) for i in plan.cell.draws}
    masks |= {i.name: masks[i.name][0] for i in plan.cell.draws if i.chance and i.chance.per_sequence}
    start = [_tensor(problem.states[s.name]).requires_grad_() for s in plan.states]
    shapes = [lengths(plan.cell.sizes[plan.cell.previous(s.name)], problem.sizes) for s in plan.states]
    hx = [s.unflatten(-1, shape).unsqueeze(0) for s, shape in zip(start, shapes, strict=True)]
    outputs, final = layer(x, *further, hx[0] if len(hx) == 1 else tuple(hx), **masks)
    finals = [f[0].flatten(1) for f in ([final] if len(hx) == 1 else final)]
    reached = [problem.d_outputs, *(problem.d_states[s.name] for s in plan.states)]
    loss = sum((q * _tensor(d)).sum() for q, d in zip([outputs, *finals], reached, strict=True))
    wanted = [x, *further, *start, *(getattr(layer, f"{s.name}_l0") for s in stores)]
    d_x, *others = torch.autograd.grad(loss, wanted, materialize_grads=True)
    d_further, others = others[: len(further)], others[len(further) :]
    names = [s.name for s in plan.states]
    return Answer(
        _array(outputs),
        dict(zip(names, map(_array, finals), strict=True)),
        _array(d_x),
        dict(zip(names, map(_array, others), strict=False)),
        dict(zip([s.name for s in stores], map(_array, others[len(names) :]), strict=True)),
        {
            **dict(zip([i.name for i in plan.cell.given], map(_array, d_further), strict=True)),
            **{i.name: np.zeros_like(problem.further[i.name]) for i in plan.cell.draws},
        },
    )


def _tensor(array: Any) -> Any:
    import torch

    return torch.tensor(array, dtype=torch.float64)


def _array(tensor: Any) -> Any:
    return tensor.detach().numpy()
