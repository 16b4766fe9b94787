# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Undamped independent controlled oscillatory network.

Rusch and Mishra (2021), UnICORNN: A Recurrent Model for Learning Very Long Time Dependencies, ICML

The step of each unit is dt * sigmoid(c); the paper's 0.5 + 0.5 tanh(c/2) is the same. w, c and the bias start as in the
authors' code.

One time step:

    zₜ = zₜ₋₁ − dt σ(c) ⊙ (tanh(w ⊙ hₜ₋₁ + W_iz xₜ + b_iz) + α hₜ₋₁)
    hₜ = hₜ₋₁ + dt σ(c) ⊙ zₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iz
    bias_ih: Tensor | None  # (hidden_size,): b_iz
    w: Tensor  # (hidden_size,)
    c: Tensor  # (hidden_size,)


class UnICORNNEquations:
    """The equations of the UnICORNN, for every layer, direction and time step alike."""

    states = ("h", "z")
    Parameters = Parameters
    saved = ("sigmoid_c", "tanh_z")
    summed = ("x", "h_prev", "sigmoid_c", "tanh_z", "z")
    sequential = "the equation of zₜ is not linear in hₜ₋₁"
    c_files = {"": "unicornn.c"}
    options = {"dt": 0.01, "alpha": 1.0}

    dt: float
    alpha: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "bias_ih": (hidden_size,),
            "w": (hidden_size,),
            "c": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_ih is not None:
            nn.init.zeros_(p.bias_ih)
        nn.init.uniform_(p.w, 0, 1)
        nn.init.uniform_(p.c, -0.1, 0.1)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        sigmoid_c = torch.sigmoid(p.c)
        a_z = F.linear(x, p.weight_ih, p.bias_ih)
        sigmoid_c = sigmoid_c.expand(*x.shape[:-1], -1)
        return sigmoid_c, a_z

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, z_prev = states
        sigmoid_c, a_z = a

        # New state
        tanh_z = torch.tanh(p.w * h_prev + a_z)
        z = z_prev - self.dt * sigmoid_c * (tanh_z + self.alpha * h_prev)
        h = h_prev + self.dt * sigmoid_c * z
        return (h, z), (sigmoid_c, tanh_z)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, _, _ = kept
        return {"z": z, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        sigmoid_c, tanh_z = saved
        dh_dz = self.dt * sigmoid_c
        dz_da_z = -self.dt * sigmoid_c * (1 - tanh_z**2)
        dz_dh_prev = -self.dt * sigmoid_c * self.alpha
        return dh_dz, dz_da_z, dz_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_z_next = d_states
        dh_dz, dz_da_z, dz_dh_prev = local
        d_z = d_z_next + d_h * dh_dz
        d_a_z = d_z * dz_da_z
        d_h_prev = d_a_z * p.w + d_z * dz_dh_prev + d_h
        d_z_prev = d_z
        return (d_h_prev, d_z_prev), (d_h, d_z, d_a_z)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_z, d_a_z = kept
        x, h_prev, sigmoid_c, tanh_z, z = summed
        factor = sigmoid_c * (1 - sigmoid_c)
        d_x = d_a_z @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_z, x),
            bias_ih=total(d_a_z),
            w=total(d_a_z * h_prev),
            c=total(factor * d_h * self.dt * z - factor * d_z * self.dt * (tanh_z + self.alpha * h_prev)),
        )


class UnICORNN(UnICORNNEquations, RecurrentLayer):
    """Undamped independent controlled oscillatory network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        dt: the constant dt; 0.01 by default
        alpha: the constant alpha; 1.0 by default
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


class UnICORNNCell(UnICORNNEquations, RecurrentCell):
    """Undamped independent controlled oscillatory network, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, dt, alpha, device, dtype; as in ``UnICORNN``

    Call: ``(h, z) = cell(input, (h, z))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        z: (B, H) or (H,); zero by default
    """


Layer, Cell = UnICORNN, UnICORNNCell
