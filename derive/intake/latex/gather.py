"""The system of a text: its displays are found, read, and put in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from derive.errors import DefinitionError
from derive.intake.latex.aliases import with_aliases
from derive.intake.latex.defined_beside import passed_over, with_sentences
from derive.intake.latex.definitions import define
from derive.intake.latex.displays import Equation, displays, equations, in_sentences
from derive.intake.latex.functions import SPIKE
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.held import held, is_exponential
from derive.intake.latex.inputs import find_input, take_features
from derive.intake.latex.inserted import insert_said
from derive.intake.latex.marks import with_marks
from derive.intake.latex.place import at
from derive.intake.latex.prose import displays_marked
from derive.intake.latex.spaces import heads_said, masks, spaces
from derive.intake.latex.states import find_states
from derive.intake.latex.system import System
from derive.intake.latex.tables import note_numbers
from derive.intake.latex.tokens import Token, tokens
from derive.intake.latex.tree import Letter, name_of, spelled
from derive.intake.latex.words import with_words


def has_displays(text: str) -> bool:
    """Whether a text displays formulas, which need not be equations."""
    return next(displays(tokens(displays_marked(text))), None) is not None


def system(
    text: str,
    label: str | None = None,
    states: Sequence[str] | None = None,
    given_input: str | None = None,
    parameters: Sequence[str] = (),
    functions: Sequence[str] = (),
) -> System:
    """The system of a text. parameters: letters that are no functions, whatever they stand before;
    functions: letters that are, where a bracket follows.

    Raises DefinitionError where there is no recurrence, where a quantity is defined twice, where one is read at t-1 and
    never defined, and where it is not clear which letter is the input.
    """
    made, _ = definitions(text, label, given_input, parameters, functions)
    with at(made.start):
        find_states(made, states)
        find_input(made, given_input)
    return made


def definitions(
    text: str, label: str | None, given_input: str | None, parameters: Sequence[str], functions: Sequence[str]
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
    made = System(_time_letter(stream), _start(stream, found))
    made.spaces = {letter.key: space for letter, space in spaces(stream, made.time)}
    made.heads = heads_said(stream)
    made.masks = {letter.key: mask for letter, mask in masks(stream, made.time)}
    found = [e for e in found if not (_takes_entry(made, e) or _takes_slope(made, e) or _takes_numbers(made, e))]
    for equation in in_sentences(stream) if "matrix" in text else ():
        _takes_numbers(made, equation)
    if label is None and next(displays(stream), None) is not None:
        inline = tokens(displays_marked(_ROLE.sub(r"$\1$", text))) if _ROLE.search(text) else stream
        found, notes = with_sentences(found, in_sentences(inline), made.time)
        made.notes += notes
        made.unread |= passed_over(displays(stream), made.time)
    found, notes = with_words(with_marks(with_aliases(found, made.time), text))
    made.notes += notes
    define(made, found, parameters, functions)
    if next(displays(stream), None) is not None:
        insert_said(made, in_sentences(stream))
    if given_input is None:
        take_features(made)
    else:  # what it is made of does not matter
        made.unread = {key: e for key, e in made.unread.items() if name_of(key) != given_input}
    return made, found


def _takes_entry(made: System, equation: Equation) -> bool:
    r"""Whether it is the formula of the entries of what is not learned, A_{ij} = ..., or of what a step makes of such,
    A = \exp((...)_{ij}), which is noted then."""
    try:
        left = Grammar(equation.left, (), made.time).read()
    except DefinitionError:
        return False
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
    if r"\begin" not in [t.text for t in equation.right]:
        return False
    with at(equation.line):
        try:
            left, right = (Grammar(side, (), made.time).read() for side in (equation.left, equation.right))
        except DefinitionError:
            return False
        return isinstance(left, Letter) and note_numbers(made, left, right)


def _takes_slope(made: System, equation: Equation) -> bool:
    r"""Whether it is the slope of a spike, \Theta'(u) = 0.3 \max(0, 1 - |u|), which is noted then."""
    text = "".join(t.text for t in (*equation.left, Token("="), *equation.right))
    found = _SLOPE.fullmatch(text)
    if found:
        made.functions["Theta"] = f"{SPIKE}{found[1]})", text
    return found is not None


_ROLE = re.compile(r":math:`([^`$]{1,200})`")  # a formula in a sentence of a docstring
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
