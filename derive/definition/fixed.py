"""Vectors and matrices of a cell that are not learned: how they are declared, their numbers, how they are printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, Rational, Symbol, Tuple

from derive.errors import DeriveError
from derive.notation.names import Equation, Notation
from derive.notation.quantity import Quantity, Role
from derive.statements.parameter import Parameter
from derive.statements.sizes import axes_of, every_axis, heads_of, units
from derive.symbolic.expressions import HIDDEN
from derive.symbolic.expressions import replace as substituted
from derive.symbolic.fixed import Drawn, Held, column, columns, fixed_value, numbers, row, rows, shape
from derive.symbolic.nodes import Node

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.definition.definition import Definition

MANY = 16  # numbers, of which print names the first ones
SAMPLE = 3  # units of every size that is not a number, with which a formula is tried where it is declared


def fixed_parameter(name: str, value: object, size: str = "", constants: Mapping[str, Any] | None = None) -> Parameter:
    """What is not learned and has that value. size: its axes, by default as many as there are numbers, or a vector of
    hidden units. constants: those of the cell, by their names, with their defaults.

    Raises DeriveError for no such value, one of another size, and one that is no finite real number somewhere.
    """
    constants = constants or {}
    found = fixed_value(value, constants)
    if heads_of(size):
        raise DeriveError("it is the same for all heads; give it the size that it has for each")
    size = size or "×".join(map(str, shape(found))) or HIDDEN
    axes = every_axis(size)
    entries = found.args[-1] if isinstance(found, Held) else found
    if isinstance(entries, Expr) and entries.has(column, columns) and len(axes) == 1:
        raise DeriveError(f'a matrix has two sizes, sizes={{{name!r}: "{axes[0]}*{axes[0]}"}}, and here is {axes[0]}')
    if (of := _square(found)) and len({*axes}) * len(axes) != 2:
        raise DeriveError(f'{of} a square matrix, sizes={{{name!r}: "{HIDDEN}*{HIDDEN}"}}')
    if not isinstance(found, Drawn):
        numbers(
            found,
            [int(axis) if axis.isdecimal() else SAMPLE for axis in axes] if not shape(found) else shape(found),
            constants,
        )
    parameter = Parameter(Symbol(name), "vector", size, "", name, fixed=found)
    if shape(found) and all(axis.isdecimal() for axis in axes):
        numbers(found, [int(axis) for axis in axes], constants)
    return parameter


def _square(value: Basic) -> str:
    """What is said of a value that is that of a square matrix alone."""
    if isinstance(value, Drawn) and value.radius:
        return "a spectral radius is that of"
    return "zero_order_hold(A) is" if isinstance(value, Held) and len(value.args) == 1 else ""


def defaults_of(cell: Definition) -> dict[str, Any]:
    """The numbers of a cell's constants, by name, where none are given."""
    return {p.name: p.default for p in cell.constants}


def numbers_of(parameter: Parameter, sizes: Mapping[str, int], constants: Mapping[str, Any]) -> tuple[Rational, ...]:
    """The numbers of what is not learned, in one row. constants: those of the cell.

    Raises DeriveError, naming it, where it has none of that size.
    """
    assert parameter.fixed is not None
    try:
        return numbers(parameter.fixed, [units(axis, sizes) for axis in every_axis(parameter.rows)], constants)
    except DeriveError as e:
        raise DeriveError(f"{parameter.name} is fixed; {e}") from None


# ---------------------------------------------------------------------- in print


class EntryOf(Node):
    """An entry of a vector or matrix, by the letters of its row and column. args: its symbol, the letters."""

    def _latex(self, printer: Any) -> str:
        name = printer._print(self.args[0])
        name = rf"\left({name}\right)" if "_" in name else name
        return f"{name}_{{{''.join(s.name for s in self.args[1:])}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])}_{''.join(s.name for s in self.args[1:])}"


