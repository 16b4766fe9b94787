"""What the classes of a generated module declare of their cell: parameters and their shapes, sizes, states, inputs,
options, each as the text of a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sympy import S, Symbol

from derive.backends.c.files import cell_files, variants
from derive.backends.formulas import machine_number
from derive.backends.torch.layout import WIDTH, bracketed, returned
from derive.definition.cell import Cell
from derive.plan.operations import Contract
from derive.plan.plan import Plan
from derive.plan.stores import Store
from derive.statements.sizes import LAYERS, every_axis, is_named
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

_SIZES = {INPUT: "input_size", PROJ: "output_size"}
_OUTPUT = "proj_size or hidden_size"


class Option(NamedTuple):
    """A further argument of the constructor: its name, type, the value of ``options[name]``, and what it is."""

    name: str
    type: str
    value: str
    about: str


class Declared:
    """A cell and its plan, as class attributes and docstrings have them. states: the states' names in the module."""

    cell: Cell
    plan: Plan
    states: Sequence[str]

    @property
    def fields(self) -> list[str]:
        """The fields of ``Parameters``, each with its shape and what is stacked in it."""
        return [self._field(s) for s in self.plan.stores]

    def _field(self, store: Store) -> str:
        kind = "Tensor | None" if store.role == "bias" or store.optional else "Tensor"
        shape = _shape(store).replace(" * ", "*").replace("output_size", "proj_size" if store.optional else _OUTPUT)
        shape = re.sub(r"per_head\((\w+), (\w+)\)", r"\1/\2", shape.replace("self.", ""))
        blocks = ", ".join(p.name for p in store.blocks)
        line = f"{store.name}: {kind}  # {shape}"
        full = line if blocks == store.name else f"{line}: {blocks}"
        return full if len(full) + 4 <= WIDTH else line

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """Name and shape of the parameters, the projection apart."""
        return [(s.name, _shape(s)) for s in self.plan.stores if not s.optional]

    @property
    def projected_shapes(self) -> list[tuple[str, str]]:
        """Name and shape of the parameters that are there with ``proj_size > 0``."""
        return [(s.name, _shape(s).replace("output_size", "proj_size")) for s in self.plan.stores if s.optional]

    @property
    def projection(self) -> bool:
        """Whether the layer takes ``proj_size``."""
        return PROJ in self.plan.cell.sizes.values()

    @property
    def c_files(self) -> list[tuple[str, str]]:
        """The names of the cell's C files, by what its layers choose."""
        return [(one.choice, one.file) for one in variants(self.cell)] if cell_files(self.cell) else []

    @property
    def uses_output_size(self) -> bool:
        return any("output_size" in shape for _, shape in self.shapes)

    @property
    def state_sizes(self) -> list[str]:
        """The value of ``state_sizes``, returned."""
        cell = self.plan.cell
        sizes = [_size(cell.sizes[cell.previous(s)]).replace("output_size", _OUTPUT) for s in cell.states]
        sizes = ["self.input_size" if size == "input_size" else size for size in sizes]
        return [f"return ({sizes[0]},)"] if len(sizes) == 1 else returned(sizes)

    @property
    def state_names(self) -> str:
        """The value of ``states``."""
        return bracketed(f'"{name}"' for name in self.states)

    @property
    def starts(self) -> str:
        """The value of ``starts``; empty where all states start at 0."""
        stated = self.cell.starts
        numbers = (repr(machine_number(stated.get(s, S.Zero))).replace("e+", "e") for s in self.cell.states)
        return bracketed(numbers) if stated else ""

    @property
    def fixed(self) -> str:
        """The value of ``fixed``; empty where all is learned."""
        names = [f'"{s.name}"' for s in self.plan.stores if not s.learned]
        return bracketed(names) if names else ""

    @property
    def antisymmetric(self) -> list[tuple[str, int]]:
        """Name and number of blocks of the weights of which V - Vᵀ multiplies."""
        return [(s.name, len(s.blocks)) for s in self.plan.stores if s.blocks[0].form == "antisymmetric"]

    @property
    def heads(self) -> bool:
        """Whether a weight consists of blocks."""
        return any(s.heads for s in self.plan.stores)

    @property
    def contracts(self) -> bool:
        """Whether there are products by named axes."""
        return any(isinstance(op, Contract) for _, op in self.plan)

    @property
    def sizes(self) -> str:
        """The value of ``sizes``; empty where the cell names none."""
        names = self.cell.named_sizes
        return bracketed(f'"{name}"' for name in names) if names else ""

    @property
    def of_the_input(self) -> str:
        """The states as wide as the input, bracketed; empty where there is none."""
        sizes = (self.cell.sizes[self.cell.previous(s)] for s in self.cell.states)
        names = [name for name, size in zip(self.states, sizes, strict=True) if size == INPUT]
        return bracketed(f'"{name}"' for name in names) if names else ""

    @property
    def matrix_states(self) -> list[str]:
        """``matrix_states = ...``; empty where all states are vectors."""
        sizes = {s: self.cell.sizes[self.cell.previous(s)] for s in self.cell.states}
        names = dict(zip(self.cell.states, self.states, strict=True))
        axes = [f'"{names[s]}": {_count(size)}' for s, size in sizes.items() if len(every_axis(size)) > 1]
        line = f"matrix_states = {{{', '.join(axes)}}}"
        if not axes or 4 + len(line) <= WIDTH:
            return [line] if axes else []
        return ["matrix_states = {", *(f"    {item}," for item in axes), "}"]

    @property
    def told(self) -> bool:
        """Whether a module's own numbers say how wide its parameters and states are, beside ``hidden_size``."""
        return bool(self.sizes or self.of_the_input)

    @property
    def further(self) -> str:
        """The value of ``further``; empty where there is one input."""
        return ", ".join(f'"{i.name}": {_count(i.size)}' for i in self.cell.given)

    @property
    def masks(self) -> list[tuple[str, str]]:
        """The masks that are drawn, each with the arguments of its ``Mask``."""
        found = []
        for i in self.cell.draws:
            assert i.chance is not None
            p = i.chance.probability
            probability = f'"{p.name}"' if isinstance(p, Symbol) else repr(float(p))
            found.append(
                (i.name, ", ".join([_count(i.size), probability, *(["True"] if i.chance.per_sequence else [])]))
            )
        return found

    @property
    def mask_names(self) -> str:
        return ", ".join(name for name, _ in self.masks)

    @property
    def input_letters(self) -> list[tuple[str, str]]:
        """The other inputs, each with the letter of its number of features."""
        letters = {INPUT: "I", HIDDEN: "H", PROJ: "P"}
        return [(i.name, letters.get(i.size, i.size)) for i in self.cell.given]

    @property
    def relative(self) -> str:
        """The module of torch.nn whose behaviour this one has."""
        if self.cell.nonlinearities:
            return "RNN"
        return "LSTM" if len(self.cell.states) > 1 else "GRU"

    @property
    def hx(self) -> str:
        """The states, as they are given and returned."""
        names = ", ".join(self.cell.states)
        return names if len(self.cell.states) == 1 else f"({names})"

    @property
    def cell_arguments(self) -> str:
        """The arguments of the cell's constructor."""
        return ", ".join(
            [
                "input_size",
                "hidden_size",
                *self.cell.named_sizes,
                "bias",
                *(o.name for o in self.options),
                "device, dtype",
            ]
        )

    @property
    def state_letters(self) -> list[tuple[str, str, str]]:
        """Each state, the letter of its size, and where it starts."""
        starts = {s: repr(machine_number(number)) for s, number in self.cell.starts.items()}
        sizes = [self.cell.sizes[self.cell.previous(s)] for s in self.cell.states]
        known = {**dict.fromkeys(LAYERS, "H"), INPUT: "I"}
        letters = [", ".join(known.get(axis, axis) for axis in every_axis(size)) for size in sizes]
        return [
            (s, "P" if k == 0 and self.projection else letters[k], starts.get(s, "zero"))
            for k, s in enumerate(self.cell.states)
        ]

    @property
    def options(self) -> list[Option]:
        found = []
        if names := self.cell.nonlinearities:
            quoted = [f'"{n}"' for n in names]
            about = f"the activation: {' or '.join(quoted)}; the first by default"
            found.append(Option("nonlinearity", "str", f"({', '.join(quoted)})", about))
        for p in self.cell.constants:
            assert p.default is not None  # the definition sees to it
            value = repr(float(p.default))
            found.append(Option(p.name, "float", value, f"the constant {p.name}; {value} by default"))
        return found


def _shape(store: Store) -> str:
    """The shape as text, in the sizes that ``parameter_shapes`` knows."""
    first, count = store.blocks[0], len(store.blocks)
    if not first.rows:
        return "()"
    rows = _size(first.rows) if count == 1 else f"{count} * {_size(first.rows)}"
    rows = str(count) if first.rows == "1" else rows
    return f"({rows}, {_size(first.stored_cols)})" if first.cols else f"({rows},)"


def _count(size: str) -> str:
    """How many numbers an input has, as a layer finds it: 0 for as many as the first, several axes as a tuple."""
    axes = [axis if axis.isdecimal() else f'"{axis}"' for axis in every_axis(size)] or ["1"]
    return "0" if size == INPUT else axes[0] if len(axes) == 1 else f"({', '.join(axes)})"


def _size(size: str) -> str:
    """A number of units as text, where the constructor's arguments are known."""
    if len(axes := every_axis(size)) > 1:
        return " * ".join(map(_size, axes))
    whole, _, heads = size.partition("/")
    if heads:
        return f"per_head({_size(whole)}, {_size(heads)})"
    return _SIZES.get(size, f"self.{size}" if is_named(size) else size)
