"""The worked backward pass of a run with a loss: every cotangent, the gradient of every parameter, every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.document import tex
from derive.document.grid import Grid
from derive.document.layout import aligned_chains, aligned_sums
from derive.document.page import ARTICLE, Page
from derive.document.rows import Row, component, indexed, numbered, of_unit
from derive.document.text import columns
from derive.exact.value import Value
from derive.files import environment
from derive.notation.mathml import plain_brackets
from derive.notation.names import letter
from derive.notation.prose import plain
from derive.notation.quantity import Quantity, cotangent
from derive.notation.words import speaking, words
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.step import LATEX_RELATION, Step
from derive.symbolic.nodes import TimeSum, UnitSum

Chain = tuple[str, list[tuple[str, str]]]  # a left side, then signs and what follows them


def fragment(run: Run, page: Page) -> str:
    """The fragment ``backward.tex``: the loss, two tables, then every step from the last time step to the first."""
    found, word = run.gradients(), words(run.language)
    steps = [tex.step_part(run, t, found.at(t), page) for t in range(len(run.x), -1, -1)]
    if found.sums:
        rows = aligned_sums([(s.left, s.chain) for s in found.sums], page)
        steps.append({"title": word["parameter gradients"], "rows": rows})
    tables = [
        tex.laid_out(tex.rows_grid(run, rows_of(found), page, tex.STRETCH), page, notes(found)),
        tex.laid_out(gradient_grid(found, page), page, [word["entries"]], word["gradients caption"]),
    ]
    return tex.fragment(
        "backward.tex",
        run,
        f"{run.title}: the backward pass",
        (tex.AMSMATH, tex.BOOKTABS),
        loss={"title": word["loss"], "rows": aligned_chains([loss(found)], page)},
        tables=tables,
        steps=steps,
    )


def tabulars(found: Gradients) -> str:
    """Both tables without a comment on top."""
    template = environment("tex").get_template("tabular.tex")
    with speaking(found.run.language):
        grids = (tex.rows_grid(found.run, rows_of(found), ARTICLE, tex.STRETCH), gradient_grid(found, ARTICLE))
        return "\n".join(template.render(table=tex.laid_out(grid, ARTICLE)) for grid in grids)


def notes(found: Gradients) -> list[str]:
    """What stands under the table of the cotangents."""
    run, word = found.run, words(found.run.language)
    sums = f" {word['unit sum']}" if run.loss.units > 1 else ""
    return [f"{word['right to left']} {tex.rounding(run)}{sums}"]


def loss(found: Gradients) -> Chain:
    r"""``L = \sum_{t} ... \approx 0.0001``."""
    run = found.run
    assert run.loss is not None
    expr: Expr = UnitSum(run.loss.written) if run.loss.units > 1 else run.loss.written
    total = plain_brackets(run.adjoint.derivation.notation.indexed_by(run.t).latex(TimeSum(expr)))
    relation = LATEX_RELATION[found.loss.relation(run.decimals)]
    return "L", [("=", total), (relation, found.loss.latex(run.decimals))]


# ---------------------------------------------------------------------- the cotangents


def rows_of(found: Gradients) -> list[list[Row]]:
    """The targets, what reaches the states, the cotangents as they are computed, those of the inputs.

    Where the equation of a state is δh = Δh alone, one row stands for both.
    """
    equations = {e.lhs: e.rhs for e in found.run.adjoint.equations}
    incoming = dict.fromkeys(found.run.adjoint.incoming)
    copies = {rhs: lhs for lhs, rhs in equations.items() if rhs in incoming}
    first = [copies.get(d, d) for d in incoming]
    inputs = [cotangent(i.symbol) for i in found.run.cell.inputs]
    others = [d for d in equations if d not in (*found.run.adjoint.outgoing, *first, *inputs)]
    groups = [
        [*_targets(found.run)],
        *([r for d in group for r in _rows(found, d)] for group in (first, others, inputs)),
    ]
    return [group for group in groups if group]


def _targets(run: Run) -> Iterator[Row]:
    assert run.loss is not None
    for name, table in run.loss.targets.items():
        latex = indexed(run.cell.notation, name, run.t)
        for k, column in enumerate(zip(*table, strict=True), 1):
            units = run.loss.units
            yield Row(numbered(name, k, units), of_unit(latex, k, units), "", tuple(map(Value.of, column)))


def _rows(found: Gradients, d: Symbol) -> Iterator[Row]:
    """The rows of a cotangent, one for each unit; its formula where there is one unit."""
    run = found.run
    notation = run.adjoint.derivation.notation.indexed_by(run.t)
    steps: dict[int, list[Step]] = {}
    for s in found.records:
        if s.quantity == d.name and s.t:
            steps.setdefault(s.unit, []).append(s)
    units, name_of_input = len(steps), next((n for n in run.sequences if d == cotangent(Symbol(n))), "")
    equation = next((e for e in found.run.adjoint.equations if e.lhs == d), None)
    formula = notation.latex(equation.rhs) if equation is not None and units == 1 else ""
    name = _name(notation.quantity(d.name))
    for unit, column in steps.items():
        if name_of_input:
            latex = rf"\delta {indexed(run.cell.notation, name_of_input, component(run, name_of_input, unit))}"
        else:
            latex = of_unit(indexed(notation, d.name, run.t), unit, units)
        values = tuple(s.value for s in reversed(column))
        yield Row(numbered(name, unit, units), latex, formula, values, tuple(reversed(column)))


def _name(q: Quantity) -> str:
    """``δc``, ``Δc`` for what reaches c; ``c`` itself where it is computed again."""
    return {"delta": "δ", "Delta": "Δ", "": ""}[q.derivative] + q.name


# ---------------------------------------------------------------------- the gradients of the parameters


@dataclass(frozen=True)
class GradientRow:
    """The gradient of a vector, of a row of a matrix or of a number; latex, formula: as of a ``Row``."""

    name: str
    latex: str
    formula: str
    values: tuple[Value, ...]


def lines_of(found: Gradients) -> list[list[GradientRow]]:
    """A group for each tensor in which parameters are stored, then what reaches the initial states."""
    groups: dict[str, list[GradientRow]] = {}
    for g, equation in zip(found.run.adjoint.gradients, found.run.adjoint.parameter_gradients, strict=True):
        notation, p = equation.notation.indexed_by(found.run.t), g.parameter
        assert p is not None
        name, latex, formula = f"δ{p.name}", notation.latex(equation.lhs), notation.latex(equation.rhs)
        value = found[p.name]
        if p.kind != "matrix":
            lines = [GradientRow(name, latex, formula, value if isinstance(value, tuple) else (value,))]
        else:
            many = len(value)
            lines = [
                GradientRow(numbered(name, k, many), of_unit(latex, k, many), formula if many == 1 else "", row)
                for k, row in enumerate(value, 1)
            ]
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    states = [
        GradientRow(f"Δ{s}0", rf"\Delta {indexed(found.run.cell.notation, s, '0')}", "", found[f"{s}0"])
        for s in found.run.cell.states
    ]
    return [*groups.values(), states]


def gradient_grid(found: Gradients, page: Page) -> Grid:
    """The table of the gradients; the sums over time stand in the heads where there is room for them."""
    full = _gradients(found, formulas=True)
    return full if full.fits_whole(page) else _gradients(found, formulas=False)


def _gradients(found: Gradients, formulas: bool) -> Grid:
    groups, decimals = lines_of(found), found.run.decimals
    many = max(len(line.values) for group in groups for line in group)
    body: list[list[list[str]]] = []
    for group in groups:
        body.append([])
        for line in group:
            head = f"${line.latex} = {line.formula}$" if formulas and line.formula else f"${line.latex}$"
            cells = [f"${tex.tight(v.latex(decimals))}$" for v in line.values]
            body[-1].append([head, *cells, *[""] * (many - len(cells))])
    return Grid(["", *(f"${k}$" for k in range(1, many + 1))], body, "r" * many, tex.STRETCH)


# ---------------------------------------------------------------------- at a prompt


def text(found: Gradients) -> str:
    """Both tables as text."""
    run = found.run
    rows = [[letter(run.t), *map(plain, run.columns)]]
    with speaking(run.language):
        rows += [[r.name, *(v.unicode(run.decimals) for v in r.values)] for group in rows_of(found) for r in group]
        lines = [[line.name, *(v.unicode(run.decimals) for v in line.values)] for g in lines_of(found) for line in g]
        head = f"{plain(run.title)}: L {found.loss.relation(run.decimals)} {found.loss.unicode(run.decimals)}"
    return "\n".join([head, *columns(rows), "", *columns(lines)])