def fixed_equations(cell: Cell) -> Iterator[tuple[Parameter, Equation]]:
    """Of what is given by a formula its equation, A_ij = 1/(1 + i + j), i and j counting from 0; of what a step makes
    of formulas its equation as a whole."""
    for p in cell.parameters:
        if isinstance(p.fixed, Expr) and not isinstance(p.fixed, Drawn):
            axes = axes_of(p.rows)
            table = {q.name: cell.quantities[q.symbol] for q in (p, *cell.constants)}
            table |= {
                q.name: Quantity(letter, Role.PARAMETER, "") for q, letter in zip((row, column), "ij", strict=True)
            }
            sizes = zip((rows, columns), axes, strict=False)
            table |= {q.name: Quantity(axis, Role.SIZE, "", is_number=True) for q, axis in sizes}
            table = {name: replace(quantity, is_number=True) for name, quantity in table.items()}
            if isinstance(p.fixed, Held):
                rates, *inputs = p.fixed.args
                yield p, Equation.of(p.symbol, Held(substituted(rates, {columns: rows}), *inputs), Notation(table))
            else:
                entry = EntryOf(p.symbol, *map(Symbol, "ij"[: len(axes)]))
                yield p, Equation.of(entry, p.fixed, Notation(table))


def fixed_lines(cell: Cell) -> list[str]:
    """A line for each vector and matrix that is not learned, in unicode."""
    formulas = {p.name: equation for p, equation in fixed_equations(cell)}
    return [_line(cell, p, formulas.get(p.name)) for p in cell.parameters if p.fixed is not None]


def fixed_rows(cell: Cell) -> list[str]:
    """What formulas and numbers give, each as a row of LaTeX."""
    rows = {p.name: [e.notation.latex(side) for side in e.args] for p, e in fixed_equations(cell)}
    for p in cell.parameters:
        if isinstance(p.fixed, Tuple):
            rows[p.name] = [cell.notation.latex(p.symbol), _matrix(cell, p.fixed)]
    return [" &= ".join(rows[p.name]) for p in cell.parameters if p.name in rows]


def _matrix(cell: Cell, value: Tuple) -> str:
    lines = (part if isinstance(part, Tuple) else (part,) for part in value)
    inside = r" \\ ".join(" & ".join(map(cell.notation.latex, line)) for line in lines)
    return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"


def _line(cell: Cell, p: Parameter, equation: Equation | None) -> str:
    name = cell.notation.unicode(p.symbol)
    if equation is not None and isinstance(p.fixed, Held) and all(isinstance(a, Tuple) for a in p.fixed.args):
        return f"{name} is fixed: {equation}"
    if equation is None:
        return f"{name} is fixed: {_said(p.fixed)}"
    axes = axes_of(p.rows) * (2 if isinstance(p.fixed, Held) and len(axes_of(p.rows)) == 1 else 1)
    ends = [cell.notation.unicode(Symbol(axis)) if not axis.isdecimal() else axis for axis in axes]
    if len({*ends}) == 1:
        places = f"{', '.join('ij'[: len(ends)])} = 0, …, {ends[0]} − 1"
    else:
        places = ", ".join(f"{letter} = 0, …, {end} − 1" for letter, end in zip("ij", ends, strict=False))
    return f"{name} is fixed: {equation}, {places}"


def _about(number: Any) -> str:
    return f"{float(number):.4g}".replace("-", "−")


def _listed(value: Any) -> str:
    """Numbers in brackets, those with many digits to six of them."""
    if isinstance(value, Tuple):
        return f"({', '.join(map(_listed, value))}{',' * (len(value) == 1)})"
    return str(value) if value.q <= 1000 else f"{float(value):.6g}"


def _said(value: Basic | None) -> str:
    """Numbers, or how they are drawn."""
    if isinstance(value, Tuple):
        flat = [n for part in value for n in (part if isinstance(part, Tuple) else (part,))]
        if len(flat) > MANY:
            return f"{'×'.join(map(str, shape(value)))} numbers, about {', '.join(_about(n) for n in flat[:3])}, …"
        return _listed(value)
    assert isinstance(value, Drawn)
    seed, scale, density, radius = (f"{float(a):g}" for a in value.args)
    part = "" if density == "1" else f", a part {density} of them other than 0"
    return f"drawn from U(−{scale}, {scale}) with the seed {seed}{part}" + (
        "" if radius == "0" else f", scaled to the spectral radius {radius}"
    )
