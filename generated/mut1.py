# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""MUT1.

Jozefowicz, Zaremba and Sutskever (2015), ICML

The paper adds tanh(x) itself, which needs x as wide as h; a matrix stands before x here.

One time step:

     zₜ = σ(W_iz xₜ + b_iz)
     rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
    rhₜ = rₜ ⊙ hₜ₋₁
     nₜ = tanh(W_hn rhₜ + b_hn + tanh(W_in xₜ))
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
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hr, W_hn
    bias_ih: Tensor | None  # (hidden_size,): b_iz
    bias_hh: Tensor | None  # (hidden_size,): b_hn
    bias: Tensor | None  # (hidden_size,): b_r


class MUT1Equations:
    """The equations of the MUT1, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "r", "n")
    summed = ("x", "h_prev", "z", "rh", "tanh_a_in", "n")
    sequential = "the equation of nₜ mixes the units of hₜ₋₁"
    c_files = {"": "mut1.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias_hh": (hidden_size,),
            "bias": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_z = F.linear(x, p.weight_ih[: self.hidden_size], p.bias_ih)
        z = torch.sigmoid(a_z)
        a_ir, a_in = F.linear(x, p.weight_ih[self.hidden_size :]).chunk(2, -1)
        tanh_a_in = torch.tanh(a_in)
        return z, a_ir, tanh_a_in

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        z, a_ir, tanh_a_in = a

        # Affine maps
        a_hr = F.linear(h_prev, p.weight_hh[: self.hidden_size], p.bias)

        # Gates
        r = torch.sigmoid(a_ir + a_hr)
        rh = r * h_prev

        # Affine maps
        a_hn = F.linear(rh, p.weight_hh[self.hidden_size :], p.bias_hh)

        # Gates
        n = torch.tanh(a_hn + tanh_a_in)

        # New state
        h = n * z + h_prev * (1 - z)
        return (h,), (z, r, n, rh, tanh_a_in)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        z, _, _ = a
        h, _, r, n, rh, _ = kept
        return {"z": z, "r": r, "rh": rh, "n": n, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, r, n = saved
        dh_da_hn = z * (1 - n**2)
        drh_da_r = h_prev * r * (1 - r)
        dh_dh_prev = 1 - z
        return dh_da_hn, drh_da_r, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_hn, drh_da_r, r, dh_dh_prev = local
        d_a_hn = d_h * dh_da_hn
        d_rh = d_a_hn @ p.weight_hh[self.hidden_size :]
        d_a_r = d_rh * drh_da_r
        d_h_prev = d_rh * r + d_h * dh_dh_prev + d_a_r @ p.weight_hh[: self.hidden_size]
        return (d_h_prev,), (d_h, d_a_hn, d_a_r)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_hn, d_a_r = kept
        x, h_prev, z, rh, tanh_a_in, n = summed
        d_a_in = d_a_hn * (1 - tanh_a_in**2)
        d_a_z = z * (1 - z) * d_h * (n - h_prev)
        d_a = torch.cat((d_a_z, d_a_r, d_a_in), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=torch.cat((outer(d_a_r, h_prev), outer(d_a_hn, rh))),
            bias_ih=total(d_a_z),
            bias_hh=total(d_a_hn),
            bias=total(d_a_r),
        )


class MUT1(MUT1Equations, RecurrentLayer):
    """MUT1 over whole sequences.

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


class MUT1Cell(MUT1Equations, RecurrentCell):
    """MUT1, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MUT1``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MUT1, MUT1Cell
