# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with layer normalisation of each gate.

Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450, supplement, equations 20 to 22; form of TensorFlow
1's LayerNormBasicLSTMCell

The sum of the two maps is normalised for each gate by itself, and the normalised cell state is the state.  Gains start
at 1 and shifts at 0; TensorFlow's cell adds 1 to the forget gate's, which therefore starts at 1 here.

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
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
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
    saved = (
        "c_prev",
        "u_i",
        "u_f",
        "u_g",
        "u_o",
        "mean_u_i",
        "mean_v_i",
        "i",
        "mean_u_f",
        "mean_v_f",
        "f",
        "mean_u_g",
        "mean_v_g",
        "g",
        "mean_u_o",
        "mean_v_o",
        "o",
        "c_hat",
        "mean_c_hat",
        "mean_v_c",
        "tanh_c",
    )
    summed = (
        "x",
        "h_prev",
        "u_i",
        "u_f",
        "u_g",
        "u_o",
        "mean_u_i",
        "mean_v_i",
        "mean_u_f",
        "mean_v_f",
        "mean_u_g",
        "mean_v_g",
        "mean_u_o",
        "mean_v_o",
        "c_hat",
        "mean_c_hat",
        "mean_v_c",
    )
    sequential = "the equation of u_oₜ mixes the units of hₜ₋₁"
    c_files = {"": "layer_norm_lstm_gates.c"}
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

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.ones_(p.gamma_i)
        nn.init.ones_(p.gamma_f)
        nn.init.ones_(p.gamma_g)
        nn.init.ones_(p.gamma_o)
        nn.init.ones_(p.gamma_c)
        nn.init.zeros_(p.b_i)
        nn.init.ones_(p.b_f)
        nn.init.zeros_(p.b_g)
        nn.init.zeros_(p.b_o)
        nn.init.zeros_(p.b_c)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
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

        # New state
        mean_c_hat = c_hat.mean(-1, keepdim=True)
        v_c = (c_hat - mean_c_hat) ** 2
        mean_v_c = v_c.mean(-1, keepdim=True)
        c = p.gamma_c * (c_hat - mean_c_hat) / torch.sqrt(mean_v_c + self.epsilon) + p.b_c
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        saved = (
            u_i,
            u_f,
            u_g,
            u_o,
            mean_u_i,
            mean_v_i,
            i,
            mean_u_f,
            mean_v_f,
            f,
            mean_u_g,
            mean_v_g,
            g,
            mean_u_o,
            mean_v_o,
            o,
            c_hat,
            mean_c_hat,
            mean_v_c,
            tanh_c,
        )
        return (h, c), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, u_i, u_f, u_g, u_o, _, _, i, _, _, f, _, _, g, _, _, o, c_hat, _, _, _ = kept
        return {
            "u_i": u_i,
            "u_f": u_f,
            "u_g": u_g,
            "u_o": u_o,
            "i": i,
            "f": f,
            "g": g,
            "o": o,
            "c_hat": c_hat,
            "c": c,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (
            c_prev,
            u_i,
            u_f,
            u_g,
            u_o,
            mean_u_i,
            mean_v_i,
            i,
            mean_u_f,
            mean_v_f,
            f,
            mean_u_g,
            mean_v_g,
            g,
            mean_u_o,
            mean_v_o,
            o,
            c_hat,
            mean_c_hat,
            mean_v_c,
            tanh_c,
        ) = saved
        dh_dc = o * (1 - tanh_c**2)
        dc_dmean_v_c = -0.5 * p.gamma_c * (c_hat - mean_c_hat) / (mean_v_c + self.epsilon) ** 1.5
        dv_c_dmean_c_hat = -2 * (c_hat - mean_c_hat)
        dc_dmean_c_hat = -p.gamma_c / torch.sqrt(mean_v_c + self.epsilon)
        dv_c_dc_hat = 2 * (c_hat - mean_c_hat)
        dc_dc_hat = p.gamma_c / torch.sqrt(mean_v_c + self.epsilon)
        dh_da_o = tanh_c * o * (1 - o)
        da_o_dmean_v_o = -0.5 * p.gamma_o * (u_o - mean_u_o) / (mean_v_o + self.epsilon) ** 1.5
        dv_o_dmean_u_o = -2 * (u_o - mean_u_o)
        da_o_dmean_u_o = -p.gamma_o / torch.sqrt(mean_v_o + self.epsilon)
        dc_hat_da_g = i * (1 - g**2)
        da_g_dmean_v_g = -0.5 * p.gamma_g * (u_g - mean_u_g) / (mean_v_g + self.epsilon) ** 1.5
        dv_g_dmean_u_g = -2 * (u_g - mean_u_g)
        da_g_dmean_u_g = -p.gamma_g / torch.sqrt(mean_v_g + self.epsilon)
        dc_hat_da_f = c_prev * f * (1 - f)
        da_f_dmean_v_f = -0.5 * p.gamma_f * (u_f - mean_u_f) / (mean_v_f + self.epsilon) ** 1.5
        dv_f_dmean_u_f = -2 * (u_f - mean_u_f)
        da_f_dmean_u_f = -p.gamma_f / torch.sqrt(mean_v_f + self.epsilon)
        dc_hat_da_i = g * i * (1 - i)
        da_i_dmean_v_i = -0.5 * p.gamma_i * (u_i - mean_u_i) / (mean_v_i + self.epsilon) ** 1.5
        dv_i_dmean_u_i = -2 * (u_i - mean_u_i)
        da_i_dmean_u_i = -p.gamma_i / torch.sqrt(mean_v_i + self.epsilon)
        dv_o_du_o = 2 * (u_o - mean_u_o)
        da_o_du_o = p.gamma_o / torch.sqrt(mean_v_o + self.epsilon)
        dv_g_du_g = 2 * (u_g - mean_u_g)
        da_g_du_g = p.gamma_g / torch.sqrt(mean_v_g + self.epsilon)
        dv_f_du_f = 2 * (u_f - mean_u_f)
        da_f_du_f = p.gamma_f / torch.sqrt(mean_v_f + self.epsilon)
        dv_i_du_i = 2 * (u_i - mean_u_i)
        da_i_du_i = p.gamma_i / torch.sqrt(mean_v_i + self.epsilon)
        return (
            dh_dc,
            dc_dmean_v_c,
            dv_c_dmean_c_hat,
            dc_dmean_c_hat,
            dv_c_dc_hat,
            dc_dc_hat,
            dh_da_o,
            da_o_dmean_v_o,
            dv_o_dmean_u_o,
            da_o_dmean_u_o,
            dc_hat_da_g,
            da_g_dmean_v_g,
            dv_g_dmean_u_g,
            da_g_dmean_u_g,
            dc_hat_da_f,
            da_f_dmean_v_f,
            dv_f_dmean_u_f,
            da_f_dmean_u_f,
            dc_hat_da_i,
            da_i_dmean_v_i,
            dv_i_dmean_u_i,
            da_i_dmean_u_i,
            dv_o_du_o,
            da_o_du_o,
            dv_g_du_g,
            da_g_du_g,
            dv_f_du_f,
            da_f_du_f,
            dv_i_du_i,
            da_i_du_i,
            f,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        (
            dh_dc,
            dc_dmean_v_c,
            dv_c_dmean_c_hat,
            dc_dmean_c_hat,
            dv_c_dc_hat,
            dc_dc_hat,
            dh_da_o,
            da_o_dmean_v_o,
            dv_o_dmean_u_o,
            da_o_dmean_u_o,
            dc_hat_da_g,
            da_g_dmean_v_g,
            dv_g_dmean_u_g,
            da_g_dmean_u_g,
            dc_hat_da_f,
            da_f_dmean_v_f,
            dv_f_dmean_u_f,
            da_f_dmean_u_f,
            dc_hat_da_i,
            da_i_dmean_v_i,
            dv_i_dmean_u_i,
            da_i_dmean_u_i,
            dv_o_du_o,
            da_o_du_o,
            dv_g_du_g,
            da_g_du_g,
            dv_f_du_f,
            da_f_du_f,
            dv_i_du_i,
            da_i_du_i,
            f,
        ) = local
        d_c = d_c_next + d_h * dh_dc
        d_mean_v_c = (d_c * dc_dmean_v_c).sum(-1, keepdim=True)
        d_v_c = d_mean_v_c / self.hidden_size
        d_mean_c_hat = (d_v_c * dv_c_dmean_c_hat + d_c * dc_dmean_c_hat).sum(-1, keepdim=True)
        d_c_hat = d_mean_c_hat / self.hidden_size + d_v_c * dv_c_dc_hat + d_c * dc_dc_hat
        d_a_o = d_h * dh_da_o
        d_mean_v_o = (d_a_o * da_o_dmean_v_o).sum(-1, keepdim=True)
        d_v_o = d_mean_v_o / self.hidden_size
        d_mean_u_o = (d_v_o * dv_o_dmean_u_o + d_a_o * da_o_dmean_u_o).sum(-1, keepdim=True)
        d_a_g = d_c_hat * dc_hat_da_g
        d_mean_v_g = (d_a_g * da_g_dmean_v_g).sum(-1, keepdim=True)
        d_v_g = d_mean_v_g / self.hidden_size
        d_mean_u_g = (d_v_g * dv_g_dmean_u_g + d_a_g * da_g_dmean_u_g).sum(-1, keepdim=True)
        d_a_f = d_c_hat * dc_hat_da_f
        d_mean_v_f = (d_a_f * da_f_dmean_v_f).sum(-1, keepdim=True)
        d_v_f = d_mean_v_f / self.hidden_size
        d_mean_u_f = (d_v_f * dv_f_dmean_u_f + d_a_f * da_f_dmean_u_f).sum(-1, keepdim=True)
        d_a_i = d_c_hat * dc_hat_da_i
        d_mean_v_i = (d_a_i * da_i_dmean_v_i).sum(-1, keepdim=True)
        d_v_i = d_mean_v_i / self.hidden_size
        d_mean_u_i = (d_v_i * dv_i_dmean_u_i + d_a_i * da_i_dmean_u_i).sum(-1, keepdim=True)
        d_u_o = d_mean_u_o / self.hidden_size + d_v_o * dv_o_du_o + d_a_o * da_o_du_o
        d_u_g = d_mean_u_g / self.hidden_size + d_v_g * dv_g_du_g + d_a_g * da_g_du_g
        d_u_f = d_mean_u_f / self.hidden_size + d_v_f * dv_f_du_f + d_a_f * da_f_du_f
        d_u_i = d_mean_u_i / self.hidden_size + d_v_i * dv_i_du_i + d_a_i * da_i_du_i
        d_a = torch.cat((d_u_i, d_u_f, d_u_g, d_u_o), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_c_hat * f
        return (d_h_prev, d_c_prev), (d_a, d_c, d_a_o, d_a_g, d_a_f, d_a_i)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_c, d_a_o, d_a_g, d_a_f, d_a_i = kept
        (
            x,
            h_prev,
            u_i,
            u_f,
            u_g,
            u_o,
            mean_u_i,
            mean_v_i,
            mean_u_f,
            mean_v_f,
            mean_u_g,
            mean_v_g,
            mean_u_o,
            mean_v_o,
            c_hat,
            mean_c_hat,
            mean_v_c,
        ) = summed
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            gamma_i=total(d_a_i * (u_i - mean_u_i) / torch.sqrt(mean_v_i + self.epsilon)),
            gamma_f=total(d_a_f * (u_f - mean_u_f) / torch.sqrt(mean_v_f + self.epsilon)),
            gamma_g=total(d_a_g * (u_g - mean_u_g) / torch.sqrt(mean_v_g + self.epsilon)),
            gamma_o=total(d_a_o * (u_o - mean_u_o) / torch.sqrt(mean_v_o + self.epsilon)),
            gamma_c=total(d_c * (c_hat - mean_c_hat) / torch.sqrt(mean_v_c + self.epsilon)),
            b_i=total(d_a_i),
            b_f=total(d_a_f),
            b_g=total(d_a_g),
            b_o=total(d_a_o),
            b_c=total(d_c),
        )


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
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

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
