"""Where layers get their machines: the C files beside a generated module, compiled at the first use.

A C file says of which module it was derived; one that somebody has changed since has no machine.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from functools import cache
from typing import Any

import torch

from .compiled import CompilerError
from .machine import Machine


def machine_of(layer: Any, dtype: torch.dtype) -> Machine | None:
    """The machine of a layer's equations, as its options choose them; None where there is none."""
    file = layer.c_files.get(_choice(layer)) if layer.c_files else None
    return None if file is None else _compiled(layer.Parameters.__module__, file, dtype is torch.float64)


def _choice(layer: Any) -> str:
    """What a layer has chosen of its equations: an activation, "projection", or both; "" where there is no choice."""
    chosen = [getattr(layer, name) for name, value in layer.options.items() if isinstance(value, tuple)]
    return " ".join([*chosen, *(["projection"] if layer.proj_size else [])])


@cache
def _compiled(module: str, file: str, double: bool) -> Machine | None:
    """The machine of a C file beside a module, unless the module is not as it was when the file was written."""
    try:
        note, _, text = _beside(module, f"c/{file}").partition("\n")
        if hashlib.sha256(_source(module).encode()).hexdigest() in note:
            return Machine(machinery(), text, double=double)
        _notice(f"{module} was changed, and c/{file} beside it is of what it was")
    except CompilerError as error:
        _notice(str(error))
    except OSError as error:
        _notice(f"the C files of {module} cannot be read: {error}")
    return None


@cache
def machinery() -> dict[str, str]:
    """The C files that all cells share, by name."""
    return {name: _beside(__name__, f"c/{name}") for name in _beside(__name__, "c/files.txt").split()}


def _beside(module: str, file: str) -> str:
    """A file of the module's folder, from where the module came."""
    loader = _loader(module)
    text: bytes = loader.get_data(os.path.join(os.path.dirname(loader.get_filename(module)), file))
    return text.decode()


def _source(module: str) -> str:
    """The text of a module as it was imported."""
    return _loader(module).get_source(module) or ""


def _loader(module: str) -> Any:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if not hasattr(getattr(spec, "loader", None), "get_data"):
        raise FileNotFoundError(f"nothing says where the module {module} came from")
    return spec.loader  # type: ignore[union-attr]


@cache
def _notice(reason: str) -> None:
    """Once."""
    warnings.warn(
        f"recurrent layers run step by step in PyTorch, which is slower: {reason}\n"
        "DERIVE_KERNELS=0 in the environment turns this notice off.",
        RuntimeWarning,
        stacklevel=2,
    )
