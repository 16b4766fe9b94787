"""Cells, their gradients and their plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from derive.calculus.adjoint import Adjoint
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.notation.mathml import mathml
from derive.notation.names import Equation
from derive.notebook.pieces import Table, equations, result

if TYPE_CHECKING:
    from derive.interchange.converted import Converted
    from derive.plan.plan import Plan
    from derive.verification.verify import Verification


def cell(found: Cell) -> str:
    """The equations, and where they are from."""
    counts = f"{in_letters(found.parameter_count)} parameters; gates: {', '.join(found.gates) or 'none'}"
    return result(f"{found.title} ({found.name})", equations(found.equations), found.source, counts)


def cells(found: Iterable[Cell]) -> str:
    """A line for each."""
    rows = [(c.name, c.title, str(c.year or ""), ", ".join(c.states)) for c in found]
    return result(f"{len(rows)} cells", Table(rows, ("name", "title", "year", "states"), formulas=True))


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


def plan(found: Plan) -> str:
    """The operations as text."""
    return result("", Markup("<pre>{}</pre>").format(escape(repr(found))))


def converted(found: Converted) -> str:
    """What it is, and its cell."""
    return result(repr(found), equations(found.cell.equations))


def verification(found: Verification) -> str:
    """How far the ways to the same numbers are apart."""
    rows = [(name, "" if d is None else f"{d:.1e}") for name, d in found.differences.items()]
    verdict = "all agree" if found.ok else found.problem or "they disagree"
    return result(f"{found.cell}: {verdict}", Table(rows, ("", "difference")))
