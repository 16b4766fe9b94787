r"""What the sentences around the equations say of letters: "where $\phi$ is tanh", "$\alpha$ is a learnable scalar",
and of a docstring's arguments "epsilon: step size :math:`\varepsilon`. Default: ``0.01``".

What is not said plainly is not taken, "a scaled tanh", "With $\alpha = 0$ this is ...". Of a function it is asked then.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from derive.errors import shortened
from derive.intake.latex.sentences.arguments import is_docstring, of_arguments
from derive.intake.latex.sentences.clauses import of_sentence
from derive.intake.latex.sentences.pieces import sentences
from derive.intake.latex.text.displays import displays
from derive.intake.latex.text.prose import displays_marked
from derive.intake.latex.text.tokens import tokens

_AFTER = re.compile(r"[\s,:;]+(?:and|or|where|with|while)[\s,:;]*$")
_OF_FUNCTIONS = (
    "unread",
    "named",
    "usual",
    "open",
    "defined in a case",
    "case",
    "described",
)  # in which order they are quoted


@dataclass(frozen=True)
class Said:
    """By a letter's name, with ? for any one, what it is and the words that say so. functions: "tanh"; roles: "scalar",
    "vector", "diagonal", or a number. unclear: of letters that no words name plainly, those that speak of them, "the
    inverse of the softplus". usual: the functions of which a docstring says that they are so as a rule, "(e.g., tanh)";
    called: the letters that are functions, known or not; cases: those that a formula defines for a case alone, where
    the formulas of sentences are the equations."""

    functions: Mapping[str, tuple[str, str]]
    roles: Mapping[str, tuple[str, str]]
    unclear: Mapping[str, str]
    usual: Collection[str] = ()
    called: Collection[str] = ()
    cases: Collection[str] = ()


def said(text: str) -> Said:
    """What a text says of its letters. A letter of which two different things are said is left out."""
    found: dict[str, dict[str, dict[str, str]]] = {}  # by letter and kind of statement, values and their words
    called: dict[str, None] = {}
    for letter, statement, quoted in (*(s for x in sentences(text) for s in of_sentence(x)), *of_arguments(text)):
        words = shortened(_AFTER.sub("", " ".join(quoted.split())).strip(" ,:;"), 80)
        for value in statement.values or ("",):
            found.setdefault(letter, {}).setdefault(statement.what, {}).setdefault(value, words)
        if statement.is_function:
            called[letter] = None
    functions: dict[str, tuple[str, str]] = {}
    unclear: dict[str, str] = {}
    usual: list[str] = []
    for letter, of in found.items():
        named = of.get("named", {})
        if not named and len(of.get("usual", {})) == 1 and is_docstring(text):
            named = of["usual"]
            usual.append(letter)
        if len(named) == 1 and "unread" not in of:
            functions[letter] = next(iter(named.items()))
        elif more := [words for what in _OF_FUNCTIONS for words in of.get(what, {}).values()]:
            unclear[letter] = more[0]
    roles = {
        letter: role for letter, of in found.items() if (role := _role({**of.get("kind", {}), **of.get("number", {})}))
    }
    cases = [x for x, of in found.items() if "defined in a case" in of and x not in functions]
    if cases and next(displays(tokens(displays_marked(text))), None) is not None:
        cases = []  # formulas of sentences are no equations there
    return Said(functions, roles, unclear, [x for x in usual if x in functions], called, cases)


def _role(values: Mapping[str, str]) -> tuple[str, str] | None:
    """The one role that is said; a number says more than that it is one."""
    single = {value: words for value, words in values.items() if value != "scalar" or len(values) == 1}
    return next(iter(single.items())) if len(single) == 1 else None
