"""Layers one above the other, each of a size and a cell of its own, and what regularises them.

Every layer is a generated one, in one direction or two, and runs as it would alone: by its C file, the derived backward
pass, or PyTorch's operations. What is random is drawn from PyTorch's generator: the same seed gives the same numbers.
Zoneout is drawn by the layers themselves, in the order that ``chance.py`` has.

Sizes: T time steps, B sequences, I input features, n features of a state, D directions.
"""

from __future__ import annotations

import inspect
import itertools
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from .module import States
from .streams import StackStream

MASK = "mask"  # the last state of the cells of ``Cell.masked``


class Stack(nn.Module):
    """Layers one above the other.

    Arguments:
        cells: the class of a cell's layers (``LSTM``), or a list with one for each layer
        input_size: features of the input, I
        hidden_size: a list of the units of each layer; a number stands for the one layer, or for as many as ``cells``
        batch_first: whether the batch comes before the time; False by default
        bidirectional: whether each layer reads the sequence backwards too (D = 2, else 1); False by default
        residual: whether each layer but the first adds its input, as it is before ``dropout``, to its output; False
            by default
        dropout: probability of zeroing an output between layers, as in ``nn.LSTM``; 0 by default
        recurrent_dropout: probability of zeroing a unit of the previous output where a recurrent weight matrix reads
            it, with one mask for each sequence, layer and direction (Gal and Ghahramani 2016); 0 by default. The
            classes are those of ``Cell.masked``
        weight_dropout: probability of zeroing an entry of ``weight_hh``, with one mask for each call, layer and
            direction (Wan et al. 2013; Merity, Keskar and Socher 2018); 0 by default
        zoneout: for each state named, the probability that a unit keeps its previous value (Krueger et al. 2017),
            drawn at every step; in evaluation its expectation; none by default. The classes are those of
            ``Cell.zoned_out``
        learn_initial_state: whether the first values of the states are parameters, as in the layers, each of which has
            its own; False by default
        options: further arguments of every layer (bias, proj_size, device, dtype, checkpoint, those of its equations)

    Call: ``output, states = stack(input, hx)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        hx: by default where the definitions start, or what is learned; else a tuple or list with the states of each
            layer, as that layer takes them, (D, B, n) or for unbatched input (D, n), or with None in their place
        output: of the last layer, in the form of the input, with ``output_size`` features
        states: a tuple of the final states of each layer, as that layer gives them

    In evaluation nothing is drawn; what the three kinds of dropout leave is divided by the probability that it stays.
    Raises ValueError for arguments that are wrong or do not go together, and what a layer raises.
    """

    def __init__(
        self,
        cells: Any,
        input_size: int,
        hidden_size: int | Sequence[int],
        *,
        batch_first: bool = False,
        bidirectional: bool = False,
        residual: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        weight_dropout: float = 0.0,
        zoneout: Mapping[str, float] | None = None,
        learn_initial_state: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.batch_first, self.bidirectional, self.residual = batch_first, bidirectional, residual
        self.dropout, self.recurrent_dropout, self.weight_dropout = dropout, recurrent_dropout, weight_dropout
        self.zoneout = dict(zoneout or {})
        self.learn_initial_state = learn_initial_state
        self._masked = bool(recurrent_dropout)
        pairs = by_layer(cells, hidden_size)
        self._check(len(pairs), options)
        rates = {f"z_{name}": rate for name, rate in self.zoneout.items()}
        self.layers = nn.ModuleList()
        size = input_size
        for k, (kind, units) in enumerate(pairs):
            self._check_kind(kind, options)
            for name, count in (("input_size", size), ("hidden_size", units)):
                if isinstance(count, bool):  # which is an int to Python
                    raise ValueError(f"{name} is {count}; expected a number of features")
            learned: Any = learn_initial_state
            if learned and self._masked:
                learned = kind.states[:-1]  # all but the mask, which is drawn
            layer = kind(size, units, bidirectional=bidirectional, learn_initial_state=learned, **rates, **options)
            width = layer.state_sizes(layer.hidden_size, layer.proj_size)[0] * self._directions
            if residual and k and width != size:
                raise ValueError(
                    f"residual adds the input of layer {k}, {size} features, to its output, {width}: make them equal"
                )
            self.layers.append(layer)
            size = width
        self.output_size = size

    def _check(self, count: int, options: Mapping[str, Any]) -> None:
        """Of the arguments that layers know nothing of."""
        for name in ("batch_first", "bidirectional", "residual", "learn_initial_state"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r}; expected True or False")
        rates = {name: getattr(self, name) for name in ("dropout", "recurrent_dropout", "weight_dropout")}
        for name, rate in (rates | {f"zoneout of {name!r}": rate for name, rate in self.zoneout.items()}).items():
            if not isinstance(rate, numbers.Real) or isinstance(rate, bool) or not 0 <= rate <= 1:
                raise ValueError(f"{name} is {rate!r}; expected a probability from 0 to 1")
        for name in ("dropout", "residual"):
            if getattr(self, name) and count == 1:
                raise ValueError(f"{name} stands between layers, and there is one: hidden_size=[8, 8] are two")
        if "num_layers" in options:
            raise ValueError("a stack has as many layers as hidden_size: [8, 8] are two; leave num_layers")
        if options.get("proj_size") and (self.zoneout or self.recurrent_dropout):
            other = "zoneout" if self.zoneout else "recurrent_dropout"
            raise ValueError(f"{other} and proj_size do not go together: leave one of the two")

    def _check_kind(self, kind: Any, options: Mapping[str, Any]) -> None:
        """Of a class of layers."""
        own = list(inspect.signature(type(self).__init__).parameters)[1:-1]  # without self and the options
        taken = [name for name in kind._signature().parameters if name not in (*own, "num_layers")]
        for name in options:
            if name not in taken:
                raise TypeError(
                    f"Stack() got an unexpected argument {name!r}: it takes {', '.join(own)}, and for each"
                    f" {kind.__name__} {', '.join(taken)}"
                )
        if further := getattr(kind, "further", None):
            raise ValueError(f"{kind.__name__} reads {', '.join(further)} beside its input, which a stack has not")
        if kind.sizes:
            raise ValueError(f"{kind.__name__} is told {', '.join(kind.sizes)}, and a stack tells hidden_size alone")
        for name in self.zoneout:
            if f"z_{name}" not in kind.options:
                raise ValueError(
                    f"{kind.__name__} has no zoneout of {name!r}: take the class of cell.zoned_out({name}=0.1)"
                )
        if self._masked and kind.states[-1] != MASK:
            raise ValueError(f"{kind.__name__} has no mask for recurrent_dropout: take the class of cell.masked()")
        if self.weight_dropout and not any(name.startswith("weight_hh") for name in kind.Parameters._fields):
            raise ValueError(f"{kind.__name__} has no weight_hh for weight_dropout: leave that, or the cell")

    def reset_parameters(self) -> None:
        """The parameters of every layer as they are drawn at first."""
        for layer in self.layers:
            layer.reset_parameters()

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Any, ...]]:
        """The output of the last layer at every step, and the final states of each layer: see the class."""
        turned = self.batch_first and isinstance(input, Tensor) and input.dim() == 3
        x = input.transpose(0, 1) if turned else input
        given = self._entries(hx)
        finals = []
        for k, layer in enumerate(self.layers):
            below = _data(x)
            if k and self.dropout and self.training:
                x = _with_data(x, F.dropout(below, self.dropout))
            x, final = self._run(layer, x, self._start(layer, x, given[k]))
            if k and self.residual:
                x = _with_data(x, _data(x) + below)
            finals.append(self._without_mask(final))
        return x.transpose(0, 1) if turned else x, tuple(finals)

    def _run(self, layer: Any, x: Any, hx: Any) -> Any:
        """One layer, with what training changes in it."""
        if not self.training or not self.weight_dropout:
            return layer(x, hx)
        names = [name for name in itertools.chain(*layer._names.values()) if name and name.startswith("weight_hh")]
        computed = [name for name in names if name not in layer._parameters]
        if computed:
            raise ValueError(
                f"weight_dropout and a parametrised {computed[0]} do not go together: leave one of the two"
            )
        dropped = {name: F.dropout(layer._parameters[name], self.weight_dropout) for name in names}
        return functional_call(layer, dropped, (x, hx))

    # ------------------------------------------------------------------ the states of a layer

    def _start(self, layer: Any, x: Any, given: States | None) -> Any:
        """The states before the first step, in the form in which a layer takes them; None where it has its own."""
        if not self._masked:
            return given if given is None or len(given) > 1 else given[0]
        data = _data(x)
        batch = (int(x.batch_sizes[0]),) if isinstance(x, PackedSequence) else data.shape[1:-1]
        *first, mask = (s.reshape(len(s), *batch, -1) for s in layer._first_states(data, math.prod(batch)))
        return *(first if given is None else given), F.dropout(mask, self.recurrent_dropout, self.training)

    def _entries(self, hx: Any) -> list[States | None]:
        """The states of each layer that are given; None where there are none."""
        if hx is None:
            return [None] * len(self.layers)
        if not isinstance(hx, list | tuple) or len(hx) != len(self.layers):
            what = f"{len(hx)} entries" if isinstance(hx, list | tuple) else type(hx).__name__
            raise ValueError(
                f"hx has to be a tuple or list with the states of each of {len(self.layers)} layers, got {what}"
            )
        found: list[States | None] = []
        for k, (entry, layer) in enumerate(zip(hx, self.layers, strict=True)):
            names = list(self._states_of(layer))
            states = entry if entry is None or isinstance(entry, list | tuple) else (entry,)
            if states is not None and len(states) != len(names):
                raise ValueError(
                    f"hx[{k}] has {len(states)} states, expected {len(names)} of layer {k}: {', '.join(names)}"
                )
            found.append(None if states is None else tuple(states))
        return found

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _states_of(self, layer: Any) -> dict[str, int]:
        """The states of a layer but its mask, and their numbers of features."""
        sizes = layer.state_sizes(layer.hidden_size, layer.proj_size)
        return dict(list(zip(layer.states, sizes, strict=True))[: -1 if self._masked else None])

    def _without_mask(self, hx: Any) -> Any:
        if not self._masked:
            return hx
        return hx[:-1] if len(hx) > 2 else hx[0]

    # ------------------------------------------------------------------ one time step at a time

    def stream(self, batch: int = 1) -> StackStream:
        """The stack one time step at a time, as it is in evaluation: ``RecurrentLayer.stream`` of every layer.

        Raises ValueError for a bidirectional stack, and for a batch that is no positive number.
        """
        return StackStream(self, batch)

    def extra_repr(self) -> str:
        names = ("batch_first", "residual", "dropout", "recurrent_dropout", "weight_dropout", "zoneout")
        names = (*names, "learn_initial_state")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names if getattr(self, name))


def by_layer(cells: Any, hidden_size: Any) -> list[tuple[Any, Any]]:
    """The class and the units of each layer. Raises ValueError for lists without entries or of two lengths."""
    given = {"cells": cells, "hidden_size": hidden_size}
    counts = {name: len(value) for name, value in given.items() if isinstance(value, list | tuple)}
    if len({*counts.values()}) > 1 or 0 in counts.values():
        said = " and ".join(f"{count} of {name}" for name, count in counts.items())
        raise ValueError(f"a stack has one or more layers, and as many in each list; got {said}")
    count = next(iter(counts.values()), 1)
    return list(zip(*(value if name in counts else [value] * count for name, value in given.items()), strict=True))


def _data(x: Any) -> Tensor:
    """The numbers of a sequence: (T, B, n), (T, n), or packed (sum of the lengths, n)."""
    return x.data if isinstance(x, PackedSequence) else x


def _with_data(x: Any, data: Tensor) -> Any:
    """A sequence of the same form with other numbers."""
    return PackedSequence(data, *x[1:]) if isinstance(x, PackedSequence) else data
