"""The cells that come with the package, by name.

In: definitions, those of this folder and of files. Out: a ``Cell`` by its name. Next: ``run``, which gives it numbers.
A new cell is one function in one of the modules of this folder, written like those around it; a new module is one more
name in ``_MODULES``. Not here: convolutional cells.
"""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Container, Iterator, Mapping

from derive.definition.cell import Cell
from derive.errors import DeriveError, UnknownCell, unknown
from derive.later import later

_MODULES = (
    *("lstm", "memory", "normalised", "gru", "rnn", "minimal", "highway", "dynamics", "linear_recurrence"),
    *("inputs", "ordered", "heads", "matrix_memory", "delta_rule", "state_space", "nonlinear_memory"),
    *("not_learned", "parallel", "spiking", "chance", "oscillators"),
)


class Cells(tuple[Cell, ...]):
    """Several cells; at a prompt they are a line each, not all their equations."""

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        width = max((len(c.name) for c in self), default=0)
        return "\n".join(f"{c.name:<{width}}  {c.title}" for c in self) or "no cells"


class Catalogue(Mapping[str, Cell]):
    """Every cell by name; the modules are imported one after the other until the cell that is asked for is found."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}
        self._read = 0  # of the modules

    def _read_more(self) -> bool:
        """Import the next module; whether there is one."""
        if (k := self._read) == len(_MODULES):
            return False
        found = vars(importlib.import_module(f"derive.cells.{_MODULES[k]}")).values()
        self._cells |= {c.name: c for c in found if isinstance(c, Cell)}
        self._read = k + 1
        return True

    @property
    def cells(self) -> dict[str, Cell]:
        """All cells, in the order of their definition."""
        while self._read_more():
            pass
        return self._cells

    def search(
        self,
        text: str | None = None,
        *,
        year: int | Container[int] | None = None,
        states: int | str | None = None,
        gates: int | str | None = None,
        parameters: int | str | None = None,
    ) -> Cells:
        """The cells that have all that is asked for, in the catalogue's order.

        text: words, each of which stands in the name, title, source or note; case and accents do not matter.
        year: of publication: a number, or several such as ``range(2014, 2018)``.
        states, gates, parameters: how many there are, or the name of one. A gate is an equation whose outermost
        function is a sigmoid or an exponential, and which multiplies something. A parameter answers to its name
        (``W_hi``), its tensor's (``weight_hh``), its kind ("matrix", "vector", "scalar", "constant", "fixed") and its
        form ("antisymmetric").

        Raises DeriveError for what is none of these.

        >>> from derive import catalogue
        >>> catalogue.search("jozefowicz")
        mut1  MUT1
        mut2  MUT2
        mut3  MUT3
        """
        if text is not None and not isinstance(text, str):
            raise DeriveError(f"catalogue.search: text is {text!r}, expected words such as 'peephole'")
        if isinstance(year, str) or not (year is None or isinstance(year, (int, Container))):
            raise DeriveError(f"catalogue.search: year is {year!r}, expected 2014 or several, range(2014, 2018)")
        for what, wanted in (("states", states), ("gates", gates), ("parameters", parameters)):
            if not (wanted is None or isinstance(wanted, (int, str))):
                raise DeriveError(f"catalogue.search: {what} is {wanted!r}, expected how many, or the name of one")
        words = _plain(text or "").split()
        years = {year} if isinstance(year, int) else year
        return Cells(
            c
            for c in self.cells.values()
            if all(word in _text(c) for word in words)
            and (years is None or c.year in years)
            and _has(states, c.states, c.states)
            and _has(gates, c.gates, c.gates)
            and _has(parameters, c.parameters, [n for p in c.parameters for n in (p.name, p.tensor, p.word, p.form)])
        )

    def __getitem__(self, name: str) -> Cell:
        while name not in self._cells and self._read_more():
            pass
        if name not in self._cells:
            raise UnknownCell(unknown("cell", name, self._cells))
        return self._cells[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(Cells(self.cells.values()))


def _text(cell: Cell) -> str:
    return _plain(" ".join((cell.name, cell.class_name, cell.title, cell.source, cell.note)))


def _plain(text: str) -> str:
    """Without capitals and accents: Kočiský is found as kocisky."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def _has(wanted: int | str | None, counted: tuple[object, ...], names: Container[str]) -> bool:
    return wanted is None or (len(counted) == wanted if isinstance(wanted, int) else wanted in names)


catalogue = Catalogue()
