# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Strongly-typed gated recurrent unit.

Balduzzi and Ghifary (2016), Strongly-Typed Recurrent Neural Networks, ICML

v_z, v_f and v_o are the maps of the previous input.

One time step:

      zₜ = W_iz xₜ + b_iz + v_zₜ₋₁
      fₜ = σ(W_if xₜ + b_if + v_fₜ₋₁)
      oₜ = tanh(W_io xₜ + b_io + v_oₜ₋₁)
      hₜ = fₜ ⊙ hₜ₋₁ + zₜ ⊙ oₜ
    v_zₜ = W_iv_z xₜ
    v_fₜ = W_iv_f xₜ
    v_oₜ = W_iv_o xₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import delayed, linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (6*hidden_size, input_size): W_iz, W_if, W_io, W_iv_z, W_iv_f, W_iv_o
    bias_ih: Tensor | None  # (3*hidden_size,): b_iz, b_if, b_io


class TGRUEquations:
    """The equations of the TGRU, for every layer, direction and time step alike."""

    states = ("h", "v_z", "v_f", "v_o")
    Parameters = Parameters
    saved = ("h_prev", "z", "f", "o")
    summed = ("x",)
    c_files = {"": "t_gru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (6 * hidden_size, input_size),
            "bias_ih": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih[: 3 * self.hidden_size], p.bias_ih)
        a_x2 = F.linear(x, p.weight_ih[3 * self.hidden_size :])
        return a_x, a_x2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, v_z_prev, v_f_prev, v_o_prev = states
        a_x, a_x2 = a

        # Affine maps
        a_z, a_f, a_o = a_x.chunk(3, -1)

        # Gates
        z = a_z + v_z_prev
        f = torch.sigmoid(a_f + v_f_prev)
        o = torch.tanh(a_o + v_o_prev)

        # New state
        h = f * h_prev + z * o
        v_z, v_f, v_o = a_x2.chunk(3, -1)
        return (h, v_z, v_f, v_o), (z, f, o)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        a_x, a_x2 = self.project_input(x, p)
        a_z, a_f, a_o = a_x.chunk(3, -1)
        v_z, v_f, v_o = a_x2.chunk(3, -1)
        v_z_prev = delayed(v_z, states[1])
        v_f_prev = delayed(v_f, states[2])
        v_o_prev = delayed(v_o, states[3])
        z = a_z + v_z_prev
        f = torch.sigmoid(a_f + v_f_prev)
        o = torch.tanh(a_o + v_o_prev)
        h = linear_scan(x, f, z * o, states[0])
        return h, (h[-1], v_z[-1], v_f[-1], v_o[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, v_z, v_f, v_o, z, f, o = kept
        return {"z": z, "f": f, "o": o, "h": h, "v_z": v_z, "v_f": v_f, "v_o": v_o}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, f, o = saved
        dh_da_o = z * (1 - o**2)
        dh_da_f = h_prev * f * (1 - f)
        return dh_da_o, dh_da_f, o, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_v_z, d_v_f, d_v_o = d_states
        dh_da_o, dh_da_f, o, f = local
        d_a_o = d_h * dh_da_o
        d_a_f = d_h * dh_da_f
        d_z = d_h * o
        d_h_prev = d_h * f
        d_v_z_prev = d_z
        d_v_f_prev = d_a_f
        d_v_o_prev = d_a_o
        return (d_h_prev, d_v_z_prev, d_v_f_prev, d_v_o_prev), (d_v_z, d_v_f, d_v_o, d_a_o, d_a_f, d_z)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_v_z, d_v_f, d_v_o, d_a_o, d_a_f, d_z = kept
        (x,) = summed
        d_a_z = d_z
        d_a = torch.cat((d_a_z, d_a_f, d_a_o, d_v_z, d_v_f, d_v_o), -1)
        d_a_ih = torch.cat((d_a_z, d_a_f, d_a_o), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a_ih),
        )


class TGRU(TGRUEquations, RecurrentLayer):
    """Strongly-typed gated recurrent unit over whole sequences.

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
        parallel: whether all time steps are computed together, in PyTorch, by scans of what is linear in the states;
            False by default

    Call: ``output, (h, v_z, v_f, v_o) = layer(input, (h, v_z, v_f, v_o))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        v_z: (D * num_layers, B, H), without B for unbatched input; zero by default
        v_f: (D * num_layers, B, H), without B for unbatched input; zero by default
        v_o: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class TGRUCell(TGRUEquations, RecurrentCell):
    """Strongly-typed gated recurrent unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``TGRU``

    Call: ``(h, v_z, v_f, v_o) = cell(input, (h, v_z, v_f, v_o))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        v_z: (B, H) or (H,); zero by default
        v_f: (B, H) or (H,); zero by default
        v_o: (B, H) or (H,); zero by default
    """


Layer, Cell = TGRU, TGRUCell
