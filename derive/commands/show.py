"""``derive show``: everything about one cell, for reading, for a paper or for a program."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable
from typing import Any

from sympy import Piecewise, floor, preorder_traversal, sign

from derive.cells.load import load_cell
from derive.commands.common import CELL, about, json_option, notation_option
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.enclosure.states import ends, inequality
from derive.errors import DeriveError
from derive.exact.value import Value
from derive.notation.quantity import SIZE_LETTERS, size_letters
from derive.plan.build import plan
from derive.plan.text import as_json, text
from derive.run.number import SHORT, given
from derive.run.weights import Stack, stacks
from derive.symbolic.activation import Activation
from derive.symbolic.initial import draw_of
from derive.symbolic.surrogate import is_surrogate

SUMMARY = "print a cell: equations, gradient, parameters, initial values, bounds, operations, source"
EXAMPLES = """\
  derive show lstm
  derive show lstm --latex >> paper.tex             the equations
  derive show lstm --latex --gradient >> paper.tex  the gradient equations
  derive show lstm --latex --notation goodfellow    bold, with the time above
  derive show mlstm --latex --where                 with the sizes, which derive read takes from there
  derive show my_cells.py:my_lstm --json
  derive show lstm --plan                           what a machine does, operation by operation
  derive show gla --scan                            how all time steps are computed together

Δ is what reaches a state from the loss and from the later steps, δ is the derivative of the loss with respect to a
quantity, 1ᵀ(...) a sum over the units. The source of a cell of your own can be anywhere: see docs/your_cell.md."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cell", metavar="CELL", help=CELL)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--gradient", action="store_true", help="the gradient equations alone")
    part.add_argument("--plan", action="store_true", help="the operations of a machine, forwards and backwards")
    part.add_argument("--scan", action="store_true", help="the recurrences of a cell that is linear in its states")
    notation_option(parser)
    parser.add_argument(
        "--where", action="store_true", help="below the LaTeX equations, what they leave open: sizes, heads, constants"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="an aligned environment")
    json_option(form, "everything")


def run(arguments: argparse.Namespace) -> int:
    """Print a cell."""
    cell = load_cell(arguments.cell)
    if arguments.plan:
        return _plan(cell, arguments)
    if arguments.scan:
        return _scan(cell, arguments)
    if arguments.notation and not arguments.latex:
        raise DeriveError("--notation is for LaTeX; give --latex too")
    if arguments.where and (arguments.gradient or not arguments.latex):
        raise DeriveError("--where is for the LaTeX of the equations; give --latex, without --gradient")
    shown = cell.adjoint() if arguments.gradient else cell
    if arguments.json:
        print(json.dumps(_as_json(cell), indent=2, ensure_ascii=False))
    elif arguments.where:
        print(cell.latex(arguments.notation or "pytorch", where=True))
    elif arguments.latex:
        print(shown.latex(arguments.notation or "pytorch"))
        if not arguments.gradient and (formulas := cell.fixed_latex()):
            print(formulas)
    else:
        print(shown.unicode() if arguments.gradient else _as_text(cell))
    return 0


def _plan(cell: Cell, arguments: argparse.Namespace) -> int:
    """Print the plan of a cell after all passes."""
    if arguments.latex:
        raise DeriveError("--plan is printed as text or with --json; --latex is for equations")
    found = plan(cell)
    print(json.dumps(as_json(found), indent=2, ensure_ascii=False) if arguments.json else text(found))
    return 0


def _scan(cell: Cell, arguments: argparse.Namespace) -> int:
    """Print the recurrences of a cell."""
    if arguments.json or arguments.notation:
        raise DeriveError("--scan is printed as text or with --latex, in PyTorch's notation")
    print(cell.scan().latex() if arguments.latex else cell.scan().unicode())
    return 0


def _as_text(cell: Cell) -> str:
    ops = cell.operations
    used = {s.name for s in cell.parameter_count.free_symbols}
    letters = ", ".join(f"{size_letters(s)} = {s}" for s in (*SIZE_LETTERS, *cell.named_sizes) if s in used)
    rows = [
        ("states", ", ".join(cell.states)),
        ("bounds", ", ".join(filter(None, (inequality(*bound) for bound in cell.state_bounds().items())))),
        ("gates", ", ".join(cell.gates)),
        ("parameters", f"{in_letters(cell.parameter_count)}, where {letters}"),
        ("one step", f"{in_letters(ops.multiply_adds)} multiply-adds of weights"),
        ("", f"{in_letters(ops.arithmetic)} additions, multiplications, divisions and comparisons"),
        ("", f"{in_letters(ops.functions)} values of functions"),
        ("source", cell.source),
        ("note", " ".join(cell.note.split())),
    ]
    equations = cell.complex_equations
    own = [f"In complex form\n{textwrap.indent(equations[0].notation.lines(equations), '  ')}"] if equations else []
    parts = [
        repr(cell),
        *own,
        "\n".join(["Gradient", textwrap.indent(cell.adjoint().unicode(), "  "), *_stand_ins(cell)]),
        "Parameters\n" + "\n".join(_table(map(_stack, stacks(cell).values()))),
        "Initial values\n" + "\n".join(_initial(cell)),
        "\n".join(_field(name, text) for name, text in rows if text),
    ]
    return "\n\n".join(parts)


