"""Methods of convenience whose work is done in a room further on: ``cell.adjoint()``, ``run.check()``.

A class declares such a method, with its signature and its documentation, by ``@later``; ``derive.surface`` says in one
table where each is defined. So an early room has the methods that people look for, and imports no later one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from operator import attrgetter
from types import MethodType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Later:
    """A method that is found when it is first called; place: ``module:function``."""

    def __init__(self, declared: Callable[..., Any]) -> None:
        update_wrapper(self, declared)
        self.place = ""

    def resolve(self) -> Callable[..., Any]:
        """The function that does the work, the instance its first argument."""
        module, _, name = self.place.partition(":")
        return cast(Callable[..., Any], attrgetter(name)(import_module(module)))

    def __call__(self, *args: Any, **keys: Any) -> Any:
        return self.resolve()(*args, **keys)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


def later(declared: F) -> F:
    """The declared method, to be bound by ``bind``."""
    return cast(F, Later(declared))


def bind(method: Callable[..., Any], place: str) -> None:
    """Say where a declared method is defined: ``module:function``."""
    cast(Later, method).place = place
