# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Legendre memory unit.

Voelker, Kajić and Eliasmith (2019), Legendre Memory Units, NeurIPS

The memory m has the coefficients of Legendre polynomials of the last theta steps of u. Its differential equation is
solved for a u that is held between two steps, as in the authors' code; and as there, u reads nothing of m at first. A
layer has the matrices of the theta that it is made with.

One time step:

    uₜ = W_iu xₜ + W_hu hₜ₋₁ + W_mu mₜ₋₁
    mₜ = A_bar mₜ₋₁ + B_bar uₜ
    hₜ = tanh(W_ih xₜ + W_hh hₜ₋₁ + W_mh mₜ)
    A_bar is fixed: A_bar = exp(((2 i + 1) ({−1 if i < j; (−1)^(i − j + 1) otherwise})/θ)_ij), i, j = 0, …,
      N_memory − 1
    B_bar is fixed: B_bar = ∫₀¹ exp(τ ((2 i + 1) ({−1 if i < j; (−1)^(i − j + 1) otherwise})/θ)_ij) dτ ((2 i + 1)
      (−1)^i/θ)_i, i, j = 0, …, N_memory − 1
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer
from .fixed import places, zero_order_hold
from .matrices import contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_ih
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hh
    weight_i_: Tensor  # (1, input_size): W_iu
    weight_h_: Tensor  # (1, hidden_size): W_hu
    weight_m_: Tensor  # (1, memory): W_mu
    weight_mh: Tensor  # (hidden_size, memory): W_mh
    A_bar: Tensor  # (memory*memory,)
    B_bar: Tensor  # (memory,)


class LMUEquations:
    """The equations of the LMU, for every layer, direction and time step alike."""

    states = ("h", "m")
    Parameters = Parameters
    saved = ("h",)
    summed = ("x", "h_prev", "m_prev", "m")
    sizes = ("memory",)
    fixed = ("A_bar", "B_bar")
    leaves_float32 = True
    sequential = "the equation of hₜ mixes the units of hₜ₋₁"
    c_files = {"": "lmu.c"}
    options = {"theta": 100.0}

    theta: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "weight_i_": (1, input_size),
            "weight_h_": (1, hidden_size),
            "weight_m_": (1, self.memory),
            "weight_mh": (hidden_size, self.memory),
            "A_bar": (self.memory * self.memory,),
            "B_bar": (self.memory,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.memory

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.zeros_(p.weight_m_)
        row, column = places(self.memory * self.memory, self.memory)
        rates = (2 * row + 1) * torch.where(row < column, -1, (-1) ** (row - column + 1)) / self.theta
        p.A_bar.copy_(zero_order_hold(rates, self.memory))
        row, column = places(self.memory * self.memory, self.memory)
        rates = (2 * row + 1) * torch.where(row < column, -1, (-1) ** (row - column + 1)) / self.theta
        row, _ = places(p.B_bar.numel())
        inputs = (2 * row + 1) * (-1) ** row / self.theta
        p.B_bar.copy_(zero_order_hold(rates, self.memory, inputs))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_i_)
        a_x2 = F.linear(x, p.weight_ih)
        return a_x, a_x2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, m_prev = states
        a_x, a_x2 = a

        # Affine maps
        u = a_x + F.linear(h_prev, p.weight_h_) + F.linear(m_prev, p.weight_m_)

        # Gates
        read_A_bar_m = contract(self, "memory memory', memory' -> memory", p.A_bar, m_prev)

        # New state
        m = read_A_bar_m + p.B_bar * u

        # Affine maps
        a_h = a_x2 + F.linear(h_prev, p.weight_hh) + F.linear(m, p.weight_mh)

        # New state
        h = torch.tanh(a_h)
        return (h, m), ()

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h_prev, m_prev = states
        h, m = kept
        u = F.linear(x, p.weight_i_) + F.linear(h_prev, p.weight_h_) + F.linear(m_prev, p.weight_m_)
        return {"u": u, "m": m, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (h,) = saved
        dh_da_h = 1 - h**2
        return (dh_da_h,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_m_next = d_states
        (dh_da_h,) = local
        d_a_h = d_h * dh_da_h
        d_m = d_m_next + d_a_h @ p.weight_mh
        d_u = (d_m * p.B_bar).sum(-1, keepdim=True)
        d_h_prev = d_a_h @ p.weight_hh + d_u @ p.weight_h_
        d_m_prev = contract(self, "memory, memory memory' -> memory'", d_m, p.A_bar) + d_u @ p.weight_m_
        return (d_h_prev, d_m_prev), (d_a_h, d_u)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_h, d_u = kept
        x, h_prev, m_prev, m = summed
        d_x = d_a_h @ p.weight_ih + d_u @ p.weight_i_ if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            weight_hh=outer(d_a_h, h_prev),
            weight_i_=outer(d_u, x),
            weight_h_=outer(d_u, h_prev),
            weight_m_=outer(d_u, m_prev),
            weight_mh=outer(d_a_h, m),
            A_bar=None,
            B_bar=None,
        )


class LMU(LMUEquations, RecurrentLayer):
    """Legendre memory unit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        memory: a number of units
        num_layers: layers, each over the output of the one below; 1 by default
        theta: the constant theta; 100.0 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters
        checkpoint: whether only the states are kept for backward; here nothing else is kept without it either
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (h, m) = layer(input, (h, m))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        m: (D * num_layers, B, memory), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class LMUCell(LMUEquations, RecurrentCell):
    """Legendre memory unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, memory, bias, theta, device, dtype; as in ``LMU``

    Call: ``(h, m) = cell(input, (h, m))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        m: (B, memory) or (memory,); zero by default
    """


Layer, Cell = LMU, LMUCell
