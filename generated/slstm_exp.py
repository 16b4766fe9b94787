# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""sLSTM with exponential forget gate.

Beck et al. (2024), xLSTM: Extended Long Short-Term Memory, NeurIPS

As slstm, with f = exp instead of the sigmoid.

One time step:

    zₜ = tanh(W_iz xₜ + W_hz hₜ₋₁ + b_z)
    ĩₜ = W_ii_tilde xₜ + W_hi_tilde hₜ₋₁ + b_i_tilde
    f̃ₜ = W_if_tilde xₜ + W_hf_tilde hₜ₋₁ + b_f_tilde
    oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
    m̂ₜ = f̃ₜ + mₜ₋₁
    mₜ = max(ĩₜ, m̂ₜ)
    iₜ = exp(ĩₜ − mₜ)
    fₜ = exp(m̂ₜ − mₜ)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
    nₜ = fₜ ⊙ nₜ₋₁ + iₜ
    hₜ = oₜ ⊙ cₜ/nₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_iz, W_ii_tilde, W_if_tilde, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hz, W_hi_tilde, W_hf_tilde, W_ho
    bias: Tensor | None  # (4*hidden_size,): b_z, b_i_tilde, b_f_tilde, b_o


class SLSTMExpEquations:
    """The equations of the SLSTMExp, for every layer, direction and time step alike."""

    states = ("h", "c", "n", "m")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev, n_prev, m_prev = states
        (a_x,) = a

        # Affine maps
        a_z, i_tilde, f_tilde, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        z = torch.tanh(a_z)
        o = torch.sigmoid(a_o)
        m_hat = f_tilde + m_prev

        # New state
        m = torch.maximum(i_tilde, m_hat)

        # Gates
        i = torch.exp(i_tilde - m)
        f = torch.exp(m_hat - m)

        # New state
        c = f * c_prev + i * z
        n = f * n_prev + i
        h = o * c / n
        return h, c, n, m


class SLSTMExp(SLSTMExpEquations, RecurrentLayer):
    """sLSTM with exponential forget gate over whole sequences.

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

    Call: ``output, (h, c, n, m) = layer(input, (h, c, n, m))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default
        n: (D * num_layers, B, H), without B for unbatched input; zero by default
        m: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class SLSTMExpCell(SLSTMExpEquations, RecurrentCell):
    """sLSTM with exponential forget gate, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SLSTMExp``

    Call: ``(h, c, n, m) = cell(input, (h, c, n, m))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        n: (B, H) or (H,); zero by default
        m: (B, H) or (H,); zero by default
    """


Layer, Cell = SLSTMExp, SLSTMExpCell
