"""Formulas of published sources, in their own notation, from sources.toml."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from derive.intake.latex.displays import equations
from derive.intake.latex.prose import displays_marked
from derive.intake.latex.tokens import tokens


@dataclass(frozen=True)
class Source:
    """cell: the one of the catalogue that it is; without one, the same equations stand in by_numpy.py by its name.
    functions, roles, input: what its formulas do not say. refused: the words of the reader where it is not read; slip:
    whether that is its author's."""

    name: str
    where: str
    latex: str
    cell: str = ""
    functions: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    input: str = ""
    refused: str = ""
    slip: bool = False

    @property
    def hints(self) -> dict:
        """What the reader is told beside the text."""
        given = {"functions": self.functions, "roles": self.roles, "input": self.input}
        return {name: value for name, value in given.items() if value}

    @property
    def formulas(self) -> list:
        """Its equations."""
        return equations(tokens(displays_marked(self.latex)))

    @property
    def hinted(self) -> int:
        """How many of them have a letter of which the reader is told."""
        told = [name.split("_") for name in (*self.functions, *self.roles, self.input) if name]
        return sum(any(has(e.right, *name) or has(e.left, *name) for name in told) for e in self.formulas)


def has(side: list, letter: str, index: str = "") -> bool:
    """Whether a formula has the letter with that index, and not as an index."""
    texts = [t.text.lstrip("\\") for t in side if t.text not in "{}"]
    below = ["_", *index] if index else []
    return any(
        t == letter and texts[k - 1 : k] not in (["_"], ["^"]) and texts[k + 1 : k + 1 + len(below)] == below
        for k, t in enumerate(texts)
    )


with (Path(__file__).parent / "sources.toml").open("rb") as file:
    SOURCES = [Source(name, **source) for name, source in tomllib.load(file).items()]


def shares() -> dict[str, tuple[int, int]]:
    """How many are read without a hint, and of how many: sources, formulas, and those of sources without slips."""
    alone = [s for s in SOURCES if not (s.refused or s.hints)]
    read = sum(0 if s.refused else len(s.formulas) - s.hinted for s in SOURCES)
    return {
        "sources": (len(alone), len(SOURCES)),
        "formulas": (read, sum(len(s.formulas) for s in SOURCES)),
        "formulas without slips": (read, sum(len(s.formulas) for s in SOURCES if not s.slip)),
    }


if __name__ == "__main__":
    for what, (count, whole) in shares().items():
        print(f"{what}: {count} of {whole}, {count / whole:.1%}")
