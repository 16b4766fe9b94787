r"""Equations that are of no step: derivatives, \dot{h} = A h + B x, and loops within a step, h_{s+1} = f(A h_s)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from derive.errors import DefinitionError
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.trees.tree import (
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Sum,
    every,
    letters,
    name_of,
    spelled,
)

_DERIVATIVE = re.compile(r"\\[dt]?frac\{(?:\\mathrm\{d\}|\\partial|d)|\\ddot|\\frac\{\\delta")
_FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac")
_CLOCK = re.compile(r"\(([a-z])\)")
RATE = "rate"  # the index of a derivative that is written as a fraction
_DOTTED = "_dot"
_PRIMED = ("'", "prime")
_STEP = re.compile(r"(\w+?)\+1")


@dataclass(frozen=True)
class Left:
    """A left side. tokens: of a derivative that is written as a fraction, of what it is of; time: the letter of its
    time; is_rate: whether it is such a fraction."""

    tokens: Sequence[Token]
    time: str
    is_rate: bool = False


def left_of(equation: Equation, time: str) -> Left:
    r"""The left side of an equation, of \frac{dh(u)}{du} that of h(u).

    Raises DefinitionError for a derivative by a fraction in which nothing can be seen to be derived.
    """
    text = "".join(t.text for t in equation.left)
    clock = _CLOCK.search(text)
    if not _DERIVATIVE.search(text):
        is_marked = "'" in text or r"\prime" in text or r"\dot" in text
        return Left(equation.left, clock[1] if is_marked and clock else time)
    above, end = argument(equation.left, 1)
    _, end = argument(equation.left, end)
    start = 1
    if [t.text for t in above[:2]] == [r"\mathrm", "{"]:
        start = closing(above, 1) + 1
    left = [*above[start:], *equation.left[end:]]
    if equation.left[0].text not in _FRACTIONS or not left:
        raise _of_derivative(text)
    return Left(left, clock[1] if clock else time, is_rate=True)


def check_step(equation: Equation, targets: Sequence[Letter], right: Node, time: str, others: Collection[Key]) -> str:
    """What is said of a derivative whose step is among the others; "" of any other equation.

    Raises DefinitionError for a derivative by its mark, h'(t) = A h(t), without such a step, and for a loop within a
    step.
    """
    text = "".join(t.text for t in equation.left)
    read = [*letters(right)]
    for target in targets:
        dotted = target.base.endswith(_DOTTED)
        primed = target.label.endswith(_PRIMED) and f"({time})" in text
        if dotted or primed or target.label.endswith(RATE):
            label = target.label.removesuffix(RATE)
            label = label.removesuffix("prime").removesuffix("'") if primed else label
            key = target.base.removesuffix(_DOTTED), label
            if target.label.endswith(RATE) or any(x.key == key and x.time in (0, None) for x in read):
                if key not in others:
                    raise _of_derivative(text)
                return f"{spelled(target.key)} is the derivative of {spelled(key)}, whose step is another equation"
        step = _STEP.search(target.label)
        before = target.label.replace(step[0], step[1]) if step else ""
        if step and any((x.base, x.label) == (target.base, before) for x in read):
            raise DefinitionError(
                f"{text} is made of {target.base}_{{{before}}} in a loop over {step[1]} within one time step; a cell"
                f" has each of its equations by itself: write out as many as there are, {name_of((target.base, '1'))},"
                f" {name_of((target.base, '2'))}, ..."
            )
    return ""


def check_matrices(targets: Sequence[Letter], right: Node) -> None:
    """Raises DefinitionError for what is made of matrices alone, or of a step and a matrix, by an exponential or an
    inverse, exp(Δ A) and exp(Δ_t A)."""
    of_steps = any(x.time is not None for x in (*targets, *letters(right)))
    if of_steps and not any(t.base[:1].isupper() for t in targets):
        return
    target = ", ".join(map(str, targets))
    for node in every(right):
        match node:
            case Call(Letter("exp"), (inner,)) | Power(inner, Sum(((-1, Numeral("1")),))):
                matrices = (
                    x for x in letters(inner) if x.base[:1].isupper() and x.base != "I" and x.base[:5] != "Delta"
                )
                steps = any(x.base[:5] == "Delta" for x in letters(inner)) and _is_of_letters(inner)
                if (steps or not of_steps) and (matrix := next(matrices, None)) is not None:
                    raise DefinitionError(
                        f"{target} is made of {matrix} by the exponential or the inverse of a matrix, which is not"
                        f" read; leave this equation out, and {target} is learned"
                    )


def _is_of_letters(node: Node) -> bool:
    """Whether it is a letter or a product of letters."""
    return isinstance(node, Letter) or (
        isinstance(node, Product) and all(isinstance(f, Letter) for _, f in node.factors)
    )


def _of_derivative(text: str) -> DefinitionError:
    return DefinitionError(
        f"{text} is a derivative, and a cell has steps: write the step that is made of it,"
        r" h_{t+1} = h_t + \Delta t (...)"
    )
