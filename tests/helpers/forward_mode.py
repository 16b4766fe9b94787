"""Forward mode held against reverse mode, which ``gradcheck`` has held against differences of numbers.

``gradcheck`` can do that too, in five times the calls: it takes the differences again, and two more for each tangent
that may be absent. Here each of those is told by what is left of the whole, to more digits than differences have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad

Function = Callable[..., tuple[Tensor, ...]]


def assert_forward_mode(function: Function, inputs: Sequence[Tensor], tolerance: float = 1e-9) -> None:
    """With a random tangent of every input, and of all inputs but each: v·Ju, to so many digits of its largest summand.

    All inputs need gradients; outputs that depend on none of them are left out.
    """
    outputs = [y for y in function(*inputs) if y.requires_grad]
    weights, tangents = ([torch.randn_like(t) for t in ts] for ts in (outputs, inputs))
    grads = torch.autograd.grad(outputs, inputs, weights, allow_unused=True)
    parts = [0.0 if g is None else float((g * u).sum()) for g, u in zip(grads, tangents, strict=True)]
    scale = max(1.0, *(float((g * u).abs().sum()) for g, u in zip(grads, tangents, strict=True) if g is not None))
    for absent in (None, *range(len(inputs))):
        expected = sum(part for k, part in enumerate(parts) if k != absent)
        with forward_ad.dual_level():
            given = [
                x.detach() if k == absent else forward_ad.make_dual(x.detach(), u)
                for k, (x, u) in enumerate(zip(inputs, tangents, strict=True))
            ]
            found = [forward_ad.unpack_dual(y).tangent for y in function(*given)]
        assert len(found) == len(outputs)
        got = sum(float((t.detach() * v).sum()) for t, v in zip(found, weights, strict=True) if t is not None)
        without = "every tangent" if absent is None else f"all tangents but that of input {absent}"
        assert abs(got - expected) <= tolerance * scale, f"with {without}: {got} by forward mode, {expected} by reverse"


def gradients(function: Function, inputs: Sequence[Tensor]) -> tuple[Function, list[Tensor]]:
    """The gradients of what a function gives, as a function of its inputs and of the outputs' gradients; and both."""
    count = len(inputs)
    outputs = [y for y in function(*inputs) if y.requires_grad]

    def found(*given: Tensor) -> tuple[Tensor, ...]:
        given = tuple(t.requires_grad_() for t in given)  # forward mode has detached them
        outputs = [y for y in function(*given[:count]) if y.requires_grad]
        grads = torch.autograd.grad(outputs, given[:count], given[count:], create_graph=True, allow_unused=True)
        return tuple(g for g in grads if g is not None)

    return found, [*inputs, *(torch.randn_like(y).requires_grad_() for y in outputs)]
