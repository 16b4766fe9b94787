"""What stands in the place of names: parts of vectors, joined vectors, matrices made of others, the layer of a step,
and what an equation is solved for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.errors import DefinitionError
from derive.intake.latex.families import parts, rows_of
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.implicit import reads_itself, solved
from derive.intake.latex.roles import is_capital
from derive.intake.latex.sides import Equation
from derive.intake.latex.system import System
from derive.intake.latex.tree import IDENTITY, Call, Concat, Letter, Node, Product, Sum, every, letters, mapped, spelled
from derive.intake.latex.written import written


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


def insert_said(made: System, sentences: Iterable[Equation]) -> None:
    """A letter that does not change, and of which a sentence says by a function what it is, a = σ(Λ)."""
    read = {x.key for node in made.nodes.values() for x in letters(node) if x.time is None} - {*made.nodes}
    for equation in sentences:
        try:
            left, right = (Grammar(side, (), made.time).read() for side in (equation.left, equation.right))
        except DefinitionError:
            continue
        if not (isinstance(left, Letter) and isinstance(right, Call)) or left.time is not None or is_capital(left):
            continue
        inside = [*letters(right)]
        for key in (k for k in (left.key, (left.base, f"{left.label}own")) if k in read):
            if inside and all(x.time is None and x.key not in made.nodes and x.key != key for x in inside):
                made.nodes[key], made.origins[key] = right, equation
                made.notes.append(f"{spelled(key)} is {written(right)}: a sentence says so")


def insert_matrices(made: System) -> None:
    """A matrix that is made of others, A = W - W^T, or has another name, in the place of its name."""

    def is_matrix(node: Node) -> bool:
        found = list(letters(node))
        is_other = isinstance(node, Letter) and is_capital(node)
        return (is_other or any(x.turned for x in found)) and all(
            x.time is None and x.key not in made.nodes for x in found
        )

    matrices = {key: node for key, node in made.nodes.items() if key[0][:1].isupper() and is_matrix(node)}
    made.nodes = {
        key: mapped(node, lambda x: _turned(matrices[x.key], x.turned) if x.key in matrices else x)
        for key, node in made.nodes.items() if key not in matrices
    }  # fmt: skip


def _turned(node: Node, turned: bool) -> Node:
    """A matrix that is made of others, transposed if it is asked for."""
    match node:
        case Letter() if turned:
            return replace(node, turned=not node.turned)
        case Sum(terms) if turned:
            return Sum(tuple((s, _turned(t, True)) for s, t in terms))
    return Call(Letter("transposed"), (node,)) if turned else node
