"""What a synthesis chose, as a LaTeX table: the replacements with their formulas, where they hold, and their errors."""

from __future__ import annotations

from sympy import Expr, Rational, latex, preorder_traversal

from derive.approximation.bounds import x
from derive.document import tex
from derive.document.model import Cell, Formula, Row, Table, listed
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.words import speaking, words
from derive.symbolic import table as tables
from derive.synthesis.candidates import Candidate
from derive.synthesis.synthesise import Synthesis

DIGITS = 3  # significant ones of an error


def tabular(found: Synthesis) -> str:
    """A tabular, without a comment on top; it needs booktabs. Errors are rounded up."""
    run = found.certificate.run
    with speaking(run.language):
        return tex.tabulars([table(found)], run.layout)


def table(found: Synthesis) -> Table:
    """The choices, and below them what they do together."""
    run, word, parts = found.certificate.run, words(found.certificate.run.language), found.certificate.parts
    output = run.notation.symbol_latex(run.cell.states[0])
    head = ["", *(word[w] for w in ("replaced by", "interval", "own error"))]
    head.append(word["part of the output"].format(output=output))
    rows = [
        Row(
            ", ".join(keys),
            listed(Formula(run.notation.symbol_latex(k), k) if k in run.cell else k for k in keys),
            (
                Cell((Formula(formula(pick)),)),
                Cell((Formula(f"[{latex(pick.on[0])}, {latex(pick.on[1])}]"),)),
                Cell((_error(pick.error),)),
                Cell((_error(sum(parts[k] for k in keys)),)),
            ),
        )
        for keys, pick in found.chosen.picks
    ]
    last = Row(word["sum"], (word["sum"],), (Cell(), Cell(), Cell(), Cell((_error(found.certificate.error),))))
    return Table("synthesis", tuple((text,) for text in head), (tuple(rows), (last,)), "llrr", tall=True)


def formula(pick: Candidate) -> str:
    """The replacement: a formula with its coefficients as decimals, or the table by its name and its entries."""
    function = pick.function
    if issubclass(function, tables.Table):
        return rf"{function.latex_name}(x) \quad ({function.count()} \times {function.bits})"
    written: str = latex(_decimals(function.value(x)))
    return written


def _decimals(expr: Expr) -> Expr:
    """Fractions as decimals; those of a minimax approximation are ones."""
    fractions = {n for n in preorder_traversal(expr) if n.is_Rational and not n.is_Integer}
    return expr.xreplace({n: n.evalf(12) for n in fractions})


def _error(number: float) -> Numeral:
    rounded: Numeral = Value.of(Rational(number)).rounded_up(DIGITS)
    return rounded
