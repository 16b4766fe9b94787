"""A run walked over a box, with an error in every activation: what each state may be, and how far off it may be.

δ = replaced minus exact follows the product rule, δ(a b) = a δb + b δa + δa δb, and one rule for an activation,
δφ = φ'(ξ) δu + e, where ξ lies between the arguments u and u + δu, and |e| is at most the error of what replaces φ on
the arguments that occur. Nothing else is asked of a replacement, so a walk with numbers in place of the errors says
what each of them is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sympy import Add, Expr, Max, Min, Mul, Piecewise, Symbol

from derive.approximation.bounds import x
from derive.enclosure.box import Variable
from derive.errors import DeriveError, RunError
from derive.notation.quantity import previous
from derive.statements.base import UnitsNode
from derive.statements.writing import at
from derive.symbolic.activation import Activation
from derive.symbolic.nodes import FunctionNode
from derive.synthesis import forms
from derive.synthesis.forms import Array, Deviation, Form
from derive.synthesis.functions import curve, slopes, values
from derive.synthesis.numbers import Number, added, ends_of, extreme, multiplied
from derive.synthesis.program import Mixing, Pointwise, program

if TYPE_CHECKING:
    from derive.run.data import Run

NEGLIGIBLE = 2.0**-40  # of a unit's error, below which a cause is not told from others any more
OTHERS = -1
LARGE = 0.125  # an error of a function whose values may tell more of it
NOTHING = "is certified on this box; give a smaller box, or fewer steps"


class Group(NamedTuple):
    """Activations that are replaced together: that of one equation, or all of a function. key: of with_activations."""

    key: str
    formula: Expr  # in x


def groups(run: Run) -> dict[Group, int]:
    """The groups of a cell's activations, in the order of its equations, with how many values a step takes of each."""
    found: dict[Group, int] = {}
    for (line, _), group in _placed(run).items():
        found[group] = found.get(group, 0) + run.units[line]
    return found


def _placed(run: Run) -> dict[tuple[str, Expr], Group]:
    """The group of each activation, by the equation and the function. What has a value for several equations at once is
    replaced in all of them."""
    within = {line.target.name: line.expr.atoms(Activation) for line in run.cell.lines}
    uses = Counter(a for here in within.values() for a in here)
    found = {}
    for line, here in within.items():
        alone = len(here) == 1 and all(uses[a] == 1 or _is_weighted(a) for a in here)
        for a in sorted(here, key=str):
            if _formula(a) != x:
                found[line, _formula(a)] = Group(line if alone else type(a).__name__, _formula(a))
    return found


def _is_weighted(node: Any) -> bool:
    """Whether it has weights in it, which are others in every equation."""
    return any(n.weighted for n in node.atoms(UnitsNode))


def _formula(node: Any) -> Expr:
    return node.func(x, *node.args[1:])


@dataclass(frozen=True)
class Bounds:
    """After a step, of each state: Σ of the error's causes by group, and all of it. (n,)"""

    errors: Mapping[str, Array]
    parts: Mapping[str, Mapping[str, Array]]


