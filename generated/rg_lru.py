# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Real-gated linear recurrent unit.

De et al. (2024), Griffin: Mixing Gated Linear Recurrences with Local Attention, arXiv:2402.19427, equations 1 to 4

The paper gates x itself, which needs x as wide as h; a matrix stands before it here. nu is the Λ of the paper's
appendix A and code, log a = -c softplus(Λ) r; in a = σ(Λ) of equation 3 it has the other sign. In the authors' code
(recurrentgemma), as here, the square of a starts uniform on [0.9², 0.999²], and the gates' biases at 0.

One time step:

    rₜ = σ(W_ir xₜ + b_ir)
    iₜ = σ(W_ii xₜ + b_ii)
    kₜ = −c softplus(ν) ⊙ rₜ
    hₜ = exp(kₜ) ⊙ hₜ₋₁ + sqrt(1 − exp(2 kₜ)) ⊙ iₜ ⊙ (W_ih xₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_root(x: Tensor) -> Tensor:
    return torch.sqrt(x)


def slope_of_root(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_root``, y being the value."""
    return torch.where(y != 0, 0.5 / y, 0)


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_ii, W_ih
    bias_ih: Tensor | None  # (2*hidden_size,): b_ir, b_ii
    nu: Tensor  # (hidden_size,)


class RGLRUEquations:
    """The equations of the RGLRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("exp_k",)
    summed = ("x", "h_prev", "r", "i", "softplus_nu", "exp_k", "exp_h", "a_h", "root_h")
    c_files = {"": "rg_lru.c"}
    options = {"c": 8.0}

    c: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "nu": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_ih is not None:
            nn.init.zeros_(p.bias_ih)
        drawn = nn.init.uniform_(p.nu, 0.81, 0.998001)
        drawn.copy_(torch.log(-1 + 1 / torch.sqrt(drawn)))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        softplus_nu = F.softplus(p.nu, threshold=40)
        a_r, a_i = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih).chunk(2, -1)
        r = torch.sigmoid(a_r)
        i = torch.sigmoid(a_i)
        k = -self.c * softplus_nu * r
        exp_k = torch.exp(k)
        exp_h = torch.exp(2 * k)
        a_h = F.linear(x, p.weight_ih[2 * self.hidden_size :])
        root_h = with_slope(value_of_root, slope_of_root, -torch.expm1(2 * k))
        softplus_nu = softplus_nu.expand(*x.shape[:-1], -1)
        return softplus_nu, r, i, exp_k, exp_h, a_h, root_h

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        softplus_nu, r, i, exp_k, exp_h, a_h, root_h = a

        # New state
        h = exp_k * h_prev + root_h * i * a_h
        return (h,), (exp_k, r, i, softplus_nu, exp_h, a_h, root_h)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, i, exp_k, _, a_h, root_h = self.project_input(x, p)
        h = linear_scan(x, exp_k, root_h * i * a_h, states[0])
        return h, (h[-1],)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, r, i, _, _, _, _ = a
        h, _, _, _, _, _, _, _ = kept
        softplus_nu = F.softplus(p.nu, threshold=40)
        k = -self.c * softplus_nu * r
        return {"r": r, "i": i, "k": k, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (exp_k,) = saved
        return (exp_k,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (exp_k,) = local
        d_h_prev = d_h * exp_k
        return (d_h_prev,), (d_h,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_h,) = kept
        x, h_prev, r, i, softplus_nu, exp_k, exp_h, a_h, root_h = summed
        d_a_h = i * d_h * root_h
        scaled_d_k = self.c * r * d_h * (h_prev * exp_k + torch.where(root_h != 0, -i * a_h * exp_h / root_h, 0))
        d_softplus_nu = -scaled_d_k
        d_a_i = i * (1 - i) * d_h * root_h * a_h
        d_a_r = -(1 - r) * scaled_d_k * softplus_nu
        d_a = torch.cat((d_a_r, d_a_i, d_a_h), -1)
        d_a_ih = torch.cat((d_a_r, d_a_i), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a_ih),
            nu=total(d_softplus_nu * torch.sigmoid(p.nu)),
        )


class RGLRU(RGLRUEquations, RecurrentLayer):
    """Real-gated linear recurrent unit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        c: the constant c; 8.0 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: whether all time steps are computed together, in PyTorch, by scans of what is linear in the states;
            False by default

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RGLRUCell(RGLRUEquations, RecurrentCell):
    """Real-gated linear recurrent unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, c, device, dtype; as in ``RGLRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = RGLRU, RGLRUCell
