# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""NAS cell.

Zoph and Le (2017), Neural Architecture Search with Reinforcement Learning, ICLR, appendix, figure 8; TensorFlow's
NASCell

The paper draws the cell as a graph; the formulas are those of its authors' code (NASCell), where a_4 is the product of
the two maps. torchrecurrent takes their sum there too.

One time step:

    a_1ₜ = W_ia_1 xₜ + W_ha_1 hₜ₋₁ + b_ha_1
    a_2ₜ = W_ia_2 xₜ + W_ha_2 hₜ₋₁ + b_ha_2
    a_3ₜ = W_ia_3 xₜ + W_ha_3 hₜ₋₁ + b_ha_3
    a_4ₜ = (W_ia_4 xₜ) ⊙ (W_ha_4 hₜ₋₁ + b_ha_4)
    a_5ₜ = W_ia_5 xₜ + W_ha_5 hₜ₋₁ + b_ha_5
    a_6ₜ = W_ia_6 xₜ + W_ha_6 hₜ₋₁ + b_ha_6
    a_7ₜ = W_ia_7 xₜ + W_ha_7 hₜ₋₁ + b_ha_7
    a_8ₜ = W_ia_8 xₜ + W_ha_8 hₜ₋₁ + b_ha_8
    l_1ₜ = tanh(σ(a_1ₜ) ⊙ ReLU(a_2ₜ))
    l_2ₜ = tanh(σ(a_3ₜ) + ReLU(a_4ₜ))
    l_3ₜ = tanh(tanh(a_5ₜ) ⊙ σ(a_6ₜ))
    l_4ₜ = σ(tanh(a_7ₜ) + σ(a_8ₜ))
      cₜ = tanh(l_1ₜ + cₜ₋₁) ⊙ l_2ₜ
      hₜ = tanh(cₜ ⊙ tanh(l_3ₜ + l_4ₜ))
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

    weight_ih: Tensor  # (8*hidden_size, input_size): W_ia_1, W_ia_2, W_ia_3, W_ia_4, W_ia_5, W_ia_6, W_ia_7, W_ia_8
    weight_hh: Tensor  # (8*hidden_size, hidden_size): W_ha_1, W_ha_2, W_ha_3, W_ha_4, W_ha_5, W_ha_6, W_ha_7, W_ha_8
    bias_hh: Tensor | None  # (8*hidden_size,): b_ha_1, b_ha_2, b_ha_3, b_ha_4, b_ha_5, b_ha_6, b_ha_7, b_ha_8


