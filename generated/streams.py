# Written by `python -m derive code` from templates/torch/streams.py. Do not edit: change the template, run it again.
"""A layer one step at a time, as sensors and amplifiers want it: the states stay in place, and nothing is allocated.

Sizes: B sequences side by side, I input features, n features of a state.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import kernels
from .backward import as_it_is, has_its_own_equations
from .machine import Link, Machine


class Stream:
    """``y = stream(x)``: one time step of a layer. ``x`` is (B, I), or (I,) of one sequence; ``y`` is (B, n), and is
    written over by the next step. Further inputs follow the first, ``stream(x, m)``.

    The parameters and options are those that the layer had when the stream was made; there is no dropout. It runs the
    layer's C file where that applies (``kernels.py``), else PyTorch, step by step.

    Raises ValueError for a layer that reads the sequence backwards too, and for a batch that is no positive
    number.
    """

    def __init__(self, layer: Any, batch: int = 1) -> None:
        if layer.bidirectional or layer.from_the_end:
            what = "is bidirectional" if layer.bidirectional else "reads the sequence from its end"
            raise ValueError(f"{type(layer).__name__} {what}: its outputs depend on steps that are to come")
        if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
            raise ValueError(f"batch is {batch!r}; expected 1 or more sequences")
        self.layer = as_it_is(layer)
        vars(self.layer)["training"] = False
        with torch.no_grad():
            copies = ([None if w is None else w.clone() for w in layer._collect(s)] for (s,) in layer._suffixes)
            self._p = [layer.prepare(layer.Parameters(*ws)) for ws in copies]
        like = next(w for w in self._p[0] if w is not None)
        self.x = like.new_zeros(batch, layer.width)
        with torch.no_grad():
            first = layer._first_states(self.x, batch)
        self._first = [[s[k].clone() for s in first] for k in range(len(self._p))]
        self.states = [[s.clone() for s in states] for states in self._first]
        self.y = self.states[-1][0]
        self._row, self._result = self.x[0], self.y[0]
        self._kept: list[Any] = []
        machine = None
        if not layer.masks and layer._derived_from_the_loop() and has_its_own_equations(layer):
            machine = kernels.machine_for(layer, (self.x, *self.states[0], *self._p[0]))
        self._run = self._steps if machine is None else self._machines(machine)

    def __call__(self, x: Tensor, *further: Tensor) -> Tensor:
        """One time step. Raises RuntimeError for an input of another size or dtype."""
        x = torch.cat((x, *further), -1) if further else x
        single = x.dim() == 1 and len(self.x) == 1
        here, result = (self._row, self._result) if single else (self.x, self.y)
        if x.shape != here.shape or x.dtype != here.dtype:
            expected = f"{tuple(here.shape)} and {here.dtype}"
            raise RuntimeError(f"the stream expects an input of {expected}, got {tuple(x.shape)} and {x.dtype}")
        here.copy_(x)
        self._run()
        return result

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a stream is no data: save or copy its layer, and make a stream of that, layer.stream()")

    def step(self) -> None:
        """One time step of the numbers that stand in ``x``; the output stands in ``y``."""
        self._run()

    def reset(self) -> None:
        """Begin anew, with the states at which the layer started when the stream was made."""
        for s, first in zip(itertools.chain(*self.states), itertools.chain(*self._first), strict=True):
            s.copy_(first)

    @torch.no_grad()
    def _steps(self) -> None:
        """Step by step in PyTorch."""
        x = self.x
        for states, p in zip(self.states, self._p, strict=True):
            new, _ = self.layer.step(self.layer.project_input(self.layer.drawn(x), p), tuple(states), p)
            for old, state in zip(states, new, strict=True):
                old.copy_(state)
            x = self.layer.above(states[0], self.x)

    def _machines(self, machine: Machine) -> Callable[[], Any]:
        """One call of a machine for all layers, at addresses that stay."""
        links = (Link * len(self._p))()
        x = self.x
        for k, (states, p) in enumerate(zip(self.states, self._p, strict=True)):
            tape = kernels.Bench(self.layer, machine, x.size(-1)).tape(self.layer, p, (1, len(x), 1, False))
            here = [s.data_ptr() for s in states]
            links[k] = tape.memory.link(tape.weights.packed, [x.data_ptr(), *here], [here[0], *here])
            self._kept.append(tape)
            x = states[0]
        self._kept.append(links)
        return functools.partial(machine.library.derive_steps, ctypes.addressof(links), len(links))


class StackStream:
    """``y = stream(x)``: one time step of a stack. ``x`` is (B, I), or (I,) of one sequence; ``y`` is (B, n), and is
    written over by the next step. Parameters and learned first values are those that the stack had when the stream was
    made."""

    def __init__(self, stack: Any, batch: int) -> None:
        self.residual = stack.residual
        self.streams = [layer.stream(batch) for layer in stack.layers]

    def __call__(self, x: Tensor) -> Tensor:
        """One time step. Raises RuntimeError for an input of another size or dtype."""
        for k, stream in enumerate(self.streams):
            y = stream(x)
            x = y + x if k and self.residual else y
        return x

    def reset(self) -> None:
        """Begin anew, with the first values of the states."""
        for stream in self.streams:
            stream.reset()
