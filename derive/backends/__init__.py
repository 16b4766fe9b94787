"""The machines that a cell is written for, a folder each.

In: a plan. Out: a program; of most machines its text, and the text loaded. ``base`` says what each has;
``reference`` interprets plans on NumPy, and the others are held against it.
Next: ``figures``, the first of the rooms that write for people.
"""

from __future__ import annotations

from importlib import import_module

from derive.backends.base import Backend
from derive.errors import DeriveError, unknown

#: Where each backend is found, by its name; it is imported when it is asked for.
BACKENDS = {
    "reference": "derive.backends.reference:Reference",
    "c": "derive.backends.c.backend:C",
    "onnx": "derive.backends.onnx.backend:Onnx",
    "torch": "derive.backends.torch.backend:Torch",
}


def backend(name: str) -> Backend:
    """The backend of that name. Raises DeriveError for an unknown one, or where what it needs is not installed."""
    if name not in BACKENDS:
        raise DeriveError(unknown("backend", name, BACKENDS))
    module, _, attribute = BACKENDS[name].partition(":")
    try:
        found: Backend = getattr(import_module(module), attribute)()
    except ModuleNotFoundError as e:
        raise DeriveError(f"backend {name!r} needs {e.name}, which is not installed: pip install {e.name}") from None
    return found
