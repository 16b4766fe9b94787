# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Simple recurrent unit, first version.

Lei, Zhang and Artzi (2017), Training RNNs as Fast as CNNs, arXiv:1709.02755v1, equations 3 to 7

The gates see no state, and the cell state goes through tanh; sru is the published form.

One time step:

    fₜ = σ(W_if xₜ + b_if)
    rₜ = σ(W_ir xₜ + b_ir)
    cₜ = fₜ ⊙ cₜ₋₁ + (1 − fₜ) ⊙ (W_ic xₜ)
    hₜ = rₜ ⊙ tanh(cₜ) + (1 − rₜ) ⊙ (W_ih xₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_if, W_ir, W_ic, W_ih
    bias_ih: Tensor | None  # (2*hidden_size,): b_if, b_ir


class SRUv1Equations:
    """The equations of the SRUv1, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("f", "r", "tanh_c")
    summed = ("x", "c_prev", "f", "r", "a_c", "tanh_c", "a_h")
    c_files = {"": "sru_v1.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_f, a_r = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih).chunk(2, -1)
        f = torch.sigmoid(a_f)
        r = torch.sigmoid(a_r)
        a_x = F.linear(x, p.weight_ih[2 * self.hidden_size :])
        return f, r, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, c_prev = states
        f, r, a_x = a

        # Affine maps
        a_c, a_h = a_x.chunk(2, -1)

        # New state
        c = f * c_prev + (1 - f) * a_c
        tanh_c = torch.tanh(c)
        h = r * tanh_c + (1 - r) * a_h
        return (h, c), (f, r, tanh_c, a_c, a_h)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        f, r, a_x = self.project_input(x, p)
        a_c, a_h = a_x.chunk(2, -1)
        c = linear_scan(x, f, (1 - f) * a_c, states[1])
        tanh_c = torch.tanh(c)
        h = r * tanh_c + (1 - r) * a_h
        return h, (h[-1], c[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        f, r, _ = a
        h, c, _, _, _, _, _ = kept
        return {"f": f, "r": r, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        f, r, tanh_c = saved
        dh_dc = r * (1 - tanh_c**2)
        return dh_dc, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_dc, f = local
        d_c = d_c_next + d_h * dh_dc
        d_h_prev = torch.zeros_like(d_h)
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_h, d_c)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_c = kept
        x, c_prev, f, r, a_c, tanh_c, a_h = summed
        d_a_h = d_h * (1 - r)
        d_a_c = d_c * (1 - f)
        d_a_r = r * (1 - r) * d_h * (tanh_c - a_h)
        d_a_f = f * (1 - f) * d_c * (c_prev - a_c)
        d_a = torch.cat((d_a_f, d_a_r, d_a_c, d_a_h), -1)
        d_a_ih = torch.cat((d_a_f, d_a_r), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a_ih),
        )


class SRUv1(SRUv1Equations, RecurrentLayer):
    """Simple recurrent unit, first version over whole sequences.

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

    Call: ``output, (h, c) = layer(input, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class SRUv1Cell(SRUv1Equations, RecurrentCell):
    """Simple recurrent unit, first version, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SRUv1``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = SRUv1, SRUv1Cell
