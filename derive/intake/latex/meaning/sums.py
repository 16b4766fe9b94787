"""Sums, in which a vector beside a product of a matrix and a vector is the bias of that map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Mul

from derive.intake.latex.meaning.products import Products
from derive.intake.latex.trees.tree import Key, Letter, Node, Product
from derive.symbolic.expressions import ordered


class Sums(Products):
    """Makes sums of one equation."""

    def _sum(self, terms: Sequence[tuple[int, Node]]) -> Any:
        """A bias is a vector that stands once, beside a product of a matrix."""
        biases = [
            n for s, n in terms
            if s == 1 and isinstance(n, Letter) and self.roles.is_parameter(n)
            and self.roles.kind(n, self.target) == "vector" and self.used[n.key] == 1
            and n.key not in self.roles.system.fixed
        ]  # fmt: skip
        pairs = self._pairs(terms, biases)
        found: list[Any] = []
        for k, (sign, node) in enumerate(terms):
            if any(node is b for b, _ in pairs):
                continue
            bias = next((b for b, j in pairs if j == k), None)
            value = self._mapped(node, bias.key) if bias is not None else self.vector(node)
            found.append(value if sign == 1 else Mul(-1, value))
        return ordered(Add, found)

    def _pairs(self, terms: Sequence[tuple[int, Node]], biases: Sequence[Letter]) -> list[tuple[Letter, int]]:
        """Each bias with the place of its product: the nearest one before it, or the first after it."""
        pairs: list[tuple[Letter, int]] = []
        for bias in biases:
            at = next(k for k, (_, n) in enumerate(terms) if n is bias)
            order = [*range(at - 1, -1, -1), *range(at + 1, len(terms))]
            free = (
                j for j in order if terms[j][0] == 1 and self._is_map(terms[j][1]) and j not in [p for _, p in pairs]
            )
            if (place := next(free, None)) is not None:
                pairs.append((bias, place))
        return pairs

    def _is_map(self, node: Node) -> bool:
        """Whether it is a matrix times a vector and nothing else."""
        if not isinstance(node, Product) or len(node.factors) != 2:
            return False
        matrices = [self.matrix(f) for _, f in node.factors]
        return sum(m is not None for m in matrices) == 1 and node.factors[1][0] != "⊙" and not any(
            m is not None and self.is_shared(m) for m in matrices
        )  # fmt: skip

    def _mapped(self, node: Node, bias: Key) -> Any:
        assert isinstance(node, Product)
        (_, a), (_, b) = node.factors
        matrix, operand = (self.matrix(a), b) if self.matrix(a) else (self.matrix(b), a)
        assert matrix is not None
        return self.map(matrix, operand, bias, behind=operand is a)
