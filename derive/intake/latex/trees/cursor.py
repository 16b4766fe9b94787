"""A place in the tokens of a formula, and what is said where it cannot go on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Self

from derive.errors import DefinitionError
from derive.intake.latex.text.tokens import Token, rounded
from derive.intake.latex.trees.tree import Node


class Cursor:
    """Reads one side of an equation. defined: the letters on the left of some equation, which are no functions; time:
    the letter of the time step; functions: letters that are functions, beside the usual ones; notes: what was assumed
    of signs that mean several things."""

    def __init__(
        self,
        given: Sequence[Token],
        defined: Collection[Any],
        time: str = "t",
        functions: Collection[str] = (),
        notes: list[str] | None = None,
    ) -> None:
        self.given, self.defined, self.time, self.functions = rounded(given), defined, time, functions
        self.notes: list[str] = [] if notes is None else notes
        self.k = 0

    def read(self) -> Node:
        """All of it."""
        raise NotImplementedError

    def _factor(self) -> Node:
        """What stands in a product."""
        raise NotImplementedError

    def _begins(self) -> bool:
        """Whether a factor may begin here."""
        raise NotImplementedError

    def fail(self, what: str) -> DefinitionError:
        text = "".join((" " if t.space else "") + t.text for t in self.given[max(0, self.k - 12) : self.k + 12]).strip()
        line = self.given[min(self.k, len(self.given) - 1)].line if self.given else 0
        return DefinitionError(f"line {line}: {what}; it stands in {text!r}")

    @property
    def _next(self) -> str:
        return self.given[self.k].text if self.k < len(self.given) else ""

    def _take(self) -> Token:
        if self.k >= len(self.given):
            self.k = max(len(self.given) - 1, 0)
            raise self.fail("the formula ends where something is missing")
        self.k += 1
        return self.given[self.k - 1]

    def _inner(self, given: Sequence[Token]) -> Self:
        return type(self)(given, self.defined, self.time, self.functions, self.notes)
