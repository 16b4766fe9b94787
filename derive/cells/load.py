"""A cell by name: one of the catalogue, or ``path/to/file.py:NAME`` for a cell of the reader's own."""

from __future__ import annotations

import ast
import inspect
import os
import traceback
from pathlib import Path
from types import FunctionType, ModuleType

from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown, unknown
from derive.reading import read_file


def cell_of(given: object) -> Cell:
    """A cell that is given, or the one of the name that is given. Raises DeriveError for what is neither."""
    if isinstance(given, str):
        return load_cell(given)
    if not isinstance(given, Cell):
        name = getattr(given, "__name__", "")
        named = "def my_cell(x, h):" if name == "<lambda>" else f"def {name}"  # a lambda has no lines
        remedy = f'; write @cell("My cell") above `{named}`' if inspect.isfunction(given) else ""
        raise DeriveError(f"{shown(given)} is no cell, expected one such as derive.lstm, or the name of one{remedy}")
    return given


def load_cell(name: str, folder: Path = Path()) -> Cell:
    """The cell of that name. A path is taken relative to ``folder`` (the current one by default); ``NAME`` may be left
    out where the file defines one cell only.

    Loading a file runs it, as ``import`` would. Raises DeriveError for an unknown name, a missing file, a file that
    fails, or a name in it that is no cell.
    """
    path, separator, attribute = name.rpartition(":")
    if not separator or not path.endswith(".py"):
        path, attribute = name, ""
    if name.endswith(".toml"):
        raise DeriveError(
            f"{name} is a run's file, and a cell is wanted; name one as in the catalogue, or as path/to/file.py:NAME"
        )
    if not path.endswith(".py"):
        file, _, attribute = name.partition(":")
        if name not in catalogue and os.path.isfile(folder / f"{file}.py"):
            wanted = f"{file}.py:{attribute or 'NAME'}"
            raise DeriveError(f"unknown cell {name!r}; there is a file {file}.py: a cell in it is {wanted}")
        return catalogue[name]
    return _pick(load_file(folder / path), path, attribute)


def own_cells(module: ModuleType) -> dict[str, Cell]:
    """The cells that a file defines, by name; those of the catalogue that it imports are not its own."""
    return {k: v for k, v in vars(module).items() if isinstance(v, Cell) and v not in catalogue.values()}


def _pick(module: ModuleType, path: str, attribute: str) -> Cell:
    cells = own_cells(module)
    own = {k for k, v in vars(module).items() if isinstance(v, FunctionType) and v.__module__ == module.__name__}
    if attribute in own or (not (cells or attribute) and len(own) == 1):
        name = attribute or own.pop()
        raise DeriveError(f'{path}: {name} is a function and no cell; write @cell("My cell") above `def {name}`')
    if not attribute and len(cells) == 1:
        return next(iter(cells.values()))
    if not cells:
        raise DeriveError(f"{path} defines no cell; write one with @cell, or name a cell of the catalogue")
    if not attribute:
        raise DeriveError(f"{path} defines {len(cells)} cells; say which: {' or '.join(f'{path}:{k}' for k in cells)}")
    if attribute not in cells:
        raise DeriveError(f"{path}: {unknown('cell', attribute, cells)}")
    return cells[attribute]


def load_file(path: Path) -> ModuleType:
    """A Python file, run as ``import`` would.

    Raises DeriveError where there is none, where it fails, with the line, and where it defines a function twice.
    """
    try:
        source = read_file(path)
    except FileNotFoundError:
        raise DeriveError(
            f"there is no file {path}; a cell is named as in the catalogue, or as path/to/file.py:NAME"
        ) from None
    except OSError as e:
        raise DeriveError(f"{path} cannot be read: {e.strerror}") from None
    module = ModuleType(f"derive_user_{path.stem}")
    module.__file__ = file = str(path.absolute())
    try:
        exec(compile(source, file, "exec"), module.__dict__)
    except DeriveError as e:
        raise e if f"({path.name}, line " in str(e) else type(e)(f"{path}{_line(e, path)}: {e}") from None
    except (Exception, SystemExit) as e:
        raise DeriveError(f"{path}{_line(e, path)} cannot be loaded: {type(e).__name__}: {e}") from e
    _check_names(path, source)
    return module


def _line(error: BaseException, path: Path) -> str:
    """The line of the file that was running: ", line 7"; empty where none was."""
    file = str(path.absolute())
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return f", line {lines[-1]}" if lines else ""


def _check_names(path: Path, source: bytes) -> None:
    """No function is defined twice: the first would be lost."""
    first: dict[str, int] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and first.setdefault(node.name, node.lineno) != node.lineno:
            raise DeriveError(
                f"{path}, line {node.lineno}: {node.name!r} is defined on line {first[node.name]} already; rename one"
            )
