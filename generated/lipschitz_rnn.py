# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Lipschitz recurrent network.

Erichson, Azencot, Queiruga, Hodgkinson and Mahoney (2021), Lipschitz Recurrent Neural Networks, ICLR

The matrices of a and of w are (1 - beta)(M + M^T) + beta(M - M^T) - gamma I of M and of C, symmetric and antisymmetric
parts with weights of their own; the paper lets them have two betas and gammas. epsilon is the step of Euler's method.
The authors' code multiplies from the other side, by the transposed matrices.

One time step:

    aₜ = (1 − β) (M hₜ₋₁ + Mᵀ hₜ₋₁) + β (M hₜ₋₁ − Mᵀ hₜ₋₁) − γ hₜ₋₁
    wₜ = (1 − β) (C hₜ₋₁ + Cᵀ hₜ₋₁) + β (C hₜ₋₁ − Cᵀ hₜ₋₁) − γ hₜ₋₁
    hₜ = hₜ₋₁ + ε (aₜ + tanh(wₜ + W_ih xₜ + b_ih))
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_ih
    bias_ih: Tensor | None  # (hidden_size,): b_ih
    M: Tensor  # (hidden_size*hidden_size,)
    C: Tensor  # (hidden_size*hidden_size,)


class LipschitzRNNEquations:
    """The equations of the LipschitzRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("tanh_h",)
    summed = ("x", "h_prev")
    sequential = "the equation of aₜ mixes the units of hₜ₋₁"
    c_files = {"": "lipschitz_rnn.c"}
    options = {"beta": 0.75, "gamma": 0.001, "epsilon": 0.03}

    beta: float
    gamma: float
    epsilon: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "bias_ih": (hidden_size,),
            "M": (hidden_size * hidden_size,),
            "C": (hidden_size * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_ih is not None:
            nn.init.zeros_(p.bias_ih)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_h = F.linear(x, p.weight_ih, p.bias_ih)
        return (a_h,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_h,) = a

        # Gates
        read_M_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.M, h_prev)
        readback_M_h = contract(self, "hidden_size hidden_size', hidden_size -> hidden_size'", p.M, h_prev)
        a_ = (1 - self.beta) * (read_M_h + readback_M_h) + self.beta * (read_M_h - readback_M_h) - self.gamma * h_prev
        read_C_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.C, h_prev)
        readback_C_h = contract(self, "hidden_size hidden_size', hidden_size -> hidden_size'", p.C, h_prev)
        w = (1 - self.beta) * (read_C_h + readback_C_h) + self.beta * (read_C_h - readback_C_h) - self.gamma * h_prev

        # New state
        tanh_h = torch.tanh(w + a_h)
        h = h_prev + self.epsilon * (a_ + tanh_h)
        return (h,), (tanh_h,)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        (h_prev,) = states
        h, _ = kept
        read_M_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.M, h_prev)
        readback_M_h = contract(self, "hidden_size hidden_size', hidden_size -> hidden_size'", p.M, h_prev)
        a_ = (1 - self.beta) * (read_M_h + readback_M_h) + self.beta * (read_M_h - readback_M_h) - self.gamma * h_prev
        read_C_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.C, h_prev)
        readback_C_h = contract(self, "hidden_size hidden_size', hidden_size -> hidden_size'", p.C, h_prev)
        w = (1 - self.beta) * (read_C_h + readback_C_h) + self.beta * (read_C_h - readback_C_h) - self.gamma * h_prev
        return {"a": a_, "w": w, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (tanh_h,) = saved
        dh_da_h = self.epsilon * (1 - tanh_h**2)
        return (dh_da_h,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (dh_da_h,) = local
        d_a_h = d_h * dh_da_h
        d_w = d_a_h
        d_readback_C_h = d_w * (1 - self.beta - self.beta)
        d_read_C_h = d_w * (1 - self.beta + self.beta)
        d_a = d_h * self.epsilon
        d_readback_M_h = d_a * (1 - self.beta - self.beta)
        d_read_M_h = d_a * (1 - self.beta + self.beta)
        d_h_prev = (
            d_h
            - d_a * self.gamma
            - d_w * self.gamma
            + contract(self, "hidden_size, hidden_size hidden_size' -> hidden_size'", d_read_M_h, p.M)
            + contract(self, "hidden_size', hidden_size hidden_size' -> hidden_size", d_readback_M_h, p.M)
            + contract(self, "hidden_size, hidden_size hidden_size' -> hidden_size'", d_read_C_h, p.C)
            + contract(self, "hidden_size', hidden_size hidden_size' -> hidden_size", d_readback_C_h, p.C)
        )
        return (d_h_prev,), (d_a_h, d_readback_C_h, d_read_C_h, d_readback_M_h, d_read_M_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_h, d_readback_C_h, d_read_C_h, d_readback_M_h, d_read_M_h = kept
        x, h_prev = summed
        d_M_t = contract(self, "hidden_size, hidden_size' -> hidden_size hidden_size'", d_read_M_h, h_prev) + contract(
            self, "hidden_size', hidden_size -> hidden_size hidden_size'", d_readback_M_h, h_prev
        )
        d_C_t = contract(self, "hidden_size, hidden_size' -> hidden_size hidden_size'", d_read_C_h, h_prev) + contract(
            self, "hidden_size', hidden_size -> hidden_size hidden_size'", d_readback_C_h, h_prev
        )
        d_x = d_a_h @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            bias_ih=total(d_a_h),
            M=total(d_M_t),
            C=total(d_C_t),
        )


class LipschitzRNN(LipschitzRNNEquations, RecurrentLayer):
    """Lipschitz recurrent network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        beta: the constant beta; 0.75 by default
        gamma: the constant gamma; 0.001 by default
        epsilon: the constant epsilon; 0.03 by default
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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class LipschitzRNNCell(LipschitzRNNEquations, RecurrentCell):
    """Lipschitz recurrent network, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, beta, gamma, epsilon, device, dtype; as in ``LipschitzRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = LipschitzRNN, LipschitzRNNCell
