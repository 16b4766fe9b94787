"""A run at a place of a box: every weight has the number that it has there, and every other one its own."""

from __future__ import annotations

import pytest
from runs import random_run
from sympy import Rational

from derive.enclosure.place import placed
from derive.run.box import variables
from derive.statements.writing import named_entries

#: Matrices of one row, one above the other, of each head, of numbers of their own; vectors, matrices that are states.
CELLS = ["lmu", "lstm", "mamba", "mlstm", "gla", "clockwork_rnn", "projected_lstm", "fast_rnn"]


def named(run):
    """The weights of the equations by symbol."""
    return {s: n for name, tensor in run.parameters.items() for s, n in named_entries(name, tensor)}


@pytest.mark.parametrize("name", CELLS)
def test_every_weight_has_its_number(name):
    run = random_run(name, units=4)
    learned = [p.name for p in run.cell.parameters if p.learned]
    boxed = variables(run, dict.fromkeys(learned[::2], (0, 1)))
    place = [Rational(k, len(boxed)) for k in range(len(boxed))]
    wanted = named(run) | {v.symbol: number for v, number in zip(boxed, place, strict=True)}
    assert named(placed(run, boxed, place)) == wanted
