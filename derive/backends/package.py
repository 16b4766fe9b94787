"""A package that exists in memory only: generated modules and what they need beside them, imported from their text.

They are modules like any other: ``pickle`` finds their classes, ``inspect.getsource`` their text, ``torch.compile``
traces them, and they read files beside them through their loader.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping
from types import ModuleType

PACKAGE = "built_by_derive"
_resources: dict[str, bytes] = {}


def offer(files: Mapping[str, str], stem: str = "") -> None:
    """Files that modules of the package find beside them, by relative path; a Python file is a module of it, too.

    stem: the module that they are offered to: where the name is taken by another text, the file is its alone.
    """
    _package()
    for name, text in files.items():
        if _resources.setdefault(name, text.encode()) != text.encode():
            _resources[f"{stem}/{name}" if stem else name] = text.encode()


def module(stem: str) -> ModuleType:
    """The module of that name, of a file that was offered; imported once."""
    _package()
    name = f"{PACKAGE}.{stem}"
    return sys.modules[name] if name in sys.modules else importlib.import_module(name)


def _package() -> None:
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE, "Modules that derive built.")
        package.__path__ = []
        sys.modules[PACKAGE] = package
        sys.meta_path.append(_Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the package."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        package, _, stem = fullname.rpartition(".")
        if package != PACKAGE or f"{stem}.py" not in _resources:
            return None
        return importlib.util.spec_from_loader(fullname, _Text(stem))


class _Text(importlib.abc.ExecutionLoader, importlib.abc.ResourceLoader):
    """Loads one module from its text; ``inspect`` and tracebacks ask it for the lines."""

    def __init__(self, stem: str) -> None:
        self.stem = stem

    def get_source(self, fullname: str) -> str:
        return _resources[f"{self.stem}.py"].decode()

    def get_filename(self, fullname: str) -> str:
        return f"{fullname.replace('.', '/')}.py"

    def get_data(self, path: str) -> bytes:
        """A file beside the module: its own, else one that the modules share."""
        name = path.removeprefix(f"{PACKAGE}/")
        for found in (f"{self.stem}/{name}", name):
            if found in _resources:
                return _resources[found]
        raise FileNotFoundError(path)

    def is_package(self, fullname: str) -> bool:
        return False
