# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Simple recurrent unit.

Lei, Zhang, Wang, Dai and Artzi (2018), Simple Recurrent Units for Highly Parallelizable Recurrence, EMNLP, equations 1
to 4

The paper's highway carries x itself over, which needs x as wide as h; a matrix stands before it here, as in the
authors' code when the sizes differ. The paper's scaling of that path is left out. sru_v1 is the earlier form.

One time step:

    fₜ = σ(W_if xₜ + b_if + v_f ⊙ cₜ₋₁)
    rₜ = σ(W_ir xₜ + b_ir + v_r ⊙ cₜ₋₁)
    cₜ = fₜ ⊙ cₜ₋₁ + (1 − fₜ) ⊙ (W_ic xₜ)
    hₜ = rₜ ⊙ cₜ + (1 − rₜ) ⊙ (W_ih xₜ)
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_if, W_ir, W_ic, W_ih
    bias_ih: Tensor | None  # (2*hidden_size,): b_if, b_ir
    v_f: Tensor  # (hidden_size,)
    v_r: Tensor  # (hidden_size,)


class SRUEquations:
    """The equations of the SRU, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "f", "r", "a_c", "c", "a_h")
    summed = ("x", "c_prev", "f", "r")
    sequential = "the equation of fₜ is not linear in cₜ₋₁"
    c_files = {"": "sru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "v_f": (hidden_size,),
            "v_r": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih)
        a_x2 = F.linear(x, p.weight_ih[2 * self.hidden_size :])
        return a_x, a_x2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, c_prev = states
        a_x, a_x2 = a

        # Affine maps
        a_f, a_r = a_x.chunk(2, -1)

        # Gates
        f = torch.sigmoid(a_f + p.v_f * c_prev)
        r = torch.sigmoid(a_r + p.v_r * c_prev)

        # Affine maps
        a_c, a_h = a_x2.chunk(2, -1)

        # New state
        c = f * c_prev + (1 - f) * a_c
        h = r * c + (1 - r) * a_h
        return (h, c), (f, r, a_c, a_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, f, r, _, _ = kept
        return {"f": f, "r": r, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, f, r, a_c, c, a_h = saved
        dh_da_r = (c - a_h) * r * (1 - r)
        dc_da_f = (c_prev - a_c) * f * (1 - f)
        return r, dh_da_r, dc_da_f, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        r, dh_da_r, dc_da_f, f = local
        d_c = d_c_next + d_h * r
        d_a_r = d_h * dh_da_r
        d_a_f = d_c * dc_da_f
        d_h_prev = torch.zeros_like(d_h)
        d_c_prev = d_a_f * p.v_f + d_a_r * p.v_r + d_c * f
        return (d_h_prev, d_c_prev), (d_h, d_c, d_a_r, d_a_f)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_c, d_a_r, d_a_f = kept
        x, c_prev, f, r = summed
        d_a_h = d_h * (1 - r)
        d_a_c = d_c * (1 - f)
        d_a = torch.cat((d_a_f, d_a_r, d_a_c, d_a_h), -1)
        d_a_ih = torch.cat((d_a_f, d_a_r), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a_ih),
            v_f=total(d_a_f * c_prev),
            v_r=total(d_a_r * c_prev),
        )


class SRU(SRUEquations, RecurrentLayer):
    """Simple recurrent unit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

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

    Call: ``output, (h, c) = layer(input, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class SRUCell(SRUEquations, RecurrentCell):
    """Simple recurrent unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SRU``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = SRU, SRUCell
