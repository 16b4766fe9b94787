"""What stands in the place of names: parts of vectors, joined vectors, matrices made of others, the layer of a step,
and what an equation is solved for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.errors import DefinitionError
from derive.intake.latex.displays import Equation
from derive.intake.latex.families import parts, rows_of
from derive.intake.latex.grammar import Grammar, with_diagonals
from derive.intake.latex.implicit import reads_itself, solved
from derive.intake.latex.roles import IDENTITY, is_capital
from derive.intake.latex.system import System
from derive.intake.latex.tree import Call, Concat, Letter, Node, Product, Sum, every, letters, mapped, rebuilt, spelled
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
    """A letter that does not change, and of which a sentence says by a function what it is, a = σ(Λ); a matrix of
    which it says that it has a diagonal, D_t = Diag(α_t)."""
    read = {x.key for node in made.nodes.values() for x in letters(node) if x.time is None} - {*made.nodes}
    at_t = {x.key for node in made.nodes.values() for x in letters(node) if x.time == 0} - {*made.nodes}
    for equation in sentences:
        try:
            left, right = (Grammar(side, (), made.time).read() for side in (equation.left, equation.right))
        except DefinitionError:
            continue
        if not isinstance(left, Letter):
            continue
        if is_capital(left) and left.key in (at_t if left.time == 0 else read):
            _insert_matrix_said(made, left, right, equation)
            continue
        if not isinstance(right, Call) or left.time is not None or is_capital(left):
            continue
        inside = [*letters(right)]
        for key in (k for k in (left.key, (left.base, f"{left.label}own")) if k in read):
            if inside and all(x.time is None and x.key not in made.nodes and x.key != key for x in inside):
                made.nodes[key], made.origins[key] = right, equation
                made.notes.append(f"{spelled(key)} is {written(right)}: a sentence says so")


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


def _insert_matrix_said(made: System, left: Letter, right: Node, equation: Equation) -> None:
    """Note what a sentence says of a matrix. It is not learned where it is made of what changes, A = exp(Δ_t A)."""
    own = any(x.key == left.key and x.time == left.time for x in letters(right))
    if isinstance(right, Call) and right.function.base.lower() == "diag" and not own:
        made.nodes[left.key], made.origins[left.key] = right, equation
        made.notes.append(f"{spelled(left.key)} is {written(right)}: a sentence says so")
        insert_diagonals(made)
    elif left.time is None and any(x.time is not None for x in letters(right)):
        made.unread[left.key] = DefinitionError(
            f"line {equation.line}: a sentence says that {spelled(left.key)} is {written(right)}, which changes with"
            f" {made.time}, and is not read; leave it out, and {spelled(left.key)} is learned"
        )


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
