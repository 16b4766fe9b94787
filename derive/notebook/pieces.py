"""The pieces of which a result's HTML is made: a heading, paragraphs, tables, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from derive.files import environment
from derive.notation.mathml import mathml
from derive.notation.names import Equation

Cell = Any  # a text, which is escaped, or Markup


class Table(NamedTuple):
    """rows: the first cell of each is its head. head: "" without. formulas: whether its cells are set to the left."""

    rows: Sequence[Sequence[Cell]]
    head: Sequence[Cell] = ()
    title: Cell = ""
    formulas: bool = False


def result(title: Cell, *pieces: Cell | Table) -> str:
    """The HTML of a result: its title, then paragraphs and tables in this order."""
    parts = [(isinstance(p, Table), p) for p in pieces if p]
    return environment("html").get_template("result.html").render(title=title, parts=parts)


def formula(latex: str) -> Markup:
    return mathml(latex)


def equations(found: Iterable[Equation], title: Cell = "") -> Table:
    """Equations as a table, aligned at the equals sign."""
    rows = [(formula(e.notation.latex(e.lhs)), formula(f"= {e.notation.latex(e.rhs)}")) for e in found]
    return Table(rows, title=title, formulas=True)


def aligned(latex: str) -> Table:
    """The lines of an ``aligned`` environment as a table."""
    inner = latex.strip().removeprefix("\\begin{aligned}").removesuffix("\\end{aligned}")
    rows = [line.partition("&") for line in inner.split("\\\\\n")]
    cells = [(left.strip(), right.replace("&", "").strip()) for left, _, right in rows]
    return Table([(formula(a) if a else "", formula(b) if b else "") for a, b in cells], formulas=True)
