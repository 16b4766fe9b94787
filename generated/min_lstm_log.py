# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""minLSTM in log space.

Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), Were RNNs All We Needed?, arXiv:2410.01201, the form in log space

As min_gru_log, with the gates of min_lstm.

One time step:

    fₜ = σ(W_if xₜ + b_if)
    iₜ = σ(W_ii xₜ + b_ii)
    aₜ = W_ia xₜ + b_ia
    h̃ₜ = {aₜ + 1/2 if aₜ ≥ 0; σ(aₜ) otherwise}
    hₜ = fₜ ⊙ hₜ₋₁/(fₜ + iₜ) + iₜ ⊙ h̃ₜ/(fₜ + iₜ)
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_if, W_ii, W_ia
    bias_ih: Tensor | None  # (3*hidden_size,): b_if, b_ii, b_ia


class MinLSTMLogEquations:
    """The equations of the MinLSTMLog, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("sigmoid_h",)
    summed = ("x", "h_prev", "a_f", "a_i", "a_", "sigmoid_a", "h_tilde", "sigmoid_h", "sigmoid_h2")
    c_files = {"": "min_lstm_log.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "bias_ih": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_f, a_i, a_ = F.linear(x, p.weight_ih, p.bias_ih).chunk(3, -1)
        sigmoid_a = torch.sigmoid(a_)
        h_tilde = torch.where(a_ >= 0, a_ + 0.5, sigmoid_a)
        sigmoid_h = torch.sigmoid(F.softplus(-a_i, threshold=40) - F.softplus(-a_f, threshold=40))
        sigmoid_h2 = torch.sigmoid(F.softplus(-a_f, threshold=40) - F.softplus(-a_i, threshold=40))
        return a_f, a_i, a_, sigmoid_a, h_tilde, sigmoid_h, sigmoid_h2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        a_f, a_i, a_, sigmoid_a, h_tilde, sigmoid_h, sigmoid_h2 = a

        # New state
        h = sigmoid_h * h_prev + sigmoid_h2 * h_tilde
        return (h,), (sigmoid_h, a_f, a_i, a_, sigmoid_a, h_tilde, sigmoid_h2)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, _, h_tilde, sigmoid_h, sigmoid_h2 = self.project_input(x, p)
        h = linear_scan(x, sigmoid_h, sigmoid_h2 * h_tilde, states[0])
        return h, (h[-1],)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, _, h_tilde, _, _ = a
        h, _, _, _, _, _, _, _ = kept
        a_f, a_i, a_ = F.linear(x, p.weight_ih, p.bias_ih).chunk(3, -1)
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        return {"f": f, "i": i, "a": a_, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (sigmoid_h,) = saved
        return (sigmoid_h,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (sigmoid_h,) = local
        d_h_prev = d_h * sigmoid_h
        return (d_h_prev,), (d_h,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_h,) = kept
        x, h_prev, a_f, a_i, a_, sigmoid_a, h_tilde, sigmoid_h, sigmoid_h2 = summed
        d_a_sigmoid_h2 = sigmoid_h2 * (1 - sigmoid_h2) * d_h * h_tilde
        d_a_sigmoid_h = sigmoid_h * (1 - sigmoid_h) * d_h * h_prev
        d_h_tilde = d_h * sigmoid_h2
        d_a_1 = torch.where(a_ >= 0, torch.full_like(a_, 0), 1)
        d_a_2 = torch.where(a_ >= 0, torch.full_like(a_, 1), 0)
        d_a = d_h_tilde * (d_a_1 * sigmoid_a * (1 - sigmoid_a) + d_a_2)
        d_a_i = d_a_sigmoid_h2 * torch.sigmoid(-a_i) - d_a_sigmoid_h * torch.sigmoid(-a_i)
        d_a_f = d_a_sigmoid_h * torch.sigmoid(-a_f) - d_a_sigmoid_h2 * torch.sigmoid(-a_f)
        d_a2 = torch.cat((d_a_f, d_a_i, d_a), -1)
        d_x = d_a2 @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a2, x),
            bias_ih=total(d_a2),
        )


class MinLSTMLog(MinLSTMLogEquations, RecurrentLayer):
    """minLSTM in log space over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MinLSTMLogCell(MinLSTMLogEquations, RecurrentCell):
    """minLSTM in log space, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MinLSTMLog``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MinLSTMLog, MinLSTMLogCell
