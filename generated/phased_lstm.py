# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Phased LSTM.

Neil, Pfeiffer and Liu (2016)

A gate k opens for the part r of each period of length tau, and is ajar, by alpha, for the rest; elsewhere the states
keep their values. alpha is 0 in evaluation in the authors' code, which takes the amounts of tau and r, and whose text
gives the initial periods. All else starts as there: weights from a normal distribution, forget gates at 2, s anywhere
in a thousand steps.

One time step:

    iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i + p_i ⊙ cₜ₋₁)
    fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f + p_f ⊙ cₜ₋₁)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    c̃ₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o + p_o ⊙ c̃ₜ)
    φₜ = (timeₜ − s)/τ − floor((timeₜ − s)/τ)
    kₜ = {2 φₜ/r if φₜ < r/2; 2 − 2 φₜ/r if φₜ < r; α φₜ otherwise}
    cₜ = kₜ ⊙ c̃ₜ + (1 − kₜ) ⊙ cₜ₋₁
    hₜ = kₜ ⊙ oₜ ⊙ tanh(c̃ₜ) + (1 − kₜ) ⊙ hₜ₋₁
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .inputs import SeveralInputs
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias: Tensor | None  # (4*hidden_size,): b_i, b_f, b_g, b_o
    p_i: Tensor  # (hidden_size,)
    p_f: Tensor  # (hidden_size,)
    p_o: Tensor  # (hidden_size,)
    tau: Tensor  # (hidden_size,)
    s: Tensor  # (hidden_size,)
    r: Tensor  # (hidden_size,)


class PhasedLSTMEquations:
    """The equations of the PhasedLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "i", "f", "g", "o", "k", "tanh_c_tilde")
    summed = ("x", "h_prev", "c_prev", "c_tilde", "o", "phi", "tanh_c_tilde")
    further = {"time": 1}
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "phased_lstm.c"}
    options = {"alpha": 0.001}

    alpha: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "p_i": (hidden_size,),
            "p_f": (hidden_size,),
            "p_o": (hidden_size,),
            "tau": (hidden_size,),
            "s": (hidden_size,),
            "r": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.normal_(p.weight_ih, 0, 0.1)
        nn.init.normal_(p.weight_hh, 0, 0.1)
        if p.bias is not None:
            # b_i
            nn.init.zeros_(p.bias.chunk(4)[0])
            # b_f
            nn.init.constant_(p.bias.chunk(4)[1], 2)
            # b_g
            nn.init.zeros_(p.bias.chunk(4)[2])
            # b_o
            nn.init.zeros_(p.bias.chunk(4)[3])
        nn.init.normal_(p.p_i, 0, 0.1)
        nn.init.normal_(p.p_f, 0, 0.1)
        nn.init.normal_(p.p_o, 0, 0.1)
        drawn = nn.init.uniform_(p.tau, 0.9969486348916096, 4.997212273764115)
        drawn.copy_(torch.exp(drawn))
        nn.init.uniform_(p.s, 0, 1000)
        nn.init.constant_(p.r, 0.05)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, time = parts(x, 0, 1)
        a_x = F.linear(x_, p.weight_ih, p.bias)
        phi = (time - p.s) / p.tau - torch.floor((time - p.s) / p.tau)
        k = torch.where(phi < 0.5 * p.r, 2 * phi / p.r, torch.where(phi < p.r, 2 - 2 * phi / p.r, self.alpha * phi))
        return a_x, phi, k

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        a_x, phi, k = a

        # Affine maps
        a_i, a_f, a_g, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i + p.p_i * c_prev)
        f = torch.sigmoid(a_f + p.p_f * c_prev)
        g = torch.tanh(a_g)
        c_tilde = f * c_prev + i * g
        o = torch.sigmoid(a_o + p.p_o * c_tilde)

        # New state
        c = k * c_tilde + (1 - k) * c_prev
        tanh_c_tilde = torch.tanh(c_tilde)
        h = k * o * tanh_c_tilde + (1 - k) * h_prev
        return (h, c), (i, f, g, o, k, tanh_c_tilde, c_tilde, phi)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, phi, k = a
        h, c, i, f, g, o, _, _, c_tilde, _ = kept
        return {"i": i, "f": f, "g": g, "c_tilde": c_tilde, "o": o, "phi": phi, "k": k, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, i, f, g, o, k, tanh_c_tilde = saved
        dh_da_o = k * tanh_c_tilde * o * (1 - o)
        dh_dc_tilde = k * o * (1 - tanh_c_tilde**2)
        dc_tilde_da_g = i * (1 - g**2)
        dc_tilde_da_f = c_prev * f * (1 - f)
        dc_tilde_da_i = g * i * (1 - i)
        dh_dh_prev = 1 - k
        return dh_da_o, k, dh_dc_tilde, dc_tilde_da_g, dc_tilde_da_f, dc_tilde_da_i, dh_dh_prev, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c = d_states
        dh_da_o, k, dh_dc_tilde, dc_tilde_da_g, dc_tilde_da_f, dc_tilde_da_i, dh_dh_prev, f = local
        d_a_o = d_h * dh_da_o
        d_c_tilde = d_a_o * p.p_o + d_c * k + d_h * dh_dc_tilde
        d_a_g = d_c_tilde * dc_tilde_da_g
        d_a_f = d_c_tilde * dc_tilde_da_f
        d_a_i = d_c_tilde * dc_tilde_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_h * dh_dh_prev + d_a @ p.weight_hh
        d_c_prev = d_a_i * p.p_i + d_a_f * p.p_f + d_c_tilde * f + d_c * dh_dh_prev
        return (d_h_prev, d_c_prev), (d_a, d_h, d_c)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_h, d_c = kept
        x, h_prev, c_prev, c_tilde, o, phi, tanh_c_tilde = summed
        x_, time = parts(x, 0, 1)
        d_a_i, d_a_f, _, d_a_o = d_a.chunk(4, -1)
        d_k = d_c * (c_tilde - c_prev) + d_h * (o * tanh_c_tilde - h_prev)
        d_phi = torch.where(phi < 0.5 * p.r, 2 * d_k / p.r, torch.where(phi < p.r, -2 * d_k / p.r, d_k * self.alpha))
        d_inputs = None
        if input_wanted:
            d_x = d_a @ p.weight_ih
            d_time = (d_phi / p.tau).sum(-1, keepdim=True)
            d_inputs = torch.cat((d_x, d_time), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a, x_),
            weight_hh=outer(d_a, h_prev),
            bias=total(d_a),
            p_i=total(d_a_i * c_prev),
            p_f=total(d_a_f * c_prev),
            p_o=total(d_a_o * c_tilde),
            tau=total(-d_phi * (time - p.s) / p.tau**2),
            s=total(-d_phi / p.tau),
            r=total(
                torch.where(phi < 0.5 * p.r, -2 * d_k * phi / p.r**2, torch.where(phi < p.r, 2 * d_k * phi / p.r**2, 0))
            ),
        )


class PhasedLSTM(PhasedLSTMEquations, SeveralInputs, RecurrentLayer):
    """Phased LSTM over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        alpha: the constant alpha; 0.001 by default
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

    Call: ``output, (h, c) = layer(input, time, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        time: the same with 1 in the place of I
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class PhasedLSTMCell(PhasedLSTMEquations, SeveralInputs, RecurrentCell):
    """Phased LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, alpha, device, dtype; as in ``PhasedLSTM``

    Call: ``(h, c) = cell(input, time, (h, c))``
        input: (B, I) or (I,)
        time: (B, 1) or (1,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = PhasedLSTM, PhasedLSTMCell
