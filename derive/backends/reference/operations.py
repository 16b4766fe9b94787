"""What each operation of a plan does to arrays."""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from derive.backends.base import Array
from derive.backends.reference.diagonal import on_diagonal
from derive.backends.reference.formulas import value
from derive.backends.reference.walk import Walk
from derive.plan.operations import (
    Accumulate,
    Broadcast,
    Concat,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Skew,
    Softmax,
    Split,
)
from derive.plan.stores import Pack
from derive.statements.sizes import unprimed


@singledispatch
def results(op: Operation, walk: Walk) -> list[Array]:
    """The values of an operation's targets."""
    raise NotImplementedError(type(op).__name__)


@results.register
def _(op: Pointwise, walk: Walk) -> list[Array]:
    return [walk.full(value(op.expr, walk.env), op.target)]


@results.register
def _(op: Matmul, walk: Walk) -> list[Array]:
    if not walk.present(op.weight):
        return [walk.env[op.operand]]
    weight = walk.matrix(op.weight)
    result = walk.env[op.operand] @ (weight if op.transposed else weight.T)
    return [result + sum(walk.rows(b) for b in op.bias)]


@results.register
def _(op: Reduce, walk: Walk) -> list[Array]:
    parts = np.concatenate([walk.full(walk.env[q], q) for q in op.parts], -1)
    return [getattr(np, op.how)(parts, -1, keepdims=True)]


@results.register
def _(op: Broadcast, walk: Walk) -> list[Array]:
    return [walk.full(walk.env[op.source], op.target)]


@results.register
def _(op: Concat, walk: Walk) -> list[Array]:
    axis = 0 if len(walk.plan.values[op.target].axes) == 2 else -1
    return [np.concatenate([walk.env[q] for q in op.parts], axis)]


@results.register
def _(op: Split, walk: Walk) -> list[Array]:
    source = walk.rows(op.source) if isinstance(op.source, Pack) else walk.env[op.source]
    return list(np.split(source, len(op.into), -1))


@results.register
def _(op: Scan, walk: Walk) -> list[Array]:
    parts = walk.parts(op)
    sums = np.flip(np.cumsum(np.flip(parts, -1), -1), -1) if op.reverse else np.cumsum(parts, -1)
    return [sums.reshape(walk.env[op.source].shape)]


@results.register
def _(op: HeadReduce, walk: Walk) -> list[Array]:
    parts = walk.parts(op)
    return [np.repeat(getattr(np, op.how)(parts, -1), parts.shape[-1], -1)]


@results.register
def _(op: Softmax, walk: Walk) -> list[Array]:
    parts = walk.parts(op)
    powers = np.exp(parts - np.max(parts, -1, keepdims=True))
    return [(powers / np.sum(powers, -1, keepdims=True)).reshape(walk.env[op.source].shape)]


@results.register
def _(op: Contract, walk: Walk) -> list[Array]:
    axes = [*op.axes, op.result]
    letters = dict(zip(dict.fromkeys(axis for a in axes for axis in a), "abcdefgh", strict=False))
    arrays = [np.asarray(walk.env[q]) for q in op.factors]
    arrays = [
        a.reshape((*a.shape[:-1], *map(walk.extent, map(unprimed, named))))
        for a, named in zip(arrays, axes, strict=False)
    ]
    *inputs, output = ("..." + "".join(letters[axis] for axis in a) for a in axes)
    result = np.einsum(f"{','.join(inputs)}->{output}", *arrays)
    lead = result.shape[: result.ndim - len(axes[-1])]
    return [walk.full(result.reshape(*lead, -1), op.target)]


@results.register
def _(op: Accumulate, walk: Walk) -> list[Array]:
    axes = walk.plan.values[op.target].axes
    total = np.zeros([walk.extent(a) for a in axes])
    for left, right in op.pairs:
        d = np.broadcast_to(walk.env[left], (walk.steps, walk.batch, walk.env[left].shape[-1]))
        if right is not None:
            outer = np.einsum("tbm,tbn->mn", d, walk.full(walk.env[right], right))
            total = total + (outer if outer.shape == total.shape else on_diagonal(outer, total.shape[1]))
        else:
            total = total + (d.sum((0, 1)) if axes else d.sum())
    return [total]


@results.register
def _(op: Skew, walk: Walk) -> list[Array]:
    matrix = walk.rows(op.source) if isinstance(op.source, Pack) else walk.env[op.source]
    blocks = matrix.reshape(-1, matrix.shape[1], matrix.shape[1])
    return [(blocks - blocks.transpose(0, 2, 1)).reshape(matrix.shape)]
