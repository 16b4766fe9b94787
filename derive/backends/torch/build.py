"""``build``: the text that ``make code`` writes for a cell, imported at once.

The modules live in a package that exists in memory only. They are modules like any other: ``pickle`` finds their
classes, ``inspect.getsource`` their text, and ``torch.compile`` traces them.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import sys
from types import ModuleType

from derive.backends.torch.emit import MACHINERY, machinery_text, module_text
from derive.definition.cell import Cell
from derive.errors import DeriveError

PACKAGE = "built_by_derive"


def build(cell: Cell) -> ModuleType:
    """The generated module of a cell: ``.Layer``, ``.Cell``, both under their own names too, and ``.source``, its text.

    The same text gives the same module. Needs torch.

    Raises UnsupportedExpression for a formula without PyTorch spelling, DeriveError where torch is not installed.
    """
    require_torch()
    text = module_text(cell)
    _package()
    return _module(f"{cell.name}_{hashlib.sha256(text.encode()).hexdigest()[:8]}", text)


def require_torch() -> None:
    """Raise DeriveError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise DeriveError("running a generated module needs torch, which is not installed: pip install torch numpy")


def _package() -> None:
    """The package in memory, with the files that the generated modules import from beside them."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE, "Modules that derive.build made.")
        package.__path__ = []
        sys.modules[PACKAGE] = package
        for file in MACHINERY:
            _module(file.removesuffix(".py"), machinery_text(file))


def _module(stem: str, text: str) -> ModuleType:
    name = f"{PACKAGE}.{stem}"
    if name in sys.modules:
        return sys.modules[name]
    loader = _Text(text)
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    module.source = text  # type: ignore[attr-defined]
    return module


class _Text(importlib.abc.ExecutionLoader):
    """Loads one module from its text; ``inspect`` and tracebacks ask it for the lines."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, fullname: str) -> str:
        return self.text

    def get_filename(self, fullname: str) -> str:
        return f"{fullname.replace('.', '/')}.py"

    def is_package(self, fullname: str) -> bool:
        return False
