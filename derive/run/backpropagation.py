"""Backpropagation through time of a run, in exact numbers: every cotangent and the gradient of every parameter.

The equations are those that ``cell.adjoint()`` prints, unit by unit; what reaches a state from the loss is added as the
steps are walked from the last to the first:

    Δh_t = ∂ℓ_t/∂h_t + what step t + 1 hands back        Δc_0: the gradient with respect to the initial state

Source: Werbos (1990), "Backpropagation through time".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, S, Symbol

from derive.calculus.backward import Backward
from derive.calculus.sweep import BackwardStatement
from derive.errors import DeriveError, RunError
from derive.exact.value import Value
from derive.notation.quantity import BEFORE, Quantity, previous
from derive.run.entry_sums import entry_sums
from derive.run.gradients import Gradients
from derive.run.number import Number
from derive.run.step import InStep, Step
from derive.statements.sizes import count_of, label_of
from derive.statements.writing import Entry, OneUnit, at, flat, named_entries
from derive.symbolic.arithmetic import total
from derive.symbolic.evaluation import evaluate, settled
from derive.symbolic.expressions import ordered, rebuild, rewrite
from derive.symbolic.softmax import Softmax, of_unit

if TYPE_CHECKING:
    from derive.run.data import Run
    from derive.run.loss import Loss

Known = dict[Symbol, Number]


def backpropagate(run: Run) -> Gradients:
    """The gradients of a run's loss. Raises RunError where the run has none, or where a value is not finite."""
    if run.loss is None:
        raise RunError("the run has no loss: give it one, such as loss = {formula = '(h - y)^2/2', y = [...]}")
    return Backpropagation(run, run.loss).gradients()


