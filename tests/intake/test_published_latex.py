"""Formulas of published sources as cells. The oracles: the catalogue's cells, which other tests hold against their
authors' code, and plain NumPy."""

import by_numpy
import by_numpy_found
import by_numpy_later
import by_numpy_papers
import matrices_by_numpy
import numpy as np
import pytest
from sources import FOUND, LATER, PAPERS, SOURCES, USUAL, shares

import derive
from derive.backends.base import Problem
from derive.backends.reference import interpreted
from derive.errors import DeriveError
from derive.plan.build import plan
from derive.statements.sizes import count_of, lengths


def named(sources):
    return pytest.mark.parametrize("source", sources, ids=[s.name for s in sources])


READABLE = [s for s in SOURCES if not s.refused]
EQUATIONS = (
    vars(by_numpy) | vars(by_numpy_later) | vars(by_numpy_papers) | vars(by_numpy_found) | vars(matrices_by_numpy)
)


@named([s for s in READABLE if s.cell])
def test_published_formulas_are_the_cells_that_they_say(source):
    read = derive.from_latex(source.latex, **source.hints)
    assert derive.compare(read.cell, derive.catalogue[source.cell]), f"{read!r}\n{source.where}"


@named([s for s in READABLE if not s.cell])
def test_published_formulas_are_those_of_numpy(source):
    read = derive.from_latex(source.latex, **source.hints)
    cell, random = read.cell, np.random.default_rng(1)
    size = {"1": 1, "hidden_size": 3, "input_size": 2, **{name: 4 + k for k, name in enumerate(cell.named_sizes)}}
    drawn = {p.name: random.uniform(-1, 1, size=[size[n] for n in (p.rows, p.cols) if n]) for p in cell.parameters}
    drawn |= {ours: abs(drawn[ours]) for ours, theirs in read.names.items() if theirs in source.positive}
    inputs = {i.name: random.normal(size=(4, count_of(i.size, size))) for i in cell.inputs}
    states = {s: random.normal(size=(4, count_of(cell.sizes[cell.previous(s)], size))) for s in cell.states}
    axes = {s: lengths(cell.sizes[cell.previous(s)], size) for s in cell.states}
    weights = by_numpy.Weights({theirs: drawn[ours] for ours, theirs in read.names.items()})
    weights |= {p.name: drawn[p.name] for p in cell.parameters if p.name not in read.names}  # before the input
    equations = EQUATIONS[source.name]
    given = tuple(inputs.values()) if len(inputs) == 1 else ()
    before = (states[s].reshape(4, *axes[s]) for s in cell.states)
    wanted = equations(weights, *given, *before, **({} if given else inputs))
    tensors = {}
    for p in sorted(cell.parameters, key=lambda p: p.block):
        tensors.setdefault(p.tensor, []).append(float(p.default) if p.kind == "constant" else drawn[p.name])
    stacked = {name: np.concatenate(b) if np.ndim(b[0]) else b[0] for name, b in tensors.items()}
    zeros = np.zeros((1, *states[cell.states[0]].shape)), {s: np.zeros_like(value) for s, value in states.items()}
    x, *further = (value[None] for value in inputs.values())
    others = dict(zip((i.name for i in cell.further), further, strict=True))
    answer = interpreted(plan(cell))(Problem(size, x, states, stacked, *zeros, others))
    for state, value in zip(states, wanted, strict=True):
        np.testing.assert_allclose(answer.states[state], value.reshape(4, -1), rtol=1e-12, atol=1e-13, equal_nan=False)


@named([s for s in SOURCES if s.refused])
def test_what_is_not_read_of_published_formulas_is_said(source):
    with pytest.raises(DeriveError, match=source.refused):
        derive.from_latex(source.latex)


@named([s for s in SOURCES if s.slip and s.cell])
def test_a_slip_is_all_that_keeps_a_source_from_being_read(source):
    assert derive.compare(derive.from_latex(source.mended), derive.catalogue[source.cell])


def test_most_published_formulas_are_read_without_a_hint():
    """As they are read with all hints, and with slips mended; these are reported and not repaired."""
    for source in SOURCES:
        if source.hints:
            assert source.unread, source.name
    known = [*USUAL, *LATER, *PAPERS]
    for sources, share in ((USUAL, 0.96), (LATER, 0.87), (PAPERS, 0.93), (known, 0.94), (FOUND, 0.85), (SOURCES, 0.92)):
        read, whole = shares(sources)["formulas"]  # of the rest, most have functions without a name or slips
        assert read >= share * whole
