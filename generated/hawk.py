# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Hawk's recurrent block.

De et al. (2024), Griffin: Mixing Gated Linear Recurrences with Local Attention, arXiv:2402.19427: the recurrent block

rg_lru after a convolution over four steps, times a branch of its own, and an output map: u_1 to u_3 are what the
convolution reads of the three steps before. As in the authors' code (recurrentgemma), the gates' matrices have a block
for each head, biases start at 0, the convolution at a variance of 0.01/4, and nu as in rg_lru. There GELU is its tanh
form, the first step's input is not scaled by the root, and the branches may be of another width.

One time step:

      yₜ = GELU(W_iy xₜ + b_iy)
      uₜ = W_iu xₜ + b_iu
      vₜ = w_0 ⊙ uₜ + w_1 ⊙ u_1ₜ₋₁ + w_2 ⊙ u_2ₜ₋₁ + w_3 ⊙ u_3ₜ₋₁ + b
      rₜ = σ(W_vr vₜ + b_vr)
      iₜ = σ(W_vi vₜ + b_vi)
      kₜ = −c softplus(ν) ⊙ rₜ
      sₜ = exp(kₜ) ⊙ sₜ₋₁ + sqrt(1 − exp(2 kₜ)) ⊙ iₜ ⊙ vₜ
      oₜ = yₜ ⊙ sₜ
      hₜ = W_oh oₜ + b_oh
    u_3ₜ = u_2ₜ₋₁
    u_2ₜ = u_1ₜ₋₁
    u_1ₜ = uₜ
    W_vr and W_vi are block-diagonal, a block for each head
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, back_by_head, by_head, outer, outer_by_head, total
from .checks import per_head
from .parallel import delayed, linear_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_root(x: Tensor) -> Tensor:
    return torch.sqrt(x)


