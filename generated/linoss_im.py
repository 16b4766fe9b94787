# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Linear oscillators, implicit.

Rusch and Rus (2025), Oscillatory State-Space Models, ICLR

LinOSS-IM: as linoss, with the new position in the spring's force, for which the step is solved.

One time step:

        A = ReLU(a)
     step = σ(dt)
    u_reₜ = W_B_re xₜ
    u_imₜ = W_B_im xₜ
        b = 1 + step² ⊙ A
    z_reₜ = (z_reₜ₋₁ + step ⊙ (u_reₜ − A ⊙ y_reₜ₋₁))/b
    z_imₜ = (z_imₜ₋₁ + step ⊙ (u_imₜ − A ⊙ y_imₜ₋₁))/b
    y_reₜ = y_reₜ₋₁ + step ⊙ z_reₜ
    y_imₜ = y_imₜ₋₁ + step ⊙ z_imₜ
       hₜ = W_C_re y_reₜ − W_C_im y_imₜ + W_D xₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .parallel import coupled_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_B_re: Tensor  # (state, input_size): W_B_re
    weight_B_im: Tensor  # (state, input_size): W_B_im
    weight_C_re: Tensor  # (hidden_size, state): W_C_re
    weight_C_im: Tensor  # (hidden_size, state): W_C_im
    weight_D: Tensor  # (hidden_size, input_size): W_D
    a: Tensor  # (state,)
    dt: Tensor  # (state,)


