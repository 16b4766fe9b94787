"""The derived cell against the module that it was read from, on random numbers in float64: new states and gradients."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from derive.backends.torch.build import build
from derive.errors import DeriveError
from derive.intake.exact import exact_hardsigmoid
from derive.intake.form import X, first_line

if TYPE_CHECKING:
    from derive.intake.torch_cell import FromTorch

Tensor = Any


def stepped(cell: Any, inputs: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
    """A step of a derived cell, states and new ones with all their numbers in a row, (B, n)."""
    axes = getattr(cell, "matrix_states", {})
    lengths = {name: [n if isinstance(n, int) else getattr(cell, n) for n in axes[name]] for name in axes}
    given = [s.unflatten(-1, lengths[name]) if name in axes else s for name, s in zip(cell.states, states, strict=True)]
    result = cell(*inputs, given[0] if len(given) == 1 else tuple(given))
    return [s.flatten(1) for s in ([result] if len(given) == 1 else result)]


def differences(read: FromTorch) -> dict[str, float]:
    """The largest differences between module and derived cell; weights, input and states are from U(-1, 1)."""
    import torch

    step = read.step
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1).requires_grad_()

    module = copy.deepcopy(step.module).double().eval()
    with torch.no_grad():
        for p in (p for p in module.parameters() if p.requires_grad):
            p.copy_(drawn(*p.shape))
    ours = read.filled(build(read.cell).Cell, module.state_dict())
    form = step.form
    tensors = {name: drawn(4, n) for name, n in step.sizes.items()}
    given = [tensors[n] for n in (X, *form.further, *form.states)]
    every = [tensors[n] for n in step.states]
    towards = [drawn(4, step.sizes[n]) for n in step.states]

    def called() -> list[Tensor]:
        copies = {name: t.clone() for name, t in tensors.items()}  # a step may write over what it is given
        return form.results(module(*form.arguments(copies)))

    label = type(step.module).__name__
    with exact_hardsigmoid():
        theirs = called()
        if (kept := _gap(zip(called(), theirs, strict=True))) > 0:
            raise DeriveError(
                f"{label}: two calls on the same numbers differ by {kept:.1e}: it keeps something from call to call, or"
                " draws numbers; a state is given and returned"
            )
    further = [tensors[n] for n in form.further]
    mine = stepped(ours, [tensors[X], *further], every)
    learned = {n: p for n, p in module.named_parameters(remove_duplicate=False) if p.requires_grad}
    with exact_hardsigmoid():
        try:
            at_theirs, of_theirs = _gradients(_loss(theirs, towards), given, learned)
        except RuntimeError as e:
            raise DeriveError(f"{label}: torch finds no gradient of it: {first_line(e)}") from None
    at_mine, of_mine = _gradients(_loss(mine, towards), given, dict(ours.named_parameters()))
    expected = read.converted(of_theirs)
    return {
        "states": _gap(zip(mine, theirs, strict=True)),
        "gradients of input and states": _gap(zip(at_mine, at_theirs, strict=True)),
        "gradients of weights": _gap((of_mine[name], expected[name]) for name in of_mine),
    }


def _loss(new: Sequence[Tensor], towards: Sequence[Tensor]) -> Tensor:
    """A number that depends on all new states, linearly."""
    return sum((t * n).sum() for t, n in zip(towards, new, strict=True))


def _gradients(
    loss: Tensor, given: Sequence[Tensor], weights: Mapping[str, Tensor]
) -> tuple[list[Tensor], dict[str, Tensor]]:
    """With respect to input and states, and to the weights; zeros of what the loss does not depend on."""
    import torch

    wanted = [*given, *weights.values()]
    found = torch.autograd.grad(loss, wanted, allow_unused=True)
    found = [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
    return found[: len(given)], dict(zip(weights, found[len(given) :], strict=True))


def _gap(pairs: Iterable[tuple[Tensor, Tensor]]) -> float:
    return max((float((a - b).abs().max().detach()) for a, b in pairs), default=0.0)
