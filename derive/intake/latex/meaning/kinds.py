"""What the letters of a system are, as far as it is known, and what is said of it: a matrix, a vector, a scalar, a
constant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.sentences.said import Said
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.alphabet import EULER, IMAGINARY, NUMBERS, spelling
from derive.intake.latex.trees.tree import Call, Key, Letter, every, letters, name_of, spelled

_KINDS = ("matrix", "vector", "scalar")


@dataclass
class Kinds:
    """given: what the caller says, by the letter's spelling; convolves: whether the text speaks of convolutions; notes:
    what was concluded, with reasons. declared: matrices that are no weights of a map."""

    system: System
    given: dict[str, str]
    said: Said
    convolves: bool
    notes: list[str]
    kinds: dict[Key, str] = field(default_factory=dict)
    declared: set[Key] = field(default_factory=set)

    def is_parameter(self, letter: Letter) -> bool:
        others = (self.system.input, *self.system.further)
        return letter.time is None and letter.key not in self.system.nodes and letter.key not in others

    def kind(self, letter: Letter, target: str) -> str:
        """ "matrix", "vector", "scalar" or "constant".

        Raises DefinitionError, naming the equation's target, where that is not clear.
        """
        if not self.is_parameter(letter) and letter.key not in self.system.numbers:
            return "vector"
        if letter.key in self.declared:
            return "vector"  # as cells call what is declared and learned, whatever its axes are
        if (given := self.given_kind(letter.key)) is not None:
            return given
        if letter.key in self.system.numbers:
            return "constant"
        if letter.key in IMAGINARY and letter.key not in {**self.system.spaces, **self.system.kinds}:
            raise DefinitionError(
                f"{spelled(letter.key)} in the equation of {target}: is it the imaginary unit? A cell computes with"
                " real numbers: write the real and the imaginary part as two states; if it is learned, say what it is,"
                f' roles={{"{name_of(letter.key)}": "vector"}}'
            )
        kind = self.kinds.get(letter.key)
        if kind is None and self._is_number(letter):
            return "constant"
        if kind is None:
            raise DefinitionError(
                f"{spelled(letter.key)} in the equation of {target}: it is not clear what it is; say so,"
                f' roles={{"{name_of(letter.key)}": "vector"}} (or "matrix", "scalar", or a number), or'
                f' functions={{"{name_of(letter.key)}": "tanh"}}'
            )
        return kind

    def given_kind(self, key: Key) -> str | None:
        """What the caller, or the text in words, says that a letter is."""
        given = self.given.get(spelling(name_of(key)))
        return given if given is None or given in _KINDS else "constant"

    def _is_number(self, letter: Letter) -> bool:
        """Whether it is π or e, where e is said to be nothing else or is added in a logarithm."""
        if letter.key not in NUMBERS or letter.time is not None:
            return False
        if letter != EULER or self.system.is_told:
            return True
        logs = (n for node in self.system.nodes.values() for n in every(node) if isinstance(n, Call))
        return any(n.function.base in ("log", "ln") and EULER in letters(n) for n in logs)

    def value(self, letter: Letter) -> Any:
        """The number that a letter always is; None of a letter of the author's."""
        known = letter.key in self.kinds or letter.key in self.system.numbers
        is_known = known or self.given_kind(letter.key) is not None
        return None if is_known or not self._is_number(letter) else NUMBERS[letter.key]

    def _is_given(self, key: Key) -> bool:
        return spelling(name_of(key)) in self.given

    def number(self, key: Key) -> str:
        """The number that a constant is, as it is written."""
        return self.system.numbers.get(key) or str(self.given[spelling(name_of(key))])

    def _set(self, key: Key, kind: str, reason: str) -> None:
        if spelling(name_of(key)) in self.given or key in self.kinds:
            return
        self.kinds[key] = kind
        if kind != "vector" or reason != "it is added":
            self.notes.append(f"{spelled(key)} is a {kind}: {reason}")
