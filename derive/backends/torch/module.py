"""What a generated module's text is made of, for one cell: the bodies of its methods, and what they need."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from functools import cached_property

from sympy import Expr, Symbol

from derive.backends.tables import tables_of
from derive.backends.torch.declared import Declared
from derive.backends.torch.forward import Forward
from derive.backends.torch.initial import initial_lines
from derive.backends.torch.layout import WIDTH, check_names, constant
from derive.backends.torch.parallel import AllSteps
from derive.backends.torch.plan import torch_plan
from derive.backends.torch.printer import torch_code
from derive.backends.torch.reverse import Reverse
from derive.backends.torch.surrogates import surrogates
from derive.backends.torch.tables import table_lines
from derive.backends.torch.traced import Traced
from derive.definition.cell import Cell
from derive.definition.matrices import matrix_lines
from derive.definition.wellformed import HELPERS, SCANS
from derive.plan.linear import parallel
from derive.plan.magnitude import leaves_float32
from derive.plan.operations import Pointwise
from derive.plan.scan import why_sequential
from derive.symbolic.activation import Activation
from derive.symbolic.activations import activation
from derive.symbolic.derivatives import slope


class Module(Declared):
    """What the template puts in place for one cell."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        check_names(cell)
        self.plan = torch_plan(cell)
        lines = Forward(self.plan)
        back = Reverse(lines)
        self.before, self.step, self.states = lines.before, lines.step, lines.states
        self.keeps_more_than_states = bool(lines.kept.computed)
        self.saved = [
            *constant("saved", back.public(back.kept.saved)),
            *constant("summed", back.public(back.kept.summed)),
        ]
        self.sequential = why_sequential(cell)
        self.leaves_float32 = leaves_float32(self.plan)
        self.all_steps = [] if self.sequential else AllSteps(lines, parallel(self.plan)).lines
        self.partials, self.step_backward, self.gradients = back.partials, back.step, back.gradients
        traced = Traced(lines, cell)
        self.quantities = traced.lines
        chosen = [activation(name)(Symbol("x")) for name in cell.nonlinearities]
        ops = [*(op for _, op in self.plan), *traced.ops]
        found = surrogates([*chosen, *(op.expr for op in ops if isinstance(op, Pointwise))])
        self.tables = [table_lines(t) for t in tables_of(self.plan)]
        body = "\n".join([*self._forward, *self._backward, self.activation, *(s.slope_text for s in found)])
        # what is taken of a number alone is a number; of others the call may be broken over lines
        self.surrogates = [s for s in found if re.search(rf"\(\s*{s.value}, ", body)]

    @property
    def about(self) -> list[str]:
        """The paragraphs between the title and the equations."""
        return [
            textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in (self.cell.source, self.cell.note) if text
        ]

    @property
    def equations(self) -> str:
        said = (textwrap.fill(line, 110, subsequent_indent="  ") for line in matrix_lines(self.cell))
        return textwrap.indent("\n".join((self.cell.unicode(), *said)), "    ")

    @property
    def _forward(self) -> list[str]:
        return [*self.before, *(line for _, lines in self.step for line in lines), *self.all_steps, *self.quantities]

    @property
    def _backward(self) -> list[str]:
        return [*self.partials, *self.step_backward, *self.gradients]

    @property
    def helpers(self) -> list[str]:
        """What the equations need of ``backward.py``."""
        body = "\n".join([*self._forward, *self._backward])
        return ["Tensors", *(name for name in HELPERS if re.search(rf"\b{name}\(", body))]

    @property
    def scans(self) -> list[str]:
        """What they need of ``parallel.py``."""
        body = "\n".join(self.all_steps)
        return [name for name in SCANS if f"{name}(" in body]

    @property
    def from_matrices(self) -> list[str]:
        """What they need of ``matrices.py``."""
        along = any("along(" in line for line in self.all_steps)
        needed = {"MatrixStates": self.matrix_states, "along": along, "contract": self.contracts}
        return [name for name, is_needed in needed.items() if is_needed]

    @cached_property
    def _formulas(self) -> str:
        """All that is computed."""
        functions = [text for s in self.surrogates for text in (s.value_text, s.slope_text)]
        slopes = [self.activation, self.activation_slope, *functions]
        return "\n".join([*self._forward, *self._backward, *self.initial, *slopes])

    @property
    def uses_math(self) -> bool:
        return "math." in self._formulas

    @cached_property
    def imports(self) -> list[str]:
        """What the equations need of torch."""
        body = self._formulas
        return [
            *(["import torch"] if "torch." in body else []),
            "from torch import Tensor, nn" if "nn." in "".join(self.initial) else "from torch import Tensor",
            *(["from torch.nn import functional as F"] if "F." in body else []),
        ]

    @property
    def fixed_helpers(self) -> list[str]:
        """What the lines of fixed matrices need of ``fixed.py``."""
        body = "\n".join(self.initial)
        return [name for name in ("drawn", "places", "zero_order_hold") if f"{name}(" in body] if self.fixed else []

    # ------------------------------------------------------------------ options

    @cached_property
    def initial(self) -> list[str]:
        """The lines that put the stated initial values in place; none where none is stated."""
        return initial_lines(self.plan.stores)

    @property
    def activation(self) -> str:
        """The activation that ``nonlinearity`` chooses, as an expression in ``x``; empty where there is no choice."""
        return self._chosen(lambda choice: choice(Symbol("x")))

    @property
    def activation_slope(self) -> str:
        """Its derivative, as an expression in its value ``y``."""
        return self._chosen(lambda choice: slope(choice, Symbol("x"), Symbol("y"), ()))

    def _chosen(self, formula: Callable[[type[Activation]], Expr]) -> str:
        names = self.cell.nonlinearities
        texts = [torch_code(formula(activation(name))) for name in names]
        choices = zip(texts[:-1], names[:-1], strict=True)
        return "".join(f'{text} if self.nonlinearity == "{name}" else ' for text, name in choices) + "".join(texts[-1:])
