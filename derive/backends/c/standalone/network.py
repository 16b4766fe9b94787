"""A network of one cell: layers, directions, sizes, the numbers of its tensors, and what reads its output.

The numbers come from a file, or are made up by a generator that C has too, for the check of a network whose weights the
caller brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from derive.backends.c.files import variants
from derive.definition.cell import Cell
from derive.definition.lower import state_size
from derive.errors import DeriveError, RunError, listing, unknown
from derive.exact.numeral import exact_rational
from derive.notation.quantity import Role
from derive.run.tensor_files import read_tensors
from derive.run.weights import Stack, check_array, check_names, sizes_of, stacks
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

Array = Any  # of NumPy
Sizes = Mapping[str, int]
OPTIONS = {INPUT: "--input-size", HIDDEN: "--hidden-size", PROJ: "--proj-size"}
_OF_A_LAYER = re.compile(r"(\w+?)_l(\d+)(_reverse)?")


@dataclass(frozen=True)
class Tensor:
    """A tensor of a layer: its name in the state_dict (``weight_ih_l0``), the cell's tensor that it is, its numbers."""

    name: str
    stack: Stack
    numbers: Array


@dataclass(frozen=True)
class Readout:
    """The nn.Linear after the last layer: (rows, columns), and a bias or None."""

    weight: Array
    bias: Array | None


@dataclass(frozen=True)
class Network:
    """cell: without the choices that its layers have. sizes: "input_size" is that of the first layer. double: the type.

    layers: of each layer its directions, of each direction the tensors, rounded to the type. trained: whether they are
    read from a file; else they are made up. unused: names in that file that belong to nothing here. seed: where the
    generator of numbers goes on.
    """

    cell: Cell
    sizes: Sizes
    double: bool
    layers: tuple[tuple[tuple[Tensor, ...], ...], ...]
    readout: Readout | None = None
    trained: bool = False
    unused: tuple[str, ...] = ()
    seed: int = 1

    @property
    def directions(self) -> int:
        return len(self.layers[0])

    @cached_property
    def width(self) -> int:
        """Of one direction's output."""
        return self.sizes[_output_size(self.cell)]

    @cached_property
    def state_widths(self) -> dict[str, int]:
        """Of each state of one direction."""
        return {s: self.sizes[state_size(s, self.cell.lines)] for s in self.cell.states}

    @property
    def outputs(self) -> int:
        """Numbers that a step gives."""
        return self.directions * self.width if self.readout is None else len(self.readout.weight)

    def inputs(self, layer: int) -> int:
        """Numbers that a layer reads at each step."""
        return self.directions * self.width if layer else self.sizes[INPUT]

    @property
    def tensors(self) -> Iterator[Tensor]:
        for layer in self.layers:
            for direction in layer:
                yield from direction

    @property
    def weight_count(self) -> int:
        own = sum(t.numbers.size for t in self.tensors)
        read = [] if self.readout is None else [self.readout.weight, self.readout.bias]
        return own + sum(a.size for a in read if a is not None)


def with_constants(cell: Cell, values: Mapping[str, str]) -> Cell:
    """The cell with other values of its constants. Raises DeriveError for an unknown one, or what is no number."""
    known = {p.name for p in cell.declared if p.kind == "constant"}
    for name in values:
        if name not in known:
            raise DeriveError(f"{cell.name} has no such constant: {unknown('constant', name, known)}")
    declared = tuple(replace(p, default=exact_rational(values[p.name])) if p.name in values else p for p in cell.declared)
    return replace(cell, declared=declared)


# ---------------------------------------------------------------------- made up


def untrained(cell: Cell, known: Sizes, layers: int, directions: int, double: bool) -> Network:
    """A network of those sizes, whose numbers are made up.

    Raises DeriveError for a size that is missing or that the cell has not.
    """
    chosen = _variant(cell, PROJ in known)
    wanted = _tensors(chosen)
    _check_sizes(chosen, wanted, known)
    random = Generator()

    def direction(suffix: str, sizes: Sizes) -> tuple[Tensor, ...]:
        return tuple(Tensor(name + suffix, s, random.tensor(s, sizes)) for name, s in wanted.items())

    found = []
    for layer in range(layers):
        inner = {**known, INPUT: directions * known[_output_size(chosen)] if layer else known[INPUT]}
        found.append(tuple(direction(_suffix(layer, d), inner) for d in range(directions)))
    return Network(chosen, known, double, tuple(found), seed=random.state)


class Generator:
    """Numbers in [-1, 1) with 16 bits, of a linear congruential generator (D. E. Knuth, W. H. Press et al., whose
    multiplier this is); C has the same."""

    def __init__(self, state: int = 1) -> None:
        self.state = state

    def numbers(self, count: int) -> Array:
        """The next numbers, each exact as a float."""
        found = np.empty(count)
        for k in range(count):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            found[k] = ((self.state >> 16) - 32768) / 32768
        return found

    def tensor(self, stack: Stack, sizes: Sizes) -> Array:
        """A tensor's numbers."""
        scale, offset = scale_and_offset(stack, sizes)
        shape = stack.expected(sizes)
        return (offset + scale * self.numbers(int(np.prod(shape)))).reshape(shape)


