"""Products of tensors and matrices, and sums of products over axes with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr

from derive.errors import DeriveError
from derive.intake.matrices import Chain, Matrices, Matrix, Weight, as_tensor
from derive.intake.operators import function
from derive.intake.sums import sum_
from derive.intake.tensors import BATCH, FEATURES, Tensor, stacked


def matmul(a: Any, b: Any) -> Any:
    """Features times a matrix, a matrix times features, or a product of tensors by their last axes."""
    if any(isinstance(v, Expr) for v in (a, b)):
        raise DeriveError("a weight matrix multiplies a number, the same for every feature")
    if isinstance(a, Tensor) and isinstance(b, Weight):
        return _behind(a, b)
    if isinstance(a, (Matrix, Chain)) and isinstance(b, Tensor):
        return _before(a, b)
    if isinstance(a, Matrices) and isinstance(b, Tensor):
        return stacked([_before(m, p) for m, p in _pairs(a, b)], 0)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return _of_tensors(a, b)
    if all(isinstance(v, (Matrix, Chain)) for v in (a, b)):
        return Chain((a, b))
    raise DeriveError("a product of several weight matrices; a cell's matrices multiply quantities")


def _behind(x: Tensor, weight: Any) -> Tensor:
    """x @ W."""
    if x.axes[-1] != FEATURES:
        raise DeriveError("a weight matrix multiplies another axis than the features")
    if isinstance(weight, Matrices):
        return stacked([_behind(p, m) for m, p in _pairs(weight, x)], 0)
    return x.of(weight.after)


def _before(weight: Matrix | Chain, x: Tensor) -> Tensor:
    """W @ x, of columns or of a vector."""
    if (x.axes[-1] if len(x.axes) == 1 else x.axes[-2]) != FEATURES:
        raise DeriveError("a weight matrix multiplies another axis than the features")
    return x.of(weight.transposed().after)


def _pairs(weights: Matrices, x: Tensor) -> list[tuple[Matrix, Tensor]]:
    """Each matrix with what it multiplies: its own of a stack, or the same for all."""
    if len(x.axes) == 3 and x.axes[0] == len(weights.items):
        return [(m, x.taken(0, k)) for k, m in enumerate(weights.items)]
    if len(x.axes) == 3 and x.axes[0] == BATCH and len(weights.items) == 1:
        raise DeriveError("one matrix for each sequence; a step does the same with every sequence")
    return [(m, x.taken(0, 0) if len(x.axes) == 3 else x) for m in weights.items]


def _of_tensors(a: Tensor, b: Tensor) -> Tensor:
    """Σ_k a_ik b_kj: element by element in axes of their own, and the sum over one."""
    letters = "zyxwvu"
    mine, theirs = letters[: len(a.axes) - 2] + "ik", letters[: len(b.axes) - 2] + "kj"
    mine, theirs = (mine if len(a.axes) > 1 else "k"), (theirs if len(b.axes) > 1 else "k")
    out = max(mine[:-2], theirs[:-2], key=len) + "i" * (len(a.axes) > 1) + "j" * (len(b.axes) > 1)
    return named(mine, a, theirs, b, out)


def linear(x: Tensor, weight: Any, bias: Any = None) -> Tensor:
    if not isinstance(weight, (Matrix, Chain)):
        raise DeriveError("a linear map whose weight is made of other things; a cell's matrices are learned ones")
    found: Tensor = matmul(x, weight.transposed())
    return found if bias is None else function("add", found, as_tensor(bias))


def addmm(bias: Any, x: Any, weight: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    if (beta, alpha) != (1, 1):
        raise DeriveError("addmm with beta or alpha other than 1: write the products out in the module")
    return function("add", matmul(x, weight), as_tensor(bias))  # type: ignore[no-any-return]


def einsum(equation: str, operands: Sequence[Any], path: Any = None) -> Tensor:
    """A product in axes with names, "bi,ij->bj": of features and a matrix, or of tensors."""
    left, arrow, out = equation.replace(" ", "").partition("->")
    names = left.split(",")
    if not arrow or "." in equation or len(names) != 2 or any(len({*n}) < len(n) for n in names):
        raise DeriveError(f"einsum of {equation!r}: of two operands with a result, 'bi,ij->bj', is read")
    pairs = sorted(zip(names, operands, strict=True), key=lambda pair: isinstance(pair[1], (Matrix, Matrices)))
    (axes, x), (others, weight) = pairs
    try:
        if isinstance(weight, (Matrix, Matrices)) and isinstance(x, Tensor):
            return _with_weight(axes, x, others, weight, out)
        if isinstance(x, Tensor) and isinstance(weight, Tensor):
            return named(axes, x, others, weight, out)
    except DeriveError as e:
        raise DeriveError(f"einsum of {equation!r}: {e}") from None
    raise DeriveError(f"einsum of {equation!r}: a cell has products of features and a weight matrix, 'bi,ij->bj'")


def _with_weight(axes: str, x: Tensor, others: str, weight: Matrix | Matrices, out: str) -> Tensor:
    """The sum over the features' axis of a product with a matrix, or with several."""
    if x.axes.count(FEATURES) != 1 or (summed := axes[x.axes.index(FEATURES)]) in out or summed not in others[-2:]:
        raise DeriveError("a weight matrix multiplies features, 'bi,ij->bj'")
    new = others[-1] if others[-2] == summed else others[-2]
    if others[-1] == summed:
        weight = weight.transposed()
    if new in axes:
        raise DeriveError("a weight matrix multiplies features, 'bi,ij->bj'")
    if isinstance(weight, Matrix):
        found, order = x.of(weight.after), axes.replace(summed, new)
    else:
        of_each = others[0]
        if of_each in axes:
            at = axes.index(of_each)
            found = stacked([x.taken(at, k).of(m.after) for k, m in enumerate(weight.items)], 0)
            order = of_each + axes.replace(of_each, "").replace(summed, new)
        else:
            found = stacked([x.of(m.after) for m in weight.items], 0)
            order = of_each + axes.replace(summed, new)
    if sorted(order) != sorted(out):
        raise DeriveError("a sum over the batch or over a stack beside that of a matrix")
    return found.permuted([order.index(a) for a in out])


def named(axes: str, a: Tensor, others: str, b: Tensor, out: str) -> Tensor:
    """Element by element in axes with names, summed over those that ``out`` lacks."""
    summed = [n for n in dict.fromkeys(axes + others) if n not in out]
    order = [*out, *summed]
    found = function("mul", _laid(axes, a, order), _laid(others, b, order))
    return sum_(found, list(range(len(out), len(order)))) if summed else found


def _laid(axes: str, value: Tensor, order: Sequence[str]) -> Tensor:
    """With its axes in that order, and an axis of one for each that it has not."""
    value = value.permuted([axes.index(n) for n in order if n in axes])
    for k, n in enumerate(order):
        if n not in axes:
            value = value.unsqueezed(k)
    return value
