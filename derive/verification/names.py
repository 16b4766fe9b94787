"""Printed names read back: letters under accents, subscripts, the time; ``reader`` has their grammar."""

from __future__ import annotations

import re

from derive.verification.tokens import Tokens
from derive.verification.tree import Name

ACCENTS = (r"\tilde", r"\hat", r"\bar")
NAMED_FUNCTIONS = (
    r"\sigma", r"\tanh", r"\exp", r"\log", r"\sin", r"\cos", r"\tan", r"\sinh", r"\cosh", r"\max", r"\min",
)  # fmt: skip
RELATIONS = {"<": "<", ">": ">", r"\leq": "<=", r"\geq": ">=", "=": "==", r"\neq": "!="}
_NO_LETTERS = {
    *NAMED_FUNCTIONS, *RELATIONS, *ACCENTS,
    r"\odot", r"\frac", r"\sqrt", r"\sum", r"\top", r"\wedge", r"\vee", r"\delta", r"\Delta",
}  # fmt: skip


class NameReader(Tokens):
    """Tokens that are read name by name."""

    def is_letter(self) -> bool:
        """Whether the next token begins a name, where no accent does."""
        greek = re.fullmatch(r"\\[a-zA-Z]+", self.next) is not None and self.next not in _NO_LETTERS
        return self.next.startswith(r"\mathit") or self.next.isalpha() or greek

    def name(self) -> Name:
        r"""The name that stands here, with its time: \delta h_{t-1} is δh before the step."""
        mark = {r"\delta": "δ", r"\Delta": "Δ"}[self.take()] if self.next in (r"\delta", r"\Delta") else ""
        spelling, time = mark + self.letter(), None
        if self.skip("_"):
            self.take("{")
            parts = [self.subscript()]
            while self.skip(","):
                parts.append(self.subscript())
            self.take("}")
            if parts[-1] in ("t", "t-1"):
                time = 0 if parts.pop() == "t" else -1
            spelling += "".join(parts)
        return Name(spelling, time)

    def letter(self) -> str:
        """One letter, Greek letter or word, under an accent or not."""
        if self.next in ACCENTS:
            accent = self.take()[1:]
            self.take("{")
            inside = self.letter()
            self.take("}")
            return inside + accent
        if not self.is_letter():
            raise self.fail("expected a name")
        return re.sub(r"\\mathit|[\\{}]", "", self.take())

    def subscript(self) -> str:
        """Letters, digits and words up to a comma or the closing brace, subscripts of theirs included."""
        text = ""
        while self.next not in (",", "}"):
            if self.skip("_"):
                self.take("{")
                text += self.subscript()
                self.take("}")
            elif self.next.isdigit() or self.next == "-":
                text += self.take()
            elif not self.skip(r"\,"):
                text += self.letter()
        return text
