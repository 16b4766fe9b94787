# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Diagonal state space layer S5.

Smith, Warrington and Linderman (2023), Simplified State Space Layers for Sequence Modeling, ICLR

By a zero-order hold, the input's, as the authors' code has it by default; half of the units, whose conjugates count for
the other half. There a and omega start as the eigenvalues of the HiPPO matrix, of which a is the common real part;
omega starts evenly spaced here, as in S4D-Lin with 32 units.

One time step:

        λ_re = a
        λ_im = ω
        step = exp(log_step)
    λ_bar_re = exp(a ⊙ step) ⊙ cos(ω ⊙ step)
    λ_bar_im = exp(a ⊙ step) ⊙ sin(ω ⊙ step)
           n = a² + ω²
     gain_re = ((λ_bar_re − 1) ⊙ λ_re + λ_bar_im ⊙ λ_im)/n
     gain_im = (−(λ_bar_re − 1) ⊙ λ_im + λ_bar_im ⊙ λ_re)/n
       u_reₜ = W_B_re xₜ
       u_imₜ = W_B_im xₜ
       s_reₜ = λ_bar_re ⊙ s_reₜ₋₁ − λ_bar_im ⊙ s_imₜ₋₁ + gain_re ⊙ u_reₜ − gain_im ⊙ u_imₜ
       s_imₜ = λ_bar_re ⊙ s_imₜ₋₁ + λ_bar_im ⊙ s_reₜ₋₁ + gain_re ⊙ u_imₜ + gain_im ⊙ u_reₜ
          hₜ = 2 (W_C_re s_reₜ − W_C_im s_imₜ) + W_D xₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import coupled_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_B_re: Tensor  # (state, input_size): W_B_re
    weight_B_im: Tensor  # (state, input_size): W_B_im
    weight_C_re: Tensor  # (hidden_size, state): W_C_re
    weight_C_im: Tensor  # (hidden_size, state): W_C_im
    weight_D: Tensor  # (hidden_size, input_size): W_D
    a: Tensor  # (state,)
    omega: Tensor  # (state,)
    log_step: Tensor  # (state,)


