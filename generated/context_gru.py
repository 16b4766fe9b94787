# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU that reads a context.

Bahdanau, Cho and Bengio (2015), the decoder

The decoder of a translation model: beside the word before, each step reads the context that attention has made of the
source sentence. What makes the context is outside of the step.

One time step:

    zₜ = σ(W_iz xₜ + W_hz hₜ₋₁ + W_cz contextₜ + b_z)
    rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + W_cr contextₜ + b_r)
    h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde (rₜ ⊙ hₜ₋₁) + W_ch_tilde contextₜ + b_h_tilde)
    hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .inputs import SeveralInputs
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_iz, W_ir, W_ih_tilde
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hz, W_hr, W_hh_tilde
    bias: Tensor | None  # (3*hidden_size,): b_z, b_r, b_h_tilde
    weight_ch: Tensor  # (3*hidden_size, context_size): W_cz, W_cr, W_ch_tilde


class ContextGRUEquations:
    """The equations of the ContextGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "r", "h_tilde")
    summed = ("x", "h_prev", "r_h")
    further = {"context": "context_size"}
    sizes = ("context_size",)
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "context_gru.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (3 * hidden_size,),
            "weight_ch": (3 * hidden_size, self.context_size),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, context = parts(x, 0, self.context_size)
        a_x = F.linear(x_, p.weight_ih, p.bias)
        a_context = F.linear(context, p.weight_ch)
        return a_x, a_context

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        a_x, a_context = a

        # Affine maps
        a_iz, a_ir, a_ih_tilde = a_x.chunk(3, -1)
        a_hz, a_hr = F.linear(h_prev, p.weight_hh[: 2 * self.hidden_size]).chunk(2, -1)
        a_cz, a_cr, a_ch_tilde = a_context.chunk(3, -1)

        # Gates
        z = torch.sigmoid(a_iz + a_hz + a_cz)
        r = torch.sigmoid(a_ir + a_hr + a_cr)

        # Affine maps
        r_h = r * h_prev
        a_hh_tilde = F.linear(r_h, p.weight_hh[2 * self.hidden_size :])

        # Gates
        h_tilde = torch.tanh(a_ih_tilde + a_ch_tilde + a_hh_tilde)

        # New state
        h = (1 - z) * h_prev + z * h_tilde
        return (h,), (z, r, h_tilde, r_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, r, h_tilde, _ = kept
        return {"z": z, "r": r, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, r, h_tilde = saved
        dh_da_h_tilde = z * (1 - h_tilde**2)
        dr_h_da_r = h_prev * r * (1 - r)
        dh_da_z = (h_tilde - h_prev) * z * (1 - z)
        dh_dh_prev = 1 - z
        return dh_da_h_tilde, dr_h_da_r, dh_da_z, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, dr_h_da_r, dh_da_z, r, dh_dh_prev = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_r_h = d_a_h_tilde @ p.weight_hh[2 * self.hidden_size :]
        d_a_r = d_r_h * dr_h_da_r
        d_a_z = d_h * dh_da_z
        d_a = torch.cat((d_a_z, d_a_r), -1)
        d_h_prev = d_r_h * r + d_h * dh_dh_prev + d_a @ p.weight_hh[: 2 * self.hidden_size]
        return (d_h_prev,), (d_a, d_a_h_tilde)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_h_tilde = kept
        x, h_prev, r_h = summed
        x_, context = parts(x, 0, self.context_size)
        d_a_z, d_a_r = d_a.chunk(2, -1)
        d_a_x = torch.cat((d_a_z, d_a_r, d_a_h_tilde), -1)
        d_inputs = None
        if input_wanted:
            d_x = d_a_x @ p.weight_ih
            d_context = d_a_x @ p.weight_ch
            d_inputs = torch.cat((d_x, d_context), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a_x, x_),
            weight_hh=torch.cat((outer(d_a, h_prev), outer(d_a_h_tilde, r_h))),
            bias=total(d_a_x),
            weight_ch=outer(d_a_x, context),
        )


class ContextGRU(ContextGRUEquations, SeveralInputs, RecurrentLayer):
    """GRU that reads a context over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        context_size: a number of units
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

    Call: ``output, h = layer(input, context, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        context: the same with context_size in the place of I
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class ContextGRUCell(ContextGRUEquations, SeveralInputs, RecurrentCell):
    """GRU that reads a context, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, context_size, bias, device, dtype; as in ``ContextGRU``

    Call: ``h = cell(input, context, h)``
        input: (B, I) or (I,)
        context: (B, context_size) or (context_size,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = ContextGRU, ContextGRUCell
