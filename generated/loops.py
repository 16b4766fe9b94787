# Written by `python -m derive code` from templates/torch/loops.py. Do not edit: change the template, run it again.
"""The loop over time, and what runs in its place: the machine, or the derived backward pass.

Layers run it over their sequences, cells over a sequence of one step. Sizes: T time steps, B sequences, n features of a
state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from . import kernels, operators
from .backward import (
    DerivedScan,
    as_it_is,
    check_narrow,
    derived_applies,
    has_its_own_equations,
    wants_no_gradient,
    with_own_biases,
)
from .beyond import is_beyond, scan_in_double
from .module import States


class Looped:
    """What layers and cells have in common when they run; mixed into a ``RecurrentModule``."""

    options: ClassVar[dict[str, Any]]
    project_input: Callable[[Tensor, Any], tuple[Tensor, ...]]
    step: Callable[[tuple[Tensor, ...], States, Any], tuple[States, tuple[Tensor, ...]]]

    def scan_here(self, x: Tensor, states: States, p: Any) -> tuple[Tensor, States]:
        """One direction over an ordinary batch, by whatever runs the equations in this process.

        ``x`` is (T, B, I) and each state (B, n); returns the outputs, (T, B, n), and the final states.
        """
        outputs, final = self._scanned(x, states, p)
        if is_beyond(self, (outputs, *final), (x, *states, *p)) and has_its_own_equations(self):
            kinds = [t.dtype for t in (outputs, *final)]
            outputs, final = scan_in_double(as_it_is(self), x, states, p)
            outputs, *others = (t.to(kind) for t, kind in zip((outputs, *final), kinds, strict=True))
            final = tuple(others)
        return outputs, final

    def _scanned(self, x: Tensor, states: States, p: Any) -> tuple[Tensor, States]:
        given = (x, *states, *p)
        check_narrow(self, given)
        if not derived_applies(self, given):
            if wants_no_gradient(given) and has_its_own_equations(self):
                machine = kernels.machine_for(self, given)
                if machine is not None:
                    outputs, final, _ = kernels.forward(machine, self, x, states, p, keep=False)
                    return outputs, final
            return self.loop(x, states, p)
        outputs, *final = DerivedScan.apply(self, x, *states, *with_own_biases(p))
        return outputs, tuple(final)

    def _derived_from_the_loop(self) -> bool:
        """Whether the equations say all about ``loop``: a program may have written over it, or put a tensor, which may
        want a gradient or change before it is differentiated, in the place of an option."""
        return self._has_its_own_loop() and not any(isinstance(getattr(self, name), Tensor) for name in self.options)

    def _has_its_own_loop(self) -> bool:
        return type(self).loop is Looped.loop and "loop" not in self.__dict__

    def loop(self, x: Tensor, states: States, p: Any) -> tuple[Tensor, States]:
        """``scan_here``, step by step; autograd follows every operation."""
        operators.check_length(self, x)
        outputs = []
        for a in zip(*(projected.unbind(0) for projected in self.project_input(x, p)), strict=True):
            states, _ = self.step(a, states, p)
            outputs.append(states[0])
        return torch.stack(outputs), states
