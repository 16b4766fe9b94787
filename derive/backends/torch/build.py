"""``build``: the text that ``make code`` writes for a cell, imported at once from memory."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from sympy import Basic, Symbol

from derive.backends import package
from derive.backends.torch.emit import module_files, shared_files
from derive.cells.load import cell_of
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.derivatives import slope
from derive.symbolic.table import Table


def build(cell: Cell | str) -> ModuleType:
    """The generated module of a cell, which may be given by its name: ``.Layer``, ``.Cell``, both under their own names
    too, ``.source``, its text, and ``.definition``, the cell.

    The same text gives the same module. Needs torch. A layer or cell that is pickled takes the text along, so that it
    is read wherever torch is, without derive. Who reads it runs that text, as with every pickled module: read none that
    you would not run.

    Raises UnsupportedExpression for a formula without PyTorch spelling, DeriveError for what is no cell, for an
    activation whose PyTorch spelling is none, and where torch is not installed.
    """
    cell = cell_of(cell)
    require_torch()
    for function in _own_activations(cell):
        _check_spelling(function)
    files = module_files(cell)
    text = files[f"{cell.name}.py"]
    stem = f"{cell.name}_{hashlib.sha256(''.join(files.values()).encode()).hexdigest()[:8]}"
    module = package.built(_loader(), stem, {**files, f"{stem}.py": text}, _shared())
    module.definition = cell  # type: ignore[attr-defined]  # so that a layer's cell is known
    return module


def _own_activations(cell: Cell) -> set[type[Activation]]:
    """Those that are none of derive's, in the formulas and in the slopes of others."""
    found: set[type[Activation]] = set()
    waiting: list[Basic] = [line.expr for line in cell.lines]
    while waiting:
        for function in {type(a) for a in waiting.pop().atoms(Activation)} - {*ACTIVATIONS.values(), *found}:
            if issubclass(function, Table):  # whose function is the module's own
                continue
            found.add(function)
            waiting.append(slope(function, Symbol("x"), Symbol("y"), tuple(map(Symbol, function.defaults))))
    return found


def _check_spelling(function: type[Activation]) -> None:
    """Raise DeriveError where the PyTorch spelling of somebody's activation gives no tensor of the argument's shape."""
    import torch

    x = torch.zeros(2, 3)
    if not function.torch:
        return
    text = function.torch.format(x="x", **{name: float(number) for name, number in function.defaults.items()})
    try:
        found = eval(text, {"torch": torch, "F": torch.nn.functional, "x": x})
    except Exception as e:  # whatever somebody's text does
        what = f"raises {type(e).__name__}: {e}"
    else:
        if isinstance(found, torch.Tensor) and found.shape == x.shape:
            return
        what = f"gives {shown(found)} for x of shape {list(x.shape)}"
    raise DeriveError(
        f"activation {function.__name__}: torch is {shown(function.torch)}, which {what}; expected what gives a tensor"
        " of the shape of x, or nothing: then the formula is written"
    )


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
