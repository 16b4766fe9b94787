"""What a vector or matrix is that is not learned: a formula of its indices, numbers, or numbers drawn from a seed.

In a formula ``row`` and ``column`` count from 0, as in the papers that have such matrices; ``rows`` and ``columns`` say
how many there are. Constants of the cell stand in it by their names.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sympy import Basic, Expr, Integer, Rational, Symbol, Tuple

from derive.errors import DeriveError, shown
from derive.exact.numeral import machine_rational
from derive.exact.value import Value
from derive.symbolic.evaluation import evaluate
from derive.symbolic.held import held_numbers
from derive.symbolic.nodes import FunctionNode
from derive.symbolic.tidy import tidy

row, column = Symbol("row"), Symbol("column")
rows, columns = Symbol("rows"), Symbol("columns")
PLACES = (row, column, rows, columns)

EXAMPLES = (
    "a formula of row and column such as 1/(1 + row), numbers such as ((0, 1), (-1, 0)), drawn(seed=1, radius=0.9), or"
    " zero_order_hold(A) of such a formula; a constant of the cell stands in it as Symbol('theta')"
)


class Drawn(FunctionNode):
    """Numbers that a seed gives: see ``drawn``. args: seed, scale, density, radius; 0 is no radius."""

    latex_name, unicode_name = r"\operatorname{drawn}", "drawn"
    is_number = False

    @property
    def radius(self) -> Rational:
        return self.args[3]  # type: ignore[return-value, unused-ignore]

    def _derive_python(self, printer: Any) -> str:
        names, usual = ("seed", "scale", "density", "radius"), (None, 1, 1, 0)
        printer.used["derive"].add("drawn")
        given = zip(names, self.args, usual, strict=True)
        return f"drawn({', '.join(f'{name}={printer._print(a)}' for name, a, u in given if a != u)})"


def drawn(seed: int, scale: float = 1, density: float = 1, radius: float | None = None) -> Drawn:
    """Numbers of U(-scale, scale), drawn one after the other, row by row, from Python's generator with that seed, of
    which a part ``density`` stands and the others are 0. With ``radius`` a square matrix is multiplied by a number that
    makes it its spectral radius, as the reservoir of an echo state network has it.

    Raises DeriveError for a seed that is no whole number from 0 on, a density outside of (0, 1], and a scale or radius
    that is not above 0.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise DeriveError(f"drawn(seed={shown(seed)}): expected a whole number from 0 on, such as 1")
    numbers = [machine_rational(number) for number in (scale, density, 0 if radius is None else radius)]
    if not 0 < numbers[1] <= 1:
        raise DeriveError(f"drawn(density={shown(density)}): expected a part above 0 and at most 1, such as 0.1")
    for name, given, number in (("scale", scale, numbers[0]), ("radius", radius, numbers[2])):
        if given is not None and not number > 0:
            raise DeriveError(f"drawn({name}={shown(given)}): expected a number above 0")
    return Drawn(Integer(seed), *numbers)  # type: ignore[no-any-return, unused-ignore]


class Held(FunctionNode):
    """What one step of dm/dt = A m + B u makes of m, or of u: see ``zero_order_hold``. args: A, or A and B."""

    latex_name, unicode_name = r"\operatorname{held}", "zero_order_hold"
    is_number = False

    def _latex(self, printer: Any) -> str:
        def matrix(entries: Any, places: str) -> str:
            if not isinstance(entries, Tuple):
                return rf"\left({printer._print(entries)}\right)_{{{places}}}"
            lines = (map(printer._print, line if isinstance(line, Tuple) else [line]) for line in entries)
            inside = r" \\ ".join(map(" & ".join, lines))
            return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"

        return self._said(matrix, (r"\exp\left({A}\right)", r"\int_{{0}}^{{1}} \exp\left(\tau {A}\right) d\tau \, {B}"))

    def _sympystr(self, printer: Any) -> str:
        def matrix(entries: Any, places: str) -> str:
            text = str(printer._print(entries))
            return text if isinstance(entries, Tuple) else f"({text})_{places}"

        return self._said(matrix, ("exp({A})", "∫₀¹ exp(τ {A}) dτ {B}"))

    def _said(self, matrix: Callable[[Any, str], str], texts: tuple[str, str]) -> str:
        """The text for A alone, or for both."""
        rates, *inputs = self.args
        places = "ij" if any(b.has(column) for b in inputs) else "i"
        return texts[len(inputs)].format(A=matrix(rates, "ij"), B="".join(matrix(b, places) for b in inputs))

    def _derive_python(self, printer: Any) -> str:
        printer.used["derive"].add("zero_order_hold")
        return f"zero_order_hold({', '.join(map(printer.fixed, self.args))})"


def zero_order_hold(rates: Any, inputs: Any = None) -> Held:
    """What one step of dm/dt = A m + B u makes of m, e^A, and with ``inputs``, B, what it makes of a u that is held
    between two steps, ∫_0^1 e^{sA} ds B. Of a step of length Δ it is that of A Δ and B Δ.

    rates: A, a square matrix; inputs: B, a vector or a matrix of as many rows; each a formula of ``row`` and ``column``
    or numbers.

    Raises DeriveError for numbers that are no rows of a matrix.
    """
    return Held(*(a if isinstance(a, Basic) else fixed_value(a) for a in (rates, inputs) if a is not None))  # type: ignore[no-any-return, unused-ignore]


