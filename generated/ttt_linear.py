# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""TTT-Linear.

Sun et al. (2024), Learning to (Learn at Test Time): RNNs with Expressive Hidden States, arXiv:2407.04620

The memory is a linear model with a layer norm and a residual connection, q + LN(W q + b), which each step trains by one
step of gradient descent to make v of k: p is the gradient of |LN(z) - (v - k)|²/2 in z. S and d are what the steps have
added to W and b, where the model starts from. Mini-batches are of one step, so that the rotation by places within them
is none; the authors' default is 16. eta is the base learning rate divided by the size of a head, 1/64 in most of their
configurations. The model and the map of the rate start as in their code (ttt-lm-pytorch); its norm of what is read, and
a learned factor of each place in a mini-batch, 1 at first, are left out.

One time step:

    qₜ = W_iq xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    rₜ = η σ(W_ir xₜ + b_ir)
    zₜ = W kₜ + Sₜ₋₁ kₜ + b + dₜ₋₁ − headmean(W kₜ + Sₜ₋₁ kₜ + b + dₜ₋₁)
    yₜ = zₜ/sqrt(headmean(zₜ²) + ε)
    gₜ = γ ⊙ (γ ⊙ yₜ + β − (vₜ − kₜ))
    pₜ = (gₜ − headmean(gₜ) − yₜ ⊙ headmean(gₜ ⊙ yₜ))/sqrt(headmean(zₜ²) + ε)
    Sₜ = Sₜ₋₁ − rₜ pₜ kₜᵀ
    dₜ = dₜ₋₁ − rₜ pₜ
    uₜ = W qₜ + Sₜ qₜ + b + dₜ − headmean(W qₜ + Sₜ qₜ + b + dₜ)
    oₜ = qₜ + γ ⊙ uₜ/sqrt(headmean(uₜ²) + ε) + β
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, mean_by_head, outer, total
from .matrices import MatrixStates, contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_value: Tensor  # (3*heads*value, input_size): W_iq, W_ik, W_iv
    weight_i_heads: Tensor  # (heads, input_size): W_ir
    bias_i_heads: Tensor | None  # (heads,): b_ir
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh
    W: Tensor  # (heads*value*value,)
    b: Tensor  # (heads*value,)
    gamma: Tensor  # (heads*value,)
    beta: Tensor  # (heads*value,)