class S5Equations:
    """The equations of the S5, for every layer, direction and time step alike."""

    states = ("h", "s_re", "s_im")
    Parameters = Parameters
    saved = ("lambda_bar_re", "lambda_bar_im")
    summed = (
        "x",
        "s_re_prev",
        "s_im_prev",
        "lambda_re",
        "lambda_im",
        "step",
        "exp_lambda_bar_re",
        "cos_lambda_bar_re",
        "lambda_bar_re",
        "sin_lambda_bar_im",
        "lambda_bar_im",
        "n",
        "gain_re",
        "gain_im",
        "u_re",
        "u_im",
        "s_re",
        "s_im",
    )
    sizes = ("state",)
    c_files = {"": "s5.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_B_re": (self.state, input_size),
            "weight_B_im": (self.state, input_size),
            "weight_C_re": (hidden_size, self.state),
            "weight_C_im": (hidden_size, self.state),
            "weight_D": (hidden_size, input_size),
            "a": (self.state,),
            "omega": (self.state,),
            "log_step": (self.state,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.state, self.state

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.constant_(p.a, -0.5)
        drawn = p.omega.copy_(torch.linspace(0, 31, len(p.omega), dtype=p.omega.dtype))
        drawn.copy_(3.141592653589793 * drawn)
        nn.init.uniform_(p.log_step, -6.907755278982137, -2.302585092994046)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        lambda_re = p.a
        lambda_im = p.omega
        step = with_slope(value_of_rate, slope_of_rate, p.log_step)
        exp_lambda_bar_re = torch.exp(p.a * step)
        cos_lambda_bar_re = torch.cos(p.omega * step)
        lambda_bar_re = exp_lambda_bar_re * cos_lambda_bar_re
        sin_lambda_bar_im = torch.sin(p.omega * step)
        lambda_bar_im = exp_lambda_bar_re * sin_lambda_bar_im
        n = p.a**2 + p.omega**2
        gain_re = ((lambda_bar_re - 1) * lambda_re + lambda_bar_im * lambda_im) / n
        gain_im = (-(lambda_bar_re - 1) * lambda_im + lambda_bar_im * lambda_re) / n
        u_re = F.linear(x, p.weight_B_re)
        u_im = F.linear(x, p.weight_B_im)
        a_D = F.linear(x, p.weight_D)
        lambda_re = lambda_re.expand(*x.shape[:-1], -1)
        lambda_im = lambda_im.expand(*x.shape[:-1], -1)
        step = step.expand(*x.shape[:-1], -1)
        exp_lambda_bar_re = exp_lambda_bar_re.expand(*x.shape[:-1], -1)
        cos_lambda_bar_re = cos_lambda_bar_re.expand(*x.shape[:-1], -1)
        lambda_bar_re = lambda_bar_re.expand(*x.shape[:-1], -1)
        sin_lambda_bar_im = sin_lambda_bar_im.expand(*x.shape[:-1], -1)
        lambda_bar_im = lambda_bar_im.expand(*x.shape[:-1], -1)
        n = n.expand(*x.shape[:-1], -1)
        gain_re = gain_re.expand(*x.shape[:-1], -1)
        gain_im = gain_im.expand(*x.shape[:-1], -1)
        return (
            lambda_re,
            lambda_im,
            step,
            exp_lambda_bar_re,
            cos_lambda_bar_re,
            lambda_bar_re,
            sin_lambda_bar_im,
            lambda_bar_im,
            n,
            gain_re,
            gain_im,
            u_re,
            u_im,
            a_D,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, s_re_prev, s_im_prev = states
        (
            lambda_re,
            lambda_im,
            step,
            exp_lambda_bar_re,
            cos_lambda_bar_re,
            lambda_bar_re,
            sin_lambda_bar_im,
            lambda_bar_im,
            n,
            gain_re,
            gain_im,
            u_re,
            u_im,
            a_D,
        ) = a

        # New state
        s_re = lambda_bar_re * s_re_prev - lambda_bar_im * s_im_prev + gain_re * u_re - gain_im * u_im
        s_im = lambda_bar_re * s_im_prev + lambda_bar_im * s_re_prev + gain_re * u_im + gain_im * u_re

        # Affine maps
        a_C_re = F.linear(s_re, p.weight_C_re)
        a_C_im = F.linear(s_im, p.weight_C_im)

        # New state
        h = 2 * (a_C_re - a_C_im) + a_D
        saved = (
            lambda_bar_re,
            lambda_bar_im,
            lambda_re,
            lambda_im,
            step,
            exp_lambda_bar_re,
            cos_lambda_bar_re,
            sin_lambda_bar_im,
            n,
            gain_re,
            gain_im,
            u_re,
            u_im,
        )
        return (h, s_re, s_im), saved

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, _, _, lambda_bar_re, _, lambda_bar_im, _, gain_re, gain_im, u_re, u_im, a_D = self.project_input(x, p)
        factors = (
            (lambda_bar_re, -lambda_bar_im),
            (lambda_bar_im, lambda_bar_re),
        )
        terms = (gain_re * u_re - gain_im * u_im, gain_re * u_im + gain_im * u_re)
        s_re, s_im = coupled_scan(x, factors, terms, (states[1], states[2]))
        a_C_re = F.linear(s_re, p.weight_C_re)
        a_C_im = F.linear(s_im, p.weight_C_im)
        h = 2 * (a_C_re - a_C_im) + a_D
        return h, (h[-1], s_re[-1], s_im[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        lambda_re, lambda_im, step, _, _, lambda_bar_re, _, lambda_bar_im, n, gain_re, gain_im, u_re, u_im, _ = a
        h, s_re, s_im, _, _, _, _, _, _, _, _, _, _, _, _, _ = kept
        return {
            "lambda_re": lambda_re,
            "lambda_im": lambda_im,
            "step": step,
            "lambda_bar_re": lambda_bar_re,
            "lambda_bar_im": lambda_bar_im,
            "n": n,
            "gain_re": gain_re,
            "gain_im": gain_im,
            "u_re": u_re,
            "u_im": u_im,
            "s_re": s_re,
            "s_im": s_im,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        lambda_bar_re, lambda_bar_im = saved
        ds_re_ds_im_prev = -lambda_bar_im
        return lambda_bar_re, lambda_bar_im, ds_re_ds_im_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_s_re_next, d_s_im_next = d_states
        lambda_bar_re, lambda_bar_im, ds_re_ds_im_prev = local
        d_a_C_im = -2 * d_h
        d_a_C_re = 2 * d_h
        d_s_im = d_s_im_next + d_a_C_im @ p.weight_C_im
        d_s_re = d_s_re_next + d_a_C_re @ p.weight_C_re
        d_h_prev = torch.zeros_like(d_h)
        d_s_re_prev = d_s_re * lambda_bar_re + d_s_im * lambda_bar_im
        d_s_im_prev = d_s_im * lambda_bar_re + d_s_re * ds_re_ds_im_prev
        return (d_h_prev, d_s_re_prev, d_s_im_prev), (d_h, d_a_C_im, d_a_C_re, d_s_im, d_s_re)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_C_im, d_a_C_re, d_s_im, d_s_re = kept
        (
            x,
            s_re_prev,
            s_im_prev,
            lambda_re,
            lambda_im,
            step,
            exp_lambda_bar_re,
            cos_lambda_bar_re,
            lambda_bar_re,
            sin_lambda_bar_im,
            lambda_bar_im,
            n,
            gain_re,
            gain_im,
            u_re,
            u_im,
            s_re,
            s_im,
        ) = summed
        d_a_D = d_h
        d_u_im = d_s_im * gain_re - d_s_re * gain_im
        d_u_re = d_s_re * gain_re + d_s_im * gain_im
        d_gain_im = d_s_im * u_re - d_s_re * u_im
        d_gain_re = d_s_re * u_re + d_s_im * u_im
        d_n = -d_gain_re * gain_re / n - d_gain_im * gain_im / n
        dgain_im_dlambda_bar_im = lambda_re / n
        d_lambda_bar_im = (
            d_gain_re * lambda_im / n + d_gain_im * dgain_im_dlambda_bar_im - d_s_re * s_im_prev + d_s_im * s_re_prev
        )
        scaled_d_sin_lambda_bar_im = cos_lambda_bar_re * d_lambda_bar_im * exp_lambda_bar_re
        d_lambda_bar_re = (
            d_gain_re * dgain_im_dlambda_bar_im - d_gain_im * lambda_im / n + d_s_re * s_re_prev + d_s_im * s_im_prev
        )
        scaled_d_cos_lambda_bar_re = sin_lambda_bar_im * d_lambda_bar_re * exp_lambda_bar_re
        d_a_exp_lambda_bar_re = (
            d_lambda_bar_re * cos_lambda_bar_re * exp_lambda_bar_re
            + d_lambda_bar_im * sin_lambda_bar_im * exp_lambda_bar_re
        )
        d_step = (
            d_a_exp_lambda_bar_re * p.a - scaled_d_cos_lambda_bar_re * p.omega + scaled_d_sin_lambda_bar_im * p.omega
        )
        dgain_re_dlambda_im = lambda_bar_im / n
        d_lambda_im = d_gain_re * dgain_re_dlambda_im + d_gain_im * (1 - lambda_bar_re) / n
        d_lambda_re = d_gain_re * (lambda_bar_re - 1) / n + d_gain_im * dgain_re_dlambda_im
        d_x = d_u_re @ p.weight_B_re + d_u_im @ p.weight_B_im + d_a_D @ p.weight_D if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_B_re=outer(d_u_re, x),
            weight_B_im=outer(d_u_im, x),
            weight_C_re=outer(d_a_C_re, s_re),
            weight_C_im=outer(d_a_C_im, s_im),
            weight_D=outer(d_a_D, x),
            a=total(d_lambda_re) + total(d_a_exp_lambda_bar_re * step) + total(2 * d_n * p.a),
            omega=total(d_lambda_im)
            + total(-scaled_d_cos_lambda_bar_re * step)
            + total(scaled_d_sin_lambda_bar_im * step)
            + total(2 * d_n * p.omega),
            log_step=total(d_step * step),
        )


class S5(S5Equations, RecurrentLayer):
    """Diagonal state space layer S5 over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        state: a number of units
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


class S5Cell(S5Equations, RecurrentCell):
    """Diagonal state space layer S5, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, state, bias, device, dtype; as in ``S5``

    Call: ``(h, s_re, s_im) = cell(input, (h, s_re, s_im))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        s_re: (B, state) or (state,); zero by default
        s_im: (B, state) or (state,); zero by default
    """


Layer, Cell = S5, S5Cell
