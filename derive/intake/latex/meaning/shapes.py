"""How many units each quantity of a system has: what is added or multiplied unit by unit has as many, a product with a
matrix has its rows, and a text may say so. What nothing tells is as wide as the states, and the axes of a matrix are
"value" and "key"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from derive.errors import DefinitionError
from derive.intake.latex.meaning.memories import Memories
from derive.intake.latex.systems.spaces import Space
from derive.intake.latex.text.place import at
from derive.intake.latex.trees.axes import Axis, Shape, join, join_axes
from derive.intake.latex.trees.factors import product_of
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Product,
    Quotient,
    Sum,
    letters,
    parts_of,
    spelled,
)
from derive.statements.sizes import joined
from derive.symbolic.expressions import HIDDEN, INPUT

HEADS = "heads"
_AXES = ("value", "key")
_CALLED = {"k": "key", "q": "key", "v": "value"}  # what vectors along an axis are called, and the axis
_OVER_ALL = {"mean", "largest", "length", "dot"}  # functions of all units, which are numbers


@dataclass
class Shapes:
    """Of the quantities, parameters and results of weights of a system, by their letters."""

    memories: Memories
    needed: Sequence[Key]
    shapes: dict[Key, Shape] = field(default_factory=dict)
    results: dict[Key, Shape] = field(default_factory=dict)  # of what each weight multiplies, by its letter
    refused: dict[Key, DefinitionError] = field(default_factory=dict)
    _sizes: dict[str, Axis] = field(default_factory=dict)

    def __post_init__(self) -> None:
        system = self.memories.system
        for key, space in system.spaces.items():
            if key not in self.memories.ranks:  # of a weight
                self.results[key] = self._of_rows(space)
            else:
                self.shapes[key] = Shape([self._axis(a) for a in space.axes], space.heads)
        if system.is_told:
            for key in (*self.needed, *system.masks):
                self.shapes.setdefault(key, Shape([self._axis(HIDDEN)]))
        self.shapes[system.input] = Shape([self._axis(INPUT)])
        for key, rank in self.memories.ranks.items():
            self.shapes.setdefault(key, Shape([Axis() for _ in range(rank)]))
        for key in self.needed:
            try:
                with at(system.line(key)):
                    self._check_input(self.memories.nodes[key])
                    shape = self._shape(self.memories.nodes[key])
                    join(self._of_key(key), shape, f"the equation of {spelled(key)}")
            except DefinitionError as e:
                self.refused[key] = e
        self._name()

    def _check_input(self, node: Node) -> None:
        """Raises DefinitionError where the first input is a matrix."""
        key = self.memories.system.input
        if self.memories.ranks.get(key) == 2 and any(x.key == key for x in letters(node)):
            raise DefinitionError(
                f"{spelled(key)} is a matrix and the first input, which is a vector; name another first"
            )

    @property
    def is_told(self) -> bool:
        """Whether sizes are said by spaces or products of matrices; else all are those of the states, but for what
        stands beside the input, which ``widened`` finds."""
        system = self.memories.system
        return system.is_told or self.memories.has_any or any(a.isdecimal() for a in self._fixed_axes)

    @property
    def _fixed_axes(self) -> Iterator[str]:
        """The sizes of what is not learned."""
        spaces = self.memories.system.spaces
        return (axis for key in self.memories.system.fixed if key in spaces for axis in spaces[key].axes)

    @property
    def heads(self) -> str:
        """The number of heads; empty where the text speaks of none."""
        system = self.memories.system
        return system.heads or next((s.heads for s in system.spaces.values() if s.heads), "")

    def size(self, key: Key) -> str:
        """Of a quantity or a parameter."""
        return self._size(self.shapes.get(key))

    def input_size(self, key: Key) -> str:
        """Of an input beside the first one: as many numbers as what it meets unit by unit, or a size of its own."""
        shape = self.shapes.get(key)
        if shape is not None and shape.root.axes is not None:
            return joined(shape.root.heads, [a.root.size for a in shape.root.axes])
        return HIDDEN

    def is_by_head(self, node: Node) -> bool:
        """Whether a formula has units for each of several heads, where the text does not say how wide everything is."""
        shape = None if self.memories.system.is_told else self._shape(node)
        return shape is not None and bool(shape.root.heads and shape.root.axes)

    def result(self, key: Key) -> str:
        """Of what a weight gives."""
        return self._size(self.results.get(key))

    def blocks(self, key: Key) -> str:
        """The number of a weight's blocks, where it is block-diagonal."""
        space = self.memories.system.spaces.get(key)
        return space.heads if space and space.words.startswith("block-diagonal") else ""

    def _size(self, shape: Shape | None) -> str:
        if shape is None or shape.root.axes is None or not self.is_told:
            return HIDDEN
        return joined(shape.root.heads, [a.root.size for a in shape.root.axes])

    # ------------------------------------------------------------------ what is the same

    def _axis(self, size: str) -> Axis:
        """That of a size; of a formula such as 2d, which is no name, one without a name."""
        name = size if size.isidentifier() or size.isdecimal() else ""
        return self._sizes.setdefault(size, Axis(name))

    def _of_rows(self, space: Space) -> Shape:
        """Of what a matrix gives: one number where it is a row, one for each head where it has as many rows."""
        rows = space.axes[: 1 - space.is_row]
        if rows and rows[0] == self.heads:
            return Shape([], rows[0])
        return Shape([*map(self._axis, rows)])

    def _of_key(self, key: Key) -> Shape:
        return self.shapes.setdefault(key, Shape())

    # ------------------------------------------------------------------ the walk

    def _shape(self, node: Node) -> Shape | None:
        """Of a formula; None of numbers."""
        match node:
            case Numeral():
                return None
            case Letter():
                return self._letter(node)
            case Product(factors):
                return self._product(factors)
            case Call() if name := product_of(node):
                return self._contracted(name, [self._shape(a) or Shape([Axis()]) for a in node.arguments])
            case Call(function, arguments) if function.base in _OVER_ALL:
                parts = [self._shape(a) for a in arguments]
                if function.base == "dot":
                    self._same(parts)
                return Shape([])
            case Concat(parts):
                for part in parts:
                    self._shape(part)
                return None
            case Cases(rows):
                values = [self._shape(v) for v, _ in rows] + [self._shape(c) for _, c in rows if c is not None]
                return self._same(values)
        parts = [self._shape(p) for p in parts_of(node)]
        return self._same(parts, loosely=isinstance(node, Sum | Quotient))

    def _same(self, parts: Sequence[Shape | None], loosely: bool = True) -> Shape | None:
        """Of what goes unit by unit. loosely: whether numbers go with what is not known."""
        found: Shape | None = None
        wide = [p for p in parts if p is not None and not p.is_number]
        for part in (wide or [p for p in parts if p is not None]) if loosely else parts:
            found = join(found, part, "a sum or product unit by unit")
        return found

    def _letter(self, letter: Letter) -> Shape | None:
        roles = self.memories.roles
        if roles.is_parameter(letter) and letter.key not in self.shapes:
            kind = roles.kinds.get(letter.key, roles.given_kind(letter.key))
            if kind in ("scalar", "constant", None) or letter.key in self.memories.system.numbers:
                return None
        return self._of_key(letter.key)

    def _product(self, factors: Sequence[tuple[str, Node]]) -> Shape | None:
        groups: list[list[Node]] = [[]]
        for sign, node in factors:
            if sign == "⊙":
                groups.append([])
            groups[-1].append(node)
        found = [self._same(self._beside(g)) for g in groups]
        known = [f for f in found if f is not None and f.root.axes]
        return self._same(found, loosely=bool(known))

    def _beside(self, nodes: Sequence[Node]) -> list[Shape | None]:
        """Of factors, weights with what they multiply as one."""
        weights = [self.memories.weight_of(n) for n in nodes]
        found: list[Shape | None] = []
        k = len(nodes) - 1
        while k >= 0:
            key = weights[k]
            if key is None:
                found.append(self._shape(nodes[k]))
            elif (k + 1 < len(nodes) and weights[k + 1] is None) or found:
                found[-1] = self.results.setdefault(key, Shape())
            else:  # behind what it multiplies
                found.append(self.results.setdefault(key, Shape()))
                if k:
                    k -= 1
                    if weights[k] is None:
                        self._shape(nodes[k])
            k -= 1
        return found

    def _contracted(self, name: str, parts: list[Shape]) -> Shape:
        """Of a product of a matrix."""
        axes = [self._axes(p, rank) for p, rank in zip(parts, _RANKS[name], strict=True)]
        heads = next((p.root.heads for p in parts if p.root.heads), "")
        where = "a product with a matrix"
        if name == "outer":
            return Shape([axes[0][0], axes[1][0]], heads)
        if name == "dot":
            join_axes(axes[0][0].root, axes[1][0].root, where)
            return Shape([], heads)
        if name == "rows":
            join_axes(axes[0][0].root, axes[1][0].root, where)
            return Shape(axes[1], heads)
        if name == "columns":
            join_axes(axes[0][1].root, axes[1][0].root, where)
            return Shape(axes[0], heads)
        kept, summed = (0, 1) if name == "read" else (1, 0)
        join_axes(axes[0][summed].root, axes[1][0].root, where)
        return Shape([axes[0][kept], *axes[1][1:]], heads)

    def _axes(self, shape: Shape, rank: int) -> list[Axis]:
        """The axes of a factor, so many where it is not known how many it has."""
        root = shape.root
        if root.axes is None:
            root.axes = [Axis() for _ in range(rank)]
        if len(root.axes) < rank:
            raise DefinitionError("in a product with a matrix, a letter that is a vector elsewhere stands for a matrix")
        return root.axes

    # ------------------------------------------------------------------ names

    def _name(self) -> None:
        """Names for the axes that have none: that of the output, and of what is in no matrix, is that of the states."""
        states = self.memories.system.states
        of_matrices = {a.root for s in self.shapes.values() if len(s.root.axes or ()) == 2 for a in s.root.axes or ()}
        own = {k: self.shapes[k] for k in states if k in self.shapes}  # others have an equation that is not read
        numbers = [k for k, shape in own.items() if shape.is_number and not shape.root.heads]
        output = own[states[0]].root if states and states[0] in own else Shape()
        if len(output.axes or ()) == 1 and not self.memories.system.is_told:
            axis = (output.axes or [])[0].root
            if axis.size != INPUT and not axis.size.isdecimal() and not (numbers and axis in of_matrices):
                axis.size = HIDDEN
        if numbers:
            self._take_heads(numbers[0], of_matrices)
        taken = {axis.root.size for axis in self._sizes.values()}
        for (base, _), shape in ((k, s.root) for k, s in self.shapes.items() if len(s.root.axes or ()) == 1):
            axis, name = (shape.axes or [])[0].root, _CALLED.get(base.partition("_")[0].lower(), "")
            if axis in of_matrices and name not in taken and name and not axis.size:
                axis.size = name
                taken.add(name)
        for shape in (s.root for s in self.shapes.values()):
            for axis, name in zip(shape.axes or (), _AXES, strict=False):
                if len(shape.axes or ()) == 2 and not axis.root.size:
                    axis.root.size = next(n for n in (name, *(f"{name}_{k}" for k in range(2, 99))) if n not in taken)
                    taken.add(axis.root.size)
        for shape in (s.root for s in (*self.shapes.values(), *self.results.values())):
            for axis in shape.axes or ():
                axis.root.size = axis.root.size or HIDDEN

    def _take_heads(self, number: Key, of_matrices: Collection[Axis]) -> None:
        """A state is a number of each head, of which there may be one: so are the matrices, and what goes with them."""
        self.memories.roles.notes.append(
            f"{spelled(number)} is a state and one number: what is read is one of several heads, each of which has all"
        )
        for key, shape in (*self.shapes.items(), *self.results.items()):
            axes = [a.root for a in shape.root.axes or ()]
            if shape.root.axes is not None and all(a in of_matrices for a in axes) and key not in self._inputs:
                shape.root.heads = HEADS

    @property
    def _inputs(self) -> tuple[Key, ...]:
        return (self.memories.system.input, *self.memories.system.further)


_RANKS = {"outer": (1, 1), "dot": (1, 1), "read": (2, 1), "readback": (2, 1), "rows": (1, 2), "columns": (2, 1)}
