# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""HiPPO-LegS.

Gu, Dao, Ermon, Rudra and Ré (2020), HiPPO: Recurrent Memory with Optimal Polynomial Projections, NeurIPS

h has the coefficients of Legendre polynomials of all of u until now, by Euler's step; t counts the steps. What a
network around this memory computes of it is left out.

One time step:

    uₜ = W_iu xₜ
    tₜ = tₜ₋₁ + 1
    hₜ = hₜ₋₁ + (B uₜ − A hₜ₋₁)/tₜ
    A is fixed: A_ij = {sqrt((2 i + 1) (2 j + 1)) if i > j; i + 1 if i ≥ j; 0 otherwise}, i, j = 0, …, N − 1
    B is fixed: B_i = sqrt(2 i + 1), i = 0, …, N − 1
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .fixed import places
from .matrices import contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_: Tensor  # (1, input_size): W_iu
    A: Tensor  # (hidden_size*hidden_size,)
    B: Tensor  # (hidden_size,)


class HippoLegSEquations:
    """The equations of the HippoLegS, for every layer, direction and time step alike."""

    states = ("h", "t")
    Parameters = Parameters
    saved = ("u", "t", "read_A_h")
    summed = ("x", "t")
    fixed = ("A", "B")
    sequential = "the equation of hₜ mixes the units of hₜ₋₁"
    c_files = {"": "hippo_legs.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_": (1, input_size),
            "A": (hidden_size * hidden_size,),
            "B": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        row, column = places(p.A.numel(), self.hidden_size)
        values = torch.where(
            row > column, torch.sqrt((2 * row + 1) * (2 * column + 1)), torch.where(row >= column, row + 1, 0)
        )
        p.A.copy_(values)
        row, _ = places(p.B.numel())
        values = torch.sqrt(2 * row + 1)
        p.B.copy_(values)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        u = F.linear(x, p.weight_i_)
        return (u,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, t_prev = states
        (u,) = a

        # New state
        t = t_prev + 1

        # Gates
        read_A_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", p.A, h_prev)

        # New state
        h = h_prev + (p.B * u - read_A_h) / t
        return (h, t), (u, read_A_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        (u,) = a
        h, t, _, _ = kept
        return {"u": u, "t": t, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        u, t, read_A_h = saved
        dh_dread_A_h = -1 / t
        dh_dt = -(p.B * u - read_A_h) / t**2
        return dh_dread_A_h, dh_dt

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_t_next = d_states
        dh_dread_A_h, dh_dt = local
        d_read_A_h = d_h * dh_dread_A_h
        d_t = d_t_next + d_h * dh_dt
        d_h_prev = d_h + contract(self, "hidden_size, hidden_size hidden_size' -> hidden_size'", d_read_A_h, p.A)
        d_t_prev = d_t
        return (d_h_prev, d_t_prev), (d_h,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_h,) = kept
        x, t = summed
        d_u = (d_h * p.B / t).sum(-1, keepdim=True)
        d_x = d_u @ p.weight_i_ if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_=outer(d_u, x),
            A=None,
            B=None,
        )


class HippoLegS(HippoLegSEquations, RecurrentLayer):
    """HiPPO-LegS over whole sequences.

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

    Call: ``output, (h, t) = layer(input, (h, t))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        t: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class HippoLegSCell(HippoLegSEquations, RecurrentCell):
    """HiPPO-LegS, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``HippoLegS``

    Call: ``(h, t) = cell(input, (h, t))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        t: (B, H) or (H,); zero by default
    """


Layer, Cell = HippoLegS, HippoLegSCell
