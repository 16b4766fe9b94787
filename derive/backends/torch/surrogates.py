"""The functions of a module whose slope is not the derivative of their value, each as two functions in Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sympy import Basic, Symbol

from derive.backends.torch.printer import slope_names, torch_code
from derive.symbolic.activation import Activation
from derive.symbolic.derivatives import slope
from derive.symbolic.surrogate import is_surrogate


class Surrogate(NamedTuple):
    """The names and the texts of one, and the arguments after x and y."""

    value: str
    slope: str
    parameters: str
    value_text: str
    slope_text: str


def surrogates(formulas: Iterable[Basic]) -> list[Surrogate]:
    """Those that stand in formulas, or in the slopes of others, by name."""
    found: dict[type[Activation], Surrogate] = {}
    waiting = list(formulas)
    while waiting:
        for function in {type(a) for a in waiting.pop().atoms(Activation)} - found.keys():
            if is_surrogate(function):
                own = slope(function, Symbol("x"), Symbol("y"), tuple(map(Symbol, function.defaults)))
                found[function] = _written(function, own)
                waiting.append(own)
    return sorted(found.values())


def _written(function: type[Activation], own: Basic) -> Surrogate:
    x, parameters = Symbol("x"), [Symbol(name) for name in function.defaults]
    numbers = frozenset(parameters)
    value_text = torch_code(function(x, *parameters, evaluate=False), numbers=numbers, plain=True)
    arguments = "".join(f", {p}: float" for p in parameters)
    return Surrogate(*slope_names(function), arguments, value_text, torch_code(own, numbers=numbers))
