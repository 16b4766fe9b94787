"""The tensors that a cell needs: which they are, of what shape, and cut into the cell's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.definition.cell import Cell
from derive.definition.fixed import numbers_of
from derive.errors import RunError, counted, listing, shortened, unknown
from derive.notation.quantity import Role
from derive.run.tensors import Shape, check_array, exact_tensor, is_array, shape, zeros
from derive.statements.parameter import Parameter
from derive.statements.sizes import count_of, every_axis, is_named, units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

Sizes = Mapping[str, int]
MOST_NUMBERS = 500_000  # of a run's weights: each is kept as a rational


@dataclass(frozen=True)
class Stack:
    """A stacked tensor as a cell wants it: ``blocks`` parameters of (rows, cols), one below the other."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The sizes by name: ("hidden_size", "input_size"), ("hidden_size",) or ()."""
        first = self.parameters[0]
        return tuple(d for d in (first.rows, first.stored_cols) if d)

    @property
    def optional(self) -> bool:
        """Whether it may be left out: a bias is then zero, a declared parameter has its default."""
        first = self.parameters[0]
        return first.role is Role.BIAS or first.number is not None or first.fixed is not None

    def expected(self, sizes: Sizes) -> Shape:
        """The shape for those sizes."""
        first, *rest = (units(d, sizes) for d in self.dimensions) if self.dimensions else (0,)
        return (len(self.parameters) * first, *rest) if self.dimensions else ()

    def described(self, sizes: Sizes) -> str:
        """Words for the expected shape: ``(4*hidden_size, input_size) = (4, 3)``."""
        if not self.dimensions:
            return "one number"
        times = f"{len(self.parameters)}*" if len(self.parameters) > 1 else ""
        comma = "," if len(self.dimensions) == 1 else ""
        return f"({times}{', '.join(self.dimensions)}{comma}) = {self.expected(sizes)}"

    def default(self, sizes: Sizes, constants: Mapping[str, Any]) -> Any:
        """The tensor where none is given. constants: the numbers of the cell's."""
        if self.parameters[0].fixed is not None:
            return numbers_of(self.parameters[0], sizes, constants)
        value = self.parameters[0].number
        filled = zeros(self.expected(sizes))
        return filled if value is None else _filled(filled, value)


def _filled(tensor: Any, value: Any) -> Any:
    return tuple(_filled(t, value) for t in tensor) if isinstance(tensor, tuple) else value


def stacks(cell: Cell) -> dict[str, Stack]:
    """The tensors of a cell by name; a constant, which no tensor holds, goes by its own name."""
    found: dict[str, list[Parameter]] = {}
    for p in cell.parameters:
        found.setdefault(p.tensor or p.name, []).append(p)
    return {name: Stack(name, tuple(sorted(ps, key=lambda p: p.block))) for name, ps in found.items()}


def check_tensors(
    cell: Cell, given: Mapping[str, Any], known: Sizes, others: bool = False
) -> tuple[dict[str, int], dict[str, Any]]:
    """The sizes, those given and those that the tensors tell, and every tensor of the cell, exact and of its shape.

    others: whether tensors of other names are passed over, as in the state_dict of a whole model.

    Raises RunError naming the tensor, its shape and the expected one.
    """
    wanted = stacks(cell)
    check_names(cell, wanted, given, known, others)
    found = {name: _judged(given[name], f"weights.{name}") for name in wanted if name in given}
    sizes = sizes_of(wanted, {name: _shape_of(tensor, name) for name, tensor in found.items()}, known)
    check_count(cell, wanted, sizes)
    for heads in _cuts(cell):
        if sizes[HIDDEN] % units(heads, sizes):
            raise RunError(
                f"{cell.name}: {counted(sizes[HIDDEN], 'hidden unit')} cannot be cut into {units(heads, sizes)} heads;"
                " give sizes that divide"
            )
    tensors = {
        name: exact_tensor(tensor, f"weights.{name}") if is_array(tensor) else tensor for name, tensor in found.items()
    }
    constants = {p.name: tensors.get(p.name, p.default) for p in cell.constants}
    tensors = {name: tensors[name] if name in tensors else s.default(sizes, constants) for name, s in wanted.items()}
    return sizes, tensors


def _cuts(cell: Cell) -> set[str]:
    """The numbers of equal parts into which hidden units are cut."""
    of_weights = {p.heads for p in cell.parameters if p.rows == HIDDEN}
    return (of_weights | {getattr(s, "heads", "") for s in cell.statements if s.size == HIDDEN}) - {""}


def check_names(cell: Cell, wanted: Mapping[str, Stack], given: Mapping[str, Any], known: Sizes, others: bool) -> None:
    """Raises RunError for a tensor that is missing, one that the cell has not, unless ``others`` says that there may
    be, and a size that it has not."""
    for name in given:
        if name not in wanted and not others:
            raise RunError(f"weights: {unknown(f'tensor of {cell.name}', name, wanted)}")
    for name, stack in wanted.items():
        if name not in given and not stack.optional:
            held = listing(given, name)
            raise RunError(f"weights.{name} is missing: {cell.name} needs {', '.join(wanted)}; given: {held}")
    own = {INPUT, HIDDEN, *cell.named_sizes, *_dimensions(wanted)}
    for size in known:
        if size not in own:
            raise RunError(f"{cell.name} has no {size}; its sizes are {', '.join(sorted(own))}")


