r"""Equations in sentences that define what displays read: with $f_t = \sigma(W x_t + U h_{t-1})$."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derive.errors import DefinitionError
from derive.intake.latex.cuts import parted, split
from derive.intake.latex.displays import Display, Equation
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.place import at
from derive.intake.latex.rows import equations_of, has_equals
from derive.intake.latex.tokens import Token
from derive.intake.latex.tree import Call, Key, Letter, Node, every, letters, name_of, spelled


def with_sentences(
    found: Sequence[Equation], sentences: Iterable[Equation], time: str
) -> tuple[list[Equation], list[str]]:
    """The equations of displays with those of sentences that say by weights or a function what they read and none of
    them defines, and what is concluded. What the input is made of is none of the step."""
    defined = {key for e in found for key in _defined(e.left, time)}
    known = [(keys, e, read_side(e.right, time)) for e in sentences if (keys := _defined(e.left, time))]
    open_ = [
        (keys, e, right) for keys, e, right in known
        if defined.isdisjoint(keys) and not any(base.lower() in ("x", "u") for base, _ in keys)
    ]  # fmt: skip
    read = {key for e in found for side in parted(e.right, ("=",)) for key in _keys(read_side(side, time))}
    taken: dict[tuple[Key, ...], list[tuple[Equation, Node | None]]] = {}
    for _ in open_:
        more = [one for one in open_ if not read.isdisjoint(one[0]) and one[0] not in taken and _says(one[0], one[2])]
        for keys, e, right in more:
            taken.setdefault(keys, []).append((e, right))
            read |= _keys(right)
        if not more:
            break
    notes = [f"{', '.join(map(spelled, keys))}: defined in a sentence" for keys in taken]
    different = [e for pairs in taken.values() for e in {str(right): e for e, right in pairs}.values()]
    return [*found, *different], notes


def read_side(side: Sequence[Token], time: str) -> Node | None:
    """A side of an equation by itself; None where it cannot be read."""
    try:
        with at(0):
            return Grammar(side, (), time).read() if side else None
    except DefinitionError:
        return None


def _defined(left: Sequence[Token], time: str) -> tuple[Key, ...]:
    """The letters at t that are a left side, q_t, k_t; none of anything else."""
    nodes = [read_side(part, time) for part in split(left)]
    found = tuple(n.key for n in nodes if isinstance(n, Letter) and n.time == 0 and not n.turned)
    return found if len(found) == len(nodes) else ()


def _keys(node: Node | None) -> set[Key]:
    return {x.key for x in letters(node) if x.time is not None} if node is not None else set()


def _says(keys: Sequence[Key], right: Node | None) -> bool:
    """Whether a formula has a weight or a function, and is no case, z_t = 1; one of the letter at t is none. What is
    not read says something too."""
    if right is None:
        return True
    own = any(x.key in keys and x.time == 0 for x in letters(right))
    made = any(isinstance(n, Call) or (isinstance(n, Letter) and n.time is None) for n in every(right))
    return made and not own and any(x.time is not None for x in letters(right))


_SIGNS = {r"\propto", r"\to", r"\rightarrow", r"\longrightarrow", r"\mapsto", r"\approx", r"\simeq", ":"}


def passed_over(shown: Iterable[Display], time: str) -> dict[Key, DefinitionError]:
    r"""What stands on a side of \propto or \to in a row without an equation, and why it has none: it would look like an
    input."""
    found: dict[Key, DefinitionError] = {}
    for part in (part for display in shown for row in display.rows for part, _ in equations_of(row)):
        signs = [k for k, t in enumerate(part) if t.text in _SIGNS]
        if len(signs) != 1 or has_equals(part):
            continue
        for side in (part[: signs[0]], part[signs[0] + 1 :]):
            for key in (k for k in _defined(side, time) if k[0].lower() not in ("x", "u")):
                line, sign = part[0].line, part[signs[0]].text
                found[key] = DefinitionError(
                    f"line {line}: {spelled(key)} stands beside {sign}, and no equation says what it is: write"
                    f" {spelled(key)} = ..., or if it is the input, input={name_of(key)!r}"
                )
    return found
