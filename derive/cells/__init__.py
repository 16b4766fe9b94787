"""The cells that come with the package, by name."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from derive.cell import Cell
from derive.errors import DeriveError, unknown

_MODULES = ("lstm", "gru", "rnn")


class Catalogue(Mapping[str, Cell]):
    """Every cell by name; the modules are imported when the first cell is asked for."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] | None = None

    @property
    def cells(self) -> dict[str, Cell]:
        """All cells, in the order of their definition."""
        if self._cells is None:
            modules = [importlib.import_module(f"derive.cells.{m}") for m in _MODULES]
            found = [v for m in modules for v in vars(m).values() if isinstance(v, Cell)]
            self._cells = {c.name: c for c in found}
        return self._cells

    def __getitem__(self, name: str) -> Cell:
        if name not in self.cells:
            raise DeriveError(unknown("cell", name, self.cells))
        return self.cells[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return "\n".join(f"{c.name:<16} {c.title}" for c in self.cells.values())


catalogue = Catalogue()
