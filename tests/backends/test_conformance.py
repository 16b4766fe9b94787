"""Every backend that can run here against the reference: every cell, forwards and every gradient, in float64.

A new backend takes part as soon as it is in ``derive.backends.BACKENDS``.
"""

from __future__ import annotations

from functools import cache

import pytest
from problems import PLAIN, SHAPES, assert_answers, problem

import derive
from derive.backends import BACKENDS, backend
from derive.errors import DeriveError

OTHERS = [name for name in BACKENDS if name != "reference"]


@pytest.fixture(scope="module", params=OTHERS)
def machine(request):
    """A backend; its tests are skipped where it cannot run."""
    try:
        found = backend(request.param)
        found.load(derive.rnn)
    except DeriveError as error:
        pytest.skip(str(error))
    return found


@cache
def problems(name):
    """Numbers for a cell in two shapes, and without biases and projection; and what the reference answers to each."""
    reference = backend("reference")
    plan, program = reference.plan(derive.catalogue[name]), reference.load(derive.catalogue[name])
    given = [*(problem(plan, shape, seed=k) for k, shape in enumerate(SHAPES)), problem(plan, bare=True, seed=2)]
    return given, [program(p) for p in given]


@pytest.mark.parametrize("name", derive.catalogue)
def test_every_cell(machine, name):
    cell = derive.catalogue[name]
    if machine.name in PLAIN and cell.draws:
        with pytest.raises(DeriveError, match=f"{name}.*{cell.inputs[-1].name}"):
            machine.check(cell)
        return
    machine.check(cell)
    given, answers = problems(name)
    program = machine.load(cell)
    if machine.name in PLAIN and name == "hawk":
        with pytest.raises(DeriveError, match=r"erf in .* is not there in ONNX Runtime's float64"):
            program(given[0])
        return
    for one, answer in zip(given, answers, strict=True):
        assert_answers(machine.name, program(one), answer)


def test_an_unknown_backend_is_answered_with_the_known_ones():
    with pytest.raises(DeriveError, match="unknown backend 'pytorch'; did you mean 'torch'"):
        backend("pytorch")