def slope_of_root(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_root``, y being the value."""
    return torch.where(y != 0, 0.5 / y, 0)


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (2*hidden_size, input_size): W_iy, W_iu
    bias_ih: Tensor | None  # (2*hidden_size,): b_iy, b_iu
    weight_vh: Tensor  # (2*hidden_size, hidden_size/heads): W_vr, W_vi
    bias_vh: Tensor | None  # (2*hidden_size,): b_vr, b_vi
    weight_oh: Tensor  # (hidden_size, hidden_size): W_oh
    bias_oh: Tensor | None  # (hidden_size,): b_oh
    w_0: Tensor  # (hidden_size,)
    w_1: Tensor  # (hidden_size,)
    w_2: Tensor  # (hidden_size,)
    w_3: Tensor  # (hidden_size,)
    b: Tensor  # (hidden_size,)
    nu: Tensor  # (hidden_size,)


class HawkEquations:
    """The equations of the Hawk, for every layer, direction and time step alike."""

    states = ("h", "s", "u_1", "u_2", "u_3")
    Parameters = Parameters
    saved = ("s_prev", "y", "v", "r", "i", "softplus_nu", "exp_k", "exp_s", "root_s")
    summed = ("x", "u_1_prev", "u_2_prev", "u_3_prev", "a_y", "u", "v", "r", "s", "o")
    sizes = ("heads",)
    c_files = {"": "hawk.c"}
    options = {"c": 8.0}

    c: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "weight_vh": (2 * hidden_size, per_head(hidden_size, self.heads)),
            "bias_vh": (2 * hidden_size,),
            "weight_oh": (hidden_size, hidden_size),
            "bias_oh": (hidden_size,),
            "w_0": (hidden_size,),
            "w_1": (hidden_size,),
            "w_2": (hidden_size,),
            "w_3": (hidden_size,),
            "b": (hidden_size,),
            "nu": (hidden_size,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_ih is not None:
            nn.init.zeros_(p.bias_ih)
        if p.bias_vh is not None:
            nn.init.zeros_(p.bias_vh)
        if p.bias_oh is not None:
            nn.init.zeros_(p.bias_oh)
        nn.init.normal_(p.w_0, 0, 0.05)
        nn.init.normal_(p.w_1, 0, 0.05)
        nn.init.normal_(p.w_2, 0, 0.05)
        nn.init.normal_(p.w_3, 0, 0.05)
        nn.init.zeros_(p.b)
        drawn = nn.init.uniform_(p.nu, 0.81, 0.998001)
        drawn.copy_(torch.log(-1 + 1 / torch.sqrt(drawn)))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        softplus_nu = F.softplus(p.nu, threshold=40)
        a_y, u = F.linear(x, p.weight_ih, p.bias_ih).chunk(2, -1)
        y = F.gelu(a_y)
        u_1 = u
        softplus_nu = softplus_nu.expand(*x.shape[:-1], -1)
        return softplus_nu, a_y, u, y, u_1

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, s_prev, u_1_prev, u_2_prev, u_3_prev = states
        softplus_nu, a_y, u, y, u_1 = a

        # Gates
        v = p.w_0 * u + p.w_1 * u_1_prev + p.w_2 * u_2_prev + p.w_3 * u_3_prev + p.b

        # Affine maps
        a_r, a_i = by_head(v, p.weight_vh, self.heads, p.bias_vh).chunk(2, -1)

        # Gates
        r = torch.sigmoid(a_r)
        i = torch.sigmoid(a_i)
        k = -self.c * softplus_nu * r

        # New state
        exp_k = torch.exp(k)
        exp_s = torch.exp(2 * k)
        root_s = with_slope(value_of_root, slope_of_root, -torch.expm1(2 * k))
        s = exp_k * s_prev + root_s * i * v

        # Gates
        o = y * s

        # New state
        h = F.linear(o, p.weight_oh, p.bias_oh)
        u_3 = u_2_prev
        u_2 = u_1_prev
        return (h, s, u_1, u_2, u_3), (y, v, r, i, softplus_nu, exp_k, exp_s, root_s, a_y, u, o)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        softplus_nu, _, u, y, u_1 = self.project_input(x, p)
        u_1_prev = delayed(u_1, states[2])
        u_2 = u_1_prev
        u_2_prev = delayed(u_2, states[3])
        u_3 = u_2_prev
        u_3_prev = delayed(u_3, states[4])
        v = p.w_0 * u + p.w_1 * u_1_prev + p.w_2 * u_2_prev + p.w_3 * u_3_prev + p.b
        a_r, a_i = by_head(v, p.weight_vh, self.heads, p.bias_vh).chunk(2, -1)
        r = torch.sigmoid(a_r)
        i = torch.sigmoid(a_i)
        k = -self.c * softplus_nu * r
        exp_k = torch.exp(k)
        root_s = with_slope(value_of_root, slope_of_root, -torch.expm1(2 * k))
        s = linear_scan(x, exp_k, root_s * i * v, states[1])
        o = y * s
        h = F.linear(o, p.weight_oh, p.bias_oh)
        return h, (h[-1], s[-1], u_1[-1], u_2[-1], u_3[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, u, y, u_1 = a
        h, s, _, u_2, u_3, _, v, r, i, _, _, _, _, _, _, o = kept
        softplus_nu = F.softplus(p.nu, threshold=40)
        k = -self.c * softplus_nu * r
        return {
            "y": y,
            "u": u,
            "v": v,
            "r": r,
            "i": i,
            "k": k,
            "s": s,
            "o": o,
            "h": h,
            "u_3": u_3,
            "u_2": u_2,
            "u_1": u_1,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        s_prev, y, v, r, i, softplus_nu, exp_k, exp_s, root_s = saved
        ds_dk = s_prev * exp_k + torch.where(root_s != 0, -i * v * exp_s / root_s, 0)
        ds_da_i = i * (1 - i) * root_s * v
        dk_da_r = -self.c * softplus_nu * r * (1 - r)
        ds_dv = root_s * i
        return y, ds_dk, ds_da_i, dk_da_r, ds_dv, exp_k

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_s_next, d_u_1, d_u_2, d_u_3 = d_states
        y, ds_dk, ds_da_i, dk_da_r, ds_dv, exp_k = local
        d_o = d_h @ p.weight_oh
        d_s = d_s_next + d_o * y
        d_k = d_s * ds_dk
        d_a_i = d_s * ds_da_i
        d_a_r = d_k * dk_da_r
        d_a = torch.cat((d_a_r, d_a_i), -1)
        d_v = d_s * ds_dv + back_by_head(d_a, p.weight_vh, self.heads)
        d_h_prev = torch.zeros_like(d_h)
        d_s_prev = d_s * exp_k
        d_u_1_prev = d_v * p.w_1 + d_u_2
        d_u_2_prev = d_v * p.w_2 + d_u_3
        d_u_3_prev = d_v * p.w_3
        return (d_h_prev, d_s_prev, d_u_1_prev, d_u_2_prev, d_u_3_prev), (d_a, d_h, d_u_1, d_o, d_k, d_v)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_h, d_u_1, d_o, d_k, d_v = kept
        x, u_1_prev, u_2_prev, u_3_prev, a_y, u, v, r, s, o = summed
        d_softplus_nu = -d_k * self.c * r
        d_u = d_v * p.w_0 + d_u_1
        d_y = d_o * s
        d_a_y = d_y * (
            0.5 * (1 + torch.erf(a_y / 1.4142135623730951)) + a_y * torch.exp(-0.5 * a_y**2) / 2.5066282746310007
        )
        d_a_x = torch.cat((d_a_y, d_u), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            bias_ih=total(d_a_x),
            weight_vh=outer_by_head(d_a, v, self.heads),
            bias_vh=total(d_a),
            weight_oh=outer(d_h, o),
            bias_oh=total(d_h),
            w_0=total(d_v * u),
            w_1=total(d_v * u_1_prev),
            w_2=total(d_v * u_2_prev),
            w_3=total(d_v * u_3_prev),
            b=total(d_v),
            nu=total(d_softplus_nu * torch.sigmoid(p.nu)),
        )


class Hawk(HawkEquations, RecurrentLayer):
    """Hawk's recurrent block over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
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

    Call: ``output, (h, s, u_1, u_2, u_3) = layer(input, (h, s, u_1, u_2, u_3))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        s: (D * num_layers, B, H), without B for unbatched input; zero by default
        u_1: (D * num_layers, B, H), without B for unbatched input; zero by default
        u_2: (D * num_layers, B, H), without B for unbatched input; zero by default
        u_3: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class HawkCell(HawkEquations, RecurrentCell):
    """Hawk's recurrent block, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, bias, c, device, dtype; as in ``Hawk``

    Call: ``(h, s, u_1, u_2, u_3) = cell(input, (h, s, u_1, u_2, u_3))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        s: (B, H) or (H,); zero by default
        u_1: (B, H) or (H,); zero by default
        u_2: (B, H) or (H,); zero by default
        u_3: (B, H) or (H,); zero by default
    """


Layer, Cell = Hawk, HawkCell
