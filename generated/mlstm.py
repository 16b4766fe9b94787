# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""mLSTM.

Beck et al. (2024), xLSTM: Extended Long Short-Term Memory, NeurIPS

The stabilised form, C and n divided by e^m. In the paper and its authors' code keys are divided by √key; in the code
gates read q, k and v, a small number is added to the divisor, and what is read is normalised by head before the output
gate. Gates start as there: weights at 0, biases of forget gates from 3 to 6, those of input gates near 0.

One time step:

    qₜ = W_iq xₜ + b_iq
    kₜ = W_ik xₜ + b_ik
    vₜ = W_iv xₜ + b_iv
    ĩₜ = W_ii_tilde xₜ + b_ii_tilde
    f̃ₜ = W_if_tilde xₜ + b_if_tilde
    oₜ = σ(W_io xₜ + b_io)
    m̂ₜ = −softplus(−f̃ₜ) + mₜ₋₁
    mₜ = max(ĩₜ, m̂ₜ)
    iₜ = exp(ĩₜ − mₜ)
    fₜ = exp(m̂ₜ − mₜ)
    Cₜ = fₜ Cₜ₋₁ + iₜ vₜ kₜᵀ
    nₜ = fₜ nₜ₋₁ + iₜ kₜ
    uₜ = oₜ ⊙ (Cₜ qₜ)/max(exp(−mₜ), |nₜᵀ qₜ|)
    hₜ = W_uh uₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, contract
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_iq, W_ik
    bias_i_heads_key: Tensor | None  # (2*heads*key,): b_iq, b_ik
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_io
    bias_i_heads_value: Tensor | None  # (2*heads*value,): b_iv, b_io
    weight_i_heads: Tensor  # (2*heads, input_size): W_ii_tilde, W_if_tilde
    bias_i_heads: Tensor | None  # (2*heads,): b_ii_tilde, b_if_tilde
    weight_uh: Tensor  # (hidden_size, heads*value): W_uh


