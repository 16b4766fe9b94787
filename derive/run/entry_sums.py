"""The gradients of a small run's parameters as lines of a derivation: one line for each entry.

    δW_ii^(1, 2) = Σ_t δa_i,t · x_2,t = 0.3 · 1 + ... ≈ 0.4213

The sum over time is written out with its numbers, the first step first, as a step of the run is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, Symbol

from derive.calculus.backward import GradientTerm, ParameterGradient, cotangent
from derive.calculus.chain_rule import TimeSum
from derive.notation.names import PREVIOUS
from derive.run.step import InStep, Number, Step
from derive.symbolic.derivatives import total
from derive.symbolic.evaluation import evaluate, settled
from derive.symbolic.expressions import ordered
from derive.symbolic.expressions import replace as substitute

if TYPE_CHECKING:
    from derive.run.backpropagation import Backpropagation

MOST_STEPS, MOST_ENTRIES = 6, 40  # beyond these the lines fill pages that nobody reads
COLUMN = "#"  # in the name of a symbol: which unit of a matrix's operand it is

Entry = tuple[int, ...]


@dataclass(frozen=True)
class InSum(InStep):
    """A cell's notation within a sum over time: the index stays t, and every quantity is one unit's.

    target: the parameter; entry: which of its entries the sum is of, empty for a single number. units: how many units
    each quantity has. vectors: whether the sum is over the units too, as a scalar's is; then quantities are vectors.
    """

    target: str = ""
    entry: Entry = ()
    units: Mapping[str, int] | None = None
    vectors: bool = False

    def symbol_latex(self, name: str) -> str:
        if name == self.target:
            return self._whole.symbol_latex(name) + (f"^{{({self._entry})}}" if self.entry else "")
        plain, mark, unit = name.partition(COLUMN)
        return self._of(plain, unit).symbol_latex(plain) if mark else super().symbol_latex(name)

    def symbol_unicode(self, name: str) -> str:
        if self.time != "t":
            return self.indexed_by("t").symbol_unicode(name)
        if name == self.target:
            return self._whole.symbol_unicode(name) + (f"[{self._entry}]" if self.entry else "")
        plain, mark, unit = name.partition(COLUMN)
        return self._of(plain, unit).symbol_unicode(plain) if mark else super().symbol_unicode(name)

    @property
    def _whole(self) -> InSum:
        return replace(self, unit=None, target="")

    @property
    def _entry(self) -> str:
        return ", ".join(map(str, self.entry))

    def _of(self, name: str, unit: str) -> InSum:
        return replace(self, unit=int(unit) if (self.units or {}).get(name, 1) > 1 else None)

    def _time_step(self, name: str) -> str:
        return f"{self.time}-1" if name.endswith(PREVIOUS) else self.time

    def joint(self, left: Any, right: Any, times: str) -> str:
        dots = {} if self.vectors else {r"\odot": r"\cdot", "⊙": "·"}
        return super().joint(left, right, dots.get(times, times))


def entry_sums(walk: Backpropagation, known: Sequence[Mapping[Symbol, Number]]) -> tuple[Step, ...]:
    """A line for each entry; none where there are too many, or too many steps.

    known: the numbers of each time step, the first step first. An antisymmetric weight, which is stored in another form
    than it multiplies in, has no lines.
    """
    plain = [g for g in walk.adjoint.gradients if g.parameter.form == "full" and g.terms]
    entries = [(g, entry) for g in plain for entry in _entries(walk, g)]
    if len(known) > MOST_STEPS or len(entries) > MOST_ENTRIES:
        return ()
    return tuple(_line(walk, g, entry, known) for g, entry in entries)


def _entries(walk: Backpropagation, g: ParameterGradient) -> Iterator[Entry]:
    sizes = [walk.count(size) for size in (g.parameter.rows, g.parameter.cols) if size]
    return product(*(range(1, n + 1) for n in sizes))


def _line(walk: Backpropagation, g: ParameterGradient, entry: Entry, known: Sequence[Mapping[Symbol, Number]]) -> Step:
    inputs: dict[Symbol, Number] = {}
    terms: list[Any] = []
    for t, numbers in enumerate(known, 1):
        values = {s: n.value for s, n in numbers.items()}
        for expr in _summands(walk, g, entry):
            summand = settled(expr, values)
            names = {s: Symbol(f"{s.name} at {t}") for s in summand.free_symbols}
            inputs |= {names[s]: numbers[s] for s in names}
            terms += _terms(substitute(summand, names))
    expanded = ordered(Add, terms)
    values = {s: n.value for s, n in inputs.items()}
    symbolic = _symbolic(walk, g, entry)
    step = Step(
        0, cotangent(g.parameter.symbol).name, entry[0] if entry else 1, symbolic, expanded, inputs, None, (),
        evaluate(expanded, values), walk.run.decimals, _notation(walk, g, entry), symbolic,
    )  # fmt: skip
    return step if step.is_true else step.worked_out(values)


def _terms(expr: Any) -> list[Any]:
    return list(expr.args) if isinstance(expr, Add) else [expr]


def _summands(walk: Backpropagation, g: ParameterGradient, entry: Entry) -> Iterator[Any]:
    """What one time step adds to an entry, over symbols of single numbers."""
    for t in g.terms:
        units = entry[:1] or range(1, walk.count(t.size) + 1)
        for k in units:
            formula = walk.single(t.cotangent, k)
            yield formula if t.operand is None else _times(formula, walk.single(t.operand, entry[1]))


def _times(formula: Any, operand: Any) -> Any:
    return ordered(Mul, [*(formula.args if isinstance(formula, Mul) else [formula]), operand])


def _symbolic(walk: Backpropagation, g: ParameterGradient, entry: Entry) -> Expr:
    """The sum over time, in the cell's names; that of a scalar is the equation's, with its sum over the units."""
    if not entry:
        return walk.adjoint.derivation[cotangent(g.parameter.symbol).name].rhs  # type: ignore[no-any-return, unused-ignore]
    return TimeSum(total(*(_summand(walk, t, entry) for t in g.terms)))  # type: ignore[no-any-return, unused-ignore]


def _summand(walk: Backpropagation, t: GradientTerm, entry: Entry) -> Any:
    formula = walk.adjoint.derivation.written(t.cotangent)
    return formula if t.operand is None else _times(formula, Symbol(f"{t.operand.name}{COLUMN}{entry[1]}"))


def _notation(walk: Backpropagation, g: ParameterGradient, entry: Entry) -> InSum:
    units = {s.name: n for s, n in walk.units.items()}
    several = bool(entry) and walk.count(g.parameter.rows) > 1
    single = all(walk.count(size) == 1 for size in (g.parameter.rows, g.parameter.cols))
    return InSum.of(
        walk.notation, unit=entry[0] if several else None, target=cotangent(g.parameter.symbol).name,
        entry=() if single else entry, units=units, vectors=not entry,
    )  # fmt: skip
