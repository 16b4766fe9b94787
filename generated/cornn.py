# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Coupled oscillatory recurrent network.

Rusch and Mishra (2021), Coupled Oscillatory Recurrent Neural Network (coRNN), ICLR, equation 3

h is the position, z the velocity. Damping is explicit (epsilon * z of the step before), as in the authors' code; the
paper allows the implicit form too.

One time step:

    zₜ = zₜ₋₁ + dt (tanh(W_iz xₜ + W_hz hₜ₋₁ + W_zz zₜ₋₁ + b_z) − γ hₜ₋₁ − ε zₜ₋₁)
    hₜ = hₜ₋₁ + dt zₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iz
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hz
    bias: Tensor | None  # (hidden_size,): b_z
    weight_zh: Tensor  # (hidden_size, hidden_size): W_zz


class CoRNNEquations:
    """The equations of the CoRNN, for every layer, direction and time step alike."""

    states = ("h", "z")
    Parameters = Parameters
    saved = ("tanh_a_z",)
    summed = ("x", "h_prev", "z_prev")
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "cornn.c"}
    options = {"dt": 0.01, "gamma": 1.0, "epsilon": 1.0}

    dt: float
    gamma: float
    epsilon: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "weight_zh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, z_prev = states
        (a_x,) = a

        # Affine maps
        a_z = a_x + F.linear(h_prev, p.weight_hh) + F.linear(z_prev, p.weight_zh)

        # New state
        tanh_a_z = torch.tanh(a_z)
        z = z_prev + self.dt * (tanh_a_z - self.gamma * h_prev - self.epsilon * z_prev)
        h = h_prev + self.dt * z
        return (h, z), (tanh_a_z,)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, _ = kept
        return {"z": z, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (tanh_a_z,) = saved
        dz_da_z = self.dt * (1 - tanh_a_z**2)
        return (dz_da_z,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_z_next = d_states
        (dz_da_z,) = local
        d_z = d_z_next + d_h * self.dt
        d_a_z = d_z * dz_da_z
        d_h_prev = d_h - d_z * self.dt * self.gamma + d_a_z @ p.weight_hh
        d_z_prev = d_z * (1 - self.dt * self.epsilon) + d_a_z @ p.weight_zh
        return (d_h_prev, d_z_prev), (d_a_z,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a_z,) = kept
        x, h_prev, z_prev = summed
        d_x = d_a_z @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_z, x),
            weight_hh=outer(d_a_z, h_prev),
            bias=total(d_a_z),
            weight_zh=outer(d_a_z, z_prev),
        )


class CoRNN(CoRNNEquations, RecurrentLayer):
    """Coupled oscillatory recurrent network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        dt: the constant dt; 0.01 by default
        gamma: the constant gamma; 1.0 by default
        epsilon: the constant epsilon; 1.0 by default
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

    Call: ``output, (h, z) = layer(input, (h, z))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        z: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class CoRNNCell(CoRNNEquations, RecurrentCell):
    """Coupled oscillatory recurrent network, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, dt, gamma, epsilon, device, dtype; as in ``CoRNN``

    Call: ``(h, z) = cell(input, (h, z))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        z: (B, H) or (H,); zero by default
    """


Layer, Cell = CoRNN, CoRNNCell