def _stand_ins(cell: Cell) -> list[str]:
    """What stands in the gradient for derivatives that are none, or others: a line each."""
    nodes = {n for line in cell.lines for n in preorder_traversal(line.expr)}
    jumps = {n.func.__name__ for n in nodes if isinstance(n, (floor, sign))}
    jumps |= {"a case of numbers" for n in nodes if isinstance(n, Piecewise) and all(e.is_number for e, _ in n.args)}
    own = {n.unicode_name for n in nodes if isinstance(n, Activation) and is_surrogate(type(n))}
    return [
        *(f"  The slope of {name} is taken as 0, where it jumps too: a subgradient." for name in sorted(jumps)),
        *(f"  The slope of {name} is its own, not the derivative of its value." for name in sorted(own)),
    ]


def _field(name: str, text: str) -> str:
    return textwrap.fill(text, 100, initial_indent=f"{name:<12}", subsequent_indent=" " * 12, break_on_hyphens=False)


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows with their columns aligned."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _stack(stack: Stack) -> tuple[str, ...]:
    """A tensor: its name, its shape, and the parameters that are stacked in it."""
    first, count = stack.parameters[0], len(stack.parameters)
    letters = [size_letters(d) for d in stack.dimensions]
    shape = f"({', '.join([f'{count} {letters[0]}' if count > 1 else letters[0], *letters[1:]])})" if letters else ""
    if first.kind == "constant":
        return stack.name, shape, f"a constant: {float(first.default or 0):g} unless the constructor says otherwise"
    if first.fixed is not None:
        return stack.name, shape, "not learned"
    names = ", ".join(p.name for p in stack.parameters)
    inside = names if names != stack.name else "one number" if not letters else "one number a unit"
    return stack.name, shape, inside + (", of which V - Vᵀ multiplies" if first.form == "antisymmetric" else "")


def _initial(cell: Cell) -> list[str]:
    """Lines that say where states and learned parameters start, parameters that start alike together."""
    alike: dict[Any, list[str]] = {}
    for q, value in cell.initial.items():
        alike.setdefault(value, []).append(cell.notation.unicode(q))
    rows = [(", ".join(names), "~" if draw_of(v) else "=", cell.notation.unicode(v)) for v, names in alike.items()]
    stated = [
        textwrap.fill(" ".join(row), 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for row in rows
    ]
    starts = [f"  {state}₀ = {given(Value.of(number), SHORT).unicode()}" for state, number in cell.starts.items()]
    rest = [p for p in cell.parameters if p.learned and p.initial is None]
    return [
        *starts,
        *stated,
        *([f"  {'all others' if rows else 'all'} ~ U(−1/√N, 1/√N), as torch.nn has them"] if rest else []),
    ]


def _as_json(cell: Cell) -> dict[str, Any]:
    ops = cell.operations
    adjoint = cell.adjoint()
    return {
        **about(cell),
        "note": cell.note,
        "inputs": [{"name": i.name, "size": i.size} for i in cell.inputs],
        "starts": {state: float(cell.starts.get(state, 0)) for state in cell.states},
        "bounds": {state: ends(bound) for state, bound in cell.state_bounds().items()},
        "equations": _equations(cell.equations),
        **({"complex_equations": _equations(cell.complex_equations)} if cell.complex_equations else {}),
        "gradient": _equations((*adjoint.equations, *adjoint.parameter_gradients)),
        "statements": [str(s) for s in cell.statements],
        "parameters": [
            {
                "name": p.name,
                "kind": p.word,
                "shape": [s for s in (p.rows, p.stored_cols) if s],
                "tensor": p.tensor,
                "initial": None if p.initial is None else cell.notation.unicode(p.initial),
            }
            for p in cell.parameters
        ],
        "operations": {name: str(value) for name, value in ops._asdict().items()},
    }


def _equations(equations: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {"name": e.lhs.name, "unicode": e.notation.unicode(e.rhs), "latex": e.notation.latex(e.rhs)} for e in equations
    ]
