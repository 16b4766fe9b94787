"""What a claim says its replacement keeps of the function: ``stays within [0, 1]``, ``monotone``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Rational

from derive.approximation.bounds import Approximation
from derive.approximation.ranges import Property
from derive.errors import DeriveError, shown
from derive.exact.numeral import exact_rational

_WITHIN = re.compile(r"stays within \[([^,\[\]]+),([^,\[\]]+)\]")
_WANTED = "expected 'stays within [LOWER, UPPER]', 'monotone', 'rising' or 'falling'"


@dataclass(frozen=True)
class Keep:
    """bounds: between which it stays; without them it never falls (rises=True), or never rises."""

    text: str
    bounds: tuple[Rational, Rational] | None = None
    rises: bool = True

    def on(self, approximation: Approximation) -> Property:
        """Whether the replacement keeps it there: proved, or refuted with a point."""
        if self.bounds is not None:
            return approximation.stays_within(*self.bounds)
        return approximation.is_monotone(self.rises)


def read_keeps(texts: Any) -> tuple[Keep, ...]:
    """From a text, or several. Raises DeriveError for another text."""
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, Iterable):
        raise DeriveError(f"keeps is {shown(texts)}, {_WANTED}, or a list of them")
    return tuple(map(_keep, texts))


def _keep(text: Any) -> Keep:
    plain = " ".join(text.split()) if isinstance(text, str) else ""
    if plain in ("monotone", "rising", "falling"):
        return Keep(plain, rises=plain != "falling")
    found = _WITHIN.fullmatch(plain)
    if not found:
        raise DeriveError(f"keeps has {shown(text)}, {_WANTED}")
    lower, upper = map(exact_rational, found.groups())
    if lower > upper:
        raise DeriveError(f"keeps has {shown(text)}: no number is between {lower} and {upper}")
    return Keep(plain, (lower, upper))