class LinOSSImplicitEquations:
    """The equations of the LinOSSImplicit, for every layer, direction and time step alike."""

    states = ("h", "z_re", "z_im", "y_re", "y_im")
    Parameters = Parameters
    saved = ("A", "step", "b")
    summed = ("x", "y_re_prev", "y_im_prev", "A", "step", "u_re", "u_im", "b", "z_re", "z_im", "y_re", "y_im")
    sizes = ("state",)
    c_files = {"": "linoss_im.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_B_re": (self.state, input_size),
            "weight_B_im": (self.state, input_size),
            "weight_C_re": (hidden_size, self.state),
            "weight_C_im": (hidden_size, self.state),
            "weight_D": (hidden_size, input_size),
            "a": (self.state,),
            "dt": (self.state,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.state, self.state, self.state, self.state

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.uniform_(p.a, 0, 1)
        nn.init.uniform_(p.dt, 0, 1)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        A = torch.relu(p.a)
        step = torch.sigmoid(p.dt)
        b = 1 + step**2 * A
        u_re = F.linear(x, p.weight_B_re)
        u_im = F.linear(x, p.weight_B_im)
        a_x = F.linear(x, p.weight_D)
        A = A.expand(*x.shape[:-1], -1)
        step = step.expand(*x.shape[:-1], -1)
        b = b.expand(*x.shape[:-1], -1)
        return A, step, b, u_re, u_im, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, z_re_prev, z_im_prev, y_re_prev, y_im_prev = states
        A, step, b, u_re, u_im, a_x = a

        # New state
        z_re = (z_re_prev + step * (u_re - A * y_re_prev)) / b
        z_im = (z_im_prev + step * (u_im - A * y_im_prev)) / b
        y_re = y_re_prev + step * z_re
        y_im = y_im_prev + step * z_im

        # Affine maps
        a_C_re = a_x + F.linear(y_re, p.weight_C_re)
        a_C_im = F.linear(y_im, p.weight_C_im)

        # New state
        h = a_C_re - a_C_im
        return (h, z_re, z_im, y_re, y_im), (A, step, b, u_re, u_im)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        A, step, b, u_re, u_im, a_x = self.project_input(x, p)
        factors = (
            (1 / b, -step * A / b),
            (step / b, 1 - step * A / b * step),
        )
        terms = (step * u_re / b, step * u_re / b * step)
        z_re, y_re = coupled_scan(x, factors, terms, (states[1], states[3]))
        a_C_re = a_x + F.linear(y_re, p.weight_C_re)
        factors = (
            (1 / b, -step * A / b),
            (step / b, 1 - step * A / b * step),
        )
        terms = (step * u_im / b, step * u_im / b * step)
        z_im, y_im = coupled_scan(x, factors, terms, (states[2], states[4]))
        a_C_im = F.linear(y_im, p.weight_C_im)
        h = a_C_re - a_C_im
        return h, (h[-1], z_re[-1], z_im[-1], y_re[-1], y_im[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        A, step, b, u_re, u_im, _ = a
        h, z_re, z_im, y_re, y_im, _, _, _, _, _ = kept
        return {
            "A": A,
            "step": step,
            "u_re": u_re,
            "u_im": u_im,
            "b": b,
            "z_re": z_re,
            "z_im": z_im,
            "y_re": y_re,
            "y_im": y_im,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        A, step, b = saved
        dz_re_dz_re_prev = 1 / b
        dz_re_dy_re_prev = -step * A / b
        return step, dz_re_dz_re_prev, dz_re_dy_re_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_z_re_next, d_z_im_next, d_y_re_next, d_y_im_next = d_states
        step, dz_re_dz_re_prev, dz_re_dy_re_prev = local
        d_a_C_im = -d_h
        d_a_C_re = d_h
        d_y_im = d_y_im_next + d_a_C_im @ p.weight_C_im
        d_y_re = d_y_re_next + d_a_C_re @ p.weight_C_re
        d_z_im = d_z_im_next + d_y_im * step
        d_z_re = d_z_re_next + d_y_re * step
        d_h_prev = torch.zeros_like(d_h)
        d_z_re_prev = d_z_re * dz_re_dz_re_prev
        d_z_im_prev = d_z_im * dz_re_dz_re_prev
        d_y_re_prev = d_y_re + d_z_re * dz_re_dy_re_prev
        d_y_im_prev = d_y_im + d_z_im * dz_re_dy_re_prev
        kept = (
            d_a_C_im,
            d_a_C_re,
            d_y_im,
            d_y_re,
            d_z_im,
            d_z_re,
        )
        return (d_h_prev, d_z_re_prev, d_z_im_prev, d_y_re_prev, d_y_im_prev), kept

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_C_im, d_a_C_re, d_y_im, d_y_re, d_z_im, d_z_re = kept
        x, y_re_prev, y_im_prev, A, step, u_re, u_im, b, z_re, z_im, y_re, y_im = summed
        d_b = -d_z_re / b * z_re - d_z_im / b * z_im
        dz_im_du_im = step / b
        d_u_im = d_z_im * dz_im_du_im
        d_u_re = d_z_re * dz_im_du_im
        factor = step * (1 - step)
        d_A = d_b * step**2 - step * d_z_re / b * y_re_prev - step * d_z_im / b * y_im_prev
        d_x = d_u_re @ p.weight_B_re + d_u_im @ p.weight_B_im + d_a_C_re @ p.weight_D if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_B_re=outer(d_u_re, x),
            weight_B_im=outer(d_u_im, x),
            weight_C_re=outer(d_a_C_re, y_re),
            weight_C_im=outer(d_a_C_im, y_im),
            weight_D=outer(d_a_C_re, x),
            a=total(torch.where(A > 0, d_A, 0)),
            dt=total(
                2 * factor * d_b * step * A
                + factor * d_z_re / b * (u_re - A * y_re_prev)
                + factor * d_z_im / b * (u_im - A * y_im_prev)
                + factor * d_y_re * z_re
                + factor * d_y_im * z_im
            ),
        )


class LinOSSImplicit(LinOSSImplicitEquations, RecurrentLayer):
    """Linear oscillators, implicit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        state: a number of units
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

    Call: ``output, (h, z_re, z_im, y_re, y_im) = layer(input, (h, z_re, z_im, y_re, y_im))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        z_re: (D * num_layers, B, state), without B for unbatched input; zero by default
        z_im: (D * num_layers, B, state), without B for unbatched input; zero by default
        y_re: (D * num_layers, B, state), without B for unbatched input; zero by default
        y_im: (D * num_layers, B, state), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class LinOSSImplicitCell(LinOSSImplicitEquations, RecurrentCell):
    """Linear oscillators, implicit, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, state, bias, device, dtype; as in ``LinOSSImplicit``

    Call: ``(h, z_re, z_im, y_re, y_im) = cell(input, (h, z_re, z_im, y_re, y_im))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        z_re: (B, state) or (state,); zero by default
        z_im: (B, state) or (state,); zero by default
        y_re: (B, state) or (state,); zero by default
        y_im: (B, state) or (state,); zero by default
    """


Layer, Cell = LinOSSImplicit, LinOSSImplicitCell
