"""A run walked over a box by zonotopes: a step at a time, all units of a quantity at once.

The rules are asked of the statements: what a statement says to a ``Builder`` is done to zonotopes (``asked``), so a
kind of statement has no more to say for them than for any machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from sympy import Expr, Symbol

from derive.enclosure.asked import Asked
from derive.enclosure.formula import Formula, Replacements
from derive.enclosure.parameters import column, matrix_of, vector
from derive.enclosure.rewriting import telling
from derive.enclosure.twin import Twin
from derive.enclosure.twins import Zonotopes
from derive.enclosure.zonotope import Form, Symbols, number
from derive.errors import DeriveError, RunError, Undecided
from derive.exact.arrays import Cells
from derive.notation.quantity import previous
from derive.run.box import Variable
from derive.statements.base import UnitsNode
from derive.statements.writing import at
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import readings

if TYPE_CHECKING:
    from derive.definition.lower import LoweredLine
    from derive.run.data import Run

LEAST_KEPT, MOST_KEPT = 256, 512  # symbols after a reduction of order


class Written(Protocol):
    """What is written for the k-th activation of an equation at a step: one formula in x, or one for each unit; None
    for the activation itself."""

    def __call__(self, function: type[Activation], t: int, quantity: str, k: int) -> Any: ...


def nothing(function: type[Activation], t: int, quantity: str, k: int) -> None:
    """What is written in the exact cell."""


@dataclass
class Swept:
    """What a sweep found, by (t, quantity), and of arguments by (t, quantity, number of the activation): units."""

    exact: dict[tuple[int, str], Cells] = field(default_factory=dict)
    replaced: dict[tuple[int, str], Cells] = field(default_factory=dict)
    error: dict[tuple[int, str], Cells] = field(default_factory=dict)
    arguments: dict[tuple[int, str, int], Cells] = field(default_factory=dict)
    asked: dict[tuple[int, str, int], Cells] = field(default_factory=dict)  # the arguments in the replaced cell


class UnitsFormula(Formula):
    """An equation, all of its units at once: its nodes that mix units are asked of their statements."""

    def __init__(self, line: LoweredLine, expr: Expr, numbers: dict[Symbol, Expr], mixed: Any) -> None:
        self._line, self._mixed = line, mixed
        super().__init__(expr, numbers)

    def _read(self, node: Any) -> Any:
        if not isinstance(node, UnitsNode):
            return super()._read(node)
        statement, operands = self._line.parts[node], [self._read(o) for o in node.operands]
        mixed = self._mixed

        def evaluate(domain: Any, *given: Any) -> Any:
            return mixed(statement, node.operands, [o(domain, *given) for o in operands])

        return evaluate

    def _replaced(self, domain: Any, before: Any, after: Any, plain: Any, argument: Any) -> Any:
        """Units may have replacements of their own: then there is a list of them."""
        if not isinstance(before, list) and not isinstance(after, list):
            return super()._replaced(domain, before, after, plain, argument)
        pairs = [_listed(m, plain, len(argument.exact.centre)) for m in (before, after)]
        return domain.each([domain.function(*pair) for pair in zip(*pairs, strict=True)], argument)


def _listed(made: Any, plain: Expr, units: int) -> list[Expr]:
    return [plain if m is None else m for m in made] if isinstance(made, list) else [made] * units


@dataclass
class Sweep:
    """A run between two stages of replacement."""

    run: Run
    variables: Sequence[Variable]
    before: Written
    after: Written
    domain: Any = field(default_factory=Zonotopes)
    _read: dict[Expr, Formula] = field(default_factory=dict)

    # ------------------------------------------------------------------ the program

    @cached_property
    def _boxed(self) -> dict[tuple[Symbol, int | None], Variable]:
        return {(v.symbol, v.t): v for v in self.variables}

    @cached_property
    def _weights(self) -> list[Variable]:
        return [v for v in self.variables if v.t is None]

    @cached_property
    def _numbers(self) -> dict[Symbol, Expr]:
        """Parameters that are one number for all units, and no variables."""
        varied = {v.symbol for v in self._weights}
        found = {}
        for p in self.run.cell.parameters:
            value = self.run.parameters[p.name]
            if not isinstance(value, tuple) and at(p.name, 1) not in varied:
                found[p.symbol] = value
        return found

    @cached_property
    def formulas(self) -> dict[str, UnitsFormula]:
        """Each equation by its quantity. Raises RunError, naming it, for one that cannot be enclosed."""
        found, names = {}, dict(self._numbers)
        for line in self.run.cell.lowered_lines:
            try:
                expr = telling(line.expr, names, self._most_units)
                found[line.target.name] = UnitsFormula(line, expr, self._numbers, self._mixed)
            except DeriveError as e:
                raise RunError(f"{line.target.name}: {e}") from None
            names[line.target] = line.expr
        return found

    @cached_property
    def _most_units(self) -> int:
        """No quantity has more."""
        return max(*self.run.units.values(), *(len(rows[0]) for rows in self.run.sequences.values()))

    def read(self, expr: Expr) -> Formula:
        """A formula that a statement asks for."""
        if expr not in self._read:
            self._read[expr] = Formula(expr, self._numbers)
        return self._read[expr]

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        """Matrices, and vectors and numbers as twins."""
        found: dict[str, Any] = {}
        symbols = {v.symbol: (k, v) for k, v in enumerate(self._weights)}
        for p in self.run.cell.parameters:
            value = self.run.parameters[p.name]
            if isinstance(value, tuple) and value and isinstance(value[0], tuple):
                found[p.name] = matrix_of(p.name, value, symbols)
            elif p.symbol not in self._numbers:
                found[p.name] = vector(p.name, value if isinstance(value, tuple) else (value,), symbols)
        return found

    @cached_property
    def _read_often(self) -> Counter[str]:
        """How often a step reads each quantity."""
        return Counter(s.name for line in self.run.cell.lowered_lines for s in readings(line.expr))

    # ------------------------------------------------------------------ the walk

    @cached_property
    def symbols(self) -> Symbols:
        return Symbols(len(self._weights))

    @cached_property
    def most(self) -> int:
        """How many symbols are kept where there are too many."""
        rows = sum(len(v) for v in self.run.initial.values())
        return int(np.clip(4 * rows, LEAST_KEPT, MOST_KEPT))

    def swept(self) -> Swept:
        """Every quantity at every step."""
        with np.errstate(all="ignore"):
            return self._swept()

    def _swept(self) -> Swept:
        run, found = self.run, Swept()
        self._known: dict[Symbol, Twin] = {
            Symbol(name): value for name, value in self._parameters.items() if isinstance(value, Twin)
        }
        states = {state: self._given(state, 0, vector) for state, vector in run.initial.items()}
        for t in range(1, len(run.x) + 1):
            for name, rows in run.sequences.items():
                self._known[Symbol(name)] = self._given(name, t, rows[t - 1])
            for state, value in states.items():
                self._known[Symbol(previous(state).name)] = self._known[Symbol(state)] = value
            try:
                self._step(found, t)
            except Undecided as e:
                raise RunError(f"t = {t}: {e}") from None
            states = {state: self._known[Symbol(state)] for state in states}
            if self.symbols.count > 2 * self.most:
                states = self._reduced(states, self.most)
        return found

    def _step(self, found: Swept, t: int) -> None:
        """Every equation, in order."""
        for name, formula in self.formulas.items():
            arguments: dict[int, Twin] = {}
            made = Replacements(*(self._made(written, formula, t, name) for written in (self.before, self.after)))
            self._known[Symbol(name)] = formula(self.domain, self._known, made, arguments)
            for k, u in arguments.items():
                found.arguments[t, name, k], found.asked[t, name, k] = u.exact.range, u.replaced
            self._record(found, name, t)

    def _made(self, written: Written, formula: UnitsFormula, t: int, name: str) -> Any:
        return lambda k: written(formula.functions[k], t, name, k)

    def _record(self, found: Swept, name: str, t: int) -> None:
        """Put down what a quantity is. The rest of a state, and of what is read several times, is a symbol from here
        on: what is made of it knows that it is the same number."""
        value = self._known[Symbol(name)]
        if name in self.run.cell.states or self._read_often[name] > 1:
            value = self._known[Symbol(name)] = self._promoted(value)
        found.exact[t, name], found.replaced[t, name] = value.exact.range, value.replaced
        found.error[t, name] = Cells(np.zeros(1), np.zeros(1)) if value.error is None else value.error.range

    def _given(self, name: str, t: int, numbers: Sequence[Any]) -> Twin:
        """A vector of the run's numbers, those in the box with a symbol each."""
        variables = [self._boxed.get((at(name, k), t)) for k in range(1, len(numbers) + 1)]
        ends = [(v.lower, v.upper) if v else (n, n) for v, n in zip(variables, numbers, strict=True)]
        exact = number(column(ends))
        varied = np.array([v is not None for v in variables])
        alone = Form(exact.centre, exact.generators, np.where(varied, exact.rest, 0.0))
        promoted = self.symbols.promoted(alone)
        rest = np.where(varied, promoted.rest, exact.rest)
        return Twin(Form(exact.centre, promoted.generators, rest, exact.natural))

    def _promoted(self, a: Twin) -> Twin:
        return a.with_forms(self.symbols.promoted)

    def _reduced(self, states: Mapping[str, Twin], most: int) -> dict[str, Twin]:
        forms = [form for twin in states.values() for form in (twin.exact, twin.error) if form is not None]
        reduced = iter(self.symbols.reduced(forms, most))
        return {state: twin.with_forms(lambda form: next(reduced)) for state, twin in states.items()}

    def _mixed(self, statement: Any, operands: Sequence[Any], values: Sequence[Twin]) -> Twin:
        """What a statement that mixes units asks for, of operands whose rests are symbols from now on."""
        local = dict(self._known)
        for symbol, operand, value in zip(statement.reads, operands, values, strict=True):
            local[symbol] = promoted = self._promoted(value)
            if isinstance(operand, Symbol):
                self._known[operand] = promoted
        statement.operations(self.asked(local))
        found: Twin = local[statement.target]
        return found

    def asked(self, known: dict[Symbol, Twin]) -> Asked:
        """What does to these twins what a statement asks for, and adds the results to them."""
        return Asked(self.domain, self.run.sizes, self._parameters, self.read, known)
