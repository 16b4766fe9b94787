# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""minGRU.

Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), Were RNNs All We Needed?, arXiv:2410.01201, section 3.1.3

The plain form; min_gru_log is the one whose states are positive.

One time step:

    zₜ = σ(W_iz xₜ + b_iz)
    h̃ₜ = W_ih_tilde xₜ + b_ih_tilde
    hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_iz, W_ih_tilde
    bias_ih: Tensor | None  # (2*hidden_size,): b_iz, b_ih_tilde


class MinGRUEquations:
    """The equations of the MinGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("z",)
    summed = ("x", "h_prev", "z", "h_tilde")
    c_files = {"": "min_gru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_z, h_tilde = F.linear(x, p.weight_ih, p.bias_ih).chunk(2, -1)
        z = torch.sigmoid(a_z)
        return h_tilde, z

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        h_tilde, z = a

        # New state
        h = (1 - z) * h_prev + z * h_tilde
        return (h,), (z, h_tilde)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        h_tilde, z = self.project_input(x, p)
        h = linear_scan(x, 1 - z, z * h_tilde, states[0])
        return h, (h[-1],)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h_tilde, z = a
        h, _, _ = kept
        return {"z": z, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (z,) = saved
        dh_dh_prev = 1 - z
        return (dh_dh_prev,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (dh_dh_prev,) = local
        d_h_prev = d_h * dh_dh_prev
        return (d_h_prev,), (d_h,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_h,) = kept
        x, h_prev, z, h_tilde = summed
        d_h_tilde = d_h * z
        d_a_z = z * (1 - z) * d_h * (h_tilde - h_prev)
        d_a = torch.cat((d_a_z, d_h_tilde), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias_ih=total(d_a),
        )


class MinGRU(MinGRUEquations, RecurrentLayer):
    """minGRU over whole sequences.

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


class MinGRUCell(MinGRUEquations, RecurrentCell):
    """minGRU, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MinGRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MinGRU, MinGRUCell
