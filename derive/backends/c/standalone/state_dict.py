"""Networks that were trained: the numbers of a file's state_dict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from derive.backends.c.standalone.network import (
    Array,
    Network,
    Readout,
    Sizes,
    Tensor,
    check_layers,
    check_sizes,
    output_size,
    suffix,
    tensors_of,
    variant,
    widths_of,
)
from derive.definition.cell import Cell
from derive.errors import RunError, listing, unknown
from derive.run.tensor_files import read_tensors
from derive.run.tensors import check_array
from derive.run.weights import Stack, check_names, sizes_of
from derive.statements.sizes import units
from derive.symbolic.expressions import INPUT

_OF_A_LAYER = re.compile(r"(\w+?)_l(\d+)(_reverse)?")


def trained(cell: Cell, path: Path, known: Sizes, double: bool, prefix: str = "", readout: str = "") -> Network:
    """The network that a state_dict holds, of an ``nn.LSTM``, a derived layer, or a model that has one under
    ``prefix``; readout: the prefix of its nn.Linear, if any.

    Raises DeriveError, naming the tensor, for one that is missing, has another shape or is unknown, for numbers that
    are not finite or that the type cannot hold, and for sizes that the file contradicts.
    """
    every = read_tensors(path)
    given = read_tensors(path, prefix) if prefix else every
    count, directions = _layers(cell, given, path)
    chosen = variant(cell, f"weight_hr{suffix(0, 0)}" in given)
    own = {name: tensor for name, tensor in given.items() if _OF_A_LAYER.fullmatch(name)}
    learned = _learned_states(chosen, own, count, directions)
    firsts = {name: own.pop(name) for names in learned.values() for name in names}
    wanted = _wanted(chosen, own, count, directions, known)

    sizes: Sizes = known
    layers = []
    for layer in range(count):
        stacks = {name: stack for direction in wanted[layer] for name, stack in direction.items()}
        inner = {**sizes, INPUT: directions * units(output_size(chosen), sizes)} if layer else sizes
        told = sizes_of(stacks, {name: tuple(own[name].shape) for name in stacks}, inner)
        if layer == 0:
            sizes = told
            check_sizes(chosen, stacks, sizes)
            check_layers(chosen, count, directions)
        layers.append(
            tuple(
                tuple(Tensor(name, stack, _numbers(own[name], name, double)) for name, stack in direction.items())
                for direction in wanted[layer]
            )
        )
    linear = _readout(every, readout, directions * units(output_size(chosen), sizes), double) if readout else None
    used = {prefix + name for layer in wanted for direction in layer for name in direction}
    used |= {prefix + name for name in firsts}
    used |= {f"{readout}weight", f"{readout}bias"} if readout else set()
    unused = tuple(sorted(set(every) - used))
    first = {state: _first_values(state, names, firsts, widths_of(chosen, sizes)[state], double)
             for state, names in learned.items()}  # fmt: skip
    return Network(chosen, sizes, double, tuple(layers), linear, True, unused, first=first)


def _learned_states(cell: Cell, own: Mapping[str, Any], layers: int, directions: int) -> dict[str, list[str]]:
    """Of each state whose first values were learned the names of these, by layer and direction: all are there."""
    ends = [suffix(layer, d) for layer in range(layers) for d in range(directions)]
    every = {s: [f"{s}_0{end}" for end in ends] for s in cell.states if f"{s}_0" not in tensors_of(cell)}
    found = {state: names for state, names in every.items() if not own.keys().isdisjoint(names)}
    if missing := [name for names in found.values() for name in names if name not in own]:
        raise RunError(f"weights.{missing[0]} is missing, though others are there; save the whole state_dict")
    return found


def _first_values(state: str, names: Sequence[str], given: Mapping[str, Any], units: int, double: bool) -> Array:
    """Those of a state, a row for each layer and direction."""
    for name in names:
        if (shape := tuple(given[name].shape)) != (units,):
            raise RunError(f"weights.{name} has shape {shape}, expected ({units},) of first values of {state}")
    return np.stack([_numbers(given[name], name, double) for name in names])


def _wanted(
    cell: Cell, own: Mapping[str, Any], layers: int, directions: int, known: Sizes
) -> list[list[dict[str, Stack]]]:
    """The tensors of each layer and direction. Biases are all there or none is."""
    found = [
        [{f"{name}{suffix(layer, d)}": stack for name, stack in tensors_of(cell).items()} for d in range(directions)]
        for layer in range(layers)
    ]
    every = {name: stack for layer in found for direction in layer for name, stack in direction.items()}
    check_names(cell, every, own, known, False)
    missing = [name for name in every if name not in own]
    if missing and len(missing) < sum(stack.optional for stack in every.values()):
        raise RunError(f"weights.{missing[0]} is missing, though other biases are there; save the whole state_dict")
    return [[{n: s for n, s in direction.items() if n in own} for direction in layer] for layer in found]


def _layers(cell: Cell, given: Mapping[str, Any], path: Path) -> tuple[int, int]:
    """How many layers and directions the names tell."""
    first = next(iter(tensors_of(cell)))
    numbers = {int(m[2]) for name in given if (m := _OF_A_LAYER.fullmatch(name)) and m[1] == first and len(m[2]) < 4}
    if 0 not in numbers:
        found = [name for name in map(str, given) if name.endswith(f"{first}_l0")]
        remedy = f"but {listing(found)}: give what stands before it with --prefix"
        held = f"it holds {listing(given, f'{first}_l0')}; save the state_dict of a derived layer or of torch.nn's"
        raise RunError(f"weights: {path.name} has no tensor named {first}_l0, {remedy if found else held}")
    return max(numbers) + 1, 1 + (f"{first}_l0_reverse" in given)


def _readout(every: Mapping[str, Any], prefix: str, width: int, double: bool) -> Readout:
    name = f"{prefix}weight"
    if name not in every:
        raise RunError(f"weights: there is no readout {name}; {unknown('tensor', name, every)}")
    shape = tuple(every[name].shape)
    if len(shape) != 2 or shape[1] != width:
        raise RunError(f"weights.{name} has shape {shape}, expected (n, {width}) of an nn.Linear that reads the output")
    weight, bias = _numbers(every[name], name, double), every.get(f"{prefix}bias")
    if bias is None:
        return Readout(weight, None)
    if tuple(bias.shape) != shape[:1]:
        raise RunError(f"weights.{prefix}bias has shape {tuple(bias.shape)}, expected ({shape[0]},)")
    return Readout(weight, _numbers(bias, f"{prefix}bias", double))


def _numbers(tensor: Any, name: str, double: bool) -> Array:
    """A tensor's numbers as the type holds them."""
    check_array(tensor, f"weights.{name}")
    with np.errstate(over="ignore"):
        found = np.array(tensor.tolist(), np.float64 if double else np.float32)
    if not np.isfinite(found).all():
        at = np.argwhere(~np.isfinite(found))[0].tolist()
        kind = "double" if double else "float"
        raise RunError(f"weights.{name}{at} is not a finite {kind}; a trained layer has finite weights")
    return found.astype(np.float64)
