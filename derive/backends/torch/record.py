"""What need not be derived again: a record, beside the generated modules, of which definition gave which text.

A module on the disk is taken as it is where the record says that this very text came from this very definition, these
sources of the package and this SymPy. Anything else (no record, a changed cell, template or file) is derived again.
``derive fresh`` and the tests never look at the record.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import sympy

from derive.backends.torch.emit import module_text
from derive.definition.cell import Cell
from derive.files import templates_folder, write_files

FILE = ".derived.json"


class Record:
    """The record of one folder. ``text`` fills it while modules are derived, ``write`` keeps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        with suppress(OSError, ValueError):
            read = json.loads((folder / FILE).read_text(encoding="utf-8"))
            self.known = read if isinstance(read, dict) else {}

    def text(self, cell: Cell) -> str:
        """The text of the cell's module: the file's where it is known to be that, derived otherwise."""
        file = f"{cell.name}.py"
        definition = definition_digest(cell)
        text = _read(self.folder / file)
        if text is None or self.known.get(file) != f"{definition} {_digest(text)}":
            text = module_text(cell)
        self.kept[file] = f"{definition} {_digest(text)}"
        return text

    def write(self) -> None:
        """Keep what was derived, for the next time."""
        write_files({self.folder / FILE: json.dumps(self.kept, indent=1) + "\n"})


def definition_digest(cell: Cell) -> str:
    """A digest of all that a cell's module depends on."""
    about = (cell.name, cell.title, cell.class_name, cell.source, cell.note, cell.states, cell.input)
    lines = [(line.target, _tree(line.expr), line.repeated) for line in cell.lines]
    return _digest(repr((_sources(), *about, lines, cell.declared, cell.projection, cell.nonlinearities)))


def _tree(expr: sympy.Basic) -> str:
    """A formula with its terms in the author's order; SymPy's own text sorts them."""
    return f"{type(expr).__name__}({', '.join(map(_tree, expr.args))})" if expr.args else sympy.srepr(expr)


@cache
def _sources() -> str:
    """A digest of what gives a module its text, and of SymPy's version."""
    return _digest("".join(f"{p} {_digest(p.read_text(encoding='utf-8'))}" for p in source_files()) + sympy.__version__)


def source_files() -> list[Path]:
    """The files of the package, but for the definitions of cells and the commands, and its templates."""
    package = Path(__file__).resolve().parents[2]
    modules = [p for p in package.rglob("*.py") if p.relative_to(package).parts[0] not in ("cells", "commands")]
    return sorted(p for p in (*modules, *(templates_folder() / "torch").iterdir()) if p.is_file())  # no __pycache__


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_bytes().decode()
    return None
