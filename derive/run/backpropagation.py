"""Backpropagation through time of a run, in exact numbers: every cotangent and the gradient of every parameter.

The equations are those that ``cell.adjoint()`` prints, unit by unit; what reaches a state from the loss is added as the
steps are walked from the last to the first:

    Δh_t = ∂ℓ_t/∂h_t + what step t + 1 hands back        Δc_0: the gradient with respect to the initial state

Source: Werbos (1990), "Backpropagation through time".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Integer, Mul, Rational, S, Symbol

from derive.calculus.backward import GradientTerm, ParameterGradient, Total
from derive.calculus.chain_rule import Ones, UnitSum
from derive.errors import DeriveError, RunError
from derive.exact.value import Value
from derive.notation.names import PREVIOUS
from derive.run.entry_sums import entry_sums
from derive.run.gradients import Gradients
from derive.run.step import WHOLE, InStep, Number, Step
from derive.run.units import RowOf, at
from derive.statements.kinds import Affine, Elementwise, Statement
from derive.symbolic.derivatives import total
from derive.symbolic.evaluation import evaluate, settled
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ, Transposed, ordered, rebuild, rewrite

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
        derivation = self.adjoint.derivation
        self.equations = {e.lhs: e.rhs for e in derivation.equations}
        self.units = self._counted()
        self.over = {s.target: self.count(s.over) for s in self.adjoint.statements if isinstance(s, Total)}
        self.rows = {p.symbol: run.sizes[p.rows] for p in self.cell.parameters if p.kind == "matrix"}
        plain = derivation.notation
        static = plain.static | {HIDDEN, INPUT, PROJ}
        self.notation = InStep.of(plain, static=static, input=self.cell.input.name)
        self.data: Known = {at(size, 1): _given(n) for size, n in run.sizes.items()}
        for name, tensor in run.parameters.items():
            self.data |= _entries(name, tensor)

    def _counted(self) -> dict[Symbol, int]:
        """How many units every name has; a name that is not there is one number."""
        found = {q: self.count(size) for q, size in self.cell.sizes.items()}
        found |= {p.symbol: self.count(p.rows) for p in self.cell.parameters}
        found |= {s.target: self.count(s.size) for s in self.adjoint.statements}
        found |= {d: found[Symbol(s)] for s, d in zip(self.cell.states, self.adjoint.incoming, strict=True)}
        return found | {Symbol(n + time): self.loss.units for n in self.loss.targets for time in ("", PREVIOUS)}

    # ------------------------------------------------------------------ the walk

    def gradients(self) -> Gradients:
        run, steps = self.run, len(self.run.x)
        records: list[Step] = []
        sums: dict[str, list[dict[Any, Value]]] = {g.parameter.name: [] for g in self.adjoint.gradients}
        ahead: Known = self.data | self._states(steps, PREVIOUS)
        walked: list[Known] = []
        for t in range(steps, 0, -1):
            incoming = list(self._incoming(t, ahead))
            known = self._forward(t)
            known |= {at(s.quantity, s.unit): Number(s.value, is_given=False) for s in incoming}
            records += incoming
            for target in self.equations:
                if target not in self.adjoint.outgoing:
                    for step in self._steps(t, target, self.equations[target], known, t):
                        known[at(step.quantity, step.unit)] = Number(step.value, is_given=False)
                        records.append(step)
            for g in self.adjoint.gradients:
                sums[g.parameter.name].append(self._gradient(g, known))
            ahead = known
            walked.insert(0, known)
        records += self._incoming(0, ahead)
        parameters = {g.parameter.name: self._summed(g, sums[g.parameter.name]) for g in self.adjoint.gradients}
        return Gradients(run, self._loss(), tuple(records), parameters, entry_sums(self, walked))

    def _loss(self) -> Value:
        values = []
        for t in range(1, len(self.run.x) + 1):
            known = _values(self.data | self._states(t, "") | self._targets(t, ""))
            values += [evaluate(self.single(self.loss.expr, k), known) for k in range(1, self.loss.units + 1)]
        return sum(values, Value.of(0))

    def _incoming(self, t: int, ahead: Known) -> Iterator[Step]:
        """Δs_t of every state: of the loss at t and, with the numbers of step t + 1, of what that hands back."""
        known = ahead | (self._targets(t, PREVIOUS) if t else {})
        earlier = {Symbol(n): Symbol(n + PREVIOUS) for n in (*self.cell.states, *self.loss.targets)}
        for state, outgoing, incoming in zip(
            self.cell.states, self.adjoint.outgoing, self.adjoint.incoming, strict=True
        ):
            own = self.loss.partials.get(state, S.Zero) if t else S.Zero
            handed = self.equations[outgoing] if t < len(self.run.x) else S.Zero
            rhs = total(rewrite(own, earlier.get), handed)
            rhs = rhs if rhs != 0 else S.Zero
            for step in self._steps(t, outgoing, rhs, known, t + 1):
                yield replace(step, quantity=incoming.name, target=outgoing.name)

    def _steps(self, t: int, target: Symbol, rhs: Expr, known: Known, index: int) -> Iterator[Step]:
        """The equation of a cotangent, unit by unit. index: what t is in the equation's names."""
        units = self.units[target]
        values = _values(known)
        for unit in range(1, units + 1):
            try:
                expanded = settled(self.single(rhs, unit, self.over.get(target, 0)), values)
                value = evaluate(expanded, values)
                value.finite()
            except DeriveError as e:
                raise RunError(f"{target} at t = {t}: {e}") from None
            marked = unit if units > 1 else None
            step = Step(
                t, target.name, unit, rhs, expanded, {s: known[s] for s in expanded.free_symbols}, None, (), value,
                self.run.decimals, replace(self.notation, t=index, unit=marked), _whole(rhs, unit) if marked else rhs,
            )  # fmt: skip
            yield step if step.is_true else step.worked_out(values)

    # ------------------------------------------------------------------ the numbers of a step

    def _forward(self, t: int) -> Known:
        """Every quantity of a forward step: the author's, and those that lowering has named."""
        known = self.data | _entries(self.cell.input.name, self.run.x[t - 1])
        known |= self._states(t - 1, PREVIOUS)
        for s in self.cell.statements:
            if (name := s.target.name) in self.run.units:
                units = range(1, self.run.units[name] + 1)
                found = {at(name, k): Number(self.run.steps().value(t, name, k), is_given=False) for k in units}
            else:
                values = _values(known)
                units = range(1, self.count(s.size) + 1)
                found = {at(name, k): Number(evaluate(self._defining(s, k), values), is_given=False) for k in units}
            known |= found
        return known

    def _states(self, t: int, suffix: str) -> Known:
        """The states at t, under their names with that suffix."""
        return {
            at(s + suffix, k): Number(self.run.steps().value(t, s, k), is_given=t == 0)
            for s in self.cell.states
            for k in range(1, self.run.units[s] + 1)
        }

    def _targets(self, t: int, suffix: str) -> Known:
        return {
            s: n for name, rows in self.loss.targets.items() for s, n in _entries(name + suffix, rows[t - 1]).items()
        }

    # ------------------------------------------------------------------ formulas of one unit

    def count(self, size: str) -> int:
        return self.run.sizes.get(size, 1)

    def single(self, node: Any, k: int, over: int = 0) -> Any:
        """Unit k of an equation, over symbols of single numbers. over: how many units a sum over units has."""
        if isinstance(node, Symbol):
            return at(node.name, k if self.units.get(node, 1) > 1 else 1)
        if isinstance(node, UnitSum):
            return _flat([self.single(node.args[0], j) for j in range(1, over + 1)])
        if isinstance(node, Mul) and node.args[0].has(Transposed):
            (weight,), d = node.args[0].free_symbols, node.args[1]
            rows = range(1, self.rows[weight] + 1)
            return ordered(Add, [Mul(at(weight.name, j, k), self.single(d, j), evaluate=False) for j in rows])
        if not node.args:
            return node
        args = [self.single(a, k, over) for a in _of_one_unit(node)]
        if isinstance(node, Mul):
            return ordered(Mul, args)
        return _flat(args) if isinstance(node, Add) else rebuild(node, args)

    def _defining(self, s: Statement, k: int) -> Any:
        """Unit k of a statement of the forward step."""
        if isinstance(s, Elementwise):
            return self.single(s.expr, k)
        if not isinstance(s, Affine):
            terms = [self.single(q, j) for q in s.operands for j in range(1, self.units[q] + 1)]
            return Mul(Rational(1, len(terms)), ordered(Add, terms), evaluate=False)
        parts: list[Any] = []
        for t in s.terms:
            columns = range(1, self.units[t.operand] + 1)
            parts += [Mul(at(t.weight.name, k, j), self.single(t.operand, j), evaluate=False) for j in columns]
            parts += [self.single(t.bias, k)] if t.bias is not None else []
        return ordered(Add, parts)

    # ------------------------------------------------------------------ gradients of parameters

    def _gradient(self, g: ParameterGradient, known: Known) -> dict[Any, Value]:
        """One time step's part of a parameter's gradient, by entry."""
        p, values = g.parameter, _values(known)

        def formula(t: GradientTerm, k: int) -> Value:
            return evaluate(settled(self.single(t.cotangent, k), values), values)

        def entry(k: int, j: int) -> Value:
            return sum((formula(t, k) * values[self.single(t.operand, j)] for t in g.terms), Value.of(0))

        rows = range(1, self.count(p.rows) + 1)
        if p.kind == "matrix":
            columns = range(1, self.count(p.cols) + 1)
            found = {(k, j): entry(k, j) for k in rows for j in columns}
            return found if p.form == "full" else {(k, j): v - found[j, k] for (k, j), v in found.items()}
        if p.kind == "vector":
            return {k: sum((formula(t, k) for t in g.terms), Value.of(0)) for k in rows}
        terms = [formula(t, k) for t in g.terms for k in range(1, self.count(t.size) + 1)]
        return {1: sum(terms, Value.of(0))}

    def _summed(self, g: ParameterGradient, parts: list[dict[Any, Value]]) -> Any:
        """The sum over time, first step first, in the parameter's shape."""
        entries = {k: sum((part[k] for part in reversed(parts)), Value.of(0)) for k in parts[0]}
        rows = range(1, self.count(g.parameter.rows) + 1)
        if g.parameter.kind == "matrix":
            columns = range(1, self.count(g.parameter.cols) + 1)
            return tuple(tuple(entries[k, j] for j in columns) for k in rows)
        return tuple(entries[k] for k in rows) if g.parameter.kind == "vector" else entries[1]


