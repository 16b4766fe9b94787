"""Whether somebody's activation is one: what is wrong with it is said where it is used first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any

from sympy import Dummy, Expr, I, Set, nan, oo, sympify, zoo

from derive.errors import DeriveError, shown

ANSWERS = {"value": ("x",), "stable": ("x",), "slope": ("x", "y")}
Data = Mapping[str, tuple[Callable[[Any], bool], str]]


def check_activation(cls: Any) -> None:
    """Raises DeriveError, naming the activation and what is wrong, for a class that is no activation."""
    name = cls.__name__
    if not name.isidentifier() or iskeyword(name):
        raise DeriveError(f"activation {shown(name)}: expected a name of letters, digits and _, such as my_tanh")
    for attribute, (is_right, expected) in DATA.items():
        value = getattr(cls, attribute, None)
        if not is_right(value):
            what = "is missing" if value is None else f"is {shown(value)}"
            raise DeriveError(f"activation {name}: {attribute} {what}, expected {expected}")
    try:
        cls.torch.format(x="x", **dict.fromkeys(cls.defaults, "1"))
    except (KeyError, IndexError, ValueError):
        known = ", ".join(f"{{{p}}}" for p in ("x", *cls.defaults))
        raise DeriveError(
            f"activation {name}: torch is {shown(cls.torch)}, expected a text with {known} alone"
        ) from None
    for method, names in ANSWERS.items():
        _check_answer(cls, method, names)


def _check_answer(cls: Any, method: str, names: tuple[str, ...]) -> None:
    """Whether a method gives a formula of these names."""
    taken = ", ".join((*names, *cls.defaults))
    where, wanted = f"activation {cls.__name__}: {method}({taken})", f"a SymPy expression in {' and '.join(names)}"
    static = inspect.getattr_static(cls, method)
    if inspect.isfunction(static) or not callable(getattr(cls, method)):  # a function would take its x for an instance
        raise DeriveError(f"{where} is no class method; write def {method}(cls, {taken}) under @classmethod")
    given = dict(zip(names, (Dummy(n, real=True) for n in names), strict=True))
    try:
        found = getattr(cls, method)(*given.values(), *map(sympify, cls.defaults.values()))
    except DeriveError:
        raise
    except NotImplementedError:
        raise DeriveError(f"{where} is missing; expected a class method that gives {wanted}") from None
    except RecursionError:
        raise DeriveError(f"{where} has {cls.__name__} itself in it; expected {wanted}") from None
    except Exception as e:  # whatever somebody's formula does
        raise DeriveError(f"{where} raises {type(e).__name__}: {e}; expected {wanted}") from None
    if not isinstance(found, Expr):
        raise DeriveError(f"{where} gives {shown(found)}, expected {wanted}")
    others = found.free_symbols - set(given.values())
    if others:
        other = min(s.name for s in others)
        raise DeriveError(f"{where} has {other} in it, expected {wanted}; what else it reads is one of its defaults")
    for number in (I, oo, -oo, zoo, nan):
        if found.has(number):
            raise DeriveError(f"{where} has {number} in it, expected {wanted} of finite real numbers")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> bool:
    """Whether it is a finite real number, SymPy's or Python's."""
    return isinstance(value, int | float | Expr) and bool(sympify(value).is_real)


def _are_parameters(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(k, str) and k.isidentifier() and not iskeyword(k) and _is_number(v) for k, v in value.items()
    )


def _is_bound(value: Any) -> bool:
    return value is None or _is_number(value)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_number, value))


DATA: Data = {
    "latex_name": (_is_name, r"its name in LaTeX, such as \operatorname{swish}"),
    "unicode_name": (_is_name, "its name in text, such as swish"),
    "torch": (lambda v: isinstance(v, str), "its PyTorch spelling with {x} for the argument, or nothing"),
    "defaults": (_are_parameters, "a number for each further argument, such as {'alpha': Integer(1)}"),
    "kinks": (_are_numbers, "the numbers where the slope jumps, such as (Integer(0),)"),
    "max_slope": (_is_bound, "a number, or None"),
    "max_curvature": (_is_bound, "a number, or None"),
    "reals": (lambda v: isinstance(v, Set), "the set of its values, such as Interval(0, 1)"),
}
