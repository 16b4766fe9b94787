"""The inputs of a cell, and the words with which a definition says what its arguments are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sympy import Symbol

from derive.errors import DefinitionError, shown, unknown
from derive.statements.sizes import size_by_head
from derive.symbolic.expressions import INPUT

if TYPE_CHECKING:  # to a type checker these are names to calculate with
    vector: TypeAlias = Any
    scalar: TypeAlias = Any
    constant: TypeAlias = Any
    fixed: TypeAlias = Any
    input: TypeAlias = Any
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


KINDS = ("vector", "scalar", "constant", "fixed", "input")


@dataclass(frozen=True)
class Input:
    """What a cell reads at every time step. size: how many numbers that is."""

    symbol: Symbol
    size: str = INPUT

    @property
    def name(self) -> str:
        return str(self.symbol.name)


def sizes_of(given: Any, kinds: Mapping[str, str], fail: Callable[[str], DefinitionError]) -> dict[str, str]:
    """The sizes that the decorator declares of arguments. kinds: "vector", "input", ... of those that have one.

    Raises what ``fail`` makes of the words for what is no such argument, and what is no size.
    """
    if not isinstance(given, Mapping):
        raise fail(f'sizes is {shown(given)}, expected a size by argument, such as {{"dt": 1}}')
    sized = [name for name, kind in kinds.items() if kind in ("vector", "fixed", "input")]
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
        if kinds[name] != "input" and found[name] == "1":
            number = "scalar" if kinds[name] == "vector" else "constant"
            raise fail(f"sizes: {name!r} is a vector of one number; write `{name}: {number}`")
    return found
