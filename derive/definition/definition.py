"""What a cell is made of: its equations as written, checked and lowered, and what its names stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from sympy import Expr, Symbol

from derive.definition import wellformed
from derive.definition.chance import check_draws
from derive.definition.complexes import ComplexLine
from derive.definition.initial import starts_of
from derive.definition.inputs import Input
from derive.definition.line import Line
from derive.definition.lower import LoweredLine, Lowering, state_size
from derive.definition.stable import stable_statements
from derive.errors import DefinitionError
from derive.notation.names import Notation
from derive.notation.quantity import BEFORE, SIZE_LETTERS, Quantity, Role, previous
from derive.statements.base import Statement
from derive.statements.parameter import Parameter
from derive.statements.sizes import ONE, axes_of, every_axis, heads_of, is_named
from derive.symbolic.expressions import HIDDEN


@dataclass(frozen=True, repr=False, eq=False)
class Definition:
    """One time step of a recurrent cell, as its author wrote it.

    name: its name in the catalogue and of its generated file; class_name: of its generated class (``LSTM``).
    title, source, note: what it is, who published it (authors, year, equations), where versions differ.
    year: of the first publication; 0 where there is none.
    input: the first input's symbol; further: the other inputs, those that are drawn last; states: the names of the
    states, the output first.
    where: its place in a file, for messages: " (my_cells.py, line 7)".
    lines: the equations as written, in order. declared: the parameters that are not weights of affine maps.
    starts: what states are before the first step where nobody says it, a number for all units; 0 for those left out.
    projection: whether the generated layer takes ``proj_size``, as ``nn.LSTM`` does.
    nonlinearities: names of activations, the first of which occurs in the equations; the generated constructor's
    argument ``nonlinearity`` says which of them stands in its place, as that of ``nn.RNN`` does.
    complexes: equations of complex quantities as they were written; among the lines are those of their parts.
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
    complexes: tuple[ComplexLine, ...] = ()
    stable: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", starts_of(self, self.starts))
        if not self.class_name:
            object.__setattr__(self, "class_name", "".join(w.capitalize() for w in self.name.split("_")))
        wellformed.check_names(self)
        check_draws(self)
        self._lowered  # noqa: B018  lowering is where sizes and undefined names are found
        wellformed.check_states(self)
        wellformed.check_print(self)
        wellformed.check_activations(self)
        wellformed.check_initial(self)

    def __deepcopy__(self, memo: Any) -> Definition:
        return self

    def __getstate__(self) -> dict[str, Any]:
        """The definition; what follows from it is derived again."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def fail(self, message: str) -> DefinitionError:
        """The error for something wrong in this cell's definition."""
        return DefinitionError(f"cell {self.name!r}{self.where}: {message}")

    # ------------------------------------------------------------------ its equations, lowered

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Single-assignment statements, every name defined before it is used."""
        return tuple(self._lowered.statements)

    @property
    def lowered_lines(self) -> tuple[LoweredLine, ...]:
        """The equations with what each part of them that mixes units is."""
        return tuple(self._lowered.shown)

    def lowered(self, name: str) -> LoweredLine:
        """That of one equation."""
        return next(line for line in self.lowered_lines if line.target.name == name)

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
    def given(self) -> tuple[Input, ...]:
        """The inputs beside the first that come with each call."""
        return tuple(i for i in self.further if i.chance is None)

    @property
    def draws(self) -> tuple[Input, ...]:
        """The masks that are drawn."""
        return tuple(i for i in self.further if i.chance is not None)

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

    # ------------------------------------------------------------------ its names

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
        found |= {p.symbol: Quantity(p.name, p.role, "", one_row=p.rows == ONE) for p in self.parameters}
        once = {i for i in self.draws if i.chance and i.chance.per_sequence}
        found |= {i.symbol: Quantity(i.name, Role.INPUT, "" if i in once else "t") for i in self.inputs}
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