class TTTLinearEquations:
    """The equations of the TTTLinear, for every layer, direction and time step alike."""

    states = ("h", "S", "d")
    Parameters = Parameters
    saved = ("q", "k", "r", "z", "headmean_v_y", "y", "g", "headmean_v_p", "p_", "u", "headmean_v_o")
    summed = ("x", "S_prev", "q", "k", "v", "sigmoid_a_r", "y", "p_", "scaled_S", "S", "u", "headmean_v_o", "o")
    sizes = ("heads", "value")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "value"), "d": ("heads", "value")}
    sequential = "the equation of zₜ mixes the units of Sₜ₋₁"
    c_files = {"": "ttt_linear.c"}
    options = {"eta": 0.015625, "epsilon": 1e-06}

    eta: float
    epsilon: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_value": (3 * self.heads * self.value, input_size),
            "weight_i_heads": (self.heads, input_size),
            "bias_i_heads": (self.heads,),
            "weight_oh": (hidden_size, self.heads * self.value),
            "W": (self.heads * self.value * self.value,),
            "b": (self.heads * self.value,),
            "gamma": (self.heads * self.value,),
            "beta": (self.heads * self.value,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.value, self.heads * self.value

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.normal_(p.weight_i_heads, 0, 0.02)
        if p.bias_i_heads is not None:
            nn.init.zeros_(p.bias_i_heads)
        nn.init.normal_(p.W, 0, 0.02)
        nn.init.zeros_(p.b)
        nn.init.ones_(p.gamma)
        nn.init.zeros_(p.beta)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        q, k, v = F.linear(x, p.weight_i_heads_value).chunk(3, -1)
        a_r = F.linear(x, p.weight_i_heads, p.bias_i_heads)
        sigmoid_a_r = torch.sigmoid(a_r)
        r = self.eta * sigmoid_a_r
        read_W_k = contract(self, "heads value value', heads value' -> heads value", p.W, k)
        read_W_q = contract(self, "heads value value', heads value' -> heads value", p.W, q)
        return q, k, v, sigmoid_a_r, r, read_W_k, read_W_q

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev, d_prev = states
        q, k, v, sigmoid_a_r, r, read_W_k, read_W_q = a

        # Gates
        read_S_k = contract(self, "heads value value', heads value' -> heads value", S_prev, k)
        v_z = read_W_k + read_S_k + p.b + d_prev
        headmean_v_z = mean_by_head(v_z, self.heads)
        z = read_W_k + read_S_k + p.b + d_prev - headmean_v_z
        v_y = z**2
        headmean_v_y = mean_by_head(v_y, self.heads)
        y = z / torch.sqrt(headmean_v_y + self.epsilon)
        g = p.gamma * (p.gamma * y + p.beta - (v - k))
        headmean_g = mean_by_head(g, self.heads)
        v_p = g * y
        headmean_v_p = mean_by_head(v_p, self.heads)
        p_ = (g - headmean_g - y * headmean_v_p) / torch.sqrt(headmean_v_y + self.epsilon)
        scaled_S = contract(self, "heads, heads value -> heads value", r, p_)

        # Affine maps
        scaled_S2 = -contract(self, "heads value, heads value' -> heads value value'", scaled_S, k)

        # New state
        S = S_prev + scaled_S2

        # Affine maps
        scaled_d = -contract(self, "heads, heads value -> heads value", r, p_)

        # New state
        d = d_prev + scaled_d

        # Gates
        read_S_q = contract(self, "heads value value', heads value' -> heads value", S, q)
        v_u = read_W_q + read_S_q + p.b + d
        headmean_v_u = mean_by_head(v_u, self.heads)
        u = read_W_q + read_S_q + p.b + d - headmean_v_u
        v_o = u**2
        headmean_v_o = mean_by_head(v_o, self.heads)
        o = q + p.gamma * u / torch.sqrt(headmean_v_o + self.epsilon) + p.beta

        # New state
        h = F.linear(o, p.weight_oh)
        saved = (
            q,
            k,
            r,
            z,
            headmean_v_y,
            y,
            g,
            headmean_v_p,
            p_,
            u,
            headmean_v_o,
            v,
            sigmoid_a_r,
            scaled_S,
            o,
        )
        return (h, S, d), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        q, k, v, _, r, _, _ = a
        h, S, d, _, _, _, z, _, y, g, _, p_, u, _, _, _, _, o = kept
        return {"q": q, "k": k, "v": v, "r": r, "z": z, "y": y, "g": g, "p": p_, "S": S, "d": d, "u": u, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, k, r, z, headmean_v_y, y, g, headmean_v_p, p_, u, headmean_v_o = saved
        do_dheadmean_v_o = -0.5 * p.gamma * u / (headmean_v_o + self.epsilon) ** 1.5
        dv_o_du = 2 * u
        do_du = p.gamma / torch.sqrt(headmean_v_o + self.epsilon)
        dp_dheadmean_v_p = -y / torch.sqrt(headmean_v_y + self.epsilon)
        dp_dheadmean_g = -1 / torch.sqrt(headmean_v_y + self.epsilon)
        dp_dg = 1 / torch.sqrt(headmean_v_y + self.epsilon)
        dp_dy = -headmean_v_p / torch.sqrt(headmean_v_y + self.epsilon)
        dy_dheadmean_v_y = -0.5 * y / torch.sqrt(headmean_v_y + self.epsilon) / torch.sqrt(headmean_v_y + self.epsilon)
        dp_dheadmean_v_y = -0.5 * p_ / torch.sqrt(headmean_v_y + self.epsilon) / torch.sqrt(headmean_v_y + self.epsilon)
        dv_y_dz = 2 * z
        return (
            do_dheadmean_v_o,
            dv_o_du,
            do_du,
            q,
            k,
            r,
            dp_dheadmean_v_p,
            dp_dheadmean_g,
            y,
            dp_dg,
            g,
            dp_dy,
            dy_dheadmean_v_y,
            dp_dheadmean_v_y,
            dv_y_dz,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next, d_d_next = d_states
        (
            do_dheadmean_v_o,
            dv_o_du,
            do_du,
            q,
            k,
            r,
            dp_dheadmean_v_p,
            dp_dheadmean_g,
            y,
            dp_dg,
            g,
            dp_dy,
            dy_dheadmean_v_y,
            dp_dheadmean_v_y,
            dv_y_dz,
        ) = local
        d_o = d_h @ p.weight_oh
        d_headmean_v_o = d_o * do_dheadmean_v_o
        d_v_o = mean_by_head(d_headmean_v_o, self.heads)
        d_u = d_v_o * dv_o_du + d_o * do_du
        d_headmean_v_u = -d_u
        d_v_u = mean_by_head(d_headmean_v_u, self.heads)
        d_read_S_q = d_v_u + d_u
        d_d = d_d_next + d_v_u + d_u
        d_S = d_S_next + contract(self, "heads value, heads value' -> heads value value'", d_read_S_q, q)
        d_scaled_S = -contract(self, "heads value value', heads value' -> heads value", d_S, k)
        d_p = contract(self, "heads value, heads -> heads value", d_scaled_S, r) - contract(
            self, "heads value, heads -> heads value", d_d, r
        )
        d_headmean_v_p = d_p * dp_dheadmean_v_p
        d_v_p = mean_by_head(d_headmean_v_p, self.heads)
        d_headmean_g = d_p * dp_dheadmean_g
        d_g = d_v_p * y + d_p * dp_dg + mean_by_head(d_headmean_g, self.heads)
        d_y = d_g * p.gamma * p.gamma + d_v_p * g + d_p * dp_dy
        d_headmean_v_y = d_y * dy_dheadmean_v_y + d_p * dp_dheadmean_v_y
        d_v_y = mean_by_head(d_headmean_v_y, self.heads)
        d_z = d_v_y * dv_y_dz + d_y * dp_dg
        d_headmean_v_z = -d_z
        d_v_z = mean_by_head(d_headmean_v_z, self.heads)
        d_read_S_k = d_v_z + d_z
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S + contract(self, "heads value, heads value' -> heads value value'", d_read_S_k, k)
        d_d_prev = d_v_z + d_z + d_d
        kept = (
            d_h,
            d_o,
            d_u,
            d_v_u,
            d_read_S_q,
            d_d,
            d_S,
            d_scaled_S,
            d_g,
            d_z,
            d_v_z,
            d_read_S_k,
        )
        return (d_h_prev, d_S_prev, d_d_prev), kept

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_u, d_v_u, d_read_S_q, d_d, d_S, d_scaled_S, d_g, d_z, d_v_z, d_read_S_k = kept
        x, S_prev, q, k, v, sigmoid_a_r, y, p_, scaled_S, S, u, headmean_v_o, o = summed
        d_read_W_q = d_v_u + d_u
        d_read_W_k = d_v_z + d_z
        factor = self.eta * sigmoid_a_r * (1 - sigmoid_a_r)
        scaled_d_r = factor * contract(self, "heads value, heads value -> heads", d_scaled_S, p_) + factor * (
            -contract(self, "heads value, heads value -> heads", d_d, p_)
        )
        d_a_r = scaled_d_r
        d_v = -d_g * p.gamma
        d_k = (
            d_g * p.gamma
            + contract(self, "heads value, heads value value' -> heads value'", d_read_W_k, p.W)
            + contract(self, "heads value, heads value value' -> heads value'", d_read_S_k, S_prev)
            - contract(self, "heads value value', heads value -> heads value'", d_S, scaled_S)
        )
        d_q = (
            d_o
            + contract(self, "heads value, heads value value' -> heads value'", d_read_W_q, p.W)
            + contract(self, "heads value, heads value value' -> heads value'", d_read_S_q, S)
        )
        d_a = torch.cat((d_q, d_k, d_v), -1)
        d_W_t = contract(self, "heads value, heads value' -> heads value value'", d_read_W_k, k) + contract(
            self, "heads value, heads value' -> heads value value'", d_read_W_q, q
        )
        d_x = d_a @ p.weight_i_heads_value + d_a_r @ p.weight_i_heads if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_value=outer(d_a, x),
            weight_i_heads=outer(d_a_r, x),
            bias_i_heads=total(d_a_r),
            weight_oh=outer(d_h, o),
            W=total(d_W_t),
            b=total(d_v_z) + total(d_z) + total(d_v_u) + total(d_u),
            gamma=total(d_g * (p.gamma * y + p.beta - (v - k) + p.gamma * y))
            + total(d_o * u / torch.sqrt(headmean_v_o + self.epsilon)),
            beta=total(d_g * p.gamma) + total(d_o),
        )


class TTTLinear(TTTLinearEquations, MatrixStates, RecurrentLayer):
    """TTT-Linear over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        value: a number of units
        num_layers: layers, each over the output of the one below; 1 by default
        eta: the constant eta; 0.015625 by default
        epsilon: the constant epsilon; 1e-06 by default
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

    Call: ``output, (h, S, d) = layer(input, (h, S, d))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        S: (D * num_layers, B, heads, value, value), without B for unbatched input; zero by default
        d: (D * num_layers, B, heads, value), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class TTTLinearCell(TTTLinearEquations, MatrixStates, RecurrentCell):
    """TTT-Linear, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, value, bias, eta, epsilon, device, dtype; as in ``TTTLinear``

    Call: ``(h, S, d) = cell(input, (h, S, d))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, value) or (heads, value, value,); zero by default
        d: (B, heads, value) or (heads, value,); zero by default
    """


Layer, Cell = TTTLinear, TTTLinearCell
