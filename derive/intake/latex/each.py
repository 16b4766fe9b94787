"""Each equation of a text by itself: as what it is read, or why it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Eq

from derive.errors import DefinitionError
from derive.intake.latex.meaning.formulas import Formulas
from derive.intake.latex.meaning.interpreted import check_letters, interpreted
from derive.intake.latex.sentences.said import said
from derive.intake.latex.systems.gather import definitions
from derive.intake.latex.systems.inputs import find_input, given_as_well
from derive.intake.latex.systems.states import find_states, like_of, remedy
from derive.intake.latex.systems.system import System
from derive.intake.latex.text.place import placed
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.trees.tree import Key, letters, name_of, spelled
from derive.intake.latex.trees.written import written


@dataclass(frozen=True)
class OneEquation:
    """line: of the text; said: the equation, as it is bracketed. lines: as what it is read; why: it is not."""

    line: int
    said: str = ""
    lines: tuple[Eq, ...] = ()
    why: str = ""

    @property
    def told(self) -> str:
        """Why it is not read, and how it is bracketed, without the line."""
        _, why = placed(self.why)
        return f"{self.said}: {why}" if self.said else why

    def to_json(self) -> dict[str, Any]:
        """Line, equation and why it is not read, as plain data; neither of the two for one that is left out."""
        return {"line": self.line, "equation": self.said, "read": not self.why, "why": placed(self.why)[1]}


def each_equation(
    text: str,
    *,
    input: str | None = None,
    label: str | None = None,
    functions: Mapping[str, Any] | None = None,
    roles: Mapping[str, str] | None = None,
) -> list[OneEquation]:
    """Every equation of a text, whether or not all of them are a cell.

    One is read where it is known what each of its letters and functions is, and where what it reads of a time step is
    defined by another, or is the input. Arguments as for ``from_latex``; raises as that where no equation is found, and
    for a role of no letter.
    """
    words = said(text)
    made, found = definitions(text, label, input, [*(roles or {})], [*(functions or {}), *words.cases], words.called)
    _close(made, input)
    keys = [*made.nodes]
    if not made.unread and not made.lost:  # so that all letters are known
        check_letters(made, keys, roles or {})
    read = dict.fromkeys(x.key for k in keys for x in letters(made.nodes[k]) if x.time is not None)
    others = [k for k in (*read, *made.states) if k not in {*keys, made.input, *made.further}]
    formulas, refused = interpreted(text, made, keys, words, functions or {}, roles or {}, others)
    refused |= made.unread
    for key in (k for k in others if k not in made.unread):
        for k in _charged(made, key):
            refused.setdefault(k, made.at(k, f"{spelled(key)} is read and never defined; {remedy(made, key)}"))
    return [_one(made, formulas, refused, equation) for equation in found]


def _close(made: System, given: str | None) -> None:
    """Find states and input as far as they are clear, of several letters an x. Raises where there is no state."""
    for made.is_open in (False, True):  # then past what is not read
        try:
            find_states(made, None)
            find_input(made, given)
            return given_as_well(made)
        except DefinitionError:
            if not made.states:
                raise
    read = [x for node in made.nodes.values() for x in letters(node) if x.time == 0 or x.base == "x"]
    names = [name.strip() for name in given.split(",")] if given else ["x", "X"]
    known = [x.key for x in read if name_of(x.key) in names]
    made.input = next((k for k in known if k not in made.nodes and not made.input[0]), made.input)


def _charged(made: System, undefined: Key) -> list[Key]:
    """The equations that a quantity without an equation makes unreadable: the one that defines its like, which nothing
    reads, so that the name is a slip; else those that read it, unless another equation does not say what it defines."""
    like = like_of(made, undefined)
    if like is not None and not any(x.key == like for node in made.nodes.values() for x in letters(node)):
        return [like]
    return [] if made.lost else [k for k, n in made.nodes.items() if any(x.key == undefined for x in letters(n))]


def _one(made: System, formulas: Formulas, refused: dict[Key, DefinitionError], equation: Equation) -> OneEquation:
    own = [k for k, e in made.origins.items() if e is equation and (k in made.nodes or k in made.unread)]
    lost = [e for other, e in made.lost if other is equation]
    text = "; ".join(f"{spelled(k)} = {written(made.nodes[k])}" for k in own if k in made.nodes)
    try:
        for error in (*lost, *(refused[k] for k in own if k in refused)):
            raise error
        lines = tuple(line for k in own for line in formulas.of(k))
    except DefinitionError as e:
        return OneEquation(equation.line, text, why=str(e))
    return OneEquation(equation.line, text, lines)
