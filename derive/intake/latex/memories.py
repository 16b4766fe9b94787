r"""Which quantities of a system are matrices, and what the products with them are: v k^\top, S q, n^\top q, diag(a) S.

A quantity is a matrix, a vector or a number by the products in which it stands: beside v k^\top what is added is a
matrix and what is multiplied a number, S q is a vector, n^\top q a number. Products are written out as calls, which say
what they are, so that whoever reads them does not need to know what stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.place import at
from derive.intake.latex.roles import Roles
from derive.intake.latex.tree import (
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
from derive.statements.matrix_products import diag, dot, matmul, outer, transpose

_OWN = "@"  # the index of the calls made here, which nobody types
#: What the products are, by the name of their call.
PRODUCTS: Mapping[str, Callable[..., Any]] = {
    "outer": outer, "dot": dot, "read": matmul, "readback": lambda s, u: matmul(transpose(s), u),
    "rows": lambda a, s: matmul(diag(a), s), "columns": lambda s, a: matmul(s, diag(a)),
}  # fmt: skip
_NUMBERS = {"dot", "length", "mean"}  # functions of vectors that are numbers
_PASSES = 6


def product_of(node: Call) -> str:
    """Which of ``PRODUCTS`` a call is; empty for a function of the author's."""
    return node.function.base if node.function.label == _OWN else ""


@dataclass(frozen=True)
class Factor:
    """rank: 2 of a matrix, 1 of a vector, 0 of a number, None where it is not known. turned: whether it is a row, or a
    matrix that is transposed. diagonal: whether it is a matrix with the node on its diagonal."""

    node: Node
    rank: int | None = None
    turned: bool = False
    diagonal: bool = False

    @property
    def column(self) -> bool:
        return self.rank in (None, 1) and not self.turned and not self.diagonal

    @property
    def row(self) -> bool:
        return self.rank in (None, 1) and self.turned and not self.diagonal


