r"""What a text gives by its entries, A_{ij} = \begin{cases} 1 & i = j \\ 0 & \text{otherwise} \end{cases} and
\lambda_i = \sigma(\nu_i), of a matrix or a vector that its equations read as a whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sympy import evaluate

from derive.errors import DefinitionError
from derive.intake.latex.systems.entries import entry
from derive.intake.latex.systems.spaces import NOT_LEARNED, Space
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.tree import Cases, Key, Letter, Node, Numeral, Relation, letters, mapped, spelled
from derive.intake.latex.trees.units import without
from derive.symbolic.expressions import HIDDEN
from derive.symbolic.fixed import column, row

_MARKS = set("ijklmn")  # which count units
_SAMPLE = range(4)  # places at which it is tried whether it matters from where they are counted


def whole_of(key: Key, missing: Sequence[Key] | set[Key]) -> Key | None:
    """Of which letter without indices one is an entry, A_{ij} of A and a_{ij} of A; None of no such."""
    base, label = key
    if not label or len(label) > 2 or not _MARKS.issuperset(label):
        return None
    found = ((base, ""), *(((base.upper(), ""),) if len(label) == 2 and len(base) == 1 else ()))
    return next((k for k in found if k in missing), None)


def take_entries(made: System) -> None:
    """Note of the letters that are read as a whole and defined by their entries what they are, and why not."""
    read = {x.key for node in made.nodes.values() for x in letters(node) if x.time is None}
    missing = (read | _units(read)) - {*made.nodes, *made.unread, *made.numbers, *made.fixed}
    given = {key: whole_of(key, missing) for key in (*made.nodes, *made.numbers, *made.unread)}
    outside = {x.key for key, node in made.nodes.items() if given[key] is None for x in letters(node)}
    for key, whole in given.items():
        if whole is None or key in outside:
            continue
        try:
            if key in made.unread:
                raise made.unread[key]
            _take(made, key, whole, made.nodes.get(key) or Numeral(made.numbers[key]))
        except DefinitionError as e:
            made.unread[whole] = made.at(
                key, f"{spelled(whole)} is given by its entries, {spelled(key)}: {_what(e)}; without that it is learned"
            )
        made.nodes.pop(key, None)
        made.numbers.pop(key, None)


def _units(read: Collection[Key]) -> set[Key]:
    """The letters of which some are read by their units."""
    return {(base, "") for base, label in read if label and _MARKS.issuperset(label)}


def _what(error: DefinitionError) -> str:
    return str(error).partition(": ")[2] if str(error).startswith("line ") else str(error)


def _take(made: System, key: Key, whole: Key, node: Node) -> None:
    marks = key[1]
    if len({*marks}) < len(marks):
        raise DefinitionError("nothing says what its other entries are")
    node = mapped(node, lambda x: _kronecker(x, marks))
    inside = [*letters(node)]
    places = [x for x in inside if x.time is None and x.label == "" and x.base in marks]
    if len(marks) == 1 and not places:
        _take_unit(made, key, whole, node)
        return
    others = next((x for x in inside if x not in places), None)
    if others is not None:
        raise DefinitionError(f"{others} stands in them, and what is read is a formula of {' and '.join(marks)}")
    names = dict(zip(marks, "ij", strict=False))
    formula = mapped(node, lambda x: Letter(names[x.base]))
    with evaluate(True):
        value = entry(formula, ["i", "j"][: len(marks)], spelled(whole))
        _check_counting(value, len(marks))
    given = made.spaces.get(whole)
    axes = given.axes if given is not None and len(given.axes) == len(marks) else (HIDDEN,) * len(marks)
    made.spaces[whole] = Space(axes, words=NOT_LEARNED)
    made.fixed[whole] = formula
    made.notes.append(f"{spelled(whole)} is not learned: a formula gives its entries, {spelled(key)}")


def _take_unit(made: System, key: Key, whole: Key, node: Node) -> None:
    """A vector of which one unit is given by those of others."""
    mark = key[1]

    def own(x: Letter) -> Letter:
        short = without(x, mark)
        if short != x and x.time is None and x.key not in made.nodes:
            made.kinds.setdefault(short.key, ("vector", f"{x} is one of its units"))
        return short

    made.nodes[whole] = mapped(node, own)
    made.origins[whole] = made.origins.get(key, made.origins.get(whole))  # type: ignore[assignment]
    made.notes.append(f"{spelled(key)} is written for one unit, {mark}, and read for all of them")


def _kronecker(x: Letter, marks: str) -> Node:
    r"""\delta_{ij}, which is 1 where i is j."""
    if x.time is not None or x.base != "delta" or x.label != marks or len(marks) < 2:
        return x
    i, j = (Letter(mark) for mark in marks)
    return Cases(((Numeral("1"), Relation("=", i, j)), (Numeral("0"), None)))


def _check_counting(value: Any, axes: int) -> None:
    """Raises DefinitionError where it matters whether places are counted from 0 or from 1."""
    for r in _SAMPLE:
        for c in _SAMPLE:
            here, there = (value.subs({row: r + k, column: c + k}) for k in (0, 1))
            if here != there:
                space = r"\mathbb{R}^{N \times N}" if axes == 2 else r"\mathbb{R}^{N}"
                raise DefinitionError(
                    f"whether its places are counted from 0 or from 1 is not said; where it is from 0, say \\in {space}"
                    r" \text{ not learned} of the letter"
                )
