"""``build``: the text that ``make code`` writes for a cell, imported at once from memory."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from derive.backends import package
from derive.backends.torch.emit import module_files, shared_files
from derive.cells.load import cell_of
from derive.definition.cell import Cell
from derive.errors import DeriveError


def build(cell: Cell | str) -> ModuleType:
    """The generated module of a cell, which may be given by its name: ``.Layer``, ``.Cell``, both under their own names
    too, ``.source``, its text, and ``.definition``, the cell.

    The same text gives the same module. Needs torch. A layer or cell that is pickled takes the text along, so that it
    is read wherever torch is, without derive. Who reads it runs that text, as with every pickled module: read none that
    you would not run.

    Raises UnsupportedExpression for a formula without PyTorch spelling, DeriveError for what is no cell, and where
    torch is not installed.
    """
    cell = cell_of(cell)
    require_torch()
    files = module_files(cell)
    text = files[f"{cell.name}.py"]
    stem = f"{cell.name}_{hashlib.sha256(''.join(files.values()).encode()).hexdigest()[:8]}"
    module = package.built(_loader(), stem, {**files, f"{stem}.py": text}, _shared())
    module.definition = cell  # type: ignore[attr-defined]  # so that a layer's cell is known
    return module


def machinery_module(stem: str) -> ModuleType:
    """A module of the machinery, which all generated ones share. What is pickled of it takes its text along, too."""
    return package.built(_loader(), stem, {}, _shared())


@cache
def _shared() -> dict[str, str]:
    """The files of the machinery, the same texts for all layers that are pickled together."""
    return shared_files()


@cache
def _loader() -> str:
    return Path(package.__file__).read_text(encoding="utf-8")


def require_torch() -> None:
    """Raise DeriveError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise DeriveError("running a generated module needs torch, which is not installed: pip install torch numpy")
