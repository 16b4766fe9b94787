"""Layers whose loop over time is over a cell: which cell that is, and whether stepping it is all that they do."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.errors import DeriveError

TOLERANCE = 1e-10
_STEPS, _BATCH = 4, 2  # other numbers, so that a result says which is which


@dataclass(frozen=True)
class Looped:
    """The cell that a layer steps in a loop, by the name of its attribute, and the place of the loop."""

    layer: Any
    name: str
    place: str

    @property
    def cell(self) -> Any:
        return getattr(self.layer, self.name)

    def hold(self, read: Any) -> None:
        """Raises DeriveError where the layer, run over sequences in float64, is not the cell's derived layer."""
        import torch

        layer = copy.deepcopy(self.layer).double().eval()
        generator = torch.Generator().manual_seed(0)
        x = 2 * torch.rand(_STEPS, _BATCH, read.step.input_size, generator=generator, dtype=torch.float64) - 1
        with torch.no_grad():
            try:
                result = layer(x)
            except Exception as e:
                raise self._refused(f"it cannot be called with a sequence alone ({type(e).__name__})") from None
            while isinstance(result, (tuple, list)) and result:
                result = result[0]
            ours = read.layer(dtype=torch.float64), read.layer(dtype=torch.float64, batch_first=True)
            expected = [made(x)[0] for made in ours]
            expected += [expected[0][-1], expected[1][:, -1]]
            gaps = [float((result - e).abs().max()) for e in expected if getattr(result, "shape", None) == e.shape]
        if min(gaps, default=1.0) > TOLERANCE:
            raise self._refused("it does more than step its cell")

    def _refused(self, why: str) -> DeriveError:
        what = f"{type(self.layer).__name__}{self.place} loops over self.{self.name}"
        return DeriveError(f"{what}: {why}; read the cell by itself, which is the attribute {self.name!r}")


def looped(module: Any) -> Looped | None:
    """The one cell that is stepped in a loop of a layer's ``forward``; None for another module."""
    found = {name: place for name, place in _called(module) if _is_cell(getattr(module, name, None))}
    if len(found) != 1:
        return None
    ((name, place),) = found.items()
    return Looped(module, name, place)


def first_loop(module: Any) -> str:
    """The place of the first loop of ``forward`` in which something of the module is called; empty for none."""
    return next((place for _, place in _called(module)), "")


def _called(module: Any) -> Iterator[tuple[str, str]]:
    """What of ``self`` is called within a loop of ``forward``, with the loop's place."""
    forward = type(module).forward
    try:
        lines, first = inspect.getsourcelines(forward)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return
    file = Path(forward.__code__.co_filename).name
    module_name = forward.__code__.co_varnames[0]
    for loop in ast.walk(tree):
        if isinstance(loop, (ast.For, ast.While)):
            for node in ast.walk(loop):
                match node:
                    case ast.Call(func=ast.Attribute(value=ast.Name(id=own), attr=name)) if own == module_name:
                        yield name, f" ({file}, line {first + loop.lineno - 1})"


def _is_cell(thing: Any) -> bool:
    """Whether it may be a module of one step: somebody's own, or one of torch's cells."""
    from torch import nn

    if not isinstance(thing, nn.Module):
        return False
    return isinstance(thing, nn.RNNCellBase) or not type(thing).__module__.startswith("torch.")