def _judged(value: Any, key: str) -> Any:
    """Nested lists as exact ones; a tensor as it is, with none of its numbers looked at."""
    if not is_array(value):
        return exact_tensor(value, key)
    check_array(value, key)
    return value


def _shape_of(tensor: Any, key: str) -> Shape:
    return tuple(tensor.shape) if is_array(tensor) else shape(tensor, key)


def sizes_of(wanted: Mapping[str, Stack], shapes: Mapping[str, Shape], known: Sizes) -> dict[str, int]:
    """The sizes, those known and those that the shapes tell.

    Raises RunError, naming the tensor, for a shape that is not the cell's for these sizes.
    """
    sizes = _infer(wanted, shapes, dict(known) | {d: int(d) for d in _dimensions(wanted) if d.isdecimal() and d != "1"})
    for size in _dimensions(wanted) - {"1", PROJ} - sizes.keys():
        raise RunError(
            f"the weights alone do not tell {size}; give sizes={{{size!r}: 2}}, in a file sizes = {{{size} = 2}}"
        )
    for name, found in shapes.items():
        if found != wanted[name].expected(sizes):
            raise RunError(f"weights.{name} has shape {found}, expected {wanted[name].described(sizes)}")
    return sizes


def check_count(cell: Cell, wanted: Mapping[str, Stack], sizes: Sizes) -> None:
    """Raises RunError for more numbers than a run takes."""
    count = sum(math.prod(stack.expected(sizes)) for stack in wanted.values())
    if count > MOST_NUMBERS:
        told = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        raise RunError(
            f"weights: {cell.name} with {told} has {count} numbers, and a run, which is exact, takes at most"
            f" {MOST_NUMBERS}; take a smaller layer"
        )


def _dimensions(wanted: Mapping[str, Stack]) -> set[str]:
    """The sizes of the tensors by name."""
    every = (axis for stack in wanted.values() for size in stack.dimensions for axis in every_axis(size))
    return {d for axis in every for d in axis.split("/")}


def _infer(wanted: Mapping[str, Stack], shapes: Mapping[str, Shape], sizes: dict[str, int]) -> dict[str, int]:
    for name, found in shapes.items():
        stack = wanted[name]
        if len(found) != len(stack.dimensions) or 0 in found[1:]:
            blocks = f"{len(stack.parameters)}*" if len(stack.parameters) > 1 and stack.dimensions else ""
            comma = "," if len(stack.dimensions) == 1 else ""
            form = f"({blocks}{', '.join(stack.dimensions)}{comma})" if stack.dimensions else "one number"
            raise RunError(f"weights.{name} has shape {shortened(found)}, expected {form}")
        for k, size in enumerate(stack.dimensions):
            blocks_of = len(stack.parameters) if k == 0 else 1
            if found[k] % blocks_of or found[k] == 0:
                names = ", ".join(p.name for p in stack.parameters)
                expected = f"a multiple of {blocks_of}: {size} rows for each of {names}"
                raise RunError(f"weights.{name} has {counted(found[k], 'row')}, expected {expected}")
            whole, _, heads = size.partition("/")
            if is_named(heads) and whole in sizes:
                sizes.setdefault(heads, max(1, sizes[whole] // found[k]))
            elif len(every_axis(size)) == 1 and not heads:
                sizes.setdefault(size, found[k] // blocks_of)
    for name, found in shapes.items():
        for k, size in enumerate(wanted[name].dimensions):
            _divide(size, found[k] // (1 if k else len(wanted[name].parameters)), sizes)
    sizes.setdefault(HIDDEN, 1)  # a cell without weights of that size: one unit
    return sizes


def _divide(size: str, length: int, sizes: dict[str, int]) -> None:
    """Of a quantity with several axes the one size that is not known yet, which a square matrix has twice."""
    missing = [axis for axis in every_axis(size) if axis not in sizes and not axis.isdecimal()]
    if len(every_axis(size)) > 1 and len({*missing}) == 1:
        each = max(1, length // count_of(size, sizes))
        sizes[missing[0]] = each if len(missing) == 1 else math.isqrt(each)


def stored_parameters(cell: Cell, tensors: Mapping[str, Any], sizes: Sizes) -> dict[str, Any]:
    """Each parameter's matrix, vector or number, by the parameter's name, as it is stored."""
    found = {}
    for p in cell.parameters:
        tensor = tensors[p.tensor or p.name]
        if p.rows:
            rows = units(p.rows, sizes)
            tensor = tensor[p.block * rows : (p.block + 1) * rows]
        found[p.name] = tensor
    return found


def parameters_of(cell: Cell, tensors: Mapping[str, Any], sizes: Sizes) -> dict[str, Any]:
    """The same as the equations use it: an antisymmetric matrix is V - V^T of the stored V, one with heads has zeros
    beside its blocks."""
    found = stored_parameters(cell, tensors, sizes)
    for p in cell.parameters:
        if p.form == "antisymmetric":
            v, n = found[p.name], range(units(p.rows, sizes))
            found[p.name] = tuple(tuple(v[j][k] - v[k][j] for k in n) for j in n)
        elif p.heads:
            count = units(p.cols, sizes)
            found[p.name] = tuple(_row(row, k, count) for k, row in enumerate(found[p.name], 1))
    return found


def _row(block: tuple[Any, ...], k: int, count: int) -> tuple[Any, ...]:
    """Row k of a matrix of which that much of it is on the diagonal."""
    first = (k - 1) // len(block) * len(block)
    return (*zeros((first,)), *block, *zeros((count - first - len(block),)))