class Backpropagation:
    """One walk from the last time step to the first; ``known``: the numbers of the step it is at."""

    def __init__(self, run: Run, loss: Loss) -> None:
        self.run, self.loss = run, loss
        self.cell, self.adjoint = run.cell, run.adjoint
        self.derivation, self.written_out = self.adjoint.derivation, WrittenOut(self)
        self.equations = {s.target: s for s in self.adjoint.statements}
        self.sizes = self._sized()
        self.units = self._counted()
        targets = {n: Quantity(n) for n in loss.targets}
        targets |= {previous(n).name: Quantity(n, time=BEFORE) for n in loss.targets}
        plain = run.backward_notation
        self.notation = InStep.of(plain, table={**plain.table, **targets}, time=run.t)
        self.data: Known = {at(size, 1): _given(n) for size, n in run.sizes.items()}
        for name, tensor in run.parameters.items():
            self.data |= _entries(name, tensor)

    def _sized(self) -> dict[Symbol, str]:
        """The size of every name but those of targets; a name that is not there is one number."""
        found = dict(self.cell.sizes)
        found |= {p.symbol: p.rows for p in self.cell.parameters}
        found |= {s.target: s.size for s in self.adjoint.statements}
        return found | {d: found[Symbol(s)] for s, d in zip(self.cell.states, self.adjoint.incoming, strict=True)}

    def _counted(self) -> dict[Symbol, int]:
        """How many units every name has."""
        found = {q: self.count(size) for q, size in self.sizes.items()}
        return found | {q: self.loss.units for n in self.loss.targets for q in (Symbol(n), previous(n))}

    # ------------------------------------------------------------------ the walk

    def gradients(self) -> Gradients:
        run, steps = self.run, len(self.run.x)
        records: list[Step] = []
        sums: dict[str, list[dict[Any, Value]]] = {g.of.name: [] for g in self.adjoint.gradients}
        ahead: Known = self.data | self._states(steps, before=True)
        walked: list[Known] = []
        for t in range(steps, 0, -1):
            incoming = list(self._incoming(t, ahead))
            known = self._forward(t)
            known |= {at(s.quantity, s.unit): Number(s.value, is_given=False) for s in incoming}
            records += incoming
            for target, equation in self.equations.items():
                if target not in self.adjoint.outgoing:
                    for step in self._steps(t, target, equation, known, t):
                        known[at(step.quantity, step.unit)] = Number(step.value, is_given=False)
                        records.append(step)
            for g in self.adjoint.gradients:
                sums[g.of.name].append(self._gradient(g, known))
            ahead = known
            walked.insert(0, known)
        records += self._incoming(0, ahead)
        parameters = {g.of.name: self._summed(g, sums[g.of.name]) for g in self.adjoint.gradients}
        return Gradients(run, self._loss(), tuple(records), parameters, entry_sums(self, walked))

    def _loss(self) -> Value:
        values = []
        for t in range(1, len(self.run.x) + 1):
            known = _values(self.data | self._states(t) | self._targets(t))
            values += [evaluate(self.single(self.loss.written, k), known) for k in range(1, self.loss.units + 1)]
        return sum(values, Value.of(0))

    def _incoming(self, t: int, ahead: Known) -> Iterator[Step]:
        """Δs_t of every state: of the loss at t and, with the numbers of step t + 1, of what that hands back."""
        known = ahead | (self._targets(t, before=True) if t else {})
        earlier = {Symbol(n): previous(n) for n in (*self.cell.states, *self.loss.targets)}
        for state, outgoing, incoming in zip(
            self.cell.states, self.adjoint.outgoing, self.adjoint.incoming, strict=True
        ):
            own = self.loss.partials.get(state, S.Zero) if t else S.Zero
            handed = self.equations[outgoing] if t < len(self.run.x) else None
            for step in self._steps(t, outgoing, handed, known, t + 1, rewrite(own, earlier.get)):
                yield replace(step, quantity=incoming.name, target=outgoing.name)

    def _steps(
        self, t: int, target: Symbol, equation: BackwardStatement | None, known: Known, index: int, own: Expr = S.Zero
    ) -> Iterator[Step]:
        """The equation of a cotangent, to which comes the loss's own part, unit by unit.

        index: what t is in the equation's names.
        """
        units = self.units[target]
        values = _values(known)
        if not isinstance(equation, Backward):
            own = total(own, self.derivation.right(equation) if equation is not None else S.Zero)
            equation = Backward(target, (), target)
        rhs = self.derivation.right(equation, first=own)
        for unit in range(1, units + 1):
            try:
                expanded = settled(equation.entry((unit,), self.written_out, own), values)
                value = evaluate(expanded, values)
                value.shown(self.run.decimals)
            except DeriveError as e:
                raise RunError(f"{target} at t = {t}: {e}") from None
            label = self.label(target, unit)
            step = Step(
                t, target.name, unit, rhs, expanded, {s: known[s] for s in expanded.free_symbols}, None, (), value,
                self.run.decimals, replace(self.notation, t=index, unit=label),
                self.derivation.right(equation, one := OneUnit(label), of_unit(own, one.function)) if label else rhs,
            )  # fmt: skip
            yield step if step.is_true else step.worked_out(values)

    # ------------------------------------------------------------------ the numbers of a step

    def _forward(self, t: int) -> Known:
        """Every quantity of a forward step: the author's, and those that lowering has named."""
        known = self.data | self._states(t - 1, before=True)
        for name, row in self.run.read_at(t).items():
            known |= _entries(name, row)
        for s in self.cell.statements:
            if (name := s.target.name) in self.run.units:
                units = range(1, self.run.units[name] + 1)
                found = {at(name, k): Number(self.run.steps().value(t, name, k), is_given=False) for k in units}
            else:
                values = _values(known)
                units = range(1, self.count(s.size) + 1)
                found = {at(name, k): Number(evaluate(s.entry(k, self), values), is_given=False) for k in units}
            known |= found
        return known

    def _states(self, t: int, before: bool = False) -> Known:
        """The states at t; before: under their names at t - 1."""
        return {
            at(previous(s).name if before else s, k): Number(self.run.steps().value(t, s, k), is_given=t == 0)
            for s in self.cell.states
            for k in range(1, self.run.units[s] + 1)
        }

    def _targets(self, t: int, before: bool = False) -> Known:
        return {
            s: n
            for name, rows in self.loss.targets.items()
            for s, n in _entries(previous(name).name if before else name, rows[t - 1]).items()
        }

    # ------------------------------------------------------------------ formulas of one unit

    def count(self, size: str) -> int:
        return count_of(size, self.run.sizes)

    def many(self, q: Symbol) -> int:
        return self.units.get(q, 1)

    def label(self, q: Symbol, unit: int) -> str:
        """How a unit is told from the others; "" where there is one."""
        return label_of(self.sizes[q], unit, self.run.sizes) if self.many(q) > 1 else ""

    def single(self, node: Any, k: int) -> Any:
        """Unit k of a formula of quantities, over symbols of single numbers."""
        if isinstance(node, Symbol):
            return at(node.name, k if self.many(node) > 1 else 1)
        if not node.args:
            return node
        if isinstance(node, Softmax):
            return node.entry(k, self.loss.units, self.single)
        args = [self.single(a, k) for a in node.args]
        if isinstance(node, Mul):
            return ordered(Mul, args)
        return flat(args) if isinstance(node, Add) else rebuild(node, args)

    # ------------------------------------------------------------------ gradients of parameters

    def entries(self, g: Backward) -> list[Entry]:
        """The rows and columns of a parameter's entries; of a scalar the one."""
        assert g.parameter is not None
        sizes = [self.count(size) for size in (g.parameter.rows, g.parameter.stored_cols) if size]
        return list(product(*(range(1, n + 1) for n in sizes or [1])))

    def _gradient(self, g: Backward, known: Known) -> dict[Entry, Value]:
        """One time step's part of a parameter's gradient, by entry."""
        values = _values(known)
        return {entry: evaluate(settled(g.entry(entry, self), values), values) for entry in self.entries(g)}

    def _summed(self, g: Backward, parts: list[dict[Entry, Value]]) -> Any:
        """The sum over time, first step first, in the parameter's shape."""
        assert g.parameter is not None
        entries = {k: sum((part[k] for part in reversed(parts)), Value.of(0)) for k in parts[0]}
        rows = range(1, self.count(g.parameter.rows) + 1)
        if g.parameter.kind == "matrix":
            columns = range(1, self.count(g.parameter.stored_cols) + 1)
            return tuple(tuple(entries[k, j] for j in columns) for k in rows)
        return tuple(entries[k,] for k in rows) if g.parameter.kind == "vector" else entries[1,]


# ---------------------------------------------------------------------- numbers


def _given(number: Any) -> Number:
    return Number(Value.of(number), is_given=True)


def _values(known: Known) -> dict[Symbol, Value]:
    return {s: n.value for s, n in known.items()}


def _entries(name: str, tensor: Any) -> Known:
    """A number, vector or matrix of the run's data by the symbols of its entries."""
    return {symbol: _given(number) for symbol, number in named_entries(name, tensor)}


# ---------------------------------------------------------------------- formulas


@dataclass(frozen=True)
class WrittenOut:
    """The units of formulas in which nested functions are written out, as they are printed."""

    walk: Backpropagation

    def count(self, size: str) -> int:
        return self.walk.count(size)

    def many(self, q: Symbol) -> int:
        return self.walk.many(q)

    def single(self, node: Any, k: int) -> Any:
        return self.walk.single(self.walk.derivation.written(node), k)
