"""The backward equations of a run's cell: one step, the gradients of the parameters, and how they are derived."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from derive.document import tex
from derive.document.layout import aligned_sums
from derive.document.page import Page
from derive.document.text import tex_text
from derive.notation.mathml import plain_brackets
from derive.notation.words import words
from derive.run.data import Run
from derive.symbolic.nodes import UnitSum

Chain = tuple[str, list[str]]  # a left side and what it equals, in LaTeX


@dataclass(frozen=True)
class Part:
    """A part of the equations: its title and its chains."""

    title: str
    chains: list[Chain]

    def rows(self, page: Page) -> list[str]:
        """The rows of an ``align``."""
        return aligned_sums([(left, [("=", right) for right in sides]) for left, sides in self.chains], page)


def parts(run: Run) -> list[Part]:
    """One backward step, the gradients of the parameters as sums over time, the derivation of both."""
    word, derivation = words(run.language), run.adjoint.derivation
    notation = derivation.notation.indexed_by(run.t)

    def latex(expr: Expr) -> str:
        return plain_brackets(notation.latex(expr))

    gradients = derivation.parameter_gradients
    found = {
        "backward step": [(latex(e.lhs), [latex(e.rhs)]) for e in derivation.whole if e not in gradients],
        "parameter gradients": [(latex(e.lhs), [latex(e.rhs)]) for e in gradients],
        "chain rule": [(latex(q), [latex(s) for s in steps]) for q, steps in derivation.steps],
    }
    return [Part(word[title], chains) for title, chains in found.items() if chains]


def note(run: Run) -> str:
    """What the deltas mean."""
    notation = run.notation
    state = run.cell.states[0]
    now, before = notation.symbol_latex(state), notation.symbol_latex(run.cell.previous(state).name)
    text = words(run.language)["cotangents"].format(t=run.t, now=now, before=before)
    derivation = run.adjoint.derivation
    sums = any(e.rhs.has(UnitSum) for e in (*derivation.equations, *derivation.parameter_gradients))
    return f"{text} {words(run.language)['unit sum']}" if sums else text


def fragment(run: Run, page: Page) -> str:
    """The fragment ``adjoint.tex``."""
    shown = [{"title": part.title, "rows": part.rows(page)} for part in parts(run)]
    what = f"{run.cell.title}: the backward equations and their derivation"
    return tex.fragment("adjoint.tex", run, what, (tex.AMSMATH,), note=tex_text(note(run)), parts=shown)
