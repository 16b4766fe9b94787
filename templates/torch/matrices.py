"""Cells whose states are matrices: products of quantities by named axes, and states as a layer takes and gives them.

Within, a tensor has the axes of a quantity in its last dimension, the last axis fastest: a matrix for each head is one
row of ``heads * value * key`` numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from torch import Tensor

from .recurrent import RecurrentLayer

Axes = tuple[str, ...]


class MatrixStates:
    """Mixed into a layer or a cell before the class that runs it: a state has a dimension for each of its axes.

    matrix_states: the axes of those that have several, by name: an argument of the constructor, or a number.
    """

    matrix_states: ClassVar[dict[str, tuple[str | int, ...]]]
    states: ClassVar[tuple[str, ...]]
    _count: Callable[..., int]

    def forward(self, input: Any, hx: Any = None) -> Any:
        """As of a cell whose states are vectors, each state with its axes in the place of n.

        Raises RuntimeError for a state of other axes.
        """
        found = super().forward(input, hx if hx is None else self._of_each(self._in_a_row, hx))  # type: ignore[misc]
        if not isinstance(self, RecurrentLayer):
            return self._of_each(self._with_axes, found)
        return found[0], self._of_each(self._with_axes, found[1])

    def _of_each(self, change: Callable[[str, Tensor], Tensor], hx: Any) -> Any:
        """The states, those of several axes changed; as they are where there are not as many as the cell has."""
        given = (hx,) if len(self.states) == 1 else tuple(hx)
        if len(given) != len(self.states):
            return hx
        found = [change(s, q) if s in self.matrix_states else q for s, q in zip(self.states, given, strict=True)]
        return found[0] if len(found) == 1 else tuple(found)

    def _in_a_row(self, name: str, q: Tensor) -> Tensor:
        lengths = self._lengths(name)
        if list(q.shape[-len(lengths) :]) != lengths:
            raise RuntimeError(
                f"{type(self).__name__}: state {name} has shape {list(q.shape)}, expected {lengths} in its last "
                f"dimensions; unflatten(-1, {lengths}) makes that of a row"
            )
        return q.flatten(-len(lengths))

    def _with_axes(self, name: str, q: Tensor) -> Tensor:
        return q.unflatten(-1, self._lengths(name))

    def _lengths(self, name: str) -> list[int]:
        return list(map(self._count, self.matrix_states[name]))


def contract(layer: Any, axes: str, *factors: Tensor) -> Tensor:
    """The product of the factors, summed over the axes that the result lacks: ``"value key, key -> value"`` is a matrix
    times a vector. How long an axis is says the layer's attribute of that name, or the number that stands there, and of
    the input's the tensor; a prime tells apart axes that are as long."""
    shapes, order = _parsed(axes)
    parts = [_apart(q, shape, layer) for q, shape in zip(factors, shapes, strict=False)]
    found, own = parts[order[0][0]], shapes[order[0][0]]
    for k, kept in order[1:]:
        found, own = _pair(found, own, parts[k], shapes[k], kept), kept
    return found.flatten(-len(own)) if own else found.unsqueeze(-1)


def along(layer: Any, axes: str, q: Tensor) -> Tensor:
    """A tensor with further axes, along which it is the same: ``"heads -> heads value key"``."""
    (own,), wanted = _parsed(axes)[0][:1], _parsed(axes)[0][-1]
    spread = _spread(_apart(q, own, layer), own, wanted)
    lengths = [_length(layer, axis) for axis in wanted]
    return spread.expand(*q.shape[:-1], *lengths).flatten(-len(lengths))


@lru_cache
def _parsed(axes: str) -> tuple[tuple[Axes, ...], tuple[tuple[int, Axes], ...]]:
    """The axes of the factors and of the result; the factors in the order in which they are multiplied, from the
    largest on, those that are summed over first, each with the axes that are left then."""
    given, _, result = axes.partition("->")
    shapes = tuple(tuple(part.split()) for part in (*given.split(","), result))
    *factors, target = shapes
    summed = [sum(axis not in target for axis in shape) for shape in factors]
    first = max(range(len(factors)), key=lambda k: len(factors[k]))
    rest = sorted((k for k in range(len(factors)) if k != first), key=lambda k: -summed[k])
    order, own = [(first, factors[first])], factors[first]
    for n, k in enumerate(rest):
        later = {axis for j in rest[n + 1 :] for axis in factors[j]}
        every = dict.fromkeys((*own, *factors[k]))
        own = tuple(axis for axis in target if axis in every)
        own += tuple(axis for axis in every if axis in later and axis not in target)
        order.append((k, own))
    return shapes, tuple(order)


def _apart(q: Tensor, axes: Axes, layer: Any) -> Tensor:
    """The tensor with a dimension for each axis, none of a single number."""
    if len(axes) == 1:
        return q
    return q.unflatten(-1, [_length(layer, axis) for axis in axes]) if axes else q.squeeze(-1)


def _length(layer: Any, axis: str) -> int:
    name = axis.rstrip("'")
    return int(name) if name.isdecimal() else -1 if name == "input_size" else getattr(layer, name)


def _pair(a: Tensor, of_a: Axes, b: Tensor, of_b: Axes, kept: Axes) -> Tensor:
    """The product of two, with these axes in this order; where one is summed over, by a product of matrices."""
    summed = [axis for axis in of_a if axis not in kept]
    if not summed:
        return _spread(a, of_a, kept) * _spread(b, of_b, kept)
    both = [axis for axis in of_a if axis in of_b and axis in kept]
    left = [axis for axis in of_a if axis not in of_b]
    right = [axis for axis in of_b if axis not in of_a]
    size = dict(zip((*of_a, *of_b), (*a.shape[a.ndim - len(of_a) :], *b.shape[b.ndim - len(of_b) :]), strict=True))
    product = _arranged(a, of_a, both, left, summed) @ _arranged(b, of_b, both, summed, right)
    found = [*both, *left, *right]
    lead = product.ndim - len(both) - 2
    product = product.reshape(*product.shape[:lead], *(size[axis] for axis in found))
    return product.permute(*range(lead), *(lead + found.index(axis) for axis in kept))


def _arranged(q: Tensor, own: Axes, both: Sequence[str], rows: Sequence[str], columns: Sequence[str]) -> Tensor:
    """A tensor as matrices: some axes remain, some become the rows, some the columns."""
    lead = q.ndim - len(own)
    q = q.permute(*range(lead), *(lead + own.index(axis) for axis in (*both, *rows, *columns)))
    shape = q.shape[: lead + len(both)]
    sizes = q.shape[lead + len(both) :]
    return q.reshape(*shape, math.prod(sizes[: len(rows)]), math.prod(sizes[len(rows) :]))


def _spread(q: Tensor, own: Axes, axes: Axes) -> Tensor:
    """The tensor with a dimension for each of these axes in their order, of length 1 where it lacks one."""
    for k, axis in enumerate(reversed(axes), 1):
        q = q if axis in own else q.unsqueeze(-k)
    return q
