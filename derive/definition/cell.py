"""The ``Cell``: a recurrent cell's equations, written once; everything else in the package is derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Eq, Expr, Symbol, false, true

from derive.definition import counts, wellformed
from derive.definition.fixed import fixed_latex, fixed_lines
from derive.definition.gates import gates
from derive.definition.initial import starts_of, with_initial
from derive.definition.inputs import Input
from derive.definition.line import Line
from derive.definition.lower import LoweredLine, Lowering, state_size
from derive.definition.masked import masked
from derive.definition.one_bias import in_style
from derive.definition.replacement import Replacement, with_activations
from derive.definition.source import python_text
from derive.definition.stable import stable_statements
from derive.definition.zoneout import zoned_out
from derive.errors import DefinitionError, DeriveError, unknown
from derive.later import later
from derive.notation.names import Equation, Notation
from derive.notation.printers import aligned
from derive.notation.quantity import BEFORE, SIZE_LETTERS, Quantity, Role, previous
from derive.notation.styles import style_of
from derive.statements.affine import linear
from derive.statements.base import Operations, Statement
from derive.statements.parameter import Parameter
from derive.statements.sizes import axes_of, every_axis, heads_of, is_named
from derive.symbolic.expressions import HIDDEN, PROJ, rewrite
from derive.symbolic.initial import Initial

if TYPE_CHECKING:
    from derive.calculus.adjoint import Adjoint
    from derive.exact.intervals import Interval
    from derive.figures.drawing import Drawing
    from derive.plan.plan import Plan


@dataclass(frozen=True, repr=False, eq=False)
class Cell:
    """One time step of a recurrent cell.

    name: its name in the catalogue and of its generated file; class_name: of its generated class (``LSTM``).
    title, source, note: what it is, who published it (authors, year, equations), where versions differ.
    year: of the first publication; 0 where there is none.
    input: the first input's symbol; further: the other inputs; states: the names of the states, the output first.
    where: its place in a file, for messages: " (my_cells.py, line 7)".
    lines: the equations as written, in order. declared: the parameters that are not weights of affine maps.
    starts: what states are before the first step where nobody says it, a number for all units; 0 for those left out.
    projection: whether the generated layer takes ``proj_size``, as ``nn.LSTM`` does.
    nonlinearities: names of activations, the first of which occurs in the equations; the generated constructor's
    argument ``nonlinearity`` says which of them stands in its place, as that of ``nn.RNN`` does.
    stable: whether the statements are in the form that machines compute (``derive.symbolic.stable``), not the author's.

    Raises DefinitionError, naming the equation and its line, for an undefined or doubly assigned name, a state that is
    never assigned, sizes that do not fit, an unused parameter or equation.
    """

    name: str
    title: str
    states: tuple[str, ...]
    lines: tuple[Line, ...]
    input: Symbol = Symbol("x")
    class_name: str = ""
    source: str = ""
    note: str = ""
    year: int = 0
    where: str = ""
    declared: tuple[Parameter, ...] = ()
    further: tuple[Input, ...] = ()
    starts: Mapping[str, Any] = field(default_factory=dict)
    projection: bool = False
    nonlinearities: tuple[str, ...] = ()
    stable: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", starts_of(self, self.starts))
        if not self.class_name:
            object.__setattr__(self, "class_name", "".join(w.capitalize() for w in self.name.split("_")))
        wellformed.check_names(self)
        self._lowered  # noqa: B018  lowering is where sizes and undefined names are found
        wellformed.check_states(self)
        wellformed.check_print(self)

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

    def __deepcopy__(self, memo: Any) -> Cell:
        return self

    def __getstate__(self) -> dict[str, Any]:
        """The definition; what follows from it is derived again."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def fail(self, message: str) -> DefinitionError:
        """The error for something wrong in this cell's definition."""
        return DefinitionError(f"cell {self.name!r}{self.where}: {message}")

    # ------------------------------------------------------------------ for people

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """The equations in the author's order; the weights of affine maps are spelled out."""
        return tuple(Equation.of(line.target, line.written(), self.notation) for line in self.lowered_lines)

    @property
    def lowered_lines(self) -> tuple[LoweredLine, ...]:
        """The equations with what each part of them that mixes units is."""
        return tuple(self._lowered.shown)

    def lowered(self, name: str) -> LoweredLine:
        """That of one equation."""
        return next(line for line in self.lowered_lines if line.target.name == name)

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
        self, notation: str = "pytorch", *, bold: bool | None = None, names: Mapping[str, str] | None = None
    ) -> str:
        """The equations as an ``aligned`` environment, for use within a display.

        notation: pytorch, one_bias, goodfellow or concatenated, see ``derive.notation.styles``. bold: whether vectors
        and matrices are; by default as the notation has it. names: what other names are written as, each as it is
        typed: ``{"g": "c_tilde"}``. ``derive.verify`` reads the first notation, with the cell's own names.

        Raises DeriveError for an unknown notation or name, and for names that would stand for two things.
        """
        cell, written = in_style(self, style_of(notation, bold, names))
        return aligned(f"{written.latex(e.lhs)} &= {written.latex(e.rhs)}" for e in cell.equations)

    def fixed_latex(self) -> str:
        """What is not learned and given by formulas or numbers, as an ``aligned`` environment: A_{ij} = ..., i and j
        counting from 0. Empty where there is nothing of the kind."""
        return fixed_latex(self)

    def unicode(self) -> str:
        """The equations as unicode text, one a line, aligned at the equals sign."""
        return self.notation.lines(self.equations)

    def python(self) -> str:
        """The definition as Python text, a file with the ``@cell`` function and what it imports.

        Raises DeriveError for an activation of the reader's own.
        """
        return python_text(self)

    def __repr__(self) -> str:
        rows = (*self.unicode().splitlines(), *fixed_lines(self))
        return f"{self.title} ({self.name})\n" + "\n".join("  " + row for row in rows)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    @cached_property
    def notation(self) -> Notation:
        """How this cell's names are printed."""
        return Notation({q.name: quantity for q, quantity in self.quantities.items()})

    @cached_property
    def quantities(self) -> dict[Symbol, Quantity]:
        """What every symbol of the cell's formulas stands for."""
        timeless = self._timeless()
        found = {q: Quantity(q.name, time="" if q.name in timeless else "t") for q in self.sizes}
        found |= {self.previous(s): Quantity(s, time=BEFORE) for s in self.states}
        found |= {p.symbol: Quantity(p.name, p.role, "") for p in self.parameters}
        found |= {i.symbol: Quantity(i.name, Role.INPUT) for i in self.inputs}
        sizes = {q: self.sizes.get(q, "") for q in found}
        found = {
            q: replace(quantity, is_number=sizes[q] == "1", is_matrix=len(axes_of(sizes[q])) == 2)
            for q, quantity in found.items()
        }
        named = (*SIZE_LETTERS, *self.named_sizes)
        return found | {Symbol(size): Quantity(size, Role.SIZE, "", is_number=True) for size in named}

    def _timeless(self) -> set[str]:
        """The quantities, states apart, that are formulas of parameters alone."""
        found, parameters = set[str](), {p.name for p in self.parameters}
        for s in self.statements:
            if s.target.name not in self.states and found | parameters >= {q.name for q in s.uses}:
                found.add(s.target.name)
        return found

    # ------------------------------------------------------------------ for machines

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Single-assignment statements, every name defined before it is used."""
        return tuple(self._lowered.statements)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The weights of the affine maps in order of appearance, then the declared parameters."""
        return (*self._lowered.naming.weights.values(), *self.declared)

    @property
    def sizes(self) -> dict[Symbol, str]:
        """How many units each quantity has: "hidden_size", "input_size", "proj_size", a name of the author's, a number,
        or "1" for one number that goes with every unit."""
        return self._lowered.sizes

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What the cell reads at every time step, the first input first."""
        return (Input(self.input), *self.further)

    @property
    def all_sizes(self) -> tuple[str, ...]:
        """The sizes of its inputs, parameters and quantities, each once; of several axes each is one, and one number is
        none."""
        found = (*(i.size for i in self.inputs), *(s for p in self.parameters for s in (p.rows, p.cols)), *self.heads)
        axes = (axis for size in (*found, *self.sizes.values()) for axis in every_axis(size))
        return tuple(dict.fromkeys(axes))

    @property
    def heads(self) -> tuple[str, ...]:
        """The sizes that are numbers of equal parts into which units are cut."""
        cut = (*(p.heads for p in self.parameters), *(getattr(s, "heads", "") for s in self.statements))
        cut += (*map(heads_of, self.sizes.values()),)
        return tuple(dict.fromkeys(filter(None, cut)))

    @property
    def named_sizes(self) -> tuple[str, ...]:
        """Those that have a name of the author's, which a layer is told when it is made."""
        return tuple(filter(is_named, self.all_sizes))

    @property
    def constants(self) -> tuple[Parameter, ...]:
        """The declared numbers that are not learned; each has a default."""
        return tuple(p for p in self.declared if p.kind == "constant")

    @property
    def initial(self) -> dict[Symbol, Expr]:
        """The initial values that are stated, by parameter; every other learned parameter starts as PyTorch's do, drawn
        from U(-1/√hidden_size, 1/√hidden_size)."""
        return {p.symbol: p.initial for p in self.parameters if p.initial is not None}

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

    def line_of(self, statement: Statement) -> Line:
        """The author's line from which a statement comes: its own statement is the last of those that it gives."""
        lines = {line.target: line for line in self.lines}
        after = self.statements[self.statements.index(statement) :]
        return next(lines[s.target] for s in after if s.target in lines)

    def previous(self, state: str) -> Symbol:
        """The symbol of a state's value one step before."""
        return previous(state)

    @cached_property
    def _lowered(self) -> Lowering:
        inputs = tuple(i.symbol for i in self.inputs)
        sizes = {i.symbol: i.size for i in self.inputs}
        own = {p.symbol: p.rows for p in self.declared if p.kind == "vector"}
        told = {q: size for q, size in own.items() if size != HIDDEN} | {i.symbol: i.size for i in self.further}
        told = {q: size for q, size in told.items() if size != "1"}
        sizes |= {self.previous(s): state_size(s, self.lines, told, self.input) for s in self.states}
        sizes |= {p.symbol: own.get(p.symbol, "1") for p in self.declared}
        lowered = Lowering(inputs, self.states, sizes, self.declared).run(self.lines)
        if self.stable:
            parameters = frozenset(p.symbol for p in self.declared)
            lowered.statements = stable_statements(lowered.statements, lowered.sizes, parameters)
        return lowered

    @later
    def adjoint(self) -> Adjoint:
        """The backward equations: see ``derive.calculus.adjoint.Adjoint``."""
        raise NotImplementedError

    @later
    def plan(self) -> Plan:
        """The cell as work for a machine, printed as ``derive show --plan`` does: see ``derive.plan.plan.Plan``."""
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
        """The cell with zoneout of the states named, ``lstm.zoned_out(c=0.5, h=0.05)``, as it is evaluated after
        training: z times the previous value and 1 - z times the new one (Krueger et al. 2017). The other equations
        of the step see the new one. The probabilities are constants z_c, z_h of the generated module.

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

    def projected(self) -> Cell:
        """The cell whose output is projected to ``proj_size`` units (Sak, Senior and Beaufays 2014): h = W_hr m."""
        output = Symbol(self.states[0])
        k = next(k for k, line in enumerate(self.lines) if line.target == output)
        inner = Symbol("m")
        if any(line.target == inner for line in self.lines):
            raise DefinitionError(f"cell {self.name!r} already has an equation 'm': it cannot be projected")
        project = Line(output, linear(inner, bias=False, name="hr", size=PROJ).plain())
        lines = (*self.lines[:k], replace(self.lines[k], target=inner), project, *self.lines[k + 1 :])
        return replace(
            self, name=f"{self.name}_projected", title=f"{self.title} with projection", lines=lines, projection=False
        )


def _with_time(expr: Any, states: tuple[str, ...], assigned: set[str]) -> Any:
    """A state's symbol means its previous value until it is assigned."""
    earlier = {Symbol(s): previous(s) for s in states if s not in assigned}
    return rewrite(expr, earlier.get)
