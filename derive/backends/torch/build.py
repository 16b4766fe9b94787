"""``build``: the text that ``make code`` writes for a cell, imported at once from memory."""

from __future__ import annotations

import hashlib
import importlib.util
from types import ModuleType

from derive.backends import package
from derive.backends.torch.emit import module_files, shared_files
from derive.definition.cell import Cell
from derive.errors import DeriveError


def build(cell: Cell) -> ModuleType:
    """The generated module of a cell: ``.Layer``, ``.Cell``, both under their own names too, and ``.source``, its text.

    The same text gives the same module. Needs torch.

    Raises UnsupportedExpression for a formula without PyTorch spelling, DeriveError where torch is not installed.
    """
    require_torch()
    files = module_files(cell)
    text = files[f"{cell.name}.py"]
    stem = f"{cell.name}_{hashlib.sha256(''.join(files.values()).encode()).hexdigest()[:8]}"
    package.offer({**shared_files(), **files, f"{stem}.py": text})
    module = package.module(stem)
    module.source = text  # type: ignore[attr-defined]
    return module


def require_torch() -> None:
    """Raise DeriveError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise DeriveError("running a generated module needs torch, which is not installed: pip install torch numpy")
