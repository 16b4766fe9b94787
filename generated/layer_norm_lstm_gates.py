# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with layer normalisation of each gate.

Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450; form of TensorFlow 1's LayerNormBasicLSTMCell

The sum of the two maps is normalised for each gate by itself, and the normalised cell state is the state.  TensorFlow's
cell adds 1 to the forget gate's bias: a matter of initialisation.

One time step:

    u_iₜ = W_iu_i xₜ + W_hu_i hₜ₋₁
    u_fₜ = W_iu_f xₜ + W_hu_f hₜ₋₁
    u_gₜ = W_iu_g xₜ + W_hu_g hₜ₋₁
    u_oₜ = W_iu_o xₜ + W_hu_o hₜ₋₁
      iₜ = σ(γ_i ⊙ (u_iₜ − mean(u_iₜ))/sqrt(mean((u_iₜ − mean(u_iₜ))²) + ε) + b_i)
      fₜ = σ(γ_f ⊙ (u_fₜ − mean(u_fₜ))/sqrt(mean((u_fₜ − mean(u_fₜ))²) + ε) + b_f)
      gₜ = tanh(γ_g ⊙ (u_gₜ − mean(u_gₜ))/sqrt(mean((u_gₜ − mean(u_gₜ))²) + ε) + b_g)
      oₜ = σ(γ_o ⊙ (u_oₜ − mean(u_oₜ))/sqrt(mean((u_oₜ − mean(u_oₜ))²) + ε) + b_o)
      ĉₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
      cₜ = γ_c ⊙ (ĉₜ − mean(ĉₜ))/sqrt(mean((ĉₜ − mean(ĉₜ))²) + ε) + b_c
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
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hu_i, W_hu_f, W_hu_g, W_hu_o
    gamma_i: Tensor  # (hidden_size,)
    gamma_f: Tensor  # (hidden_size,)
    gamma_g: Tensor  # (hidden_size,)
    gamma_o: Tensor  # (hidden_size,)
    gamma_c: Tensor  # (hidden_size,)
    b_i: Tensor  # (hidden_size,)
    b_f: Tensor  # (hidden_size,)
    b_g: Tensor  # (hidden_size,)
    b_o: Tensor  # (hidden_size,)
    b_c: Tensor  # (hidden_size,)


class LayerNormGatesLSTMEquations:
    """The equations of the LayerNormGatesLSTM, for every layer, direction and time step alike."""

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
            "gamma_i": (hidden_size,),
            "gamma_f": (hidden_size,),
            "gamma_g": (hidden_size,),
            "gamma_o": (hidden_size,),
            "gamma_c": (hidden_size,),
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
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        u_i, u_f, u_g, u_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        mean_u_i = u_i.mean(-1, keepdim=True)
        v_i = (u_i - mean_u_i) ** 2
        mean_v_i = v_i.mean(-1, keepdim=True)
        i = torch.sigmoid(p.gamma_i * (u_i - mean_u_i) / torch.sqrt(mean_v_i + self.epsilon) + p.b_i)
        mean_u_f = u_f.mean(-1, keepdim=True)
        v_f = (u_f - mean_u_f) ** 2
        mean_v_f = v_f.mean(-1, keepdim=True)
        f = torch.sigmoid(p.gamma_f * (u_f - mean_u_f) / torch.sqrt(mean_v_f + self.epsilon) + p.b_f)
        mean_u_g = u_g.mean(-1, keepdim=True)
        v_g = (u_g - mean_u_g) ** 2
        mean_v_g = v_g.mean(-1, keepdim=True)
        g = torch.tanh(p.gamma_g * (u_g - mean_u_g) / torch.sqrt(mean_v_g + self.epsilon) + p.b_g)
        mean_u_o = u_o.mean(-1, keepdim=True)
        v_o = (u_o - mean_u_o) ** 2
        mean_v_o = v_o.mean(-1, keepdim=True)
        o = torch.sigmoid(p.gamma_o * (u_o - mean_u_o) / torch.sqrt(mean_v_o + self.epsilon) + p.b_o)
        c_hat = f * c_prev + i * g
        mean_c_hat = c_hat.mean(-1, keepdim=True)
        v_c = (c_hat - mean_c_hat) ** 2
        mean_v_c = v_c.mean(-1, keepdim=True)

        # New state
        c = p.gamma_c * (c_hat - mean_c_hat) / torch.sqrt(mean_v_c + self.epsilon) + p.b_c
        h = o * torch.tanh(c)
        return h, c


class LayerNormGatesLSTM(LayerNormGatesLSTMEquations, RecurrentLayer):
    """LSTM with layer normalisation of each gate over whole sequences.

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


class LayerNormGatesLSTMCell(LayerNormGatesLSTMEquations, RecurrentCell):
    """LSTM with layer normalisation of each gate, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, epsilon, device, dtype; as in ``LayerNormGatesLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = LayerNormGatesLSTM, LayerNormGatesLSTMCell
