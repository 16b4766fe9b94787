"""What stands in the place of names: parts of vectors, joined vectors, matrices made of others, the layer of a step,
and what an equation is solved for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from derive.errors import DefinitionError
from derive.intake.latex.systems.by_entries import whole_of
from derive.intake.latex.systems.multiplied_out import is_of_matrices
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.alphabet import is_capital
from derive.intake.latex.trees.families import parts, rows_of
from derive.intake.latex.trees.grammar import with_diagonals
from derive.intake.latex.trees.implicit import reads_itself, solved
from derive.intake.latex.trees.tree import (
    IDENTITY,
    Call,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Product,
    Quotient,
    Sum,
    every,
    letters,
    mapped,
    rebuilt,
    spelled,
)


def insert_parts(made: System, cuts: Sequence[tuple[list[Letter], Node]]) -> None:
    """A vector that is cut, in words or by its indices alone, in its parts."""
    for targets, whole in cuts:
        node = made.nodes.get(whole.key, whole) if isinstance(whole, Letter) else whole
        made.nodes |= {t.key: rows_of(node, t) for t in targets}
    for part, (whole_key, node) in parts(made.nodes).items():
        made.nodes[part] = node
        made.notes.append(f"{spelled(part)} is a part of {spelled(whole_key)}, with rows of its weights")


def solve(made: System) -> None:
    for key, node in made.nodes.items():
        try:
            found = solved(key, node) if reads_itself(key, node) else None
        except DefinitionError as e:
            made.unread[key] = made.at(key, str(e))
            continue
        if found is not None:
            made.nodes[key] = found
            made.notes.append(f"{spelled(key)} stands on both sides of its equation at t, which is solved for it")


def insert_layer(made: System) -> None:
    """The h of a step that reads h_{l-1} at t and h_l at t-1 is h_l: what its equations define has no layer."""
    read = {(x.key, x.time) for node in made.nodes.values() for x in letters(node)}
    for base, label in [key for key, time in read if time == -1 and len(key[1]) == 1 and key not in made.nodes]:
        plain, below = (base, ""), (base, f"{label}-1")
        if plain not in made.nodes or below in made.nodes or (below, 0) not in read:
            continue
        if any(key == plain for key, _ in read):
            continue
        made.nodes = {(base, label) if k == plain else k: node for k, node in made.nodes.items()}
        made.origins[base, label] = made.origins[plain]
        made.said[base, label] = made.said.get(plain, [])
        made.notes.append(
            f"{spelled(plain)} is {spelled((base, label))}: {spelled(below)} is the layer below, and what the equations"
            " of a layer define has no index of it"
        )


def insert_joined(made: System) -> None:
    """Vectors that are joined under a name, z = [x_t, h_{t-1}], in the place of it."""
    joined = {key: node for key, node in made.nodes.items() if isinstance(node, Concat)}

    def inserted(x: Letter) -> Node:
        return joined[x.key] if x.key in joined and x.time in (0, None) else x

    made.nodes = {key: mapped(node, inserted) for key, node in made.nodes.items() if key not in joined}


def insert_identities(made: System) -> None:
    """A matrix that is made of the identity, M = γ (I - k k^T), in the place of its name in products."""

    def has_identity(node: Node) -> bool:
        if isinstance(node, Product):
            return any(has_identity(f) for _, f in node.factors)
        return isinstance(node, Sum) and any(t == IDENTITY for _, t in node.terms)

    found = {key: node for key, node in made.nodes.items() if key[0][:1].isupper() and has_identity(node)}
    if not found or IDENTITY.key in made.nodes:
        return
    factors = [n for k in made.nodes for n in every(made.nodes[k]) if isinstance(n, Product)]
    inside = {f.key for n in factors for _, f in n.factors if isinstance(f, Letter) and f.time == 0}
    kept = {x.key for node in made.nodes.values() for x in letters(node) if x.time == -1}
    found = {key: node for key, node in found.items() if key in inside - kept and not reads_itself(key, node)}
    for key in found:
        made.notes.append(f"{spelled(key)} stands in products alone, where what it is made of is written in its place")
    made.nodes = {
        key: mapped(node, lambda x: found.get(x.key, x) if x.time == 0 else x)
        for key, node in made.nodes.items() if key not in found
    }  # fmt: skip


def insert_diagonals(made: System) -> None:
    """A diagonal matrix that has a name, D_t = Diag(α_t), in the place of the name in products."""
    found = {
        k: n for k, n in made.nodes.items() if isinstance(n, Call) and n.function.base == "diag" and k[0][:1].isupper()
    }
    found = {k: n for k, n in found.items() if not any(x.key == k for x in letters(n))}

    def inserted(node: Node) -> Node:
        match node:
            case Product(factors):
                return with_diagonals([(s, inserted(f)) for s, f in factors])
            case Letter() if node.time in (0, None):
                return found.get(node.key, node)
        return rebuilt(node, inserted)

    made.notes += (f"{spelled(k)} is a diagonal matrix, which is written in its place" for k in found)
    made.nodes = {k: inserted(n) if found else n for k, n in made.nodes.items() if k not in found}


def insert_matrices(made: System) -> None:
    """A matrix that is made of others, A = W - W^T or A = V D, or has another name, in the place of its name."""
    found: dict[Key, Node] = {}
    whole = {x.key for node in made.nodes.values() for x in letters(node)}
    others = {key: node for key, node in made.nodes.items() if whole_of(key, whole) is None}  # and no entries of one
    while new := {key: node for key, node in others.items() if _is_matrix(key, node, made.nodes, found)}:
        found |= {key: mapped(node, partial(_in_place, found)) for key, node in new.items()}
    made.nodes = {k: mapped(node, partial(_in_place, found)) for k, node in made.nodes.items() if k not in found}


def _is_matrix(key: Key, node: Node, known: Collection[Key], found: Mapping[Key, Node]) -> bool:
    """Whether an equation says of what matrices one is made. known: what is defined; found: the matrices among it."""
    if key in found or not key[0][:1].isupper():
        return False
    inside = [*letters(node)]
    if any(x.time is not None or (x.key in known and x.key not in found) for x in inside):
        return False
    return any(x.turned for x in inside) or is_of_matrices(node, ())


def _in_place(matrices: Mapping[Key, Node], x: Letter) -> Node:
    return _turned(matrices[x.key], x.turned) if x.key in matrices else x


def _turned(node: Node, turned: bool) -> Node:
    """A matrix that is made of others, transposed if it is asked for."""
    match node:
        case _ if not turned or isinstance(node, Numeral):
            return node
        case Letter():
            return replace(node, turned=not node.turned) if is_capital(node) else node
        case Sum(terms):
            return Sum(tuple((s, _turned(t, True)) for s, t in terms))
        case Product(factors) if all(not sign for sign, _ in factors):
            return Product(tuple(("", _turned(f, True)) for _, f in reversed(factors)))
        case Quotient(above, below):
            return Quotient(_turned(above, True), below)
    return Call(Letter("transposed"), (node,))
