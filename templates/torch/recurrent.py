"""The layers and cells that run a generated module's equations: directions, packing.

A generated file holds the equations of one cell in a class of their own. ``class LSTM(LSTMEquations, RecurrentLayer)``
then behaves as ``torch.nn.LSTM``, and ``class LSTMCell(LSTMEquations, RecurrentCell)`` as ``torch.nn.LSTMCell``, down
to the random stream of the initialisation and the text of the errors. They are plain ``nn.Module``s, because
``torch.compile`` breaks the graph at every subclass of ``nn.RNNBase``.

Sizes: T time steps, B sequences, I input features, n features of a state, L layers times directions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from . import direct, kernels, operators
from .backward import check_narrow, has_its_own_equations
from .checks import (
    autocast_dtype,
    check_cell_dimensions,
    check_cell_sizes,
    check_count,
    check_layer_arguments,
    check_layer_devices,
    check_layer_dimensions,
    check_layer_input,
    check_layer_states,
    check_learned_states,
    check_states_of_the_input,
    check_steps_of_export,
)
from .loops import Looped
from .module import REQUIRED, RecurrentModule, States, lowered, within
from .scans import Call, Piece, Scan, cut, joined, scans, with_the_others
from .streams import Stream
from .traces import traced


class RecurrentLayer(Looped, RecurrentModule):
    """The cell over whole sequences, in layers and directions: what ``nn.LSTM``, ``nn.GRU`` and ``nn.RNN`` do."""

    num_layers: int
    batch_first: bool
    dropout: float
    bidirectional: bool
    checkpoint: bool
    parallel: bool
    learn_initial_state: bool | Sequence[str]
    from_the_end: bool = False  # whether a layer of one direction reads the sequence backwards
    given_states: States = ()  # what the states are where none are given, (L, B, n) or (L, 1, n); else as defined
    operator: ClassVar[Any] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "operator" not in vars(cls):
            cls.operator = operators.operator_of(cls, RecurrentLayer)

    @classmethod
    def _arguments(cls) -> dict[str, Any]:
        return {
            "input_size": REQUIRED,
            "hidden_size": REQUIRED,
            **dict.fromkeys(cls.sizes, REQUIRED),
            "num_layers": 1,
            **cls._option_defaults(),
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
            **({"proj_size": 0} if cls.projection else {}),
            "device": None,
            "dtype": None,
            "checkpoint": False,
            "learn_initial_state": False,
            "parallel": False,
        }

    def _register_parameters(self, **factory: Any) -> None:
        check_layer_arguments(self)
        directions = ("", "_reverse") if self.bidirectional else ("",)
        self._suffixes = [[f"_l{layer}{direction}" for direction in directions] for layer in range(self.num_layers)]
        size = self.input_size
        for suffixes in self._suffixes:
            shapes = self.parameter_shapes(size, self.hidden_size, self.proj_size)
            present = {name: shape for name, shape in shapes.items() if self.bias or not name.startswith("bias")}
            for suffix in suffixes:
                self._remember_names(suffix, present)
                for name, shape in present.items():
                    self._register(name, suffix, shape, **factory)
            size = self.state_sizes(self.hidden_size, self.proj_size)[0] * len(directions)
        check_states_of_the_input(self, size)
        check_learned_states(self)
        sizes = dict(zip(self.states, self.state_sizes(self.hidden_size, self.proj_size), strict=True))
        for name, state in self._first_values().items():
            self.register_parameter(name, nn.Parameter(torch.empty(sizes[state], **factory)))

    def _first_values(self) -> dict[str, str]:
        """The names of the parameters that are first values of states, and the state of each."""
        learned = self.learn_initial_state
        states = (self.states if learned else ()) if isinstance(learned, bool) else learned
        return {f"{state}_0{suffix}": state for suffix in itertools.chain(*self._suffixes) for state in states}

    def _learned_states(self) -> dict[str, float]:
        starts = dict(zip(self.states, self.starts or itertools.repeat(0.0), strict=False))
        return {
            name: within(getattr(self, name).dtype, [starts[state]])[0] for name, state in self._first_values().items()
        }

    @property
    def all_weights(self) -> list[list[nn.Parameter]]:
        """The parameters, one list for each layer and direction."""
        learned = [name not in self.fixed for name in self.Parameters._fields]
        return [
            [w for w, wanted in zip(self._collect(s), learned, strict=True) if wanted and w is not None]
            for s in itertools.chain(*self._suffixes)
        ]

    def flatten_parameters(self) -> None:
        """Do nothing: for programs written for ``nn.LSTM``, whose parameters need a certain place in memory."""

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output of the last layer at every step, and the final states of every layer and direction.

        ``input`` is (T, B, I), (B, T, I) with ``batch_first``, (T, I), or a ``PackedSequence``; the output has the
        same form. ``hx``, by default where the definition starts or what is learned, is one tensor for a cell with one
        state, else a tuple; each is (L, B, n), or (L, n) for an input without B. The final states have its form.

        Raises ValueError for an input that is not 2-D or 3-D or not of the weights' dtype, RuntimeError for other sizes
        than the constructor's and for T = 0.
        """
        found = None if hx is None and self._starts_elsewhere else direct.at_once(self, input, hx)
        if found is not None:
            return found if len(found) == 2 else (found[0], found[1:])
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        x = input if batched else input.unsqueeze(1)
        if batched and self.batch_first:
            x = x.transpose(0, 1)
        given = None if hx is None else self._as_states(hx)
        if given is not None:
            check_layer_dimensions(self.states, given, batched)
            given = given if batched else tuple(s.unsqueeze(1) for s in given)
        states = self._initial_states(x, given, x.size(1))
        if x.size(0) == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")

        output, states = self._run(x, states)
        if not batched:
            return output.squeeze(1), self._as_hx(tuple(s.squeeze(1) for s in states))
        return output.transpose(0, 1) if self.batch_first else output, self._as_hx(states)

    def _call(self, shape: torch.Size, pieces: Sequence[Piece] | None) -> Call | None:
        """What a call with an input of this shape is, None of no such shape, and where numbers are drawn."""
        if len(shape) not in (2, 3) or (self.dropout > 0 and self.training and self.num_layers > 1):
            return None
        batch_first = self.batch_first and len(shape) == 3
        steps, *batch = shape[-2::-1] if batch_first else shape[:-1]
        sizes, sets = self.state_sizes(self.hidden_size, self.proj_size), len(self._names)
        states = [(sets, *(batch if pieces is None else pieces[0][1:]), n) for n in sizes]
        output = (*shape[:-1], sizes[0] * len(self._suffixes[0]))
        return Call(pieces or ((steps, math.prod(batch)),), batch_first, states, [output, *states])

    def _forward_packed(self, input: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        data, batch_sizes, sorted_indices, unsorted_indices = input
        if data.dim() != 2:
            raise RuntimeError(f"input must have 2 dimensions, got {data.dim()}")
        sizes = batch_sizes.tolist()
        states = self._initial_states(data, None if hx is None else self._as_states(hx), sizes[0])
        if sorted_indices is not None:
            states = tuple(s.index_select(1, sorted_indices) for s in states)
        pieces = tuple((len(list(steps)), size) for size, steps in itertools.groupby(sizes))

        found = direct.at_once(self, data, self._as_hx(states), pieces)
        output, states = self._run(data, states, pieces) if found is None else (found[0], found[1:])
        if unsorted_indices is not None:
            states = tuple(s.index_select(1, unsorted_indices) for s in states)
        return PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices), self._as_hx(states)

    def stream(self, batch: int = 1) -> Stream:
        """The layer one time step at a time, for ``batch`` sequences side by side, without a gradient: ``y =
        stream(x)`` keeps the states in place and allocates nothing. The parameters are those that the layer has now.

        Raises ValueError for a layer that reads the sequence backwards, for one whose ``loop`` was written over, and
        for a batch that is no positive number.
        """
        if not self._has_its_own_loop():
            raise ValueError(f"the loop of {type(self).__name__} was written over; a stream has steps alone")
        return Stream(self, batch)

    def trace(self, input: Tensor, hx: Any = None) -> dict[str, Tensor]:
        """All that the equations name (gates, what stands between, states) at every time step, by its name: ``i``, or
        ``i_l0``, ``i_l0_reverse``, ``i_l1`` in a layer of several layers or directions.

        ``input`` and ``hx`` are those of a call, no ``PackedSequence``. Each tensor is (T, B, n), (B, T, n) with
        ``batch_first``, (T, n) of an input without B; what is one number for all units has n = 1. They are computed
        step by step in PyTorch, and autograd follows.

        Raises ValueError for a ``PackedSequence``, and for a layer whose loop or equations were written over.
        """
        return traced(self, input, hx)

    def _run(
        self, x: Tensor, states: States, pieces: Sequence[Piece] | None = None, given: Sequence[Any] | None = None
    ) -> tuple[Tensor, States]:
        """All layers over ``x``, (T, B, I), or packed and cut into ``pieces``, (sum of the lengths, I). given: the
        parameters of each layer and direction, if not those that the layer has."""
        p = [self._collect(suffix) for suffix in itertools.chain(*self._suffixes)] if given is None else given
        dtype = autocast_dtype(x)
        if dtype is not None:  # all in the lower precision, as cuDNN does; and cast once, not at every step
            x, states = x.to(dtype), tuple(lowered(dtype, states))
            p = [type(q)(*lowered(dtype, q)) for q in p]
        p = [self.prepare(q) for q in p]
        finals = list(zip(*states, strict=True))
        first = x
        for layer, of_layer in enumerate(self._scans(1 if pieces is None else len(pieces))):
            if layer > 0 and self.dropout > 0 and self.training:
                x = F.dropout(x, self.dropout)
            x = self.above(x, first) if layer > 0 else x
            blocks = [cut(self.drawn(x, pieces), pieces) for _ in self._suffixes[layer]]
            found: list[dict[int, Tensor]] = [{} for _ in self._suffixes[layer]]
            for scan in of_layer:
                block, before = blocks[scan.direction][scan.piece], finals[scan.parameters]
                start = before if pieces is None else tuple(s[: block.size(1)] for s in before)
                output, after = self._scan_direction(block, start, p[scan.parameters], scan.reverse)
                found[scan.direction][scan.piece] = output
                finals[scan.parameters] = after if pieces is None else with_the_others(after, before)
            outputs = [joined([of[k] for k in sorted(of)], pieces) for of in found]
            x = torch.cat(outputs, -1) if self.bidirectional else outputs[0]
        return x, tuple(torch.stack(state) for state in zip(*finals, strict=True))

    def _scans(self, pieces: int) -> list[list[Scan]]:
        """What the layer consists of, for a sequence in so many pieces."""
        return scans(len(self._suffixes), self._reversed, pieces)

    @property
    def _reversed(self) -> tuple[bool, ...]:
        """Of each direction, whether it reads the sequence from its end."""
        return (False, True) if self.bidirectional else (self.from_the_end,)

    def _scan_direction(self, x: Tensor, states: States, p: Any, reverse: bool) -> tuple[Tensor, States]:
        """``scan`` in one direction."""
        outputs, states = self.scan(x.flip(0) if reverse else x, states, p)
        return outputs.flip(0) if reverse else outputs, states

    def scan(self, x: Tensor, states: States, p: Any) -> tuple[Tensor, States]:
        """One direction of one layer over an ordinary batch: every computation of the layer passes through here.

        ``x`` is (T, B, I) and each state (B, n); returns the outputs, (T, B, n), and the final states.
        """
        if not self._derived_from_the_loop():
            return self.loop(x, states, p)
        if self.parallel and has_its_own_equations(self):
            check_narrow(self, (x, *states, *p))
            check_steps_of_export(self, x)
            return self.all_steps(x, states, p)
        if torch.compiler.is_compiling() and operators.applies(self, (x, *states, *p)):
            return operators.scan(self, x, states, p)
        return self.scan_here(x, states, p)

    def _as_hx(self, states: States) -> Tensor | States:
        return states[0] if len(states) == 1 else states

    def _as_states(self, hx: Any) -> States:
        if len(self.states) == 1:
            return (hx,)
        states = tuple(hx[k] for k in range(len(self.states)))
        check_count(type(self).__name__.lower(), hx, len(states))
        return states

    def _initial_states(self, x: Tensor, given: States | None, batch: int) -> States:
        """The states given, or the first ones, each (L, B, n), after a check of ``x`` and of their sizes."""
        weight = [*(w for w in self._collect(self._suffixes[0][0]) if w is not None), x][0]
        check_layer_input(x, weight.dtype, self.width)
        count = len(self._suffixes) * len(self._suffixes[0])
        shapes = [(count, batch, n) for n in self.state_sizes(self.hidden_size, self.proj_size)]
        if given is not None:
            check_layer_states(given, shapes)
        check_layer_devices(x, given or (), weight)
        return given or self._first_states(x, batch)

    @property
    def _starts_elsewhere(self) -> bool:
        """Whether states that are not given are something else than 0."""
        return bool(self.starts or self.learn_initial_state or self.given_states)

    def _first_states(self, x: Tensor, batch: int) -> States:
        """The states where none are given, each (L, B, n), of ``x``'s kind: learned, or where the definition starts."""
        suffixes = list(itertools.chain(*self._suffixes))
        shapes = [(len(suffixes), batch, n) for n in self.state_sizes(self.hidden_size, self.proj_size)]
        states = self._starting(x, shapes)
        for own in self.given_states:
            if own.size(1) not in (1, batch):
                raise RuntimeError(
                    f"{type(self).__name__} starts from states of its own for {own.size(1)} sequences, and the input"
                    f" has {batch}: give the states with the input"
                )
        if self.given_states:
            return tuple([own.to(x).expand(-1, batch, -1) for own in self.given_states])
        if not self.learn_initial_state:
            return states
        learned = {*self._first_values().values()}

        def first(state: str) -> Tensor:
            rows = torch.stack([getattr(self, f"{state}_0{suffix}") for suffix in suffixes])
            return rows.unsqueeze(1).expand(-1, batch, -1)

        return tuple([first(name) if name in learned else s for name, s in zip(self.states, states, strict=True)])


