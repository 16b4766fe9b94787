# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Echo state network, leaky.

Jaeger (2001), The echo state approach, GMD report 148; Jaeger, Lukoševičius, Popovici and Siewert (2007), Optimization
and applications of echo state networks with leaky-integrator neurons, Neural Networks 20(3)

What reads the reservoir h is learned alone; y is not fed back. With alpha = 1 it is the network of 2001. All layers
have the same reservoir; one of another seed, radius or density is a cell of one's own.

One time step:

    hₜ = (1 − α) hₜ₋₁ + α tanh(U xₜ + W hₜ₋₁)
    yₜ = W_iy xₜ + W_hy hₜ
    W is fixed: drawn from U(−1, 1) with the seed 1, scaled to the spectral radius 0.9
    U is fixed: drawn from U(−0.5, 0.5) with the seed 2
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .fixed import drawn
from .matrices import contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iy
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hy
    W: Tensor  # (hidden_size*hidden_size,)
    U: Tensor  # (hidden_size*input_size,)


class EchoStateEquations:
    """The equations of the EchoState, for every layer, direction and time step alike."""

    states = ("y", "h")
    Parameters = Parameters
    saved = ("tanh_h",)
    summed = ("x", "h")
    fixed = ("W", "U")
    sequential = "the equation of hₜ mixes the units of hₜ₋₁"
    c_files = {"": "echo_state.c"}
    options = {"alpha": 1.0}

    alpha: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "W": (hidden_size * hidden_size,),
            "U": (hidden_size * input_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        p.W.copy_(drawn(p.W.numel(), self.hidden_size, 1, 1, 1, 0.9))
        p.U.copy_(drawn(p.U.numel(), (p.U.numel() // self.hidden_size), 2, 0.5, 1, 0))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        read_U_x = contract(self, "hidden_size input_size, input_size -> hidden_size", p.U, x)
        a_x = F.linear(x, p.weight_ih)
        return read_U_x, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, h_prev = states
        read_U_x, a_x = a

        # Gates
        read_W_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.W, h_prev)

        # New state
        tanh_h = torch.tanh(read_U_x + read_W_h)
        h = (1 - self.alpha) * h_prev + self.alpha * tanh_h
        y = a_x + F.linear(h, p.weight_hh)
        return (y, h), (tanh_h,)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        y, h, _ = kept
        return {"h": h, "y": y}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (tanh_h,) = saved
        dh_dread_U_x = self.alpha * (1 - tanh_h**2)
        return (dh_dread_U_x,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_y, d_h_next = d_states
        (dh_dread_U_x,) = local
        d_h = d_h_next + d_y @ p.weight_hh
        d_read_U_x = d_h * dh_dread_U_x
        d_y_prev = torch.zeros_like(d_y)
        d_h_prev = d_h * (1 - self.alpha) + contract(
            self, "hidden_size, hidden_size hidden_size' -> hidden_size'", d_read_U_x, p.W
        )
        return (d_y_prev, d_h_prev), (d_y, d_read_U_x)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_y, d_read_U_x = kept
        x, h = summed
        d_x = None
        if input_wanted:
            d_x = (
                contract(self, "hidden_size, hidden_size input_size -> input_size", d_read_U_x, p.U) + d_y @ p.weight_ih
            )
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_y, x),
            weight_hh=outer(d_y, h),
            W=None,
            U=None,
        )


class EchoState(EchoStateEquations, RecurrentLayer):
    """Echo state network, leaky over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        alpha: the constant alpha; 1.0 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``y_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (y, h) = layer(input, (y, h))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        y: (D * num_layers, B, H), without B for unbatched input; zero by default
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class EchoStateCell(EchoStateEquations, RecurrentCell):
    """Echo state network, leaky, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, alpha, device, dtype; as in ``EchoState``

    Call: ``(y, h) = cell(input, (y, h))``
        input: (B, I) or (I,)
        y: (B, H) or (H,); zero by default
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = EchoState, EchoStateCell
