# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Multiplicative recurrent network.

Sutskever, Martens and Hinton (2011), Generating Text with Recurrent Neural Networks, ICML

The factor f has hidden_size units.

One time step:

    fₜ = (W_if xₜ) ⊙ (W_hf hₜ₋₁)
    hₜ = tanh(W_fh fₜ + W_ih xₜ + b_h)
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_if, W_ih
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hf
    bias: Tensor | None  # (hidden_size,): b_h
    weight_fh: Tensor  # (hidden_size, hidden_size): W_fh


class MRNNEquations:
    """The equations of the MRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("a_if", "h")
    summed = ("x", "h_prev", "a_hf", "f")
    sequential = "the equation of hₜ mixes the units of hₜ₋₁"
    c_files = {"": "mrnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "weight_fh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_if, a_ih = a_x.chunk(2, -1)
        a_hf = F.linear(h_prev, p.weight_hh)

        # Gates
        f = a_if * a_hf

        # Affine maps
        a_fh = F.linear(f, p.weight_fh, p.bias)

        # New state
        h = torch.tanh(a_ih + a_fh)
        return (h,), (a_if, a_hf, f)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, _, _, f = kept
        return {"f": f, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        a_if, h = saved
        dh_da_h = 1 - h**2
        return dh_da_h, a_if

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h, a_if = local
        d_a_h = d_h * dh_da_h
        d_f = d_a_h @ p.weight_fh
        d_a_hf = d_f * a_if
        d_h_prev = d_a_hf @ p.weight_hh
        return (d_h_prev,), (d_a_h, d_f, d_a_hf)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_h, d_f, d_a_hf = kept
        x, h_prev, a_hf, f = summed
        d_a_if = d_f * a_hf
        d_a = torch.cat((d_a_if, d_a_h), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a_hf, h_prev),
            bias=total(d_a_h),
            weight_fh=outer(d_a_h, f),
        )


class MRNN(MRNNEquations, RecurrentLayer):
    """Multiplicative recurrent network over whole sequences.

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


class MRNNCell(MRNNEquations, RecurrentCell):
    """Multiplicative recurrent network, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MRNN, MRNNCell
