# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Delta-RNN.

Ororbia, Mikolov and Reitter (2017), Neural Computation 29(12); arXiv:1703.08864, early version, equations 3, 5 and 11

The gate shares the input's matrix. Both nonlinearities are tanh here; the paper leaves the outer one open.

One time step:

    uₜ = W_iu xₜ
    vₜ = W_hv hₜ₋₁
    zₜ = tanh(α ⊙ vₜ ⊙ uₜ + β_1 ⊙ vₜ + β_2 ⊙ uₜ + b)
    rₜ = σ(uₜ + b_r)
    hₜ = tanh((1 − rₜ) ⊙ zₜ + rₜ ⊙ hₜ₋₁)
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

    weight_ih: Tensor  # (hidden_size, input_size): W_iu
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hv
    alpha: Tensor  # (hidden_size,)
    beta_1: Tensor  # (hidden_size,)
    beta_2: Tensor  # (hidden_size,)
    b: Tensor  # (hidden_size,)
    b_r: Tensor  # (hidden_size,)


class DeltaRNNEquations:
    """The equations of the DeltaRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("u", "z", "r", "h")
    summed = ("x", "h_prev", "u", "v", "z", "r")
    sequential = "the equation of vₜ mixes the units of hₜ₋₁"
    c_files = {"": "delta_rnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "alpha": (hidden_size,),
            "beta_1": (hidden_size,),
            "beta_2": (hidden_size,),
            "b": (hidden_size,),
            "b_r": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        u = F.linear(x, p.weight_ih)
        r = torch.sigmoid(u + p.b_r)
        return u, r

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        u, r = a

        # Affine maps
        v = F.linear(h_prev, p.weight_hh)

        # Gates
        z = torch.tanh(p.alpha * v * u + p.beta_1 * v + p.beta_2 * u + p.b)

        # New state
        h = torch.tanh((1 - r) * z + r * h_prev)
        return (h,), (u, z, r, v)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        u, r = a
        h, _, z, _, v = kept
        return {"u": u, "v": v, "z": z, "r": r, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        u, z, r, h = saved
        dh_da_h = 1 - h**2
        da_h_da_z = (1 - r) * (1 - z**2)
        da_z_dv = p.alpha * u + p.beta_1
        return dh_da_h, da_h_da_z, da_z_dv, r

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h, da_h_da_z, da_z_dv, r = local
        d_a_h = d_h * dh_da_h
        d_a_z = d_a_h * da_h_da_z
        d_v = d_a_z * da_z_dv
        d_h_prev = d_a_h * r + d_v @ p.weight_hh
        return (d_h_prev,), (d_a_h, d_a_z, d_v)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_h, d_a_z, d_v = kept
        x, h_prev, u, v, z, r = summed
        d_a_r = r * (1 - r) * d_a_h * (h_prev - z)
        d_u = d_a_z * (p.alpha * v + p.beta_2) + d_a_r
        d_x = d_u @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_u, x),
            weight_hh=outer(d_v, h_prev),
            alpha=total(d_a_z * v * u),
            beta_1=total(d_a_z * v),
            beta_2=total(d_a_z * u),
            b=total(d_a_z),
            b_r=total(d_a_r),
        )


class DeltaRNN(DeltaRNNEquations, RecurrentLayer):
    """Delta-RNN over whole sequences.

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


class DeltaRNNCell(DeltaRNNEquations, RecurrentCell):
    """Delta-RNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``DeltaRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = DeltaRNN, DeltaRNNCell
