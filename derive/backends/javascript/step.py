"""One step of a cell as a JavaScript function on a list of numbers, with sizes that are known.

Every number of the step has a place in the list: what is given, the previous states, and what each statement computes,
unit by unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sympy import Expr, Symbol

from derive.backends.javascript.printer import JavaScript
from derive.definition.cell import Cell
from derive.run.units import LineUnits
from derive.statements.sizes import units as number_of
from derive.statements.writing import at


@dataclass(frozen=True)
class StepProgram:
    """text: functions, of which ``step(v)`` computes a step in the list v and ``drawn(v)`` gives the numbers of a
    diagram, a list for each node. places: of every number, by its name in
    the equations, ``c[2]``, ``W_ii[1,2]``. reads: what a computed number is a formula of, by their places."""

    text: str
    places: Mapping[Symbol, int]
    reads: Mapping[int, tuple[int, ...]]


def step_program(
    cell: Cell, sizes: Mapping[str, int], drawn: Mapping[str, Sequence[Expr]] = MappingProxyType({})
) -> StepProgram:
    """The program of one step. drawn: formulas of what a diagram shows, by node.

    Raises UnsupportedExpression for a function that JavaScript does not have.
    """
    machine = replace(cell, stable=True)
    units = LineUnits(machine, machine.lowered_lines[0], sizes)
    places: dict[Symbol, int] = {}
    names: dict[Symbol, str] = {}
    writer = JavaScript(names)

    def place(symbol: Symbol) -> int:
        names.setdefault(symbol, f"v[{places.setdefault(symbol, len(places))}]")
        return places[symbol]

    def formula_of(expr: Expr) -> str:
        for symbol in sorted(expr.free_symbols, key=str):
            place(symbol)
        return writer.text(expr)

    lines, reads = [], {}
    for s in machine.statements:
        for k in range(1, number_of(s.size, sizes) + 1):
            formula = s.entry(k, units)
            sources = tuple(map(place, sorted(formula.free_symbols, key=str)))
            target = place(at(s.target.name, k))
            reads[target] = sources
            lines.append(f"  v[{target}] = {writer.text(formula)};")
    shown = [f"    {key}: [{', '.join(map(formula_of, row))}]," for key, row in drawn.items()]
    functions = ["function step(v) {", *lines, "}", "function drawn(v) {", "  return {", *shown, "  };", "}"]
    text = "\n".join([*writer.functions.values(), *functions])
    return StepProgram(text, places, reads)
