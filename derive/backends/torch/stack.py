"""``Stack``: layers of cells, one above the other, as one module of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.backends.torch.build import build, machinery_module, require_torch
from derive.cells.load import cell_of
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown


def Stack(
    cells: Cell | str | Sequence[Cell | str],
    input_size: int,
    hidden_size: int | Sequence[int],
    *,
    recurrent_dropout: float = 0.0,
    zoneout: Mapping[str, float] | None = None,
    **options: Any,
) -> Any:
    """Generated layers one above the other, a module of PyTorch: ``Stack([derive.lstm, derive.gru], 3, [8, 4])``.

    cells: a cell or its name, or a list with one for each layer. ``recurrent_dropout`` makes of each cell
    ``cell.masked()``, and ``zoneout`` ``cell.zoned_out(**zoneout)``, so that the equations of what runs are to be had
    there. The arguments and the call are those of the class ``Stack`` of ``generated/stacks.py``, which ``help`` of a
    stack shows: ``batch_first``, ``bidirectional``, ``residual``, ``dropout``, ``weight_dropout``,
    ``learn_initial_state``, and those of the layers.

    Raises DeriveError for what is no cell, and for a cell that cannot be masked or has no such state; ValueError for
    what the class refuses.
    """
    require_torch()
    if zoneout is not None and not (isinstance(zoneout, Mapping) and all(isinstance(name, str) for name in zoneout)):
        raise DeriveError(f"zoneout is {shown(zoneout)}; expected a probability by state, such as {{'h': 0.1}}")

    def kind(given: Cell | str) -> Any:
        cell = cell_of(given)
        cell = cell.masked() if recurrent_dropout else cell
        return build(cell.zoned_out(**zoneout) if zoneout else cell).Layer

    kinds = [kind(cell) for cell in cells] if isinstance(cells, list | tuple) else kind(cells)  # type: ignore[arg-type]
    sizes = {"input_size": input_size, "hidden_size": hidden_size}
    return machinery_module("stacks").Stack(
        kinds, **sizes, recurrent_dropout=recurrent_dropout, zoneout=zoneout, **options
    )
