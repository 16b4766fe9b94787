"""Initial values of learned parameters: a number, a draw, or a formula of one draw.

A draw is a node of a formula, as an activation is, so ``log(uniform(1, 99))`` and ``0.5 * eye()`` are initial values,
and print as people write them: log(U(1, 99)).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import hypot, prod
from typing import Any, ClassVar, TypeAlias, Union

from sympy import Expr, Integer, Rational, exp, log, nan, oo, zoo
from sympy.core.symbol import Str

from derive.errors import DeriveError, shown
from derive.exact.numeral import FINITE, LARGEST_DOUBLE, exact_rational, machine_rational
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import replace
from derive.symbolic.nodes import FunctionNode
from derive.symbolic.tidy import tidy

Initial: TypeAlias = Union[int, float, Expr]  # noqa: UP007  SymPy's types are not known to every mypy


class Draw(FunctionNode):
    """A number for each entry of a parameter, by chance or by its place.

    kinds: of parameters that it can fill; alike: whether all entries are alike, so that tensors may be filled at once.
    torch: how PyTorch fills ``{tensor}``; the arguments are {0}, {1}.
    """

    kinds: ClassVar[tuple[str, ...]] = ("matrix", "vector", "scalar")
    alike: ClassVar[bool] = True
    torch: ClassVar[str]
    is_number = False  # none that SymPy could work out to compare it
    is_extended_real = True

    def examples(self) -> Sequence[Expr]:
        """Some of the numbers that it gives, about the least and the largest among them."""
        return (Integer(1),)

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        """The numbers of a tensor, along its rows. parts: into how many equal ones units are cut, see ``Spaced``."""
        raise NotImplementedError

    def filling(self, tensor: str, code: Callable[[Any], str]) -> str:
        """The expression that fills a tensor. code: how a number is spelled."""
        return self.torch.format(*map(code, self.args), tensor=tensor)

    def _latex(self, printer: Any) -> str:
        if not self.args:
            return self.latex_name
        return rf"{self.latex_name}\left({', '.join(_written(a, printer) for a in self.args)}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"{self.unicode_name}({', '.join(_written(a, printer) for a in self.args)})"


class Uniform(Draw):
    """Between two numbers: see ``uniform``."""

    latex_name, unicode_name = "U", "U"
    torch = "nn.init.uniform_({tensor}, {0}, {1})"

    def examples(self) -> Sequence[Expr]:
        low, high = (a.evalf() for a in self.args)
        return [low + k * (high - low) for k in (0.000001, 0.25, 0.5, 0.75, 0.999999)]

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        low, high = map(float, self.args[:2])
        return [chance.uniform(low, high) for _ in range(prod(shape))]


class Spaced(Uniform):
    """Evenly spaced between two numbers: see ``spaced``. args: the two, and the size that is the number of heads."""

    kinds = ("vector",)
    alike = False
    latex_name, unicode_name = r"\operatorname{spaced}", "spaced"
    torch = "{tensor}.copy_(torch.linspace({0}, {1}, len({tensor}), dtype={tensor}.dtype))"

    @property
    def heads(self) -> str:
        """The size that is the number of equal parts, each of which has all the numbers; empty for one of them."""
        return self.args[2].name if len(self.args) > 2 else ""

    def examples(self) -> Sequence[Expr]:
        return Uniform(*self.args[:2]).examples()  # type: ignore[no-any-return]

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        low, high = map(float, self.args[:2])
        last = shape[0] // parts - 1
        return [low + (high - low) * k / max(last, 1) for k in range(last + 1)] * parts

    def filling(self, tensor: str, code: Callable[[Any], str]) -> str:
        if not self.heads:
            return super().filling(tensor, code)
        heads = self.heads if self.heads.isdecimal() else f"self.{self.heads}"
        low, high = map(code, self.args[:2])
        steps = f"torch.linspace({low}, {high}, len({tensor}) // {heads}, dtype={tensor}.dtype)"
        return f"{tensor}.view({heads}, -1).copy_({steps})"


class Counted(Draw):
    """1, 2, 3, ...: see ``counted``."""

    kinds = ("vector", "matrix")
    alike = False
    latex_name, unicode_name = r"\operatorname{counted}", "counted"
    torch = "{tensor}.copy_(torch.arange(1, {tensor}.shape[-1] + 1))"

    def examples(self) -> Sequence[Expr]:
        return [Integer(1), Integer(2), Integer(1000)]

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        return [float(k) for k in range(1, shape[-1] + 1)] * prod(shape[:-1])


class Normal(Draw):
    """Of a mean and a standard deviation: see ``normal``."""

    latex_name, unicode_name = "N", "N"
    torch = "nn.init.normal_({tensor}, {0}, {1})"

    def examples(self) -> Sequence[Expr]:
        mean, deviation = (a.evalf() for a in self.args)
        return [mean + k * deviation for k in (-5, -1, 0, 1, 5)]

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        mean, deviation = map(float, self.args)
        return [chance.gauss(mean, deviation) for _ in range(prod(shape))]

    def _latex(self, printer: Any) -> str:
        return super()._latex(printer).removesuffix(r"\right)") + r"^{2}\right)"

    def _sympystr(self, printer: Any) -> str:
        return super()._sympystr(printer).removesuffix(")") + "²)"


class Orthogonal(Draw):
    """An orthogonal matrix: see ``orthogonal``."""

    kinds = ("matrix",)
    alike = False
    latex_name, unicode_name = r"\operatorname{orthogonal}", "orthogonal"
    torch = "nn.init.orthogonal_({tensor})"

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        """By the modified process of Gram and Schmidt, of normal numbers."""
        vectors: list[list[float]] = []
        for _ in range(min(shape)):
            v = [chance.gauss(0, 1) for _ in range(max(shape))]
            for u in vectors:
                along = sum(a * b for a, b in zip(u, v, strict=True))
                v = [b - along * a for a, b in zip(u, v, strict=True)]
            vectors.append([a / hypot(*v) for a in v])
        rows = vectors if shape[0] <= shape[1] else zip(*vectors, strict=True)
        return [a for row in rows for a in row]


class Eye(Draw):
    """The identity matrix: see ``eye``."""

    kinds = ("matrix",)
    alike = False
    latex_name, unicode_name = r"\operatorname{eye}", "eye"
    torch = "nn.init.eye_({tensor})"

    def drawn(self, shape: tuple[int, ...], chance: random.Random, parts: int = 1) -> list[float]:
        return [float(j == k) for j in range(shape[0]) for k in range(shape[1])]


def uniform(low: Initial, high: Initial) -> Uniform:
    """Drawn uniformly between two numbers. Raises DeriveError for what is no number, and for low above high."""
    return Uniform(*_between("uniform", low, high)).numbered()  # type: ignore[no-any-return]


def spaced(low: Initial, high: Initial, heads: str | int = "") -> Spaced:
    """Evenly spaced over the units, from ``low`` for the first to ``high`` for the last; with ``heads``, the number of
    equal parts into which the cell cuts them, over the units of each. Raises as ``uniform``."""
    return Spaced(*_between("spaced", low, high), *([Str(str(heads))] if heads else []))  # type: ignore[no-any-return]


def counted() -> Counted:
    """1 for the first unit, 2 for the second, and so on; in a matrix so along each row."""
    return Counted()  # type: ignore[no-any-return]


def log_uniform(low: Initial, high: Initial) -> Expr:
    """exp(U(log low, log high)): as likely between 1 and 10 as between 10 and 100. Raises as ``uniform``."""
    for number in (low, high):
        if not _number("log_uniform", number) > 0:
            raise DeriveError(f"log_uniform({low}, {high}): {number} has no logarithm; expected numbers above 0")
    return exp(uniform(*(log(_number("log_uniform", number)) for number in (low, high))))


def normal(mean: Initial = 0, deviation: Initial = 1) -> Normal:
    """Drawn from the normal distribution with that mean and standard deviation. Raises DeriveError for what is no
    number, and for a negative deviation."""
    if not _number("normal", deviation) >= 0:
        raise DeriveError(f"normal({mean}, {deviation}): the standard deviation is negative")
    return Normal(_number("normal", mean), _number("normal", deviation)).numbered()  # type: ignore[no-any-return]


def orthogonal() -> Orthogonal:
    """For a matrix: with orthonormal rows, or columns where it has more rows than columns (Saxe, McClelland and Ganguli
    2014). As ``torch.nn.init.orthogonal_``, for float32 and float64."""
    return Orthogonal().numbered()  # type: ignore[no-any-return]


def eye() -> Eye:
    """For a matrix: the identity, as in Le, Jaitly and Hinton (2015)."""
    return Eye()  # type: ignore[no-any-return]


def chrono(longest: Initial) -> Expr:
    """log(U(1, longest - 1)): the bias of a forget gate for dependencies of up to ``longest`` time steps, more than 2.

    Source: Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", ICLR. The input gate's bias, which
    is the negative of it in the paper's LSTM, is not tied to it here.
    """
    steps = exact_rational(longest)
    if not steps > 2:
        raise DeriveError(f"chrono({longest}): expected more than 2 time steps")
    return log(uniform(1, Rational(steps.p - steps.q, steps.q)))


def draw_of(value: Expr) -> Draw | None:
    """The draw in an initial value."""
    return next(iter(value.atoms(Draw)), None)


def initial_value(value: object) -> Expr:
    """What somebody states as an initial value, exact.

    Raises DeriveError for what is no formula of numbers and one draw, or has values that are no finite real numbers.
    """
    if not isinstance(value, Expr) or value.is_Number:
        if isinstance(value, str):
            raise DeriveError(f"the initial value {shown(value)} is a text; expected {EXAMPLES}")
        return machine_rational(value)
    formula: Expr = tidy(value)
    draws = formula.atoms(Draw)
    odd = [*(s.name for s in formula.free_symbols), *(type(f).__name__ for f in formula.atoms(Activation))]
    if odd:
        raise DeriveError(f"the initial value {formula} has {odd[0]} in it; expected {EXAMPLES}")
    if len(draws) > 1:
        raise DeriveError(
            f"the initial value {formula} has {len(draws)} draws in it, at most one; one that is read twice has a name,"
            " u = uniform(0, 1)"
        )
    if formula.has(zoo, nan, oo):
        raise DeriveError(f"the initial value {formula} is not finite")
    for example in (example for draw in draws or (Orthogonal(),) for example in draw.examples()):
        number = replace(formula, dict.fromkeys(draws, example)).doit().evalf()
        if not (number.is_Float or number.is_Rational) or not number.is_finite:
            raise DeriveError(f"the initial value {formula} is {number} where {float(example):.4g} is drawn")
        if abs(number) > LARGEST_DOUBLE:
            raise DeriveError(f"the initial value {formula} is {number:.2g}; expected {FINITE}")
    return replace(formula, {draw: draw.plain() for draw in draws})


EXAMPLES = "a number such as 1, or a formula of a draw such as log(uniform(1, 99))"


def _between(name: str, low: Initial, high: Initial) -> tuple[Expr, Expr]:
    numbers = _number(name, low), _number(name, high)
    if not numbers[0].evalf() <= numbers[1].evalf():
        raise DeriveError(f"{name}({low}, {high}): the first number is above the second")
    return numbers


def _number(function: str, value: object) -> Expr:
    """An argument of a draw."""
    if isinstance(value, Expr) and value.is_number and value.is_real and value.is_finite:
        return tidy(value)
    try:
        return machine_rational(value)
    except DeriveError as e:
        raise DeriveError(f"{function}: {e}") from None


def _written(number: Expr, printer: Any) -> str:
    """A number in a draw, the decimal that it is where it is a short one; or the name of a size."""
    if isinstance(number, Str):
        return str(number.name)
    text = f"{float(number):.12g}"
    is_decimal = isinstance(number, Rational) and Rational(text) == number and "e" not in text
    return text if is_decimal else str(printer._print(number))
