"""One step of a cell that was read, with random numbers, against the same equations in NumPy."""

import by_numpy
import numpy as np

from derive.backends.base import Problem
from derive.backends.reference import interpreted
from derive.plan.build import plan
from derive.statements.sizes import count_of, lengths
from derive.symbolic.fixed import numbers

BATCH = 4


def assert_step_is_that_of_numpy(read, equations, positive=()):
    """equations(w, x, *states): the new states, of several inputs equations(w, *states, **inputs). w: weights by the
    author's letters; a state has the axes that it has in the cell. positive: letters of weights whose root is taken."""
    cell, random = read.cell, np.random.default_rng(1)
    size = {"1": 1, "hidden_size": 3, "input_size": 2, **{name: 4 + k for k, name in enumerate(cell.named_sizes)}}
    shapes = {p.name: [n for axes in (p.rows, p.cols) if axes for n in lengths(axes, size)] for p in cell.parameters}
    drawn = {name: random.uniform(-1, 1, size=shape) for name, shape in shapes.items()}
    for p in (p for p in cell.parameters if p.fixed is not None):
        drawn[p.name] = np.reshape([float(n) for n in numbers(p.fixed, shapes[p.name], {})], shapes[p.name])
    drawn |= {ours: abs(drawn[ours]) for ours, theirs in read.names.items() if theirs in positive}
    inputs = {i.name: random.normal(size=(BATCH, count_of(i.size, size))) for i in cell.inputs}
    states = {s: random.normal(size=(BATCH, count_of(cell.sizes[cell.previous(s)], size))) for s in cell.states}
    axes = {s: lengths(cell.sizes[cell.previous(s)], size) for s in cell.states}
    weights = by_numpy.Weights({theirs: drawn[ours] for ours, theirs in read.names.items() if ours in drawn})
    weights |= {p.name: drawn[p.name] for p in cell.parameters if p.name not in read.names}  # before the input
    given = tuple(inputs.values()) if len(inputs) == 1 else ()
    before = (states[s].reshape(BATCH, *axes[s]) for s in cell.states)
    wanted = equations(weights, *given, *before, **({} if given else inputs))
    tensors = {}
    for p in sorted(cell.parameters, key=lambda p: p.block):
        value = float(p.default) if p.kind == "constant" else drawn[p.name]
        tensors.setdefault(p.tensor, []).append(np.ravel(value) if p.kind == "vector" else value)
    stacked = {name: np.concatenate(b) if np.ndim(b[0]) else b[0] for name, b in tensors.items()}
    zeros = np.zeros((1, *states[cell.states[0]].shape)), {s: np.zeros_like(value) for s, value in states.items()}
    x, *further = (value[None] for value in inputs.values())
    others = dict(zip((i.name for i in cell.further), further, strict=True))
    answer = interpreted(plan(cell))(Problem(size, x, states, stacked, *zeros, others))
    for state, value in zip(states, wanted, strict=True):
        found = answer.states[state]
        np.testing.assert_allclose(found, value.reshape(BATCH, -1), rtol=1e-12, atol=1e-13, equal_nan=False)
