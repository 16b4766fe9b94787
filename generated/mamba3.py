# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Mamba-3.

Lahoti, Li, Chen, Wang, Bick, Kolter, Dao and Gu (2026), Mamba-3, ICLR, arXiv:2603.15569

Pairs of numbers of keys and queries are complex numbers k and q, which the input turns by the angles phi; S is written
by the real parts of the keys, P by the imaginary ones. What a step writes are its own value and key and, by 1 - lambda,
those of the step before: the trapezoidal rule. One input and one output, as in the authors' code (state-spaces/mamba),
where by default half of the pairs are turned, and heads share B, C and the angles before they are scaled; there phi is
kept below 2 pi.

One time step:

       zₜ = SiLU(W_iz xₜ)
       sₜ = softplus(W_is xₜ + b_is)
       aₜ = exp(−sₜ ⊙ max(0.0001, softplus(W_ia xₜ)))
       λₜ = σ(W_iλ xₜ)
    B_reₜ = W_iB_re xₜ
    B_imₜ = W_iB_im xₜ
    C_reₜ = W_iC_re xₜ
    C_imₜ = W_iC_im xₜ
       φₜ = φₜ₋₁ + sₜ (π tanh(W_iφ xₜ))
       nₜ = sqrt((headmean(B_reₜ²) + headmean(B_imₜ²))/2 + 0.00001)
       mₜ = sqrt((headmean(C_reₜ²) + headmean(C_imₜ²))/2 + 0.00001)
       βₜ = (1 − λₜ) ⊙ sₜ
       Ŝₜ = aₜ Sₜ₋₁ + aₜ βₜ vₜ₋₁ k_reₜ₋₁ᵀ
       P̂ₜ = aₜ Pₜ₋₁ + aₜ βₜ vₜ₋₁ k_imₜ₋₁ᵀ
       vₜ = W_iv xₜ
    k_reₜ = cos(φₜ) ⊙ (p_re ⊙ B_reₜ/nₜ + e_re) − sin(φₜ) ⊙ (p_im ⊙ B_imₜ/nₜ + e_im)
    k_imₜ = cos(φₜ) ⊙ (p_im ⊙ B_imₜ/nₜ + e_im) + sin(φₜ) ⊙ (p_re ⊙ B_reₜ/nₜ + e_re)
    q_reₜ = cos(φₜ) ⊙ (g_re ⊙ C_reₜ/mₜ + f_re) − sin(φₜ) ⊙ (g_im ⊙ C_imₜ/mₜ + f_im)
    q_imₜ = cos(φₜ) ⊙ (g_im ⊙ C_imₜ/mₜ + f_im) + sin(φₜ) ⊙ (g_re ⊙ C_reₜ/mₜ + f_re)
       Sₜ = Ŝₜ + λₜ sₜ vₜ k_reₜᵀ
       Pₜ = P̂ₜ + λₜ sₜ vₜ k_imₜᵀ
       yₜ = zₜ ⊙ (Sₜ q_reₜ + Pₜ q_imₜ + D vₜ)
       hₜ = W_yh yₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, mean_by_head, outer, total
from .matrices import MatrixStates, along, contract
from .parallel import delayed, linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iz, W_iv
    weight_i_heads: Tensor  # (3*heads, input_size): W_is, W_ia, W_ilambda_
    bias_i_heads: Tensor | None  # (heads,): b_is
    weight_i_heads_key: Tensor  # (5*heads*key, input_size): W_iB_re, W_iB_im, W_iC_re, W_iC_im, W_iphi
    weight_yh: Tensor  # (hidden_size, heads*value): W_yh
    p_re: Tensor  # (heads*key,)
    p_im: Tensor  # (heads*key,)
    e_re: Tensor  # (heads*key,)
    e_im: Tensor  # (heads*key,)
    g_re: Tensor  # (heads*key,)
    g_im: Tensor  # (heads*key,)
    f_re: Tensor  # (heads*key,)
    f_im: Tensor  # (heads*key,)
    D: Tensor  # (heads,)


