"""A network of one cell: layers, directions, sizes, the numbers of its tensors, and what reads its output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from derive.backends.c.files import first_variants
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import exact_rational
from derive.run.weights import Stack, stacks
from derive.statements.parameter import with_defaults
from derive.statements.sizes import every_axis, units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

Array = Any  # of NumPy
Sizes = Mapping[str, int]
OPTIONS = {INPUT: "--input-size", HIDDEN: "--hidden-size", PROJ: "--proj-size"}


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
    generator of numbers goes on. first: of each state whose first values were learned, these: (layers and directions,
    units).
    """

    cell: Cell
    sizes: Sizes
    double: bool
    layers: tuple[tuple[tuple[Tensor, ...], ...], ...]
    readout: Readout | None = None
    trained: bool = False
    unused: tuple[str, ...] = ()
    seed: int = 1
    first: Mapping[str, Array] = field(default_factory=dict)

    @property
    def directions(self) -> int:
        return len(self.layers[0])

    @cached_property
    def width(self) -> int:
        """Of one direction's output."""
        return units(output_size(self.cell), self.sizes)

    @cached_property
    def state_widths(self) -> dict[str, int]:
        """Of each state of one direction."""
        return widths_of(self.cell, self.sizes)

    @property
    def outputs(self) -> int:
        """Numbers that a step gives."""
        return self.directions * self.width if self.readout is None else int(self.readout.weight.shape[0])

    def inputs(self, layer: int) -> int:
        """Features of the first input of a layer."""
        return self.directions * self.width if layer else self.sizes[INPUT]

    @property
    def features(self) -> tuple[int, ...]:
        """Those of every input of the first layer, which stand side by side."""
        return tuple(units(i.size, self.sizes) for i in self.cell.inputs)

    @property
    def tensors(self) -> Iterator[Tensor]:
        for layer in self.layers:
            for direction in layer:
                yield from direction

    @property
    def weight_count(self) -> int:
        """How many numbers there are."""
        readout = [] if self.readout is None else [self.readout.weight, self.readout.bias]
        every = [*(t.numbers for t in self.tensors), *self.first.values(), *readout]
        return sum(int(a.size) for a in every if a is not None)


def with_constants(cell: Cell, values: Mapping[str, str]) -> Cell:
    """The cell with other values of its constants. Raises DeriveError for an unknown one, or what is no number."""
    known = {p.name for p in cell.constants}
    for name in values:
        if not known:
            raise DeriveError(f"{cell.name} has no constants, so that {shown(name)} cannot be set; leave it out")
        if name not in known:
            raise DeriveError(unknown(f"constant of {cell.name}", name, known))
    numbers = {name: exact_rational(value) for name, value in values.items()}
    return replace(cell, declared=with_defaults(cell.declared, numbers))


# ---------------------------------------------------------------------- the cell's tensors


def variant(cell: Cell, projected: bool) -> Cell:
    """The cell as it is evaluated, without the choices of its layers but for a projection."""
    cell = cell.in_evaluation()
    found = first_variants(cell)
    return replace(found.get(projected, found[False]), name=cell.name)


def tensors_of(cell: Cell) -> dict[str, Stack]:
    """Those of one layer and direction; a constant is none."""
    return {name: stack for name, stack in stacks(cell).items() if stack.parameters[0].kind != "constant"}


def widths_of(cell: Cell, sizes: Sizes) -> dict[str, int]:
    """The units of each state."""
    return {s: units(cell.sizes[cell.previous(s)], sizes) for s in cell.states}


def check_sizes(cell: Cell, wanted: Mapping[str, Stack], known: Sizes) -> None:
    """Raises DeriveError for a size that is missing, that neither the input nor a tensor has, or that cannot be cut."""
    every = [axis for stack in wanted.values() for d in stack.dimensions for axis in every_axis(d)]
    named = [size for axis in every for size in axis.split("/") if not size.isdecimal()]
    own = dict.fromkeys([INPUT, HIDDEN, *cell.named_sizes, *named])
    for size in known:
        if size not in own:
            raise DeriveError(f"{cell.name} has no {size}; its sizes are {', '.join(own)}")
    for size in own:
        if size not in known:
            option = OPTIONS.get(size, f"--size {size}=N")
            raise DeriveError(f"{cell.name} needs {size}: give {option}, or --weights FILE")
    for size in (*cell.all_sizes, *every):
        units(size, known)


def check_layers(cell: Cell, layers: int, directions: int) -> None:
    """Raises DeriveError for several layers of a cell with several inputs: the next one would read some again."""
    if cell.further and (layers > 1 or directions > 1):
        names = ", ".join(i.name for i in cell.inputs)
        raise DeriveError(
            f"{cell.name} reads {names}, and standalone C has one layer in one direction of such a cell; write each"
            " layer of the network by itself"
        )


def output_size(cell: Cell) -> str:
    """The size of the output by name."""
    return cell.sizes[cell.previous(cell.states[0])]


def suffix(layer: int, direction: int) -> str:
    """What follows the names of a layer's tensors, as in torch.nn."""
    return f"_l{layer}_reverse" if direction else f"_l{layer}"
