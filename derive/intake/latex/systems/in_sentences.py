r"""Equations in the sentences beside the displays, where $\beta = 1 - \alpha$: they say what displays read and do not
define."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.errors import DefinitionError
from derive.intake.latex.sentences.clauses import Place
from derive.intake.latex.systems.by_entries import whole_of
from derive.intake.latex.systems.lefts import is_announced
from derive.intake.latex.systems.several import parts_of_chain
from derive.intake.latex.systems.system import System
from derive.intake.latex.text.cuts import parted
from derive.intake.latex.text.displays import Sentence
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.trees.alphabet import is_capital
from derive.intake.latex.trees.grammar import read_side
from derive.intake.latex.trees.tree import Concat, Key, Letter, Node, Numeral, letters, spelled
from derive.intake.latex.trees.written import written

OWN = "own"  # the index of a in the equation of a_t
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_DOTS = {r"\dots", r"\ldots", r"\cdots"}


@dataclass
class InSentences:
    """equations: those that say what displays read and do not define, by what they say it of; unread: why one is not
    taken; notes: what was taken, and what was passed over."""

    equations: dict[Key, Equation] = field(default_factory=dict)
    unread: dict[Key, DefinitionError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def said_in_sentences(
    made: System, sentences: Iterable[Sentence], reasons: Mapping[Place, tuple[str, bool]]
) -> InSentences:
    """What the sentences of a text say of letters that its displays do not define. reasons: by the place of a formula,
    why its sentence does not say plainly that it holds, and whether it is that of a case.

    What is not said plainly is passed over, but not where it is another than what is."""
    found = InSentences()
    doubtful: dict[Key, Equation] = {}
    known = {*made.nodes, *made.unread, *made.fixed, *made.numbers, *made.masks}
    missing = {x.key: x for node in made.nodes.values() for x in letters(node) if x.key not in known}
    for place, equation, is_alone in _by_letter(sentences, made.time):
        left, right = (read_side(side, made.time) for side in (equation.left, equation.right))
        if not isinstance(left, Letter) or (key := _meant(left, missing)) is None:
            continue
        is_read = is_alone and key[1] == left.label and not is_capital(left) and _is_typed(equation.right)
        if equation.condition or is_read or _says_nothing(left, right):
            continue
        text = f"{left} = {_text(equation.right) if right is None else written(right)}"
        earlier = found.equations.get(key)
        is_entry = key != left.key and not key[1].endswith(OWN)
        not_plain, is_of_case = reasons.get(place, ("no sentence says plainly that it holds", False))
        if not_plain and not is_of_case:
            doubtful.setdefault(key, equation)
        if is_entry and not_plain:
            found.unread[key] = DefinitionError(
                f"line {equation.line}: {text} is said of some of the entries of {spelled(key)}; write what all of them"
                r" are, \begin{cases} 1 & i = j \\ 0 & \text{otherwise} \end{cases}"
            )
        elif why := not_plain or _of_an_input(missing[key]) or _of_dots(equation.right):
            found.notes.append(f"{text}, as a sentence has it on line {equation.line}, is passed over: {why}")
        elif key in found.unread:
            continue
        elif earlier is not None and _text(earlier.right) != _text(equation.right):
            _refuse(found, key, equation)
        elif earlier is None:
            found.notes.append(
                f"{left if is_entry else spelled(key)} is {text.partition(' = ')[2]}: a sentence says so"
            )
            own = equation if key[1] != f"{left.label}{OWN}" else replace(equation, left=_own(equation.left))
            found.equations[key] = own
    for key, equation in doubtful.items():
        if key in found.equations and _text(found.equations[key].right) != _text(equation.right):
            _refuse(found, key, equation)
    return found


def _refuse(found: InSentences, key: Key, other: Equation) -> None:
    earlier = found.equations.pop(key)
    found.unread[key] = DefinitionError(
        f"line {other.line}: sentences say two things of {spelled(key)}, that on line {earlier.line} too:"
        " display the one that holds"
    )


def _by_letter(sentences: Iterable[Sentence], time: str) -> Iterator[Sentence]:
    """With an equation for each letter of a chain, and of (a, b) = (1, 2)."""
    for said in sentences:
        left, right = (_listed(side) for side in (said.equation.left, said.equation.right))
        if len(left) == len(right) > 1:
            whole = said.equation.source
            for a, b in zip(left, right, strict=True):
                yield said._replace(equation=replace(said.equation, left=a, right=b, whole=whole), is_alone=False)
            continue
        parts = parts_of_chain(said.equation, time)
        yield from (said._replace(equation=one, is_alone=said.is_alone and len(parts) == 1) for one in parts)


def _listed(side: Sequence[Token]) -> list[list[Token]]:
    """The parts of a list in brackets; the side itself where it is none."""
    given = list(side)
    if given and given[0].text == "(" and closing(given, 0) == len(given) - 1:
        given = given[1:-1]
    return parted(given, (",",))


def _meant(left: Letter, missing: Mapping[Key, Letter]) -> Key | None:
    """Which letter that is not defined is meant."""
    found = next((k for k in (left.key, (left.base, f"{left.label}{OWN}")) if k in missing), None)
    return found or (whole_of(left.key, {*missing}) if left.time is None else None)


def _says_nothing(left: Letter, right: Node | None) -> bool:
    r"""Whether it is no formula of the letter: a sequence, the letter itself, f(x_t, h_{t-1})."""
    if right is None:
        return False
    read = [*letters(right)]
    if is_announced(right) or any(x.key == left.key and x.time == left.time for x in read):
        return True
    is_sequence = isinstance(right, Concat) and not any(isinstance(part, Numeral) for part in right.parts)
    return is_sequence and bool(read) and all(x.time is None for x in read)


def _of_dots(right: Sequence[Token]) -> str:
    return "dots stand for what is not written" * any(t.text in _DOTS for t in right)


def _is_typed(right: Sequence[Token]) -> bool:
    """Whether it is a number as it is typed, 1e-5, which is read where the sentences say what letters are."""
    return _NUMBER.fullmatch("".join(t.text for t in right)) is not None


def _of_an_input(x: Letter) -> str:
    return f"{x} is what papers call an input" if x.base.lower() == "x" and x.time is not None else ""


def _own(left: Sequence[Token]) -> list[Token]:
    """The letter with the index of one that does not change."""
    line, given = left[0].line, list(left)
    at = next((k for k, t in enumerate(given) if t.text == "_"), len(given))
    inner, end = argument(given, at + 1)
    index = [*inner, *(Token(a, line) for a in OWN)]
    return [*given[:at], Token("_", line), Token("{", line), *index, Token("}", line), *given[end:]]


def _text(side: Sequence[Token]) -> str:
    return "".join(" " * t.space + t.text for t in side).strip()
