"""What programs are told of a cell that was read."""

from __future__ import annotations

from typing import Any

from derive.definition.cell import Cell


def record(cell: Cell) -> dict[str, Any]:
    """Its name, states and equations: as text, as LaTeX and as the Python that defines it."""
    return {
        "name": cell.name,
        "states": list(cell.states),
        "equations": {e.lhs.name: cell.notation.unicode(e.rhs) for e in cell.equations},
        "latex": cell.latex(),
        "python": cell.python(),
    }
