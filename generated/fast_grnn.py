# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""FastGRNN.

Kusupati et al. (2018), FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated RNN, NeurIPS

Gate and candidate share both matrices, which have full rank here. ζ and ν are sigmoids of what is learned. The initial
values are those of the authors' code (EdgeML).

One time step:

    aₜ = W_ia xₜ + W_ha hₜ₋₁
    zₜ = σ(aₜ + b_z)
    h̃ₜ = tanh(aₜ + b_h)
    hₜ = (σ(ζ) (1 − zₜ) + σ(ν)) ⊙ h̃ₜ + zₜ ⊙ hₜ₋₁
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

    weight_ih: Tensor  # (hidden_size, input_size): W_ia
    weight_hh: Tensor  # (hidden_size, hidden_size): W_ha
    b_z: Tensor  # (hidden_size,)
    b_h: Tensor  # (hidden_size,)
    zeta: Tensor  # ()
    nu: Tensor  # ()


class FastGRNNEquations:
    """The equations of the FastGRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "h_tilde", "sigmoid_zeta", "sigmoid_nu")
    summed = ("x", "h_prev", "z", "h_tilde", "sigmoid_zeta", "sigmoid_nu")
    sequential = "the equation of aₜ mixes the units of hₜ₋₁"
    c_files = {"": "fast_grnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "b_z": (hidden_size,),
            "b_h": (hidden_size,),
            "zeta": (),
            "nu": (),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.normal_(p.weight_ih, 0, 0.1)
        nn.init.normal_(p.weight_hh, 0, 0.1)
        nn.init.ones_(p.b_z)
        nn.init.ones_(p.b_h)
        nn.init.ones_(p.zeta)
        nn.init.constant_(p.nu, -4)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        sigmoid_zeta = torch.sigmoid(p.zeta)
        sigmoid_nu = torch.sigmoid(p.nu)
        a_x = F.linear(x, p.weight_ih)
        sigmoid_zeta = sigmoid_zeta.expand(*x.shape[:-1], 1)
        sigmoid_nu = sigmoid_nu.expand(*x.shape[:-1], 1)
        return sigmoid_zeta, sigmoid_nu, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        sigmoid_zeta, sigmoid_nu, a_x = a

        # Affine maps
        a_ = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        z = torch.sigmoid(a_ + p.b_z)
        h_tilde = torch.tanh(a_ + p.b_h)

        # New state
        h = (sigmoid_zeta * (1 - z) + sigmoid_nu) * h_tilde + z * h_prev
        return (h,), (z, h_tilde, sigmoid_zeta, sigmoid_nu)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        (h_prev,) = states
        h, z, h_tilde, _, _ = kept
        a_ = F.linear(x, p.weight_ih) + F.linear(h_prev, p.weight_hh)
        return {"a": a_, "z": z, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, h_tilde, sigmoid_zeta, sigmoid_nu = saved
        dh_da_h_tilde = (sigmoid_zeta * (1 - z) + sigmoid_nu) * (1 - h_tilde**2)
        dh_da_z = (h_prev - sigmoid_zeta * h_tilde) * z * (1 - z)
        return dh_da_h_tilde, dh_da_z, z

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, dh_da_z, z = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_a_z = d_h * dh_da_z
        d_a = d_a_z + d_a_h_tilde
        d_h_prev = d_h * z + d_a @ p.weight_hh
        return (d_h_prev,), (d_h, d_a_h_tilde, d_a_z, d_a)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_h_tilde, d_a_z, d_a = kept
        x, h_prev, z, h_tilde, sigmoid_zeta, sigmoid_nu = summed
        d_sigmoid_nu = (d_h * h_tilde).sum(-1, keepdim=True)
        d_sigmoid_zeta = (d_h * (1 - z) * h_tilde).sum(-1, keepdim=True)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            b_z=total(d_a_z),
            b_h=total(d_a_h_tilde),
            zeta=(d_sigmoid_zeta * sigmoid_zeta * (1 - sigmoid_zeta)).sum(),
            nu=(d_sigmoid_nu * sigmoid_nu * (1 - sigmoid_nu)).sum(),
        )


class FastGRNN(FastGRNNEquations, RecurrentLayer):
    """FastGRNN over whole sequences.

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


class FastGRNNCell(FastGRNNEquations, RecurrentCell):
    """FastGRNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``FastGRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = FastGRNN, FastGRNNCell
