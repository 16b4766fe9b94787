"""The cells that a file defines, held against the LaTeX of their own docstrings, and the pages about them."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from derive.cells.load import load_file
from derive.comparison.compare import compare
from derive.comparison.docstrings import Typed, typed_docstrings
from derive.comparison.found import Comparison
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.errors import DeriveError
from derive.files import environment
from derive.intake.latex.read import FromLatex, from_latex
from derive.intake.latex.systems.gather import has_displays
from derive.intake.load import readable
from derive.intake.module import from_torch
from derive.intake.torch_cell import FromTorch
from derive.notation.quantity import SIZE_LETTERS
from derive.run.weights import stacks


@dataclass(frozen=True)
class Documented:
    """A cell of a file. written: its docstring; refused: why the code is not read as a cell; typed: how the docstring
    stands in the file."""

    name: str
    written: str
    code: Cell | FromTorch | None
    refused: str = ""
    typed: Typed = field(default_factory=Typed)

    @property
    def cell(self) -> Cell:
        """The code's. Raises DeriveError where it is none."""
        if self.code is None:
            raise DeriveError(f"{self.name} is not read as a cell: {self.refused}")
        return self.code if isinstance(self.code, Cell) else self.code.cell

    @property
    def has_equations(self) -> bool:
        """Whether its docstring displays formulas, or something that is not even that."""
        return _displays(self.written)

    @cached_property
    def comparison(self) -> Comparison:
        """Its docstring against its code. Raises DeriveError where one of the two is not read."""
        code = self.cell
        if isinstance(self.code, FromTorch):  # formulas do not say what is learned
            return compare(self._said(), replace(self.code, cell=self.code.all_learned or code))
        return compare(self._said(), code)

    def _said(self) -> FromLatex:
        """What its docstring says. Raises DeriveError where it is not read."""
        if self.typed.eaten:
            raise DeriveError(f"{self.name}: its docstring is not read: {self.typed.eaten}")
        try:
            return from_latex("\n" * (self.typed.line - 1) + self.written, name="docstring")
        except DeriveError as e:
            asked = re.sub(
                r"([Ss]ay so), .*", r"\1 in its words: where :math:`f` is tanh, where :math:`w` is a vector", str(e)
            )
            raise DeriveError(f"{self.name}: its docstring is not read: {asked}") from None


def documented(path: Path) -> list[Documented]:
    """The cells and the modules of one step that a file defines; the file is run.

    Raises DeriveError for a file that cannot be run or has none.
    """
    # an instance stands for its class, which comes first where it is the file's
    things: dict[Any, tuple[str, Any]] = {}
    for name, thing in readable(load_file(path)).items():
        things.setdefault(thing if isinstance(thing, (Cell, type)) else type(thing), (name, thing))
    typed = typed_docstrings(path)
    found = [_documented(name, thing, typed) for name, thing in things.values()]
    if not any(d.code or d.has_equations for d in found):
        why = f": {found[0].name} is not read as one: {found[0].refused}" if found else ""
        raise DeriveError(f"{path} defines no cell{why}")
    return found


def _documented(name: str, thing: Any, typed: Mapping[str, Typed]) -> Documented:
    if isinstance(thing, Cell):
        return Documented(name, thing.note, thing, typed=typed.get(name, Typed()))
    made = thing if isinstance(thing, type) else type(thing)
    own = vars(made).get("__doc__")
    written = inspect.cleandoc(own) if isinstance(own, str) else ""
    here = typed.get(made.__name__, Typed())
    try:
        return Documented(name, written, from_torch(thing), typed=here)
    except DeriveError as e:
        return Documented(name, written, None, str(e), here)


def _displays(text: str) -> bool:
    try:
        return has_displays(text)
    except DeriveError:
        return True


def docstring(cell: Cell) -> str:
    """Title and equations as Sphinx and ``from_latex`` read them, and what the letters are that are not seen to be."""
    latex = textwrap.indent(cell.latex(), "    ")
    said = list(_said(cell))
    where = f"\n\nwhere {' and '.join(said)}." if said else ""
    return f"{cell.title.rstrip('.')}.\n\n.. math::\n\n{latex}{where}"


def _said(cell: Cell) -> Iterator[str]:
    for p in cell.declared:
        letter = cell.notation.latex(p.symbol)
        if p.fixed is not None:
            yield f":math:`{letter}` is fixed"
        elif p.kind == "constant":
            yield f":math:`{letter} = {float(p.default or 0)!r}`"
        else:
            yield f":math:`{letter}` is a {p.kind}"


def page(found: Documented) -> str:
    """Equations, counts, weights, gradient and a docstring, as Markdown with GitHub's mathematics."""
    cell = found.cell
    adjoint = cell.adjoint()
    used = {s.name for formula in (cell.parameter_count, *cell.operations) for s in formula.free_symbols}
    sizes = ", ".join(f"{letter} = `{size}`" for size, letter in SIZE_LETTERS.items() if size in used)
    names = ", ".join(f"`{s}`" for s in cell.states)
    return environment("markdown").get_template("cell.md").render(
        title=cell.title,
        opening=_opening(found),
        equations=cell.latex(),
        fixed=cell.fixed_latex(),
        states=f"States: {names}; the first is the output." if len(cell.states) > 1 else f"State: {names}.",
        tables=[("Counts", list(_table(_counts(cell, sizes)))), ("Weights", list(_table(_weights(found))))],
        gradient=adjoint.latex(),
        docstring=docstring(cell),
    )  # fmt: skip


def _opening(found: Documented) -> str:
    """The docstring's first paragraph, where that is no formula; the source."""
    first = found.written.split("\n\n")[0].strip()
    words = [] if _displays(first) or ".. math" in first else [first]
    return "\n\n".join([f"`{found.name}`", *filter(None, [*words, found.cell.source])])


def _counts(cell: Cell, sizes: str) -> list[tuple[str, ...]]:
    ops = cell.operations
    return [
        ("of a step", f"where {sizes}"),
        ("learned numbers", in_letters(cell.parameter_count)),
        ("multiply-adds of weights", in_letters(ops.multiply_adds)),
        ("additions, multiplications, divisions and comparisons", in_letters(ops.arithmetic)),
        ("values of functions", in_letters(ops.functions)),
    ]


def _weights(found: Documented) -> list[tuple[str, ...]]:
    """Each tensor with its blocks; of a module each parameter with its place in the module's tensors."""
    if isinstance(found.code, FromTorch):
        places: Mapping[str, str] = found.code.places
        return [("parameter", f"in `{found.name}`"), *((f"`{name}`", f"`{place}`") for name, place in places.items())]
    rows = [(f"`{s.name}`", ", ".join(f"`{p.name}`" for p in s.parameters)) for s in stacks(found.cell).values()]
    return [("tensor", "its blocks, from the first row on"), *rows]


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    head, *body = rows
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in body:
        yield f"| {' | '.join(row)} |"
