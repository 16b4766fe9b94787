"""The steps of a run: every quantity of every time step, symbolic, substituted, exact and rounded.

The equations are the author's, unit by unit, evaluated in exact numbers (``derive.numbers``): a rational stays one, any
other real is known to every digit that is printed. A line of a derivation reads

    i_1 = σ(W_ii x_1 + b_ii + ...) = σ(0 · 0.2 + 100 · 1 + ...) = σ(90) ≈ 1.0000

The sign before a formula with numbers is = where what is printed has exactly the value of what stands before it, and the
sign before the value where the printed decimal is the value itself; otherwise it is ≈.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Expr, Function, Rational, Symbol

from derive.activations import Activation
from derive.errors import RunError, unknown
from derive.expressions import replace as substitute
from derive.figures import Figures, LatexFigures
from derive.notation import PREVIOUS, Notation
from derive.numbers import Value, evaluate
from derive.numeral import Numeral
from derive.units import at, one_unit, whole_operands, without_means

if TYPE_CHECKING:
    from derive.run import Run

SHORT = 6  # decimals up to which a number of the run's data is printed in full
DIGITS = 40  # decimals of the exact values in steps.json
LATEX_RELATION = {"=": "=", "≈": r"\approx"}
WHOLE = "@"  # ends the name of a symbol that stands for all units


def given(value: Value, decimals: int) -> Numeral:
    """A number of the run's data as it is printed: in full where it is short (``100``, ``0.25``), else rounded."""
    for places in range(max(decimals, SHORT) + 1):
        scaled = None if value.rational is None else value.rational * 10**places
        if scaled is not None and scaled.is_Integer:
            return Numeral(int(scaled), -places)
    return value.shown(decimals)


def computed(value: Value, decimals: int) -> Numeral:
    """A quantity that was computed, as the tables print it."""
    return value.shown(decimals)


@dataclass(frozen=True)
class InStep(Notation):
    """A cell's notation with the time step written in, and the unit where there are several: c_{2}^{(1)}."""

    t: int = 1
    unit: int | None = None

    def symbol_latex(self, name: str) -> str:
        plain = name.removesuffix(WHOLE)
        text = super().symbol_latex(plain)
        if not self.is_static(plain):
            text = text.removesuffix("t-1}").removesuffix("t}") + f"{self._time_step(plain)}}}"
        return text if self._all(name) else f"{text}^{{({self.unit})}}"

    def symbol_unicode(self, name: str) -> str:
        plain = name.removesuffix(WHOLE)
        text = super().symbol_unicode(plain)
        if not self.is_static(plain):
            text = text.removesuffix("ₜ₋₁").removesuffix("ₜ") + str(self._time_step(plain)).translate(_LOWER)
        return text if self._all(name) else f"{text}⁽{str(self.unit).translate(_UPPER)}⁾"

    def _time_step(self, name: str) -> int:
        return self.t - 1 if name.endswith(PREVIOUS) else self.t

    def _all(self, name: str) -> bool:
        return self.unit is None or name.endswith(WHOLE) or name in self.scalars

    def joint(self, left: Any, right: Any, times: str) -> str:
        """Between single units a dot stands for ⊙."""
        dots = {r"\odot": r"\cdot", "⊙": "·"} if self.unit is not None else {}
        return super().joint(left, right, dots.get(times, times))


