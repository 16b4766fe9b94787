"""What the grammar makes of an equation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Key = tuple[str, str]  # a letter and its indices, whenever


@dataclass(frozen=True)
class Letter:
    r"""A letter or a word with its indices: ``\tilde{h}^{(l)}_{t-1}`` is ("h_tilde", "l", -1).

    label: the indices that are not the time, one after the other. time: 0 at t, -1 one step before, None without.
    turned: whether it is transposed.
    """

    base: str
    label: str = ""
    time: int | None = None
    turned: bool = False

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
class Cases:
    """Values with their conditions; None for what is otherwise."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Relation:
    operator: str
    left: Node
    right: Node


Node = Letter | Numeral | Sum | Product | Quotient | Power | Call | Concat | Cases | Relation


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
        case Cases(rows):
            return tuple(n for row in rows for n in row if n is not None)
    return ()


def letters(node: Node) -> Iterator[Letter]:
    """Every letter of a formula, functions apart."""
    if isinstance(node, Letter):
        yield node
    for part in parts_of(node):
        yield from letters(part)


def mapped(node: Node, change: Callable[[Letter], Node]) -> Node:
    """The formula with other letters."""

    def walk(n: Node) -> Node:
        match n:
            case Letter():
                return change(n)
            case Sum(terms):
                return Sum(tuple((s, walk(t)) for s, t in terms))
            case Product(factors):
                return Product(tuple((s, walk(f)) for s, f in factors))
            case Quotient(a, b):
                return Quotient(walk(a), walk(b))
            case Power(a, b):
                return Power(walk(a), walk(b))
            case Relation(operator, a, b):
                return Relation(operator, walk(a), walk(b))
            case Call(function, arguments):
                return Call(function, tuple(map(walk, arguments)))
            case Concat(parts):
                return Concat(tuple(map(walk, parts)))
            case Cases(rows):
                return Cases(tuple((walk(v), c and walk(c)) for v, c in rows))
        return n

    return walk(node)


def spelled(key: Key) -> str:
    """A letter as people say it."""
    return str(Letter(*key))


def name_of(key: Key) -> str:
    """A letter as a name of the cell: h_tilde, c_1."""
    base, label = key
    label = label.replace("'", "prime").replace("*", "star")
    return re.sub(r"\W", "", f"{base}_{label}" if label else base)
