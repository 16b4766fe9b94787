# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""sLSTM with heads.

Beck et al. (2024), the paper of slstm

As slstm, with memory mixing within heads alone, and the forget gate of the authors' code. As there, recurrent weights
start at 0, and the forget gates' biases fall by a power law from the first unit of each head to its last; the exponent
is that of a first block, and greater in later ones. The code's kernels keep n above 1. What normalises h by head comes
after the cell.

One time step:

    ĩₜ = W_ii_tilde xₜ + b_ii_tilde + W_hi_tilde hₜ₋₁
    f̃ₜ = W_if_tilde xₜ + b_if_tilde + W_hf_tilde hₜ₋₁
    zₜ = tanh(W_iz xₜ + b_iz + W_hz hₜ₋₁)
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁)
    m̂ₜ = −softplus(−f̃ₜ) + mₜ₋₁
    mₜ = max(ĩₜ, m̂ₜ)
    iₜ = exp(ĩₜ − mₜ)
    fₜ = exp(m̂ₜ − mₜ)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
    nₜ = fₜ ⊙ nₜ₋₁ + iₜ
    hₜ = oₜ ⊙ cₜ/nₜ
    W_hi_tilde, W_hf_tilde, W_hz and W_ho are block-diagonal, a block for each head
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, back_by_head, by_head, outer, outer_by_head, total
from .checks import per_head
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii_tilde, W_if_tilde, W_iz, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size/heads): W_hi_tilde, W_hf_tilde, W_hz, W_ho
    bias_ih: Tensor | None  # (4*hidden_size,): b_ii_tilde, b_if_tilde, b_iz, b_io


class HeadsSLSTMEquations:
    """The equations of the HeadsSLSTM, for every layer, direction and time step alike."""

    states = ("h", "c", "n", "m")
    starts = (0.0, 0.0, 0.0, -1e30)
    Parameters = Parameters
    saved = ("c_prev", "n_prev", "i_tilde", "f_tilde", "z", "o", "m_hat", "i", "f", "c", "n", "h")
    summed = ("x", "h_prev")
    sizes = ("heads",)
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "slstm_heads.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, per_head(hidden_size, self.heads)),
            "bias_ih": (4 * hidden_size,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.zeros_(p.weight_hh)
        if p.bias_ih is not None:
            # b_ii_tilde
            nn.init.zeros_(p.bias_ih.chunk(4)[0])
            # b_if_tilde
            block = p.bias_ih.chunk(4)[1]
            drawn = block.view(self.heads, -1).copy_(torch.linspace(0, 1, len(block) // self.heads, dtype=block.dtype))
            drawn.copy_(5 - 12 * drawn**0.3)
            # b_iz
            nn.init.zeros_(p.bias_ih.chunk(4)[2])
            # b_io
            nn.init.zeros_(p.bias_ih.chunk(4)[3])

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev, n_prev, m_prev = states
        (a_x,) = a

        # Affine maps
        i_tilde, f_tilde, a_z, a_o = (a_x + by_head(h_prev, p.weight_hh, self.heads)).chunk(4, -1)

        # Gates
        z = torch.tanh(a_z)
        o = torch.sigmoid(a_o)
        m_hat = -F.softplus(-f_tilde, threshold=40) + m_prev

        # New state
        m = torch.maximum(i_tilde, m_hat)

        # Gates
        i = torch.exp(i_tilde - m)
        f = torch.exp(m_hat - m)

        # New state
        c = f * c_prev + i * z
        n = f * n_prev + i
        h = o * c / n
        return (h, c, n, m), (i_tilde, f_tilde, z, o, m_hat, i, f)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, n, m, i_tilde, f_tilde, z, o, m_hat, i, f = kept
        return {
            "i_tilde": i_tilde,
            "f_tilde": f_tilde,
            "z": z,
            "o": o,
            "m_hat": m_hat,
            "m": m,
            "i": i,
            "f": f,
            "c": c,
            "n": n,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, n_prev, i_tilde, f_tilde, z, o, m_hat, i, f, c, n, h = saved
        dh_dn = -h / n
        dh_dc = o / n
        dm_dm_hat = torch.where(i_tilde > m_hat, 0, torch.where(i_tilde < m_hat, torch.full_like(i_tilde, 1), 0.5))
        dh_da_o = o * (1 - o) * c / n
        dc_da_z = i * (1 - z**2)
        dm_hat_df_tilde = torch.sigmoid(-f_tilde)
        dm_di_tilde = torch.where(i_tilde > m_hat, 1, torch.where(i_tilde < m_hat, torch.full_like(i_tilde, 0), 0.5))
        return dh_dn, dh_dc, c_prev, n_prev, f, z, i, dm_dm_hat, dh_da_o, dc_da_z, dm_hat_df_tilde, dm_di_tilde

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next, d_n_next, d_m_next = d_states
        dh_dn, dh_dc, c_prev, n_prev, f, z, i, dm_dm_hat, dh_da_o, dc_da_z, dm_hat_df_tilde, dm_di_tilde = local
        d_n = d_n_next + d_h * dh_dn
        d_c = d_c_next + d_h * dh_dc
        d_f = d_c * c_prev + d_n * n_prev
        d_a_f = d_f * f
        d_i = d_c * z + d_n
        d_a_i = d_i * i
        d_m = d_m_next - d_a_i - d_a_f
        d_m_hat = d_m * dm_dm_hat + d_a_f
        d_a_o = d_h * dh_da_o
        d_a_z = d_c * dc_da_z
        d_f_tilde = d_m_hat * dm_hat_df_tilde
        d_i_tilde = d_m * dm_di_tilde + d_a_i
        d_a = torch.cat((d_i_tilde, d_f_tilde, d_a_z, d_a_o), -1)
        d_h_prev = back_by_head(d_a, p.weight_hh, self.heads)
        d_c_prev = d_c * f
        d_n_prev = d_n * f
        d_m_prev = d_m_hat
        return (d_h_prev, d_c_prev, d_n_prev, d_m_prev), (d_a,)

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
            weight_hh=outer_by_head(d_a, h_prev, self.heads),
            bias_ih=total(d_a),
        )


class HeadsSLSTM(HeadsSLSTMEquations, RecurrentLayer):
    """sLSTM with heads over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
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

    Call: ``output, (h, c, n, m) = layer(input, (h, c, n, m))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default
        n: (D * num_layers, B, H), without B for unbatched input; zero by default
        m: (D * num_layers, B, H), without B for unbatched input; -1e+30 by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class HeadsSLSTMCell(HeadsSLSTMEquations, RecurrentCell):
    """sLSTM with heads, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, bias, device, dtype; as in ``HeadsSLSTM``

    Call: ``(h, c, n, m) = cell(input, (h, c, n, m))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        n: (B, H) or (H,); zero by default
        m: (B, H) or (H,); -1e+30 by default
    """


Layer, Cell = HeadsSLSTM, HeadsSLSTMCell
