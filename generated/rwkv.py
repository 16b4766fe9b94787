# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""RWKV-4 time mixing.

Peng et al. (2023), RWKV: Reinventing RNNs for the Transformer Era, EMNLP Findings, equations 23 to 28

Without the paper's token shift and output matrix. The decay is exp(-exp(w)). a and b are the sums of the average,
divided by exp(p), which start at 0: so p starts at -1e30, in the place of -∞, as in the authors' code.  w starts as
that of the first layer in the authors' code, whose u also goes up and down by 0.5 from unit to unit.

One time step:

    rₜ = σ(W_ir xₜ)
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    qₜ = max(pₜ₋₁, u + kₜ)
    hₜ = rₜ ⊙ (exp(pₜ₋₁ − qₜ) ⊙ aₜ₋₁ + exp(u + kₜ − qₜ) ⊙ vₜ)/(exp(pₜ₋₁ − qₜ) ⊙ bₜ₋₁ + exp(u + kₜ − qₜ))
    sₜ = pₜ₋₁ − exp(w)
    pₜ = max(kₜ, sₜ)
    aₜ = exp(sₜ − pₜ) ⊙ aₜ₋₁ + exp(kₜ − pₜ) ⊙ vₜ
    bₜ = exp(sₜ − pₜ) ⊙ bₜ₋₁ + exp(kₜ − pₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_ik, W_iv
    w: Tensor  # (hidden_size,)
    u: Tensor  # (hidden_size,)


class RWKVEquations:
    """The equations of the RWKV, for every layer, direction and time step alike."""

    states = ("h", "a", "b", "p")
    starts = (0.0, 0.0, 0.0, -1e30)
    Parameters = Parameters
    saved = ("a_prev", "b_prev", "p_prev", "r", "k", "v", "exp_h", "exp_h2", "h", "s", "exp_a", "exp_a2")
    summed = ("x", "a_prev", "b_prev", "p_prev", "r", "k", "v", "exp_h", "exp_h2", "exp_w", "s", "exp_a2")
    sequential = "the equation of pₜ is not linear in pₜ₋₁"
    c_files = {"": "rwkv.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "w": (hidden_size,),
            "u": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        drawn = p.w.copy_(torch.linspace(0, 1, len(p.w), dtype=p.w.dtype))
        drawn.copy_(-5 + 8 * drawn**0.7)
        nn.init.constant_(p.u, -1.203972804325936)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_w = with_slope(value_of_rate, slope_of_rate, p.w)
        a_r, k, v = F.linear(x, p.weight_ih).chunk(3, -1)
        r = torch.sigmoid(a_r)
        exp_w = exp_w.expand(*x.shape[:-1], -1)
        return exp_w, k, v, r

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, a_prev, b_prev, p_prev = states
        exp_w, k, v, r = a

        # Gates
        q = torch.maximum(p_prev, p.u + k)

        # New state
        exp_h = torch.exp(p_prev - q)
        exp_h2 = torch.exp(p.u + k - q)
        h = r * (exp_h * a_prev + exp_h2 * v) / (exp_h * b_prev + exp_h2)

        # Gates
        s = p_prev - exp_w

        # New state
        p_ = torch.maximum(k, s)
        exp_a = torch.exp(s - p_)
        exp_a2 = torch.exp(k - p_)
        a_ = exp_a * a_prev + exp_a2 * v
        b = exp_a * b_prev + exp_a2
        return (h, a_, b, p_), (r, k, v, exp_h, exp_h2, s, exp_a, exp_a2, exp_w)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, k, v, r = a
        _, _, _, p_prev = states
        h, a_, b, p_, _, _, _, _, _, s, _, _, _ = kept
        q = torch.maximum(p_prev, p.u + k)
        return {"r": r, "k": k, "v": v, "q": q, "h": h, "s": s, "p": p_, "a": a_, "b": b}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        a_prev, b_prev, p_prev, r, k, v, exp_h, exp_h2, h, s, exp_a, exp_a2 = saved
        da_da_exp_a2 = v * exp_a2
        da_da_exp_a = a_prev * exp_a
        db_da_exp_a = b_prev * exp_a
        dp_ds = torch.where(k > s, 0, torch.where(k < s, torch.full_like(k, 1), 0.5))
        dh_da_exp_h2 = (r * v - h) / (exp_h * b_prev + exp_h2) * exp_h2
        dh_da_exp_h = (r * a_prev - h * b_prev) / (exp_h * b_prev + exp_h2) * exp_h
        dh_da_prev = r * exp_h / (exp_h * b_prev + exp_h2)
        dh_db_prev = -h * exp_h / (exp_h * b_prev + exp_h2)
        dq_dp_prev = torch.where(p_prev > p.u + k, 1, torch.where(p_prev < p.u + k, torch.full_like(k, 0), 0.5))
        return (
            da_da_exp_a2,
            exp_a2,
            da_da_exp_a,
            db_da_exp_a,
            dp_ds,
            dh_da_exp_h2,
            dh_da_exp_h,
            dh_da_prev,
            exp_a,
            dh_db_prev,
            dq_dp_prev,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_a, d_b, d_p_next = d_states
        (
            da_da_exp_a2,
            exp_a2,
            da_da_exp_a,
            db_da_exp_a,
            dp_ds,
            dh_da_exp_h2,
            dh_da_exp_h,
            dh_da_prev,
            exp_a,
            dh_db_prev,
            dq_dp_prev,
        ) = local
        d_a_exp_a2 = d_a * da_da_exp_a2 + d_b * exp_a2
        d_a_exp_a = d_a * da_da_exp_a + d_b * db_da_exp_a
        d_p = d_p_next - d_a_exp_a - d_a_exp_a2
        d_s = d_p * dp_ds + d_a_exp_a
        d_a_exp_h2 = d_h * dh_da_exp_h2
        d_a_exp_h = d_h * dh_da_exp_h
        d_q = -d_a_exp_h - d_a_exp_h2
        d_h_prev = torch.zeros_like(d_h)
        d_a_prev = d_h * dh_da_prev + d_a * exp_a
        d_b_prev = d_b * exp_a + d_h * dh_db_prev
        d_p_prev = d_q * dq_dp_prev + d_a_exp_h + d_s
        return (d_h_prev, d_a_prev, d_b_prev, d_p_prev), (d_h, d_a, d_a_exp_a2, d_p, d_s, d_a_exp_h2, d_q)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a, d_a_exp_a2, d_p, d_s, d_a_exp_h2, d_q = kept
        x, a_prev, b_prev, p_prev, r, k, v, exp_h, exp_h2, exp_w, s, exp_a2 = summed
        d_exp_w = -d_s
        d_v = d_h * r * exp_h2 / (exp_h * b_prev + exp_h2) + d_a * exp_a2
        d_k_1 = torch.where(p_prev > p.u + k, 0, torch.where(p_prev < p.u + k, d_q, 0.5 * d_q))
        d_k_2 = torch.where(k > s, d_p, torch.where(k < s, 0, 0.5 * d_p))
        d_k = d_k_1 + d_a_exp_h2 + d_k_2 + d_a_exp_a2
        d_a_r = r * (1 - r) * d_h * (exp_h * a_prev + exp_h2 * v) / (exp_h * b_prev + exp_h2)
        d_a2 = torch.cat((d_a_r, d_k, d_v), -1)
        d_x = d_a2 @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a2, x),
            w=total(d_exp_w * exp_w),
            u=total(torch.where(p_prev > p.u + k, 0, torch.where(p_prev < p.u + k, d_q, 0.5 * d_q)))
            + total(d_a_exp_h2),
        )


class RWKV(RWKVEquations, RecurrentLayer):
    """RWKV-4 time mixing over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
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
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (h, a, b, p) = layer(input, (h, a, b, p))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        a: (D * num_layers, B, H), without B for unbatched input; zero by default
        b: (D * num_layers, B, H), without B for unbatched input; zero by default
        p: (D * num_layers, B, H), without B for unbatched input; -1e+30 by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RWKVCell(RWKVEquations, RecurrentCell):
    """RWKV-4 time mixing, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``RWKV``

    Call: ``(h, a, b, p) = cell(input, (h, a, b, p))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        a: (B, H) or (H,); zero by default
        b: (B, H) or (H,); zero by default
        p: (B, H) or (H,); -1e+30 by default
    """


Layer, Cell = RWKV, RWKVCell
