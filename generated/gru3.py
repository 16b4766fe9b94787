# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU variant 3: gates of the bias alone.

Dey and Salem (2017), Gate-Variants of Gated Recurrent Unit (GRU) Neural Networks, MWSCAS

One time step:

      r = σ(b_r)
      z = σ(b_z)
    rhₜ = r ⊙ hₜ₋₁
     h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde rhₜ + b_h_tilde)
     hₜ = (1 − z) ⊙ hₜ₋₁ + z ⊙ h̃ₜ
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

    weight_ih: Tensor  # (hidden_size, input_size): W_ih_tilde
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hh_tilde
    bias: Tensor | None  # (hidden_size,): b_h_tilde
    b_r: Tensor  # (hidden_size,)
    b_z: Tensor  # (hidden_size,)


class GRU3Equations:
    """The equations of the GRU3, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("r", "z", "h_tilde")
    summed = ("x", "h_prev", "r", "z", "rh", "h_tilde")
    sequential = "the equation of h̃ₜ mixes the units of hₜ₋₁"
    c_files = {"": "gru3.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "b_r": (hidden_size,),
            "b_z": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        r = torch.sigmoid(p.b_r)
        z = torch.sigmoid(p.b_z)
        a_x = F.linear(x, p.weight_ih, p.bias)
        r = r.expand(*x.shape[:-1], -1)
        z = z.expand(*x.shape[:-1], -1)
        return r, z, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        r, z, a_x = a

        # Gates
        rh = r * h_prev

        # Affine maps
        a_h_tilde = a_x + F.linear(rh, p.weight_hh)

        # Gates
        h_tilde = torch.tanh(a_h_tilde)

        # New state
        h = (1 - z) * h_prev + z * h_tilde
        return (h,), (r, z, h_tilde, rh)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        r, z, _ = a
        h, _, _, h_tilde, rh = kept
        return {"r": r, "z": z, "rh": rh, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        r, z, h_tilde = saved
        dh_da_h_tilde = z * (1 - h_tilde**2)
        dh_dh_prev = 1 - z
        return dh_da_h_tilde, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, r, dh_dh_prev = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_rh = d_a_h_tilde @ p.weight_hh
        d_h_prev = d_rh * r + d_h * dh_dh_prev
        return (d_h_prev,), (d_h, d_a_h_tilde, d_rh)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_h_tilde, d_rh = kept
        x, h_prev, r, z, rh, h_tilde = summed
        d_x = d_a_h_tilde @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h_tilde, x),
            weight_hh=outer(d_a_h_tilde, rh),
            bias=total(d_a_h_tilde),
            b_r=total(r * (1 - r) * d_rh * h_prev),
            b_z=total(z * (1 - z) * d_h * (h_tilde - h_prev)),
        )


class GRU3(GRU3Equations, RecurrentLayer):
    """GRU variant 3: gates of the bias alone over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GRU3Cell(GRU3Equations, RecurrentCell):
    """GRU variant 3: gates of the bias alone, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``GRU3``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = GRU3, GRU3Cell
