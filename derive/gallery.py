"""The gallery: a page for each cell of the catalogue, and one that lists and searches them. Nothing is fetched.

A page has the equations, the gradient, the diagram, what a step costs, where the cell is from, and where its code is.
All formulas are native MathML, all figures SVG; the pages are well-formed XML and work from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup, escape
from sympy import Expr

from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.definition.matrices import matrix_lines
from derive.errors import DeriveError
from derive.files import environment
from derive.notation.mathml import mathml, named
from derive.notation.names import Equation
from derive.notation.quantity import SIZE_LETTERS
from derive.processes import Each

PAGE = 469.0  # pt: the room of a diagram
WORDS = ("name", "title", "class_name", "source", "note", "states", "gates")


def gallery_files(cells: Iterable[Cell] | None = None, code: str = "../", each: Each = map) -> dict[str, str]:
    """The pages by their names: ``index.html``, and NAME.html of every cell.

    code: where the generated modules are, seen from the pages; "" where there are none. each: what makes every page.
    """
    found = list(cells or catalogue.values())
    names = [cell.name for cell in found]
    pages = each(_page, list(zip(found, ["", *names], [*names[1:], ""], [code] * len(found), strict=False)))
    index = environment("html").get_template("gallery.html")
    listed = index.render(cells=[_listed(c) for c in found])
    return {"index.html": listed, **{f"{name}.html": page for name, page in zip(names, pages, strict=True)}}


def _page(given: tuple[Cell, str, str, str]) -> str:
    """The page of a cell, with links to the one before and the one after it, and to its code."""
    cell, before, after, code = given
    template = environment("html").get_template("gallery_cell.html")
    return template.render(_described(cell), before=before, after=after, code=code)


def _in_letters(count: Expr) -> Markup:
    """A formula of the sizes, with what follows the letter of a size below it."""
    return Markup(_lowered(in_letters(count)))


def _lowered(formula: str) -> str:
    return re.sub(r"N(?:_(\w+))?", lambda m: f"<i>N</i><sub>{m[1]}</sub>" if m[1] else "<i>N</i>", str(escape(formula)))


def _listed(cell: Cell) -> dict[str, str]:
    """A row of the list; text: what is searched in."""
    words = [getattr(cell, name) for name in WORDS]
    text = " ".join(" ".join(w) if isinstance(w, tuple) else w for w in words)
    return {
        "name": cell.name,
        "title": cell.title,
        "year": str(cell.year or ""),
        "states": ", ".join(cell.states),
        "gates": ", ".join(cell.gates),
        "parameters": _in_letters(cell.parameter_count),
        "text": f"{' '.join(text.split())} {cell.year or ''}".lower(),
    }


def _described(cell: Cell) -> dict[str, Any]:
    ops, adjoint = cell.operations, cell.adjoint()
    used = {s.name for formula in (cell.parameter_count, *ops) for s in formula.free_symbols}
    return {
        **_listed(cell),
        "equations": _rows(cell.equations),
        "matrices": matrix_lines(cell),
        "gradient": _rows(adjoint.equations),
        "parameter_gradients": _rows(adjoint.parameter_gradients),
        "diagram": Markup(cell.diagram(width=PAGE).svg),
        "counts": [
            ("learned parameters", _in_letters(cell.parameter_count)),
            ("multiply-adds of weights in a step", _in_letters(ops.multiply_adds)),
            ("additions, multiplications, divisions and comparisons", _in_letters(ops.arithmetic)),
            ("values of functions", _in_letters(ops.functions)),
        ],
        "letters": Markup(
            ", ".join(f"{_lowered(letter)} = {size}" for size, letter in SIZE_LETTERS.items() if size in used)
        ),
        "source": cell.source,
        "note": " ".join(cell.note.split()),
        "definition": _definition(cell),
    }


def _definition(cell: Cell) -> str:
    """The text of its definition; "" where an activation is the author's own."""
    try:
        return cell.python()
    except DeriveError:
        return ""


def _rows(equations: Iterable[Equation]) -> Iterator[tuple[Markup, Markup]]:
    for e in equations:
        yield named(e.notation.latex(e.lhs)), mathml(f"= {e.notation.latex(e.rhs)}")
