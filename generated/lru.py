# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Linear recurrent unit.

Orvieto et al. (2023), Resurrecting Recurrent Neural Networks for Long Sequences, ICML

As in minimal-LRU, an implementation of the paper's layer, the eigenvalues start uniform on the unit disc, with angles
up to 6.28; the input's normalisation starts there as it is here, and is then learned by itself.

One time step:

        r = exp(−exp(ν))
     λ_re = r ⊙ cos(exp(θ))
     λ_im = r ⊙ sin(exp(θ))
    u_reₜ = W_B_re xₜ
    u_imₜ = W_B_im xₜ
    s_reₜ = λ_re ⊙ s_reₜ₋₁ − λ_im ⊙ s_imₜ₋₁ + sqrt(1 − r²) ⊙ u_reₜ
    s_imₜ = λ_re ⊙ s_imₜ₋₁ + λ_im ⊙ s_reₜ₋₁ + sqrt(1 − r²) ⊙ u_imₜ
       hₜ = W_C_re s_reₜ − W_C_im s_imₜ + W_D xₜ
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


def value_of_root(x: Tensor) -> Tensor:
    return torch.sqrt(x)


def slope_of_root(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_root``, y being the value."""
    return torch.where(y != 0, 0.5 / y, 0)


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_B_re: Tensor  # (state, input_size): W_B_re
    weight_B_im: Tensor  # (state, input_size): W_B_im
    weight_C_re: Tensor  # (hidden_size, state): W_C_re
    weight_C_im: Tensor  # (hidden_size, state): W_C_im
    weight_D: Tensor  # (hidden_size, input_size): W_D
    nu: Tensor  # (state,)
    theta: Tensor  # (state,)


class LRUEquations:
    """The equations of the LRU, for every layer, direction and time step alike."""

    states = ("h", "s_re", "s_im")
    Parameters = Parameters
    saved = ("lambda_re", "lambda_im")
    summed = (
        "x",
        "s_re_prev",
        "s_im_prev",
        "exp_nu",
        "r",
        "exp_theta",
        "cos_exp_theta",
        "sin_exp_theta",
        "u_re",
        "u_im",
        "root_s_re",
        "s_re",
        "root_s_im",
        "s_im",
    )
    sizes = ("state",)
    c_files = {"": "lru.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_B_re": (self.state, input_size),
            "weight_B_im": (self.state, input_size),
            "weight_C_re": (hidden_size, self.state),
            "weight_C_im": (hidden_size, self.state),
            "weight_D": (hidden_size, input_size),
            "nu": (self.state,),
            "theta": (self.state,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.state, self.state

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        drawn = nn.init.uniform_(p.nu, 1e-06, 1)
        drawn.copy_(torch.log(-0.5 * torch.log(drawn)))
        drawn = nn.init.uniform_(p.theta, 1e-06, 6.28)
        drawn.copy_(torch.log(drawn))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_nu = with_slope(value_of_rate, slope_of_rate, p.nu)
        r = torch.exp(-exp_nu)
        exp_theta = with_slope(value_of_rate, slope_of_rate, p.theta)
        cos_exp_theta = torch.cos(exp_theta)
        lambda_re = r * cos_exp_theta
        sin_exp_theta = torch.sin(exp_theta)
        lambda_im = r * sin_exp_theta
        root_s_re = with_slope(value_of_root, slope_of_root, -torch.expm1(-2 * exp_nu))
        root_s_im = with_slope(value_of_root, slope_of_root, -torch.expm1(-2 * exp_nu))
        u_re = F.linear(x, p.weight_B_re)
        u_im = F.linear(x, p.weight_B_im)
        a_x = F.linear(x, p.weight_D)
        exp_nu = exp_nu.expand(*x.shape[:-1], -1)
        r = r.expand(*x.shape[:-1], -1)
        exp_theta = exp_theta.expand(*x.shape[:-1], -1)
        cos_exp_theta = cos_exp_theta.expand(*x.shape[:-1], -1)
        lambda_re = lambda_re.expand(*x.shape[:-1], -1)
        sin_exp_theta = sin_exp_theta.expand(*x.shape[:-1], -1)
        lambda_im = lambda_im.expand(*x.shape[:-1], -1)
        root_s_re = root_s_re.expand(*x.shape[:-1], -1)
        root_s_im = root_s_im.expand(*x.shape[:-1], -1)
        return (
            exp_nu,
            r,
            exp_theta,
            cos_exp_theta,
            lambda_re,
            sin_exp_theta,
            lambda_im,
            root_s_re,
            root_s_im,
            u_re,
            u_im,
            a_x,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, s_re_prev, s_im_prev = states
        (
            exp_nu,
            r,
            exp_theta,
            cos_exp_theta,
            lambda_re,
            sin_exp_theta,
            lambda_im,
            root_s_re,
            root_s_im,
            u_re,
            u_im,
            a_x,
        ) = a

        # New state
        s_re = lambda_re * s_re_prev - lambda_im * s_im_prev + root_s_re * u_re
        s_im = lambda_re * s_im_prev + lambda_im * s_re_prev + root_s_im * u_im

        # Affine maps
        a_C_re = a_x + F.linear(s_re, p.weight_C_re)
        a_C_im = F.linear(s_im, p.weight_C_im)

        # New state
        h = a_C_re - a_C_im
        saved = (
            lambda_re,
            lambda_im,
            exp_nu,
            r,
            exp_theta,
            cos_exp_theta,
            sin_exp_theta,
            u_re,
            u_im,
            root_s_re,
            root_s_im,
        )
        return (h, s_re, s_im), saved

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, _, lambda_re, _, lambda_im, root_s_re, root_s_im, u_re, u_im, a_x = self.project_input(x, p)
        factors = (
            (lambda_re, -lambda_im),
            (lambda_im, lambda_re),
        )
        terms = (root_s_re * u_re, root_s_im * u_im)
        s_re, s_im = coupled_scan(x, factors, terms, (states[1], states[2]))
        a_C_im = F.linear(s_im, p.weight_C_im)
        a_C_re = a_x + F.linear(s_re, p.weight_C_re)
        h = a_C_re - a_C_im
        return h, (h[-1], s_re[-1], s_im[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, r, _, _, lambda_re, _, lambda_im, _, _, u_re, u_im, _ = a
        h, s_re, s_im, _, _, _, _, _, _, _, _, _, _, _ = kept
        return {
            "r": r,
            "lambda_re": lambda_re,
            "lambda_im": lambda_im,
            "u_re": u_re,
            "u_im": u_im,
            "s_re": s_re,
            "s_im": s_im,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        lambda_re, lambda_im = saved
        ds_re_ds_im_prev = -lambda_im
        return lambda_re, lambda_im, ds_re_ds_im_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_s_re_next, d_s_im_next = d_states
        lambda_re, lambda_im, ds_re_ds_im_prev = local
        d_a_C_im = -d_h
        d_a_C_re = d_h
        d_s_im = d_s_im_next + d_a_C_im @ p.weight_C_im
        d_s_re = d_s_re_next + d_a_C_re @ p.weight_C_re
        d_h_prev = torch.zeros_like(d_h)
        d_s_re_prev = d_s_re * lambda_re + d_s_im * lambda_im
        d_s_im_prev = d_s_im * lambda_re + d_s_re * ds_re_ds_im_prev
        return (d_h_prev, d_s_re_prev, d_s_im_prev), (d_a_C_im, d_a_C_re, d_s_im, d_s_re)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_C_im, d_a_C_re, d_s_im, d_s_re = kept
        (
            x,
            s_re_prev,
            s_im_prev,
            exp_nu,
            r,
            exp_theta,
            cos_exp_theta,
            sin_exp_theta,
            u_re,
            u_im,
            root_s_re,
            s_re,
            root_s_im,
            s_im,
        ) = summed
        d_u_im = d_s_im * root_s_im
        d_u_re = d_s_re * root_s_re
        d_lambda_im = d_s_im * s_re_prev - d_s_re * s_im_prev
        d_lambda_re = d_s_re * s_re_prev + d_s_im * s_im_prev
        d_exp_theta = d_lambda_im * r * cos_exp_theta - d_lambda_re * r * sin_exp_theta
        d_r = d_lambda_re * cos_exp_theta + d_lambda_im * sin_exp_theta
        d_exp_nu_1 = torch.where(root_s_re != 0, torch.exp(-2 * exp_nu) * d_s_re * u_re / root_s_re, 0)
        d_exp_nu_2 = torch.where(root_s_im != 0, torch.exp(-2 * exp_nu) * d_s_im * u_im / root_s_im, 0)
        d_exp_nu = d_exp_nu_1 - d_r * r + d_exp_nu_2
        d_x = d_u_re @ p.weight_B_re + d_u_im @ p.weight_B_im + d_a_C_re @ p.weight_D if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_B_re=outer(d_u_re, x),
            weight_B_im=outer(d_u_im, x),
            weight_C_re=outer(d_a_C_re, s_re),
            weight_C_im=outer(d_a_C_im, s_im),
            weight_D=outer(d_a_C_re, x),
            nu=total(d_exp_nu * exp_nu),
            theta=total(d_exp_theta * exp_theta),
        )


class LRU(LRUEquations, RecurrentLayer):
    """Linear recurrent unit over whole sequences.

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


class LRUCell(LRUEquations, RecurrentCell):
    """Linear recurrent unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, state, bias, device, dtype; as in ``LRU``

    Call: ``(h, s_re, s_im) = cell(input, (h, s_re, s_im))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        s_re: (B, state) or (state,); zero by default
        s_im: (B, state) or (state,); zero by default
    """


Layer, Cell = LRU, LRUCell
