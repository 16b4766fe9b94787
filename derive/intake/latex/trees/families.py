"""Equations that stand for several: stacks, vectors that are cut into parts, one equation for all of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Product,
    Relation,
    Sum,
    letters,
    mapped,
    parts_of,
)

_CUTS = {"chunk", "split"}


def rows(right: Node, targets: Sequence[Letter]) -> list[Node]:
    """What each letter of a stack on the left is: a stack of functions before a product is one a row, and a letter that
    is a parameter is one a row."""
    if len(targets) == 1:
        return [right]
    if isinstance(right, Concat) and len(right.parts) == len(targets):
        return list(right.parts)
    return [_row(right, k, target, len(targets)) for k, target in enumerate(targets)]


def _row(node: Node, k: int, target: Letter, count: int) -> Node:
    def own(x: Letter) -> Letter:
        if x.time is not None or x.base.lower() in WORDS or x.base == "sigma":
            return x
        return replace(x, label=f"{x.label}{target.base}{target.label}")

    match node:
        case Product(((_, Concat(parts)), *rest)) if len(parts) == count and rest:
            function = parts[k]
            inner: Node = rest[0][1] if len(rest) == 1 else Product((("", rest[0][1]), *rest[1:]))
            if isinstance(function, Letter):
                return Call(function, (mapped(inner, own),))
    return mapped(node, own)


def enumerated(targets: Sequence[Letter]) -> list[Letter]:
    """``g_0, ..., g_7`` with all that the dots stand for."""
    found: list[Letter] = []
    for k, target in enumerate(targets):
        if target.base in ("dots", "ldots", "cdots") and found and k + 1 < len(targets):
            first, last = found[-1], targets[k + 1]
            if first.base == last.base and first.label.isdigit() and last.label.isdigit():
                found += [replace(first, label=str(n)) for n in range(int(first.label) + 1, int(last.label))]
                continue
        found.append(target)
    return found


def cut_of(right: Node) -> Node | None:
    """What is cut into parts: the argument of ``chunk`` or ``split``."""
    if isinstance(right, Call) and right.function.base in _CUTS and right.arguments:
        return right.arguments[0]
    return None


def members(target: Letter, right: Node) -> list[tuple[Letter, Node]] | None:
    r"""Each equation of a family, o_k = f(g_k) where k ∈ {0, 2}, ...; None for what is none."""
    if not (isinstance(right, Cases) and target.label):
        return None
    found: list[tuple[Letter, Node]] = []
    for value, condition in right.rows:
        match condition:
            case Relation("∈", Letter(base, ""), chosen) if base == target.label:
                listed = chosen.parts if isinstance(chosen, Concat) else (chosen,)
            case _:
                return None
        for number in listed:
            if not isinstance(number, Numeral):
                return None
            found.append((_at(target, base, number.text), mapped(value, lambda x, n=number: _at(x, base, n.text))))  # type: ignore[misc]
    return found


def _at(letter: Letter, index: str, value: str) -> Letter:
    return replace(letter, label=value) if letter.label == index else letter


def parts(nodes: Mapping[Key, Node]) -> dict[Key, tuple[Key, Node]]:
    """Quantities that are read and never defined, g_i, where g is an affine map that nothing else reads: the rows of it
    that belong to i. By the part, what it is a part of, and its formula."""
    read = [x for node in nodes.values() for x in letters(node)]
    whole = {x.key for x in read}
    found: dict[Key, tuple[Key, Node]] = {}
    for x in read:
        of = (x.base, "")
        is_part = x.key not in nodes and x.label and of in nodes and of not in whole
        if is_part and _is_affine(nodes[of]) and x.key not in {y.key for y in letters(nodes[of])}:
            found[x.key] = (of, rows_of(nodes[of], Letter(*x.key)))
    return found


def rows_of(node: Node, target: Letter) -> Node:
    """The rows of a formula that belong to one of its parts: its weights have the part's name."""
    return _row(node, 0, Letter("", target.label or target.base), 1)


def _is_affine(node: Node) -> bool:
    """Whether it is a sum of products and letters."""
    terms = parts_of(node) if isinstance(node, Sum) else (node,)
    if all(x.time is not None for x in letters(node)):
        return False
    return any(isinstance(t, Product) for t in terms) and all(isinstance(t, (Product, Letter)) for t in terms)
