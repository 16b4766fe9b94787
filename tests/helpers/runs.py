"""Runs of any cell of the catalogue, with random weights of a few decimals."""

from __future__ import annotations

import random

from derive.cells import catalogue
from derive.run.data import Run
from derive.run.weights import stacks


def random_run(name, units=2, inputs=2, steps=3, digits=2, **keys):
    """A run of that cell, named or given; its weights and inputs have so many decimals."""
    cell = catalogue[name] if isinstance(name, str) else name
    rng = random.Random(cell.name)
    sizes = {"input_size": inputs, "hidden_size": units, "proj_size": units} | dict.fromkeys(cell.named_sizes, 3)
    sizes |= dict.fromkeys(cell.heads, 1 if units % 2 else 2)
    weights = {n: _tensor(s.expected(sizes), rng, digits) for n, s in stacks(cell).items() if s.parameters[0].learned}
    x = _tensor((steps, inputs), rng, digits)
    counts = {i.name: int(i.size) if i.size.isdecimal() else sizes[i.size] for i in cell.further}
    further = {name: [[_tensor((), rng, digits) for _ in range(n)] for _ in range(steps)] for name, n in counts.items()}
    return Run(cell, weights, x, inputs=further, sizes={s: sizes[s] for s in cell.heads if not s.isdecimal()}, **keys)


def trained_run(name, steps=3, **keys):
    """The same with a loss of every state that has as many units as the first; the targets are random."""
    run = random_run(name, steps=steps, **keys)
    units = run.units[run.cell.states[0]]
    states = [s for s in run.cell.states if run.units[s] == units]
    formula = " + ".join(f"({s} - target)^2/{k}" for k, s in enumerate(states, 2))
    loss = {"formula": formula, "target": _tensor((steps, units), random.Random(f"{run.cell.name} target"), 2)}
    return random_run(name, steps=steps, loss=loss, **keys)


def _tensor(shape, rng, digits):
    if not shape:
        return round(rng.uniform(0.1, 1), digits)
    return [_tensor(shape[1:], rng, digits) if shape[1:] else _number(rng, digits) for _ in range(shape[0])]


def _number(rng, digits):
    return round(rng.choice((-1, 1)) * rng.uniform(0.05, 1), digits)


def floats(tensor):
    """Nested lists of floats of nested tuples of rationals."""
    return [floats(t) for t in tensor] if isinstance(tensor, tuple) else float(tensor)
