r"""Which quantities of a system are matrices, and what the products with them are: v k^\top, S q, n^\top q, diag(a) S.

A quantity is a matrix, a vector or a number by the products in which it stands: beside v k^\top what is added is a
matrix and what is multiplied a number, S q is a vector, n^\top q a number. Products are written out as calls, which say
what they are, so that whoever reads them does not need to know what stands in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.errors import DefinitionError
from derive.intake.latex.meaning.reduction import Reduction, highest
from derive.intake.latex.meaning.roles import Roles
from derive.intake.latex.text.place import at
from derive.intake.latex.trees.factors import Factor, call_of, product_of
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    every,
    letters,
    spelled,
)

_NUMBERS = {"dot", "length", "mean", "largest"}  # functions of vectors that are numbers
_PASSES = 6


class Memories(Reduction):
    """Finds the ranks of the quantities and parameters of a system and writes its products out. nodes: its equations;
    refused: why one is not read; has_any: whether there are matrices."""

    def __init__(self, roles: Roles, needed: Sequence[Key]) -> None:
        super().__init__(roles, needed)
        self.nodes: dict[Key, Node] = {k: self.system.nodes[k] for k in needed}
        self.refused: dict[Key, DefinitionError] = {}
        self._inverses: set[Key] = set()  # what is made of the inverse of a matrix, which makes it one too
        if 2 in self.ranks.values() or any(map(self._is_of_matrices, self.nodes.values())):
            self._find(needed)
        self.has_any = 2 in self.ranks.values()

    def _find(self, needed: Sequence[Key]) -> None:
        """Learn from the equations until they tell nothing more."""
        for self._certain in (True, False):
            for _ in range(_PASSES):
                before = dict(self.ranks)
                for key in needed:
                    self._written_out(key)
                if self.ranks == before:
                    break
        for key in (k for k, rank in self.ranks.items() if rank == 2 and self.roles.is_parameter(Letter(*k))):
            if key == ("I", ""):
                raise DefinitionError("I is added to a matrix; the identity is read within products, S (I - k k^T)")
            self.roles.declared.add(key)
        if 2 in self.ranks.values():
            self._note(needed)

    def _note(self, needed: Sequence[Key]) -> None:
        words = {0: "number", 2: "matrix"}
        for rank, word in words.items():
            found = [k for k in needed if self.ranks.get(k) == rank and k not in self.system.spaces]
            for key in found:
                self.roles.notes.append(f"{spelled(key)} is a {word}: by the products in which it stands")
            given = [k for k in (self.system.input, *self.system.further) if self.ranks.get(k) == rank]
            for key in (k for k in given if k not in (*self.system.given_matrices, *self.system.spaces)):
                self.roles.notes.append(f"{spelled(key)} is given as a {word}: by the products in which it stands")

    def _written_out(self, key: Key) -> None:
        self._target = key
        self.refused.pop(key, None)
        try:
            with at(self.system.line(key)):
                found = self.form(self.system.nodes[key], self.ranks.get(key))
                _check_upright(found)
                if found.turned and not self.row_vectors:
                    self._check_row(found.node)
        except DefinitionError as e:
            self.refused[key] = e
            if key in self._inverses:
                self._learn_key(key, 2)
            return
        self.nodes[key] = found.node
        if found.rank is not None and not (found.rank == 0 and self._is_plain(found.node)):
            self._learn_key(key, found.rank)

    def _check_row(self, node: Node) -> None:
        """u^T S is as good as S^T u. Raises DefinitionError for another right side that is a row."""
        if not any(isinstance(n, Call) and product_of(n) == "readback" for n in every(node)):
            raise DefinitionError("the right side is a bracket that is transposed, and the left side is none")
        self._add_note(f"in the equation of {spelled(self._target)}, u^T S is read as the vector S^T u")

    def _is_plain(self, node: Node) -> bool:
        return not any(x.time is not None for x in letters(node))

    # ------------------------------------------------------------------ the walk

    def form(self, node: Node, wanted: int | None = None) -> Factor:
        """A node with its products written out. wanted: the rank that it has to have, if that is known."""
        match node:
            case Numeral():
                return Factor(node, 0)
            case Letter():
                if wanted == 2 and self._rank_of(node) is None:
                    self._learn_key(node.key, 2)
                return Factor(replace(node, turned=False), self._rank_of(node), node.turned)
            case Sum(terms):
                return self._sum(terms, wanted)
            case Product(factors):
                return self._product(factors, wanted)
            case Quotient(a, b):
                above, below = self.form(a, wanted), self.form(b)
                if below.rank == 2 and above.rank != 2:
                    raise DefinitionError("a matrix divides what is none; an inverse of a matrix is not read")
                _check_upright(below)
                return Factor(Quotient(above.node, below.node), highest(above, below), above.turned)
            case Power(a, b):
                base = self.form(a, wanted)
                if base.rank == 2:
                    self._inverses.add(self._target)
                    raise DefinitionError(
                        "a power or an inverse of a matrix is not read; write products, or A \\odot A"
                    )
                return Factor(Power(base.node, b), base.rank, base.turned)
            case Call(Letter("transposed"), (inner,)):
                found = self.form(inner)
                return replace(found, turned=not found.turned)
            case Call(Letter("diag"), (inner,)):
                return Factor(self.form(inner).node, 1, diagonal=True)
            case Call(function, arguments):
                parts = [self.form(a, wanted if function.base not in _NUMBERS else None) for a in arguments]
                if function == Letter("length") and parts[0].rank == 0:
                    self._add_note(
                        f"in the equation of {spelled(self._target)}, the length of a number is its absolute value"
                    )
                    function = Letter("abs")
                for part in parts:
                    _check_upright(part)
                made = Call(function, tuple(p.node for p in parts))
                if function.base in _NUMBERS:
                    return Factor(made, 0)
                has_weights = any(self._is_weight(n) for a in arguments for n in every(a))  # tanh(x^T W) as vectors
                return Factor(made, highest(*parts), all(p.turned for p in parts) and not has_weights)  # φ(k^T)
            case Cases(rows):
                values = [(self.form(v, wanted), c and self.form(c).node) for v, c in rows]
                for value, _ in values:
                    _check_upright(value)
                return Factor(Cases(tuple((v.node, c) for v, c in values)), highest(*(v for v, _ in values)))
            case Concat(parts):
                return Factor(Concat(tuple(self.form(p).node for p in parts)), 1)
        return Factor(node)

    def _sum(self, terms: Sequence[tuple[int, Node]], wanted: int | None) -> Factor:
        parts = [self.form(t, wanted) for _, t in terms]
        rank = highest(*parts)
        for matrix in (p.open for p in parts if p.open is not None and any(other.row for other in parts)):
            self._learn_key(matrix.key, 2)  # k^T S - v^T is a row
        for part in parts if 2 in (rank, wanted) else ():
            self._learn(part, 2)
        if rank == 2 and any(p.rank == 0 and not self._is_plain(p.node) for p in parts):
            raise DefinitionError("a number is added to a matrix; of columns v k^T is a matrix, v^T k is none")
        _check_alike(parts)
        made = Sum(tuple((s, p.node) for (s, _), p in zip(terms, parts, strict=True)))
        if any(p.diagonal for p in parts):
            raise DefinitionError("a diagonal matrix is added to what is none: multiply it by what it scales")
        return Factor(made, rank, all(p.turned for p in parts if not isinstance(p.node, Numeral)))

    def _product(self, factors: Sequence[tuple[str, Node]], wanted: int | None) -> Factor:
        groups: list[list[Node]] = [[]]
        for sign, node in factors:
            if sign == "⊙":
                groups.append([])
            groups[-1].append(node)
        found = [self._beside(g, wanted) for g in groups]
        rank = highest(*found)
        if 2 in (rank, wanted) and len(found) > 1:
            found = [f if f.rank == 2 or f.diagonal else self._beside(g, 2) for f, g in zip(found, groups, strict=True)]
            for part in found:
                self._learn(part, 2)
        while len(found) > 1 and (k := next((k for k, f in enumerate(found[:-1]) if f.diagonal), None)) is not None:
            found[k : k + 2] = [self._scaled(found[k], found[k + 1])]
        if len(found) == 1:
            return found[0]
        _check_alike(found)
        made = Product((("", found[0].node), *(("⊙", f.node) for f in found[1:])))
        return Factor(made, rank, all(f.turned for f in found))

    def _scaled(self, diagonal: Factor, other: Factor) -> Factor:
        """diag(a) before what it multiplies."""
        if other.rank == 2:
            return Factor(call_of("rows", diagonal, other), 2, other.turned)
        rank = 1 if other.diagonal else other.rank
        return Factor(Product((("", diagonal.node), ("⊙", other.node))), rank, other.turned, other.diagonal)

    def _beside(self, nodes: Sequence[Node], wanted: int | None) -> Factor:
        """Factors that stand beside each other."""
        nodes = [inner for n in nodes for inner in _factors(n)]
        if (expanded := self._without_identity(nodes)) is not None:
            return self.form(expanded, wanted)
        self._learn_between(nodes)
        parts = [Factor(n) if self._is_weight(n) else self.form(n, wanted if len(nodes) == 1 else None) for n in nodes]
        if len(parts) == 1 and not self._is_weight(nodes[0]):
            return parts[0]
        merged = self._with_weights(parts)
        if not any(p.turned or p.rank == 2 or p.diagonal for p in merged):
            ranks = [p.rank for p in merged]
            rank = max((r for r in ranks if r is not None), default=None) if None not in ranks or 1 in ranks else None
            return Factor(Product(tuple(("", p.node) for p in parts)) if len(parts) > 1 else parts[0].node, rank)
        return self._reduced(merged, wanted)

    def _learn_between(self, nodes: Sequence[Node]) -> None:
        """What stands between a matrix and its transpose, F P F^T, is a matrix: a column would stand behind both."""
        match nodes:
            case [Letter() as first, Letter() as middle, Letter() as last] if (
                first.key == last.key and last.turned and not first.turned and self._is_weight(first)
            ):
                self._learn_key(middle.key, 2)

    def _with_weights(self, parts: Sequence[Factor]) -> list[Factor]:
        """Each weight with the vector that it multiplies as one factor; one beside a matrix is a matrix itself."""
        found = list(parts)
        for k in range(len(found) - 1, -1, -1):
            if k >= len(found) or not self._is_weight(found[k].node):
                continue
            weight = found[k]
            beside = [j for j in (k + 1, k - 1) if 0 <= j < len(found)]
            if any(found[j].rank == 2 for j in beside) and isinstance(weight.node, Letter):
                self.declare(weight.node.key, "it multiplies a matrix")
                found[k] = Factor(replace(weight.node, turned=False), 2, weight.node.turned)
            elif k + 1 < len(found) and not found[k + 1].turned and not found[k + 1].diagonal:
                made = Product((("", weight.node), ("", found[k + 1].node)))
                found[k : k + 2] = [Factor(made)]
            elif k:
                made = Product((("", found[k - 1].node), ("", weight.node)))
                found[k - 1 : k + 1] = [Factor(made, None, found[k - 1].turned)]
        return found

    def _without_identity(self, nodes: Sequence[Node]) -> Sum | None:
        """S (I - β k kᵀ) as S - β S k kᵀ, diag(w) in the place of I too; None where no such bracket stands in it."""
        for k, node in enumerate(nodes):
            terms = node.terms if isinstance(node, Sum) else ()
            alone = [t for _, t in terms if self._is_identity(t) or _is_diagonal(t)]
            read = any(x.time is not None for _, t in terms for x in letters(t))
            if not alone or len(nodes) == 1 or not read:
                continue
            found: list[tuple[int, Node]] = []
            for sign, term in terms:
                middle = [] if self._is_identity(term) else _factors(term)
                product = [*nodes[:k], *middle, *nodes[k + 1 :]]
                found.append((sign, product[0] if len(product) == 1 else Product(tuple(("", n) for n in product))))
            return Sum(tuple(found))
        return None


def _check_upright(factor: Factor) -> None:
    """Raises DefinitionError for a matrix that is transposed and stands in no product."""
    if factor.rank == 2 and factor.turned:
        raise DefinitionError(
            "a matrix that is transposed multiplies nothing where it stands: write ^T at what it is in a product, S^T k"
        )


def _check_alike(parts: Sequence[Factor]) -> None:
    """Raises DefinitionError where a matrix meets one that is transposed, A + B^T."""
    if len({p.turned for p in parts if p.rank == 2}) > 1:
        for part in parts:
            _check_upright(part)


def _is_diagonal(node: Node) -> bool:
    return isinstance(node, Call) and node.function.base == "diag"


def _factors(node: Node) -> list[Node]:
    """Those of a bracket in which factors stand beside each other."""
    if isinstance(node, Product) and all(sign != "⊙" for sign, _ in node.factors):
        return [inner for _, n in node.factors for inner in _factors(n)]
    return [node]
