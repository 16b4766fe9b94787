"""What a synthesis chose, as a LaTeX table: the replacements with their formulas, where they hold, and their errors."""

from __future__ import annotations

from sympy import Expr, Rational, latex, preorder_traversal

from derive.approximation.bounds import x
from derive.document import tex
from derive.document.grid import Grid
from derive.document.page import ARTICLE
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.files import environment
from derive.notation.words import speaking, words
from derive.symbolic.table import Table
from derive.synthesis.candidates import Candidate
from derive.synthesis.synthesise import Synthesis

DIGITS = 3  # significant ones of an error


def tabular(found: Synthesis) -> str:
    """A tabular, without a comment on top; it needs booktabs. Errors are rounded up."""
    run, word = found.certificate.run, words(found.certificate.run.language)
    output = run.notation.symbol_latex(run.cell.states[0])
    head = ["", *(word[w] for w in ("replaced by", "interval", "own error"))]
    head.append(word["part of the output"].format(output=output))
    with speaking(run.language):
        parts = found.certificate.parts
        body = [
            [
                ", ".join(f"${run.notation.symbol_latex(k)}$" if k in run.cell else k for k in keys),
                f"${formula(pick)}$",
                f"$[{latex(pick.on[0])}, {latex(pick.on[1])}]$",
                _error(pick.error),
                _error(sum(parts[k] for k in keys)),
            ]
            for keys, pick in found.chosen.picks
        ]
        last = [word["sum"], "", "", "", _error(found.certificate.error)]
        table = tex.laid_out(Grid(head, [body, [last]], "llrr", tex.STRETCH), ARTICLE, [])
        rendered: str = environment("tex").get_template("tabular.tex").render(table=table)
    return rendered


def formula(pick: Candidate) -> str:
    """The replacement: a formula with its coefficients as decimals, or the table by its name and its entries."""
    function = pick.function
    if issubclass(function, Table):
        return rf"{function.latex_name}(x) \quad ({function.count()} \times {function.bits})"
    written: str = latex(_decimals(function.value(x)))
    return written


def _decimals(expr: Expr) -> Expr:
    """Fractions as decimals; those of a minimax approximation are ones."""
    fractions = {n for n in preorder_traversal(expr) if n.is_Rational and not n.is_Integer}
    return expr.xreplace({n: n.evalf(12) for n in fractions})


def _error(number: float) -> str:
    rounded: Numeral = Value.of(Rational(number)).rounded_up(DIGITS)
    return f"${tex.tight(rounded.latex())}$"