class Memories:
    """Finds the ranks of the quantities and parameters of a system and writes its products out. ranks: as far as they
    are known; nodes: the equations; row_vectors: whether the text's vectors are rows."""

    def __init__(self, roles: Roles, needed: Sequence[Key]) -> None:
        self.roles, self.system = roles, roles.system
        self.ranks: dict[Key, int] = {
            k: len(space.axes) for k, space in self.system.spaces.items() if roles.kinds.get(k) != "matrix"
        }
        if self.system.is_told:
            self.ranks |= {k: 1 for k in needed if k not in self.ranks}
        self.nodes: dict[Key, Node] = {k: self.system.nodes[k] for k in needed}
        self.refused: dict[Key, DefinitionError] = {}
        self._certain, self._target = True, ("", "")
        self.row_vectors = self._has_rows(needed)
        self._declare_both_ways(needed)
        if self.row_vectors:
            roles.notes.append("vectors are rows: a^T b is a matrix")
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
            self.roles.declared.add(key)
        if 2 in self.ranks.values():
            self._note(needed)

    def _is_of_matrices(self, node: Node) -> bool:
        """Whether something is transposed that is no weight, or stands on a diagonal."""
        for part in every(node):
            if isinstance(part, Letter) and part.turned and not self.roles.is_parameter(part):
                return True
            if isinstance(part, Call) and part.function.base in ("transposed", "diag"):
                return True
        return False

    def _note(self, needed: Sequence[Key]) -> None:
        words = {0: "number", 2: "matrix"}
        for rank, word in words.items():
            found = [k for k in needed if self.ranks.get(k) == rank and k not in self.system.spaces]
            for key in found:
                self.roles.notes.append(f"{spelled(key)} is a {word}: by the products in which it stands")

    def _written_out(self, key: Key) -> None:
        self._target = key
        self.refused.pop(key, None)
        try:
            with at(self.system.line(key)):
                found = self.form(self.system.nodes[key], self.ranks.get(key))
                if found.turned and found.rank != 2 and not self.row_vectors:
                    if not any(isinstance(n, Call) and product_of(n) == "readback" for n in every(found.node)):
                        raise DefinitionError("the right side is a bracket that is transposed, and the left side is none")
                    self._add_note(f"in the equation of {spelled(key)}, u^T S is read as the vector S^T u")
        except DefinitionError as e:
            self.refused[key] = e
            return
        self.nodes[key] = found.node
        if found.rank is not None and not (found.rank == 0 and self._is_plain(found.node)):
            self._learn_key(key, found.rank)

    def _is_plain(self, node: Node) -> bool:
        return not any(x.time is not None for x in letters(node))

    def _has_rows(self, needed: Sequence[Key]) -> bool:
        """Whether a matrix is told to be a sum of itself and a^T b."""
        for key in needed:
            terms = _terms(self.system.nodes[key])
            own = any(x.key == key and x.time == -1 for t in terms for x in letters(t))
            for term in terms if own and key[0][:1].isupper() else ():
                factors = [f for _, f in term.factors] if isinstance(term, Product) else []
                pair = factors[-2:]
                quantities = [x for x in pair if isinstance(x, Letter) and x.time is not None and x.key != key]
                if len(quantities) == 2 and quantities[0].turned and not quantities[1].turned:
                    return True
        return False

    def _declare_both_ways(self, needed: Sequence[Key]) -> None:
        """Matrices that multiply something, and their transposes too: M h + M^T h."""
        ways: dict[Key, set[bool]] = {}
        for node in (n for k in needed for n in every(self.system.nodes[k])):
            if isinstance(node, Product):
                for k, (_, factor) in enumerate(node.factors):
                    if isinstance(factor, Letter) and self._is_weight(factor):
                        behind = k + 1 == len(node.factors) or node.factors[k + 1][0] == "⊙"
                        ways.setdefault(factor.key, set()).add(factor.turned != behind)
        for key in (k for k, both in ways.items() if len(both) > 1):
            self.declare(key, "it and its transpose multiply something")

    def weight_of(self, node: Node) -> Key | None:
        """The letter of a weight, or of V - V^T."""
        return next(letters(node)).key if self._is_weight(node) else None

    # ------------------------------------------------------------------ what is learned

    def _learn_key(self, key: Key, rank: int) -> None:
        self.ranks.setdefault(key, rank)

    def _learn(self, factor: Factor, rank: int) -> None:
        node = factor.node
        if isinstance(node, Letter) and factor.rank is None and not self._is_weight(node):
            if rank == 2 or not (self._certain and self._may_be_matrix(node)):
                self._learn_key(node.key, rank)
        elif isinstance(node, Sum):
            for _, term in node.terms:
                if isinstance(term, Letter):
                    self._learn(self.form(term), rank)

    def _may_be_matrix(self, node: Node) -> bool:
        """Whether it is a capital letter of a quantity, or what the equation defines, of which it is not known yet."""
        if not isinstance(node, Letter) or node.key in self.ranks:
            return False
        return node.key == self._target or (node.base[:1].isupper() and not self.roles.is_parameter(node))

    def _is_weight(self, node: Node) -> bool:
        if isinstance(node, Letter):
            is_free = self.roles.is_parameter(node) and self.ranks.get(node.key) is None
            return is_free and self.roles.kinds.get(node.key, self.roles.given_kind(node.key)) == "matrix"
        if isinstance(node, Sum):
            return all(self._is_weight(t) for _, t in node.terms)
        return False

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
                return Factor(Quotient(above.node, below.node), _highest(above, below), above.turned)
            case Power(a, b):
                base = self.form(a, wanted)
                return Factor(Power(base.node, b), base.rank, base.turned)
            case Call(Letter("transposed"), (inner,)):
                found = self.form(inner)
                return replace(found, turned=not found.turned)
            case Call(Letter("diag"), (inner,)):
                return Factor(self.form(inner).node, 1, diagonal=True)
            case Call(function, arguments):
                parts = [self.form(a, wanted if function.base not in _NUMBERS else None) for a in arguments]
                made = Call(function, tuple(p.node for p in parts))
                return Factor(made, 0 if function.base in _NUMBERS else _highest(*parts))
            case Cases(rows):
                values = [(self.form(v, wanted), c and self.form(c).node) for v, c in rows]
                return Factor(Cases(tuple((v.node, c) for v, c in values)), _highest(*(v for v, _ in values)))
            case Concat(parts):
                return Factor(Concat(tuple(self.form(p).node for p in parts)), 1)
        return Factor(node)

    def _rank_of(self, letter: Letter) -> int | None:
        if letter.key in self.ranks:
            return self.ranks[letter.key]
        if not self.roles.is_parameter(letter):
            return 1 if letter.key == self.system.input else 0 if letter.key in self.system.numbers else None
        if self.roles.value(letter) is not None:
            return 0
        kind = self.roles.kinds.get(letter.key, self.roles.given_kind(letter.key))
        return 0 if kind in ("scalar", "constant") else None  # what is added to a number is one

    def _sum(self, terms: Sequence[tuple[int, Node]], wanted: int | None) -> Factor:
        parts = [self.form(t, wanted) for _, t in terms]
        rank = _highest(*parts)
        if 2 in (rank, wanted):
            for part in parts:
                self._learn(part, 2)
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
        rank = _highest(*found)
        if 2 in (rank, wanted) and len(found) > 1:
            found = [f if f.rank == 2 or f.diagonal else self._beside(g, 2) for f, g in zip(found, groups, strict=True)]
            for part in found:
                self._learn(part, 2)
        while len(found) > 1 and (k := next((k for k, f in enumerate(found[:-1]) if f.diagonal), None)) is not None:
            found[k : k + 2] = [self._scaled(found[k], found[k + 1])]
        if len(found) == 1:
            return found[0]
        made = Product((("", found[0].node), *(("⊙", f.node) for f in found[1:])))
        return Factor(made, rank, all(f.turned for f in found))

    def _scaled(self, diagonal: Factor, other: Factor) -> Factor:
        """diag(a) before what it multiplies."""
        if other.rank == 2:
            return Factor(_call("rows", diagonal, other), 2, other.turned)
        rank = 1 if other.diagonal else other.rank
        return Factor(Product((("", diagonal.node), ("⊙", other.node))), rank, other.turned, other.diagonal)

    def _beside(self, nodes: Sequence[Node], wanted: int | None) -> Factor:
        """Factors that stand beside each other."""
        if (expanded := self._without_identity(nodes)) is not None:
            return self.form(expanded, wanted)
        nodes = [inner for n in nodes for inner in _factors(n)]
        parts = [Factor(n) if self._is_weight(n) else self.form(n, wanted if len(nodes) == 1 else None) for n in nodes]
        if len(parts) == 1 and not self._is_weight(nodes[0]):
            return parts[0]
        merged = self._with_weights(parts)
        if not any(p.turned or p.rank == 2 or p.diagonal for p in merged):
            ranks = [p.rank for p in merged]
            rank = max((r for r in ranks if r is not None), default=None) if None not in ranks or 1 in ranks else None
            return Factor(Product(tuple(("", p.node) for p in parts)) if len(parts) > 1 else parts[0].node, rank)
        return self._reduced(merged, wanted)

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

    def declare(self, key: Key, reason: str) -> None:
        """A matrix that is learned and is no weight of one map."""
        self.ranks[key] = 2
        self.roles.declared.add(key)
        self._add_note(f"{spelled(key)} is a matrix: {reason}")

    def _add_note(self, note: str) -> None:
        if note not in self.roles.notes:
            self.roles.notes.append(note)

    def _without_identity(self, nodes: Sequence[Node]) -> Sum | None:
        """S (I - β k kᵀ) as S - β S k kᵀ; None where no such bracket stands in it."""
        for k, node in enumerate(nodes):
            terms = node.terms if isinstance(node, Sum) else ()
            others = [t for _, t in terms if not self._is_identity(t)]
            if len(others) == len(terms) or len(nodes) == 1 or not any(x.time is not None for t in others for x in letters(t)):
                continue
            found: list[tuple[int, Node]] = []
            for sign, term in terms:
                inner = [] if self._is_identity(term) else list(term.factors) if isinstance(term, Product) else [("", term)]
                plain = all(s != "⊙" for s, _ in inner)
                middle = [n for _, n in inner] if plain else [term]
                product = [*nodes[:k], *middle, *nodes[k + 1 :]]
                found.append((sign, product[0] if len(product) == 1 else Product(tuple(("", n) for n in product))))
            return Sum(tuple(found))
        return None

    def _is_identity(self, node: Node) -> bool:
        is_one = isinstance(node, Letter) and node.base == "I" and node.time is None
        return is_one and self.roles.is_parameter(node)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ products

    def _reduced(self, parts: Sequence[Factor], wanted: int | None) -> Factor:
        """Two factors after another as what they are together, until numbers and what they multiply are left."""
        left = [p for p in parts if p.rank != 0]
        numbers = [p for p in parts if p.rank == 0]
        for factor in self._plain_numbers(left):
            self._learn(factor, 0)
            left.remove(factor)
            numbers.append(factor)
        if self.row_vectors:
            left = [self._as_row(p, wanted, left) for p in left]
        if self._certain and any(p.turned and p.rank is None and self._may_be_matrix(p.node) for p in left):
            return Factor(Product(tuple(("", p.node) for p in parts)))  # S^T k, or the number of two vectors
        while (pair := _next_pair(left)) is not None:
            k, (made, ranks) = pair
            for factor, own in zip(left[k : k + 2], ranks, strict=True):
                self._learn(factor, own)
            left[k : k + 2] = [made]
            numbers += [p for p in left if p.rank == 0]
            left = [p for p in left if p.rank != 0]
        rank = _highest(*left) if left else 0
        if rank == 2 and len(left) > 1:
            for factor in (f for f in left if f.rank != 2):
                self._learn(factor, 0)
        numbers += [f for f in left if rank == 2 and f.rank != 2]
        left = [f for f in left if rank != 2 or f.rank == 2]
        made: list[tuple[str, Node]] = [("", p.node) for p in (*numbers, *left[:1])]
        made += (("⊙", p.node) for p in left[1:])
        turned = bool(left) and all(f.turned for f in left)
        diagonal = len(left) == 1 and left[0].diagonal
        if len(made) == 1:
            return Factor(made[0][1], rank, turned, diagonal)
        return Factor(Product(tuple(made)), rank, turned, diagonal)

    def _plain_numbers(self, factors: Sequence[Factor]) -> list[Factor]:
        """What stands before a column and is none itself, β k k^T; of rows, what stands before a^T b."""
        found: list[Factor] = []
        for k, (a, b) in enumerate(pairwise(factors)):
            is_open = a.rank is None and not a.turned and not a.diagonal and not self._may_be_matrix(a.node)
            c = factors[k + 2] if k + 2 < len(factors) else None
            before = b.turned and c is not None and not c.turned if self.row_vectors else b.column
            if is_open and before and b.rank != 2:
                found.append(a)
        return found

    def _as_row(self, factor: Factor, wanted: int | None, beside: Sequence[Factor]) -> Factor:
        """Of a text whose vectors are rows, the factor as it would be with columns."""
        if factor.rank == 2 or factor.diagonal:
            return factor
        alone = len(beside) == 2 and any(f.rank == 2 for f in beside) and wanted == 2 and not factor.turned
        return factor if alone and factor.rank is None else replace(factor, turned=not factor.turned)


