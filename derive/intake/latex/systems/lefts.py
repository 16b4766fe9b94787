"""The left sides of equations: which letters each defines, or which function; why one defines none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from derive.errors import DefinitionError, shortened
from derive.intake.latex.systems.system import System
from derive.intake.latex.text.cuts import split
from derive.intake.latex.text.place import at
from derive.intake.latex.text.sides import OTHERS, Equation
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.grammar import Grammar, read_side
from derive.intake.latex.trees.inlined import variables_of
from derive.intake.latex.trees.recognised import defined as functions_defined
from derive.intake.latex.trees.steps import RATE, left_of
from derive.intake.latex.trees.tree import (
    Call,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Unit,
    letters,
    name_of,
    parts_of,
    spelled,
)


def left_sides(
    made: System, found: Iterable[Equation], by_formula: list[tuple[Call, Equation]]
) -> Iterator[tuple[list[Letter], Equation]]:
    """The letters that each equation defines; one of a function, or of a function of letters, says what that is.
    by_formula: takes those of which a formula says it."""
    found = list(found)
    for equation in found:
        try:
            with at(equation.line):
                left = left_of(equation, made.time)
                notes: list[str] = []
                sides = [Grammar(part, (), left.time, (), notes) for part in split(left.tokens)]
                lefts = [_numbered(side.read()) for side in sides]
                if left.is_rate:
                    lefts = [replace(x, label=x.label + RATE) if isinstance(x, Letter) else x for x in lefts]
                made.notes += (note for note in notes if note not in made.notes)
                if len(lefts) == 1 and _define_function(made, equation):
                    continue
                alone = lefts[0] if len(lefts) == 1 else None
                if isinstance(alone, Call) and _says_function(alone, equation, made.time):
                    by_formula.append((alone, equation))
                    continue
                if isinstance(alone, Call) and _gives(alone, found):
                    lefts = [replace(alone.function, time=0)]
                    made.results.append(alone.function.key)
        except DefinitionError as e:
            made.lost.append((equation, e))
            made.unread |= dict.fromkeys(_named_in(equation.left, made.time), e)
            continue
        stacked = lefts[0].parts if len(lefts) == 1 and isinstance(lefts[0], Concat) else lefts
        own = [_untransposed(t) for t in stacked if isinstance(t, Letter)]
        text = "".join(t.text for t in equation.left)
        if twice := next((t for k, t in enumerate(own) if t in own[:k]), None):
            why = DefinitionError(f"line {equation.line}: {twice} stands twice in {text}: each has a row of its own")
            made.unread |= {t.key: why for t in own}
            continue
        if equation.sign in OTHERS:
            sign = f"no equals sign stands after {text}, but {equation.sign}: write = where both sides are equal"
            why = DefinitionError(f"line {equation.line}: {sign}")
            made.lost.append((equation.source, why))
            right = read_side(equation.right, made.time)
            made.unread |= {t.key: why for t in (*own, *([right] if isinstance(right, Letter) else ()))}
            continue
        if equation.condition:
            why = _conditional(equation, text)
            made.lost.append((equation.source, why))
            made.unread |= dict.fromkeys([*(t.key for t in own), *(x.key for node in stacked for x in _now(node))], why)
            continue
        if len(own) == len(stacked):
            made.clocks |= {t.key: left.time for t in own if left.time != made.time}
            yield own, equation
            continue
        why = DefinitionError(f"line {equation.line}: {text} is no letter to be defined")
        if not all(isinstance(t, Call) and t.function.base.lower() not in WORDS for t in stacked):
            made.lost.append((equation.source, why))
        made.unread |= {x.key: _no_input(why, x.key) for node in stacked for x in _now(node)}


def _says_function(left: Call, equation: Equation, time: str) -> bool:
    """Whether an equation says what f(a) is, by a formula that has a in it; logit(z_t) = W x_t says it of z_t."""
    variables = variables_of(left)
    if not variables or left.function.base.lower() in WORDS:
        return False
    body = Grammar(equation.right, (), time, (left.function.base,)).read()
    return any(x in variables for x in letters(body))


def _gives(left: Call, found: Sequence[Equation]) -> bool:
    """Whether a left side names what a function gives, Retention(X_t), of letters at t that nothing reads."""
    if left.function.base.lower() in WORDS or not all(isinstance(a, Letter) and a.time == 0 for a in left.arguments):
        return False
    read = {t.text.lstrip("\\") for e in found for t in e.right}
    return not any(isinstance(a, Letter) and a.base in read for a in left.arguments)


def _conditional(equation: Equation, text: str) -> DefinitionError:
    """Why an equation is not read that does not hold whenever, or says two things."""
    if equation.condition.lower().startswith(("or ", "oder ", "ou ")):
        return DefinitionError(
            f"line {equation.line}: {text} is said to be one thing {equation.condition!r}: leave one of them out"
        )
    return DefinitionError(
        f"line {equation.line}: {text} is said to be so {equation.condition!r} alone; write what holds in "
        r"either case, \begin{cases} a, & x_t > 0 \\ b, & \text{otherwise} \end{cases}"
    )


def _now(node: Node) -> Iterator[Letter]:
    """The letters at t of which a left side says something, log z_t or 2 z_t; x is what papers call an input."""
    if isinstance(node, Letter) and node.time == 0 and node.base != "x":
        yield node
    for part in parts_of(node):
        yield from _now(part)


def _named_in(left: Sequence[Token], time: str) -> list[Key]:
    """The letters of a left side that is not read, of ? z_t and of a stack: they would look like inputs, or learned."""
    if any(t.text in (r"\partial", r"\frac", r"\nabla", "/") for t in left):
        return []
    found: dict[Key, None] = {}
    k = 0
    while k < len(left):
        reader = Grammar(left[k:], (), time)
        try:
            letter = reader.letter()
        except DefinitionError:
            k += 1
            continue
        k += max(reader.k, 1)
        if isinstance(letter, Letter) and letter.base != "x":
            found[letter.key] = None
    return [*found]


def _no_input(why: DefinitionError, key: Key) -> DefinitionError:
    """It would look like an input, which is read and never defined."""
    return DefinitionError(f"{why}; if {spelled(key)} is the input, say so, input={name_of(key)!r}")


def _numbered(left: Node) -> Node:
    """A number above what is defined is its index: the h^2 of the second layer; the index of a bracket is that of what
    stands in it."""
    match left:
        case Power(Letter() as x, Numeral(text)) if text.isdigit():
            return replace(x, label=x.label + text)
        case Unit(Letter(_, _, None) as x, index):  # [A]_{ij}
            return replace(x, label=x.label + index, marks=(*x.marks, *index))
    return left


def _untransposed(left: Letter) -> Letter:
    """A T above what is defined is its index."""
    return replace(left, label=f"{left.label}T", turned=False) if left.turned else left


def _define_function(made: System, equation: Equation) -> bool:
    r"""Note \sigma(x) = 1/(1 + e^{-x}), g(x) = h(x) = \tanh(x), \phi = \tanh; whether it is such an equation."""
    given = [*equation.left, Token("="), *equation.right]
    try:
        names, what = functions_defined(given, made.time)
    except DefinitionError:
        return False
    words = "".join(t.text for t in given)
    made.functions |= {name: (what, shortened(words, 80)) for name in names if what}
    return bool(what)


def is_announced(node: Node) -> bool:
    """Whether it only says what a quantity depends on, f(x_t, h_{t-1})."""
    if not isinstance(node, Call) or node.function.base.lower() in WORDS:
        return False
    return len(node.arguments) > 1 and all(isinstance(a, Letter) for a in node.arguments)
