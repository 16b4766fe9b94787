"""The inputs of a cell, those that are drawn too, and the words with which a definition says what its arguments are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sympy import Expr, Integer, Symbol

from derive.errors import DefinitionError, DeriveError, shown, unknown
from derive.exact.numeral import machine_rational
from derive.statements.sizes import size_by_head
from derive.symbolic.expressions import INPUT

if TYPE_CHECKING:  # to a type checker these are names to calculate with
    vector: TypeAlias = Any
    scalar: TypeAlias = Any
    constant: TypeAlias = Any
    fixed: TypeAlias = Any
    input: TypeAlias = Any
    bernoulli: TypeAlias = Any
else:

    class vector:
        """Annotation: a learned parameter with one value per hidden unit (``u: vector``), or with its initial value
        (``gain: vector = 1``, ``u: vector = uniform(0, 1)``)."""

    class scalar:
        """Annotation: one learned number (``alpha: scalar``, ``alpha: scalar = -3`` with its initial value)."""

    class constant:
        """Annotation: a number fixed at construction, with its default (``gamma: constant = 1.0``)."""

    class fixed:
        """Annotation: a vector or matrix that is not learned (``A: fixed = 1/(1 + row)``), with what it is: a formula
        of ``row`` and ``column``, numbers, or ``drawn(seed)``; ``sizes`` of the decorator says how large it is."""

    class input:
        """Annotation: a further input (``m: input``), at each time step as many numbers as the first one has, unless
        ``sizes`` of the decorator says otherwise."""

    class bernoulli:
        """Annotation: a mask that is drawn (``m: bernoulli = 0.7``), for each unit at each time step 1 with that
        probability and else 0; ``m: bernoulli = per_sequence(0.7)`` is drawn once for a sequence. The probability is a
        number, or the name of a constant."""


KINDS = ("vector", "scalar", "constant", "fixed", "input", "bernoulli")


@dataclass(frozen=True)
class Chance:
    """How a mask is drawn. probability: of a 1, a number or the symbol of a constant. per_sequence: whether all time
    steps of a sequence have the same mask."""

    probability: Expr
    per_sequence: bool = False

    @property
    def how_often(self) -> str:
        return "for each sequence" if self.per_sequence else "at each step"


@dataclass(frozen=True)
class PerSequence:
    """See ``per_sequence``."""

    probability: Any


def per_sequence(probability: float | str) -> PerSequence:
    """For the default of a mask that is drawn once for a sequence: ``m: bernoulli = per_sequence(0.7)``."""
    return PerSequence(probability)


@dataclass(frozen=True)
class Input:
    """What a cell reads at every time step. size: how many numbers that is. chance: how they are drawn, where nobody
    gives them."""

    symbol: Symbol
    size: str = INPUT
    chance: Chance | None = None

    @property
    def name(self) -> str:
        return str(self.symbol.name)


def chance_of(name: str, given: Any, constants: Mapping[str, Any]) -> Chance:
    """How the mask of that name is drawn, of its default. constants: the values of the cell's constants by name.

    Raises DefinitionError for what is no probability.
    """
    once = isinstance(given, PerSequence)
    found = given.probability if isinstance(given, PerSequence) else given
    if isinstance(found, str) and found in constants:
        probability, value = Symbol(found), constants[found]
        found = f"the constant {found}, {value}"
    elif isinstance(found, str) and found.isidentifier():
        raise DefinitionError(f"the probability of {name!r}: {unknown('constant', found, constants)}")
    else:
        try:
            probability = value = machine_rational(found)
        except DeriveError:
            probability = value = Integer(-1)
        found = shown(found)
    if not 0 <= value <= 1:
        raise DefinitionError(
            f"the probability of {name!r} is {found}; expected a number from 0 to 1, such as `{name}: bernoulli = 0.9`"
        )
    return Chance(probability, once)


def sizes_of(given: Any, kinds: Mapping[str, str], fail: Callable[[str], DefinitionError]) -> dict[str, str]:
    """The sizes that the decorator declares of arguments. kinds: "vector", "input", ... of those that have one.

    Raises what ``fail`` makes of the words for what is no such argument, and what is no size.
    """
    if not isinstance(given, Mapping):
        raise fail(f'sizes is {shown(given)}, expected a size by argument, such as {{"dt": 1}}')
    sized = [name for name, kind in kinds.items() if kind in ("vector", "fixed", "input", "bernoulli")]
    found = {}
    for name, size in given.items():
        if name in kinds and name not in sized:
            raise fail(
                f"sizes: {name!r} is a {kinds[name]}, one number; vectors, fixed ones too, and inputs have a size"
            )
        if name not in sized:
            raise fail(f"sizes: {unknown('vector or further input', str(name), sized)}")
        try:
            found[name] = size_by_head(size, f"sizes[{name!r}] = ...")
        except DefinitionError as e:
            raise fail(str(e)) from None
        if kinds[name] in ("vector", "fixed") and found[name] == "1":
            number = "scalar" if kinds[name] == "vector" else "constant"
            raise fail(f"sizes: {name!r} is a vector of one number; write `{name}: {number}`")
    return found
