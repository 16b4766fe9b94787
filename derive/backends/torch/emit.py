"""The text of the generated PyTorch modules: a cell in, the files of ``generated/`` out.

Lines (shapes, docstring entries, assignments) are written in Python; their place on the page is the template's. The
text needs torch alone and is laid out as ``ruff format`` leaves it.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import NamedTuple

from sympy import Expr, S, Symbol

from derive.backends.base import machine_number
from derive.backends.c.files import PYTHON, cell_files, machinery, variants
from derive.backends.tables import tables_of
from derive.backends.torch.forward import Forward
from derive.backends.torch.initial import initial_lines
from derive.backends.torch.layout import WIDTH, bracketed, check_names, constant
from derive.backends.torch.parallel import AllSteps
from derive.backends.torch.plan import torch_plan
from derive.backends.torch.printer import torch_code
from derive.backends.torch.reverse import Reverse
from derive.backends.torch.surrogates import surrogates
from derive.backends.torch.tables import table_lines
from derive.backends.torch.traced import Traced
from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.definition.fixed import fixed_lines
from derive.definition.wellformed import HELPERS, SCANS
from derive.errors import DefinitionError, UnsupportedExpression
from derive.files import environment
from derive.plan.linear import parallel
from derive.plan.operations import Contract, Pointwise, Store
from derive.plan.scan import why_sequential
from derive.statements.sizes import LAYERS, every_axis, is_named
from derive.symbolic.activation import Activation
from derive.symbolic.activations import activation
from derive.symbolic.derivatives import slope
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

#: The files that all generated modules share; in ``templates/torch/`` they stand as they are.
MACHINERY = (
    *("backward.py", "callers.py", "chance.py", "checks.py", "direct.py", "fixed.py", "inputs.py", "kernels.py"),
    *("lookup.py", "loops.py", "machines.py", "matrices.py", "module.py", "operators.py", "parallel.py"),
    *("recurrent.py", "scans.py", "slopes.py", "stacks.py", "streams.py", "traces.py"),
)
_SIZES = {INPUT: "input_size", PROJ: "output_size"}
_OUTPUT = "proj_size or hidden_size"


def generated_files(
    cells: Iterable[Cell] | None = None, files: Callable[[Cell], dict[str, str]] | None = None
) -> dict[str, str]:
    """The files of ``generated/`` by relative path: those of each cell (of the whole catalogue by default), the
    machinery that they share, and an index. files: what gives a cell's, ``module_files`` by default.

    Raises DefinitionError where two cells would get classes of one name, UnsupportedExpression for a formula without
    PyTorch spelling.
    """
    chosen = list(catalogue.values() if cells is None else cells)
    owners: dict[str, Cell] = {}
    for cell in chosen:
        if f"{cell.name}.py" in MACHINERY:
            raise DefinitionError(
                f"cell {cell.name!r}{cell.where}: {cell.name}.py is a file of the machinery; rename it"
            )
        other = owners.setdefault(cell.class_name, cell)
        if other is not cell:
            raise DefinitionError(
                f"cells {other.name!r} and {cell.name!r} both have class {cell.class_name}; change one class_name"
            )
    classes = [name for cell in chosen for name in (cell.class_name, f"{cell.class_name}Cell")]
    index = {"cells": sorted(chosen, key=lambda cell: cell.name), "classes": sorted(classes, key=_as_sorted)}
    whole = cells is None  # then the folder is generated/
    machinery = ", ".join(f"`{file}`" for file in sorted(shared_files()) if "/" not in file)
    return {
        "README.md": _render("README.md.j2", **index, whole=whole, machinery=machinery),
        "__init__.py": _render("__init__.py.j2", **index),
        **shared_files(),
        **{file: text for cell in chosen for file, text in (files or module_files)(cell).items()},
    }


def module_files(cell: Cell) -> dict[str, str]:
    """The files of one cell: its module, and its C files, which the module runs where it can. A C file names the text
    of the module that it belongs to, so that a module that somebody has changed runs as it reads."""
    text = module_text(cell)
    digest = hashlib.sha256(text.encode()).hexdigest()
    note = f"/* Of {cell.name}.py as it was written, SHA-256 {digest} */\n"
    return {f"{cell.name}.py": text, **{f"c/{file}": note + body for file, body in cell_files(cell).items()}}


def shared_files() -> dict[str, str]:
    """The files that all generated modules need beside them."""
    c = {f"c/{file}": text for file, text in machinery().items()}
    names = "\n".join(sorted(machinery()))
    return {**{file: machinery_text(file) for file in MACHINERY}, **machinery(PYTHON), **c, "c/files.txt": f"{names}\n"}


def machinery_text(file: str) -> str:
    """The text of one of the files in ``MACHINERY``, which every generated module needs beside it."""
    torch = environment("torch")
    assert torch.loader is not None
    return _render("machinery.py.j2", file=file, text=torch.loader.get_source(torch, file)[0])


@lru_cache(maxsize=256)  # a cell never changes, and its layer, its file and its record all ask for the same text
def module_text(cell: Cell) -> str:
    """The text of one cell's module.

    Raises UnsupportedExpression, naming the cell and the node, for a formula without PyTorch spelling.
    """
    try:
        return _render("cell.py.j2", m=_Module(cell))
    except UnsupportedExpression as e:
        raise UnsupportedExpression(f"cell {cell.name!r}: {e}") from None


def _as_sorted(name: str) -> tuple[object, ...]:
    """The order of names that linters ask of ``__all__``: constants first, numbers by value."""
    return not name.isupper(), [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _render(template: str, **values: object) -> str:
    return environment("torch").get_template(template).render(**values)


class Option(NamedTuple):
    """A further argument of the constructor: its name, type, the value of ``options[name]``, and what it is."""

    name: str
    type: str
    value: str
    about: str


class _Module:
    """What the template puts in place for one cell."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        check_names(cell)
        self.plan = torch_plan(cell)
        lines = Forward(self.plan)
        back = Reverse(lines)
        self.before, self.step, self.states = lines.before, lines.step, lines.states
        self.keeps_more_than_states = bool(lines.kept.computed)
        self.saved = [
            *constant("saved", back.public(back.kept.saved)),
            *constant("summed", back.public(back.kept.summed)),
        ]
        self.sequential = why_sequential(cell)
        self.all_steps = [] if self.sequential else AllSteps(lines, parallel(self.plan)).lines
        self.partials, self.step_backward, self.gradients = back.partials, back.step, back.gradients
        traced = Traced(lines, cell)
        self.quantities = traced.lines
        chosen = [activation(name)(Symbol("x")) for name in cell.nonlinearities]
        ops = [*(op for _, op in self.plan), *traced.ops]
        found = surrogates([*chosen, *(op.expr for op in ops if isinstance(op, Pointwise))])
        self.tables = [table_lines(t) for t in tables_of(self.plan)]
        body = "\n".join([*self._forward, *self._backward, self.activation, *(s.slope_text for s in found)])
        # what is taken of a number alone is a number; of others the call may be broken over lines
        self.surrogates = [s for s in found if re.search(rf"\(\s*{s.value}, ", body)]

    @property
    def about(self) -> list[str]:
        """The paragraphs between the title and the equations."""
        return [
            textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in (self.cell.source, self.cell.note) if text
        ]

    @property
    def equations(self) -> str:
        fixed = (textwrap.fill(line, 110, subsequent_indent="  ") for line in fixed_lines(self.cell))
        return textwrap.indent("\n".join((self.cell.unicode(), *fixed)), "    ")

    @property
    def _forward(self) -> list[str]:
        return [*self.before, *(line for _, lines in self.step for line in lines), *self.all_steps, *self.quantities]

    @property
    def _backward(self) -> list[str]:
        return [*self.partials, *self.step_backward, *self.gradients]

    @property
    def helpers(self) -> list[str]:
        """What the equations need of ``backward.py``."""
        body = "\n".join([*self._forward, *self._backward])
        return ["Tensors", *(name for name in HELPERS if re.search(rf"\b{name}\(", body))]

    @property
    def scans(self) -> list[str]:
        """What they need of ``parallel.py``."""
        body = "\n".join(self.all_steps)
        return [name for name in SCANS if f"{name}(" in body]

    @property
    def products(self) -> list[str]:
        """What they need of ``matrices.py``."""
        along = any("along(" in line for line in self.all_steps)
        return [*(["along"] if along else []), *(["contract"] if self.contracts else [])]

    @cached_property
    def _formulas(self) -> str:
        """All that is computed."""
        functions = [text for s in self.surrogates for text in (s.value_text, s.slope_text)]
        slopes = [self.activation, self.activation_slope, *functions]
        return "\n".join([*self._forward, *self._backward, *self.initial, *slopes])

    @property
    def uses_math(self) -> bool:
        return "math." in self._formulas

    @cached_property
    def imports(self) -> list[str]:
        """What the equations need of torch."""
        body = self._formulas
        return [
            *(["import torch"] if "torch." in body else []),
            "from torch import Tensor, nn" if "nn." in "".join(self.initial) else "from torch import Tensor",
            *(["from torch.nn import functional as F"] if "F." in body else []),
        ]

    # ------------------------------------------------------------------ parameters

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
    def state_sizes(self) -> str:
        """The value of ``state_sizes``."""
        cell = self.plan.cell
        sizes = [_size(cell.sizes[cell.previous(s)]).replace("output_size", _OUTPUT) for s in cell.states]
        sizes = ["self.input_size" if size == "input_size" else size for size in sizes]
        return f"({sizes[0]},)" if len(sizes) == 1 else ", ".join(sizes)

    @property
    def state_names(self) -> str:
        """The value of ``states``."""
        return bracketed(f'"{name}"' for name in self.states)

    @property
    def starts(self) -> str:
        """The value of ``starts``; empty where all states start at 0."""
        stated = self.cell.starts
        numbers = (repr(machine_number(stated.get(s, S.Zero))).replace("e+", "e") for s in self.states)
        return bracketed(numbers) if stated else ""

    @property
    def fixed(self) -> str:
        """The value of ``fixed``; empty where all is learned."""
        names = [f'"{s.name}"' for s in self.plan.stores if not s.learned]
        return bracketed(names) if names else ""

    @property
    def fixed_helpers(self) -> list[str]:
        """What the lines of fixed matrices need of ``fixed.py``."""
        body = "\n".join(self.initial)
        return [name for name in ("drawn", "places") if f"{name}(" in body] if self.fixed else []

    @property
    def antisymmetric(self) -> list[tuple[str, int]]:
        """Name and number of blocks of the weights of which V - Vᵀ multiplies."""
        return [(s.name, len(s.blocks)) for s in self.plan.stores if s.blocks[0].form == "antisymmetric"]

    # ------------------------------------------------------------------ inputs and sizes

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
        names = [s for s in self.states if self.cell.sizes[self.cell.previous(s)] == INPUT]
        return bracketed(f'"{name}"' for name in names) if names else ""

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

    # ------------------------------------------------------------------ the classes' docstrings

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
        letters = [" * ".join(known.get(axis, axis) for axis in every_axis(size)) for size in sizes]
        return [
            (s, "P" if k == 0 and self.projection else letters[k], starts.get(s, "zero"))
            for k, s in enumerate(self.cell.states)
        ]

    # ------------------------------------------------------------------ options

    @cached_property
    def initial(self) -> list[str]:
        """The lines that put the stated initial values in place; none where none is stated."""
        return initial_lines(self.plan.stores)

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

    @property
    def activation(self) -> str:
        """The activation that ``nonlinearity`` chooses, as an expression in ``x``; empty where there is no choice."""
        return self._chosen(lambda choice: choice(Symbol("x")))

    @property
    def activation_slope(self) -> str:
        """Its derivative, as an expression in its value ``y``."""
        return self._chosen(lambda choice: slope(choice, Symbol("x"), Symbol("y"), ()))

    def _chosen(self, formula: Callable[[type[Activation]], Expr]) -> str:
        names = self.cell.nonlinearities
        texts = [torch_code(formula(activation(name))) for name in names]
        choices = zip(texts[:-1], names[:-1], strict=True)
        return "".join(f'{text} if self.nonlinearity == "{name}" else ' for text, name in choices) + "".join(texts[-1:])


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
