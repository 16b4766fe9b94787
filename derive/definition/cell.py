"""The ``Cell``: a recurrent cell's equations, written once; everything else in the package is derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Eq, Expr, Symbol, false, true

from derive.definition import counts, wellformed
from derive.definition.chance import drawn_rows, in_evaluation
from derive.definition.complexes import complex_equations, in_complex_form
from derive.definition.definition import Definition
from derive.definition.fixed import fixed_rows
from derive.definition.gates import gates
from derive.definition.initial import with_initial
from derive.definition.line import Line
from derive.definition.masked import masked
from derive.definition.matrices import matrix_lines
from derive.definition.one_bias import in_style
from derive.definition.projected import projected
from derive.definition.replacement import Replacement, with_activations
from derive.definition.source import python_text
from derive.definition.where import where_rows
from derive.definition.zoneout import zoned_out
from derive.errors import DefinitionError, DeriveError, unknown
from derive.later import later
from derive.notation.names import Equation
from derive.notation.printers import aligned
from derive.notation.quantity import previous
from derive.notation.styles import style_of
from derive.statements.base import Operations
from derive.symbolic.expressions import rewrite
from derive.symbolic.initial import Initial

if TYPE_CHECKING:
    from derive.calculus.adjoint import Adjoint
    from derive.exact.intervals import Interval
    from derive.figures.drawing import Drawing
    from derive.plan.plan import Plan
    from derive.plan.scan import LinearScan


@dataclass(frozen=True, repr=False, eq=False)
class Cell(Definition):
    """One time step of a recurrent cell: its definition (``Definition``, which says what the fields are) as people read
    it, what is derived from it, and the other cells that are made of it.

    Raises DefinitionError as ``Definition`` does.
    """

    @classmethod
    def from_equations(
        cls, name: str, equations: Iterable[Eq], *, states: Iterable[str], input: str = "x", **about: Any
    ) -> Cell:
        """A cell from a list of ``sympy.Eq``, each with a symbol on the left.

        On the right a state's symbol is its previous value until the equation that assigns it, and its new value after
        it; ``c_prev`` always is the previous one. ``linear(...)`` stands for affine maps. To keep the order of terms,
        build the equations under ``with sympy.evaluate(False):``. Further keywords: title, class_name, source, note,
        year, declared, further, starts, projection, nonlinearities, as in ``Cell``.

        Raises DefinitionError for what is no equation, for another keyword, and as ``Cell`` does.
        """
        wellformed.check_listed(name, equations, states, about)
        names = tuple(map(str, states))
        lines: list[Line] = []
        for equation in equations:
            if not isinstance(equation, Eq) or not isinstance(equation.lhs, Symbol):
                hint = (
                    "; SymPy has evaluated it: build it under sympy.evaluate(False)"
                    if equation in (true, false)
                    else ""
                )
                raise DefinitionError(f"cell {name!r}: {equation} is not an equation with one symbol on the left{hint}")
            line = Line(equation.lhs, equation.rhs).typed(equation.rhs)
            lines.append(replace(line, expr=_with_time(line.expr, names, {li.target.name for li in lines})))
        return cls(name, about.pop("title", name), names, tuple(lines), Symbol(str(input)), **about)

    # ------------------------------------------------------------------ for people

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """The equations in the author's order; the weights of affine maps are spelled out."""
        return tuple(Equation.of(line.target, line.written(), self.notation) for line in self.lowered_lines)

    @property
    def complex_equations(self) -> tuple[Equation, ...]:
        """The same with complex quantities in the place of their parts; none where the cell has no complex ones."""
        return complex_equations(self)

    def __iter__(self) -> Iterator[str]:
        """The names of the equations, in the author's order; so ``"c" in cell`` too."""
        return (e.lhs.name for e in self.equations)

    def __getitem__(self, name: str) -> Equation:
        """The equation of that name, ``cell["c"]``. Raises DeriveError for an unknown one."""
        for equation in self.equations:
            if equation.lhs.name == str(name):
                return equation
        raise DeriveError(f"{self.name}: {unknown('equation', name, self)}")

    def latex(
        self,
        notation: str = "pytorch",
        *,
        bold: bool | None = None,
        names: Mapping[str, str] | None = None,
        where: bool = False,
    ) -> str:
        """The equations as an ``aligned`` environment, for use within a display.

        notation: pytorch, one_bias, goodfellow or concatenated, see ``derive.notation.styles``; or complex, the first
        one with complex quantities in the place of their parts. bold: whether vectors and matrices are; by default as
        the notation has it. names: what other names are written as, each as it is typed: ``{"g": "c_tilde"}``; not of
        complex. where: whether rows below them say what they leave open, inputs, sizes, heads, what is learned and the
        numbers and formulas of what is not; ``derive.from_latex`` reads a cell back from them. ``derive.verify`` reads
        the first notation, with the cell's own names and without these rows.

        Raises DeriveError for an unknown notation or name, and for names that would stand for two things.
        """
        if notation == "complex" and bold is None and names is None and not where:
            return in_complex_form(self)
        cell, written = in_style(self, style_of(notation, bold, names))
        rows = [f"{written.latex(e.lhs)} &= {written.latex(e.rhs)}" for e in cell.equations]
        rows += (latex for latex, _ in drawn_rows(cell, written))
        return aligned([*rows, *(where_rows(cell, written) if where else ())])

    def fixed_latex(self) -> str:
        """What is not learned and given by formulas or numbers, as an ``aligned`` environment: A_{ij} = ..., i and j
        counting from 0. Empty where there is nothing of the kind."""
        rows = fixed_rows(self)
        return aligned(rows) if rows else ""

    def unicode(self) -> str:
        """The equations as unicode text, one a line, aligned at the equals sign; below them what is drawn."""
        return "\n".join([self.notation.lines(self.equations), *(text for _, text in drawn_rows(self, self.notation))])

    def python(self) -> str:
        """The definition as Python text, a file with the ``@cell`` function and what it imports.

        Raises DeriveError for an activation of the reader's own.
        """
        return python_text(self)

    def __repr__(self) -> str:
        rows = (*self.unicode().splitlines(), *matrix_lines(self))
        return f"{self.title} ({self.name})\n" + "\n".join("  " + row for row in rows)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    # ------------------------------------------------------------------ what follows from it

    @property
    def gates(self) -> tuple[str, ...]:
        """The names of the equations whose outermost function is a sigmoid or an exponential, and which multiply a
        quantity somewhere.
        """
        return gates(self)

    @property
    def parameter_count(self) -> Expr:
        """The number of learned parameters of one layer and direction with biases, a formula of ``hidden_size``,
        ``input_size`` and ``proj_size``: of the LSTM 4*hidden_size*(hidden_size + input_size + 2).
        """
        return counts.parameter_count(self)

    @property
    def operations(self) -> Operations:
        """The operations of one time step, formulas of the same sizes: see ``derive.definition.counts.Operations``."""
        return counts.operations(self)

    @later
    def adjoint(self) -> Adjoint:
        """The backward equations: see ``derive.calculus.adjoint.Adjoint``."""
        raise NotImplementedError

    @later
    def plan(self) -> Plan:
        """The cell as work for a machine, printed as ``derive show --plan`` does: see ``derive.plan.plan.Plan``."""
        raise NotImplementedError

    @later
    def scan(self) -> LinearScan:
        """The recurrences that are linear in the states, as ``parallel=True`` computes them: see ``derive.plan.scan``.

        Raises DeriveError, naming the equation, for a cell whose steps have to wait for each other.
        """
        raise NotImplementedError

    @later
    def state_bounds(self) -> dict[str, Interval]:
        """What the equations prove of each state, whatever weights and inputs are: an interval that no step leaves; its
        ends are infinite where nothing is proved. See ``derive.enclosure.states``."""
        raise NotImplementedError

    @later
    def diagram(self, *, width: float = 252.0, detail: str = "", marked: str = "") -> Drawing:
        """How the data flows through one step, drawn from the statements: see ``derive.figures.diagram``.

        width: in pt, of the space there is, a column by default; where the operations one by one do not fit, each
        equation is one box. detail: "operations" or "equations", whatever the width. marked: the name of an equation
        whose box is marked.

        Raises DeriveError for another detail, and for a name that no equation has.
        """
        raise NotImplementedError

    # ------------------------------------------------------------------ other cells from this one

    def with_activations(
        self, /, *, name: str = "", title: str = "", class_name: str = "", **replacements: Replacement
    ) -> Cell:
        """The same cell with other activations.

        Each key is an activation's name (``tanh=identity``: every tanh) or an equation's (``g="identity"``: the one
        activation that stands in it). Each value is an activation, its name, with parameters if need be
        (``"elu(alpha=2)"``), or a function from an expression to an expression (``lambda z: z / (1 + z**2)``, or a
        ``sympy.Lambda``). Without a key it is this cell, under the name, title and class_name given.

        Raises DeriveError for a key that is neither, an equation without exactly one activation, an unknown activation
        or parameter, or a function that fails or gives no expression.
        """
        return with_activations(self, replacements, name=name, title=title, class_name=class_name)

    def with_initial(self, /, **values: Initial | None) -> Cell:
        """The same cell, whose learned parameters or states start elsewhere: ``lstm.with_initial(b_hf=1, h=0.5)``.

        Each key is a parameter's name (``b_hf``), that of a tensor (``weight_hh``: all that is stacked in it and has no
        value by its own name), or a state's. Each value is a number, of a parameter also a formula of a draw such as
        ``chrono(784)`` or ``0.5 * orthogonal()``; None is PyTorch's, U(-1/√hidden_size, 1/√hidden_size) of a parameter
        and 0 of a state. The generated modules are built and named as before.

        Raises DeriveError for an unknown name, a constant, and what is no initial value of it.
        """
        return with_initial(self, values)

    def zoned_out(self, **rates: float) -> Cell:
        """The cell with zoneout of the states named, ``lstm.zoned_out(c=0.5, h=0.05)``: a unit keeps its previous value
        where a mask k_c, k_h has a 1, drawn at each step (Krueger et al. 2017). The other equations of the step see the
        new one. The probabilities are constants z_c, z_h of the generated module; ``in_evaluation()`` has them in the
        place of the masks.

        Raises DeriveError for a name that is no state, and for what is no probability.
        """
        return zoned_out(self, rates)

    def masked(self) -> Cell:
        """The cell with one more state, ``mask``, which stays what it is at first and is multiplied by the previous
        output, or by a product of it (r*h), wherever a weight matrix reads that; elsewhere (z*h in a GRU) the output is
        read as it is. With an initial mask of Bernoulli numbers over 1 - p it is dropout with one mask a sequence (Gal
        and Ghahramani 2016), with ones, at which it starts, the cell itself.

        Raises DeriveError for a cell in which no weight matrix reads them, and for one that projects its output.
        """
        return masked(self)

    def in_evaluation(self) -> Cell:
        """The cell as it is evaluated after training: in the place of each mask stands the probability of a 1, which is
        its mean. It is the step at the mean of the masks; where they go through a function, that is not the mean of the
        steps. Parameters and constants have the same names; a cell that draws nothing is this cell itself.
        """
        return in_evaluation(self)

    def projected(self) -> Cell:
        """The cell whose output is projected to ``proj_size`` units (Sak, Senior and Beaufays 2014): h = W_hr m.

        Raises DefinitionError for a cell that has an equation m.
        """
        return projected(self)


def _with_time(expr: Any, states: tuple[str, ...], assigned: set[str]) -> Any:
    """A state's symbol means its previous value until it is assigned."""
    earlier = {Symbol(s): previous(s) for s in states if s not in assigned}
    return rewrite(expr, earlier.get)
