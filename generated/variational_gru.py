# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU with variational dropout.

Gal and Ghahramani (2016), A Theoretically Grounded Application of Dropout in Recurrent Neural Networks, NeurIPS

As variational_lstm, of the GRU as PyTorch has it. The update gate mixes in the previous output as it is: what is masked
is what the weights read.

One time step:

    x_mₜ = m_x ⊙ xₜ/keep_x
    h_mₜ = m_h ⊙ hₜ₋₁/keep_h
      rₜ = σ(W_ir x_mₜ + b_ir + W_hr h_mₜ + b_hr)
      zₜ = σ(W_iz x_mₜ + b_iz + W_hz h_mₜ + b_hz)
      nₜ = tanh(W_in x_mₜ + b_in + rₜ ⊙ (W_hn h_mₜ + b_hn))
      hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁
    m_x ~ Bernoulli(keep_x) for each sequence
    m_h ~ Bernoulli(keep_h) for each sequence
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .chance import Chance, Mask
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_iz, W_in
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hr, W_hz, W_hn
    bias_ih: Tensor | None  # (3*hidden_size,): b_ir, b_iz, b_in
    bias_hh: Tensor | None  # (3*hidden_size,): b_hr, b_hz, b_hn


class VariationalGRUEquations:
    """The equations of the VariationalGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("x", "h_prev", "r", "z", "a_hn", "n")
    summed = ("x", "x_m", "h_m")
    masks = {"m_x": Mask(0, "keep_x", True), "m_h": Mask("hidden_size", "keep_h", True)}
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "variational_gru.c"}
    options = {"keep_x": 0.75, "keep_h": 0.75}

    keep_x: float
    keep_h: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias_ih": (3 * hidden_size,),
            "bias_hh": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, m_x, m_h = parts(x, 0, 0, self.hidden_size)
        x_m = m_x / self.keep_x * x_
        a_x_m = F.linear(x_m, p.weight_ih, p.bias_ih)
        return m_h, x_m, a_x_m

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        m_h, x_m, a_x_m = a

        # Gates
        h_m = m_h / self.keep_h * h_prev

        # Affine maps
        a_ir, a_iz, a_in = a_x_m.chunk(3, -1)
        a_hr, a_hz, a_hn = F.linear(h_m, p.weight_hh, p.bias_hh).chunk(3, -1)

        # Gates
        r = torch.sigmoid(a_ir + a_hr)
        z = torch.sigmoid(a_iz + a_hz)
        n = torch.tanh(a_in + r * a_hn)

        # New state
        h = (1 - z) * n + z * h_prev
        return (h,), (r, z, a_hn, n, x_m, h_m)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, x_m, _ = a
        h, r, z, _, n, _, h_m = kept
        return {"x_m": x_m, "h_m": h_m, "r": r, "z": z, "n": n, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        x, h_prev, r, z, a_hn, n = saved
        _, _, m_h = parts(x, 0, 0, self.hidden_size)
        dh_da_in = (1 - z) * (1 - n**2)
        dh_da_z = (h_prev - n) * z * (1 - z)
        da_in_da_r = a_hn * r * (1 - r)
        dh_m_dh_prev = m_h / self.keep_h
        return dh_da_in, r, dh_da_z, da_in_da_r, dh_m_dh_prev, z

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_in, r, dh_da_z, da_in_da_r, dh_m_dh_prev, z = local
        d_a_in = d_h * dh_da_in
        d_a_hn = d_a_in * r
        d_a_z = d_h * dh_da_z
        d_a_r = d_a_in * da_in_da_r
        d_a = torch.cat((d_a_r, d_a_z, d_a_hn), -1)
        d_h_m = d_a @ p.weight_hh
        d_h_prev = d_h_m * dh_m_dh_prev + d_h * z
        return (d_h_prev,), (d_a, d_a_in)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_in = kept
        x, x_m, h_m = summed
        _, m_x, m_h = parts(x, 0, 0, self.hidden_size)
        d_a_r, d_a_z, _ = d_a.chunk(3, -1)
        d_a_x_m = torch.cat((d_a_r, d_a_z, d_a_in), -1)
        d_x_m = d_a_x_m @ p.weight_ih
        d_inputs = None
        if input_wanted:
            d_x = d_x_m / self.keep_x * m_x
            d_m_x = torch.zeros_like(m_x)
            d_m_h = torch.zeros_like(m_h)
            d_inputs = torch.cat((d_x, d_m_x, d_m_h), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a_x_m, x_m),
            weight_hh=outer(d_a, h_m),
            bias_ih=total(d_a_x_m),
            bias_hh=total(d_a),
        )


class VariationalGRU(VariationalGRUEquations, Chance, RecurrentLayer):
    """GRU with variational dropout over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        keep_x: the constant keep_x; 0.75 by default
        keep_h: the constant keep_h; 0.75 by default
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
        m_x, m_h: by name, or drawn in training; in evaluation their probabilities (``chance.py``)
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class VariationalGRUCell(VariationalGRUEquations, Chance, RecurrentCell):
    """GRU with variational dropout, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, keep_x, keep_h, device, dtype; as in ``VariationalGRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        m_x, m_h: as in ``VariationalGRU``
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = VariationalGRU, VariationalGRUCell
