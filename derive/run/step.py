"""One step of a run: a quantity of one unit at one time, symbolic, substituted, exact and rounded.

A line of a derivation reads

    i_1 = σ(W_ii x_1 + b_ii + ...) = σ(0 · 0.2 + 100 · 1 + ...) = σ(90) ≈ 1.0000

The sign before a formula with numbers is = where what is printed has exactly the value of what stands before it, and
the sign before the value where the printed decimal is the value itself; otherwise it is ≈. Numbers in a formula have as
many decimals as the tables, and as many more as it takes for the formula to give the value that is printed after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

from sympy import Add, Expr, Mul, Symbol

from derive.exact.numeral import LARGEST_EXPONENT, Numeral, marked
from derive.exact.value import Value
from derive.later import later
from derive.notation.figures import BORDER, Figures, LatexFigures
from derive.notation.names import Notation
from derive.notation.quantity import BEFORE, Quantity, numbered
from derive.run.number import Number, value_json
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import rebuild

MOST_FURTHER = 12  # decimals that a number in a formula may have beyond those of the tables
LATEX_RELATION = {"=": "=", "≈": r"\approx"}


@dataclass(frozen=True)
class InStep(Notation):
    """A cell's notation with the time step written in, and the unit where there are several: c_{2}^{(1)}."""

    t: int = 1

    @classmethod
    def of(cls, plain: Notation, **given: Any) -> Self:
        """That notation with the fields given beside its own, or in their place."""
        return cls(**({f.name: getattr(plain, f.name) for f in fields(plain)} | given))

    def index(self, q: Quantity) -> tuple[str, ...]:
        return (self.time_step(q),) if q.time else ()

    def time_step(self, q: Quantity) -> str:
        """The number of the time step."""
        return str(self.t - 1 if q.time == BEFORE else self.t)

    def joint(self, left: Any, right: Any, times: str) -> str:
        """Between single units a dot stands for ⊙."""
        dots = {r"\odot": r"\cdot", "⊙": "·"} if self.unit else {}
        return super().joint(left, right, dots.get(times, times))


