# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Simple gated unit.

Gao and Glowacka (2016), Deep Gate Recurrent Neural Network, ACML

The input multiplies the state before the recurrent matrix. The hard sigmoid is PyTorch's, of slope 1/6; that of Keras
was of slope 1/5 when the paper appeared.

One time step:

    gₜ = (W_ig xₜ + b_ig) ⊙ hₜ₋₁
    nₜ = tanh(W_gn gₜ)
    h̃ₜ = softplus(nₜ ⊙ hₜ₋₁)
    zₜ = hardσ(W_iz xₜ + W_hz hₜ₋₁ + b_z)
    hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_ig, W_iz
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hz
    bias_ih: Tensor | None  # (hidden_size,): b_ig
    bias: Tensor | None  # (hidden_size,): b_z
    weight_gh: Tensor  # (hidden_size, hidden_size): W_gn


class SGUEquations:
    """The equations of the SGU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "a_g", "n", "h_tilde", "a_z", "z")
    summed = ("x", "h_prev", "g")
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "sgu.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias": (hidden_size,),
            "weight_gh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_g = F.linear(x, p.weight_ih[: self.hidden_size], p.bias_ih)
        a_x = F.linear(x, p.weight_ih[self.hidden_size :], p.bias)
        return a_g, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        a_g, a_x = a

        # Gates
        g = a_g * h_prev

        # Affine maps
        a_n = F.linear(g, p.weight_gh)

        # Gates
        n = torch.tanh(a_n)
        h_tilde = F.softplus(n * h_prev, threshold=40)

        # Affine maps
        a_z = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        z = F.relu6(a_z + 3) / 6

        # New state
        h = (1 - z) * h_prev + z * h_tilde
        return (h,), (a_g, n, h_tilde, a_z, z, g)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, _, n, h_tilde, _, z, g = kept
        return {"g": g, "n": n, "h_tilde": h_tilde, "z": z, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, a_g, n, h_tilde, a_z, z = saved
        a_h_tilde = n * h_prev
        dh_da_z = torch.where((a_z < 3) & (a_z > -3), (h_tilde - h_prev) / 6, 0)
        dh_da_h_tilde = z * torch.sigmoid(a_h_tilde)
        da_h_tilde_da_n = h_prev * (1 - n**2)
        dh_dh_prev = 1 - z
        return dh_da_z, dh_da_h_tilde, da_h_tilde_da_n, a_g, n, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_z, dh_da_h_tilde, da_h_tilde_da_n, a_g, n, dh_dh_prev = local
        d_a_z = d_h * dh_da_z
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_a_n = d_a_h_tilde * da_h_tilde_da_n
        d_g = d_a_n @ p.weight_gh
        d_h_prev = d_g * a_g + d_a_h_tilde * n + d_h * dh_dh_prev + d_a_z @ p.weight_hh
        return (d_h_prev,), (d_a_z, d_a_n, d_g)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_z, d_a_n, d_g = kept
        x, h_prev, g = summed
        d_a_g = d_g * h_prev
        d_a = torch.cat((d_a_g, d_a_z), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a_z, h_prev),
            bias_ih=total(d_a_g),
            bias=total(d_a_z),
            weight_gh=outer(d_a_n, g),
        )


class SGU(SGUEquations, RecurrentLayer):
    """Simple gated unit over whole sequences.

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


class SGUCell(SGUEquations, RecurrentCell):
    """Simple gated unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SGU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = SGU, SGUCell
