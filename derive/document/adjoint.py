"""The backward equations of a run's cell: one step, the gradients of the parameters, and how they are derived."""

from __future__ import annotations

from derive.document.model import Chain, Chains, Formula, Note, Section, Sentence, said
from derive.notation.words import words
from derive.run.data import Run
from derive.symbolic.nodes import UnitSum


def section(run: Run) -> Section:
    """The section ``adjoint``: what the deltas mean, then the equations."""
    what = f"{run.cell.title}: the backward equations and their derivation"
    return Section("adjoint", words(run.language)["adjoint"], what, (Note(note(run)), *parts(run)))


def parts(run: Run) -> list[Chains]:
    """One backward step, the gradients of the parameters as sums over time, the derivation of both."""
    word, derivation = words(run.language), run.adjoint.derivation
    latex = run.backward_notation.latex
    gradients = derivation.parameter_gradients
    found = {
        "backward step": [(latex(e.lhs), [latex(e.rhs)]) for e in derivation.whole if e not in gradients],
        "parameter gradients": [(latex(e.lhs), [latex(e.rhs)]) for e in gradients],
        "chain rule": [(latex(q), [latex(s) for s in steps]) for q, steps in derivation.steps],
    }
    return [
        Chains(tuple(Chain(left, tuple(("=", s) for s in sides)) for left, sides in chains), (word[title],), sums=True)
        for title, chains in found.items()
        if chains
    ]


def note(run: Run) -> Sentence:
    """What the deltas mean."""
    notation, t = run.notation, run.t
    state, q = run.cell.states[0], notation.symbol_latex("q")
    now, before = notation.symbol_latex(state), notation.symbol_latex(run.cell.previous(state).name)
    text = said(
        run.language, "cotangents", delta=Formula(rf"\delta {q} = \partial L / \partial {q}"),
        into=Formula(rf"\Delta {now}"), now=Formula(now), t=Formula(t), next=Formula(f"{t} + 1"),
        passed=Formula(rf"\Delta {before}"),
    )  # fmt: skip
    derivation = run.adjoint.derivation
    sums = any(e.rhs.has(UnitSum) for e in (*derivation.equations, *derivation.parameter_gradients))
    return (*text, " ", *said(run.language, "unit sum")) if sums else text
