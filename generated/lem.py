# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Long expressive memory.

Rusch, Mishra, Erichson and Mahoney (2022), Long Expressive Memory for Sequence Modeling, ICLR, equation 3

h, the paper's y, sees the new z, as in the paper and its authors' code; torchrecurrent's sees the old one.

One time step:

    aₜ = dt σ(W_ia xₜ + W_ha hₜ₋₁ + b_a)
    bₜ = dt σ(W_ib xₜ + W_hb hₜ₋₁ + b_b)
    zₜ = (1 − aₜ) ⊙ zₜ₋₁ + aₜ ⊙ tanh(W_iz xₜ + W_hz hₜ₋₁ + b_z)
    hₜ = (1 − bₜ) ⊙ hₜ₋₁ + bₜ ⊙ tanh(W_ih xₜ + W_zh zₜ + b_h)
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ia, W_ib, W_iz, W_ih
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_ha, W_hb, W_hz
    bias: Tensor | None  # (4*hidden_size,): b_a, b_b, b_z, b_h
    weight_zh: Tensor  # (hidden_size, hidden_size): W_zh


class LEMEquations:
    """The equations of the LEM, for every layer, direction and time step alike."""

    states = ("h", "z")
    Parameters = Parameters
    saved = ("h_prev", "z_prev", "sigmoid_a_a", "a_", "sigmoid_a_b", "b", "tanh_a_z", "tanh_a_h")
    summed = ("x", "h_prev", "z")
    sequential = "the equation of bₜ mixes the units of hₜ₋₁"
    c_files = {"": "lem.c"}
    options = {"dt": 1.0}

    dt: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
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
        a_ia, a_ib, a_iz, a_ih = a_x.chunk(4, -1)
        a_ha, a_hb, a_hz = F.linear(h_prev, p.weight_hh).chunk(3, -1)

        # Gates
        sigmoid_a_a = torch.sigmoid(a_ia + a_ha)
        a_ = self.dt * sigmoid_a_a
        sigmoid_a_b = torch.sigmoid(a_ib + a_hb)
        b = self.dt * sigmoid_a_b

        # New state
        tanh_a_z = torch.tanh(a_iz + a_hz)
        z = (1 - a_) * z_prev + a_ * tanh_a_z

        # Affine maps
        a_zh = F.linear(z, p.weight_zh)

        # New state
        tanh_a_h = torch.tanh(a_ih + a_zh)
        h = (1 - b) * h_prev + b * tanh_a_h
        return (h, z), (sigmoid_a_a, a_, sigmoid_a_b, b, tanh_a_z, tanh_a_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, _, a_, _, b, _, _ = kept
        return {"a": a_, "b": b, "z": z, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z_prev, sigmoid_a_a, a_, sigmoid_a_b, b, tanh_a_z, tanh_a_h = saved
        dh_da_h = b * (1 - tanh_a_h**2)
        dz_da_z = a_ * (1 - tanh_a_z**2)
        dh_da_b = (tanh_a_h - h_prev) * self.dt * sigmoid_a_b * (1 - sigmoid_a_b)
        dz_da_a = (tanh_a_z - z_prev) * self.dt * sigmoid_a_a * (1 - sigmoid_a_a)
        dh_dh_prev = 1 - b
        dz_dz_prev = 1 - a_
        return dh_da_h, dz_da_z, dh_da_b, dz_da_a, dh_dh_prev, dz_dz_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_z_next = d_states
        dh_da_h, dz_da_z, dh_da_b, dz_da_a, dh_dh_prev, dz_dz_prev = local
        d_a_h = d_h * dh_da_h
        d_z = d_z_next + d_a_h @ p.weight_zh
        d_a_z = d_z * dz_da_z
        d_a_b = d_h * dh_da_b
        d_a_a = d_z * dz_da_a
        d_a2 = torch.cat((d_a_a, d_a_b, d_a_z), -1)
        d_h_prev = d_h * dh_dh_prev + d_a2 @ p.weight_hh
        d_z_prev = d_z * dz_dz_prev
        return (d_h_prev, d_z_prev), (d_a2, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a2, d_a_h = kept
        x, h_prev, z = summed
        d_a_a, d_a_b, d_a_z = d_a2.chunk(3, -1)
        d_a_x = torch.cat((d_a_a, d_a_b, d_a_z, d_a_h), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a2, h_prev),
            bias=total(d_a_x),
            weight_zh=outer(d_a_h, z),
        )


class LEM(LEMEquations, RecurrentLayer):
    """Long expressive memory over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        dt: the constant dt; 1.0 by default
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


class LEMCell(LEMEquations, RecurrentCell):
    """Long expressive memory, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, dt, device, dtype; as in ``LEM``

    Call: ``(h, z) = cell(input, (h, z))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        z: (B, H) or (H,); zero by default
    """


Layer, Cell = LEM, LEMCell
