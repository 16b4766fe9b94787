"""Formulas of published sources, in their own notation, from sources.toml."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """cell: the one of the catalogue that it is; without one, the same equations stand in by_numpy.py by its name.
    functions, roles: what its formulas do not say. refused: the words of the reader where it is not read."""

    name: str
    where: str
    latex: str
    cell: str = ""
    functions: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    refused: str = ""


with (Path(__file__).parent / "sources.toml").open("rb") as file:
    SOURCES = [Source(name, **source) for name, source in tomllib.load(file).items()]
