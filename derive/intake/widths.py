"""Which quantities are as wide as the input: those that meet it unit by unit. Formulas do not say how many units there
are; that two are added or multiplied unit by unit says that both have as many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Eq, Symbol, evaluate
from sympy.core.symbol import Str

from derive.notation.quantity import previous
from derive.statements.affine import LinearNode
from derive.statements.base import UnitsNode
from derive.statements.matrix_products import ContractionNode, ReadNode
from derive.statements.parameter import Parameter
from derive.statements.sizes import axes_of
from derive.symbolic.expressions import HIDDEN, INPUT, rebuild


@dataclass(frozen=True)
class Widened:
    """Equations and declared parameters whose maps and vectors have the sizes that follow; names: of the equations that
    are as wide as the input; maps: the new ones by the old ones' numbers."""

    lines: list[Eq]
    declared: tuple[Parameter, ...]
    names: tuple[str, ...]
    maps: Mapping[int, LinearNode]


@dataclass
class _Classes:
    """Quantities that have as many units as each other."""

    narrow: set[Symbol]  # numbers that go with every unit
    matrices: Mapping[Symbol, Any]  # that are not learned, with what stands for their rows
    parents: dict[Any, Any] = field(default_factory=dict)

    def find(self, key: Any) -> Any:
        while self.parents.setdefault(key, key) != key:
            key = self.parents[key]
        return key

    def join(self, keys: Iterable[Any]) -> Any:
        found = [self.find(k) for k in keys if k is not None]
        for other in found[1:]:
            self.parents[self.find(other)] = self.find(found[0])
        return found[0] if found else None

    def of(self, node: Any) -> Any:
        """What stands for the width of a formula; None for a number."""
        if isinstance(node, Symbol):
            return None if node in self.narrow else self.find(node)
        if isinstance(node, LinearNode):
            for o in node.operands:
                self.of(o)
            return self.find(node.serial) if node.size == HIDDEN else None
        if isinstance(node, ReadNode) and node.args[0] in self.matrices:
            self.of(node.args[1])
            return self.find(self.matrices[node.args[0]])
        if isinstance(node, ContractionNode):  # of other axes than its factors
            for a in node.args:
                self.of(a)
            return None
        found = self.join([self.of(a) for a in node.args if not isinstance(a, Str)])
        over_all = isinstance(node, UnitsNode) and getattr(node, "over_units", False)
        return None if over_all else found


def widened(lines: Sequence[Eq], declared: Sequence[Parameter], states: Iterable[str], x: Symbol) -> Widened:
    """Maps without a size of their own that meet the input unit by unit give as many numbers as it has."""
    axes = {p.symbol: axes_of(p.rows) for p in declared if p.fixed is not None}
    matrices = {s: x if a[0] == INPUT else (s, "rows") for s, a in axes.items() if len(a) == 2}
    classes = _Classes({p.symbol for p in declared if p.kind != "vector"}, matrices)
    for s in states:
        classes.join([Symbol(s), previous(s)])
    for line in lines:
        classes.join([line.lhs, classes.of(line.rhs)])
    wide = classes.find(x)
    maps: dict[int, LinearNode] = {}

    def rewritten(node: Any) -> Any:
        if not node.args:
            return node
        args = [rewritten(a) for a in node.args]
        if not isinstance(node, LinearNode):
            return rebuild(node, args)
        if node.size == HIDDEN and classes.find(node.serial) == wide:
            args[3] = Str(INPUT)
        if args == list(node.args):
            return node
        made = node.func(*args).numbered()
        maps[node.serial] = made
        return made

    with evaluate(False):
        new = [Eq(line.lhs, rewritten(line.rhs), evaluate=False) for line in lines]
    vectors = tuple(
        replace(p, rows=INPUT) if p.kind == "vector" and p.rows == HIDDEN and classes.find(p.symbol) == wide else p
        for p in declared
    )
    names = tuple(line.lhs.name for line in lines if classes.find(line.lhs) == wide)
    return Widened(new, vectors, names, maps)
