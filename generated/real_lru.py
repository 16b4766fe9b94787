# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Linear recurrent unit with real eigenvalues.

After Orvieto et al. (2023), Resurrecting Recurrent Neural Networks for Long Sequences, ICML, sections 3.3 and 3.4,
equation 7

The paper's eigenvalues are complex; these are exp(-exp(nu)), its moduli, with its normalisation of the input.  As in
minimal-LRU, an implementation of the paper's layer, the eigenvalues' squares start uniform up to 1, here from 10⁻⁶ on
instead of from 0, which has no logarithm.

One time step:

     a = exp(−exp(ν))
    hₜ = a ⊙ hₜ₋₁ + sqrt(1 − a²) ⊙ (W_ih xₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


def value_of_root(x: Tensor) -> Tensor:
    return torch.sqrt(x)


def slope_of_root(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_root``, y being the value."""
    return torch.where(y != 0, 0.5 / y, 0)


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_ih
    nu: Tensor  # (hidden_size,)


class RealLRUEquations:
    """The equations of the RealLRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("a_",)
    summed = ("x", "h_prev", "exp_nu", "a_", "a_h", "root_h")
    c_files = {"": "real_lru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "nu": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        drawn = nn.init.uniform_(p.nu, 1e-06, 1)
        drawn.copy_(torch.log(-0.5 * torch.log(drawn)))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_nu = with_slope(value_of_rate, slope_of_rate, p.nu)
        a_ = torch.exp(-exp_nu)
        root_h = with_slope(value_of_root, slope_of_root, -torch.expm1(-2 * exp_nu))
        a_h = F.linear(x, p.weight_ih)
        exp_nu = exp_nu.expand(*x.shape[:-1], -1)
        a_ = a_.expand(*x.shape[:-1], -1)
        root_h = root_h.expand(*x.shape[:-1], -1)
        return exp_nu, a_, root_h, a_h

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        exp_nu, a_, root_h, a_h = a

        # New state
        h = a_ * h_prev + root_h * a_h
        return (h,), (a_, exp_nu, a_h, root_h)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, a_, root_h, a_h = self.project_input(x, p)
        h = linear_scan(x, a_, root_h * a_h, states[0])
        return h, (h[-1],)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, a_, _, _ = a
        h, _, _, _, _ = kept
        return {"a": a_, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (a_,) = saved
        return (a_,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (a_,) = local
        d_h_prev = d_h * a_
        return (d_h_prev,), (d_h,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_h,) = kept
        x, h_prev, exp_nu, a_, a_h, root_h = summed
        d_a_h = d_h * root_h
        d_exp_nu = torch.where(root_h != 0, torch.exp(-2 * exp_nu) * d_h * a_h / root_h, 0) - (a_ * d_h * h_prev)
        d_x = d_a_h @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            nu=total(d_exp_nu * exp_nu),
        )


class RealLRU(RealLRUEquations, RecurrentLayer):
    """Linear recurrent unit with real eigenvalues over whole sequences.

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


class RealLRUCell(RealLRUEquations, RecurrentCell):
    """Linear recurrent unit with real eigenvalues, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``RealLRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = RealLRU, RealLRUCell
