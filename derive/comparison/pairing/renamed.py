"""Cells whose equations are the same up to names, those of sizes among them: which are told without a search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import permutations
from typing import Any

from sympy import Basic, Symbol

from derive.definition.cell import Cell

_NAME = re.compile(r"[A-Za-z_]\w*")
_APART = {"label", "tensor", "block", "default", "role", "initial"}  # fields that names and the start of training are
MOST = 5  # sizes of an author's, whose orders are tried


def called(first: Cell, second: Cell) -> tuple[str, str]:
    """What two cells are called in one sentence: by which comes first, where they have one name."""
    return (first.name, second.name) if first.name != second.name else ("the first", "the second")


def renamed_size(size: str, names: Mapping[str, str]) -> str:
    """A size, ``heads:value×key``, with other names in it."""
    return _NAME.sub(lambda found: names.get(found[0], found[0]), size)


def size_names(first: Cell, second: Cell) -> Iterator[dict[str, str]]:
    """What the second cell's sizes are called in the first: names with which both have parameters of the same sizes, or
    as many as can be, as several biases may be one; none where there are none."""
    mine, theirs = first.named_sizes, second.named_sizes
    wanted, heads = Counter(parameter_sizes(first, {})), {*first.heads}
    orders = permutations(mine) if len(mine) == len(theirs) <= MOST else ()
    ways = [dict(zip(theirs, order, strict=True)) for order in orders]
    fitting = [w for w in ways if {w.get(n, n) for n in second.heads} == heads]
    common = [(wanted & Counter(parameter_sizes(second, way))).total() for way in fitting]
    yield from [way for way, count in zip(fitting, common, strict=True) if count == max(common)] or [{}]


def parameter_sizes(cell: Cell, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The kinds and sizes of all parameters, in order. names: other names for sizes."""
    kinds = {"constant": "scalar"}
    return sorted(
        (kinds.get(p.kind, p.kind), *(renamed_size(size, names) for size in (p.rows, p.stored_cols)))
        for p in cell.parameters
    )


def state_orders(first: Cell, second: Cell, sizes: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The first cell's states, each with one of the second, the output with the output: in their order at first, then
    in others. sizes: what the second's are called in the first; only states of one size are the same, if there are as
    many of each in both."""
    if len(first.states) != len(second.states):
        return
    mine = [first.sizes[Symbol(s)] for s in first.states]
    wide = {s: renamed_size(second.sizes[Symbol(s)], sizes) for s in second.states}
    known = sorted(mine) == sorted(wide.values()) and mine[0] == wide[second.states[0]]
    for order in permutations(second.states[1:]):
        names = second.states[0], *order
        if not known or all(size == wide[s] for size, s in zip(mine, names, strict=True)):
            yield dict(zip(first.states, names, strict=True))


def renaming(first: Cell, second: Cell, sizes: Mapping[str, str]) -> dict[str, str] | None:
    """The first cell's states and parameters, each with that of the second, where both have the same equations, in any
    order; None where they do not. sizes: what the second's are called in the first."""
    both = _Both(first, second, sizes)
    inputs = [tuple((i.symbol, i.size, i.chance is None) for i in cell.inputs) for cell in (first, second)]
    before = [tuple(map(cell.previous, cell.states)) for cell in (first, second)]
    after = [tuple(map(Symbol, cell.states)) for cell in (first, second)]
    if not all(both.alike(a, b) for a, b in (inputs, before, after)):
        return None
    mine = {p.name for p in first.parameters}
    paired = {a.name: b.name for a, b in both.names.items() if a.name in mine}
    return dict(zip(first.states, second.states, strict=True)) | paired if paired.keys() == mine else None


@dataclass
class _Both:
    """Two cells, and the names of the first that are paired so far with those of the second."""

    first: Cell
    second: Cell
    sizes: Mapping[str, str]
    names: dict[Symbol, Symbol] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mine, self.theirs = (self._definitions(cell) for cell in (self.first, self.second))

    @staticmethod
    def _definitions(cell: Cell) -> dict[Symbol, Any]:
        """What parameters are, and the statements of what is computed."""
        return {p.symbol: p for p in cell.parameters} | {s.target: s for s in cell.statements}

    def alike(self, a: Any, b: Any) -> bool:
        """Whether two statements, formulas or parts of them are the same up to names."""
        if type(a) is not type(b):
            return False
        if isinstance(a, Symbol):
            return self._paired(a, b)
        if isinstance(a, str):
            return a == renamed_size(b, self.sizes)
        if isinstance(a, tuple | list):
            return len(a) == len(b) and all(map(self.alike, a, b))
        if is_dataclass(a):
            named = (f.name for f in fields(a) if f.name not in _APART)
            return all(self.alike(getattr(a, name), getattr(b, name)) for name in named)
        if isinstance(a, Basic) and a.args:
            return len(a.args) == len(b.args) and all(map(self.alike, a.args, b.args))
        return bool(a == b)

    def _paired(self, a: Symbol, b: Symbol) -> bool:
        if a in self.names or b in self.names.values():
            return bool(self.names.get(a) == b)
        p, q = self.mine.get(a), self.theirs.get(b)
        self.names[a] = b
        return (p is None) == (q is None) and (p is None or self.alike(p, q))
