"""What needs all units of what it reads, as rows of the tables of a cell's file (``templates/c/reductions.h``)."""

from __future__ import annotations

from collections.abc import Callable

from derive.backends.c.lines import array, identifier
from derive.backends.c.program import Mixed
from derive.errors import UnsupportedExpression
from derive.plan.operations import Contract, HeadReduce, Reduce, Scan, Softmax
from derive.statements.contraction import MOST_FACTORS
from derive.statements.sizes import unprimed

LOOPS = 5  # as in reductions.h: for how many the machinery has room


def reduction(op: Mixed, axis: Callable[[str], str]) -> str:
    """Such an operation. axis: the name in C of a size.

    Raises UnsupportedExpression for a product that the machinery has no room for.
    """
    names = [f"Q_{identifier(q)}" for q in op.reads]
    head = f"{_how(op)}, Q_{identifier(op.target)}, {len(names)}, {array('short', names)}"
    if isinstance(op, Scan | Softmax | HeadReduce) and op.heads:
        return f"{{{head}, 1, {array('Loop', [f'{{{axis(op.heads)}, {{0}}}}'])}}}"
    if isinstance(op, Contract):
        loops = _loops(op, axis)
        return f"{{{head}, {len(loops)}, {array('Loop', loops)}}}"
    return f"{{{head}, 0, 0}}"


def _how(op: Mixed) -> str:
    if isinstance(op, Reduce | HeadReduce):
        return {"sum": "SUM_OF", "mean": "MEAN_OF", "max": "LARGEST_OF"}[op.how]
    if isinstance(op, Scan):
        return "RUNNING_BACK" if op.reverse else "RUNNING"
    return {Softmax: "SOFTMAX", Contract: "CONTRACTION"}[type(op)]


def _loops(op: Contract, axis: Callable[[str], str]) -> list[str]:
    """The axes that a contraction goes along, each with its place in the target and the factors, counted from the
    last. Along the innermost, numbers have to follow each other."""
    every, along = [op.result, *op.axes], axes_along(op)
    if len(along) > LOOPS or len(op.factors) > MOST_FACTORS or not _is_last(along[-1], op):
        raise UnsupportedExpression(f"the product {op.target}, by {len(along)} axes, has no room in C")
    places = [[len(one) - one.index(a) if a in one else 0 for one in every] for a in along]
    return [f"{{{axis(unprimed(a))}, {{{', '.join(map(str, of))}}}}}" for a, of in zip(along, places, strict=True)]


def axes_along(op: Contract) -> list[str]:
    """All axes of a contraction, the outermost loop first; innermost is one that is the last of all that have it."""
    every = sorted((op.result, *op.axes), key=len, reverse=True)
    along = list(dict.fromkeys(axis for one in every for axis in one))
    lasts = [axis for axis in along if _is_last(axis, op)]
    return sorted(along, key=lambda axis: axis in lasts[-1:])


def _is_last(axis: str, op: Contract) -> bool:
    """Whether an axis is a factor's, and the last one of all that have it."""
    every = (op.result, *op.axes)
    return any(axis in one for one in op.axes) and all(axis not in one or one[-1] == axis for one in every)
