"""Which function each word or letter before a bracket is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.sentences.said import Said
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.tree import Key, Letter, name_of, spelled

_WIKIPEDIA = "{} is {}, as in Wikipedia's articles, whose letters these are"
_OF_GATES, _OF_STATES = "g", ("h", "c")  # Wikipedia's indices of σ


@dataclass(frozen=True)
class Functions:
    """given: what the caller says of a letter; defined: what formulas of the text say, with the formula; said: what its
    sentences say; called: all that are; gates: those that are certainly of gates; notes: what was concluded."""

    given: Mapping[str, Any]
    defined: Mapping[str, tuple[str, str]]
    said: Said
    called: Collection[Letter]
    gates: Collection[Key]
    notes: list[str]

    @property
    def _labels(self) -> set[str]:
        """The indices of σ and φ_h."""
        return {f.label for f in self.called if f.base == "sigma" or f.key == ("phi", "h")}

    def named(self, function: Letter, target: str) -> str | Callable[..., Any]:
        """Its name here, or what the caller has given.

        Raises DefinitionError for a letter of which that is not known.
        """
        word = name_of(function.key)
        given = self.given.get(word, self.given.get(function.base) if not function.label else None)
        if given is not None:
            return given  # type: ignore[no-any-return]
        if stated := self._stated(function, target):
            return stated
        if word in self.said.unclear:
            raise _unknown(function, target, "tanh", f" “{self.said.unclear[word]}” does not say it plainly.")
        if function.base == "sigma":
            return self._sigma(function, target)
        if function.key == ("phi", "h") and _OF_GATES in self._labels:
            self.notes.append(_WIKIPEDIA.format(spelled(function.key), "tanh, that of a state"))
            return "tanh"
        name = "layernorm" if function.base == "LN" else WORDS.get(function.base.lower())
        if name is None:
            raise _unknown(function, target, "tanh")
        return name

    def _stated(self, function: Letter, target: str) -> str:
        """What the text says that it is; "" where it says nothing.

        Raises DefinitionError where a formula and a sentence say two things.
        """
        word = name_of(function.key)
        found = {*(of[word] for of in (self.defined, self.said.functions) if word in of)}
        if len({name for name, _ in found}) > 1:
            both = " and ".join(f"“{words}”" for _, words in sorted(found))
            raise _unknown(function, target, "tanh", f" {both} are two.")
        for name, words in sorted(found)[:1]:
            usual = ", as the docstring says that it is as a rule" if word in self.said.usual else ""
            self.notes.append(f"{spelled(function.key)} is {name}{usual}: “{words}”")
            return name
        return ""

    def _sigma(self, function: Letter, target: str) -> str:
        if not function.label:
            if function.key not in self.gates:
                raise _unknown(function, target, "sigmoid", " It makes no gate, and no other function is named.")
            self.notes.append("σ is the logistic function")
            return "sigmoid"
        labels, known = self._labels, {_OF_GATES, *_OF_STATES}
        if all(map(str.isdigit, labels)) and any(f.base == "tanh" for f in self.called):
            self.notes.append(
                f"{spelled(function.key)} is the logistic function: its σ are numbered, and tanh is named"
            )
            return "sigmoid"
        if "" in labels and labels <= {"", *_OF_STATES}:
            self.notes.append(f"{spelled(function.key)} is tanh, that of a state: σ alone is that of the gates")
            return "tanh"
        if _OF_GATES not in labels or len(labels) < 2 or not known.issuperset(labels):
            raise _unknown(function, target, "sigmoid")
        name = "sigmoid" if function.label == _OF_GATES else "tanh"
        what = "the logistic function, that of a gate" if name == "sigmoid" else "tanh, that of a state"
        self.notes.append(_WIKIPEDIA.format(spelled(function.key), what))
        return name


def _unknown(function: Letter, target: str, example: str, why: str = "") -> DefinitionError:
    word = name_of(function.key)
    return DefinitionError(
        f"{spelled(function.key)} in the equation of {target}: which function is it?{why} Say so,"
        f' functions={{"{word}": "{example}"}} or --function {word}={example}'
    )