_LOWER, _UPPER = (str.maketrans("0123456789", d) for d in ("₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One unit of one quantity at one time step.

    t and unit count from 1. symbolic: the author's right-hand side. expanded: that unit of it, over symbols of single
    numbers; ``numbers`` says how each is printed. reduced: the same with the arguments of its functions worked out,
    σ(90), or None where that says nothing new. arguments: of its activations, from left to right. value: exact.
    """

    t: int
    quantity: str
    unit: int
    symbolic: Expr
    expanded: Expr
    numbers: Mapping[Symbol, Numeral]
    reduced: Expr | None
    arguments: tuple[tuple[type[Activation], Value], ...]
    value: Value
    decimals: int
    notation: InStep
    whole: Expr  # the symbolic form, with the operands of matrices marked

    @property
    def substituted(self) -> Expr:
        """The right-hand side as an unevaluated expression of the numbers that are printed in it."""
        return self._with_numbers(self.expanded)

    def _with_numbers(self, expr: Expr) -> Expr:
        return substitute(expr, {s: n.rational for s, n in self.numbers.items()})  # type: ignore[no-any-return]

    def _chain(self, figures: type[Figures]) -> Iterator[tuple[str, str]]:
        writer, before = figures(self.numbers), self.value
        for expr in (self.expanded, self.reduced):
            if expr is not None:
                now = evaluate(without_means(self._with_numbers(expr)))
                yield "=" if (now - before).rational == 0 else "≈", writer.text(expr)
                before = now
        yield self.value.relation(self.decimals), writer.standing(self.value.shown(self.decimals))

    @property
    def chain(self) -> tuple[tuple[str, str], ...]:
        r"""(relation, LaTeX) of what follows the left side: symbolic, substituted, reduced where it differs, value."""
        parts = [("=", _plain_brackets(self.notation.latex(self.whole))), *self._chain(LatexFigures)]
        return tuple((LATEX_RELATION[relation], text) for relation, text in parts)

    @property
    def left(self) -> str:
        """The LaTeX of the quantity: ``c_{2}``, with several units ``c_{2}^{(1)}``."""
        return self.notation.symbol_latex(self.quantity)

    def latex(self) -> str:
        r"""The line of a derivation: ``c_{1} = f_{1} \odot c_{0} + ... \approx 0.1974``."""
        return " ".join([self.left, *(f"{relation} {text}" for relation, text in self.chain)])

    def unicode(self) -> str:
        """The line as unicode text."""
        parts = [("=", self.notation.unicode(self.whole)), *self._chain(Figures)]
        return " ".join([self.notation.symbol_unicode(self.quantity), *(f"{r} {text}" for r, text in parts)])

    def __repr__(self) -> str:
        return self.unicode()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def to_json(self) -> dict[str, Any]:
        """The record of steps.json; formulas are LaTeX, value a decimal of 40 places, printed as the tables print it."""
        (_, symbolic), (_, substituted), *_ = self.chain
        return {
            "t": self.t,
            "quantity": self.quantity,
            "unit": self.unit,
            "symbolic": symbolic,
            "substituted": substituted,
            "value": _digits(self.value),
            "rounded": str(self.value.shown(self.decimals)),
            "relation": self.value.relation(self.decimals),
        }


def _plain_brackets(latex: str) -> str:
    """Brackets of ordinary size where nothing in them is tall: a long line can then be broken."""
    return latex if r"\frac" in latex else latex.replace(r"\left(", "(").replace(r"\right)", ")")


def _digits(value: Value) -> str:
    """Forty decimals, or forty significant digits of what is smaller than 10^-20."""
    tiny = abs(value) < Rational(1, 10**20) and value.sign()
    return str(value._scientific(DIGITS)) if tiny else value.decimal(DIGITS)


@dataclass(frozen=True, eq=False, repr=False)
class Steps:
    """The steps of a run: by time, then in the order of the author's equations, then by unit."""

    run: Run
    records: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of the quantities, in the author's order."""
        return tuple(self.run.units)

    def at(self, t: int) -> tuple[Step, ...]:
        """The steps of one time step, from 1."""
        return tuple(s for s in self.records if s.t == t)

    def step(self, t: int, name: str, unit: int = 1) -> Step:
        """One step. Raises RunError for a quantity, unit or time that is not there."""
        names = self.run.units
        if name not in names:
            raise RunError(unknown(f"quantity of {self.run.cell.name}", name, names))
        if not (1 <= t <= len(self.run.x) and 1 <= unit <= names[name]):
            raise RunError(
                f"there is no {name} of unit {unit} at t = {t}: t goes from 1 to {len(self.run.x)}, units to {names[name]}"
            )
        before = sum(names[q] for q in self.quantities[: self.quantities.index(name)])
        return self.records[(t - 1) * sum(names.values()) + before + unit - 1]

    def value(self, t: int, name: str, unit: int = 1) -> Value:
        """The exact value of a quantity; t = 0 is a state's initial value."""
        if t == 0 and name in self.run.initial:
            return Value.of(self.run.initial[name][unit - 1])
        return self.step(t, name, unit).value

    def arguments(self) -> dict[str, list[tuple[str, Value]]]:
        """The arguments of each activation by name, each with a label: where it stands, and when."""
        found: dict[str, list[tuple[str, Value]]] = {}
        for s in self.records:
            for function, argument in s.arguments:
                name = s.quantity if self.run.units[s.quantity] == 1 else f"{s.quantity}_{s.unit}"
                label = f"{function.__name__} in {name} at t = {s.t}"
                found.setdefault(function.__name__, []).append((label, argument))
        return found

    def to_json(self) -> dict[str, Any]:
        """The data of steps.json."""
        run = self.run
        return {
            "cell": run.cell.name,
            "run": run.title,
            "decimals": run.decimals,
            "sizes": dict(run.sizes),
            "steps": [s.to_json() for s in self.records],
        }

    def __repr__(self) -> str:
        return "\n".join(s.unicode() for s in self.records)


def steps(run: Run) -> Steps:
    """Evaluate a run, exactly. Raises DeriveError where a quantity has no finite real value, naming it and the step."""
    return Steps(run, tuple(_Evaluation(run).records()))


class _Evaluation:
    """One pass over the time steps; holds the numbers known so far."""

    def __init__(self, run: Run) -> None:
        self.run, self.cell = run, run.cell
        self.values: dict[Symbol, Value] = {}
        self.numbers: dict[Symbol, Numeral] = {}
        several = max(run.units.values()) > 1
        plain = self.cell.notation
        self.notation = InStep(plain.matrices, plain.scalars, plain.static)
        self.units: dict[str, list[int | None]] = {
            q: list(range(1, n + 1)) if several and n > 1 else [None] for q, n in run.units.items()
        }
        self.expanded = {
            (e.lhs.name, unit): one_unit(e.rhs, unit or 1, self.cell, run.sizes)
            for e in self.cell.equations
            for unit in self.units[e.lhs.name]
        }
        for name, tensor in run.parameters.items():
            self._give(name, tensor)
        for state, vector in run.initial.items():
            self._give(state, vector)

    def _give(self, name: str, tensor: Any) -> None:
        """Enter a vector, matrix or number of the run's data."""
        rows = tensor if isinstance(tensor, tuple) else (tensor,)
        for k, row in enumerate(rows, 1):
            entries = [(at(name, k, j), v) for j, v in enumerate(row, 1)] if isinstance(row, tuple) else [(at(name, k), row)]
            for symbol, number in entries:
                self._enter(symbol, Value.of(number), given)

    def _enter(self, symbol: Symbol, value: Value, how: Any) -> None:
        self.values[symbol] = value
        self.numbers[symbol] = how(value, self.run.decimals)

    def records(self) -> Iterator[Step]:
        for t, x in enumerate(self.run.x, 1):
            self._give(self.cell.input.name, x)
            for state, vector in self.run.initial.items():
                for k in range(1, len(vector) + 1):
                    now, before = at(state, k), at(state + PREVIOUS, k)
                    self.values[before], self.numbers[before] = self.values[now], self.numbers[now]
            for equation in self.cell.equations:
                for unit in self.units[equation.lhs.name]:
                    yield self._step(t, equation.lhs.name, unit, equation.rhs)

    def _step(self, t: int, name: str, unit: int | None, symbolic: Expr) -> Step:
        expanded = self.expanded[name, unit]
        decimals = self.run.decimals
        value = self._evaluate(expanded, name, t)
        reduced, worked_out = self._reduce(expanded, name, t)
        numbers = {s: self.numbers[s] for s in expanded.free_symbols} | worked_out
        arguments = tuple(
            (type(a), self._evaluate(a.args[0], name, t)) for a in _in_order(expanded) if isinstance(a, Activation)
        )
        self._enter(at(name, unit or 1), value, computed)
        notation = replace(self.notation, t=t, unit=unit)
        whole = whole_operands(symbolic, self.cell, _mark) if unit else symbolic
        return Step(
            t, name, unit or 1, symbolic, expanded, numbers, reduced, arguments, value, decimals, notation, whole
        )  # fmt: skip

    def _evaluate(self, expr: Any, name: str, t: int) -> Value:
        value = evaluate(without_means(expr), self.values)
        value.ends()  # a value that is no finite real number is found here, where it can be named
        return value

    def _reduce(self, expanded: Expr, name: str, t: int) -> tuple[Expr | None, dict[Symbol, Numeral]]:
        """The formula with the arguments of its outermost functions worked out, and how those are printed."""
        known: dict[Symbol, Numeral] = {}

        def walk(node: Any) -> Any:
            if not isinstance(node, Function):
                return node.func(*map(walk, node.args), evaluate=False) if _has_function(node) else node
            argument = node.args[0]
            if isinstance(argument, Symbol) or not argument.free_symbols:
                return node
            symbol = Symbol(f"argument {len(known) + 1}")
            known[symbol] = given(self._evaluate(argument, name, t), self.run.decimals)
            return node.func(symbol, *node.args[1:], evaluate=False)

        reduced = walk(expanded)
        return (reduced, known) if known else (None, known)


def _mark(symbol: Symbol) -> Symbol:
    return Symbol(symbol.name + WHOLE)


def _has_function(node: Any) -> bool:
    return bool(node.args) and node.has(Function)


def _in_order(expr: Any) -> Iterator[Any]:
    """The nodes of a tree from left to right, a function before its argument."""
    yield expr
    for a in expr.args:
        yield from _in_order(a)
