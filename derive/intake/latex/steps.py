r"""Equations that are of no step: derivatives, \dot{h} = A h + B x, and loops within a step, h_{s+1} = f(A h_s)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.errors import DefinitionError
from derive.intake.latex.displays import Equation
from derive.intake.latex.tree import Call, Letter, Node, Numeral, Power, Sum, every, letters, name_of

_DERIVATIVE = re.compile(r"\\[dt]?frac\{(?:\\mathrm\{d\}|\\partial|d)|\\ddot|\\frac\{\\delta")
_DOTTED = "_dot"
_PRIMED = ("'", "prime")
_STEP = re.compile(r"(\w+?)\+1")


def check_no_derivative(equation: Equation) -> None:
    """Raises DefinitionError where a left side is a derivative, dh/dt."""
    text = "".join(t.text for t in equation.left)
    if _DERIVATIVE.search(text):
        raise _of_derivative(text)


def check_step(equation: Equation, targets: Sequence[Letter], right: Node, time: str) -> None:
    """Raises DefinitionError for a derivative by its mark, h'(t) = A h(t), and for a loop within a step."""
    text = "".join(t.text for t in equation.left)
    read = [*letters(right)]
    for target in targets:
        dotted = target.base.endswith(_DOTTED)
        primed = target.label.endswith(_PRIMED) and f"({time})" in text
        if dotted or primed:
            label = target.label.removesuffix("prime").removesuffix("'") if primed else target.label
            key = target.base.removesuffix(_DOTTED), label
            if any(x.key == key and x.time in (0, None) for x in read):
                raise _of_derivative(text)
        step = _STEP.search(target.label)
        before = target.label.replace(step[0], step[1]) if step else ""
        if step and any((x.base, x.label) == (target.base, before) for x in read):
            raise DefinitionError(
                f"{text} is made of {target.base}_{{{before}}} in a loop over {step[1]} within one time step; a cell"
                f" has each of its equations by itself: write out as many as there are, {name_of((target.base, '1'))},"
                f" {name_of((target.base, '2'))}, ..."
            )


def check_matrices(targets: Sequence[Letter], right: Node) -> None:
    """Raises DefinitionError for what is made of matrices alone by an exponential or an inverse, exp(Δ A)."""
    if any(x.time is not None for x in (*targets, *letters(right))):
        return
    target = ", ".join(map(str, targets))
    for node in every(right):
        match node:
            case Call(Letter("exp"), (inner,)) | Power(inner, Sum(((-1, Numeral("1")),))):
                matrices = (x for x in letters(inner) if x.base[:1].isupper() and not x.base.startswith("Delta"))
                if (matrix := next(matrices, None)) is not None:
                    raise DefinitionError(
                        f"{target} is made of {matrix} by the exponential or the inverse of a matrix, which is not"
                        f" read; leave this equation out, and {target} is learned"
                    )


def _of_derivative(text: str) -> DefinitionError:
    return DefinitionError(
        f"{text} is a derivative, and a cell has steps: write the step that is made of it,"
        r" h_{t+1} = h_t + \Delta t (...)"
    )