def fixed_value(value: object, constants: Collection[str] = ()) -> Basic:
    """What somebody says that a vector or matrix is, exact: a formula, nested tuples of numbers, a draw, or what a step
    makes of such. constants: the names that a formula may have.

    Raises DeriveError for what is none of these.
    """
    if isinstance(value, Drawn):
        return value
    if isinstance(value, Held):
        parts = [fixed_value(a, constants) for a in value.args]
        if odd := [type(a) for a in parts if isinstance(a, Drawn | Held)]:
            raise DeriveError(f"zero_order_hold is of formulas or numbers, and of no {odd[0].unicode_name}(...)")
        return Held(*parts)  # type: ignore[no-any-return, unused-ignore]
    if isinstance(value, list | tuple | Tuple) or hasattr(value, "tolist"):
        return _listed(value.tolist() if hasattr(value, "tolist") else value)
    if isinstance(value, str):
        raise DeriveError(f"{shown(value)} is a text; expected {EXAMPLES}")
    formula: Expr = tidy(value) if isinstance(value, Expr) else machine_rational(value)
    known = {*PLACES, *map(Symbol, constants)}
    odd = [s.name for s in formula.free_symbols if s not in known]
    odd += [f.unicode_name for f in formula.atoms(Drawn, Held)]
    if odd:
        raise DeriveError(f"{formula} has {odd[0]} in it; expected {EXAMPLES}")
    return formula


def _listed(value: Any) -> Tuple:
    lengths = {len(part) if isinstance(part, list | tuple | Tuple) else 0 for part in value}
    if len(lengths) != 1 or (0 in lengths and not value):
        raise DeriveError("the rows have different lengths" if value else f"no numbers; expected {EXAMPLES}")
    parts = [machine_rational(part) if lengths == {0} else _listed(part) for part in value]
    return Tuple(*parts)


def constants_in(value: Basic | None) -> set[Any]:
    """The symbols of the constants that a formula reads; none where there is none."""
    return set() if value is None else value.free_symbols.difference(PLACES)


def shape(value: Basic) -> tuple[int, ...]:
    """How many rows, and columns, there are of numbers; nothing of what is there in any size."""
    if isinstance(value, Held):
        return shape(value.args[-1])
    if not isinstance(value, Tuple):
        return ()
    return (len(value), *shape(value[0]))


def numbers(value: Basic, lengths: Sequence[int], constants: Mapping[str, Any] | None = None) -> tuple[Rational, ...]:
    """The numbers of a vector of that length, or of a matrix of so many rows and columns, in one row. Rational ones are
    exact, of others there is the nearest double. constants: the numbers of those in its formula.

    Raises DeriveError for numbers of another shape, a draw with a radius of what is not square or has none, and a
    formula that is no finite real number somewhere.
    """
    if isinstance(value, Drawn):
        return _drawn(value, lengths)
    if isinstance(value, Held):
        rates, *inputs = value.args
        given = numbers(inputs[0], lengths, constants) if inputs else ()
        return held_numbers(numbers(rates, (lengths[0], lengths[0]), constants), given, lengths[0])
    if isinstance(value, Tuple):
        if shape(value) != tuple(lengths):
            raise DeriveError(f"there are {_said(shape(value))} numbers of it, and it is {_said(lengths)}")
        return tuple(n for part in value for n in (part if isinstance(part, Tuple) else (part,)))
    count, wide = lengths[0], lengths[1] if len(lengths) > 1 else 1
    known = {Symbol(name): Value.of(number) for name, number in (constants or {}).items()}
    known |= {rows: Value.of(count), columns: Value.of(wide)}
    found = []
    for k in range(count * wide):
        at = known | {row: Value.of(k // wide), column: Value.of(k % wide)}
        try:
            entry = evaluate(value, at)
            found.append(_double(float(entry)) if entry.rational is None else entry.rational)
        except (DeriveError, ArithmeticError, ValueError):
            raise DeriveError(f"{value} is no finite real number at row {k // wide}, column {k % wide}") from None
    return tuple(found)


def _said(lengths: Sequence[int]) -> str:
    return "×".join(map(str, lengths))


def _drawn(value: Drawn, lengths: Sequence[int]) -> tuple[Rational, ...]:
    seed, scale, density, radius = value.args
    draw = random.Random(int(seed))
    pairs = [(draw.random(), draw.random()) for _ in range(math.prod(lengths))]
    found = [float(scale) * (2 * u - 1) if kept < float(density) else 0.0 for u, kept in pairs]
    factor = _factor(found, lengths, float(radius)) if radius else 1.0
    return tuple(_double(factor * number) for number in found)


def _double(number: float) -> Rational:
    """The number, exactly. Raises ValueError and OverflowError for one that is none."""
    return Rational(*number.as_integer_ratio())


def _factor(numbers: Sequence[float], lengths: Sequence[int], radius: float) -> float:
    """What makes the spectral radius that number, rounded to what everyone finds alike, whoever finds eigenvalues."""
    import numpy as np

    if len(lengths) != 2 or lengths[0] != lengths[1]:
        raise DeriveError(f"a spectral radius is that of a square matrix, and this is {_said(lengths)}")
    largest = float(np.abs(np.linalg.eigvals(np.reshape(numbers, lengths))).max())
    if largest == 0:
        raise DeriveError("no spectral radius: all eigenvalues are 0; give another seed or a larger density")
    return float(f"{radius / largest:.12g}")
