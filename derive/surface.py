"""The table of late bindings: which function of a later room does the work of which method (``derive.later``)."""

from __future__ import annotations

from typing import Any

from derive.approximation.bounds import Approximation
from derive.claims.certify import Certificate
from derive.claims.check import Check
from derive.definition.cell import Cell
from derive.later import bind
from derive.plan.plan import Plan
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.steps import Steps
from derive.run.update import Updated

BINDINGS: dict[Any, str] = {
    Cell.adjoint: "derive.calculus.adjoint:Adjoint.of",
    Cell.plan: "derive.plan.build:plan",
    Cell.diagram: "derive.figures.diagram:diagram",
    Run.diagram: "derive.figures.worked:diagram",
    Run.plot: "derive.figures.curves:of_run",
    Approximation.plot: "derive.figures.curves:of_approximation",
    Certificate.plot: "derive.figures.curves:of_certificate",
    Run.table: "derive.document.prompt:Table",
    Run._certified: "derive.claims.certify:certified",
    Run.certify: "derive.enclosure.certification:Certification.of",
    Run.propagate: "derive.claims.propagate:propagate",
    Run.check: "derive.claims.check:check",
    Steps._repr_html_: "derive.document.html:steps_html",
    Gradients.latex: "derive.document.backward:tabulars",
    Gradients.__repr__: "derive.document.backward:text",
    Gradients._repr_html_: "derive.document.html:gradients_html",
    Updated.latex: "derive.document.update:tabular",
    Updated.__repr__: "derive.document.update:text",
    Updated._repr_html_: "derive.document.html:updated_html",
    Check.__repr__: "derive.document.checks:text",
    Plan.__repr__: "derive.plan.text:text",
}


def bind_methods() -> None:
    """Bind every method of the table."""
    for method, place in BINDINGS.items():
        bind(method, place)
