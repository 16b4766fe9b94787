# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Closed-form continuous-time network.

Hasani et al. (2022), Closed-form Continuous-time Neural Networks, Nature Machine Intelligence; arXiv:2106.13898,
equation 10

t is the time between inputs. One backbone layer of hidden_size units, with the code's scaled tanh; the gate is
sigmoid(-f t) in the paper and sigmoid(f t + b) in its code, which is followed here.

One time step:

    zₜ = α tanh(β (W_iz xₜ + W_hz hₜ₋₁ + b_z))
    gₜ = tanh(W_zg zₜ + b_zg)
    kₜ = tanh(W_zk zₜ + b_zk)
    uₜ = W_zu zₜ + b_zu
    vₜ = W_zv zₜ + b_zv
    sₜ = σ(uₜ t + vₜ)
    hₜ = gₜ ⊙ (1 − sₜ) + sₜ ⊙ kₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iz
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hz
    bias: Tensor | None  # (hidden_size,): b_z
    weight_zh: Tensor  # (4*hidden_size, hidden_size): W_zg, W_zk, W_zu, W_zv
    bias_zh: Tensor | None  # (4*hidden_size,): b_zg, b_zk, b_zu, b_zv


class CfCEquations:
    """The equations of the CfC, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("tanh_z", "g", "k", "s")
    summed = ("x", "h_prev", "z")
    sequential = "the equation of gₜ mixes the units of hₜ₋₁"
    c_files = {"": "cfc.c"}
    options = {"t": 1.0, "alpha": 1.7159, "beta": 0.666}

    t: float
    alpha: float
    beta: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "weight_zh": (4 * hidden_size, hidden_size),
            "bias_zh": (4 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_z = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        tanh_z = torch.tanh(self.beta * a_z)
        z = self.alpha * tanh_z

        # Affine maps
        a_g, a_k, u, v = F.linear(z, p.weight_zh, p.bias_zh).chunk(4, -1)

        # Gates
        g = torch.tanh(a_g)
        k = torch.tanh(a_k)
        s = torch.sigmoid(u * self.t + v)

        # New state
        h = g * (1 - s) + s * k
        return (h,), (tanh_z, g, k, s, z)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, _, g, k, s, z = kept
        _, _, u, v = F.linear(z, p.weight_zh, p.bias_zh).chunk(4, -1)
        return {"z": z, "g": g, "k": k, "u": u, "v": v, "s": s, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        tanh_z, g, k, s = saved
        dh_dv = (k - g) * s * (1 - s)
        dh_da_k = s * (1 - k**2)
        dh_da_g = (1 - s) * (1 - g**2)
        dz_da_z = self.alpha * self.beta * (1 - tanh_z**2)
        return dh_dv, dh_da_k, dh_da_g, dz_da_z

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_dv, dh_da_k, dh_da_g, dz_da_z = local
        d_v = d_h * dh_dv
        d_u = d_v * self.t
        d_a_k = d_h * dh_da_k
        d_a_g = d_h * dh_da_g
        d_a = torch.cat((d_a_g, d_a_k, d_u, d_v), -1)
        d_z = d_a @ p.weight_zh
        d_a_z = d_z * dz_da_z
        d_h_prev = d_a_z @ p.weight_hh
        return (d_h_prev,), (d_a, d_a_z)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_z = kept
        x, h_prev, z = summed
        d_x = d_a_z @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_z, x),
            weight_hh=outer(d_a_z, h_prev),
            bias=total(d_a_z),
            weight_zh=outer(d_a, z),
            bias_zh=total(d_a),
        )


class CfC(CfCEquations, RecurrentLayer):
    """Closed-form continuous-time network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        t: the constant t; 1.0 by default
        alpha: the constant alpha; 1.7159 by default
        beta: the constant beta; 0.666 by default
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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class CfCCell(CfCEquations, RecurrentCell):
    """Closed-form continuous-time network, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, t, alpha, beta, device, dtype; as in ``CfC``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = CfC, CfCCell
