"""What need not be derived again: a record, beside the generated modules, of which definition gave which text.

A module on the disk is taken as it is where the record says that this very text came from this very definition, these
sources of the package and this SymPy. Anything else (no record, a changed cell, template or file) is derived again.
``derive fresh`` and the tests never look at the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import sympy

from derive.backends.c.files import variants
from derive.backends.torch.emit import module_files
from derive.definition.cell import Cell
from derive.files import PACKAGE, templates_folder
from derive.reading import read_file

FILE = ".derived.json"


class Record:
    """The record of one folder, and that of what will be written there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = {}
        with suppress(OSError, ValueError, RecursionError):
            read = json.loads(read_file(folder / FILE))
            self.known = read if isinstance(read, dict) else {}

    def files(self, cell: Cell) -> dict[str, str]:
        """The cell's files by name: those on the disk where they are known to be that, derived otherwise."""
        found = {name: _read(self.folder / name) for name in (f"{cell.name}.py", *c_names(cell))}
        texts = {name: text for name, text in found.items() if text is not None}
        known = self.known.get(cell.name) == _line(cell, texts)  # of all files that it had
        return texts if known else module_files(cell)

    def of(self, cells: Iterable[Cell], files: Mapping[Path, str]) -> dict[Path, str]:
        """What those files say of the cells, for the next time; to be written together with them."""
        kept = {}
        for cell in cells:
            texts = {name: files[self.folder / name] for name in (f"{cell.name}.py", *c_names(cell))}
            kept[cell.name] = _line(cell, texts)
        return {self.folder / FILE: json.dumps(kept, indent=1) + "\n"}


def _line(cell: Cell, texts: Mapping[str, str]) -> str:
    """The digests of a definition and of the texts that came from it."""
    return f"{definition_digest(cell)} {_digest(repr(texts))}"


def c_names(cell: Cell) -> list[str]:
    """The names of a cell's C files, where it has any."""
    return [f"c/{one.file}" for one in variants(cell)]


def definition_digest(cell: Cell) -> str:
    """A digest of all that a cell's module depends on."""
    about = (cell.name, cell.title, cell.class_name, cell.source, cell.note, cell.states, cell.inputs)
    lines = [(line.target, _tree(line.expr)) for line in cell.lines]
    return _digest(repr((_sources(), *about, lines, cell.declared, cell.projection, cell.nonlinearities)))


def _tree(expr: sympy.Basic) -> str:
    """A formula with its terms in the author's order; SymPy's own text sorts them."""
    return f"{type(expr).__name__}({', '.join(map(_tree, expr.args))})" if expr.args else sympy.srepr(expr)


@cache
def _sources() -> str:
    """A digest of the package, but for the definitions of cells and the commands, its templates, SymPy's version."""
    modules = [p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] not in ("cells", "commands")]
    files = sorted([*modules, *(p for kind in ("torch", "c") for p in (templates_folder() / kind).iterdir())])
    texts = [f"{p.name} {_digest(p.read_text(encoding='utf-8'))}" for p in files if p.is_file()]  # no __pycache__
    return _digest("".join(texts) + sympy.__version__)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        return read_file(path).decode()
    return None
