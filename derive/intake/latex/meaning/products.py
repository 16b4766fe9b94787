"""Products of matrices and vectors, in either order, and what stands between ⊙."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

import sympy
from sympy import Add, Eq, Expr, Mul, Symbol

from derive.errors import DefinitionError
from derive.intake.latex.meaning.roles import Roles
from derive.intake.latex.meaning.shapes import Shapes
from derive.intake.latex.trees.tree import Concat, Key, Letter, Node, Numeral, Product, Sum, letters, name_of, spelled
from derive.intake.latex.trees.written import written
from derive.notation.names import Notation
from derive.statements.affine import linear
from derive.statements.base import is_weighted
from derive.statements.sizes import axes_of, heads_of
from derive.symbolic.expressions import ordered, rebuild, symbols_in_order


@dataclass(frozen=True)
class Matrix:
    """A weight matrix, or V - V^T."""

    key: Key
    turned: bool = False
    antisymmetric: bool = False


def named(key: Key) -> str:
    """A letter as a name of the cell that prints as nothing else."""
    name = name_of(key)
    if iskeyword(name):
        return f"{name}_"
    return f"a_{name}" if Notation().misread(name) or not name.isidentifier() else name


class Products:
    """Makes products of one equation at a time. used: how often each letter stands in the system; symbols: its
    quantities; maps: by the equation, the affine maps in it with the author's letters; extra: equations of what a
    matrix multiplies."""

    def __init__(self, roles: Roles, symbols: dict[Key, Symbol], used: Counter[Key], shapes: Shapes) -> None:
        self.roles, self.symbols, self.used, self.shapes = roles, symbols, used, shapes
        self.maps: dict[str, list[tuple[Any, list[Key], Key | None]]] = {}
        self.extra: list[Eq] = []
        self.target = ""
        self.letters: Counter[str] = Counter()  # of the maps of the equation, by what their weights are called by
        self.weights: set[str] = set()  # what the cell calls the weights of the maps
        self._named_maps: set[str] = set()  # the names of the maps that have one
        self._operands: dict[Key, tuple[list[bool], str]] = {}  # which parts of what each multiplies are the input
        self._turned: dict[Key, bool] = {}  # whether a matrix stands behind its vector or is transposed

    def vector(self, node: Node) -> Any:
        """A formula of the units, or a number."""
        raise NotImplementedError

    def product(self, factors: Sequence[tuple[str, Node]]) -> Any:
        """Groups between ⊙, in each matrices applied to what is beside them."""
        groups: list[list[tuple[str, Node]]] = [[]]
        for sign, node in factors:
            if sign == "⊙":
                groups.append([])
            groups[-1].append((sign, node))
        self._note_alone([n for _, n in factors])
        return ordered(Mul, [self._group([n for _, n in g]) for g in groups])

    def _note_alone(self, nodes: Sequence[Node]) -> None:
        """Say that the matrix of U r ⊙ h multiplies r, which is not U (r ⊙ h)."""
        quantities = [isinstance(n, Letter) and not self.roles.is_parameter(n) for n in nodes]
        for k, node in enumerate(nodes[:-2]):
            if quantities[k + 1 :] == [True] * len(nodes[k + 1 :]) and self.matrix(node) is not None:
                w, a, b = nodes[k : k + 3]
                self.roles.notes.append(f"{w} {a} ⊙ {b} is ({w} {a}) ⊙ {b}, and not {w} ({a} ⊙ {b})")

    def matrix(self, node: Node) -> Matrix | None:
        match node:
            case Letter() if self.roles.is_parameter(node) and self.roles.kind(node, self.target) == "matrix":
                return Matrix(node.key, node.turned)
            case Sum(((1, Letter() as a), (-1, Letter() as b))) if a.key == b.key and a.turned != b.turned:
                if self.roles.is_parameter(a):
                    return Matrix(a.key, a.turned, antisymmetric=True)
        return None

    def _of_matrices(self, node: Node) -> list[tuple[int, list[Node]]] | None:
        """The terms of (W - W^T - γ I), each as factors before a vector; None for what has no identity in it."""
        if not isinstance(node, Sum):
            return None
        found: list[tuple[int, list[Node]]] = []
        terms = list(node.terms)
        ends = [list(t.factors)[-1][1] if isinstance(t, Product) else t for _, t in terms]
        if not any(self._is_identity(end) for end in ends):
            return None
        for k, ((sign, term), end) in enumerate(zip(terms, ends, strict=True)):
            pair = Sum(((1, terms[k - 1][1]), (-1, term))) if k and sign == -1 else None
            if pair is not None and (matrix := self.matrix(pair)) is not None and matrix.antisymmetric:
                found[-1] = (1, [pair])
            elif self._is_identity(end):
                found.append((sign, [n for _, n in term.factors[:-1]] if isinstance(term, Product) else []))
            else:
                found.append((sign, [term]))
        return found

    def _is_identity(self, node: Node) -> bool:
        return isinstance(node, Letter) and node.key == ("I", "") and self.roles.is_parameter(node)

    def _group(self, nodes: Sequence[Node]) -> Any:
        for k, n in enumerate(nodes[:-1]):
            if (parts := self._of_matrices(n)) is not None:
                around = (list(nodes[:k]), list(nodes[k + 1 :]))
                signed = [(s, self._group([*around[0], *factors, *around[1]])) for s, factors in parts]
                return ordered(Add, [value if s == 1 else Mul(-1, value) for s, value in signed])
        items: list[Any] = [m if (m := self.matrix(n)) is not None else n for n in nodes]
        k = len(items) - 1
        while k >= 0:  # from the right: W (U h)
            item = items[k]
            if isinstance(item, Matrix):
                if k + 1 < len(items) and not isinstance(items[k + 1], Matrix):
                    items[k : k + 2] = [self.map(item, items[k + 1], None)]
                elif k > 0 and not isinstance(items[k - 1], Matrix):
                    items[k - 1 : k + 1] = [self.map(item, items[k - 1], None, behind=True)]
                    k -= 1
                else:
                    raise DefinitionError(f"in the equation of {self.target}: {spelled(item.key)} multiplies no vector")
            k -= 1
        values = [i if isinstance(i, Expr) else self.vector(i) for i in items]
        vectors = [n for n in nodes if not (isinstance(n, Letter) and self.shapes.memories.ranks.get(n.key) == 0)]
        if sum(not v.is_number for v in values) > 1 and len(vectors) > 1 and not self.roles.system.is_told:
            self.roles.notes.append(f"in the equation of {self.target}, products of vectors are taken elementwise")
        return ordered(Mul, values)

    def map(self, matrix: Matrix, operand: Any, bias: Key | None, behind: bool = False) -> Any:
        """behind: whether the matrix stands behind it, of a row."""
        turned = matrix.turned != behind
        if self._turned.setdefault(matrix.key, turned) != turned:
            raise DefinitionError(
                f"{spelled(matrix.key)} and its transpose both multiply something; a cell's matrices are learned one by"
                " one: give one of them another name"
            )
        parts = operand.parts if isinstance(operand, Concat) else (operand,)
        one = Numeral("1")
        if one in parts and any(p != one for p in parts):  # W [x; h; 1]
            bias = self._last_column(matrix, parts.index(one), bias)
            parts = tuple(p for p in parts if p != one)
        if not parts:
            raise DefinitionError(f"in the equation of {self.target}: {spelled(matrix.key)} multiplies nothing")
        self._check_no_number(matrix.key, parts)
        self._check_one_size(matrix.key, parts)
        operands = [self.operand(p) for p in parts]
        keys = [
            (matrix.key[0], f"{matrix.key[1]}[{k}]" if len(parts) > 1 else matrix.key[1]) for k in range(len(parts))
        ]
        shared = self.is_shared(matrix)
        if len(parts) > 1 and not shared and len({self._letter_of(o) for o in operands}) < len(parts):
            ends = [None] * (len(parts) - 1) + [bias]  # which a map of all of them could not tell apart
            maps = zip(operands, keys, ends, strict=True)
            return ordered(Add, [self._linear(matrix.key, (o,), [k], b, "") for o, k, b in maps])
        form = "antisymmetric" if matrix.antisymmetric else "full"
        return self._linear(matrix.key, tuple(operands), keys, bias, named(matrix.key) if shared else "", form)

    def is_shared(self, matrix: Matrix) -> bool:
        """Whether other products have the same matrix; V - V^T has its letter twice."""
        return self.used[matrix.key] > (2 if matrix.antisymmetric else 1)

    def _last_column(self, matrix: Matrix, at: int, bias: Key | None) -> Key:
        """The bias that stands in a matrix. Raises DefinitionError where there is another beside it."""
        if bias is not None:
            raise DefinitionError(
                f"{spelled(matrix.key)} has a column for the 1 that it multiplies, which is a bias, and"
                f" {spelled(bias)} is another: leave one of them out"
            )
        self.roles.notes.append(f"the column of {spelled(matrix.key)} that multiplies 1 is a bias")
        return matrix.key[0], f"{matrix.key[1]}[{at}]"

    def _check_no_number(self, key: Key, parts: Sequence[Any]) -> None:
        """Raises DefinitionError where a matrix multiplies a number and nothing else, A/\\sqrt{n}."""
        for node in (p for p in parts if not isinstance(p, Expr)):
            inside = [*letters(node)]
            kinds = {self.roles.kind(x, self.target) if self.roles.is_parameter(x) else "vector" for x in inside}
            if kinds <= {"scalar", "constant"}:
                raise DefinitionError(
                    f"in the equation of {self.target}: {spelled(key)} is a matrix and multiplies {written(node)}, a"
                    f" number, which is an affine map of a scalar; write {spelled(key)} before a vector, or say what it"
                    f' is, roles={{"{name_of(key)}": "vector"}}'
                )

    def _check_one_size(self, key: Key, parts: Sequence[Any]) -> None:
        """Raises DefinitionError where one matrix multiplies the input and something else."""
        wide = [isinstance(p, Letter) and p.key == self.roles.system.input for p in parts]
        said = " and ".join(str(p) if isinstance(p, Letter) else "a formula" for p in parts)
        before, first = self._operands.setdefault(key, (wide, said))
        if wide != before:
            raise DefinitionError(
                f"in the equation of {self.target}: {spelled(key)} multiplies {first} and also {said}, of which one is"
                " the input, which need not be as wide: give one of them a matrix with another letter"
            )

    def once(self, formula: Any) -> Any:
        """The formula, a map that stands in it more than once by a name of its own."""
        maps = [part.plain() for part in sympy.preorder_traversal(formula) if is_weighted(part)]
        for plain in dict.fromkeys(m for m in maps if maps.count(m) > 1):
            symbol = self._named(next(p for p in sympy.preorder_traversal(formula) if _is(p, plain)))
            formula = _replaced(formula, plain, symbol)
        return formula

    def _linear(
        self, weight: Key, operands: tuple[Any, ...], keys: list[Key], bias: Key | None, name: str, form: str = "full"
    ) -> Any:
        """An affine map, with a name of its own where the equation has one of the like already."""
        stems = [self._letter_of(o) for o in operands]
        self.letters.update(set(stems))
        count = max(self.letters[stem] for stem in stems)
        if not name and count > 1:
            numbered = (f"{self.target}_{k}" for k in range(count, count + len(self._named_maps) + 1))
            name = next(n for n in numbered if n not in self._named_maps)
        self._named_maps |= {name} - {""}
        called = [name] if name and len(stems) == 1 else [f"{stem}{name or self.target}" for stem in stems]
        self.weights |= {f"{kind}_{word}" for kind in "Wb" for word in called}
        size, blocks = self.shapes.result(weight), self.shapes.blocks(weight)
        if "×" in size and not heads_of(size):
            raise DefinitionError(
                f"in the equation of {self.target}: {spelled(weight)} gives a vector, and stands beside what is a"
                " matrix by its products; of a row times a matrix, h A, write A^T h"
            )
        of_heads = (heads_of(size), axes_of(size)[0]) if heads_of(size) else size
        node = linear(*operands, bias=bias is not None, name=name, weight=form, size=of_heads, heads=blocks)
        self.maps.setdefault(self.target, []).append((node, keys, bias))
        return node

    def _letter_of(self, operand: Any) -> str:
        """What a weight before it would be called by."""
        states = [self.symbols[key].name for key in self.roles.system.states if key in self.symbols]
        names = [s.name.removesuffix("_prev") for s in symbols_in_order(operand)]
        if len(names) > 1 or names[0] in states[:1]:
            return "h"
        stem = names[0].partition("_")[0]
        if names[0] == named(self.roles.system.input):
            return "i"
        return stem if names[0] in states or len(stem) == 1 or self.letters["h"] else "h"

    def operand(self, node: Any) -> Any:
        """What a matrix multiplies: a quantity or a product of them; else it gets an equation of its own."""
        value = node if isinstance(node, Expr) else self.vector(node)
        factors = value.args if isinstance(value, Mul) else (value,)
        if all(isinstance(f, Symbol) for f in factors):
            return value
        return self._named(value)

    def _named(self, value: Any) -> Symbol:
        """A quantity of its own for a part of an equation, which stands before that."""
        taken = {s.name for s in self.symbols.values()}
        symbol = Symbol(next(n for k in range(1, len(taken) + 2) if (n := f"q{k}") not in taken))
        self.symbols[(symbol.name, "")] = symbol
        if self.target in self.maps:  # the maps within it stand in its own equation
            inside = {part.plain() for part in sympy.preorder_traversal(value) if is_weighted(part)}
            moved = [m for m in self.maps[self.target] if m[0].plain() in inside]
            self.maps[self.target] = [m for m in self.maps[self.target] if m[0].plain() not in inside]
            self.maps[symbol.name] = moved
        self.extra.append(Eq(symbol, value, evaluate=False))
        return symbol


def _is(node: Any, plain: Any) -> bool:
    return is_weighted(node) and node.plain() == plain


def _replaced(node: Any, plain: Any, symbol: Symbol) -> Any:
    """The formula with the symbol for a map."""
    if _is(node, plain):
        return symbol
    return rebuild(node, [_replaced(a, plain, symbol) for a in node.args]) if node.args else node
