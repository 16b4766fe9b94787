"""Products of tensors and weights, as sums of products over axes with names: ``"bi,oi->bo"``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr

from derive.errors import DeriveError
from derive.intake.matrices import Chain, Weight, as_tensor
from derive.intake.operators import function
from derive.intake.pieces import whole
from derive.intake.sums import sum_
from derive.intake.tensors import BATCH, FEATURES, Along, Tensor, is_features, stacked

LETTERS = "zyxwvu"


def matmul(a: Any, b: Any) -> Any:
    """Features times a matrix, a matrix times features, or a product of tensors by their last axes."""
    if any(isinstance(v, Expr) for v in (a, b)):
        raise DeriveError("a weight matrix multiplies a number, the same for every feature")
    if all(isinstance(v, (Weight, Chain)) for v in (a, b)):
        if any(len(v.axes) != 2 for v in (a, b)):
            raise DeriveError("a product of several weight matrices; a cell's matrices multiply quantities")
        return Chain((a, b))
    mine, theirs = LETTERS[: len(a.axes) - 2] + "ik", LETTERS[: len(b.axes) - 2] + "kj"
    if len(a.axes) > 2 and len(b.axes) > 2:  # what stands before is as in broadcasting, the last axes first
        rank = max(len(a.axes), len(b.axes)) - 2
        mine = LETTERS[rank - len(a.axes) + 2 : rank] + "ik"
        theirs = LETTERS[rank - len(b.axes) + 2 : rank] + "kj"
    mine, theirs = (mine if len(a.axes) > 1 else "k"), (theirs if len(b.axes) > 1 else "k")
    out = max(mine[:-2], theirs[:-2], key=len) + "i" * (len(a.axes) > 1) + "j" * (len(b.axes) > 1)
    return named(mine, a, theirs, b, out)


def linear(x: Tensor, weight: Any, bias: Any = None) -> Tensor:
    found: Tensor = matmul(x, weight.permuted((1, 0)))
    return found if bias is None else function("add", found, as_tensor(bias))


def addmm(bias: Any, x: Any, weight: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    if (beta, alpha) != (1, 1):
        raise DeriveError("addmm with beta or alpha other than 1: write the products out in the module")
    return function("add", matmul(x, weight), as_tensor(bias))  # type: ignore[no-any-return]


def einsum(equation: str, operands: Sequence[Any], path: Any = None) -> Tensor:
    """A product in axes with names, "bi,ij->bj": of features and a weight, or of tensors; of several one by one."""
    left, arrow, out = equation.replace(" ", "").partition("->")
    names = left.split(",")
    if not arrow or "." in equation or len(names) < 2 or any(len({*n}) < len(n) for n in names):
        raise DeriveError(f"einsum of {equation!r}: of several operands with a result, 'bi,ij->bj', is read")
    axes, found = names[0], operands[0]
    try:
        for k, (others, value) in enumerate(zip(names[1:], operands[1:], strict=True), 2):
            wanted = {*out, *"".join(names[k:])}
            kept = out if k == len(names) else "".join(n for n in dict.fromkeys(axes + others) if n in wanted)
            found, axes = named(axes, found, others, value, kept), kept
    except DeriveError as e:
        raise DeriveError(f"einsum of {equation!r}: {e}") from None
    return found  # type: ignore[no-any-return]


def named(axes: str, a: Any, others: str, b: Any, out: str) -> Tensor:
    """Element by element in axes with names, summed over those that ``out`` lacks."""
    if isinstance(a, (Weight, Chain)) and isinstance(b, Tensor):
        return named(others, b, axes, a, out)
    if isinstance(a, Tensor) and isinstance(b, (Weight, Chain)):
        found = _with_weight(axes, a, others, b, out)
        if found is not None:
            return found
    if not all(isinstance(v, (Tensor, Weight)) for v in (a, b)):
        raise DeriveError("a product of several weight matrices; a cell's matrices multiply quantities")
    a, b = as_tensor(a), as_tensor(b)
    summed = [n for n in dict.fromkeys(axes + others) if n not in out]
    order = [*out, *summed]
    found = function("mul", _laid(axes, a, order), _laid(others, b, order))
    return sum_(found, list(range(len(out), len(order)))) if summed else found


def _with_weight(axes: str, x: Tensor, others: str, weight: Any, out: str) -> Tensor | None:
    """The sum over axes of features of a product with a weight; None where it is no map of features."""
    summed = [n for n in axes if n in others and n not in out]
    if not summed or any(n not in out for n in axes + others if n not in summed):
        return None
    if any(not is_features(x.axes[axes.index(n)]) for n in summed):
        if any(x.axes[axes.index(n)] == BATCH for n in summed):
            raise DeriveError("a sum over the batch beside that of a matrix")
        return None
    for k, n in enumerate(axes):
        if n in others and n in out and isinstance(x.axes[k], int):  # a weight for each of a stack
            parts = []
            for j in range(x.extent(k)):
                own = weight.taken(others.index(n), j)
                parts.append(
                    _with_weight(axes.replace(n, ""), x.taken(k, j), others.replace(n, ""), own, out.replace(n, ""))
                )
            return stacked([p for p in parts if p is not None], out.index(n)) if None not in parts else None
    features = [axes[k] for k in x.feature_axes]
    new = [n for n in others if n not in axes]
    by_head = [n for n in features if n in others and n in out]
    if features == summed:
        found, order = _mapped(x, weight, others, new, summed), _in_place(axes, summed, new)
    elif features == by_head + summed and len(by_head) == 1 and isinstance(weight, Weight):
        of = weight.permuted([others.index(n) for n in (*by_head, *new, *summed)])
        heads, columns = of.shape[0], of.shape[-1]
        whole_x = x.of(lambda f: (whole(f),))
        lengths = [heads, *of.shape[1:-1]]
        found = _with_axes(whole_x.of(of.seen(lambda p: p.reshape(heads, -1, columns)).by_head), lengths)
        order = _in_place(axes, by_head + summed, by_head + new)
    else:
        return None
    if sorted(order) != sorted(out):
        return None
    return found.permuted([order.index(n) for n in out])


def _in_place(axes: str, of: Sequence[str], new: Sequence[str]) -> str:
    """The axes, with new ones in the place of the last of some, the others of which are gone."""
    last = max(axes.index(n) for n in of)
    before = "".join(n for n in axes[:last] if n not in of)
    return before + "".join(new) + "".join(n for n in axes[last + 1 :] if n not in of)


def _mapped(x: Tensor, weight: Any, others: str, new: Sequence[str], summed: Sequence[str]) -> Tensor:
    """All features by one matrix, whose rows are those of the new axes."""
    if isinstance(weight, Chain):
        return x.of((weight if others[0] == summed[0] else weight.transposed()).after)
    of = weight.permuted([others.index(n) for n in (*summed, *new)])
    if len(of.shape) == 2:
        return _flat(x).of(of.after)
    shape, count = of.shape[len(summed) :], len(summed)
    rows = 1
    for n in of.shape[:count]:
        rows *= n
    return _with_axes(_flat(x).of(of.seen(lambda places: places.reshape(rows, -1)).after), shape)


def _flat(x: Tensor) -> Tensor:
    """With one axis of features in the place of its last one."""
    keep = [k for k in range(len(x.axes)) if k not in x.feature_axes[:-1]]
    return Tensor(tuple(FEATURES if is_features(x.axes[k]) else x.axes[k] for k in keep), x.items)


def _with_axes(x: Tensor, lengths: Sequence[int]) -> Tensor:
    """With axes of these lengths in the place of its axes of features, the last of which they follow."""
    flat = _flat(x)
    at = flat.feature_axes[0]
    long = sum(n > 1 for n in lengths)
    made: list[Any] = [
        1 if n == 1 and (long or k) else Along(n) if long > 1 else FEATURES for k, n in enumerate(lengths)
    ]
    items = {
        (*p[: flat._stack(at)], *(0 for a in made if a == 1), *p[flat._stack(at) :]): f for p, f in flat.items.items()
    }
    return Tensor((*flat.axes[:at], *made, *flat.axes[at + 1 :]), items)


def _laid(axes: str, value: Tensor, order: Sequence[str]) -> Tensor:
    """With its axes in that order, and an axis of one for each that it has not."""
    value = value.permuted([axes.index(n) for n in order if n in axes])
    for k, n in enumerate(order):
        if n not in axes:
            value = value.unsqueezed(k)
    return value