Pair = tuple[Factor, tuple[int, int]]  # what two factors are together, and the ranks that they have then


def _next_pair(factors: Sequence[Factor]) -> tuple[int, Pair] | None:
    """The place of two factors that are taken together first, and what they are: k^T q before S q before v k^T."""
    for rule in (_number, _scaling, _read, _outer, _matrix):
        for k, (a, b) in enumerate(pairwise(factors)):
            if (made := rule(a, b)) is not None:
                return k, made
    return None


def _number(a: Factor, b: Factor) -> Pair | None:
    return (Factor(_call("dot", a, b), 0), (1, 1)) if a.row and b.column else None


def _scaling(a: Factor, b: Factor) -> Pair | None:
    """diag(a) S and S diag(a); what stands before a diagonal matrix is no column."""
    if a.diagonal and b.diagonal:
        return Factor(Product((("", a.node), ("⊙", b.node))), 1, diagonal=True), (1, 1)
    if b.diagonal and (a.rank == 2 or a.column):
        made = _call("rows", b, a) if a.turned else _call("columns", a, b)
        return Factor(made, 2, a.turned), (2, 1)
    if a.diagonal and b.rank == 2:
        made = _call("columns", b, a) if b.turned else _call("rows", a, b)
        return Factor(made, 2, b.turned), (1, 2)
    if a.diagonal and b.column:
        return Factor(Product((("", a.node), ("⊙", b.node))), b.rank), (1, 1)
    return None


