"""The worked backward pass of a run with a loss: every cotangent, the gradient of every parameter, every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sympy import Expr, Symbol

from derive.document.entries import Line, entries_table, parameter_lines, state_lines
from derive.document.model import Block, Cell, Chain, Chains, Note, Section, Table, listed, said
from derive.document.rows import Series, columns_of
from derive.document.text import numbers_table
from derive.document.values import rounding, selection, series_table, steps_shown
from derive.exact.value import Value
from derive.notation.letters import letter
from derive.notation.prose import plain
from derive.notation.quantity import Quantity, cotangent, numbered
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.number import given
from derive.run.step import LATEX_RELATION, Step
from derive.symbolic.nodes import TimeSum, UnitSum


def section(run: Run) -> Section:
    """The section ``backward``: the loss, two tables, then every step from the last time step to the first."""
    found, word = run.gradients(), words(run.language)
    blocks: list[Block] = [Chains((loss(found),), (word["loss"],)), *abbreviations(run), *tables(found)]
    blocks += [*map(Note, selection(run)), *steps_shown(run, [*columns_of(run)[::-1], 0], found.at)]
    if found.sums:
        sums = tuple(Chain(s.left, s.bordered) for s in found.sums)
        blocks.append(Chains(sums, (word["parameter gradients"],), sums=True))
    return Section("backward", word["backward"], f"{run.title}: the backward pass", tuple(blocks))


def abbreviations(run: Run) -> Iterator[Chains]:
    """What the letters stand for that the equations have for parts without a name."""
    notation, derivation = run.backward_notation, run.adjoint.derivation
    named = [e for e in derivation.whole if notation.quantity(e.lhs.name).printed and e in derivation.definitions]
    if named:
        chains = tuple(Chain(notation.latex(e.lhs), (("=", notation.latex(e.rhs)),)) for e in named)
        yield Chains(chains, (words(run.language)["abbreviations"],))


def tables(found: Gradients) -> tuple[Table, Table]:
    """The cotangents at every time step, and the gradients of the parameters."""
    run, series = found.run, series_of(found)
    notes = (
        said(run.language, "right to left"),
        rounding(run, [n for group in series for s in group for n in s.numbers]),
    )
    note = listed((*notes, *([said(run.language, "unit sum")] if run.loss.units > 1 else [])), " ")
    table = replace(series_table("cotangents", run, series, (note,)), caption=words(run.language)["cotangents caption"])
    return table, gradient_table(found)


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
    inputs = [cotangent(i.symbol) for i in found.run.cell.inputs if not i.chance]
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
            numbers = tuple(given(Value.of(number), run.decimals) for number in column)
            label = str(k) if run.loss.units > 1 else ""
            latex = run.notation.of_unit(label).symbol_latex(name)
            yield Series(numbered(name, label), latex, "", numbers, quantity=name, unit=k, label=label)


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
        label = column[0].label
        latex = notation.of_unit(label).symbol_latex(d.name)
        numbers = tuple(s.value.shown(run.decimals) for s in reversed(column))
        shown = tuple(reversed(column))
        yield Series(numbered(name, label), latex, formula, numbers, shown, notation.quantity(d.name).name, unit, label)


def _name(q: Quantity) -> str:
    """``δc``, ``Δc`` for what reaches c; ``c`` itself where it is computed again."""
    return {"delta": "δ", "Delta": "Δ", "": ""}[q.derivative] + (q.printed or q.name)


# ---------------------------------------------------------------------- the gradients of the parameters


def gradient_lines(found: Gradients) -> list[list[Line]]:
    """The gradient of every vector, row of a matrix or number, entry by entry: a group for each tensor in which
    parameters are stored, then what reaches the initial states."""
    run, notation = found.run, found.run.backward_notation
    groups: dict[str, list[Line]] = {}
    for g, equation in zip(run.adjoint.gradients, run.adjoint.parameter_gradients, strict=True):
        p = g.parameter
        assert p is not None
        formula = notation.latex(equation.rhs)
        name, cell = equation.lhs.name, partial(_cell, run)
        lines = parameter_lines(run, p, f"δ{p.name}", notation, name, found[p.name], cell, formula)
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    initial = {s: [_cell(run, v) for v in found[f"{s}0"]] for s in run.cell.states}
    states = [line for s, cells in initial.items() for line in state_lines(run, f"Δ{s}0", s, r"\Delta ", cells)]
    return [*groups.values(), states]


def _cell(run: Run, number: Value) -> Cell:
    return Cell((number.shown(run.decimals),))


def gradient_table(found: Gradients) -> Table:
    """The table of the gradients: a column for each entry."""
    groups = gradient_lines(found)
    note = rounding(found.run, [n for group in groups for line in group for n in line.numbers])
    return entries_table("gradients", found.run, groups, words(found.run.language)["gradients caption"], [note])


# ---------------------------------------------------------------------- at a prompt


def text(found: Gradients) -> str:
    """Both tables as text."""
    run = found.run
    with speaking(run.language):
        rows = [(s.name, s.numbers) for group in series_of(found) for s in group]
        cotangents = numbers_table(rows, [letter(run.t), *map(plain, run.columns)])
        lines = [(line.name, line.numbers) for group in gradient_lines(found) for line in group]
        gradients = numbers_table(lines)
        head = f"{plain(run.title)}: L {found.loss.relation(run.decimals)} {found.loss.unicode(run.decimals)}"
    return "\n".join([head, *cotangents, "", *gradients])
