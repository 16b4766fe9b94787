"""The parallel form of a cell for people: what its recurrences multiply by and add, and how steps become one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Add, Expr, Mul, Symbol

from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.notation.printers import aligned
from derive.notation.quantity import Quantity, Role
from derive.plan.build import as_written
from derive.plan.factors import NotLinear
from derive.plan.linear import Parallel, Recurrence, parallel
from derive.plan.operations import Contract, Operation, Pointwise
from derive.plan.plan import Plan
from derive.statements.contracted import written as product
from derive.statements.elementwise import Elementwise
from derive.statements.sizes import ONE, axes_of
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.expressions import symbols_in_order

_LETTERS = (("a", "b"), ("alpha", "beta"), ("A", "B"), ("P", "Q"))


def why_sequential(cell: Cell) -> str:
    """Why the time steps of a cell have to wait for each other, in a few words; empty where they need not."""
    try:
        parallel(plan := _plan(cell))
    except NotLinear as found:
        target, statements = found.target, {s.target: s for s in cell.statements}
        while target not in statements:  # one of several products of a map
            target = next(op.targets[0] for _, op in plan if target in op.reads)
        line, write = cell.line_of(statements[target]), cell.notation.unicode
        return f"the equation of {write(line.target)} {found.says} {write(found.state)}"
    return ""


def _plan(cell: Cell) -> Plan:
    return as_written(replace(cell, projection=False) if cell.projection else cell)


@dataclass(frozen=True, repr=False)
class LinearScan:
    """The recurrences of a cell that are linear in its states, in the order in which they are done for all time steps.

    Raises DeriveError, naming the equation, for a cell whose steps have to wait for each other.
    """

    cell: Cell

    def __post_init__(self) -> None:
        if reason := why_sequential(self.cell):
            raise DeriveError(f"{self.cell.name} has no parallel form: {reason}")

    @property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """One for each state, or for several that read each other."""
        return self._parallel.recurrences

    def latex(self) -> str:
        """The equations as an ``aligned`` environment, for use within a display."""
        return aligned(f"{left} &= {right}" for r in self.recurrences for left, right in _Printed(self, r, True).rows())

    def unicode(self) -> str:
        """The equations as unicode text, one a line."""
        rows = (row for r in self.recurrences for row in _Printed(self, r, False).rows())
        return "\n".join(f"{left} = {right}" for left, right in rows)

    def __repr__(self) -> str:
        head = f"{self.cell.title} ({self.cell.name}), for all time steps together"
        return "\n".join([head, *(f"  {row}" for row in self.unicode().splitlines())])

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    # ------------------------------------------------------------------ what is not the author's

    def letters(self, recurrence: Recurrence) -> tuple[str, str]:
        """For what multiplies a state and for what is added: letters that begin no name of the cell's, with the state
        where there are several recurrences."""
        taken = {q.name.partition("_")[0] for q in self.cell.quantities.values()}
        pair = next((pair for pair in _LETTERS if taken.isdisjoint(pair)), _LETTERS[-1])
        end = f"_{recurrence.states[0].name}" if len(self.recurrences) > 1 else ""
        return f"{pair[0]}{end}", f"{pair[1]}{end}"

    def spelled(self, expr: Expr) -> Expr:
        """A formula with what it means in the place of what the author has not named."""
        shown = {line.target for line in self.cell.lines} | {s.previous for s in self._plan.states}
        inner = {q: self._formula(q) for q in symbols_in_order(expr) if q in self._definitions and q not in shown}
        return substitute(expr, inner)

    def _formula(self, q: Symbol) -> Expr:
        statement = next((s for s in self.cell.statements if s.target == q), None)
        if isinstance(statement, Elementwise):
            return self.spelled(statement.expr)
        if statement is not None:
            return statement.written(operands=[self.spelled(o) for o in statement.reads])
        op = self._definitions[q]  # of a product with a state what is left without it
        if isinstance(op, Contract):
            return product([self.spelled(f) for f in op.factors], [self.size(f) for f in op.factors], self.size(q))
        return self.spelled(op.expr) if isinstance(op, Pointwise) else q

    def size(self, q: Symbol) -> str:
        """How many units a quantity has, by the name of the number."""
        return next(iter(self._plan.values[q].axes), ONE)

    @cached_property
    def _parallel(self) -> Parallel:
        return parallel(_plan(self.cell))

    @cached_property
    def _definitions(self) -> dict[Symbol, Operation]:
        """What the quantities are, those of the plan and what was added to it."""
        added = {q: item for item in self._parallel.items if isinstance(item, Operation) for q in item.targets}
        return {**self._plan.definitions, **added}

    @property
    def _plan(self) -> Plan:
        return self._parallel.plan


class _Printed:
    """The equations of one recurrence, as LaTeX or as text."""

    def __init__(self, scan: LinearScan, recurrence: Recurrence, latex: bool) -> None:
        self.scan, self.recurrence, self.is_latex = scan, recurrence, latex
        self.circle = r"\circ" if latex else "∘"
        self.factor = recurrence.factors[0][0]
        self.own = next(iter(self.factor.axes), ONE)
        self.whole = scan.size(recurrence.states[0].new)
        a, b = scan.letters(recurrence)
        several = len(recurrence.states) > 1
        table = dict(scan.cell.notation.table)
        for name, size in ((a, self.own), (b, self.whole)):
            q = Quantity(name, is_number=size == ONE, is_matrix=several or len(axes_of(size)) == 2)
            q = replace(q, role=Role.MATRIX) if several and name == a else q
            table |= {name: q} | {f"{name}_{k}": replace(q, name=f"{name}_{k}", time="") for k in (1, 2)}
        self.notation = replace(scan.cell.notation, table=table)
        self.a, self.b = ([Symbol(name), Symbol(f"{name}_1"), Symbol(f"{name}_2")] for name in (a, b))

    def write(self, expr: Expr) -> str:
        return self.notation.latex(expr) if self.is_latex else self.notation.unicode(expr)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Left and right sides."""
        states, spelled = self.recurrence.states, self.scan.spelled
        (a, a1, a2), (b, b1, b2) = self.a, self.b
        factors = [[self.write(spelled(f.expr)) for f in row] for row in self.recurrence.factors]
        terms = [[self.write(spelled(term))] for term in self.recurrence.terms]
        yield self.write(a), self._array(factors)
        yield self.write(b), self._array(terms)
        now, before = ([[self.write(q)] for q in of] for of in ([s.new for s in states], [s.previous for s in states]))
        if len(states) == 1:
            yield now[0][0], self.write(Add(self._times(a, states[0].previous), b, evaluate=False))
        else:
            yield self._array(now), f"{self.write(a)} {self._array(before)} + {self.write(b)}"
        both = [self.write(Mul(a2, a1, evaluate=False)), self.write(Add(self._times(a2, b1), b2, evaluate=False))]
        second, first = (f"({self.write(p)}, {self.write(q)})" for p, q in ((a2, b2), (a1, b1)))
        yield f"{second} {self.circle} {first}", f"({', '.join(both)})"

    def _times(self, a: Symbol, s: Symbol) -> Expr:
        if self.own in (ONE, self.whole):
            return Mul(a, s, evaluate=False)
        return product([a, s], [self.own, self.whole], self.whole)

    def _array(self, rows: list[list[str]]) -> str:
        if len(rows) == 1:
            return rows[0][0]
        if not self.is_latex:
            return f"[{'; '.join(', '.join(row) for row in rows)}]"
        return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"
