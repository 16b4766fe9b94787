"""New states, as pieces, made into a cell: which pieces are equations, where the biases are, what is declared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Eq, Expr, Symbol, evaluate

from derive.definition.cell import Cell
from derive.definition.inputs import Input
from derive.errors import DefinitionError, DeriveError
from derive.intake.algebra import product_by_axes
from derive.intake.arrays import Contraction, Means
from derive.intake.form import X
from derive.intake.operators import number
from derive.intake.pieces import Block, Features, Formula, Given, Learned, Mixed, Piece, Product
from derive.intake.shapes import (
    axed_factors,
    flattened,
    in_order,
    is_gate,
    is_number,
    is_product,
    is_sum,
    letter_of,
    read_by,
    sums,
    without,
)
from derive.intake.sized import Sizes
from derive.intake.unlearned import Unlearned
from derive.intake.widths import widened
from derive.notation.names import Notation
from derive.statements.affine import Affine, LinearNode, linear
from derive.statements.matrix_products import matmul
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import readings, rewrite
from derive.symbolic.tidy import tidy

#: A parameter's numbers in the module's ``state_dict``: the piece or the matrix that they are.
Source = Any


@dataclass
class Assembly:
    """A cell in the making."""

    name: str
    title: str
    states: tuple[str, ...]
    inputs: tuple[str, ...]  # beside the first
    sizes: Mapping[str, int]  # the numbers of features of inputs and states
    lengths: Mapping[str, tuple[int, ...]]  # of the axes of states, by name
    units: Mapping[int, str]  # what each number of features is called
    results: list[Features]
    constants: Mapping[str, float]  # hyper-parameters by name
    unlearned: Unlearned
    equations: list[tuple[Symbol, Piece]] = field(default_factory=list)
    declared: dict[tuple[Any, ...], Parameter] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)  # of the declared parameters, by name
    _sizes: Sizes = field(init=False)
    _symbols: dict[Piece, Symbol] = field(default_factory=dict)
    _shared: dict[Block, str] = field(default_factory=dict)  # what multiplies twice, with a name for it
    _made_of: dict[Block, Learned] = field(default_factory=dict)  # blocks as arrays
    _placed: dict[Symbol, Piece] = field(default_factory=dict)  # what stands for a piece while a formula is built
    _maps: Mapping[int, LinearNode] = field(default_factory=dict)  # those as wide as the input, by number
    _nodes: dict[str, list[tuple[LinearNode, Product, Learned | None]]] = field(default_factory=dict)

    def cell(self) -> Cell:
        """The cell; ``sources`` then says what each of its parameters is in the module."""
        for state, result in zip(self.states, self.results, strict=True):
            if len(result) != 1:
                raise DeriveError(f"{self.title}: the new {state} is joined of {len(result)} parts; make each a state")
        roots = [r[0] for r in self.results]
        self._sizes = Sizes(
            self.title, self.units, list(in_order(roots)), dict(zip(self.states, roots, strict=True)), self.lengths
        )
        self._choose()
        blocks = Counter(p.weight for p in in_order([r[0] for r in self.results]) if isinstance(p, Product))
        shared = [weight for weight, n in blocks.items() if n > 1]
        self._shared = {weight: f"s{k}" if len(shared) > 1 else "s" for k, weight in enumerate(shared, 1)}
        made = None
        for labelled in (False, True):
            self.declared, self.sources, self._nodes, self.unlearned.declared = {}, {}, {}, {}
            try:
                made = self._made(labelled)
                break
            except DefinitionError as e:
                if labelled or not re.search("share the weight|two affine maps|stands twice|elsewhere", str(e)):
                    raise
        assert made is not None
        self._find_weights(made)
        self.sources |= self.unlearned.places
        return made

    def _made(self, labelled: bool) -> Cell:
        lines = [Eq(target, self._formula(target, piece, labelled), evaluate=False) for target, piece in self.equations]
        used = {s.name for line in lines for s in line.rhs.free_symbols}
        fixed = (Parameter(Symbol(n), "constant", default=number(v)) for n, v in self.constants.items() if n in used)
        declared = (*self.declared.values(), *self.unlearned.declared.values(), *fixed)
        found = widened(lines, declared, self.states, Symbol(X))
        self._maps = found.maps
        return Cell.from_equations(
            self.name, found.lines, states=self.states, title=self.title, declared=found.declared,
            further=tuple(Input(Symbol(n), self.units[self.sizes[n]]) for n in self.inputs),
        )  # fmt: skip

    # ------------------------------------------------------------------ which pieces have an equation

    def _choose(self) -> None:
        """Give a name to what is used twice, to what the author named, to what a weight multiplies."""
        roots = [r[0] for r in self.results]
        order = list(in_order(roots))
        uses = Counter(o for piece in order for o in read_by(piece)) + Counter(roots)
        operands = {piece.operand for piece in order if isinstance(piece, Product)}
        factors = {f for piece in order for f in axed_factors(piece, uses) if not is_number(f)}
        read_whole = {p.operand for p in order if isinstance(p, Product) and self.unlearned.has(p)}
        taken = self._taken()
        last = {name: piece for piece in order for name in piece.name[-1:]}
        for piece in order:
            if piece in roots and not isinstance(piece, Given):
                state = self.states[roots.index(piece)]
                self._symbols.setdefault(piece, Symbol(state))
            elif isinstance(piece, (Formula, Product, Mixed, Contraction)) and (
                (uses[piece] > 1 and not is_number(piece))
                or (piece in operands and not is_product(piece, self._symbols))
                or piece in read_whole
                or piece in factors
                or (isinstance(piece, Formula) and any(last.get(n) is piece for n in piece.name) and not is_sum(piece))
                or is_gate(piece)
            ):
                self._symbols[piece] = Symbol(self._fresh(piece.name, taken, "g" if is_gate(piece) else "q"))
                taken.add(self._symbols[piece].name)
        self.equations = [(self._symbols[p], p) for p in order if p in self._symbols]
        for state, root in zip(self.states, roots, strict=True):  # a state that is the same as another
            if root not in self._symbols or self._symbols[root].name != state:
                self.equations.append((Symbol(state), root))

    def _taken(self) -> set[str]:
        """Names that something has already."""
        own = {*self.constants, *self.states, *(f"{s}_prev" for s in self.states), *self.inputs, X}
        declared = (*self.declared.values(), *self.unlearned.declared.values())
        return own | {s.name for s, _ in self.equations} | {p.name for p in declared}

    def _fresh(self, names: Sequence[str], taken: set[str], letter: str) -> str:
        notation = Notation()
        for name in reversed(names):
            name = re.sub(r"_t$", "", name).rstrip("_")  # which looks like none in print
            if name.isidentifier() and name not in taken and not name.startswith("_") and not notation.misread(name):
                return name
        return next(n for n in (f"{letter}{k}" for k in range(1, len(taken) + 2)) if n not in taken)

    # ------------------------------------------------------------------ a formula

    def _formula(self, target: Symbol, piece: Piece, labelled: bool) -> Expr:
        root = self._symbols.get(piece, target)
        if root != target:
            return root
        with evaluate(False):
            expr = self._expr(piece, top=True)
            return self._with_maps(target.name, flattened(expr), labelled)

    def _expr(self, piece: Piece, top: bool = False) -> Any:
        if piece in self._symbols and not top:
            return self._symbols[piece]
        if isinstance(piece, Given):
            return piece.symbol
        if isinstance(piece, Formula):
            return piece.function(*(self._expr(o) for o in piece.operands))
        if isinstance(piece, Mixed):
            by_head = {"heads": self._heads(piece.heads)} if piece.heads else {}
            return piece.node(*(self._expr(o) for o in piece.operands), **by_head)
        if isinstance(piece, Contraction):
            return product_by_axes(piece, self._sizes, self._expr, self._symbols)
        if isinstance(piece, Means):
            raise DeriveError(
                f"{self.title}: the mean of each head is no number by itself in a cell; it has it beside its units"
            )
        stand_in = Symbol(f"§{id(piece)}")
        self._placed[stand_in] = piece
        return stand_in

    def _with_maps(self, target: str, expr: Expr, labelled: bool) -> Expr:
        """Products and learned vectors in their places: a vector beside a product in a sum is its bias."""
        biases: dict[Symbol, Symbol] = {}  # by the product
        for node in sums(expr):
            for k, term in enumerate(node.args):
                if self._may_be_bias(self._placed.get(term)):
                    near = [*reversed(node.args[:k]), *node.args[k:]]
                    free = (a for a in near if self._is_free(a) and a not in biases)
                    if (found := next(free, None)) is not None and self._placed[found].size == self._placed[term].size:
                        biases[found] = term
        used = Counter(biases.values())
        biases = {p: b for p, b in biases.items() if used[b] == 1 and list(readings(expr)).count(b) == 1}
        self._nodes[target] = []
        pieces = (self._placed.get(leaf) for leaf in readings(expr))
        operands = Counter(p.operand for p in pieces if isinstance(p, Product))
        seen: Counter[Piece] = Counter()

        def rule(node: Any) -> Any:
            piece = self._placed.get(node)
            if not isinstance(piece, (Learned, Product)):
                return None
            if self.unlearned.has(piece):
                return self._unlearned(piece)
            if isinstance(piece, Learned):
                return self._declare(piece, target, self._rows(piece))
            if piece.weight.heads > 1 and self._sizes.has_heads(piece.operand):
                return self._matrices(piece, target)
            seen[piece.operand] += 1
            again = operands[piece.operand] > 1 and seen[piece.operand] > 1
            label = f"{target}{seen[piece.operand]}" if again else ""
            if piece.weight in self._shared:
                label = self._shared[piece.weight]
            elif labelled:
                label = f"{target}_{sum(seen.values())}"
            bias = self._placed[biases[node]] if node in biases else None
            return self._map(target, piece, bias if isinstance(bias, Learned) else None, label)

        return rewrite(without(expr, set(biases.values())), rule)

    def _is_free(self, term: Any) -> bool:
        """Whether it is a product that may have a bias: of a shared weight no two could have their own."""
        piece = self._placed.get(term)
        return isinstance(piece, Product) and piece.weight not in self._shared and not self.unlearned.has(piece)

    def _may_be_bias(self, piece: Piece | None) -> bool:
        return isinstance(piece, Learned) and piece.size > 1 and not self.unlearned.has(piece)

    def _unlearned(self, piece: Learned | Product) -> Expr:
        """A vector that is not learned, or the product of such a matrix."""
        taken = self._taken()
        if isinstance(piece, Learned):
            return self.unlearned.vector(piece, self._sizes.of(piece), self._sizes.lengths(piece), taken)
        sizes = self._sizes.of(piece), self._sizes.of(piece.operand)
        return self.unlearned.product(piece.weight, self._expr(piece.operand), sizes, taken)

    def _map(self, target: str, piece: Product, bias: Learned | None, label: str) -> LinearNode:
        operand = self._expr(piece.operand)
        form = "antisymmetric" if piece.weight.antisymmetric else "full"
        size = self._sizes.of(piece)
        heads = piece.weight.heads
        if heads > 1 and not piece.weight.is_by_head:
            raise DeriveError(f"{self.title}: {piece.weight.tensor} has a block for each head in another order")
        each = [int(s) if s.isdecimal() else s for s in size.split(":")]
        node = linear(
            operand, bias=bias is not None, name=label, weight=form,
            size=each[0] if len(each) == 1 else (each[0], each[1]), heads=self._heads(heads) if heads > 1 else "",
        )  # fmt: skip
        self._nodes[target].append((node, piece, bias))
        return node

    def _heads(self, count: int) -> int | str:
        name = self.units.get(count, str(count))
        return int(name) if name.isdecimal() else name

    def _rows(self, piece: Learned) -> str:
        return "" if piece.size == 1 else self._sizes.of(piece)

    def _matrices(self, piece: Product, target: str) -> Expr:
        """A learned matrix for each head times what each head has."""
        weight = piece.weight
        if not weight.is_by_head:
            raise DeriveError(f"{self.title}: {weight.tensor} has a block for each head in another order")
        learned = self._made_of.setdefault(
            weight, Learned(weight.places.size, weight.tensor, weight.places.reshape(-1))
        )
        heads, columns = self._sizes.of(piece.operand).split(":")
        rows = self._sizes.axis(piece.size // weight.heads)
        return matmul(self._declare(learned, target, f"{heads}:{rows}×{columns}"), self._expr(piece.operand))

    def _declare(self, piece: Learned, target: str, rows: str) -> Symbol:
        if piece.key not in self.declared:
            stem = letter_of(piece.tensor)
            taken = self._taken()
            cut = any(k[0] == piece.tensor for k in self.declared) or piece.size < piece.places.max() + 1
            names = [stem] * (not cut) + [f"{stem}_{target}", *(f"{stem}_{k}" for k in range(2, len(taken) + 3))]
            name = next(n for n in names if n not in taken)
            scalar = piece.size == 1
            self.declared[piece.key] = Parameter(Symbol(name), "scalar" if scalar else "vector", rows, "", name)
            self.sources[name] = piece
        return self.declared[piece.key].symbol

    def _find_weights(self, made: Cell) -> None:
        """What each weight and bias of the cell is in the module."""
        for target, nodes in self._nodes.items():
            parts = made.lowered(target).parts
            for node, product, bias in nodes:
                affine = parts[tidy(self._maps.get(node.serial, node).plain())]
                assert isinstance(affine, Affine)
                (term,) = affine.terms
                self.sources[term.weight.name] = product.weight
                if term.bias is not None:
                    self.sources[term.bias.name] = bias