def _read(a: Factor, b: Factor) -> Pair | None:
    """S q, Sᵀ u, and uᵀ S, which is the row of Sᵀ u."""
    if a.rank == 2 and b.column:
        return Factor(_call("readback" if a.turned else "read", a, b), 1), (2, 1)
    if a.row and b.rank == 2:
        return Factor(_call("read" if b.turned else "readback", b, a), 1, turned=True), (1, 2)
    return None


def _outer(a: Factor, b: Factor) -> Pair | None:
    return (Factor(_call("outer", a, b), 2), (1, 1)) if a.column and b.row else None


def _matrix(a: Factor, b: Factor) -> Pair | None:
    if a.rank == b.rank == 2 and not b.turned:
        return Factor(_call("readback" if a.turned else "read", a, b), 2), (2, 2)
    return None


def _call(name: str, a: Factor, b: Factor) -> Call:
    return Call(Letter(name, _OWN), (a.node, b.node))


def _factors(node: Node) -> list[Node]:
    """Those of a bracket in which factors stand beside each other."""
    if isinstance(node, Product) and all(sign != "⊙" for sign, _ in node.factors):
        return [inner for _, n in node.factors for inner in _factors(n)]
    return [node]


def _highest(*parts: Factor) -> int | None:
    """The rank of what is added; not known where it may be more."""
    known = [p.rank for p in parts if p.rank is not None]
    if not known:
        return None
    highest = max(known)
    return highest if highest == 2 or len(known) == len(parts) or highest == 1 else None


def _terms(node: Node) -> list[Node]:
    return [t for _, t in node.terms] if isinstance(node, Sum) else [node]
