"""The system of a text: its displays are found, read, and put in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial

from derive.errors import DefinitionError
from derive.intake.latex.sentences.clauses import equations_said
from derive.intake.latex.systems.by_entries import take_entries
from derive.intake.latex.systems.definitions import define
from derive.intake.latex.systems.held import held, is_exponential
from derive.intake.latex.systems.in_sentences import said_in_sentences
from derive.intake.latex.systems.inputs import find_input, note_drawn, take_features
from derive.intake.latex.systems.several import each_by_itself
from derive.intake.latex.systems.spaces import drawn, heads_said, masks, spaces
from derive.intake.latex.systems.states import find_states
from derive.intake.latex.systems.system import System
from derive.intake.latex.systems.turned_round import turned_round
from derive.intake.latex.systems.written_out import note_numbers
from derive.intake.latex.text.displays import displays, equations, in_sentences
from derive.intake.latex.text.place import at
from derive.intake.latex.text.prose import displays_marked
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token, tokens
from derive.intake.latex.trees.applied import SPIKE
from derive.intake.latex.trees.grammar import Grammar, read_side
from derive.intake.latex.trees.marks import letters_in_fonts, with_marks
from derive.intake.latex.trees.tree import Key, Letter, name_of, spelled
from derive.intake.latex.trees.words import with_words


def has_displays(text: str) -> bool:
    """Whether a text displays formulas, which need not be equations."""
    return _displays_something(tokens(displays_marked(text)))


def _displays_something(stream: list[Token]) -> bool:
    return next(displays(stream), None) is not None


def system(
    text: str,
    label: str | None = None,
    states: Sequence[str] | None = None,
    given_input: str | None = None,
    parameters: Sequence[str] = (),
    functions: Sequence[str] = (),
    called: Collection[str] = (),
) -> System:
    """The system of a text. parameters: letters that are no functions, whatever they stand before;
    functions: letters that are, where a bracket follows; called: those of which sentences say so.

    Raises DefinitionError where there is no recurrence, where a quantity is defined twice, where one is read at t-1 and
    never defined, and where it is not clear which letter is the input.
    """
    made, _ = definitions(text, label, given_input, parameters, functions, called)
    with at(made.start):
        find_states(made, states)
        find_input(made, given_input)
        note_drawn(made)
    return made


def definitions(
    text: str,
    label: str | None,
    given_input: str | None,
    parameters: Sequence[str],
    functions: Sequence[str],
    called: Collection[str] = (),
) -> tuple[System, list[Equation]]:
    """What the equations of a text define, of which it is not known yet which are states; and the equations.

    Raises DefinitionError where a quantity is defined twice, and for a label that there is not.
    """
    stream = tokens(displays_marked(text))
    found = equations(stream)
    if label is not None:
        known = sorted({name for e in found for name in e.labels})
        found = [e for e in found if label in e.labels]
        if not found:
            raise DefinitionError(f"no display has the label {label!r}; the labels are {', '.join(known) or 'none'}")
    said = list(in_sentences(stream)) if _displays_something(stream) else []
    reasons = equations_said(text) if said else {}
    found, notes = with_words(with_marks(found, text))
    gathered = partial(_gathered, stream, [s.equation for s in said], parameters, functions, called)
    made, read = gathered(found)
    notes += letters_in_fonts(found)
    added: dict[Key, Equation] = {}
    unread: dict[Key, DefinitionError] = {}
    beside = said_in_sentences(made, said, reasons)
    while new := {key: e for key, e in beside.equations.items() if key not in added}:  # they may read others of them
        notes += (n for n in beside.notes if n not in notes)
        added |= new
        unread |= beside.unread
        made, read = gathered([*found, *added.values()])
        beside = said_in_sentences(made, said, reasons)
    made.unread |= {key: why for key, why in (unread | beside.unread).items() if key not in made.nodes}
    made.notes = [*notes, *(n for n in beside.notes if n not in notes), *made.notes]
    if given_input is None:
        take_features(made)
    else:  # what it is made of does not matter
        names = [name.strip() for name in given_input.split(",")]
        made.unread = {key: e for key, e in made.unread.items() if name_of(key) not in names}
    return made, [e for e in read if e not in added.values()]


def _gathered(
    stream: Sequence[Token],
    said: Sequence[Equation],
    parameters: Sequence[str],
    functions: Sequence[str],
    called: Collection[str],
    found: Sequence[Equation],
) -> tuple[System, list[Equation]]:
    """What equations define, and those of them that are of the step. said: of sentences, of which matrices of numbers
    are taken."""
    made = System(_time_letter(stream), _start(stream, found))
    made.spaces = {letter.key: space for letter, space in spaces(stream, made.time)}
    made.heads = heads_said(stream)
    made.masks = {letter.key: mask for letter, mask in masks(stream, made.time)}
    made.drawn = {letter.key for letter in drawn(stream, made.time)} - {*made.masks}
    for equation in said:
        _takes_numbers(made, equation)
    read = [e for e in found if not (_takes_entry(made, e) or _takes_slope(made, e) or _takes_numbers(made, e))]
    define(made, turned_round(each_by_itself(made, stream, read), made.time), parameters, functions, called)
    take_entries(made)
    return made, read


def _takes_entry(made: System, equation: Equation) -> bool:
    r"""Whether it is the formula of the entries of what is not learned, A_{ij} = ..., or of what a step makes of such,
    A = \exp((...)_{ij}), which is noted then."""
    left = read_side(equation.left, made.time)
    if not isinstance(left, Letter):
        return False
    of_entries = left.label in ("i", "ij")
    key = (left.base, "") if of_entries else left.key
    space = made.spaces.get(key)
    if space is None or space.words != "not learned" or (of_entries and len(left.label) != len(space.axes)):
        return False
    formula = (
        Grammar(equation.right, (), made.time).read()
        if of_entries
        else held(equation.right, len(space.axes), made.time)
    )
    if formula is None:
        return False
    if made.fixed.setdefault(key, formula) != formula:
        raise DefinitionError(f"line {equation.line}: {spelled(key)} is said to be two things that are not learned")
    if is_exponential(formula):
        made.notes.append(f"{spelled(key)} is the exponential of a matrix, and not of each of its entries")
    return True


def _takes_numbers(made: System, equation: Equation) -> bool:
    """Whether an equation says the numbers of a matrix or a vector, which are noted then."""
    if r"\begin" not in [t.text for t in equation.right] and not made.fixed:
        return False
    left, right = (read_side(side, made.time) for side in (equation.left, equation.right))
    with at(equation.line):
        return isinstance(left, Letter) and right is not None and note_numbers(made, left, right)


def _takes_slope(made: System, equation: Equation) -> bool:
    r"""Whether it is the slope of a spike, \Theta'(u) = 0.3 \max(0, 1 - |u|), which is noted then."""
    text = "".join(t.text for t in (*equation.left, Token("="), *equation.right))
    found = _SLOPE.fullmatch(text)
    if found:
        made.functions["Theta"] = f"{SPIKE}{found[1]})", text
    return found is not None


_SLOPE = re.compile(r"\\Theta'\(u\)=([\d.]+)\\max\(0,1-\|u\|\)")


def _start(stream: Sequence[Token], found: Sequence[Equation]) -> int:
    """The line of the first equation, or of the first equals sign; without these, of the first display, or the first
    line."""
    signs = (token.line for token in stream if token.text == "=")
    first = (display.line for display in displays(list(stream)))
    return found[0].line if found else next(signs, 0) or next(first, 1)


def _time_letter(stream: Sequence[Token]) -> str:
    """The letter before - 1 or + 1 in indices and brackets; t where there is none."""
    found = Counter(
        a.text
        for z, a, b, c, d in zip(stream, stream[1:], stream[2:], stream[3:], stream[4:], strict=False)
        if z.text in "{([<,|" + r"\langle" and b.text in "-+" and c.text == "1" and d.text in "})],>" + r"\rangle"
        if a.text.isalpha() and len(a.text) == 1
    )
    return max(found, key=lambda letter: (found[letter], letter == "t"), default="t")
