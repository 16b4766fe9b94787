"""A generated module against the statements of its cell, run one by one by ``reference``."""

from __future__ import annotations

import math

import reference
import torch
from replacements import functional
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from derive.backends.torch.build import build
from derive.definition.cell import Cell
from derive.statements.parameter import Parameter
from derive.statements.sizes import lengths


def distance(ours, theirs) -> float:
    """The largest difference of tensors in equal places."""
    pairs = zip(tree_leaves(ours), tree_leaves(theirs), strict=True)
    return max(float((a.detach().cpu().double() - b.detach().cpu().double()).abs().max()) for a, b in pairs)


def rows_of(tensor: Tensor, p: Parameter, value: Tensor) -> Tensor:
    """A parameter's part of the stacked tensor."""
    return tensor if value.dim() == 0 else tensor[p.block * len(value) : (p.block + 1) * len(value)]


def load(module: nn.Module, cell: Cell, parameters: dict[str, Tensor], suffix: str) -> None:
    """Put parameters by their own names into the stacked tensors."""
    for p in cell.parameters:
        if p.learned:
            value = parameters[p.name].detach()
            with torch.no_grad():
                rows_of(getattr(module, p.tensor + suffix), p, value).copy_(value)


def assert_computes_its_statements(
    cell: Cell, factory: dict, tolerance: float, *, checkpoint: bool = False, seed: int = 3
) -> None:
    """Layer and cell over three steps, and all the layer's gradients, to a tolerance that the largest number scales."""
    sizes = reference.sizes_of(cell)
    generator = torch.Generator().manual_seed(seed)
    parameters = reference.random_parameters(cell, generator)
    learned = [p for p in cell.parameters if p.learned]
    shapes = [lengths(cell.sizes[cell.previous(s)], sizes) for s in cell.states]
    projected = {"proj_size": sizes["proj_size"]} if "proj_size" in cell.sizes.values() else {}
    named = {name: sizes[name] for name in cell.named_sizes}
    drawn = reference.draw_inputs(cell, (3, 2), generator)
    masks = {name: m.to(**factory) for name, m in reference.masks_of(cell, drawn).items()}
    given = 1 + len(cell.given)
    xs = tuple(x.requires_grad_(k < given) for k, x in enumerate(reference.separate(drawn)))
    start = [torch.rand(2, math.prod(n), dtype=torch.float64, generator=generator).requires_grad_() for n in shapes]
    steps = reference.forward(cell, parameters, xs, dict(zip(cell.states, start, strict=True)))
    expected = [torch.stack([s[cell.states[0]] for s in steps]), *(steps[-1][s] for s in cell.states)]
    xs = xs[:given]
    inputs = [*xs, *start, *(parameters[p.name] for p in learned)]
    expected_grads = torch.autograd.grad(functional(expected), inputs, materialize_grads=True)

    module = build(cell)
    xs, start = ([t.detach().to(**factory).requires_grad_() for t in group] for group in (xs, start))
    sizes = [sizes[s] for s in ("input_size", "hidden_size")]
    layer = module.Layer(*sizes, **named, **projected, **factory, checkpoint=checkpoint)
    load(layer, cell, parameters, "_l0")
    with_axes = [s.unflatten(1, axes) for s, axes in zip(start, shapes, strict=True)]
    hx = [s.unsqueeze(0) for s in with_axes]
    y, h = layer(*xs, hx[0] if len(hx) == 1 else hx, **masks)
    outputs = [y, *(s[0].flatten(1) for s in tree_leaves(h))]
    scale = max(1.0, *(t.abs().max().item() for t in expected))
    assert distance(outputs, expected) <= tolerance * scale
    inputs = [*xs, *start, *(getattr(layer, p.tensor + "_l0") for p in learned)]
    grads = list(torch.autograd.grad(functional(outputs), inputs, materialize_grads=True))
    first = len(xs) + len(start)
    grads[first:] = [rows_of(g, p, parameters[p.name]) for g, p in zip(grads[first:], learned, strict=True)]
    for got, want in zip(grads, expected_grads, strict=True):
        assert distance([got], [want]) <= tolerance * max(scale, want.abs().max().item())
    if not projected:
        step = module.Cell(*sizes, **named, **factory)
        load(step, cell, parameters, "")
        hx = with_axes[0] if len(start) == 1 else with_axes
        once = {i.name for i in cell.draws if i.chance.per_sequence}
        for t, row in enumerate(zip(*xs, strict=True)):
            hx = step(*row, hx, **{name: m if name in once else m[t] for name, m in masks.items()})
        assert distance([s.flatten(1) for s in tree_leaves(hx)], expected[1:]) <= tolerance * scale
