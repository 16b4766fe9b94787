"""A network's files: header, source, the numbers of a trained one, a check, and a CMake file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from sympy import S

from derive.backends.c.files import c_plan
from derive.backends.c.schedule import program
from derive.backends.c.standalone.check import STEPS, check
from derive.backends.c.standalone.made_up import scale_and_offset
from derive.backends.c.standalone.network import Array, Network, Tensor
from derive.backends.c.standalone.scalar import functions, literal, scalar
from derive.backends.c.standalone.step import Step, cname
from derive.backends.c.text import entries_text
from derive.backends.formulas import machine_number
from derive.backends.tables import tables_of
from derive.errors import counted
from derive.files import environment
from derive.notation.quantity import SIZE_LETTERS
from derive.statements.sizes import units
from derive.symbolic.expressions import INPUT

_LINE = 116  # columns of numbers


class Sources:
    """A network in C. name: what every name begins with, the cell's."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.name = re.sub(r"\W", "_", network.cell.name, flags=re.ASCII)
        self.NAME = self.name.upper()
        self.real, self.width = ("double", 8) if network.double else ("float", 4)
        self.first = network.layers[0][0]
        inputs = {network.inputs(k) for k in range(len(network.layers))}
        self.varying = len(inputs) > 1
        self.widest = max(inputs)

    @property
    def weight_bytes(self) -> int:
        """What the numbers need."""
        return self.network.weight_count * self.width

    @property
    def state_bytes(self) -> int:
        """What a sequence needs: the states of all layers, and the memory in which a step works."""
        states = sum(self.network.state_widths.values()) * len(self.network.layers) * self.network.directions
        scratch = sum(count * self.largest(axis) for count, axis in self.step.arrays.values())
        return (states + scratch) * self.width

    # ------------------------------------------------------------------ sizes

    def size(self, axis: str) -> str:
        """The macro of a size."""
        return f"{self.NAME}_{axis.upper()}"

    def extent(self, size: str) -> str:
        """Any size, of macros."""
        return self.step.renamed({name: self.size(name) for name in self.names}).size(size)

    @cached_property
    def names(self) -> list[str]:
        """The sizes that have names."""
        return [axis for axis in (*SIZE_LETTERS, *self.network.cell.named_sizes) if axis in self.network.sizes]

    def largest(self, axis: str) -> int:
        """A size's number, over all layers."""
        return self.widest if axis == INPUT else units(axis, self.network.sizes)

    def array_size(self, count: int, axis: str) -> str:
        size = f"{self.NAME}_WIDEST_INPUT" if axis == INPUT and self.varying else self.extent(axis)
        return size if count == 1 else f"{count} * {size}"

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The macros and their values."""
        network = self.network
        found = {self.size(axis): network.sizes[axis] for axis in self.names}
        if network.cell.further:
            found |= {f"{self.NAME}_INPUTS": sum(network.features)}
        found |= {f"{self.NAME}_LAYERS": len(network.layers)}
        if network.directions == 2:
            found |= {f"{self.NAME}_DIRECTIONS": 2}
        if self.varying:
            found |= {f"{self.NAME}_WIDEST_INPUT": self.widest}
        if network.directions == 2 or network.readout:
            found |= {f"{self.NAME}_WIDTH": network.directions * network.width}
        return found | {f"{self.NAME}_OUTPUT_SIZE": network.outputs}

    @cached_property
    def halves(self) -> int:
        """How many outputs of layers, (steps, width), are kept for the next layer or the readout."""
        network = self.network
        return min(2, len(network.layers) - (network.readout is None)) if network.directions == 2 else 0

    # ------------------------------------------------------------------ the step

    @cached_property
    def step(self) -> Step:
        spelled = {axis: axis.upper() for axis in (*SIZE_LETTERS, *self.network.cell.named_sizes)}
        if self.varying:
            spelled[INPUT] = "weights->input_size"
        plan = c_plan(self.network.cell)
        return Step(program(plan), frozenset(t.stack.name for t in self.first), spelled)

    # ------------------------------------------------------------------ files

    def files(self) -> dict[str, str]:
        """The files by name.

        Raises DeriveError for a formula that has no spelling in C, and where the network gives no finite numbers.
        """
        name, trained = self.name, self.network.trained
        context = self.context()
        made = {f"{name}.h": "h", f"{name}.c": "c", f"{name}_check.c": "check.c", "CMakeLists.txt": "CMakeLists.txt"}
        if trained:
            made[f"{name}_weights.c"] = "weights.c"
        return {
            file: environment("c").get_template(f"standalone{'.' if len(kind) == 1 else '_'}{kind}.j2").render(context)
            for file, kind in made.items()
        }

    def context(self) -> dict[str, Any]:
        """What the templates read."""
        network, cell = self.network, self.network.cell
        return {
            "cell": cell,
            "name": self.name,
            "NAME": self.NAME,
            "about": textwrap.fill(f"{cell.title}. One time step:", 115).replace("\n", "\n * "),
            "equations": "\n".join(f"    {line}".rstrip() for line in cell.unicode().splitlines()),
            "network": self.described(),
            "sizes": self.sizes,
            "axes": [axis.upper() for axis in self.names],
            "inputs": f"{self.NAME}_INPUTS" if cell.further else f"{self.NAME}_INPUT_SIZE",
            "others": [{"name": i.name, "size": self.extent(i.size)} for i in cell.inputs] if cell.further else [],
            "directions": network.directions,
            "varying": self.varying,
            "trained": network.trained,
            "readout": network.readout,
            "tensors": [self.tensor(t) for t in self.first],
            "halves": self.halves,
            "count": f"{self.NAME}_LAYERS" + (f" * {self.NAME}_DIRECTIONS" if network.directions == 2 else ""),
            "sources": [f"{self.name}.c", *([f"{self.name}_weights.c"] if network.trained else [])],
            "arrays": list(self.arrays()),
            "layers": [self.initialiser(k, d) for k, layer in enumerate(network.layers) for d in layer],
            **self.of_numbers(),
            **self.of_states(),
            **self.of_step(),
            **self.of_check(),
        }

    def of_numbers(self) -> dict[str, str]:
        """The type of numbers, and some of them."""
        double = self.network.double
        numbers = {"zero": 0.0, "one": 32768.0, "unit": 1.0}
        return {"real": self.real, **{name: literal(number, double) for name, number in numbers.items()}}

    def of_states(self) -> dict[str, Any]:
        """The states, where they start, and the one that is the output."""
        step, network = self.step, self.network
        output = network.cell.states[0]
        return {
            "states": [
                {"name": cname(s), "size": self.extent(a), "axis": step.size(a), "start": self.start(s)}
                for s, a in step.states.items()
            ],
            "output": cname(output),
            "output_axis": step.size(step.states[output]),
            "first": [
                {
                    "name": f"first_{cname(s)}",
                    "axis": step.size(step.states[s]),
                    "rows": [self.spelled(n) for n in rows],
                }
                for s, rows in network.first.items()
            ],
        }

    def of_step(self) -> dict[str, Any]:
        """The text of one time step, and what it calls and reads."""
        step, double = self.step, self.network.double
        text = step.text()
        arguments = ["weights", "state", *(["scratch"] if step.arrays else []), "input"]
        return {
            "step": scalar(text, double),
            "scratch": [{"name": n, "size": self.array_size(*a)} for n, a in step.arrays.items()],
            "functions": functions(text + self.calls(), double),
            "tables": [
                scalar(entries_text(table), double)
                for table in tables_of(c_plan(self.network.cell))
                if f"({table.entries.__name__}," in text  # the backward pass alone reads tables of slopes
            ],
            "idle": [name for name in arguments if not re.search(rf"\b{name}\b", text)],
        }

    def of_check(self) -> dict[str, Any]:
        """What has to come out, and how far off it may be."""
        found = check(self.network)
        return {
            "steps": STEPS,
            "expected": _numbers(map(repr, found.expected.ravel().tolist())),
            "scale": repr(found.scale),
            "bound": repr(found.bound),
        }

    def start(self, state: str) -> str:
        """Where unit ``unit`` of a state of layer ``k`` starts."""
        if state in self.network.first:
            return f"first_{cname(state)}[k][unit]"
        return literal(machine_number(self.network.cell.starts.get(state, S.Zero)), self.network.double)

    def calls(self) -> str:
        """What the templates call beside the step."""
        readout = self.network.readout
        copies = self.network.directions == 2 or readout is None
        multiplies, adds = readout is not None, readout is not None and readout.bias is not None
        called = {"copy": copies, "multiply": multiplies, "add": adds}
        return "".join(f" {name}()" for name, is_called in called.items() if is_called)

    def described(self) -> str:
        """The network in words."""
        network = self.network
        layers = counted(len(network.layers), "layer")
        ways = " in both directions" if network.directions == 2 else ""
        read = f", read out by an nn.Linear of {network.outputs}" if network.readout else ""
        units = counted(network.sizes["hidden_size"], "unit")
        return f"{layers}{ways} of {units}{read}; {self.real}."

    def tensor(self, tensor: Tensor) -> Mapping[str, str]:
        """A field of the layer's struct."""
        stack = tensor.stack
        count = len(stack.parameters)
        dimensions = [self.extent(d) if d != INPUT or not self.varying else "input_size" for d in stack.dimensions]
        if dimensions and count > 1:
            dimensions[0] = f"{count} * {dimensions[0]}"
        shape = f"({', '.join(dimensions)})" if dimensions else "one number"
        return {"field": cname(stack.name), "shape": shape, "parameters": ", ".join(p.name for p in stack.parameters)}

    def initialiser(self, layer: int, direction: tuple[Tensor, ...]) -> list[str]:
        given = [cname(t.name) for t in direction]
        own = [str(self.network.inputs(layer))] if self.varying else []
        return [*own, *given] or ["0"]

    def arrays(self) -> Iterable[Mapping[str, Any]]:
        """The tensors' numbers; of what is made up, how it is made."""
        network = self.network
        double = network.double
        for k, layer in enumerate(network.layers):
            sizes = {**network.sizes, INPUT: network.inputs(k)}
            for t in (t for direction in layer for t in direction):
                scale, offset = (literal(n, double) for n in scale_and_offset(t.stack, sizes))
                yield {**self.array(cname(t.name), t.numbers), "scale": scale, "offset": offset}
        if network.readout:
            yield self.array("readout_weight", network.readout.weight)
            if network.readout.bias is not None:
                yield self.array("readout_bias", network.readout.bias)

    def array(self, name: str, numbers: Array) -> dict[str, Any]:
        if not self.network.trained:
            return {"name": name, "count": numbers.size}
        return {"name": name, "count": numbers.size, "text": self.spelled(numbers)}

    def spelled(self, numbers: Array) -> str:
        """Numbers of the type, in lines."""
        suffix = "" if self.network.double else "f"
        return _numbers(f"{n!s}{suffix}" for n in numbers.ravel().astype("f8" if self.network.double else "f4"))


def _numbers(numbers: Iterable[str]) -> str:
    """Numbers in lines, between commas."""
    return textwrap.fill(", ".join(numbers), _LINE, initial_indent="    ", subsequent_indent="    ")
