"""A document as data: sections of tables, chains of equations and notes, composed once and spelled by the writers.

What is written is one of three things: running text, in which formulas of LaTeX may stand between dollars, a formula,
or a number. Nothing here knows of type, of lines or of the width of a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from string import Formatter
from typing import NamedTuple

from derive.exact.numeral import Numeral
from derive.figures.drawing import Drawing
from derive.notation.words import words


class Formula(NamedTuple):
    """A formula: its LaTeX, and as unicode text where a terminal shows it too."""

    latex: str
    text: str = ""


Part = str | Formula | Numeral
Sentence = tuple[Part, ...]


class Stress(Enum):
    """Why a cell stands out."""

    NONE = ""
    UNCOVERED = "uncovered"  # no claim covers it
    WRONG = "wrong"


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    over: the formula that stands over a value and gives it. relation: the sign before the value, in LaTeX. notes: the
    letters of the notes that are about it.
    """

    content: Sentence = ()
    over: Formula | None = None
    relation: str = ""
    notes: str = ""
    stress: Stress = Stress.NONE

    @property
    def number(self) -> Numeral | None:
        """The number, of a cell that is one and nothing else."""
        if len(self.content) != 1 or self.over is not None or self.relation or self.notes:
            return None
        return self.content[0] if isinstance(self.content[0], Numeral) else None


@dataclass(frozen=True)
class Row:
    """A row: its name as people type it, its head in print, its cells.

    formula: what the head equals, in LaTeX, for a table with room for it. depth: of a part of the row above it.
    """

    name: str
    head: Sentence
    cells: tuple[Cell, ...]
    formula: str = ""
    depth: int = 0
    is_wrong: bool = False


@dataclass(frozen=True)
class Table:
    """A table: a head over all columns, the first of which are the rows' heads, and groups of rows.

    name: of its label and file. align: a letter for each column after the first, l, r or c. tall: whether its names
    have indices above and below.
    """

    name: str
    head: tuple[Sentence, ...]
    groups: tuple[tuple[Row, ...], ...]
    align: str
    caption: str = ""
    notes: tuple[Sentence, ...] = ()
    tall: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for group in self.groups for row in group)


@dataclass(frozen=True)
class Chain:
    r"""``left = ... \approx ...``: a left side, then signs and what follows them, in LaTeX."""

    left: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Chains:
    """Chains that are aligned with each other. sums: whether they are of sums over time."""

    chains: tuple[Chain, ...]
    title: Sentence = ()
    sums: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    content: Sentence


@dataclass(frozen=True)
class Figure:
    """A drawing under its caption. name: of its files in the folder of the figures."""

    name: str
    drawing: Drawing
    caption: str


Block = Table | Chains | Note | Figure


@dataclass(frozen=True)
class Section:
    """A part of a document: what it is called, what it is about in one line of English, and its blocks."""

    name: str
    title: str
    what: str
    blocks: tuple[Block, ...]
    caption: str = field(default="", kw_only=True)

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(b for b in self.blocks if isinstance(b, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(b for b in self.blocks if isinstance(b, Figure))

    @property
    def has_chains(self) -> bool:
        return any(isinstance(b, Chains) for b in self.blocks)


# ---------------------------------------------------------------------- sentences


def sentence(template: str, **parts: Part | Sentence) -> Sentence:
    """The template with the parts in the places of its fields.

    >>> sentence("at {t} decimals", t=Numeral(25, -1))
    ('at ', Numeral(digits=25, exponent=-1, scientific=False), ' decimals')
    """
    found: list[Part] = []
    written = ""  # up to the next field: a text is parsed in pieces where a brace stands in it
    for text, name, _, _ in Formatter().parse(template):
        written += text
        if name is None:
            continue
        part = parts[name]
        found += [written] if written else []
        found.extend(part if type(part) is tuple else (part,))  # type: ignore[arg-type]
        written = ""
    return (*found, written) if written else tuple(found)


def said(language: str, key: str, n: int | None = None, /, **parts: Part | Sentence) -> Sentence:
    """The sentence of that key, about n things; of ``key, one`` about one thing."""
    word = words(language)
    if n is None:
        return sentence(word[key], **parts)
    return sentence(word[f"{key}, one" if n == 1 else key], n=str(n), **parts)


def listed(sentences: Iterable[Part | Sentence], separator: str = ", ") -> Sentence:
    """Parts or sentences with a separator between them."""
    found: list[Part] = []
    for part in sentences:
        found += [separator] if found else []
        found.extend(part if type(part) is tuple else (part,))  # type: ignore[arg-type]
    return tuple(found)
