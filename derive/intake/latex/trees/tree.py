"""What the grammar makes of an equation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Key = tuple[str, str]  # a letter and its indices, whenever


@dataclass(frozen=True)
class Letter:
    r"""A letter or a word with its indices: ``\tilde{h}^{(l)}_{t-1}`` is ("h_tilde", "l", -1).

    label: the indices that are not the time, one after the other. time: 0 at t, -1 one step before, None without.
    turned: whether it is transposed. marks: each index of the label by itself, i and j of W_{ij}. raised: the
    number above it, where that is one of them.
    """

    base: str
    label: str = ""
    time: int | None = None
    turned: bool = False
    marks: tuple[str, ...] = field(default=(), compare=False)
    raised: str = field(default="", compare=False)

    @property
    def key(self) -> Key:
        """What it is called, whenever."""
        return self.base, self.label

    def __str__(self) -> str:
        name = self.base + (f"_{{{self.label}}}" if self.label else "") + ("ᵀ" if self.turned else "")
        return name + {None: "", 0: "_t", -1: "_{t-1}"}.get(self.time, f"_{{t{self.time:+d}}}" if self.time else "")


@dataclass(frozen=True)
class Numeral:
    text: str


@dataclass(frozen=True)
class Sum:
    """Terms, each with its sign."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product:
    """Factors, each with the sign of multiplication before it: "" for none, of the first as well."""

    factors: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Quotient:
    above: Node
    below: Node


@dataclass(frozen=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call:
    """A function of arguments."""

    function: Letter
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Concat:
    """Vectors one below the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Table:
    """A matrix by its rows, of numbers or of blocks; of two columns at least."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Cases:
    """Values with their conditions; None for what is otherwise."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Relation:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Unit:
    """One unit of a vector, by its index: [W x]_j."""

    whole: Node
    index: str


@dataclass(frozen=True)
class Total:
    """A sum over an index; last: the number that it goes to, where it is written."""

    index: str
    last: Node | None
    body: Node


Node = Letter | Numeral | Sum | Product | Quotient | Power | Call | Concat | Table | Cases | Relation | Unit | Total


IDENTITY = Letter("I")


def parts_of(node: Node) -> tuple[Node, ...]:
    """What a node is made of."""
    match node:
        case Sum(terms):
            return tuple(n for _, n in terms)
        case Product(factors):
            return tuple(n for _, n in factors)
        case Quotient(a, b) | Power(a, b) | Relation(_, a, b):
            return a, b
        case Call(_, arguments):
            return arguments
        case Concat(parts):
            return parts
        case Table(rows):
            return tuple(n for row in rows for n in row)
        case Unit(a, _) | Total(_, _, a):
            return (a,)
        case Cases(pairs):
            return tuple(n for row in pairs for n in row if n is not None)
    return ()


def every(node: Node) -> Iterator[Node]:
    """The node and all that it is made of."""
    yield node
    for part in parts_of(node):
        yield from every(part)


def letters(node: Node) -> Iterator[Letter]:
    """Every letter of a formula, functions apart."""
    if isinstance(node, Letter):
        yield node
    for part in parts_of(node):
        yield from letters(part)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with other parts."""
    match node:
        case Sum(terms):
            return Sum(tuple((s, change(t)) for s, t in terms))
        case Product(factors):
            return Product(tuple((s, change(f)) for s, f in factors))
        case Quotient(a, b):
            return Quotient(change(a), change(b))
        case Power(a, b):
            return Power(change(a), change(b))
        case Relation(operator, a, b):
            return Relation(operator, change(a), change(b))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
        case Concat(parts):
            return Concat(tuple(map(change, parts)))
        case Table(rows):
            return Table(tuple(tuple(map(change, row)) for row in rows))
        case Cases(pairs):
            return Cases(tuple((change(v), c and change(c)) for v, c in pairs))
        case Unit(a, index):
            return Unit(change(a), index)
        case Total(index, last, a):
            return Total(index, last, change(a))
    return node


def mapped(node: Node, change: Callable[[Letter], Node]) -> Node:
    """The formula with other letters."""

    def walk(n: Node) -> Node:
        return change(n) if isinstance(n, Letter) else rebuilt(n, walk)

    return walk(node)


def calls(node: Node) -> Iterator[Letter]:
    """Every function that is called."""
    if isinstance(node, Call):
        yield node.function
    for part in parts_of(node):
        yield from calls(part)


def spelled(key: Key) -> str:
    """A letter as people say it."""
    return str(Letter(*key))


def name_of(key: Key) -> str:
    """A letter as a name of the cell: h_tilde, c_1."""
    base, label = key
    label = label.replace("'", "prime").replace("*", "star")
    label = re.sub(r"[+-]$", lambda sign: "plus" if sign[0] == "+" else "minus", label)
    return re.sub(r"\W", "", f"{base}_{label}" if label else base)


def terms_of(node: Sum) -> tuple[tuple[int, Node], ...]:
    """The terms of a sum and of the sums that are terms of it."""
    return tuple(
        (sign * s, t)
        for sign, term in node.terms
        for s, t in (terms_of(term) if isinstance(term, Sum) else ((1, term),))
    )
