"""Formulas of published sources as cells. The oracles: the catalogue's cells, which other tests hold against their
authors' code, and plain NumPy."""

import by_numpy
import by_numpy_found
import by_numpy_later
import by_numpy_papers
import matrices_by_numpy
import pytest
from one_step import assert_step_is_that_of_numpy
from sources import FOUND, LATER, PAPERS, SOURCES, USUAL, shares

import derive
from derive.errors import DeriveError


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
    assert_step_is_that_of_numpy(read, EQUATIONS[source.name], source.positive)


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
    for sources, share in ((USUAL, 0.96), (LATER, 0.86), (PAPERS, 0.92), (known, 0.93), (FOUND, 0.83), (SOURCES, 0.92)):
        read, whole = shares(sources)["formulas"]  # the rest: functions that nothing names, a σ among them, and slips
        assert read >= share * whole
    read, whole = shares(SOURCES)["formulas of which the text says all"]
    assert read >= 0.97 * whole