@dataclass(frozen=True)
class Place:
    """Where an activation is applied to an argument: the k-th (from 0) in the equation of a quantity's unit at t."""

    function: type[Activation]
    quantity: str
    unit: int
    t: int
    k: int
    label: str = ""  # of the unit, as ``Run.unit_label`` has it

    @property
    def name(self) -> str:
        """``c``, or ``c_2`` where there are several units."""
        return numbered(self.quantity, self.label)

    def __str__(self) -> str:
        return f"{self.function.__name__} in {self.name} at t = {self.t}"


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One unit of one quantity at one time step.

    t and unit count from 1. symbolic: the author's right-hand side. expanded: that unit of it, over symbols of single
    numbers, which ``inputs`` has. reduced: the same with the arguments of its functions worked out, σ(90), or None
    where that says nothing new. arguments: of its activations, from left to right. value: exact.
    """

    t: int
    quantity: str
    unit: int
    symbolic: Expr
    expanded: Expr
    inputs: Mapping[Symbol, Number]
    reduced: Expr | None
    arguments: tuple[tuple[Place, Value], ...]
    value: Value
    decimals: int
    notation: InStep
    whole: Expr  # the symbolic form, with the operands of matrices marked
    target: str = ""  # the name that stands on the left, where the quantity has another at another time
    _chains: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, init=False)  # by decimal mark

    @property
    def label(self) -> str:
        """How its unit is told from the others, ``Run.unit_label``; "" where there is one."""
        return self.notation.unit

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """The formulas that are printed with numbers: expanded and, where there is one, reduced."""
        return (self.expanded,) if self.reduced is None else (self.expanded, self.reduced)

    @cached_property
    def _printed(self) -> tuple[Mapping[Symbol, Numeral], tuple[Value, ...], bool]:
        """The numbers as they are printed, what each formula gives with them, and whether that is the printed value."""
        for further in range(MOST_FURTHER + 1):
            numerals = {s: n.numeral(self.decimals, further) for s, n in self.inputs.items()}
            printed = {s: Value.of(n) for s, n in numerals.items()}
            values = tuple(evaluate(f, printed) for f in self.formulas)
            if given := all(v == self.value or _rounds_to(v, self._shown) for v in values):
                break
        return numerals, values, given

    def without_zero_terms(self) -> Step:
        """The same step without products in its formula that have a factor which is exactly 0."""

        def is_zero(node: Any) -> bool:
            if isinstance(node, Symbol):
                return self.inputs[node].value.rational == 0
            return isinstance(node, Mul) and any(map(is_zero, node.args))

        def walk(node: Any) -> Any:
            args = [a for a in node.args if not is_zero(a)] if isinstance(node, Add) else node.args
            if isinstance(node, Add) and len(args) < 2:
                return walk(args[0] if args else node.args[0])
            return rebuild(node, [walk(a) for a in args]) if args else node

        expanded = walk(self.expanded)
        return replace(self, expanded=expanded, inputs=dict(self.inputs))

    def worked_out(self, values: Mapping[Symbol, Value]) -> Step:
        """The same step with the sums within its products as one number each.

        For a saturated gate, i (1 - i) with the printed digits of i is 0; with the number that 1 - i is, it is not.
        """
        inputs = dict(self.inputs)

        def walk(node: Any, outermost: bool) -> Any:
            if isinstance(node, Add) and not outermost:
                symbol = Symbol(f"sum {len(inputs)}")
                inputs[symbol] = Number(evaluate(node, values), is_given=False)
                return symbol
            return rebuild(node, [walk(a, False) for a in node.args]) if node.args else node

        expanded = walk(self.expanded, True)
        return replace(self, expanded=expanded, inputs={s: inputs[s] for s in expanded.free_symbols})

    @cached_property
    def _shown(self) -> Numeral:
        return self.value.shown(self.decimals)

    @cached_property
    def _relations(self) -> tuple[str, ...]:
        """The sign before each formula with numbers, and before the value."""
        values = self.value, *self._printed[1]
        signs = ("=" if (after - before).rational == 0 else "≈" for before, after in pairwise(values))
        return (*signs, self.value.relation(self.decimals))

    @property
    def is_true(self) -> bool:
        """Whether every formula, read by itself with the numbers printed in it, gives the value that is printed."""
        return self._printed[2]

    @property
    def numbers(self) -> Mapping[Symbol, Numeral]:
        """How each number in the formulas is printed."""
        return self._printed[0]

    def _chain(self, figures: type[Figures]) -> Iterator[tuple[str, str]]:
        writer = figures(self.numbers)
        texts = *map(writer.text, self.formulas), writer.standing(self._shown)
        yield from zip(self._relations, texts, strict=True)

    def _line(self, symbolic: str, figures: type[Figures]) -> list[tuple[str, str]]:
        """What follows the left side, each text once: a formula may be one number as it is printed, or 0."""
        parts = [("=", symbolic), *self._chain(figures)]
        if not self.expanded.free_symbols and parts[-1][0] == "=":
            parts.pop()
        return [part for k, part in enumerate(parts) if not k or part[1] != parts[k - 1][1]]

    @property
    def chain(self) -> tuple[tuple[str, str], ...]:
        r"""(relation, LaTeX) of what follows the left side: symbolic, substituted, reduced where it differs, value."""
        return tuple((relation, text.replace(BORDER, "")) for relation, text in self.bordered)

    @property
    def bordered(self) -> tuple[tuple[str, str], ...]:
        """The same with a ``BORDER`` wherever a line that is too long had best end."""
        mark = marked(".")
        if mark not in self._chains:
            parts = self._line(_plain_brackets(self.notation.latex(self.whole)), LatexFigures)
            self._chains[mark] = tuple((LATEX_RELATION[relation], text) for relation, text in parts)
        return self._chains[mark]

    @property
    def left(self) -> str:
        """The LaTeX of the quantity: ``c_{2}``, with several units ``c_{2}^{(1)}``."""
        return self.notation.symbol_latex(self.target or self.quantity)

    def latex(self) -> str:
        r"""The line of a derivation: ``c_{1} = f_{1} \odot c_{0} + ... \approx 0.1974``."""
        return " ".join([self.left, *(f"{relation} {text}" for relation, text in self.chain)])

    def unicode(self) -> str:
        """The line as unicode text."""
        parts = self._line(self.notation.unicode(self.whole), Figures)
        return " ".join(
            [self.notation.symbol_unicode(self.target or self.quantity), *(f"{r} {text}" for r, text in parts)]
        )

    def __repr__(self) -> str:
        return self.unicode()

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def to_json(self) -> dict[str, Any]:
        """The record of steps.json: formulas as LaTeX, the value to 40 decimals and as the tables print it.

        unit: counted from 1 along the rows. entry: row and column in a matrix, before them the head of several.
        """
        texts = [text for _, text in self.chain]
        place = [int(number) for number in re.findall(r"\d+", self.label)]
        return {
            "t": self.t,
            "quantity": self.quantity,
            "unit": self.unit,
            **({"entry": place} if len(place) > 1 else {}),
            "symbolic": texts[0],
            "substituted": texts[min(1, len(texts) - 1)],
            **value_json(self.value, self.decimals),
        }


def _rounds_to(value: Value, numeral: Numeral) -> bool:
    """Whether a value rounds to that decimal however ties are rounded."""
    if value.rational is not None and abs(numeral.exponent) <= LARGEST_EXPONENT:  # as below, in whole numbers
        above, below = 10 ** max(numeral.exponent, 0), 10 ** max(-numeral.exponent, 0)
        off = value.rational.p * below - numeral.digits * above * value.rational.q
        return bool(2 * abs(off) < above * value.rational.q)
    half = Value.of(numeral._replace(digits=1)) / 2
    return bool((abs(value - Value.of(numeral)) - half).sign() == -1)


def _plain_brackets(latex: str) -> str:
    """Brackets of ordinary size where nothing in them is tall: a long line can then be broken."""
    return latex if r"\frac" in latex else latex.replace(r"\left(", "(").replace(r"\right)", ")")
