# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""ParaGRU.

Danieli, Rodríguez, Sarabia, Suau and Zappella (2025), ParaRNN, arXiv:2510.21450

A GRU that resets before, with vectors in the place of recurrent matrices. The authors' code cuts the input into heads;
the biases start as there, the vectors at normal numbers.

One time step:

    zₜ = σ(W_iz xₜ + b_iz + u_z ⊙ hₜ₋₁)
    rₜ = σ(W_ir xₜ + b_ir + u_r ⊙ hₜ₋₁)
    nₜ = tanh(W_in xₜ + b_in + u_n ⊙ rₜ ⊙ hₜ₋₁)
    hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ nₜ
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_iz, W_ir, W_in
    bias_ih: Tensor | None  # (3*hidden_size,): b_iz, b_ir, b_in
    u_z: Tensor  # (hidden_size,)
    u_r: Tensor  # (hidden_size,)
    u_n: Tensor  # (hidden_size,)


class ParaGRUEquations:
    """The equations of the ParaGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "r", "n")
    summed = ("x", "h_prev", "r")
    c_files = {"": "para_gru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "bias_ih": (3 * hidden_size,),
            "u_z": (hidden_size,),
            "u_r": (hidden_size,),
            "u_n": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_ih is not None:
            # b_iz
            block = p.bias_ih.chunk(3)[0]
            drawn = block.copy_(torch.linspace(0, 1, len(block), dtype=block.dtype))
            drawn.copy_(-drawn)
            # b_ir
            nn.init.zeros_(p.bias_ih.chunk(3)[1])
            # b_in
            nn.init.zeros_(p.bias_ih.chunk(3)[2])

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_z, a_r, a_n = a_x.chunk(3, -1)

        # Gates
        z = torch.sigmoid(a_z + p.u_z * h_prev)
        r = torch.sigmoid(a_r + p.u_r * h_prev)
        n = torch.tanh(a_n + p.u_n * r * h_prev)

        # New state
        h = (1 - z) * h_prev + z * n
        return (h,), (z, r, n)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, r, n = kept
        return {"z": z, "r": r, "n": n, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, r, n = saved
        dh_da_n = z * (1 - n**2)
        da_n_da_r = r * (1 - r) * p.u_n * h_prev
        dh_da_z = (n - h_prev) * z * (1 - z)
        da_n_dh_prev = p.u_n * r
        dh_dh_prev = 1 - z
        return dh_da_n, da_n_da_r, dh_da_z, da_n_dh_prev, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_n, da_n_da_r, dh_da_z, da_n_dh_prev, dh_dh_prev = local
        d_a_n = d_h * dh_da_n
        d_a_r = d_a_n * da_n_da_r
        d_a_z = d_h * dh_da_z
        d_h_prev = d_a_z * p.u_z + d_a_r * p.u_r + d_a_n * da_n_dh_prev + d_h * dh_dh_prev
        return (d_h_prev,), (d_a_n, d_a_r, d_a_z)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_n, d_a_r, d_a_z = kept
        x, h_prev, r = summed
        d_a = torch.cat((d_a_z, d_a_r, d_a_n), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a),
            u_z=total(d_a_z * h_prev),
            u_r=total(d_a_r * h_prev),
            u_n=total(d_a_n * r * h_prev),
        )


class ParaGRU(ParaGRUEquations, RecurrentLayer):
    """ParaGRU over whole sequences.

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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class ParaGRUCell(ParaGRUEquations, RecurrentCell):
    """ParaGRU, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``ParaGRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = ParaGRU, ParaGRUCell
