"""The ``Builder`` that does to zonotopes what a statement asks of a machine, at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from sympy import Add, Expr, Max, Mul, Symbol, exp

from derive.enclosure.formula import Formula, Replacements
from derive.enclosure.twin import Twin
from derive.enclosure.zonotope import UNIT, Matrix
from derive.statements.contracted import summed_axes
from derive.statements.sizes import every_axis, units, unprimed
from derive.symbolic.expressions import ordered


@dataclass
class Asked:
    """domain: the rules of zonotopes. parameters: matrices, by name. read: a formula as a program. known: the twins by
    name, to which results are added."""

    domain: Any
    sizes: Mapping[str, int]
    parameters: Mapping[str, Any]
    read: Callable[[Expr], Formula]
    known: dict[Symbol, Twin]
    _count: int = 0

    def _named(self, target: Symbol | None, value: Twin) -> Symbol:
        if target is None:
            self._count += 1
            target = Symbol(f"asked {self._count}")
        self.known[target] = value
        return target

    def pointwise(self, expr: Expr, size: str = "", target: Symbol | None = None) -> Symbol:
        formula = self.read(expr)
        keep = Replacements(lambda k: None, lambda k: None)
        return self._named(target, formula(self.domain, self.known, keep, {}))

    def matmul(
        self,
        weight: Symbol,
        operand: Symbol,
        bias: Symbol | None = None,
        *,
        transposed: bool = False,
        target: Symbol | None = None,
        stem: str = "",
    ) -> Symbol:
        matrix = self.parameters[weight.name]
        if transposed:
            matrix = matrix.transposed()
        added = None if bias is None else self.known[bias]
        return self._named(target, self.domain.matmul(matrix, self.known[operand], added))

    def reduce(self, how: str, parts: Sequence[Symbol], target: Symbol | None = None, *, stem: str = "") -> Symbol:
        """A mean is a product with a row of equal numbers, a maximum that of all units one by one."""
        values = [self.known[p] for p in parts]
        if how == "max":
            return self.pointwise(Max(*(unit for value in values for unit in self._units(value))), target=target)
        many = sum(len(v.exact.centre) for v in values) if how == "mean" else 1
        weight = np.float64(1 / many)
        rows = [Matrix(np.full((1, len(v.exact.centre)), weight), weight * UNIT) for v in values]
        sums = [self.domain.matmul(row, v, None) for row, v in zip(rows, values, strict=True)]
        return self._named(target, self.domain.combine([arb(1)] * len(sums), sums))

    def broadcast(self, source: Symbol, size: str, target: Symbol | None = None) -> Symbol:
        ones = Matrix(np.ones((self.sizes[size], 1)), np.float64(0))
        return self._named(target, self.domain.matmul(ones, self.known[source], None))

    def scan(self, source: Symbol, *, reverse: bool = False, heads: str = "", target: Symbol | None = None) -> Symbol:
        ones = np.tri(self._each(source, heads))
        return self._by_head(source, ones.T if reverse else ones, target)

    def reduce_by_head(self, how: str, source: Symbol, heads: str, target: Symbol | None = None) -> Symbol:
        """The largest of each head is taken of its units one by one, and repeated for them."""
        each = self._each(source, heads)
        if how != "max":
            weight = np.float64(1 / each if how == "mean" else 1)
            return self._by_head(source, np.full((each, each), weight), target, weight * UNIT)
        found, repeated = self._units(self.known[source]), list[Symbol]()
        for first in range(0, len(found), each):
            column = (np.arange(len(found)) // each == first // each).astype(float)[:, None]
            most = self.pointwise(Max(*found[first : first + each]))
            repeated.append(
                self._named(None, self.domain.matmul(Matrix(column, np.float64(0)), self.known[most], None))
            )
        return self.pointwise(ordered(Add, repeated), target=target)

    def contract(
        self, factors: Sequence[Symbol], sizes: Sequence[str], axes: str, target: Symbol | None = None
    ) -> Symbol:
        """Each factor's numbers where they are needed, the products of those, and their sums.

        A factor that stands there twice is squared, which is not below 0.
        """
        known = self.sizes
        every = (*every_axis(axes), *summed_axes(sizes, axes))
        places = np.indices([units(unprimed(axis), known) for axis in every]).reshape(len(every), -1)
        parts: list[Expr] = []
        for (q, own), often in Counter(zip(factors, sizes, strict=True)).items():
            lengths = [units(unprimed(axis), known) for axis in every_axis(own)]
            rows = [places[every.index(axis)] for axis in every_axis(own)]
            at = np.ravel_multi_index(tuple(rows), lengths) if rows else np.zeros(places.shape[1], int)
            chosen = Matrix(np.eye(units(unprimed(own), known))[at], np.float64(0))
            parts.append(self._named(None, self.domain.matmul(chosen, self.known[q], None)) ** often)
        whole = self.pointwise(ordered(Mul, parts))
        count = units(unprimed(axes), known)
        sums = Matrix(np.kron(np.eye(count), np.ones((1, places.shape[1] // count))), np.float64(0))
        return self._named(target, self.domain.matmul(sums, self.known[whole], None))

    def softmax(self, source: Symbol, heads: str = "", target: Symbol | None = None) -> Symbol:
        less = self._named(None, self.domain.less_largest(self.known[source]))
        powers, each = self.pointwise(exp(less)), self._each(source, heads)
        sums = self._by_head(powers, np.ones((each, each)), None) if heads else self.reduce("sum", [powers])
        found = self.pointwise(powers / sums)
        return self._named(target, self.domain.shares(self.known[found], self.known[source], each))

    def _each(self, source: Symbol, heads: str) -> int:
        """How many units each head has; all of them where there is no number of heads."""
        return len(self.known[source].exact.centre) // (units(heads, self.sizes) if heads else 1)

    def _by_head(self, source: Symbol, block: Any, target: Symbol | None, off: float = 0.0) -> Symbol:
        """The product of a matrix with each head's units. off: what its entries may be off by."""
        value = self.known[source]
        matrix = np.kron(np.eye(len(value.exact.centre) // len(block)), block)
        return self._named(target, self.domain.matmul(Matrix(matrix, np.float64(off)), value, None))

    def _units(self, value: Twin) -> list[Symbol]:
        """Each unit by itself."""
        rows = np.eye(len(value.exact.centre))
        matrices = (Matrix(row[None], np.float64(0)) for row in rows)
        return [self._named(None, self.domain.matmul(m, value, None)) for m in matrices]
