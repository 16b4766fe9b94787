"""Small letters that are transposed before a vector, v^T tanh(W h): vectors, and what they make is a number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from derive.intake.latex.trees.tree import Key, Letter, Node, Numeral, Product, Sum, every, letters, spelled

if TYPE_CHECKING:
    from derive.intake.latex.meaning.roles import Roles


def take_transposed(roles: Roles, needed: Sequence[Key]) -> None:
    """Conclude what they are, of which nothing else says it, and that what is added to such a number is one."""
    nodes = [roles.system.nodes[k] for k in needed]
    read = [x for node in nodes for x in letters(node) if roles.is_parameter(x)]
    before = {x.key for n in nodes for f in _products(n) if _is_row(f) for x in letters(f[0][1])}
    for key in dict.fromkeys(x.key for x in read):
        is_open = key not in roles.kinds and roles.given_kind(key) is None
        if is_open and key in before and all(x.turned for x in read if x.key == key):
            roles.kinds[key] = "vector"
            roles.notes.append(f"{spelled(key)} is a vector: transposed before a vector, they make a number")
    for terms in (n.terms for node in nodes for n in every(node) if isinstance(n, Sum)):
        alone = [t.key for _, t in terms if isinstance(t, Letter) and roles.is_parameter(t)]
        others = [t for _, t in terms if not (isinstance(t, Letter) and roles.is_parameter(t))]
        if others and all(_is_number(roles, t) for t in others) and any(isinstance(t, Product) for t in others):
            for key in (k for k in alone if roles.given_kind(k) is None and roles.kinds.get(k) == "vector"):
                roles.kinds[key] = "scalar"
                roles.notes.append(f"{spelled(key)} is a scalar: it is added to a number")


def _products(node: Node) -> Iterator[tuple[tuple[str, Node], ...]]:
    yield from (n.factors for n in every(node) if isinstance(n, Product))


def _is_row(factors: Sequence[tuple[str, Node]]) -> bool:
    """Whether a transposed letter stands before something, and no sign of an elementwise product after it."""
    (_, first), (sign, _) = factors[:2]
    return isinstance(first, Letter) and first.turned and not first.base[:1].isupper() and sign != "⊙"


def _is_number(roles: Roles, node: Node) -> bool:
    """Whether it is a number, or the product of a vector that is transposed and one vector."""
    if isinstance(node, Numeral):
        return True
    if not isinstance(node, Product) or len(node.factors) != 2 or not _is_row(node.factors):
        return False
    first = node.factors[0][1]
    kind = roles.kinds.get(first.key, roles.given_kind(first.key)) if isinstance(first, Letter) else None
    return kind == "vector" and isinstance(first, Letter) and roles.is_parameter(first)
