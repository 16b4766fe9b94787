# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with layer normalisation.

Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450, supplement, equations 20 to 22

The state is c itself, normalised only where h looks at it, as in the paper and in haste; torch's fastrnns benchmark
keeps the normalised one, which is layer_norm_lstm_stored.  Each of the two maps is normalised over its four blocks
jointly; alpha and beta are the gains. The paper's shifts of the two maps fall together with the biases b. Gains start
at 1 and biases at 0, as in layer_norm_lstm_gates.

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
      cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
      hₜ = oₜ ⊙ tanh(γ ⊙ (cₜ − mean(cₜ))/sqrt(mean((cₜ − mean(cₜ))²) + ε) + b_c)
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


class LayerNormLSTMEquations:
    """The equations of the LayerNormLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = (
        "c_prev",
        "v_i",
        "v_f",
        "v_g",
        "v_o",
        "mu_v",
        "s_v",
        "i",
        "f",
        "g",
        "o",
        "c",
        "mean_c",
        "mean_v_h",
        "tanh_h",
    )
    summed = (
        "x",
        "h_prev",
        "u_i",
        "u_f",
        "u_g",
        "u_o",
        "v_i",
        "v_f",
        "v_g",
        "v_o",
        "mu_u",
        "mu_v",
        "s_u",
        "s_v",
        "c",
        "mean_c",
        "mean_v_h",
    )
    sequential = "the equation of v_oₜ mixes the units of hₜ₋₁"
    c_files = {"": "layer_norm_lstm.c"}
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

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.ones_(p.alpha_i)
        nn.init.ones_(p.alpha_f)
        nn.init.ones_(p.alpha_g)
        nn.init.ones_(p.alpha_o)
        nn.init.ones_(p.beta_i)
        nn.init.ones_(p.beta_f)
        nn.init.ones_(p.beta_g)
        nn.init.ones_(p.beta_o)
        nn.init.ones_(p.gamma)
        nn.init.zeros_(p.b_i)
        nn.init.zeros_(p.b_f)
        nn.init.zeros_(p.b_g)
        nn.init.zeros_(p.b_o)
        nn.init.zeros_(p.b_c)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
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

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
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

        # New state
        c = f * c_prev + i * g
        mean_c = c.mean(-1, keepdim=True)
        v_h = (c - mean_c) ** 2
        mean_v_h = v_h.mean(-1, keepdim=True)
        tanh_h = torch.tanh(p.gamma * (c - mean_c) / torch.sqrt(mean_v_h + self.epsilon) + p.b_c)
        h = o * tanh_h
        saved = (
            v_i,
            v_f,
            v_g,
            v_o,
            mu_v,
            s_v,
            i,
            f,
            g,
            o,
            mean_c,
            mean_v_h,
            tanh_h,
            u_i,
            u_f,
            u_g,
            u_o,
            mu_u,
            s_u,
        )
        return (h, c), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        u_i, u_f, u_g, u_o, mu_u, s_u = a
        h, c, v_i, v_f, v_g, v_o, mu_v, s_v, i, f, g, o, _, _, _, _, _, _, _, _, _ = kept
        return {
            "u_i": u_i,
            "u_f": u_f,
            "u_g": u_g,
            "u_o": u_o,
            "v_i": v_i,
            "v_f": v_f,
            "v_g": v_g,
            "v_o": v_o,
            "mu_u": mu_u,
            "mu_v": mu_v,
            "s_u": s_u,
            "s_v": s_v,
            "i": i,
            "f": f,
            "g": g,
            "o": o,
            "c": c,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, v_i, v_f, v_g, v_o, mu_v, s_v, i, f, g, o, c, mean_c, mean_v_h, tanh_h = saved
        dh_da_tanh_h = o * (1 - tanh_h**2)
        da_tanh_h_dmean_v_h = -0.5 * p.gamma * (c - mean_c) / (mean_v_h + self.epsilon) ** 1.5
        dv_h_dmean_c = -2 * (c - mean_c)
        da_tanh_h_dmean_c = -p.gamma / torch.sqrt(mean_v_h + self.epsilon)
        dv_h_dc = 2 * (c - mean_c)
        da_tanh_h_dc = p.gamma / torch.sqrt(mean_v_h + self.epsilon)
        dh_da_o = tanh_h * o * (1 - o)
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        da_i_ds_v = -p.beta_i * (v_i - mu_v) / s_v**2
        da_f_ds_v = -p.beta_f * (v_f - mu_v) / s_v**2
        da_g_ds_v = -p.beta_g * (v_g - mu_v) / s_v**2
        da_o_ds_v = -p.beta_o * (v_o - mu_v) / s_v**2
        ds_v_dmean_s_v = 0.5 / s_v
        dv_s_v_dmu_v = -2 * (v_i - mu_v)
        dv_s_v2_dmu_v = -2 * (v_f - mu_v)
        dv_s_v3_dmu_v = -2 * (v_g - mu_v)
        dv_s_v4_dmu_v = -2 * (v_o - mu_v)
        da_i_dmu_v = -p.beta_i / s_v
        da_f_dmu_v = -p.beta_f / s_v
        da_g_dmu_v = -p.beta_g / s_v
        da_o_dmu_v = -p.beta_o / s_v
        dv_s_v4_dv_o = 2 * (v_o - mu_v)
        da_o_dv_o = p.beta_o / s_v
        dv_s_v3_dv_g = 2 * (v_g - mu_v)
        da_g_dv_g = p.beta_g / s_v
        dv_s_v2_dv_f = 2 * (v_f - mu_v)
        da_f_dv_f = p.beta_f / s_v
        dv_s_v_dv_i = 2 * (v_i - mu_v)
        da_i_dv_i = p.beta_i / s_v
        return (
            dh_da_tanh_h,
            da_tanh_h_dmean_v_h,
            dv_h_dmean_c,
            da_tanh_h_dmean_c,
            dv_h_dc,
            da_tanh_h_dc,
            dh_da_o,
            dc_da_g,
            dc_da_f,
            dc_da_i,
            da_i_ds_v,
            da_f_ds_v,
            da_g_ds_v,
            da_o_ds_v,
            ds_v_dmean_s_v,
            dv_s_v_dmu_v,
            dv_s_v2_dmu_v,
            dv_s_v3_dmu_v,
            dv_s_v4_dmu_v,
            da_i_dmu_v,
            da_f_dmu_v,
            da_g_dmu_v,
            da_o_dmu_v,
            dv_s_v4_dv_o,
            da_o_dv_o,
            dv_s_v3_dv_g,
            da_g_dv_g,
            dv_s_v2_dv_f,
            da_f_dv_f,
            dv_s_v_dv_i,
            da_i_dv_i,
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
            dh_da_tanh_h,
            da_tanh_h_dmean_v_h,
            dv_h_dmean_c,
            da_tanh_h_dmean_c,
            dv_h_dc,
            da_tanh_h_dc,
            dh_da_o,
            dc_da_g,
            dc_da_f,
            dc_da_i,
            da_i_ds_v,
            da_f_ds_v,
            da_g_ds_v,
            da_o_ds_v,
            ds_v_dmean_s_v,
            dv_s_v_dmu_v,
            dv_s_v2_dmu_v,
            dv_s_v3_dmu_v,
            dv_s_v4_dmu_v,
            da_i_dmu_v,
            da_f_dmu_v,
            da_g_dmu_v,
            da_o_dmu_v,
            dv_s_v4_dv_o,
            da_o_dv_o,
            dv_s_v3_dv_g,
            da_g_dv_g,
            dv_s_v2_dv_f,
            da_f_dv_f,
            dv_s_v_dv_i,
            da_i_dv_i,
            f,
        ) = local
        d_a_tanh_h = d_h * dh_da_tanh_h
        d_mean_v_h = (d_a_tanh_h * da_tanh_h_dmean_v_h).sum(-1, keepdim=True)
        d_v_h = d_mean_v_h / self.hidden_size
        d_mean_c = (d_v_h * dv_h_dmean_c + d_a_tanh_h * da_tanh_h_dmean_c).sum(-1, keepdim=True)
        d_c = d_c_next + d_mean_c / self.hidden_size + d_v_h * dv_h_dc + d_a_tanh_h * da_tanh_h_dc
        d_a_o = d_h * dh_da_o
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_s_v = (d_a_i * da_i_ds_v + d_a_f * da_f_ds_v + d_a_g * da_g_ds_v + d_a_o * da_o_ds_v).sum(-1, keepdim=True)
        scaled_d_mean_s_v = d_s_v * ds_v_dmean_s_v / self.hidden_size
        d_v_s_v4 = 0.25 * scaled_d_mean_s_v
        d_v_s_v3 = 0.25 * scaled_d_mean_s_v
        d_v_s_v2 = 0.25 * scaled_d_mean_s_v
        d_v_s_v = 0.25 * scaled_d_mean_s_v
        d_mu_v = (
            d_v_s_v * dv_s_v_dmu_v
            + d_v_s_v2 * dv_s_v2_dmu_v
            + d_v_s_v3 * dv_s_v3_dmu_v
            + d_v_s_v4 * dv_s_v4_dmu_v
            + d_a_i * da_i_dmu_v
            + d_a_f * da_f_dmu_v
            + d_a_g * da_g_dmu_v
            + d_a_o * da_o_dmu_v
        ).sum(-1, keepdim=True)
        d_v_o = 0.25 * d_mu_v / self.hidden_size + d_v_s_v4 * dv_s_v4_dv_o + d_a_o * da_o_dv_o
        d_v_g = 0.25 * d_mu_v / self.hidden_size + d_v_s_v3 * dv_s_v3_dv_g + d_a_g * da_g_dv_g
        d_v_f = 0.25 * d_mu_v / self.hidden_size + d_v_s_v2 * dv_s_v2_dv_f + d_a_f * da_f_dv_f
        d_v_i = 0.25 * d_mu_v / self.hidden_size + d_v_s_v * dv_s_v_dv_i + d_a_i * da_i_dv_i
        d_a = torch.cat((d_v_i, d_v_f, d_v_g, d_v_o), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_a, d_a_tanh_h, d_a_o, d_a_g, d_a_f, d_a_i)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_tanh_h, d_a_o, d_a_g, d_a_f, d_a_i = kept
        x, h_prev, u_i, u_f, u_g, u_o, v_i, v_f, v_g, v_o, mu_u, mu_v, s_u, s_v, c, mean_c, mean_v_h = summed
        d_s_u = (
            -d_a_i * p.alpha_i * (u_i - mu_u) / s_u**2
            - d_a_f * p.alpha_f * (u_f - mu_u) / s_u**2
            - d_a_g * p.alpha_g * (u_g - mu_u) / s_u**2
            - d_a_o * p.alpha_o * (u_o - mu_u) / s_u**2
        ).sum(-1, keepdim=True)
        scaled_d_mean_s_u = 0.5 / self.hidden_size * d_s_u / s_u
        d_v_s_u4 = 0.25 * scaled_d_mean_s_u
        d_v_s_u3 = 0.25 * scaled_d_mean_s_u
        d_v_s_u2 = 0.25 * scaled_d_mean_s_u
        d_v_s_u = 0.25 * scaled_d_mean_s_u
        d_mu_u = (
            -2 * d_v_s_u * (u_i - mu_u)
            - 2 * d_v_s_u2 * (u_f - mu_u)
            - 2 * d_v_s_u3 * (u_g - mu_u)
            - 2 * d_v_s_u4 * (u_o - mu_u)
            - d_a_i * p.alpha_i / s_u
            - d_a_f * p.alpha_f / s_u
            - d_a_g * p.alpha_g / s_u
            - d_a_o * p.alpha_o / s_u
        ).sum(-1, keepdim=True)
        d_u_o = 0.25 * d_mu_u / self.hidden_size + 2 * d_v_s_u4 * (u_o - mu_u) + d_a_o * p.alpha_o / s_u
        d_u_g = 0.25 * d_mu_u / self.hidden_size + 2 * d_v_s_u3 * (u_g - mu_u) + d_a_g * p.alpha_g / s_u
        d_u_f = 0.25 * d_mu_u / self.hidden_size + 2 * d_v_s_u2 * (u_f - mu_u) + d_a_f * p.alpha_f / s_u
        d_u_i = 0.25 * d_mu_u / self.hidden_size + 2 * d_v_s_u * (u_i - mu_u) + d_a_i * p.alpha_i / s_u
        d_a_x = torch.cat((d_u_i, d_u_f, d_u_g, d_u_o), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a, h_prev),
            alpha_i=total(d_a_i * (u_i - mu_u) / s_u),
            alpha_f=total(d_a_f * (u_f - mu_u) / s_u),
            alpha_g=total(d_a_g * (u_g - mu_u) / s_u),
            alpha_o=total(d_a_o * (u_o - mu_u) / s_u),
            beta_i=total(d_a_i * (v_i - mu_v) / s_v),
            beta_f=total(d_a_f * (v_f - mu_v) / s_v),
            beta_g=total(d_a_g * (v_g - mu_v) / s_v),
            beta_o=total(d_a_o * (v_o - mu_v) / s_v),
            gamma=total(d_a_tanh_h * (c - mean_c) / torch.sqrt(mean_v_h + self.epsilon)),
            b_i=total(d_a_i),
            b_f=total(d_a_f),
            b_g=total(d_a_g),
            b_o=total(d_a_o),
            b_c=total(d_a_tanh_h),
        )


class LayerNormLSTM(LayerNormLSTMEquations, RecurrentLayer):
    """LSTM with layer normalisation over whole sequences.

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


class LayerNormLSTMCell(LayerNormLSTMEquations, RecurrentCell):
    """LSTM with layer normalisation, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, epsilon, device, dtype; as in ``LayerNormLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = LayerNormLSTM, LayerNormLSTMCell
