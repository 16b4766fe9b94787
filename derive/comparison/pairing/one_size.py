"""Sizes that one cell has as one: a module's are known by how long its tensors are, and two of one length look the
same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from sympy import Basic, Symbol
from sympy.core.symbol import Str

from derive.comparison.pairing.renamed import parameter_sizes, renamed_size
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ, rewrite

MOST = 4  # sizes of a cell, beside the input's


def as_one_size(module: Cell, cell: Cell) -> Iterator[tuple[Cell, dict[str, str]]]:
    """The cell with one size in the place of several so that it has the module's, and which one stands for which."""
    mine, own = _named(module), _named(cell)
    if not len(mine) < len(own) <= MOST or module.heads or cell.heads:
        return
    wanted = parameter_sizes(module, {})
    for way in product(mine, repeat=len(own)):
        names = {old: new for old, new in zip(own, way, strict=True) if old != new}
        if parameter_sizes(cell, names) == wanted and (found := _renamed(cell, names)) is not None:
            yield found, names


def _named(cell: Cell) -> list[str]:
    sizes = {size: None for p in cell.parameters for size in (p.rows, p.cols)}
    sizes |= {cell.sizes[Symbol(s)]: None for s in cell.states}
    return [size for size in sizes if size in (HIDDEN, PROJ, *cell.named_sizes) and size != INPUT]


def _renamed(cell: Cell, names: Mapping[str, str]) -> Cell | None:
    """The cell with other sizes; None where that is none, or where something else has such a name."""

    def rule(node: Basic) -> Basic | None:
        return Str(renamed_size(node.name, names)) if isinstance(node, Str) else None

    lines = tuple(replace(line, expr=rewrite(line.expr, rule)) for line in cell.lines)
    declared = (replace(p, rows=renamed_size(p.rows, names), cols=renamed_size(p.cols, names)) for p in cell.declared)
    further = (replace(i, size=renamed_size(i.size, names)) for i in cell.further)
    try:
        found = replace(cell, lines=lines, declared=tuple(declared), further=tuple(further), projection=False)
    except DeriveError:
        return None
    return found if [p.name for p in found.parameters] == [p.name for p in cell.parameters] else None
