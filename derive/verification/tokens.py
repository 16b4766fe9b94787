"""Printed LaTeX as a row of tokens, read from the left."""

from __future__ import annotations

import re

from derive.verification.tree import ReadingError

_TOKEN = re.compile(
    r"\\(?:begin|end|operatorname|mathit|mathbf|text)\{[^}]*\}|\\(?:left|right)\s*(?:[(|)]|\\[lr]floor)|\\[a-zA-Z]+|\\\\|\\,"
    r"|\d+(?:\.\d+)?|\S"
)
_NO_SPACE = re.compile(r"\\math(?:open|close)\{\}")  # around brackets that grow


class Tokens:
    """The tokens of a text, and how many of them are behind us."""

    def __init__(self, latex: str) -> None:
        self.tokens = [
            re.sub(r"\s", "", t) if t.startswith((r"\left", r"\right")) else t
            for t in _TOKEN.findall(_NO_SPACE.sub("", latex))
        ]
        self.place = 0

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """The next token, which has to be one of those."""
        token = self.next
        if wanted and token not in wanted:
            raise self.fail(f"expected {' or '.join(wanted)}")
        if not token:
            raise self.fail("expected more")
        self.place += 1
        return token

    def skip(self, *wanted: str) -> bool:
        """Whether the next token is one of those; it is then behind us."""
        found = self.next in wanted and self.next != ""
        self.place += found
        return found

    def fail(self, message: str) -> ReadingError:
        before = " ".join(self.tokens[max(0, self.place - 8) : self.place])
        return ReadingError(f"cannot read the LaTeX at {before} » {self.next or 'the end'}: {message}")

    def end(self) -> None:
        if self.next:
            raise self.fail("expected the end")
