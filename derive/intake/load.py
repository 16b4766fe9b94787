"""A cell by name from wherever it is: the catalogue, a file with a ``Cell`` or with somebody's module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from derive.cells.load import load_cell, load_file, own_cells
from derive.definition.cell import Cell
from derive.errors import DeriveError, unknown
from derive.intake.latex.each import OneEquation, each_equation
from derive.intake.latex.read import FromLatex, from_latex
from derive.intake.latex.text.place import placed
from derive.intake.module import from_torch
from derive.intake.torch_cell import FromTorch
from derive.reading import read_file

Made = TypeVar("Made")
_OF_PAPERS, _OF_MODULES = ("label", "input", "functions", "roles"), ("input_size", "hidden_size", "inputs")


def read(name: str, **how: Any) -> Cell | FromTorch | FromLatex:
    """The thing of that name: ``lstm``, ``cells.py:my_cell``, ``model.py:MyCell`` (a module's class, or an instance),
    ``paper.tex``, ``paper.tex:eq:gru`` with the label of a display.

    how: states; input_size, hidden_size and inputs, as for ``from_torch``; label, input, functions and roles, as for
    ``from_latex``. What is of the other kind is left out, so that both things of a comparison take the same.

    Raises DeriveError as ``load_cell``, ``from_torch`` and ``from_latex`` do.
    """
    stem, tex, label = name.partition(".tex")
    if tex and (not label or label[0] == ":"):
        given = {k: v for k, v in how.items() if k not in _OF_MODULES}
        return read_paper(f"{stem}.tex", **(given | ({"label": label[1:]} if label else {})))
    sizes = {k: v for k, v in how.items() if k not in _OF_PAPERS}
    path, _, attribute = name.rpartition(":") if ".py:" in name else (name, "", "")
    if not path.endswith(".py"):
        return load_cell(name)
    found = readable(load_file(Path(path)))
    if not attribute and len(found) == 1:
        (attribute,) = found
    if not attribute:
        listed = " or ".join(f"{path}:{k}" for k in found)
        raise DeriveError(f"{path} defines {len(found)} cells{'; say which: ' + listed if found else ''}")
    if attribute not in found:
        raise DeriveError(f"{path}: {unknown('cell or module', attribute, found)}")
    thing = found[attribute]
    return thing if isinstance(thing, Cell) else from_torch(thing, **sizes)


def read_paper(path: str, **how: Any) -> FromLatex:
    """The cell of a TeX file: see ``from_latex``.

    Raises DeriveError for a file that cannot be read or is no text, and as ``from_latex`` does.
    """
    return _of_file(path, lambda text: from_latex(text, **{"name": Path(path).stem.replace("-", "_"), **how}))


def read_equations(path: str, **how: Any) -> list[OneEquation]:
    """Every equation of a TeX file by itself: see ``each_equation``. how: as for ``read``; that of papers.

    Raises as ``read_paper`` does.
    """
    return _of_file(path, lambda text: each_equation(text, **{k: v for k, v in how.items() if k in _OF_PAPERS}))


def _of_file(path: str, read_text: Callable[[str], Made]) -> Made:
    """What is read of the text of a file, which what is refused names, with the line."""
    try:
        text = read_file(Path(path)).decode("utf-8", errors="replace")
    except OSError as e:
        raise DeriveError(f"{path} cannot be read: {e.strerror}") from None
    try:
        return read_text(text)
    except DeriveError as e:
        line, what = placed(str(e))
        raise DeriveError(f"{path}:{line}: {what}" if line else f"{path}: {what}") from None


def the_cell(thing: Cell | FromTorch | FromLatex) -> Cell:
    return thing if isinstance(thing, Cell) else thing.cell


def as_cell(thing: Any) -> Cell:
    """A cell, whatever says it: a ``Cell``, a name (see ``read``), what was read, or a module of one step."""
    if isinstance(thing, str):
        return the_cell(read(thing))
    return the_cell(thing) if isinstance(thing, (Cell, FromTorch, FromLatex)) else from_torch(thing).cell


def readable(module: ModuleType) -> Mapping[str, Any]:
    """The file's own cells, and its modules that have a step of their own."""
    found: dict[str, Any] = dict(own_cells(module))
    try:
        from torch import nn
    except ModuleNotFoundError:
        return found
    for name, thing in vars(module).items():
        made = thing if isinstance(thing, type) else type(thing)
        if issubclass(made, nn.Module) and (made.__module__ == module.__name__ or not isinstance(thing, type)):
            found[name] = thing
    return found
