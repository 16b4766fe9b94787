# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM over a gated impulse linear recurrent layer.

Martin and Cundy (2018), Parallelizing Linear Recurrent Neural Nets over Sequence Length, ICLR, section 3.2

s, the state of gilr, takes the place of h in every gate.

One time step:

    kₜ = σ(W_ik xₜ + b_ik)
    uₜ = tanh(W_iu xₜ + b_iu)
    fₜ = σ(W_if xₜ + W_sf sₜ₋₁ + b_f)
    iₜ = σ(W_ii xₜ + W_si sₜ₋₁ + b_i)
    oₜ = σ(W_io xₜ + W_so sₜ₋₁ + b_o)
    zₜ = tanh(W_iz xₜ + W_sz sₜ₋₁ + b_z)
    sₜ = kₜ ⊙ sₜ₋₁ + (1 − kₜ) ⊙ uₜ
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
    hₜ = oₜ ⊙ cₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import delayed, linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (6*hidden_size, input_size): W_ik, W_iu, W_if, W_ii, W_io, W_iz
    bias_ih: Tensor | None  # (2*hidden_size,): b_ik, b_iu
    bias: Tensor | None  # (4*hidden_size,): b_f, b_i, b_o, b_z
    weight_sh: Tensor  # (4*hidden_size, hidden_size): W_sf, W_si, W_so, W_sz


class GILRLSTMEquations:
    """The equations of the GILRLSTM, for every layer, direction and time step alike."""

    states = ("h", "c", "s")
    Parameters = Parameters
    saved = ("c_prev", "k", "f", "i", "o", "z", "c")
    summed = ("x", "s_prev", "k", "u")
    c_files = {"": "gilr_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (6 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "bias": (4 * hidden_size,),
            "weight_sh": (4 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_k, a_u = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih).chunk(2, -1)
        k = torch.sigmoid(a_k)
        u = torch.tanh(a_u)
        a_x = F.linear(x, p.weight_ih[2 * self.hidden_size :], p.bias)
        return k, u, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, c_prev, s_prev = states
        k, u, a_x = a

        # Affine maps
        a_f, a_i, a_o, a_z = (a_x + F.linear(s_prev, p.weight_sh)).chunk(4, -1)

        # Gates
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        z = torch.tanh(a_z)

        # New state
        s = k * s_prev + (1 - k) * u
        c = f * c_prev + i * z
        h = o * c
        return (h, c, s), (k, f, i, o, z, u)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        k, u, a_x = self.project_input(x, p)
        s = linear_scan(x, k, (1 - k) * u, states[2])
        s_prev = delayed(s, states[2])
        a_f, a_i, a_o, a_z = (a_x + F.linear(s_prev, p.weight_sh)).chunk(4, -1)
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        z = torch.tanh(a_z)
        c = linear_scan(x, f, i * z, states[1])
        h = o * c
        return h, (h[-1], c[-1], s[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        k, u, _ = a
        h, c, s, _, f, i, o, z, _ = kept
        return {"k": k, "u": u, "f": f, "i": i, "o": o, "z": z, "s": s, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, k, f, i, o, z, c = saved
        dc_da_z = i * (1 - z**2)
        dh_da_o = c * o * (1 - o)
        dc_da_i = z * i * (1 - i)
        dc_da_f = c_prev * f * (1 - f)
        return o, dc_da_z, dh_da_o, dc_da_i, dc_da_f, f, k

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next, d_s = d_states
        o, dc_da_z, dh_da_o, dc_da_i, dc_da_f, f, k = local
        d_c = d_c_next + d_h * o
        d_a_z = d_c * dc_da_z
        d_a_o = d_h * dh_da_o
        d_a_i = d_c * dc_da_i
        d_a_f = d_c * dc_da_f
        d_h_prev = torch.zeros_like(d_h)
        d_c_prev = d_c * f
        d_a = torch.cat((d_a_f, d_a_i, d_a_o, d_a_z), -1)
        d_s_prev = d_s * k + d_a @ p.weight_sh
        return (d_h_prev, d_c_prev, d_s_prev), (d_a, d_s)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_s = kept
        x, s_prev, k, u = summed
        d_a_f, d_a_i, d_a_o, d_a_z = d_a.chunk(4, -1)
        d_u = d_s * (1 - k)
        d_a_u = d_u * (1 - u**2)
        d_a_k = k * (1 - k) * d_s * (s_prev - u)
        d_a_x = torch.cat((d_a_k, d_a_u, d_a_f, d_a_i, d_a_o, d_a_z), -1)
        d_a_ih = torch.cat((d_a_k, d_a_u), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            bias_ih=total(d_a_ih),
            bias=total(d_a),
            weight_sh=outer(d_a, s_prev),
        )


class GILRLSTM(GILRLSTMEquations, RecurrentLayer):
    """LSTM over a gated impulse linear recurrent layer over whole sequences.

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
        parallel: whether all time steps are computed together, in PyTorch, by scans of what is linear in the states;
            False by default

    Call: ``output, (h, c, s) = layer(input, (h, c, s))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default
        s: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GILRLSTMCell(GILRLSTMEquations, RecurrentCell):
    """LSTM over a gated impulse linear recurrent layer, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``GILRLSTM``

    Call: ``(h, c, s) = cell(input, (h, c, s))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        s: (B, H) or (H,); zero by default
    """


Layer, Cell = GILRLSTM, GILRLSTMCell
