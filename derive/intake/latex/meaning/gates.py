"""Which functions are those of gates: what they give multiplies a state, or what is made of the input.

Of φ(a) ⊙ ψ(b) it is not seen which of the two is the gate, where nothing else says it. σ by itself is that of the gates
beside tanh, too: an author who means any activation by σ does not name another one. And it is, as everywhere in this
package, in what ``cell.latex(where=True)`` prints, which says all that equations leave open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from derive.intake.latex.systems.system import System
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.tree import Call, Key, Letter, Node, Product, calls, every, letters, name_of, parts_of
from derive.symbolic.activations import ACTIVATIONS

SIGMA = ("sigma", "")
_OF_STATES = {("sigma", "h"), ("sigma", "c")}  # as Wikipedia writes them


_UNREAD = re.compile("tanh|relu", re.IGNORECASE)


def gates(made: System, needed: Sequence[Key], known: Mapping[str, Any]) -> set[Key]:
    """The functions that are certainly those of gates, by their letters. known: those that the caller, or the text,
    says."""
    called = {f.key for key in needed for f in calls(made.nodes[key])}
    names = {key: known.get(name_of(key), WORDS.get(key[0].lower(), "")) for key in called}
    found = {SIGMA} if made.is_told or any(map(_is_of_states, names.values())) or _is_beside_unread(made) else set()
    names |= dict.fromkeys(_OF_STATES & called, "tanh")
    for product in (n for key in needed for n in every(made.nodes[key]) if isinstance(n, Product)):
        made_by = [_functions(made, f, set()) for _, f in product.factors if _changes(made, f)]
        for k, own in enumerate(made_by):
            others = {f for j, of in enumerate(made_by) if j != k for f in of}
            if len(made_by) > 1 and all(f in own or names.get(f) for f in others):
                found |= own
    return found


def _is_of_states(name: Any) -> bool:
    """Whether an author who says this function means another one by σ, that of the gates."""
    return callable(name) or (name in ACTIVATIONS and name not in ("sigmoid", "hard_sigmoid", "identity"))


def _is_beside_unread(made: System) -> bool:
    """Whether an equation that is not read has such a function."""
    not_read = [e for e, _ in made.lost] + [made.origins[key] for key in made.unread if key in made.origins]
    return any(_UNREAD.search("".join(t.text for t in e.right)) for e in not_read)


def _changes(made: System, node: Node) -> bool:
    return any(x.time is not None or x.key in made.nodes or x.key == made.input for x in letters(node))


def _functions(made: System, node: Node, seen: set[Key]) -> set[Key]:
    """Those whose values a quantity is made of by sums, products and quotients, past those of the step before."""
    match node:
        case Call(function):
            return {function.key}
        case Letter():
            is_known = node.key in made.nodes and node.key not in made.states and node.time in (0, None)
            if not is_known or node.key in seen:
                return set()
            seen.add(node.key)
            return _functions(made, made.nodes[node.key], seen)
    return {f for part in parts_of(node) for f in _functions(made, part, seen)}