# ---------------------------------------------------------------------- numbers


def _given(number: Any) -> Number:
    return Number(Value.of(number), is_given=True)


def _values(known: Known) -> dict[Symbol, Value]:
    return {s: n.value for s, n in known.items()}


def _entries(name: str, tensor: Any) -> Known:
    """A number, vector or matrix of the run's data by the symbols of its entries."""
    if not isinstance(tensor, tuple):
        return {at(name, 1): _given(tensor)}
    found: Known = {}
    for k, row in enumerate(tensor, 1):
        if isinstance(row, tuple):
            found |= {at(name, k, j): _given(v) for j, v in enumerate(row, 1)}
        else:
            found[at(name, k)] = _given(row)
    return found


# ---------------------------------------------------------------------- formulas


def _flat(terms: list[Any]) -> Any:
    return ordered(Add, [b for t in terms for b in (t.args if isinstance(t, Add) else [t])])


def _whole(expr: Any, unit: int) -> Any:
    """A right-hand side in which the operands of matrices are marked as whole, and the matrices as a unit's row."""

    def marked(node: Any) -> Any:
        return rewrite(node, lambda n: Symbol(n.name + WHOLE) if isinstance(n, Symbol) else None)

    if isinstance(expr, Mul) and expr.args[0].has(Transposed):
        matrix, d = expr.args
        return Mul(RowOf(marked(matrix), Integer(unit)), marked(d), evaluate=False)
    args = [_whole(a, unit) for a in _of_one_unit(expr)]
    return ordered(Mul, args) if isinstance(expr, Mul) else rebuild(expr, args) if args else expr


def _of_one_unit(node: Any) -> list[Any]:
    """The arguments of a node; of one unit a vector of ones is 1, which no product needs."""
    return [a for a in node.args if not (isinstance(node, Mul) and isinstance(a, Ones))]