def scale_and_offset(stack: Stack, sizes: Sizes) -> tuple[float, float]:
    """Small for matrices, the smaller the more they sum; positive for what a cell declares, which may be a rate. Powers
    of two, so that a product with one is exact."""
    if len(stack.dimensions) == 2:
        scale = 1.0
        while scale * scale * sizes[stack.dimensions[1]] > 1:
            scale /= 2
        return scale, 0.0
    return 0.25, 0.0 if stack.parameters[0].role is Role.BIAS else 0.75


# ---------------------------------------------------------------------- from a file


def trained(cell: Cell, path: Path, known: Sizes, double: bool, prefix: str = "", readout: str = "") -> Network:
    """The network that a state_dict holds, of an ``nn.LSTM``, a derived layer, or a model that has one under
    ``prefix``; readout: the prefix of its nn.Linear, if any.

    Raises DeriveError, naming the tensor, for one that is missing, has another shape or is unknown, for numbers that are
    not finite or that the type cannot hold, and for sizes that the file contradicts.
    """
    every = read_tensors(path)
    given = read_tensors(path, prefix) if prefix else every
    count, directions = _layers(cell, given, path)
    chosen = _variant(cell, f"weight_hr{_suffix(0, 0)}" in given)
    own = {name: tensor for name, tensor in given.items() if _OF_A_LAYER.fullmatch(name)}
    wanted = {
        f"{name}{_suffix(layer, d)}": stack
        for layer in range(count)
        for d in range(directions)
        for name, stack in _tensors(chosen).items()
    }
    check_names(chosen, wanted, own, known, False)
    if missing := [name for name in wanted if name not in own]:
        if len(missing) < sum(stack.optional for stack in wanted.values()):
            raise RunError(f"weights.{missing[0]} is missing, though other biases are there; save the whole state_dict")
        wanted = {name: stack for name, stack in wanted.items() if name in own}
    sizes: dict[str, int] = dict(known)
    found = []
    for layer in range(count):
        inner = sizes | ({INPUT: directions * sizes[_output_size(chosen)]} if layer else {})
        part = {n: s for n, s in wanted.items() if n.removesuffix("_reverse").endswith(f"_l{layer}")}
        told = sizes_of(part, {n: tuple(own[n].shape) for n in part}, inner)
        sizes = sizes if layer else told
        _check_sizes(chosen, part, sizes)
        tensors = {n: Tensor(n, s, _numbers(own[n], n, double)) for n, s in part.items()}
        of_directions = [[t for n, t in tensors.items() if n.endswith("_reverse") == bool(d)] for d in range(directions)]
        found.append(tuple(map(tuple, of_directions)))
    linear = _readout(every, readout, directions * sizes[_output_size(chosen)], double) if readout else None
    used = {prefix + name for name in wanted} | ({f"{readout}weight", f"{readout}bias"} if readout else set())
    unused = tuple(sorted(set(every) - used))
    return Network(chosen, sizes, double, tuple(found), linear, True, unused)


def _layers(cell: Cell, given: Mapping[str, Any], path: Path) -> tuple[int, int]:
    """How many layers and directions the names tell."""
    first = next(iter(_tensors(cell)))
    numbers = {int(m[2]) for name in given if (m := _OF_A_LAYER.fullmatch(name)) and m[1] == first and len(m[2]) < 4}
    if 0 not in numbers:
        raise RunError(
            f"weights: {path.name} has no tensor named {first}_l0; it holds {listing(given, f'{first}_l0')}: give the"
            " layer's name with --prefix"
        )
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


# ---------------------------------------------------------------------- the cell's tensors


def _variant(cell: Cell, projected: bool) -> Cell:
    """The cell without the choices of its layers, but for a projection."""
    found = {one.choice == "projection": one.cell for one in reversed(list(variants(cell)))}
    return replace(found.get(projected, found[False]), name=cell.name)


def _tensors(cell: Cell) -> dict[str, Stack]:
    """Those of one layer and direction; a constant is none."""
    return {name: stack for name, stack in stacks(cell).items() if stack.parameters[0].kind != "constant"}


def _check_sizes(cell: Cell, wanted: Mapping[str, Stack], known: Sizes) -> None:
    """A network has the sizes of its tensors and of its input."""
    own = dict.fromkeys([INPUT, HIDDEN, *(d for stack in wanted.values() for d in stack.dimensions)])
    for size in known:
        if size not in own:
            raise DeriveError(f"{cell.name} has no {size}; its sizes are {', '.join(own)}")
    for size in own:
        if size not in known:
            raise DeriveError(f"{cell.name} needs {size}: give {OPTIONS[size]}, or --weights FILE")


def _output_size(cell: Cell) -> str:
    return state_size(cell.states[0], cell.lines)


def _suffix(layer: int, direction: int) -> str:
    return f"_l{layer}_reverse" if direction else f"_l{layer}"
