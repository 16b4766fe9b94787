"""The memory of machines is freed, used again, and never shared by two passes."""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any

import pytest
from compiling import REAL

pytest.importorskip("torch")

import torch
from both_ways import direct, layer, machine, randn, trained

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


@pytest.fixture
def from_here():
    """The garbage collector looks only at what is made from here on: ``alive`` need not go through everything."""
    gc.collect()
    gc.freeze()


def alive() -> int:
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(type(o) in (machine.Memory, machine.Weights) for o in gc.get_objects())


@pytest.mark.usefixtures("from_here")
def test_memory_is_freed_with_the_layer_and_the_graph():
    before = alive()
    m = layer(num_layers=2)
    output = m(randn(4, 2, 3))[0]
    assert alive() == before + 4
    output.sum().backward()
    m(randn(4, 2, 3))
    assert alive() == before + 2  # a memory for each layer, used again
    m(randn(4, 2, 3))
    assert alive() == before + 2
    kept = m(randn(4, 2, 3))[0]
    del m
    assert alive() > before
    kept.sum().backward()
    del output, kept
    assert alive() == before


@pytest.mark.usefixtures("from_here")
def test_garbage_that_holds_a_graph():
    """A cycle is finalized as a whole, also what a tape in it gives back."""
    m, x = layer(), randn(4, 2, 3)
    expected = trained(m, x)
    for _ in range(2):
        cycle: list[Any] = [m(x)[0]]
        cycle.append(cycle)
        del cycle
        gc.collect()
        assert all(torch.equal(a, b) for a, b in zip(trained(m, x), expected, strict=True))


@pytest.mark.usefixtures("from_here")
def test_training_again_and_again_needs_no_more_memory():
    m = layer(num_layers=9, bidirectional=True)
    step = torch.optim.SGD(m.parameters(), 0.01)
    counts = []
    for _ in range(4):
        m(randn(4, 2, 3))[0].sum().backward()
        step.step()
        counts.append(alive())
    assert counts[2:] == counts[1:-1]  # from the second step on all is there
    before = alive()
    for length in range(1, 40):
        m(randn(length, 2, 3))
    assert alive() <= before + 3 * 18  # of each scan two memories that wait, of either way, and its parameters


def test_memories_of_a_deep_stack_are_used_again(monkeypatch):
    m = layer(num_layers=6, bidirectional=True)
    made = []
    own = machine.Memory.__init__
    monkeypatch.setattr(machine.Memory, "__init__", lambda *a, **k: made.append(1) or own(*a, **k))
    counts = []
    for _ in range(3):
        m(randn(4, 2, 3))[0].sum().backward()
        counts.append(len(made))
    assert counts == [12, 24, 24]  # one way, then the short one


@pytest.mark.usefixtures("from_here")
def test_an_exception_in_between(monkeypatch):
    class Stop(Exception):
        pass

    def stop(*_, **__):
        raise Stop

    m, x = layer(num_layers=2), randn(4, 2, 3)
    expected = m(x)[0].detach()
    before = alive()
    with monkeypatch.context() as patch:
        patch.setattr(direct, "at_once", lambda *_: None)
        for name in ("forward", "__init__"):
            patch.setattr(machine.Memory, name, stop)
            for _ in range(5):
                with pytest.raises(Stop):
                    m(x if name == "forward" else randn(7, 2, 3))
    assert alive() <= before
    assert torch.equal(m(x)[0], expected)


@pytest.mark.usefixtures("from_here")
def test_no_call_leaves_something_behind():
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    hx = (randn(1, 2, 8), randn(1, 2, 8))

    def counts():
        for _ in range(50):
            m(x, hx)[0].sum().backward()
            with torch.no_grad():
                m(x), m(x.transpose(0, 1))
        gc.collect()
        return [sys.getrefcount(t) for t in (x, *hx, *m.parameters(), x.shape, None, True)]

    counts()
    before = counts()
    assert all(abs(a - b) < 25 for a, b in zip(before, counts(), strict=True))
