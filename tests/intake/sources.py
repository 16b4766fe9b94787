"""Formulas of published sources, in their own notation, from the four tables beside this file."""

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from derive.errors import DefinitionError
from derive.intake.latex.each import OneEquation, each_equation
from derive.symbolic.expressions import taken_apart


@dataclass(eq=False)
class Source:
    """cell: the one of the catalogue that it is; without one, the same equations stand by its name in by_numpy.py,
    by_numpy_later.py, by_numpy_papers.py, by_numpy_found.py or matrices_by_numpy.py. functions, roles, input: what its
    formulas do not say. refused: the words of the reader where it is not read; slip: what of that is its author's, and
    what is meant. positive: parameters whose root is taken."""

    name: str
    where: str
    latex: str
    cell: str = ""
    functions: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    input: str = ""
    refused: str = ""
    slip: list = field(default_factory=list)
    positive: list = field(default_factory=list)

    @property
    def hints(self) -> dict:
        """What the reader is told beside the text."""
        given = {"functions": self.functions, "roles": self.roles, "input": self.input}
        return {name: value for name, value in given.items() if value}

    @property
    def mended(self) -> str:
        """Its text without slips."""
        text = self.latex
        for written, meant in self.slip:
            assert written in text, (self.name, written)
            text = text.replace(written, meant)
        return text

    @cached_property
    def equations(self) -> list[tuple[OneEquation, OneEquation]]:
        """Each of its equations as it is read without a hint, and of the text without slips with all hints."""
        meant = each_equation(self.mended, **self.hints)
        try:
            alone = each_equation(self.latex)
        except DefinitionError:  # a slip by which there is no recurrence
            alone = []
        by_line: dict[int, list[OneEquation]] = {}
        for one in alone:
            by_line.setdefault(one.line, []).append(one)
        lost = [[OneEquation(told.line, why="no equation is found here")] for told in meant]
        return [((by_line.get(told.line) or other).pop(0), told) for told, other in zip(meant, lost, strict=True)]

    @cached_property
    def unread(self) -> list[tuple[OneEquation, OneEquation]]:
        """Those of which the reader does not say without a hint what they are, or says something else."""
        return [(alone, told) for alone, told in self.equations if alone.why or meaning(alone) != meaning(told)]


def _sources(name: str) -> list[Source]:
    with (Path(__file__).parent / name).open("rb") as file:
        return [Source(name, **source) for name, source in tomllib.load(file).items()]


#: As authors print what they print most; what was looked for because of its notation; papers from memory; and what was
#: found by fragments of formulas.
TABLES = ("sources.toml", "later_sources.toml", "paper_sources.toml", "found_sources.toml")
USUAL, LATER, PAPERS, FOUND = map(_sources, TABLES)
SOURCES = [*USUAL, *LATER, *PAPERS, *FOUND]


def meaning(equation: OneEquation) -> tuple:
    """What it is read as, in the author's letters and as formulas."""
    return equation.said, *map(taken_apart, equation.lines)


def is_asked(equation: OneEquation) -> bool:
    """Whether the reader asks what a letter is, or which function: the text does not say it."""
    return "which function is it?" in equation.why or "it is not clear what it is" in equation.why


def shares(of: list[Source]) -> dict[str, tuple[int, int]]:
    """How many are read without a hint, and of how many: sources, formulas, those of sources without slips, and those
    of which the text says what their letters and functions are."""

    def formulas(sources: list[Source]) -> tuple[int, int]:
        count = sum(len(s.equations) for s in sources)
        return count - sum(len(s.unread) for s in sources), count

    alone = [s for s in of if not (s.refused or s.hints)]
    read, whole = formulas(of)
    asked = sum(is_asked(equation) for s in of for equation, _ in s.unread)
    return {
        "sources": (len(alone), len(of)),
        "formulas": (read, whole),
        "formulas of which the text says all": (read, whole - asked),
        "formulas of sources without slips": formulas([s for s in of if not s.slip]),
    }


if __name__ == "__main__":
    parts = {**dict(zip(TABLES, (USUAL, LATER, PAPERS, FOUND), strict=True)), "all": SOURCES}
    for name, of in parts.items():
        for what, (count, whole) in shares(of).items():
            print(f"{name}, {what}: {count} of {whole}, {count / whole:.1%}")
    for source in SOURCES:
        for alone, told in source.unread:
            print(f"{source.name}: {alone.why or f'read as {alone.said}, and is {told.said}'}")