class NASEquations:
    """The equations of the NAS, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = (
        "a_ia_4",
        "sigmoid_a_1",
        "relu_a_2",
        "l_1",
        "sigmoid_a_3",
        "relu_a_4",
        "l_2",
        "tanh_a_5",
        "sigmoid_a_6",
        "l_3",
        "tanh_a_7",
        "sigmoid_a_8",
        "l_4",
        "tanh_c",
        "c",
        "tanh_h",
        "h",
    )
    summed = ("x", "h_prev", "a_ha_4")
    sequential = "the equation of a_1ₜ mixes the units of hₜ₋₁"
    c_files = {"": "nas.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (8 * hidden_size, input_size),
            "weight_hh": (8 * hidden_size, hidden_size),
            "bias_hh": (8 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

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
        a_ia_1, a_ia_2, a_ia_3, a_ia_4, a_ia_5, a_ia_6, a_ia_7, a_ia_8 = a_x.chunk(8, -1)
        blocks = F.linear(h_prev, p.weight_hh, p.bias_hh)
        a_ha_1, a_ha_2, a_ha_3, a_ha_4, a_ha_5, a_ha_6, a_ha_7, a_ha_8 = blocks.chunk(8, -1)

        # Gates
        a_1 = a_ia_1 + a_ha_1
        a_2 = a_ia_2 + a_ha_2
        a_3 = a_ia_3 + a_ha_3
        a_4 = a_ia_4 * a_ha_4
        a_5 = a_ia_5 + a_ha_5
        a_6 = a_ia_6 + a_ha_6
        a_7 = a_ia_7 + a_ha_7
        a_8 = a_ia_8 + a_ha_8
        sigmoid_a_1 = torch.sigmoid(a_1)
        relu_a_2 = torch.relu(a_2)
        l_1 = torch.tanh(sigmoid_a_1 * relu_a_2)
        sigmoid_a_3 = torch.sigmoid(a_3)
        relu_a_4 = torch.relu(a_4)
        l_2 = torch.tanh(sigmoid_a_3 + relu_a_4)
        tanh_a_5 = torch.tanh(a_5)
        sigmoid_a_6 = torch.sigmoid(a_6)
        l_3 = torch.tanh(tanh_a_5 * sigmoid_a_6)
        tanh_a_7 = torch.tanh(a_7)
        sigmoid_a_8 = torch.sigmoid(a_8)
        l_4 = torch.sigmoid(tanh_a_7 + sigmoid_a_8)

        # New state
        tanh_c = torch.tanh(l_1 + c_prev)
        c = tanh_c * l_2
        tanh_h = torch.tanh(l_3 + l_4)
        h = torch.tanh(c * tanh_h)
        saved = (
            a_ia_4,
            sigmoid_a_1,
            relu_a_2,
            l_1,
            sigmoid_a_3,
            relu_a_4,
            l_2,
            tanh_a_5,
            sigmoid_a_6,
            l_3,
            tanh_a_7,
            sigmoid_a_8,
            l_4,
            tanh_c,
            tanh_h,
            a_ha_4,
        )
        return (h, c), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h_prev, _ = states
        h, c, _, _, _, l_1, _, _, l_2, _, _, l_3, _, _, l_4, _, _, _ = kept
        a_ia_1, a_ia_2, a_ia_3, a_ia_4, a_ia_5, a_ia_6, a_ia_7, a_ia_8 = F.linear(x, p.weight_ih).chunk(8, -1)
        blocks = F.linear(h_prev, p.weight_hh, p.bias_hh)
        a_ha_1, a_ha_2, a_ha_3, a_ha_4, a_ha_5, a_ha_6, a_ha_7, a_ha_8 = blocks.chunk(8, -1)
        a_1 = a_ia_1 + a_ha_1
        a_2 = a_ia_2 + a_ha_2
        a_3 = a_ia_3 + a_ha_3
        a_4 = a_ia_4 * a_ha_4
        a_5 = a_ia_5 + a_ha_5
        a_6 = a_ia_6 + a_ha_6
        a_7 = a_ia_7 + a_ha_7
        a_8 = a_ia_8 + a_ha_8
        return {
            "a_1": a_1,
            "a_2": a_2,
            "a_3": a_3,
            "a_4": a_4,
            "a_5": a_5,
            "a_6": a_6,
            "a_7": a_7,
            "a_8": a_8,
            "l_1": l_1,
            "l_2": l_2,
            "l_3": l_3,
            "l_4": l_4,
            "c": c,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (
            a_ia_4,
            sigmoid_a_1,
            relu_a_2,
            l_1,
            sigmoid_a_3,
            relu_a_4,
            l_2,
            tanh_a_5,
            sigmoid_a_6,
            l_3,
            tanh_a_7,
            sigmoid_a_8,
            l_4,
            tanh_c,
            c,
            tanh_h,
            h,
        ) = saved
        dh_da_h = 1 - h**2
        da_h_da_tanh_h = c * (1 - tanh_h**2)
        dc_da_tanh_c = l_2 * (1 - tanh_c**2)
        da_tanh_h_da_l_4 = l_4 * (1 - l_4)
        da_tanh_h_da_l_3 = 1 - l_3**2
        dc_da_l_2 = tanh_c * (1 - l_2**2)
        da_tanh_c_da_l_1 = 1 - l_1**2
        da_l_4_da_8 = sigmoid_a_8 * (1 - sigmoid_a_8)
        da_l_4_da_7 = 1 - tanh_a_7**2
        da_l_3_da_6 = tanh_a_5 * sigmoid_a_6 * (1 - sigmoid_a_6)
        da_l_3_da_5 = sigmoid_a_6 * (1 - tanh_a_5**2)
        da_l_2_da_4 = torch.where(relu_a_4 > 0, torch.full_like(relu_a_4, 1), 0)
        da_l_2_da_3 = sigmoid_a_3 * (1 - sigmoid_a_3)
        da_l_1_da_2 = torch.where(relu_a_2 > 0, sigmoid_a_1, 0)
        da_l_1_da_1 = relu_a_2 * sigmoid_a_1 * (1 - sigmoid_a_1)
        return (
            dh_da_h,
            da_h_da_tanh_h,
            tanh_h,
            dc_da_tanh_c,
            da_tanh_h_da_l_4,
            da_tanh_h_da_l_3,
            dc_da_l_2,
            da_tanh_c_da_l_1,
            da_l_4_da_8,
            da_l_4_da_7,
            da_l_3_da_6,
            da_l_3_da_5,
            da_l_2_da_4,
            a_ia_4,
            da_l_2_da_3,
            da_l_1_da_2,
            da_l_1_da_1,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        (
            dh_da_h,
            da_h_da_tanh_h,
            tanh_h,
            dc_da_tanh_c,
            da_tanh_h_da_l_4,
            da_tanh_h_da_l_3,
            dc_da_l_2,
            da_tanh_c_da_l_1,
            da_l_4_da_8,
            da_l_4_da_7,
            da_l_3_da_6,
            da_l_3_da_5,
            da_l_2_da_4,
            a_ia_4,
            da_l_2_da_3,
            da_l_1_da_2,
            da_l_1_da_1,
        ) = local
        d_a_h = d_h * dh_da_h
        d_a_tanh_h = d_a_h * da_h_da_tanh_h
        d_c = d_c_next + d_a_h * tanh_h
        d_a_tanh_c = d_c * dc_da_tanh_c
        d_a_l_4 = d_a_tanh_h * da_tanh_h_da_l_4
        d_a_l_3 = d_a_tanh_h * da_tanh_h_da_l_3
        d_a_l_2 = d_c * dc_da_l_2
        d_a_l_1 = d_a_tanh_c * da_tanh_c_da_l_1
        d_a_8 = d_a_l_4 * da_l_4_da_8
        d_a_7 = d_a_l_4 * da_l_4_da_7
        d_a_6 = d_a_l_3 * da_l_3_da_6
        d_a_5 = d_a_l_3 * da_l_3_da_5
        d_a_4 = d_a_l_2 * da_l_2_da_4
        d_a_ha_4 = d_a_4 * a_ia_4
        d_a_3 = d_a_l_2 * da_l_2_da_3
        d_a_2 = d_a_l_1 * da_l_1_da_2
        d_a_1 = d_a_l_1 * da_l_1_da_1
        d_a = torch.cat((d_a_1, d_a_2, d_a_3, d_a_ha_4, d_a_5, d_a_6, d_a_7, d_a_8), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_a_tanh_c
        return (d_h_prev, d_c_prev), (d_a, d_a_4)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_4 = kept
        x, h_prev, a_ha_4 = summed
        d_a_1, d_a_2, d_a_3, _, d_a_5, d_a_6, d_a_7, d_a_8 = d_a.chunk(8, -1)
        d_a_ia_4 = d_a_4 * a_ha_4
        d_a_x = torch.cat((d_a_1, d_a_2, d_a_3, d_a_ia_4, d_a_5, d_a_6, d_a_7, d_a_8), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a, h_prev),
            bias_hh=total(d_a),
        )


class NAS(NASEquations, RecurrentLayer):
    """NAS cell over whole sequences.

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


class NASCell(NASEquations, RecurrentCell):
    """NAS cell, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``NAS``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = NAS, NASCell
