"""``build``: the text that ``make code`` writes for a cell, imported at once from memory."""

from __future__ import annotations

import hashlib
import importlib.util
from types import ModuleType
from typing import Any

from derive.backends import package
from derive.backends.torch.emit import module_files, shared_files
from derive.cells.load import cell_of
from derive.definition.cell import Cell
from derive.errors import DeriveError


def build(cell: Cell | str) -> ModuleType:
    """The generated module of a cell, which may be given by its name: ``.Layer``, ``.Cell``, both under their own names
    too, ``.source``, its text, and ``.definition``, the cell.

    The same text gives the same module. Needs torch. A layer or cell that is pickled takes the text along, so that it
    is read wherever torch and derive are.

    Raises UnsupportedExpression for a formula without PyTorch spelling, DeriveError for what is no cell, and where
    torch is not installed.
    """
    cell = cell_of(cell)
    require_torch()
    files = module_files(cell)
    text = files[f"{cell.name}.py"]
    stem = f"{cell.name}_{hashlib.sha256(''.join(files.values()).encode()).hexdigest()[:8]}"
    module = _module(stem, {**shared_files(), **files, f"{stem}.py": text})
    module.definition = cell  # type: ignore[attr-defined]  # so that a layer's cell is known
    return module


def machinery_module(stem: str) -> ModuleType:
    """A module of the machinery, which all generated ones share. What is pickled of it takes its text along, too."""
    return _module(stem, shared_files())


def _module(stem: str, files: dict[str, str]) -> ModuleType:
    """The module of that name, of these files."""
    package.offer(files, stem)
    module = package.module(stem)
    if not hasattr(module, "source"):
        module.source = files[f"{stem}.py"]  # type: ignore[attr-defined]
        for made in (found for name in ("Layer", "Cell", "Stack") if (found := vars(module).get(name))):

            def reduced(self: Any, protocol: Any) -> Any:
                cls = type(self)
                if cls.__module__ != module.__name__:  # a program's own subclass, which is found where that is
                    return object.__reduce_ex__(self, protocol)
                return _new, (stem, files, cls.__name__), *object.__reduce_ex__(self, protocol)[2:]

            made.__reduce_ex__ = reduced
    return module


def _new(stem: str, files: dict[str, str], name: str) -> Any:
    """An instance without its state, as pickle asks for it."""
    cls = getattr(_module(stem, files), name)
    return cls.__new__(cls)


def require_torch() -> None:
    """Raise DeriveError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise DeriveError("running a generated module needs torch, which is not installed: pip install torch numpy")
