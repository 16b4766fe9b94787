"""The worked backward pass of a run with a loss: every cotangent, the gradient of every parameter, every step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Expr, Symbol

from derive.document.model import Block, Cell, Chain, Chains, Note, Row, Section, Table, listed, said
from derive.document.rows import Series, columns_of, name_at, numbered, of_unit
from derive.document.text import numbers_table
from derive.document.values import rounding, selection, series_table, steps_shown
from derive.exact.value import Value
from derive.notation.names import letter
from derive.notation.prose import plain
from derive.notation.quantity import Quantity, cotangent
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.step import LATEX_RELATION, Step, given
from derive.symbolic.nodes import TimeSum, UnitSum


def section(run: Run) -> Section:
    """The section ``backward``: the loss, two tables, then every step from the last time step to the first."""
    found, word = run.gradients(), words(run.language)
    blocks: list[Block] = [Chains((loss(found),), (word["loss"],)), *tables(found)]
    blocks += [*map(Note, selection(run)), *steps_shown(run, [*columns_of(run)[::-1], 0], found.at)]
    if found.sums:
        sums = tuple(Chain(s.left, s.bordered) for s in found.sums)
        blocks.append(Chains(sums, (word["parameter gradients"],), sums=True))
    return Section("backward", word["backward"], f"{run.title}: the backward pass", tuple(blocks))


def tables(found: Gradients) -> tuple[Table, Table]:
    """The cotangents at every time step, and the gradients of the parameters."""
    run, series = found.run, series_of(found)
    notes = (
        said(run.language, "right to left"),
        rounding(run, [n for group in series for s in group for n in s.numbers]),
    )
    note = listed((*notes, *([said(run.language, "unit sum")] if run.loss.units > 1 else [])), " ")
    return series_table("cotangents", run, series, (note,)), gradient_table(found)


def loss(found: Gradients) -> Chain:
    r"""``L = \sum_{t} ... \approx 0.0001``."""
    run = found.run
    assert run.loss is not None
    expr: Expr = UnitSum(run.loss.written) if run.loss.units > 1 else run.loss.written
    total = run.backward_notation.latex(TimeSum(expr))
    relation = LATEX_RELATION[found.loss.relation(run.decimals)]
    return Chain("L", (("=", total), (relation, found.loss.latex(run.decimals))))


# ---------------------------------------------------------------------- the cotangents


def series_of(found: Gradients) -> list[list[Series]]:
    """The targets, what reaches the states, the cotangents as they are computed, those of the inputs.

    Where the equation of a state is δh = Δh alone, one series stands for both.
    """
    equations = {e.lhs: e.rhs for e in found.run.adjoint.equations}
    incoming = dict.fromkeys(found.run.adjoint.incoming)
    copies = {rhs: lhs for lhs, rhs in equations.items() if rhs in incoming}
    first = [copies.get(d, d) for d in incoming]
    inputs = [cotangent(i.symbol) for i in found.run.cell.inputs]
    others = [d for d in equations if d not in (*found.run.adjoint.outgoing, *first, *inputs)]
    groups = [
        [*_targets(found.run)],
        *([s for d in group for s in _series(found, d)] for group in (first, others, inputs)),
    ]
    return [group for group in groups if group]


def _targets(run: Run) -> Iterator[Series]:
    assert run.loss is not None
    for name, table in run.loss.targets.items():
        for k, column in enumerate(zip(*table, strict=True), 1):
            units = run.loss.units
            numbers = tuple(given(Value.of(number), run.decimals) for number in column)
            latex = of_unit(run.notation, name, k, units)
            yield Series(numbered(name, k, units), latex, "", numbers, quantity=name, unit=k)


def _series(found: Gradients, d: Symbol) -> Iterator[Series]:
    """The series of a cotangent, one for each unit; its formula where there is one unit."""
    run = found.run
    notation = run.backward_notation
    steps: dict[int, list[Step]] = {}
    for s in found.records:
        if s.quantity == d.name and s.t:
            steps.setdefault(s.unit, []).append(s)
    units = len(steps)
    equation = next((e for e in found.run.adjoint.equations if e.lhs == d), None)
    formula = notation.latex(equation.rhs) if equation is not None and units == 1 else ""
    name = _name(notation.quantity(d.name))
    for unit, column in steps.items():
        latex = of_unit(notation, d.name, unit, units)
        numbers = tuple(s.value.shown(run.decimals) for s in reversed(column))
        shown = tuple(reversed(column))
        yield Series(numbered(name, unit, units), latex, formula, numbers, shown, notation.quantity(d.name).name, unit)


def _name(q: Quantity) -> str:
    """``δc``, ``Δc`` for what reaches c; ``c`` itself where it is computed again."""
    return {"delta": "δ", "Delta": "Δ", "": ""}[q.derivative] + q.name


# ---------------------------------------------------------------------- the gradients of the parameters


def lines_of(found: Gradients) -> list[list[Series]]:
    """The gradient of every vector, row of a matrix or number, entry by entry: a group for each tensor in which
    parameters are stored, then what reaches the initial states."""
    groups: dict[str, list[Series]] = {}
    for g, equation in zip(found.run.adjoint.gradients, found.run.adjoint.parameter_gradients, strict=True):
        notation, p = found.run.backward_notation, g.parameter
        assert p is not None
        d = equation.lhs.name
        name, latex, formula = f"δ{p.name}", notation.latex(equation.lhs), notation.latex(equation.rhs)
        value = found[p.name]
        if p.kind != "matrix":
            lines = [_line(found, name, latex, formula, value if isinstance(value, tuple) else (value,))]
        else:
            many = len(value)
            lines = [
                _line(
                    found,
                    numbered(name, k, many),
                    of_unit(notation, d, k, many),
                    formula if many == 1 else "",
                    row,
                )
                for k, row in enumerate(value, 1)
            ]
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    states = [
        _line(found, f"Δ{s}0", rf"\Delta {name_at(found.run, s, 1, 1, '0')}", "", found[f"{s}0"])
        for s in found.run.cell.states
    ]
    return [*groups.values(), states]


def _line(found: Gradients, name: str, latex: str, formula: str, values: Iterable[Value]) -> Series:
    return Series(name, latex, formula, tuple(v.shown(found.run.decimals) for v in values))


def gradient_table(found: Gradients) -> Table:
    """The table of the gradients: a column for each entry."""
    word, groups = words(found.run.language), lines_of(found)
    many = max(len(line.numbers) for group in groups for line in group)
    rows = tuple(
        tuple(Row(s.name, s.head, s.cells + (Cell(),) * (many - len(s.cells)), s.formula) for s in group)
        for group in groups
    )
    head = ((), *((str(k),) for k in range(1, many + 1)))
    notes = ((word["entries"],), rounding(found.run, [n for group in groups for s in group for n in s.numbers]))
    return Table("gradients", head, rows, "r" * many, word["gradients caption"], (listed(notes, " "),), tall=True)


# ---------------------------------------------------------------------- at a prompt


def text(found: Gradients) -> str:
    """Both tables as text."""
    run = found.run
    with speaking(run.language):
        cotangents, gradients = (
            numbers_table([(s.name, s.numbers) for group in groups for s in group], head)
            for groups, head in (
                (series_of(found), [letter(run.t), *map(plain, run.columns)]),
                (lines_of(found), []),
            )
        )
        head = f"{plain(run.title)}: L {found.loss.relation(run.decimals)} {found.loss.unicode(run.decimals)}"
    return "\n".join([head, *cotangents, "", *gradients])
