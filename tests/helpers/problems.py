"""Random numbers for one layer, and what has to come out: by autograd through the cell's statements (``reference``)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

import derive
from derive.backends.base import Answer, Problem
from derive.definition.fixed import defaults_of, numbers_of
from derive.plan.build import build
from derive.plan.passes import run
from derive.plan.plan import Plan
from derive.statements.sizes import units as in_units

FORWARDS = {"onnx"}  # backends that have no backward pass
#: Backends that refuse cells that draw masks.
PLAIN = {"onnx"}
#: (time steps, sequences, input features, units, projected units)
SHAPES = ((4, 2, 3, 5, 2), (1, 3, 2, 4, 3))


@cache
def naive(name: str) -> Plan:
    """The naive plan of a cell of the catalogue."""
    return build(derive.catalogue[name])


@cache
def finished(name: str) -> Plan:
    """Its plan after all passes."""
    return run(naive(name))


def problem(plan: Plan, shape=SHAPES[0], *, bare: bool = False, seed: int = 0, named: int = 6) -> Problem:
    """Random float64 numbers for a plan. bare: without biases, and without a projection that need not be there. named:
    the first of the sizes that have names, the others are larger by one each."""
    rng = np.random.default_rng(seed)
    steps, batch, features, units, projected = shape
    optional = any(s.optional for s in plan.stores)
    sizes = {"input_size": features, "hidden_size": units, "proj_size": units if bare and optional else projected}
    sizes |= {s: k for k, s in enumerate(plan.cell.named_sizes, named)}
    sizes |= dict.fromkeys(plan.cell.heads, units if units % 2 else 2)

    def extent(axis: str) -> int:
        count, _, size = axis.rpartition("*")
        return int(count or 1) * in_units(size, sizes)

    parameters = {}
    for s in plan.stores:
        if s.learned and not (bare and (s.optional or s.role == "bias")):
            values = 0.6 * rng.standard_normal([extent(a) for a in s.axes])
            parameters[s.name] = values + (0 if len(s.axes) == 2 else 0.8)
    widths = {s.name: extent(plan.values[s.previous].axes[0]) for s in plan.states}
    output = widths[plan.states[0].name]
    further = {i.name: 0.1 + rng.random((steps, batch, extent(i.size))) for i in plan.cell.further}
    further |= {i.name: further[i.name][:1].repeat(steps, 0) for i in plan.cell.draws if i.chance.per_sequence}
    return Problem(
        sizes,
        rng.standard_normal((steps, batch, features)),
        {name: rng.random((batch, n)) for name, n in widths.items()},
        parameters,
        rng.standard_normal((steps, batch, output)),
        {name: rng.standard_normal((batch, n)) for name, n in widths.items()},
        further,
    )


def expected(plan: Plan, given: Problem) -> Answer:
    """The answer by autograd through the plain loop over the cell's statements; every parameter must be given."""
    import reference
    import torch

    cell = replace(plan.cell, stable=False)  # in the author's form
    stored = [(s, given.parameters[s.name]) for s in plan.stores if s.learned]
    fixed = {
        p.name: torch.tensor([*map(float, numbers_of(p, given.sizes, defaults_of(cell)))], dtype=torch.float64)
        for p in cell.parameters
        if p.fixed is not None
    }
    blocks = {p.name: _block(t, k, len(s.blocks)) for s, t in stored for k, p in enumerate(s.blocks)}
    parameters = {name: torch.tensor(value, requires_grad=True) for name, value in blocks.items()}
    constants = {p.name: float(p.default) for p in cell.constants}
    xs = [torch.tensor(value, requires_grad=True) for value in (given.x, *given.further.values())]
    start = {s: torch.tensor(value, requires_grad=True) for s, value in given.states.items()}
    steps = reference.forward(cell, dict(given.sizes) | parameters | constants | fixed, tuple(xs), start)
    outputs = torch.stack([s[cell.states[0]] for s in steps])
    finals = {s: steps[-1][s] for s in cell.states}
    loss = (outputs * torch.tensor(given.d_outputs)).sum()
    loss = loss + sum((q * torch.tensor(given.d_states[s])).sum() for s, q in finals.items())
    wanted = [*xs, *start.values(), *parameters.values()]
    d_x, *others = (d.numpy() for d in torch.autograd.grad(loss, wanted, materialize_grads=True))
    d_further, others = others[: len(given.further)], others[len(given.further) :]
    masks = [i.chance is not None for i in cell.further]  # constant to the gradient
    d_further = [np.zeros_like(d) if mask else d for d, mask in zip(d_further, masks, strict=True)]
    of_blocks = dict(zip(parameters, others[len(start) :], strict=True))
    return Answer(
        outputs.detach().numpy(),
        {s: q.detach().numpy() for s, q in finals.items()},
        d_x,
        dict(zip(start, others, strict=False)),
        {s.name: _stacked([of_blocks[p.name] for p in s.blocks]) for s, _ in stored},
        dict(zip(given.further, d_further, strict=True)),
    )


def _block(tensor, k, count):
    """Block k of a tensor of so many blocks, one below the other."""
    return tensor if not tensor.ndim else np.split(tensor, count)[k]


def _stacked(blocks):
    return np.concatenate(blocks) if blocks[0].ndim else blocks[0]


def assert_agree(ours: Answer, theirs: Answer, tolerance: float = 1e-12) -> None:
    """Every number of two answers, to a tolerance that the largest number of its tensor scales."""
    assert ours.d_parameters.keys() == theirs.d_parameters.keys()
    _assert_close(_forwards(ours) | _backwards(ours), _forwards(theirs) | _backwards(theirs), tolerance)


def assert_answers(machine: str, ours: Answer, theirs: Answer, tolerance: float = 1e-12) -> None:
    """The same of a backend's answer: of one that runs forwards alone, the outputs and final states."""
    if machine not in FORWARDS:
        assert_agree(ours, theirs, tolerance)
        return
    assert (ours.d_x, ours.d_states, ours.d_parameters) == (None, None, None)
    _assert_close(_forwards(ours), _forwards(theirs), tolerance)


def _forwards(answer: Answer) -> dict:
    return {"outputs": answer.outputs, **{f"final {s}": q for s, q in answer.states.items()}}


def _backwards(answer: Answer) -> dict:
    named = {**answer.d_states, **answer.d_parameters, **answer.d_further}
    return {"d_x": answer.d_x, **{f"d_{name}": d for name, d in named.items()}}


def _assert_close(ours: dict, theirs: dict, tolerance: float) -> None:
    for name, b in theirs.items():
        a = ours[name]
        assert a.shape == b.shape, f"{name}: {a.shape} and {b.shape}"
        scale = max(1.0, float(np.abs(b).max()))
        assert float(np.abs(a - b).max()) <= tolerance * scale, f"{name} differs by {np.abs(a - b).max():.3g}"
