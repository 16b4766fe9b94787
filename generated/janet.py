# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""JANET.

van der Westhuizen and Lasenby (2018), The Unreasonable Effectiveness of the Forget Gate, arXiv:1804.04849

An LSTM with a forget gate alone; h is its cell state. beta is the paper's, and 0 gives the plain form.  The biases
start as in the authors' code where no length is given: 1 in the gate and 0 in the candidate. For dependencies of up to
T steps it starts the gate's at chrono(T), as `janet.with_initial(b_s=chrono(T))` does.

One time step:

    sₜ = W_is xₜ + W_hs hₜ₋₁ + b_s
    fₜ = σ(sₜ)
    kₜ = σ(sₜ − β)
    h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde hₜ₋₁ + b_h_tilde)
    hₜ = fₜ ⊙ hₜ₋₁ + (1 − kₜ) ⊙ h̃ₜ
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_is, W_ih_tilde
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hs, W_hh_tilde
    bias: Tensor | None  # (2*hidden_size,): b_s, b_h_tilde


class JANETEquations:
    """The equations of the JANET, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "f", "k", "h_tilde")
    summed = ("x", "h_prev")
    sequential = "the equation of sₜ mixes the units of hₜ₋₁"
    c_files = {"": "janet.c"}
    options = {"beta": 1.0}

    beta: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias is not None:
            # b_s
            nn.init.ones_(p.bias.chunk(2)[0])
            # b_h_tilde
            nn.init.zeros_(p.bias.chunk(2)[1])

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
        s, a_h_tilde = (a_x + F.linear(h_prev, p.weight_hh)).chunk(2, -1)

        # Gates
        f = torch.sigmoid(s)
        k = torch.sigmoid(s - self.beta)
        h_tilde = torch.tanh(a_h_tilde)

        # New state
        h = f * h_prev + (1 - k) * h_tilde
        return (h,), (f, k, h_tilde)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        (h_prev,) = states
        h, f, k, h_tilde = kept
        s, _ = (F.linear(x, p.weight_ih, p.bias) + F.linear(h_prev, p.weight_hh)).chunk(2, -1)
        return {"s": s, "f": f, "k": k, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, f, k, h_tilde = saved
        dh_da_h_tilde = (1 - k) * (1 - h_tilde**2)
        dh_ds = h_prev * f * (1 - f) - h_tilde * k * (1 - k)
        return dh_da_h_tilde, dh_ds, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, dh_ds, f = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_s = d_h * dh_ds
        d_a = torch.cat((d_s, d_a_h_tilde), -1)
        d_h_prev = d_h * f + d_a @ p.weight_hh
        return (d_h_prev,), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, h_prev = summed
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias=total(d_a),
        )


class JANET(JANETEquations, RecurrentLayer):
    """JANET over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        beta: the constant beta; 1.0 by default
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


class JANETCell(JANETEquations, RecurrentCell):
    """JANET, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, beta, device, dtype; as in ``JANET``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = JANET, JANETCell
