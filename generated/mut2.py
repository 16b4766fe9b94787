# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""MUT2.

Jozefowicz, Zaremba and Sutskever (2015), ICML

The paper's reset gate adds x itself, which needs x as wide as h; a matrix stands before x here.

One time step:

     zₜ = σ(W_iz xₜ + W_hz hₜ₋₁ + b_z)
     rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
    rhₜ = rₜ ⊙ hₜ₋₁
     nₜ = tanh(W_hn rhₜ + W_in xₜ + b_n)
     hₜ = nₜ ⊙ zₜ + hₜ₋₁ ⊙ (1 − zₜ)
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_iz, W_ir, W_in
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hz, W_hr, W_hn
    bias: Tensor | None  # (3*hidden_size,): b_z, b_r, b_n


class MUT2Equations:
    """The equations of the MUT2, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "r", "n")
    summed = ("x", "h_prev", "rh")
    sequential = "the equation of nₜ mixes the units of hₜ₋₁"
    c_files = {"": "mut2.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_iz, a_ir, a_in = a_x.chunk(3, -1)
        a_hz, a_hr = F.linear(h_prev, p.weight_hh[: 2 * self.hidden_size]).chunk(2, -1)

        # Gates
        z = torch.sigmoid(a_iz + a_hz)
        r = torch.sigmoid(a_ir + a_hr)
        rh = r * h_prev

        # Affine maps
        a_hn = F.linear(rh, p.weight_hh[2 * self.hidden_size :])

        # Gates
        n = torch.tanh(a_in + a_hn)

        # New state
        h = n * z + h_prev * (1 - z)
        return (h,), (z, r, n, rh)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, z, r, n, rh = kept
        return {"z": z, "r": r, "rh": rh, "n": n, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, r, n = saved
        dh_da_n = z * (1 - n**2)
        drh_da_r = h_prev * r * (1 - r)
        dh_da_z = (n - h_prev) * z * (1 - z)
        dh_dh_prev = 1 - z
        return dh_da_n, drh_da_r, dh_da_z, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_n, drh_da_r, dh_da_z, r, dh_dh_prev = local
        d_a_n = d_h * dh_da_n
        d_rh = d_a_n @ p.weight_hh[2 * self.hidden_size :]
        d_a_r = d_rh * drh_da_r
        d_a_z = d_h * dh_da_z
        d_a = torch.cat((d_a_z, d_a_r), -1)
        d_h_prev = d_rh * r + d_h * dh_dh_prev + d_a @ p.weight_hh[: 2 * self.hidden_size]
        return (d_h_prev,), (d_a, d_a_n)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_n = kept
        x, h_prev, rh = summed
        d_a_z, d_a_r = d_a.chunk(2, -1)
        d_a_x = torch.cat((d_a_z, d_a_r, d_a_n), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=torch.cat((outer(d_a, h_prev), outer(d_a_n, rh))),
            bias=total(d_a_x),
        )


class MUT2(MUT2Equations, RecurrentLayer):
    """MUT2 over whole sequences.

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


class MUT2Cell(MUT2Equations, RecurrentCell):
    """MUT2, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MUT2``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MUT2, MUT2Cell
