"""Layers run twice: with the machine of their cell, and step by step in PyTorch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

import derive
from derive.backends.package import PACKAGE
from derive.backends.torch.build import build

lstm, gru, antisymmetric = build(derive.lstm), build(derive.gru), build(derive.catalogue["antisymmetric_rnn"])
machine, machines, direct = (sys.modules[f"{PACKAGE}.{name}"] for name in ("machine", "machines", "direct"))
DOUBLE = {"dtype": torch.float64}


class Marked(Tensor):
    """A tensor that a program has made its own."""


def layer(of: Any = lstm, *sizes: int, **arguments: Any) -> Any:
    torch.manual_seed(0)
    return of.Layer(*(sizes or (3, 8)), **{**DOUBLE, **arguments})


def randn(*shape: int, **more: Any) -> Tensor:
    return torch.randn(*shape, **{**DOUBLE, **more})


@contextmanager
def watched() -> Iterator[list[str]]:
    """What machines do meanwhile."""
    done: list[str] = []

    def noting(name, method):
        def noted(*arguments):
            found = method(*arguments)
            if found is not None:
                done.append(name)
            return found

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for of, method, name in (
            *((machine.Memory, name, name) for name in ("forward", "backward")),
            (direct, "at_once", "forward"),
            (direct, "_by_machine", "backward"),
        ):
            patch.setattr(of, method, noting(name, getattr(of, method)))
        yield done


@contextmanager
def with_attributes(of: Any, **attributes: Any) -> Iterator[None]:
    before = {name: vars(of)[name] for name in attributes if name in vars(of)}
    vars(of).update(attributes)
    yield
    for name in attributes:
        del vars(of)[name]
    vars(of).update(before)


def same_both_ways(of: Any, run: Callable[[Any], Any], expected: list[str] | None = None, tolerance: float = 1e-12):
    """Runs a function of a layer with its machine and without. expected: what the machine has to do. A second run
    takes the short way where there is one."""
    with with_attributes(of, kernels=False):
        theirs = run(of)
    for _ in range(2):
        with watched() as done:
            ours = run(of)
        if expected is not None:
            assert done == expected
        assert_same(ours, theirs, tolerance)


def assert_same(ours: list[Any], theirs: list[Any], tolerance: float) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance, equal_nan=True)


def trained(of: Any, x: Tensor, hx: Any = None, loss: Callable[..., Tensor] | None = None) -> list[Any]:
    """What a layer gives, and all gradients."""
    leaves = [t for t in [x, *([] if hx is None else hx), *of.parameters()] if t.requires_grad]
    output, final = of(x, hx)
    final = final if isinstance(final, tuple) else (final,)
    total = loss(output, final) if loss else sum((t.sin().sum() for t in (output, *final)), torch.zeros(()))
    return [output, *final, *torch.autograd.grad(total, leaves, allow_unused=True)]


def stepped(of: Any, x: Tensor, hx: Any = None) -> list[Any]:
    """What a one-step cell gives, and all gradients."""
    leaves = [t for t in (x, *([] if hx is None else hx), *of.parameters()) if t.requires_grad]
    found = of(x, hx)
    found = found if isinstance(found, tuple) else (found,)
    return [*found, *torch.autograd.grad(sum(t.sin().sum() for t in found), leaves, allow_unused=True)]


def on_the_short_way(m: Any, *given: Any) -> bool:
    return direct.at_once(m, *given, *[None] * (2 - len(given))) is not None


ONCE, THERE_AND_BACK = ["forward"], ["forward", "backward"]
