"""What a recurrent module refuses, in the words of ``torch.nn``: a program that reads an error finds the same text.

A layer raises what ``nn.LSTM``, ``nn.GRU`` and ``nn.RNN`` raise, a cell what ``nn.LSTMCell``, ``nn.GRUCell`` and
``nn.RNNCell`` do. Where the text depends on the number of states, one state follows the GRU and several the LSTM.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_NUMERALS = {2: "two", 3: "three", 4: "four"}


def check_layer_arguments(layer: Any) -> None:
    """Of the constructor. The warning on dropout names the line that calls it."""
    dropout: Any = layer.dropout
    layer.dropout = float(dropout)
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= layer.dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if layer.dropout > 0 and layer.num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
            f"num_layers greater than 1, but got dropout={dropout} and num_layers={layer.num_layers}",
            stacklevel=4,
        )
    kinds: dict[str, type] = {"bias": bool, "batch_first": bool, "input_size": int, "hidden_size": int}
    for name, kind in (kinds | dict.fromkeys(layer.sizes, int)).items():
        value = getattr(layer, name)
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if layer.parallel and layer.sequential:
        raise ValueError(f"{type(layer).__name__} has no parallel form: {layer.sequential}; leave parallel=True out")
    if layer.parallel and layer.checkpoint:
        raise ValueError("checkpoint=True is of the loop over time, which parallel=True has not; leave one of them out")
    if layer.num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if layer.proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if layer.proj_size >= layer.hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


def check_states_of_the_input(layer: Any, width: int) -> None:
    """States as wide as the input are as wide in every layer: ``width``, of a layer's output, is the input's of the
    next one."""
    if layer.of_the_input and layer.num_layers > 1 and width != layer.input_size:
        raise ValueError(
            f"state {layer.of_the_input[0]!r} has input_size features, {layer.input_size} in the first layer and"
            f" {width} in the next; make layers of their own, one after the other"
        )


def per_head(size: int, heads: int) -> int:
    """The units of each of so many equal parts."""
    if size % heads:
        raise ValueError(f"{size} units cannot be cut into {heads} equal parts; give sizes that divide")
    return size // heads


LOWEST = -1e30  # where a state starts that is the exponent of others, and would start at -∞


def check_learned_states(layer: Any) -> None:
    """Of ``learn_initial_state``, after the parameters of the equations are there."""
    learned = layer.learn_initial_state
    known = ", ".join(layer.states)
    names = learned if isinstance(learned, tuple | list) else []
    if not isinstance(learned, bool | tuple | list) or any(name not in layer.states for name in names):
        raise ValueError(f"learn_initial_state is {learned!r}; expected True, False, or some of the states: {known}")
    taken = [name for name in layer._first_values() if name in layer._parameters]
    if taken or len({*names}) < len(names):
        why = f"{taken[0]} is a parameter of the equations" if taken else "it names a state twice"
        raise ValueError(f"learn_initial_state is {learned!r}, and {why}")
    lowest = [state for state, start in zip(layer.states, layer.starts, strict=False) if start <= LOWEST]
    idle = [state for state in dict.fromkeys(layer._first_values().values()) if state != layer.states[0]]
    if lowest and idle:
        warnings.warn(
            f"learn_initial_state: {lowest[0]} starts at {LOWEST:.0e}, in the place of -∞, beside which first values of"
            f" {', '.join(idle)} count for nothing and get no gradient; leave them out, or build the cell with another"
            f" start: cell.with_initial({lowest[0]}=0)",
            stacklevel=4,
        )


def check_layer_input(x: Tensor, weight_dtype: torch.dtype, input_size: int) -> None:
    """``x`` is (T, B, I) or (sum of the lengths, I)."""
    if x.dtype != weight_dtype and autocast_dtype(x) is None:
        raise ValueError(
            f"RNN input dtype ({x.dtype}) does not match weight dtype ({weight_dtype}). "
            f"Convert input: input.to({weight_dtype}), or convert model: model.to({x.dtype})"
        )
    if x.size(-1) != input_size:
        raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {input_size}, got {x.size(-1)}")


def autocast_dtype(x: Tensor) -> torch.dtype | None:
    """The dtype in which autocast computes on ``x``, None where it does not."""
    device = x.device.type
    if not x.is_floating_point() or x.dtype == torch.float64:
        return None
    if not _knows_autocast(device) or not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)


def _knows_autocast(device: str) -> bool:
    return torch.amp.is_autocast_available(device)


# as torch.compiler.assume_constant_result does, which imports the compiler: some versions of dynamo do not look inside
_knows_autocast._dynamo_marked_constant = True  # type: ignore[attr-defined]


def check_layer_dimensions(names: Sequence[str], states: Sequence[Tensor], batched: bool) -> None:
    """Of the states given, (L, B, n) beside a batched input, else (L, n)."""
    dims = [s.dim() for s in states]
    if any(dim != (3 if batched else 2) for dim in dims):
        kind, expected = ("batched 3-D", "3-D") if batched else ("unbatched 2-D", "2-D")
        given = " and ".join(f"{name}x" for name in names)
        got = ", ".join(f"{dim}-D" for dim in dims)
        got = f"{got} tensor" if len(dims) == 1 else f"({got}) tensors"
        raise RuntimeError(f"For {kind} input, {given} should also be {expected} but got {got}")


def check_layer_states(states: Sequence[Tensor], shapes: Sequence[tuple[int, ...]]) -> None:
    """Of the states given, as (L, B, n)."""
    for k, (state, shape) in enumerate(zip(states, shapes, strict=True)):
        if state.size() != shape:
            name = "hidden" if len(shapes) == 1 else f"hidden[{k}]"
            raise RuntimeError(f"Expected {name} size {shape}, got {list(state.size())}")


def check_layer_devices(x: Tensor, states: Sequence[Tensor], weight: Tensor) -> None:
    """Of the input, the states and the parameters, of which one stands for all."""
    device = x.device
    for tensor in (*states, weight):
        if tensor.device != device:
            name = "parameter" if tensor is weight else "hidden"
            raise RuntimeError(
                f"Input and {name} tensors are not at the same device, "
                f"found input tensor at {device} and {name} tensor at {tensor.device}"
            )


def check_steps_of_export(layer: Any, x: Tensor) -> None:
    """Of a loop that ``torch.onnx.export`` reads, which has as many steps as the example: ``x`` is (T, B, I)."""
    if not _in_onnx_export():
        return
    remedy = f"derive.convert.to_onnx(layer, 'model.onnx') writes a file of {type(layer).__name__} for every number"
    # dynamo comes when the first way to export was refused, and to it a symbol is an int: it would freeze the number
    if isinstance(x.size(0), torch.SymInt) or torch.compiler.is_dynamo_compiling():
        raise RuntimeError(f"torch.onnx.export cannot leave the number of time steps free; {remedy}")
    if torch.jit.is_tracing():  # which does not tell what is meant to be free
        steps = int(x.size(0))
        warnings.warn(f"the exported file is for sequences of {steps} time steps alone; {remedy}", stacklevel=2)


def _in_onnx_export() -> bool:
    return torch.onnx.is_in_onnx_export()


# dynamo itself would say no without asking
_in_onnx_export._dynamo_marked_constant = True  # type: ignore[attr-defined]


def check_count(name: str, states: Sequence[Tensor], count: int) -> None:
    """Of a tuple of states, ``count`` being the cell's."""
    if len(states) != count:
        raise RuntimeError(f"{name} expects {_NUMERALS.get(count, count)} hidden states")


def check_cell_dimensions(name: str, input: Tensor, states: Sequence[Tensor], single: bool) -> None:
    """Input and states are (B, n) or (n,)."""
    if input.dim() not in (1, 2):
        raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
    for k, state in enumerate(states):
        if state.dim() not in (1, 2):
            which = "hidden" if single else f"hx[{k}]"
            raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {state.dim()}D instead")


def check_cell_sizes(x: Tensor, input_size: int, states: Sequence[Tensor], sizes: Sequence[int]) -> None:
    """``x`` is (B, I), each state (B, n)."""
    if x.size(1) != input_size:
        raise RuntimeError(f"input has inconsistent input_size: got {x.size(1)} expected {input_size}")
    for k, (state, size) in enumerate(zip(states, sizes, strict=True)):
        if state.size(0) != x.size(0):
            raise RuntimeError(f"Input batch size {x.size(0)} doesn't match hidden{k} batch size {state.size(0)}")
        if state.size(1) != size:
            raise RuntimeError(f"hidden{k} has inconsistent hidden_size: got {state.size(1)}, expected {size}")