class MLSTMEquations:
    """The equations of the MLSTM, for every layer, direction and time step alike."""

    states = ("h", "C", "n", "m")
    starts = (0.0, 0.0, 0.0, -1e30)
    Parameters = Parameters
    saved = ("C_prev", "n_prev", "q", "k", "v", "i_tilde", "o", "m_hat", "i", "f", "exp_u", "dot_u", "v_u", "v_u2")
    summed = ("x", "k", "v", "i_tilde", "f_tilde", "o", "m_hat", "i", "C", "n", "read_C_q", "u")
    sizes = ("heads", "key", "value")
    matrix_states = {"C": ("heads", "value", "key"), "n": ("heads", "key")}
    sequential = "the equation of mₜ is not linear in mₜ₋₁"
    c_files = {"": "mlstm.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "bias_i_heads_key": (2 * self.heads * self.key,),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "bias_i_heads_value": (2 * self.heads * self.value,),
            "weight_i_heads": (2 * self.heads, input_size),
            "bias_i_heads": (2 * self.heads,),
            "weight_uh": (hidden_size, self.heads * self.value),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key, self.heads * self.key, self.heads

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.zeros_(p.weight_i_heads)
        if p.bias_i_heads is not None:
            # b_ii_tilde
            nn.init.normal_(p.bias_i_heads.chunk(2)[0], 0, 0.1)
            # b_if_tilde
            block = p.bias_i_heads.chunk(2)[1]
            block.copy_(torch.linspace(3, 6, len(block), dtype=block.dtype))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_i_heads_key, p.bias_i_heads_key)
        v, a_o = F.linear(x, p.weight_i_heads_value, p.bias_i_heads_value).chunk(2, -1)
        i_tilde, f_tilde = F.linear(x, p.weight_i_heads, p.bias_i_heads).chunk(2, -1)
        o = torch.sigmoid(a_o)
        softplus_m_hat = F.softplus(-f_tilde, threshold=40)
        return a_x, v, i_tilde, f_tilde, o, softplus_m_hat

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, C_prev, n_prev, m_prev = states
        a_x, v, i_tilde, f_tilde, o, softplus_m_hat = a

        # Affine maps
        q, k = a_x.chunk(2, -1)

        # Gates
        m_hat = -softplus_m_hat + m_prev

        # New state
        m = torch.maximum(i_tilde, m_hat)

        # Gates
        i = torch.exp(i_tilde - m)
        f = torch.exp(m_hat - m)
        scaled_C = contract(self, "heads, heads value key -> heads value key", f, C_prev)
        scaled_C2 = contract(self, "heads, heads value, heads key -> heads value key", i, v, k)

        # New state
        C = scaled_C + scaled_C2

        # Gates
        scaled_n = contract(self, "heads, heads key -> heads key", f, n_prev)
        scaled_n2 = contract(self, "heads, heads key -> heads key", i, k)

        # New state
        n = scaled_n + scaled_n2

        # Gates
        exp_u = with_slope(value_of_rate, slope_of_rate, -m)
        dot_u = contract(self, "heads key, heads key -> heads", n, q)
        read_C_q = contract(self, "heads value key, heads key -> heads value", C, q)
        v_u = 1 / torch.maximum(exp_u, torch.abs(dot_u))
        v_u2 = o * read_C_q
        u = contract(self, "heads, heads value -> heads value", v_u, v_u2)

        # New state
        h = F.linear(u, p.weight_uh)
        return (h, C, n, m), (q, k, v, i_tilde, o, m_hat, i, f, exp_u, dot_u, v_u, v_u2, f_tilde, read_C_q, u)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, v, i_tilde, f_tilde, o, _ = a
        h, C, n, m, q, k, _, _, _, m_hat, i, f, _, _, _, _, _, _, u = kept
        return {
            "q": q,
            "k": k,
            "v": v,
            "i_tilde": i_tilde,
            "f_tilde": f_tilde,
            "o": o,
            "m_hat": m_hat,
            "m": m,
            "i": i,
            "f": f,
            "C": C,
            "n": n,
            "u": u,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        C_prev, n_prev, q, k, v, i_tilde, o, m_hat, i, f, exp_u, dot_u, v_u, v_u2 = saved
        Abs_dot_u = torch.abs(dot_u)
        sign_dot_u = torch.sign(dot_u)
        dv_u_ddot_u_1 = torch.where(exp_u > Abs_dot_u, 0, torch.where(exp_u < Abs_dot_u, sign_dot_u, 0.5 * sign_dot_u))
        dv_u_ddot_u = -v_u * dv_u_ddot_u_1 / torch.maximum(Abs_dot_u, exp_u)
        dv_u_dm_1 = torch.where(
            exp_u > Abs_dot_u, 1, torch.where(exp_u < Abs_dot_u, torch.full_like(Abs_dot_u, 0), 0.5)
        )
        dv_u_dm = v_u * dv_u_dm_1 / torch.maximum(Abs_dot_u, exp_u) * exp_u
        dm_dm_hat = torch.where(i_tilde > m_hat, 0, torch.where(i_tilde < m_hat, torch.full_like(i_tilde, 1), 0.5))
        return v_u, v_u2, o, dv_u_ddot_u, q, C_prev, n_prev, f, v, k, i, dv_u_dm, dm_dm_hat

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_C_next, d_n_next, d_m_next = d_states
        v_u, v_u2, o, dv_u_ddot_u, q, C_prev, n_prev, f, v, k, i, dv_u_dm, dm_dm_hat = local
        d_u = d_h @ p.weight_uh
        d_v_u2 = contract(self, "heads value, heads -> heads value", d_u, v_u)
        d_v_u = contract(self, "heads value, heads value -> heads", d_u, v_u2)
        d_read_C_q = d_v_u2 * o
        d_dot_u = d_v_u * dv_u_ddot_u
        d_n = d_n_next + contract(self, "heads, heads key -> heads key", d_dot_u, q)
        d_C = d_C_next + contract(self, "heads value, heads key -> heads value key", d_read_C_q, q)
        d_f = contract(self, "heads value key, heads value key -> heads", d_C, C_prev) + contract(
            self, "heads key, heads key -> heads", d_n, n_prev
        )
        d_a_f = d_f * f
        d_i = contract(self, "heads value key, heads value, heads key -> heads", d_C, v, k) + contract(
            self, "heads key, heads key -> heads", d_n, k
        )
        d_a_i = d_i * i
        d_m = d_m_next - d_a_i - d_a_f + d_v_u * dv_u_dm
        d_m_hat = d_m * dm_dm_hat + d_a_f
        d_h_prev = torch.zeros_like(d_h)
        d_C_prev = contract(self, "heads value key, heads -> heads value key", d_C, f)
        d_n_prev = contract(self, "heads key, heads -> heads key", d_n, f)
        d_m_prev = d_m_hat
        kept = (
            d_h,
            d_v_u2,
            d_read_C_q,
            d_dot_u,
            d_n,
            d_C,
            d_a_i,
            d_m,
            d_m_hat,
        )
        return (d_h_prev, d_C_prev, d_n_prev, d_m_prev), kept

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_v_u2, d_read_C_q, d_dot_u, d_n, d_C, d_a_i, d_m, d_m_hat = kept
        x, k, v, i_tilde, f_tilde, o, m_hat, i, C, n, read_C_q, u = summed
        d_a_o = o * (1 - o) * d_v_u2 * read_C_q
        d_f_tilde = d_m_hat * torch.sigmoid(-f_tilde)
        d_i_tilde = torch.where(i_tilde > m_hat, d_m, torch.where(i_tilde < m_hat, 0, 0.5 * d_m)) + d_a_i
        d_v = contract(self, "heads value key, heads, heads key -> heads value", d_C, i, k)
        d_k = contract(self, "heads value key, heads, heads value -> heads key", d_C, i, v) + contract(
            self, "heads key, heads -> heads key", d_n, i
        )
        d_q = contract(self, "heads, heads key -> heads key", d_dot_u, n) + contract(
            self, "heads value, heads value key -> heads key", d_read_C_q, C
        )
        d_a = torch.cat((d_q, d_k), -1)
        d_a_x = torch.cat((d_v, d_a_o), -1)
        d_a_x2 = torch.cat((d_i_tilde, d_f_tilde), -1)
        d_x = None
        if input_wanted:
            d_x = d_a @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value + d_a_x2 @ p.weight_i_heads
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            bias_i_heads_key=total(d_a),
            weight_i_heads_value=outer(d_a_x, x),
            bias_i_heads_value=total(d_a_x),
            weight_i_heads=outer(d_a_x2, x),
            bias_i_heads=total(d_a_x2),
            weight_uh=outer(d_h, u),
        )


class MLSTM(MLSTMEquations, MatrixStates, RecurrentLayer):
    """mLSTM over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        key: a number of units
        value: a number of units
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

    Call: ``output, (h, C, n, m) = layer(input, (h, C, n, m))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        C: (D * num_layers, B, heads, value, key), without B for unbatched input; zero by default
        n: (D * num_layers, B, heads, key), without B for unbatched input; zero by default
        m: (D * num_layers, B, heads), without B for unbatched input; -1e+30 by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MLSTMCell(MLSTMEquations, MatrixStates, RecurrentCell):
    """mLSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``MLSTM``

    Call: ``(h, C, n, m) = cell(input, (h, C, n, m))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        C: (B, heads, value, key) or (heads, value, key,); zero by default
        n: (B, heads, key) or (heads, key,); zero by default
        m: (B, heads) or (heads,); -1e+30 by default
    """


Layer, Cell = MLSTM, MLSTMCell
