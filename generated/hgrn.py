# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""HGRN.

Qin, Yang and Zhong (2023), Hierarchically Gated Recurrent Neural Network for Sequence Modeling, NeurIPS

A forget gate shortens the state, an angle that is learned for each unit turns it, and an output gate stands before the
map that reads it. gamma is the gate's lower bound, 0 in the first layer; the authors learn those of all layers
together. The norm of what is read is left out. Angles start as in the authors' code (hgru-pytorch), where the last
unit's exponent is short of -2 by 2/state.

One time step:

       fₜ = γ + (1 − γ) σ(W_if xₜ + b_if)
    c_reₜ = SiLU(W_c_re xₜ + b_c_re)
    c_imₜ = SiLU(W_c_im xₜ + b_c_im)
    λ_reₜ = fₜ ⊙ cos(θ)
    λ_imₜ = fₜ ⊙ sin(θ)
    s_reₜ = λ_reₜ ⊙ s_reₜ₋₁ − λ_imₜ ⊙ s_imₜ₋₁ + (1 − fₜ) ⊙ c_reₜ
    s_imₜ = λ_reₜ ⊙ s_imₜ₋₁ + λ_imₜ ⊙ s_reₜ₋₁ + (1 − fₜ) ⊙ c_imₜ
    g_reₜ = SiLU(W_g_re xₜ + b_g_re)
    g_imₜ = SiLU(W_g_im xₜ + b_g_im)
       hₜ = W_o_re (g_reₜ ⊙ s_reₜ) + b_o_re + W_o_im (g_imₜ ⊙ s_imₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import coupled_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_state: Tensor  # (state, input_size): W_if
    bias_i_state: Tensor | None  # (state,): b_if
    weight_c_re: Tensor  # (state, input_size): W_c_re
    bias_c_re: Tensor | None  # (state,): b_c_re
    weight_c_im: Tensor  # (state, input_size): W_c_im
    bias_c_im: Tensor | None  # (state,): b_c_im
    weight_g_re: Tensor  # (state, input_size): W_g_re
    bias_g_re: Tensor | None  # (state,): b_g_re
    weight_g_im: Tensor  # (state, input_size): W_g_im
    bias_g_im: Tensor | None  # (state,): b_g_im
    weight_o_re: Tensor  # (hidden_size, state): W_o_re
    bias_o_re: Tensor | None  # (hidden_size,): b_o_re
    weight_o_im: Tensor  # (hidden_size, state): W_o_im
    theta: Tensor  # (state,)


class HGRNEquations:
    """The equations of the HGRN, for every layer, direction and time step alike."""

    states = ("h", "s_re", "s_im")
    Parameters = Parameters
    saved = ("lambda_re", "lambda_im", "g_re", "g_im")
    summed = (
        "x",
        "s_re_prev",
        "s_im_prev",
        "sigmoid_a_f",
        "f",
        "a_c_re",
        "c_re",
        "a_c_im",
        "c_im",
        "cos_theta",
        "sin_theta",
        "s_re",
        "s_im",
        "a_g_re",
        "a_g_im",
        "g_re_s_re",
        "g_im_s_im",
    )
    sizes = ("state",)
    c_files = {"": "hgrn.c"}
    options = {"gamma": 0.0}

    gamma: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_state": (self.state, input_size),
            "bias_i_state": (self.state,),
            "weight_c_re": (self.state, input_size),
            "bias_c_re": (self.state,),
            "weight_c_im": (self.state, input_size),
            "bias_c_im": (self.state,),
            "weight_g_re": (self.state, input_size),
            "bias_g_re": (self.state,),
            "weight_g_im": (self.state, input_size),
            "bias_g_im": (self.state,),
            "weight_o_re": (hidden_size, self.state),
            "bias_o_re": (hidden_size,),
            "weight_o_im": (hidden_size, self.state),
            "theta": (self.state,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.state, self.state

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        drawn = p.theta.copy_(torch.linspace(0, 1, len(p.theta), dtype=p.theta.dtype))
        drawn.copy_(10000 ** (-2 * drawn))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        cos_theta = torch.cos(p.theta)
        sin_theta = torch.sin(p.theta)
        a_f = F.linear(x, p.weight_i_state, p.bias_i_state)
        sigmoid_a_f = torch.sigmoid(a_f)
        f = self.gamma + (1 - self.gamma) * sigmoid_a_f
        a_c_re = F.linear(x, p.weight_c_re, p.bias_c_re)
        c_re = F.silu(a_c_re)
        a_c_im = F.linear(x, p.weight_c_im, p.bias_c_im)
        c_im = F.silu(a_c_im)
        lambda_re = f * cos_theta
        lambda_im = f * sin_theta
        a_g_re = F.linear(x, p.weight_g_re, p.bias_g_re)
        g_re = F.silu(a_g_re)
        a_g_im = F.linear(x, p.weight_g_im, p.bias_g_im)
        g_im = F.silu(a_g_im)
        cos_theta = cos_theta.expand(*x.shape[:-1], -1)
        sin_theta = sin_theta.expand(*x.shape[:-1], -1)
        return (
            cos_theta,
            sin_theta,
            sigmoid_a_f,
            f,
            a_c_re,
            c_re,
            a_c_im,
            c_im,
            lambda_re,
            lambda_im,
            a_g_re,
            g_re,
            a_g_im,
            g_im,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, s_re_prev, s_im_prev = states
        (
            cos_theta,
            sin_theta,
            sigmoid_a_f,
            f,
            a_c_re,
            c_re,
            a_c_im,
            c_im,
            lambda_re,
            lambda_im,
            a_g_re,
            g_re,
            a_g_im,
            g_im,
        ) = a

        # New state
        s_re = lambda_re * s_re_prev - lambda_im * s_im_prev + (1 - f) * c_re
        s_im = lambda_re * s_im_prev + lambda_im * s_re_prev + (1 - f) * c_im
        g_re_s_re = g_re * s_re
        g_im_s_im = g_im * s_im
        h = F.linear(g_re_s_re, p.weight_o_re, p.bias_o_re) + F.linear(g_im_s_im, p.weight_o_im)
        saved = (
            lambda_re,
            lambda_im,
            g_re,
            g_im,
            sigmoid_a_f,
            f,
            a_c_re,
            c_re,
            a_c_im,
            c_im,
            cos_theta,
            sin_theta,
            a_g_re,
            a_g_im,
            g_re_s_re,
            g_im_s_im,
        )
        return (h, s_re, s_im), saved

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, f, _, c_re, _, c_im, lambda_re, lambda_im, _, g_re, _, g_im = self.project_input(x, p)
        factors = (
            (lambda_re, -lambda_im),
            (lambda_im, lambda_re),
        )
        terms = ((1 - f) * c_re, (1 - f) * c_im)
        s_re, s_im = coupled_scan(x, factors, terms, (states[1], states[2]))
        g_re_s_re = g_re * s_re
        g_im_s_im = g_im * s_im
        h = F.linear(g_re_s_re, p.weight_o_re, p.bias_o_re) + F.linear(g_im_s_im, p.weight_o_im)
        return h, (h[-1], s_re[-1], s_im[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, f, _, c_re, _, c_im, lambda_re, lambda_im, _, g_re, _, g_im = a
        h, s_re, s_im, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ = kept
        return {
            "f": f,
            "c_re": c_re,
            "c_im": c_im,
            "lambda_re": lambda_re,
            "lambda_im": lambda_im,
            "s_re": s_re,
            "s_im": s_im,
            "g_re": g_re,
            "g_im": g_im,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        lambda_re, lambda_im, g_re, g_im = saved
        ds_re_ds_im_prev = -lambda_im
        return g_im, g_re, lambda_re, lambda_im, ds_re_ds_im_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_s_re_next, d_s_im_next = d_states
        g_im, g_re, lambda_re, lambda_im, ds_re_ds_im_prev = local
        d_g_im_s_im = d_h @ p.weight_o_im
        d_g_re_s_re = d_h @ p.weight_o_re
        d_s_im = d_s_im_next + d_g_im_s_im * g_im
        d_s_re = d_s_re_next + d_g_re_s_re * g_re
        d_h_prev = torch.zeros_like(d_h)
        d_s_re_prev = d_s_re * lambda_re + d_s_im * lambda_im
        d_s_im_prev = d_s_im * lambda_re + d_s_re * ds_re_ds_im_prev
        return (d_h_prev, d_s_re_prev, d_s_im_prev), (d_h, d_g_im_s_im, d_g_re_s_re, d_s_im, d_s_re)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_g_im_s_im, d_g_re_s_re, d_s_im, d_s_re = kept
        (
            x,
            s_re_prev,
            s_im_prev,
            sigmoid_a_f,
            f,
            a_c_re,
            c_re,
            a_c_im,
            c_im,
            cos_theta,
            sin_theta,
            s_re,
            s_im,
            a_g_re,
            a_g_im,
            g_re_s_re,
            g_im_s_im,
        ) = summed
        sigmoid_a_g_im = torch.sigmoid(a_g_im)
        sigmoid_a_g_re = torch.sigmoid(a_g_re)
        sigmoid_a_c_im = torch.sigmoid(a_c_im)
        sigmoid_a_c_re = torch.sigmoid(a_c_re)
        d_a_g_im = (sigmoid_a_g_im * d_g_im_s_im * s_im) * (1 + a_g_im * (1 - sigmoid_a_g_im))
        d_a_g_re = (sigmoid_a_g_re * d_g_re_s_re * s_re) * (1 + a_g_re * (1 - sigmoid_a_g_re))
        d_lambda_im = d_s_im * s_re_prev - d_s_re * s_im_prev
        d_lambda_re = d_s_re * s_re_prev + d_s_im * s_im_prev
        ds_im_dc_im = 1 - f
        d_a_c_im = (sigmoid_a_c_im * d_s_im * ds_im_dc_im) * (1 + a_c_im * (1 - sigmoid_a_c_im))
        d_a_c_re = (sigmoid_a_c_re * d_s_re * ds_im_dc_im) * (1 + a_c_re * (1 - sigmoid_a_c_re))
        d_f = d_lambda_re * cos_theta + d_lambda_im * sin_theta - d_s_re * c_re - d_s_im * c_im
        d_a_f = d_f * (1 - self.gamma) * sigmoid_a_f * (1 - sigmoid_a_f)
        d_x = None
        if input_wanted:
            d_x = (
                d_a_f @ p.weight_i_state
                + d_a_c_re @ p.weight_c_re
                + d_a_c_im @ p.weight_c_im
                + d_a_g_re @ p.weight_g_re
                + d_a_g_im @ p.weight_g_im
            )
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_state=outer(d_a_f, x),
            bias_i_state=total(d_a_f),
            weight_c_re=outer(d_a_c_re, x),
            bias_c_re=total(d_a_c_re),
            weight_c_im=outer(d_a_c_im, x),
            bias_c_im=total(d_a_c_im),
            weight_g_re=outer(d_a_g_re, x),
            bias_g_re=total(d_a_g_re),
            weight_g_im=outer(d_a_g_im, x),
            bias_g_im=total(d_a_g_im),
            weight_o_re=outer(d_h, g_re_s_re),
            bias_o_re=total(d_h),
            weight_o_im=outer(d_h, g_im_s_im),
            theta=total(-(sin_theta * d_lambda_re * f)) + total(cos_theta * d_lambda_im * f),
        )


class HGRN(HGRNEquations, RecurrentLayer):
    """HGRN over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        state: a number of units
        num_layers: layers, each over the output of the one below; 1 by default
        gamma: the constant gamma; 0.0 by default
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

    Call: ``output, (h, s_re, s_im) = layer(input, (h, s_re, s_im))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        s_re: (D * num_layers, B, state), without B for unbatched input; zero by default
        s_im: (D * num_layers, B, state), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class HGRNCell(HGRNEquations, RecurrentCell):
    """HGRN, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, state, bias, gamma, device, dtype; as in ``HGRN``

    Call: ``(h, s_re, s_im) = cell(input, (h, s_re, s_im))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        s_re: (B, state) or (state,); zero by default
        s_im: (B, state) or (state,); zero by default
    """


Layer, Cell = HGRN, HGRNCell