class Mamba3Equations:
    """The equations of the Mamba3, for every layer, direction and time step alike."""

    states = ("h", "S", "P", "v", "k_re", "k_im", "phi")
    Parameters = Parameters
    saved = (
        "v_prev",
        "k_re_prev",
        "k_im_prev",
        "z",
        "s",
        "a_",
        "lambda_",
        "B_re",
        "B_im",
        "C_re",
        "C_im",
        "n",
        "m",
        "beta",
        "v",
        "cos_phi",
        "sin_phi",
        "q_re",
        "q_im",
        "S",
        "P",
    )
    summed = (
        "x",
        "S_prev",
        "P_prev",
        "v_prev",
        "k_re_prev",
        "k_im_prev",
        "a_z",
        "z",
        "a_s",
        "s",
        "a_a",
        "softplus_a_a",
        "a_",
        "lambda_",
        "B_re",
        "B_im",
        "C_re",
        "C_im",
        "tanh_a_phi",
        "v_phi",
        "n",
        "m",
        "beta",
        "v",
        "cos_phi",
        "sin_phi",
        "k_re",
        "k_im",
        "read_S_q_re",
        "read_P_q_im",
        "scaled_y",
        "y",
    )
    sizes = ("heads", "value", "key")
    leaves_float32 = True
    matrix_states = {
        "S": ("heads", "value", "key"),
        "P": ("heads", "value", "key"),
        "v": ("heads", "value"),
        "k_re": ("heads", "key"),
        "k_im": ("heads", "key"),
        "phi": ("heads", "key"),
    }
    c_files = {"": "mamba3.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_i_heads": (3 * self.heads, input_size),
            "bias_i_heads": (self.heads,),
            "weight_i_heads_key": (5 * self.heads * self.key, input_size),
            "weight_yh": (hidden_size, self.heads * self.value),
            "p_re": (self.heads * self.key,),
            "p_im": (self.heads * self.key,),
            "e_re": (self.heads * self.key,),
            "e_im": (self.heads * self.key,),
            "g_re": (self.heads * self.key,),
            "g_im": (self.heads * self.key,),
            "f_re": (self.heads * self.key,),
            "f_im": (self.heads * self.key,),
            "D": (self.heads,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (
            hidden_size,
            self.heads * self.value * self.key,
            self.heads * self.value * self.key,
            self.heads * self.value,
            self.heads * self.key,
            self.heads * self.key,
            self.heads * self.key,
        )

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_i_heads is not None:
            drawn = nn.init.uniform_(p.bias_i_heads, -6.907755278982137, -2.302585092994046)
            drawn.copy_(torch.log(-1 + torch.exp(torch.exp(drawn))))
        nn.init.ones_(p.p_re)
        nn.init.ones_(p.p_im)
        nn.init.ones_(p.e_re)
        nn.init.ones_(p.e_im)
        nn.init.ones_(p.g_re)
        nn.init.ones_(p.g_im)
        nn.init.ones_(p.f_re)
        nn.init.ones_(p.f_im)
        nn.init.ones_(p.D)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_z, v = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        z = F.silu(a_z)
        a_s = F.linear(x, p.weight_i_heads.unflatten(0, (3, -1))[0], p.bias_i_heads)
        s = F.softplus(a_s, threshold=40)
        a_a, a_lambda_ = F.linear(x, p.weight_i_heads.unflatten(0, (3, -1))[1:3].flatten(0, 1)).chunk(2, -1)
        softplus_a_a = F.softplus(a_a, threshold=40)
        a_ = torch.exp(-s * torch.clamp(softplus_a_a, min=0.0001))
        lambda_ = torch.sigmoid(a_lambda_)
        B_re, B_im, C_re, C_im, a_phi = F.linear(x, p.weight_i_heads_key).chunk(5, -1)
        tanh_a_phi = torch.tanh(a_phi)
        v_phi = 3.141592653589793 * tanh_a_phi
        scaled_phi = contract(self, "heads, heads key -> heads key", s, v_phi)
        v_n = B_re**2
        headmean_v_n = mean_by_head(v_n, self.heads)
        v_n2 = B_im**2
        headmean_v_n2 = mean_by_head(v_n2, self.heads)
        n = torch.sqrt(0.5 * (headmean_v_n + headmean_v_n2) + 1e-05)
        v_m = C_re**2
        headmean_v_m = mean_by_head(v_m, self.heads)
        v_m2 = C_im**2
        headmean_v_m2 = mean_by_head(v_m2, self.heads)
        m = torch.sqrt(0.5 * (headmean_v_m + headmean_v_m2) + 1e-05)
        beta = (1 - lambda_) * s
        scaled_y = contract(self, "heads, heads value -> heads value", p.D, v)
        return (
            a_z,
            v,
            z,
            a_s,
            s,
            a_a,
            softplus_a_a,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            tanh_a_phi,
            v_phi,
            scaled_phi,
            n,
            m,
            beta,
            scaled_y,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev, P_prev, v_prev, k_re_prev, k_im_prev, phi_prev = states
        (
            a_z,
            v,
            z,
            a_s,
            s,
            a_a,
            softplus_a_a,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            tanh_a_phi,
            v_phi,
            scaled_phi,
            n,
            m,
            beta,
            scaled_y,
        ) = a

        # New state
        phi = phi_prev + scaled_phi

        # Gates
        scaled_S_hat = contract(self, "heads, heads value key -> heads value key", a_, S_prev)
        scaled_S_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_re_prev
        )
        S_hat = scaled_S_hat + scaled_S_hat2
        scaled_P_hat = contract(self, "heads, heads value key -> heads value key", a_, P_prev)
        scaled_P_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_im_prev
        )
        P_hat = scaled_P_hat + scaled_P_hat2

        # New state
        cos_phi = torch.cos(phi)
        sin_phi = torch.sin(phi)
        k_re = cos_phi * (p.p_re * B_re / n + p.e_re) - sin_phi * (p.p_im * B_im / n + p.e_im)
        k_im = cos_phi * (p.p_im * B_im / n + p.e_im) + sin_phi * (p.p_re * B_re / n + p.e_re)

        # Gates
        q_re = cos_phi * (p.g_re * C_re / m + p.f_re) - sin_phi * (p.g_im * C_im / m + p.f_im)
        q_im = cos_phi * (p.g_im * C_im / m + p.f_im) + sin_phi * (p.g_re * C_re / m + p.f_re)
        scaled_S = contract(self, "heads, heads, heads value, heads key -> heads value key", lambda_, s, v, k_re)

        # New state
        S = S_hat + scaled_S

        # Gates
        scaled_P = contract(self, "heads, heads, heads value, heads key -> heads value key", lambda_, s, v, k_im)

        # New state
        P = P_hat + scaled_P

        # Gates
        read_S_q_re = contract(self, "heads value key, heads key -> heads value", S, q_re)
        read_P_q_im = contract(self, "heads value key, heads key -> heads value", P, q_im)
        y = z * (read_S_q_re + read_P_q_im + scaled_y)

        # New state
        h = F.linear(y, p.weight_yh)
        saved = (
            z,
            s,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            n,
            m,
            beta,
            cos_phi,
            sin_phi,
            q_re,
            q_im,
            a_z,
            a_s,
            a_a,
            softplus_a_a,
            tanh_a_phi,
            v_phi,
            read_S_q_re,
            read_P_q_im,
            scaled_y,
            y,
        )
        return (h, S, P, v, k_re, k_im, phi), saved

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        (
            _,
            v,
            z,
            _,
            s,
            _,
            _,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            _,
            _,
            scaled_phi,
            n,
            m,
            beta,
            scaled_y,
        ) = self.project_input(x, p)
        v_prev = delayed(v, states[3])
        phi = linear_scan(x, 1, scaled_phi, states[6])
        cos_phi = torch.cos(phi)
        sin_phi = torch.sin(phi)
        k_re = cos_phi * (p.p_re * B_re / n + p.e_re) - sin_phi * (p.p_im * B_im / n + p.e_im)
        k_im = cos_phi * (p.p_im * B_im / n + p.e_im) + sin_phi * (p.p_re * B_re / n + p.e_re)
        q_re = cos_phi * (p.g_re * C_re / m + p.f_re) - sin_phi * (p.g_im * C_im / m + p.f_im)
        q_im = cos_phi * (p.g_im * C_im / m + p.f_im) + sin_phi * (p.g_re * C_re / m + p.f_re)
        scaled_S = contract(self, "heads, heads, heads value, heads key -> heads value key", lambda_, s, v, k_re)
        scaled_P = contract(self, "heads, heads, heads value, heads key -> heads value key", lambda_, s, v, k_im)
        k_re_prev = delayed(k_re, states[4])
        k_im_prev = delayed(k_im, states[5])
        scaled_S_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_re_prev
        )
        scaled_P_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_im_prev
        )
        S = linear_scan(x, along(self, "heads -> heads value key", a_), scaled_S + scaled_S_hat2, states[1])
        read_S_q_re = contract(self, "heads value key, heads key -> heads value", S, q_re)
        P = linear_scan(x, along(self, "heads -> heads value key", a_), scaled_P + scaled_P_hat2, states[2])
        read_P_q_im = contract(self, "heads value key, heads key -> heads value", P, q_im)
        y = z * (read_S_q_re + read_P_q_im + scaled_y)
        h = F.linear(y, p.weight_yh)
        return h, (h[-1], S[-1], P[-1], v[-1], k_re[-1], k_im[-1], phi[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, v, z, _, s, _, _, a_, lambda_, B_re, B_im, C_re, C_im, _, _, _, n, m, beta, _ = a
        _, S_prev, P_prev, v_prev, k_re_prev, k_im_prev, _ = states
        (
            h,
            S,
            P,
            _,
            k_re,
            k_im,
            phi,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            q_re,
            q_im,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            y,
        ) = kept
        scaled_S_hat = contract(self, "heads, heads value key -> heads value key", a_, S_prev)
        scaled_S_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_re_prev
        )
        S_hat = scaled_S_hat + scaled_S_hat2
        scaled_P_hat = contract(self, "heads, heads value key -> heads value key", a_, P_prev)
        scaled_P_hat2 = contract(
            self, "heads, heads, heads value, heads key -> heads value key", a_, beta, v_prev, k_im_prev
        )
        P_hat = scaled_P_hat + scaled_P_hat2
        return {
            "z": z,
            "s": s,
            "a": a_,
            "lambda_": lambda_,
            "B_re": B_re,
            "B_im": B_im,
            "C_re": C_re,
            "C_im": C_im,
            "phi": phi,
            "n": n,
            "m": m,
            "beta": beta,
            "S_hat": S_hat,
            "P_hat": P_hat,
            "v": v,
            "k_re": k_re,
            "k_im": k_im,
            "q_re": q_re,
            "q_im": q_im,
            "S": S,
            "P": P,
            "y": y,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (
            v_prev,
            k_re_prev,
            k_im_prev,
            z,
            s,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            n,
            m,
            beta,
            v,
            cos_phi,
            sin_phi,
            q_re,
            q_im,
            S,
            P,
        ) = saved
        dk_re_dphi = (-p.p_im * B_im / n - p.e_im) * cos_phi - (p.p_re * B_re / n + p.e_re) * sin_phi
        dk_im_dphi = (p.p_re * B_re / n + p.e_re) * cos_phi - (p.p_im * B_im / n + p.e_im) * sin_phi
        dq_re_dphi = (-p.g_im * C_im / m - p.f_im) * cos_phi - (p.g_re * C_re / m + p.f_re) * sin_phi
        dq_im_dphi = (p.g_re * C_re / m + p.f_re) * cos_phi - (p.g_im * C_im / m + p.f_im) * sin_phi
        return (
            z,
            q_im,
            q_re,
            P,
            S,
            lambda_,
            s,
            v,
            dk_re_dphi,
            dk_im_dphi,
            dq_re_dphi,
            dq_im_dphi,
            a_,
            beta,
            k_re_prev,
            k_im_prev,
            v_prev,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next, d_P_next, d_v_next, d_k_re_next, d_k_im_next, d_phi_next = d_states
        (
            z,
            q_im,
            q_re,
            P,
            S,
            lambda_,
            s,
            v,
            dk_re_dphi,
            dk_im_dphi,
            dq_re_dphi,
            dq_im_dphi,
            a_,
            beta,
            k_re_prev,
            k_im_prev,
            v_prev,
        ) = local
        d_y = d_h @ p.weight_yh
        d_read_P_q_im = d_y * z
        d_read_S_q_re = d_y * z
        d_P = d_P_next + contract(self, "heads value, heads key -> heads value key", d_read_P_q_im, q_im)
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_read_S_q_re, q_re)
        d_q_im = contract(self, "heads value, heads value key -> heads key", d_read_P_q_im, P)
        d_q_re = contract(self, "heads value, heads value key -> heads key", d_read_S_q_re, S)
        d_k_im = d_k_im_next + contract(
            self, "heads value key, heads, heads, heads value -> heads key", d_P, lambda_, s, v
        )
        d_k_re = d_k_re_next + contract(
            self, "heads value key, heads, heads, heads value -> heads key", d_S, lambda_, s, v
        )
        d_P_hat = d_P
        d_S_hat = d_S
        d_phi = d_phi_next + d_k_re * dk_re_dphi + d_k_im * dk_im_dphi + d_q_re * dq_re_dphi + d_q_im * dq_im_dphi
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads -> heads value key", d_S_hat, a_)
        d_P_prev = contract(self, "heads value key, heads -> heads value key", d_P_hat, a_)
        d_v_prev = contract(
            self, "heads value key, heads, heads, heads key -> heads value", d_S_hat, a_, beta, k_re_prev
        ) + contract(self, "heads value key, heads, heads, heads key -> heads value", d_P_hat, a_, beta, k_im_prev)
        d_k_re_prev = contract(
            self, "heads value key, heads, heads, heads value -> heads key", d_S_hat, a_, beta, v_prev
        )
        d_k_im_prev = contract(
            self, "heads value key, heads, heads, heads value -> heads key", d_P_hat, a_, beta, v_prev
        )
        d_phi_prev = d_phi
        kept = (
            d_h,
            d_v_next,
            d_y,
            d_P,
            d_S,
            d_q_im,
            d_q_re,
            d_k_im,
            d_k_re,
            d_P_hat,
            d_S_hat,
            d_phi,
        )
        return (d_h_prev, d_S_prev, d_P_prev, d_v_prev, d_k_re_prev, d_k_im_prev, d_phi_prev), kept

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_v_next, d_y, d_P, d_S, d_q_im, d_q_re, d_k_im, d_k_re, d_P_hat, d_S_hat, d_phi = kept
        (
            x,
            S_prev,
            P_prev,
            v_prev,
            k_re_prev,
            k_im_prev,
            a_z,
            z,
            a_s,
            s,
            a_a,
            softplus_a_a,
            a_,
            lambda_,
            B_re,
            B_im,
            C_re,
            C_im,
            tanh_a_phi,
            v_phi,
            n,
            m,
            beta,
            v,
            cos_phi,
            sin_phi,
            k_re,
            k_im,
            read_S_q_re,
            read_P_q_im,
            scaled_y,
            y,
        ) = summed
        sigmoid_a_z = torch.sigmoid(a_z)
        d_scaled_y = d_y * z
        d_v = (
            d_v_next
            + contract(self, "heads value key, heads, heads, heads key -> heads value", d_S, lambda_, s, k_re)
            + contract(self, "heads value key, heads, heads, heads key -> heads value", d_P, lambda_, s, k_im)
            + contract(self, "heads value, heads -> heads value", d_scaled_y, p.D)
        )
        d_beta = contract(
            self, "heads value key, heads, heads value, heads key -> heads", d_S_hat, a_, v_prev, k_re_prev
        ) + contract(self, "heads value key, heads, heads value, heads key -> heads", d_P_hat, a_, v_prev, k_im_prev)
        d_m = d_q_re * (sin_phi * p.g_im * C_im / m**2 - cos_phi * p.g_re * C_re / m**2) + d_q_im * (
            -cos_phi * p.g_im * C_im / m**2 - sin_phi * p.g_re * C_re / m**2
        )
        dm_dheadmean_v_m2 = 0.25 / m
        d_headmean_v_m2 = d_m * dm_dheadmean_v_m2
        d_v_m2 = mean_by_head(d_headmean_v_m2, self.heads)
        d_headmean_v_m = d_m * dm_dheadmean_v_m2
        d_v_m = mean_by_head(d_headmean_v_m, self.heads)
        d_n = d_k_re * (sin_phi * p.p_im * B_im / n**2 - cos_phi * p.p_re * B_re / n**2) + d_k_im * (
            -cos_phi * p.p_im * B_im / n**2 - sin_phi * p.p_re * B_re / n**2
        )
        dn_dheadmean_v_n2 = 0.25 / n
        d_headmean_v_n2 = d_n * dn_dheadmean_v_n2
        d_v_n2 = mean_by_head(d_headmean_v_n2, self.heads)
        d_headmean_v_n = d_n * dn_dheadmean_v_n2
        d_v_n = mean_by_head(d_headmean_v_n, self.heads)
        scaled_d_phi = (1 - tanh_a_phi**2) * d_phi
        d_a_phi = contract(self, "heads key, heads -> heads key", scaled_d_phi, s) * 3.141592653589793
        d_C_im = 2 * d_v_m2 * C_im - d_q_re * sin_phi * p.g_im / m + d_q_im * cos_phi * p.g_im / m
        d_C_re = 2 * d_v_m * C_re + d_q_re * cos_phi * p.g_re / m + d_q_im * sin_phi * p.g_re / m
        d_B_im = 2 * d_v_n2 * B_im - d_k_re * sin_phi * p.p_im / n + d_k_im * cos_phi * p.p_im / n
        d_B_re = 2 * d_v_n * B_re + d_k_re * cos_phi * p.p_re / n + d_k_im * sin_phi * p.p_re / n
        factor = lambda_ * (1 - lambda_)
        scaled_s2 = factor * s
        scaled_s = factor * s
        scaled_d_lambda_ = (
            contract(self, "heads value key, heads, heads value, heads key -> heads", d_S, scaled_s2, v, k_re)
            - factor * d_beta * s
            + contract(self, "heads value key, heads, heads value, heads key -> heads", d_P, scaled_s, v, k_im)
        )
        d_a_lambda_ = scaled_d_lambda_
        scaled_d_S_hat = contract(self, "heads, heads value key -> heads value key", a_, d_S_hat)
        scaled_beta2 = a_ * beta
        scaled_d_P_hat = contract(self, "heads, heads value key -> heads value key", a_, d_P_hat)
        scaled_beta = a_ * beta
        scaled_d_a = (
            contract(self, "heads value key, heads value key -> heads", scaled_d_S_hat, S_prev)
            + contract(
                self,
                "heads value key, heads, heads value, heads key -> heads",
                d_S_hat,
                scaled_beta2,
                v_prev,
                k_re_prev,
            )
            + contract(self, "heads value key, heads value key -> heads", scaled_d_P_hat, P_prev)
            + contract(
                self, "heads value key, heads, heads value, heads key -> heads", d_P_hat, scaled_beta, v_prev, k_im_prev
            )
        )
        d_z_a = scaled_d_a
        d_a_a_1 = torch.where(softplus_a_a >= 0.0001, torch.full_like(softplus_a_a, 1), 0)
        d_a_a = -d_a_a_1 * torch.sigmoid(a_a) * d_z_a * s
        d_s = (
            d_beta * (1 - lambda_)
            - d_z_a * torch.clamp(softplus_a_a, min=0.0001)
            + contract(self, "heads key, heads key -> heads", d_phi, v_phi)
            + contract(self, "heads value key, heads, heads value, heads key -> heads", d_S, lambda_, v, k_re)
            + contract(self, "heads value key, heads, heads value, heads key -> heads", d_P, lambda_, v, k_im)
        )
        d_a_s = d_s * torch.sigmoid(a_s)
        d_a_z = (sigmoid_a_z * d_y * (read_S_q_re + read_P_q_im + scaled_y)) * (1 + a_z * (1 - sigmoid_a_z))
        d_a2 = torch.cat((d_a_z, d_v), -1)
        d_a_x = torch.cat((d_a_s, d_a_a, d_a_lambda_), -1)
        d_a_x2 = torch.cat((d_B_re, d_B_im, d_C_re, d_C_im, d_a_phi), -1)
        d_D_t = contract(self, "heads value, heads value -> heads", d_scaled_y, v)
        d_x = None
        if input_wanted:
            d_x = d_a2 @ p.weight_i_heads_value + d_a_x @ p.weight_i_heads + d_a_x2 @ p.weight_i_heads_key
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_value=outer(d_a2, x),
            weight_i_heads=outer(d_a_x, x),
            bias_i_heads=total(d_a_s),
            weight_i_heads_key=outer(d_a_x2, x),
            weight_yh=outer(d_h, y),
            p_re=total(d_k_re * cos_phi * B_re / n) + total(d_k_im * sin_phi * B_re / n),
            p_im=total(-d_k_re * sin_phi * B_im / n) + total(d_k_im * cos_phi * B_im / n),
            e_re=total(d_k_re * cos_phi) + total(d_k_im * sin_phi),
            e_im=total(-d_k_re * sin_phi) + total(d_k_im * cos_phi),
            g_re=total(d_q_re * cos_phi * C_re / m) + total(d_q_im * sin_phi * C_re / m),
            g_im=total(-d_q_re * sin_phi * C_im / m) + total(d_q_im * cos_phi * C_im / m),
            f_re=total(d_q_re * cos_phi) + total(d_q_im * sin_phi),
            f_im=total(-d_q_re * sin_phi) + total(d_q_im * cos_phi),
            D=total(d_D_t),
        )


class Mamba3(Mamba3Equations, MatrixStates, RecurrentLayer):
    """Mamba-3 over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        value: a number of units
        key: a number of units
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

    Call: ``output, (h, S, P, v, k_re, k_im, phi) = layer(input, (h, S, P, v, k_re, k_im, phi))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        S: (D * num_layers, B, heads, value, key), without B for unbatched input; zero by default
        P: (D * num_layers, B, heads, value, key), without B for unbatched input; zero by default
        v: (D * num_layers, B, heads, value), without B for unbatched input; zero by default
        k_re: (D * num_layers, B, heads, key), without B for unbatched input; zero by default
        k_im: (D * num_layers, B, heads, key), without B for unbatched input; zero by default
        phi: (D * num_layers, B, heads, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class Mamba3Cell(Mamba3Equations, MatrixStates, RecurrentCell):
    """Mamba-3, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, value, key, bias, device, dtype; as in ``Mamba3``

    Call: ``(h, S, P, v, k_re, k_im, phi) = cell(input, (h, S, P, v, k_re, k_im, phi))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
        P: (B, heads, value, key) or (heads, value, key,); zero by default
        v: (B, heads, value) or (heads, value,); zero by default
        k_re: (B, heads, key) or (heads, key,); zero by default
        k_im: (B, heads, key) or (heads, key,); zero by default
        phi: (B, heads, key) or (heads, key,); zero by default
    """


Layer, Cell = Mamba3, Mamba3Cell
