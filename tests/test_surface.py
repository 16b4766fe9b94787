"""The methods that an early room declares and a later one defines."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

import derive
from derive.later import Later
from derive.surface import BINDINGS


def declared() -> Iterator[Later]:
    """Every method under ``@later`` of the package's classes."""
    for module in pkgutil.walk_packages(derive.__path__, "derive."):
        if module.name != "derive.__main__" and not module.name.startswith("derive.templates"):
            for found in vars(import_module(module.name)).values():
                if inspect.isclass(found) and found.__module__ == module.name:
                    yield from (method for method in vars(found).values() if isinstance(method, Later))


def test_every_declared_method_is_bound_and_every_binding_declared():
    pytest.importorskip("numpy", reason="derive.convert needs numpy")
    pytest.importorskip("onnxruntime", reason="derive.backends.onnx needs it, and onnx")
    assert {id(method) for method in declared()} == {id(method) for method in BINDINGS}


@pytest.mark.parametrize("method", BINDINGS, ids=lambda method: method.__qualname__)
def test_a_binding_takes_what_the_method_declares(method: Later) -> None:
    names = list(inspect.signature(method.__wrapped__).parameters)
    given = inspect.signature(method.resolve()).parameters
    assert list(given)[1:] == names[1:]  # the first one is the instance, under a name of its own


def test_conversion_is_there_where_it_is_asked_for():
    """Its module is not imported with the package; in a process that has imported it, the package is asked itself."""
    assert derive.__getattr__("convert").to_onnx is sys.modules["derive.convert"].to_onnx
