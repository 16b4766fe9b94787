# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with layer normalisation, stored.

Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450; form of the fastrnns benchmark in PyTorch's
repository

The normalised cell state is the state, unlike in the paper, whose form is layer_norm_lstm.

One time step:

    u_iₜ = W_iu_i xₜ
    u_fₜ = W_iu_f xₜ
    u_gₜ = W_iu_g xₜ
    u_oₜ = W_iu_o xₜ
    v_iₜ = W_hv_i hₜ₋₁
    v_fₜ = W_hv_f hₜ₋₁
    v_gₜ = W_hv_g hₜ₋₁
    v_oₜ = W_hv_o hₜ₋₁
    μ_uₜ = mean(u_iₜ, u_fₜ, u_gₜ, u_oₜ)
    μ_vₜ = mean(v_iₜ, v_fₜ, v_gₜ, v_oₜ)
    s_uₜ = sqrt(mean((u_iₜ − μ_uₜ)², (u_fₜ − μ_uₜ)², (u_gₜ − μ_uₜ)², (u_oₜ − μ_uₜ)²) + ε)
    s_vₜ = sqrt(mean((v_iₜ − μ_vₜ)², (v_fₜ − μ_vₜ)², (v_gₜ − μ_vₜ)², (v_oₜ − μ_vₜ)²) + ε)
      iₜ = σ(α_i ⊙ (u_iₜ − μ_uₜ)/s_uₜ + β_i ⊙ (v_iₜ − μ_vₜ)/s_vₜ + b_i)
      fₜ = σ(α_f ⊙ (u_fₜ − μ_uₜ)/s_uₜ + β_f ⊙ (v_fₜ − μ_vₜ)/s_vₜ + b_f)
      gₜ = tanh(α_g ⊙ (u_gₜ − μ_uₜ)/s_uₜ + β_g ⊙ (v_gₜ − μ_vₜ)/s_vₜ + b_g)
      oₜ = σ(α_o ⊙ (u_oₜ − μ_uₜ)/s_uₜ + β_o ⊙ (v_oₜ − μ_vₜ)/s_vₜ + b_o)
      ĉₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
      cₜ = γ ⊙ (ĉₜ − mean(ĉₜ))/sqrt(mean((ĉₜ − mean(ĉₜ))²) + ε) + b_c
      hₜ = oₜ ⊙ tanh(cₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_iu_i, W_iu_f, W_iu_g, W_iu_o
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hv_i, W_hv_f, W_hv_g, W_hv_o
    alpha_i: Tensor  # (hidden_size,)
    alpha_f: Tensor  # (hidden_size,)
    alpha_g: Tensor  # (hidden_size,)
    alpha_o: Tensor  # (hidden_size,)
    beta_i: Tensor  # (hidden_size,)
    beta_f: Tensor  # (hidden_size,)
    beta_g: Tensor  # (hidden_size,)
    beta_o: Tensor  # (hidden_size,)
    gamma: Tensor  # (hidden_size,)
    b_i: Tensor  # (hidden_size,)
    b_f: Tensor  # (hidden_size,)
    b_g: Tensor  # (hidden_size,)
    b_o: Tensor  # (hidden_size,)
    b_c: Tensor  # (hidden_size,)


class LayerNormStoredLSTMEquations:
    """The equations of the LayerNormStoredLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    options = {"epsilon": 1e-05}

    epsilon: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "alpha_i": (hidden_size,),
            "alpha_f": (hidden_size,),
            "alpha_g": (hidden_size,),
            "alpha_o": (hidden_size,),
            "beta_i": (hidden_size,),
            "beta_f": (hidden_size,),
            "beta_g": (hidden_size,),
            "beta_o": (hidden_size,),
            "gamma": (hidden_size,),
            "b_i": (hidden_size,),
            "b_f": (hidden_size,),
            "b_g": (hidden_size,),
            "b_o": (hidden_size,),
            "b_c": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        u_i, u_f, u_g, u_o = F.linear(x, p.weight_ih).chunk(4, -1)
        mu_u = torch.cat((u_i, u_f, u_g, u_o), -1).mean(-1, keepdim=True)
        v_s_u = (u_i - mu_u) ** 2
        v_s_u2 = (u_f - mu_u) ** 2
        v_s_u3 = (u_g - mu_u) ** 2
        v_s_u4 = (u_o - mu_u) ** 2
        mean_s_u = torch.cat((v_s_u, v_s_u2, v_s_u3, v_s_u4), -1).mean(-1, keepdim=True)
        s_u = torch.sqrt(mean_s_u + self.epsilon)
        return u_i, u_f, u_g, u_o, mu_u, s_u

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev = states
        u_i, u_f, u_g, u_o, mu_u, s_u = a

        # Affine maps
        v_i, v_f, v_g, v_o = F.linear(h_prev, p.weight_hh).chunk(4, -1)

        # Gates
        mu_v = torch.cat((v_i, v_f, v_g, v_o), -1).mean(-1, keepdim=True)
        v_s_v = (v_i - mu_v) ** 2
        v_s_v2 = (v_f - mu_v) ** 2
        v_s_v3 = (v_g - mu_v) ** 2
        v_s_v4 = (v_o - mu_v) ** 2
        mean_s_v = torch.cat((v_s_v, v_s_v2, v_s_v3, v_s_v4), -1).mean(-1, keepdim=True)
        s_v = torch.sqrt(mean_s_v + self.epsilon)
        i = torch.sigmoid(p.alpha_i * (u_i - mu_u) / s_u + p.beta_i * (v_i - mu_v) / s_v + p.b_i)
        f = torch.sigmoid(p.alpha_f * (u_f - mu_u) / s_u + p.beta_f * (v_f - mu_v) / s_v + p.b_f)
        g = torch.tanh(p.alpha_g * (u_g - mu_u) / s_u + p.beta_g * (v_g - mu_v) / s_v + p.b_g)
        o = torch.sigmoid(p.alpha_o * (u_o - mu_u) / s_u + p.beta_o * (v_o - mu_v) / s_v + p.b_o)
        c_hat = f * c_prev + i * g
        mean_c_hat = c_hat.mean(-1, keepdim=True)
        v_c = (c_hat - mean_c_hat) ** 2
        mean_v_c = v_c.mean(-1, keepdim=True)

        # New state
        c = p.gamma * (c_hat - mean_c_hat) / torch.sqrt(mean_v_c + self.epsilon) + p.b_c
        h = o * torch.tanh(c)
        return h, c


class LayerNormStoredLSTM(LayerNormStoredLSTMEquations, RecurrentLayer):
    """LSTM with layer normalisation, stored over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        epsilon: the constant epsilon; 1e-05 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters

    Call: ``output, (h, c) = layer(input, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class LayerNormStoredLSTMCell(LayerNormStoredLSTMEquations, RecurrentCell):
    """LSTM with layer normalisation, stored, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, epsilon, device, dtype; as in ``LayerNormStoredLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = LayerNormStoredLSTM, LayerNormStoredLSTMCell
