"""Cells, their gradients and their plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from derive.calculus.adjoint import Adjoint
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.errors import counted
from derive.notation.mathml import mathml
from derive.notation.names import Equation
from derive.notebook.pieces import Table, equations, result

if TYPE_CHECKING:
    from derive.intake.latex.read import FromLatex
    from derive.intake.torch_cell import FromTorch
    from derive.verification.verify import Verification


def cell(found: Cell) -> str:
    """The equations, and where they are from."""
    counts = f"{in_letters(found.parameter_count)} parameters; gates: {', '.join(found.gates) or 'none'}"
    return result(f"{found.title} ({found.name})", equations(found.equations), found.source, counts)


def cells(found: Iterable[Cell]) -> str:
    """A line for each."""
    rows = [(c.name, c.title, str(c.year or ""), ", ".join(c.states)) for c in found]
    return result(counted(len(rows), "cell"), Table(rows, ("name", "title", "year", "states"), formulas=True))


def catalogue(found: Mapping[str, Cell]) -> str:
    return cells(found.values())


def equation(found: Equation) -> str:
    return str(mathml(found._latex(None), display=True))


def adjoint(found: Adjoint) -> str:
    return result(
        f"Backward equations of {found.cell.name}",
        equations(found.equations),
        equations(found.parameter_gradients, "Gradients of the parameters"),
    )


def lines(found: object) -> str:
    """What is text in lines: a plan, a comparison."""
    return result("", Markup("<pre>{}</pre>").format(escape(repr(found))))


def read_latex(found: FromLatex) -> str:
    """The cell that a paper says, and what was assumed."""
    rows = [(str(a),) for a in found.assumptions]
    names = [pair for pair in found.names.items() if pair[0] != pair[1]]
    return result(
        found.cell.title,
        equations(found.cell.equations),
        Table(rows, title="read as") if rows else "",
        Table(names, ("here", "in the text")) if names else "",
    )


def read_module(found: FromTorch) -> str:
    """The cell that a module is, and how far the two are apart."""
    rows = [(name, f"{d:.1e}") for name, d in found.differences.items()]
    return result(found.cell.title, equations(found.cell.equations), Table(rows, ("", "difference from the module")))


def verification(found: Verification) -> str:
    """How far the ways to the same numbers are apart."""
    rows = [(name, "" if d is None else f"{d:.1e}") for name, d in found.differences.items()]
    verdict = "all agree" if found.ok else found.problem or "they disagree"
    return result(f"{found.cell}: {verdict}", Table(rows, ("", "difference")))
