"""What replacements do over many steps, and the cheapest ones."""

from __future__ import annotations

from markupsafe import Markup
from sympy import latex

from derive.document import html, synthesised
from derive.notation.prose import plain
from derive.notation.words import speaking
from derive.notebook.pieces import Table, formula, result
from derive.synthesis.over_time import ErrorOverTime, decimal
from derive.synthesis.synthesise import Synthesis

SHOWN = 6  # of the first steps; the last one is too


def synthesis(found: Synthesis) -> str:
    """What was chosen, where it holds, and its errors; what it costs, and the bound step by step."""
    certificate = found.certificate
    with speaking(certificate.run.language):
        chosen = html.tables_html([html.table(synthesised.table(found))])
    about = f"{found.cost_name}: {found.chosen.cost:g}; wished for: an error of {decimal(found.wish)} at most"
    return result(_title(certificate), Markup(chosen), about, _steps(certificate))


def error_over_time(found: ErrorOverTime) -> str:
    """What is replaced, where, and how much of the error it makes; the bound step by step."""
    rows = [
        (
            r.key,
            formula(latex(r.approximation.replacement)),
            f"[{r.approximation.lower}, {r.approximation.upper}]",
            decimal(r.error),
            decimal(found.parts[r.key]),
        )
        for r in found.replaced
    ]
    head = ("", "replaced by", "on", "error ≤", f"of which in {found.run.cell.states[0]}, about")
    return result(_title(found), Table(rows, head), _steps(found))


def _title(found: ErrorOverTime) -> str:
    output, steps = found.run.cell.states[0], len(found.bounds)
    return f"{plain(found.run.title)}: |replaced − exact| ≤ {found.bound_at()} in {output}, t = 1..{steps}"


def _steps(found: ErrorOverTime) -> Table:
    """A row for each state, with the error of all of its units at the first steps and the last."""
    many = len(found.bounds)
    times = sorted({*range(1, min(many, SHOWN) + 1), many})
    rows = [(state, *(decimal(found.over_time(state)[t - 1]) for t in times)) for state in found.run.cell.states]
    return Table(rows, ("error ≤, t =", *map(str, times)))