class RecurrentCell(Looped, RecurrentModule):
    """One time step of the cell: what ``nn.LSTMCell``, ``nn.GRUCell`` and ``nn.RNNCell`` do."""

    @classmethod
    def _arguments(cls) -> dict[str, Any]:
        sizes = dict.fromkeys(("input_size", "hidden_size", *cls.sizes), REQUIRED)
        return {**sizes, "bias": True, **cls._option_defaults(), "device": None, "dtype": None}

    def _register_parameters(self, **factory: Any) -> None:
        shapes, bias = self.parameter_shapes(self.input_size, self.hidden_size), self.bias
        if "bias" in shapes:  # the tensor takes the place of the argument of this name, as in nn.Linear
            del self.bias
        for name, shape in shapes.items():
            if bias or not name.startswith("bias"):
                self._register(name, "", shape, **factory)
            else:
                self.register_parameter(name, None)
        self._remember_names("", shapes)

    def forward(self, input: Tensor, hx: Any = None) -> Tensor | States:
        """The states after one step: a tensor for a cell with one state, else a tuple.

        ``input`` is (B, I) or (I,); ``hx``, one tensor or a tuple, is (B, n) or (n,), by default where the definition
        starts.

        Raises ValueError for a tensor that is not 1-D or 2-D, RuntimeError for sizes that do not match.
        """
        single, sizes = len(self.states) == 1, self.state_sizes(self.hidden_size)
        found = None if hx is None and self.starts else direct.at_once(self, input, hx)
        if found is not None:
            return found[0] if single else found
        given = None if hx is None else (hx,) if single else tuple(hx)
        check_cell_dimensions(type(self).__name__, input, given or (), single)
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if given is None:
            states = self._starting(x, [(x.size(0), n) for n in sizes])
        else:
            states = given if batched else tuple(s.unsqueeze(0) for s in given)
            check_count(f"{type(self).__name__.removesuffix('Cell').lower()}_cell", states, len(sizes))
        check_cell_sizes(x, self.width, states, sizes)
        x, p = self.drawn(x), self._collect()
        dtype = autocast_dtype(x) if x.is_cuda else None  # as torch's cells do there, and on a CPU their operations
        if dtype is not None:
            x, states = x.to(dtype), tuple(lowered(dtype, states))
            p = type(p)(*lowered(dtype, p))
        p = self.prepare(p)
        if self.leaves_float32 or self._has_machine((x, *states, *p)):
            _, states = self.scan_here(x.unsqueeze(0), states, p)
        else:
            states, _ = self.step(self.project_input(x, p), states, p)
        if not batched:
            states = tuple(s.squeeze(0) for s in states)
        return states[0] if single else states

    def _call(self, shape: torch.Size, pieces: Sequence[Piece] | None) -> Call | None:
        """A call with an input of this shape as a sequence of one step."""
        states = [(*shape[:-1], n) for n in self.state_sizes(self.hidden_size)]
        return Call(((1, math.prod(shape[:-1])),), False, states, states) if len(shape) in (1, 2) else None

    def _scans(self, pieces: int) -> list[list[Scan]]:
        return scans(1, (False,), pieces)

    def _run(self, x: Tensor, states: States, _: None, given: Sequence[Any]) -> tuple[Tensor, States]:
        return self.loop(x, tuple(s[0] for s in states), given[0])

    def _has_machine(self, given: tuple[Tensor | None, ...]) -> bool:
        if not self.kernels or torch.compiler.is_compiling() or autocast_dtype(given[0]) is not None:
            return False
        if not self._derived_from_the_loop() or not has_its_own_equations(self):
            return False
        return kernels.machine_for(self, given) is not None
