"""A number above a parameter, W^2: the index of another parameter, or a power of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from derive.errors import DefinitionError
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.tree import Concat, Key, Letter, Node, Product, letters, name_of, parts_of, spelled


def numbered(
    system: System, needed: Sequence[Key], is_parameter: Callable[[Letter], bool], is_given: Callable[[Key], bool]
) -> tuple[list[str], dict[Key, DefinitionError]]:
    """What is concluded of parameters with a number above, and why equations are not read, by their keys: W^2 beside W
    is its square or another matrix, where neither is before the input, which has another size. is_given: of which the
    caller says what they are."""
    nodes = [system.nodes[k] for k in needed]
    read = {x.key for node in system.nodes.values() for x in letters(node) if is_parameter(x)} | {*system.origins}
    notes: list[str] = []
    refused: dict[Key, DefinitionError] = {}
    for key, node in zip(needed, nodes, strict=True):
        for x in (x for x in letters(node) if x.raised and is_parameter(x) and x.key not in system.fixed):
            plain, number = parted(x)
            above = f"{spelled(plain)}^{number}"
            if (
                number
                and plain in read
                and not is_given(x.key)
                and not any(_is_before_input(n, k, system.input) for n in nodes for k in (plain, x.key))
            ):
                refused[key] = system.at(
                    key,
                    f"{above} stands beside {spelled(plain)}: for its square write {spelled(plain)} {spelled(plain)};"
                    f' if it is another matrix, say so, roles={{"{name_of(x.key)}": "matrix"}}',
                )
            elif number:
                notes.append(f"{above} is a letter of its own, and no power")
    return notes, refused


def parted(x: Letter) -> tuple[Key, str]:
    """The letter without the number above it, and the number; no number where that stands among its other indices."""
    if x.label.endswith(x.raised):
        return (x.base, x.label.removesuffix(x.raised)), x.raised
    return (x.base, x.label.removeprefix(x.raised)), x.raised if x.label.startswith(x.raised) else ""


def _is_before_input(node: Node, matrix: Key, given: Key) -> bool:
    """Whether the matrix stands beside the input."""
    if isinstance(node, Product):
        for (_, a), (_, b) in itertools.pairwise(node.factors):
            for one, other in ((a, b), (b, a)):
                parts = other.parts if isinstance(other, Concat) else (other,)
                if isinstance(one, Letter) and one.key == matrix and given in _keys(parts):
                    return True
    return any(_is_before_input(part, matrix, given) for part in parts_of(node))


def _keys(parts: Sequence[Node]) -> Iterator[Key]:
    yield from (part.key for part in parts if isinstance(part, Letter))
