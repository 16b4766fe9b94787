"""A package that exists in memory only: generated modules and what they need beside them, imported from their text.

They are modules like any other: ``pickle`` finds their classes, ``inspect.getsource`` their text, ``torch.compile``
traces them, and they read files beside them through their loader.

This file needs Python's library alone, and its text goes with every object that is pickled of them, as theirs does: it
is read wherever torch is. A pickle is a program in any case; this one says so, by the name of ``eval``.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

PACKAGE = "built_by_derive"
#: What a pickle evaluates, over ``text``, that of this file, and the arguments of ``instance``.
_LOADING = "exec(text, here := {'__name__': 'built_by_derive'}) or here['instance'](text, stem, files, shared, name)"


def offer(files: Mapping[str, str], stem: str = "") -> None:
    """Files that modules of the package find beside them, by relative path; a Python file is a module of it, too.

    stem: the module that they are offered to alone; without it, all share them. Raises ImportError for one that they
    share already with another text.
    """
    held = _package().files
    for name, text in files.items():
        place = f"{stem}/{name}" if stem and name != f"{stem}.py" else name
        if held.setdefault(place, text.encode()) != text.encode():
            raise ImportError(
                f"{PACKAGE}: {name} is here already with another text, as another version of derive writes it; load its"
                " layer in a process of its own, or the layer's state_dict into one that is built here"
            )


def module(stem: str) -> ModuleType:
    """The module of that name, of a file that was offered; imported once."""
    name = f"{_package().__name__}.{stem}"
    return sys.modules[name] if name in sys.modules else importlib.import_module(name)


def built(text: str, stem: str, files: Mapping[str, str], shared: Mapping[str, str]) -> ModuleType:
    """The module of that name, imported once, with its ``source``. What is pickled of its classes takes all this along.

    text: that of this file; files: the module's own, by relative path; shared: those that all modules share.
    """
    offer(shared)
    offer(files, stem)
    made: Any = module(stem)
    if not hasattr(made, "source"):
        made.source = {**shared, **files}[f"{stem}.py"]

        def reduced(self: Any, protocol: Any) -> Any:
            cls = type(self)
            if cls.__module__ != made.__name__:  # a program's own subclass, which is found where that is
                return object.__reduce_ex__(self, protocol)
            given = {"text": text, "stem": stem, "files": files, "shared": shared, "name": cls.__name__}
            return eval, (_LOADING, given), *object.__reduce_ex__(self, protocol)[2:]

        for name in {"Layer", "Cell", "Stack"} & {*vars(made)}:
            getattr(made, name).__reduce_ex__ = reduced
    return made  # type: ignore[no-any-return]


def instance(text: str, stem: str, files: Mapping[str, str], shared: Mapping[str, str], name: str) -> Any:
    """An instance of a class of that module, without its state, as pickle asks for it."""
    cls = getattr(built(text, stem, files, shared), name)
    return cls.__new__(cls)


def _package() -> Any:
    if PACKAGE not in sys.modules:
        package: Any = ModuleType(PACKAGE, "Modules that derive built.")
        package.__path__ = []
        package.files = {}  # there, so that whoever imports this file, or runs its text, finds them
        sys.modules[PACKAGE] = package
        sys.meta_path.append(_Finder())
    return sys.modules[PACKAGE]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the package."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        package, _, stem = fullname.rpartition(".")
        if package != PACKAGE or f"{stem}.py" not in _package().files:
            return None
        return importlib.util.spec_from_loader(fullname, _Text(stem))


class _Text(importlib.abc.ExecutionLoader, importlib.abc.ResourceLoader):
    """Loads one module from its text; ``inspect`` and tracebacks ask it for the lines."""

    def __init__(self, stem: str) -> None:
        self.stem = stem

    def get_source(self, fullname: str) -> str:
        return _package().files[f"{self.stem}.py"].decode()  # type: ignore[no-any-return]

    def get_filename(self, fullname: str) -> str:
        return f"{fullname.replace('.', '/')}.py"

    def get_data(self, path: str) -> bytes:
        """A file beside the module: its own, else one that the modules share."""
        name = path.removeprefix(f"{PACKAGE}/")
        for found in (f"{self.stem}/{name}", name):
            if found in _package().files:
                return _package().files[found]  # type: ignore[no-any-return]
        raise FileNotFoundError(path)

    def is_package(self, fullname: str) -> bool:
        return False
