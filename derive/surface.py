"""The table of late bindings: which function of a later room does the work of which method (``derive.later``)."""

from __future__ import annotations

from typing import Any

from derive.approximation.bounds import Approximation
from derive.approximation.minimax import Minimax
from derive.approximation.ranges import Property
from derive.calculus.adjoint import Adjoint
from derive.cells import Catalogue, Cells
from derive.claims.certify import Certificate
from derive.claims.check import Check
from derive.claims.propagate import Propagation
from derive.comparison.found import Comparison
from derive.comparison.nearest import Near
from derive.definition.cell import Cell
from derive.enclosure.agreement import Agreement, Counterexample
from derive.enclosure.always import Always
from derive.enclosure.certification import Certification
from derive.enclosure.enclosed import Enclosed
from derive.exact.value import Value
from derive.intake.latex.read import FromLatex
from derive.intake.torch_cell import FromTorch
from derive.later import bind
from derive.notation.names import Equation
from derive.plan.plan import Plan
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.loss import Loss
from derive.run.step import Step
from derive.run.steps import Steps
from derive.run.update import Updated
from derive.synthesis.over_time import ErrorOverTime
from derive.synthesis.synthesise import Synthesis
from derive.verification.verify import Verification

BINDINGS: dict[Any, str] = {
    Cell.adjoint: "derive.calculus.adjoint:Adjoint.of",
    Cell.plan: "derive.plan.build:plan",
    Cell.scan: "derive.plan.scan:LinearScan",
    Cell.state_bounds: "derive.enclosure.states:state_bounds",
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
    Gradients.latex: "derive.document.prompt:gradients_latex",
    Gradients.__repr__: "derive.document.backward:text",
    Gradients._repr_html_: "derive.document.html:gradients_html",
    Updated.latex: "derive.document.prompt:updated_latex",
    Updated.__repr__: "derive.document.update:text",
    Updated._repr_html_: "derive.document.html:updated_html",
    Synthesis.latex: "derive.document.synthesised:tabular",
    Check.__repr__: "derive.document.checks:text",
    Plan.__repr__: "derive.plan.text:text",
    Cell._repr_html_: "derive.notebook.cells:cell",
    Cells._repr_html_: "derive.notebook.cells:cells",
    Catalogue._repr_html_: "derive.notebook.cells:catalogue",
    Equation._repr_html_: "derive.notebook.cells:equation",
    Adjoint._repr_html_: "derive.notebook.cells:adjoint",
    Plan._repr_html_: "derive.notebook.cells:lines",
    FromLatex._repr_html_: "derive.notebook.cells:read_latex",
    FromTorch._repr_html_: "derive.notebook.cells:read_module",
    Comparison._repr_html_: "derive.notebook.cells:lines",
    Near._repr_html_: "derive.notebook.cells:lines",
    Verification._repr_html_: "derive.notebook.cells:verification",
    Run._repr_html_: "derive.notebook.runs:run",
    Step._repr_html_: "derive.notebook.runs:step",
    Value._repr_html_: "derive.notebook.runs:value",
    Loss._repr_html_: "derive.notebook.runs:loss",
    Check._repr_html_: "derive.notebook.runs:check",
    Certificate._repr_html_: "derive.notebook.runs:certificate",
    Propagation._repr_html_: "derive.notebook.runs:propagation",
    Approximation._repr_html_: "derive.notebook.runs:approximation",
    Minimax._repr_html_: "derive.notebook.runs:minimax",
    Property._repr_html_: "derive.notebook.runs:statement",
    Certification._repr_html_: "derive.notebook.enclosures:certification",
    Enclosed._repr_html_: "derive.notebook.enclosures:enclosed",
    Always._repr_html_: "derive.notebook.enclosures:always",
    ErrorOverTime._repr_html_: "derive.notebook.synthesised:error_over_time",
    Synthesis._repr_html_: "derive.notebook.synthesised:synthesis",
    Agreement._repr_html_: "derive.notebook.enclosures:agreement",
    Counterexample._repr_html_: "derive.notebook.enclosures:counterexample",
}


def bind_methods() -> None:
    """Bind every method of the table."""
    for method, place in BINDINGS.items():
        bind(method, place)
