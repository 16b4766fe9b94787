r"""What a text says of the spaces in which its quantities lie, ``q_t \in \mathbb{R}^{d_k}``, and of masks that are
drawn, ``m \sim \mathrm{Bernoulli}(p)``: in rows of displays and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.text.cuts import split
from derive.intake.latex.text.tokens import Token, argument
from derive.intake.latex.text.vocabulary import FONTS, WORDY
from derive.intake.latex.trees.grammar import Grammar, read_side
from derive.intake.latex.trees.tree import Call, Letter, Node
from derive.notation.quantity import SIZE_LETTERS

_ENDS = {r"\\", "$", r"\(", r"\)", r"\[", r"\]", r"\par", r"\begin", r"\end", "."}
_REALS = {r"\mathbb", r"\mathbf", r"\R", r"\Real", r"\Reals", r"\reals", r"\RR", r"\bbR", "R"}
_SIZES = {letters: size for size, letters in SIZE_LETTERS.items()}
_INPUT, _FURTHER = "the input", "a further input"
NOT_LEARNED = "not learned"


@dataclass(frozen=True)
class Space:
    """axes: as many sizes as what lies in it has axes; heads: the number of those for each of which it is there; words:
    what else is said of it; is_row: whether it is a matrix of one row, whose axes are then its columns alone."""

    axes: tuple[str, ...]
    heads: str = ""
    words: str = ""
    is_row: bool = False

    @property
    def is_output(self) -> bool:
        return self.words == "the output"

    @property
    def is_input(self) -> bool:
        return self.words in (_INPUT, _FURTHER)


@dataclass(frozen=True)
class Mask:
    """How a mask is drawn: the formula of its probability, and whether once for a sequence."""

    probability: Node
    per_sequence: bool


def spaces(given: Sequence[Token], time: str) -> list[tuple[Letter, Space]]:
    """Each letter with its space, in the order of the text."""
    found: list[tuple[Letter, Space]] = []
    for row, k in _rows_with(given, r"\in"):
        if (space := _space(row[k + 1 :])) is not None:
            found += ((letter, space) for letter in _letters(row[:k], time))
    if not any(space.is_input for _, space in found):
        return found
    return [(letter, _own(space)) for letter, space in found]


def masks(given: Sequence[Token], time: str) -> list[tuple[Letter, Mask]]:
    """Each mask with how it is drawn. Raises DefinitionError, with the line, for another distribution."""
    found: list[tuple[Letter, Mask]] = []
    for row, k in _rows_with(given, r"\sim"):
        try:
            drawn = Grammar(_formula(row[k + 1 :]), (), time, ("Bernoulli", "Bern", "Ber")).read()
        except DefinitionError:
            continue
        if not (isinstance(drawn, Call) and drawn.function.base.startswith("Ber") and len(drawn.arguments) == 1):
            continue
        words = _words(row[k + 1 :])
        for letter in _letters(row[:k], time):
            per_sequence = "sequence" in words if words else letter.time is None
            found.append((letter, Mask(drawn.arguments[0], per_sequence)))
    return found


def drawn(given: Sequence[Token], time: str) -> list[Letter]:
    r"""The letters that are said to be drawn, \epsilon_t \sim \mathcal{N}(0, 1), masks among them."""
    return [letter for row, k in _rows_with(given, r"\sim") for letter in _letters(row[:k], time)]


def heads_said(given: Sequence[Token]) -> str:
    r"""The number of heads, where a row says it by itself, \text{units in } 2 \text{ heads}; else nothing."""
    rows = (row for row, _ in _rows_with(given, r"\text") if _words(row) == "units in heads")
    return next((_own_size(_beside_words(row)) for row in rows), "")


def drawn_by(words: str) -> dict[str, Any]:
    """The seed, scale, density and radius of "drawn with seed 1, radius 0.9"."""
    pairs = (part.split() for part in words.removeprefix("drawn with").split(","))
    return {name: int(number) if name == "seed" else float(number) for name, number in pairs}


def _rows_with(given: Sequence[Token], sign: str) -> Iterator[tuple[list[Token], int]]:
    """Parts of a text between what ends formulas, with the place of the sign in them."""
    if not any(token.text == sign for token in given):
        return
    row: list[Token] = []
    for token in (*given, Token(r"\\")):
        if token.text not in _ENDS:
            row.append(token)
            continue
        if at := next((k for k, t in enumerate(row) if t.text == sign), 0):
            yield row, at
        row = []


def _letters(row: Sequence[Token], time: str) -> list[Letter]:
    """The letters before a sign; none where something else stands there."""
    start = max((k + 1 for k, t in enumerate(row) if t.text in ("=", r"\quad", r"\qquad", ":")), default=0)
    kept = [t for t in row[start:] if t.text not in ("&", r"\,", r"\;", r"\left", r"\right")]
    nodes = (read_side(part, time) for part in split(kept))
    return [node for node in nodes if isinstance(node, Letter)]


def _space(row: Sequence[Token]) -> Space | None:
    r"""Of \mathbb{R}^{d_v \times d_k} and the words after it."""
    given = list(row)
    if not given or given[0].text not in _REALS:
        return None
    k = 1
    if given[0].text in (r"\mathbb", r"\mathbf"):
        inner, k = argument(given, 1)
        if "".join(t.text for t in inner) != "R":
            return None
    sizes: list[str] = []
    if k < len(given) and given[k].text == "^":
        inner, k = argument(given, k + 1)
        parts: list[list[Token]] = [[]]
        for token in inner:
            if token.text in (r"\times", r"\cdot", "*"):
                parts.append([])
            else:
                parts[-1].append(token)
        sizes = [*map(_size, parts)]
    words, heads = _words(given[k:]), ""
    if words.endswith("heads"):
        heads = _beside_words(given[k:])
        words = words.removesuffix("heads").strip().removesuffix("for each of").strip()
    return Space(tuple(size for size in sizes if size != "1"), heads, words, is_row=len(sizes) == 2 and sizes[0] == "1")


def _size(part: Sequence[Token]) -> str:
    r"""The name of a size, d_k of d_k, context_size of \mathit{context}\,\mathit{size}."""
    dropped = {"{", "}", *FONTS, *WORDY}
    texts = ("_" if t.text in (r"\,", r"\_", "_") else t.text.lstrip("\\") for t in part if t.text not in dropped)
    return "".join(texts)


def _own(space: Space) -> Space:
    """With the sizes of this package in the place of their letters, N_x."""
    return replace(space, axes=tuple(map(_own_size, space.axes)), heads=_own_size(space.heads))


def _own_size(size: str) -> str:
    return _SIZES.get(size) or size.removeprefix("N_")


def _words(row: Sequence[Token]) -> str:
    """What stands in words."""
    found: list[str] = []
    given = list(row)
    for k, token in enumerate(given):
        if token.text in WORDY and token.text.startswith(r"\text"):
            inner, _ = argument(given, k + 1)
            found.append("".join((" " if t.space else "") + t.text for t in inner).strip())
    return " ".join(filter(None, found))


def _beside_words(row: Sequence[Token]) -> str:
    """The size that stands beside words."""
    return _size([t for t in _outside_words(row) if t.text not in (r"\quad", r"\qquad", r"\,", "~", "&")])


def _outside_words(row: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    given, k = list(row), 0
    while k < len(given):
        if given[k].text in WORDY and given[k].text.startswith(r"\text"):
            k = argument(given, k + 1)[1]
        else:
            found.append(given[k])
            k += 1
    return found


def _formula(row: Sequence[Token]) -> list[Token]:
    """Up to the space or the words after it."""
    end = next((k for k, t in enumerate(row) if t.text in (r"\quad", r"\qquad", r"\text", r"\mbox", ",")), len(row))
    return [t for t in row[:end] if t.text not in (r"\left", r"\right")]