class Walk:
    """errors: of the replacement of each group, by key. arguments: where the replacements are asked for.

    known: the exact cell's values of functions, in their order, by a walk over the same box; a first walk fills it.
    """

    def __init__(
        self, run: Run, variables: Sequence[Variable], errors: Mapping[str, float], known: list[Form] | None = None
    ) -> None:
        self._functions = [] if known is None else known
        self._position = 0
        self.run, self.errors = run, errors
        self.arguments: dict[str, tuple[float, float]] = {}
        self._keys = list(errors)
        self._groups = _placed(run)
        self._boxed = {(v.symbol, v.t): v for v in variables}
        self._program = program(run)
        uses = Counter(q for s in run.cell.statements for q in s.reads)
        self._shared = {Symbol(s) for s in run.initial} | {q for q, n in uses.items() if n > 1}
        self._known: dict[Symbol, Number] = {}
        self._values = 0  # causes of values
        self._tags: Array = np.zeros(0, dtype=np.int64)  # of causes of errors

    def steps(self) -> Iterator[Bounds]:
        """Raises RunError for a step after which nothing finite is known."""
        run = self.run
        for p in run.cell.parameters:
            if p.cols == "":
                self._enter(p.name, run.parameters[p.name], None)
        for state, vector in run.initial.items():
            self._enter(state, vector, 0)
        for t, row in enumerate(run.x, 1):
            self._enter(run.cell.input.name, row, t)
            for state in run.initial:
                self._known[previous(state)] = self._known[Symbol(state)]
            with np.errstate(all="ignore"):  # what overflows or is unknown is looked for
                for statement in self._program:
                    found = self._step(statement, t)
                    shared = statement.target in self._shared
                    self._known[statement.target] = self._caused(found) if shared else found
                self._settled(t)
            yield self._bounds()

    # ------------------------------------------------------------------ what is given

    def _enter(self, name: str, vector: Any, t: int | None) -> None:
        numbers = vector if isinstance(vector, tuple) else (vector,)
        found = forms.between(*ends_of(numbers))
        boxed = [
            (k, self._boxed[at(name, k + 1), t]) for k in range(len(numbers)) if (at(name, k + 1), t) in self._boxed
        ]
        for k, v in boxed:
            low, high = ends_of((v.lower,))[0], ends_of((v.upper,))[1]
            found.lower[k], found.upper[k] = low[0], high[0]
        if boxed:
            found = forms.caused(forms.between(found.lower, found.upper), self._values)
            self._values += len(numbers)
        self._known[Symbol(name)] = Number(found, None)

    # ------------------------------------------------------------------ statements

    def _step(self, statement: Mixing | Pointwise, t: int) -> Number:
        try:
            if isinstance(statement, Pointwise):
                return self._read(statement.formula, statement.line)
            return self._mixed(statement)
        except DeriveError as e:
            raise RunError(f"{statement.target} at t = {t}: {e}") from None

    def _mixed(self, statement: Mixing) -> Number:
        known = [(m, self._known[q]) for q, m in statement.matrices.items()]
        value = reduce(forms.added, [forms.mapped(m, n.value) for m, n in known])
        errors = [forms.carried(m, n.error) for m, n in known if n.error is not None]
        constant = forms.between(*ends_of(statement.constant))
        return Number(forms.added(value, constant), reduce(forms.sum_of, errors) if errors else None)

    def _read(self, node: Any, line: str) -> Number:
        if isinstance(node, FunctionNode):
            return self._read(node.formula, line)
        if isinstance(node, Symbol):
            return self._known[node]
        if node.is_Rational:
            return Number(forms.between(*ends_of((node,))), None)
        match node:
            case Add():
                return reduce(added, (self._read(a, line) for a in node.args))
            case Mul():
                return reduce(multiplied, (self._read(a, line) for a in node.args))
            case Max() | Min():
                largest = isinstance(node, Max)
                return reduce(lambda a, b: extreme(a, b, largest), (self._read(a, line) for a in node.args))
        varying = [k for k, a in enumerate(node.args) if a.free_symbols]
        if isinstance(node, Piecewise) or len(varying) != 1:
            raise DeriveError(f"{node} is not bounded: it is no sum or product, and of several quantities")
        formula = node.func(*(x if k == varying[0] else a for k, a in enumerate(node.args)))
        group = self._groups.get((line, formula)) if isinstance(node, Activation) else None
        return self._applied(formula, self._read(node.args[varying[0]], line), group)

    def _applied(self, formula: Expr, u: Number, group: Group | None) -> Number:
        value, error = u
        low, high = value.lower, value.upper
        if self._position == len(self._functions):
            self._functions.append(forms.applied(curve(formula, value), value))
        found = self._functions[self._position]
        self._position += 1
        if error is not None:
            low, high = forms.widened(low - error.size, high + error.size)
            error = _moved(formula, low, high, error)
        if group is None or group.key not in self.errors:
            return Number(found, error)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise DeriveError(f"no finite bound of its argument {NOTHING}")
        least, most = self.arguments.get(group.key, (np.inf, -np.inf))
        self.arguments[group.key] = min(least, float(low.min())), max(most, float(high.max()))
        return Number(found, self._replaced(error, group.key, len(low)))

    def _replaced(self, error: Deviation | None, key: str, n: int) -> Deviation:
        """With what the replacement of φ adds."""
        columns = forms.diagonal(np.zeros((n, 0)), np.full(n, self.errors[key]), len(self._tags))
        self._tag(n, self._keys.index(key))
        own = Deviation(columns, np.zeros(n))
        return own if error is None else forms.sum_of(error, own)

    def _tag(self, n: int, what: int) -> None:
        self._tags = np.concatenate([self._tags, np.full(n, what)])

    # ------------------------------------------------------------------ between steps

    def _settled(self, t: int) -> None:
        """States remember the causes that matter; what is left is a cause of its own from now on."""
        states = [Symbol(s) for s in self.run.initial]
        for s in states:
            if not all(np.isfinite(p).all() for p in self._parts(s)):
                raise RunError(f"{s} at t = {t}: no finite bound {NOTHING}")
        kept = self._columns([self._known[s].value for s in states], self._values)
        self._values = int(kept.sum())
        deviations = [d for s in states if (d := self._known[s].error) is not None]
        told = self._columns(deviations, len(self._tags))
        self._tags = self._tags[told]
        for s in states:
            value, error = self._known[s]
            columns, rest = _compact(value.columns, kept)
            value = Form(value.centre, columns, value.radius + rest, value.lower, value.upper)
            if error is not None:
                columns, rest = _compact(error.columns, told)
                error = Deviation(columns, error.radius + rest)
            self._known[s] = self._caused(Number(value, error))

    def _caused(self, number: Number) -> Number:
        """The same, what was the radius of each unit being a cause of its own from now on."""
        value, error = number
        n = len(value.centre)
        if value.radius.any():
            value = forms.caused(value, self._values)
            self._values += n
        if error is not None and error.radius.any():
            error = forms.new(error, len(self._tags))
            self._tag(n, OTHERS)
        return Number(value, error)

    def _parts(self, state: Symbol) -> list[Array]:
        value, error = self._known[state]
        return [value.lower, value.upper, *([] if error is None else [error.size])]

    def _columns(self, found: Sequence[Form | Deviation], count: int) -> Array:
        """Which columns are more than negligible for a unit."""
        kept: Array = np.zeros(count, dtype=bool)
        for f in found:
            kept[: f.columns.shape[1]] |= (np.abs(f.columns) > NEGLIGIBLE * f.spread[:, None]).any(axis=0)
        return kept

    def _bounds(self) -> Bounds:
        errors, parts = {}, {}
        for state in self.run.initial:
            value, d = self._known[Symbol(state)]
            n = len(value.centre)
            d = d or Deviation(np.zeros((n, 0)), np.zeros(n))
            tags = self._tags[: d.columns.shape[1]]
            errors[state] = d.size if d.columns.shape[1] else np.zeros(n)
            parts[state] = {key: forms.total(d.columns[:, tags == k]) for k, key in enumerate(self._keys)}
        return Bounds(errors, parts)


def _moved(formula: Expr, lower: Array, upper: Array, error: Deviation) -> Deviation:
    """What an error of the argument does to a function; both arguments lie between the ends.

    It is by its slopes, or, where that is large, by its values: between them lie both of its own.
    """
    found = forms.scaled(*slopes(formula, lower, upper), error)
    if (found.size <= LARGE).all():
        return found
    low, high = values(formula, lower, upper)
    width = forms.outwards(high - low)
    poor = ~(found.size <= width)
    return Deviation(np.where(poor[:, None], 0.0, found.columns), np.where(poor, width, found.radius))


def _compact(columns: Array, kept: Array) -> tuple[Array, Array]:
    mask = kept[: columns.shape[1]]
    return columns[:, mask], forms.total(columns[:, ~mask])
