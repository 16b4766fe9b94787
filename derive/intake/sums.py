"""Sums, means, maxima and softmaxes along an axis: over what is stacked they are formulas, over the features what the
language of cells has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from sympy import Integer, Mul, Pow, Symbol

from derive.errors import DeriveError
from derive.intake.arrays import Means, settled, summed
from derive.intake.form import BATCH
from derive.intake.matrices import Weight, as_tensor
from derive.intake.operators import function
from derive.intake.pieces import Features, Formula, Learned, Mixed, Piece, whole, width
from derive.intake.tensors import FEATURES, Along, Tensor, is_features, stacked
from derive.statements.cumulative import cumsum
from derive.statements.largest import largest
from derive.statements.matrix_products import dot
from derive.statements.mean import mean
from derive.statements.shares import softmax


def _along(
    value: Tensor, dimensions: Any, keep: bool, stack_of: Callable[..., Any], features: Any, each: Any = None
) -> Tensor:
    """Each axis in turn: what stands in a stack, or all features. each: of one axis of several."""
    if not isinstance(value, Tensor):
        raise DeriveError("a sum, mean or maximum of a weight matrix")
    given = [dimensions] if isinstance(dimensions, int) else dimensions
    if not given:
        raise DeriveError("one number of all sequences together; a step does the same with every sequence")
    for axis in sorted((value.axis(k) for k in given), reverse=True):
        if value.axes[axis] == FEATURES:
            value = value.of(features)
            value = value if keep else value.squeezed(axis)
        elif isinstance(value.axes[axis], Along) and (found := _of_axis(value, axis, each)) is not None:
            value = found.unsqueezed(axis) if keep else found
        else:
            value = stack_of([value.taken(axis, k) for k in range(value.extent(axis))])
            value = value.unsqueezed(axis) if keep else value
    return value


def _of_axis(value: Tensor, axis: int, each: Callable[[Tensor, int], Tensor] | None) -> Tensor | None:
    """Along one of several axes of features; None where they are taken apart along it."""
    if each is None:
        return None
    try:
        return each(value, axis)
    except DeriveError:
        if axis == value.feature_axes[-1]:
            raise
        return None


def _sum_along(value: Tensor, axis: int) -> Tensor:
    lengths, at = value.lengths, value.feature_axes.index(axis)
    axes = [a for k, a in enumerate(value.axes) if k != axis]
    if len(lengths) == 2:
        axes = [FEATURES if is_features(a) else a for a in axes]
    found = Tensor(tuple(axes), value.items)
    return found.of(lambda f: (summed(whole(f), lengths, at),))


def _mean_along(value: Tensor, dimension: int) -> Tensor:
    """The mean along the last of several axes of features, a number for each place along the others."""
    axis = value.axis(dimension)
    if axis != value.feature_axes[-1]:
        raise DeriveError("a mean over the heads, or over an axis before the last; a cell has means of each head")
    lengths = value.lengths
    axes = list(value.axes)
    del axes[axis]
    if len(lengths) == 2:
        axes = [FEATURES if is_features(a) else a for a in axes]
    size = math.prod(lengths[:-1])
    return Tensor(tuple(axes), value.items).of(lambda f: (Means(size, whole(f), lengths),))


def _mean(features: Features) -> Features:
    if len({p.size for p in features}) > 1:
        raise DeriveError("a mean over quantities of other sizes")
    return (Mixed(1, mean, features),)


def _sum(features: Features) -> Features:
    """The sum over all features, of products alone: aᵀ b."""
    return reduce(_plus, (_dotted(piece) for piece in features))


def _plus(a: Features, b: Features) -> Features:
    return (Formula(1, lambda x, y: x + y, (*a, *b)),)


def _dotted(piece: Piece) -> Features:
    if isinstance(piece, Formula):
        letters = [Symbol(f"a_{k}") for k in range(len(piece.operands))]
        number, product = piece.function(*letters).as_coeff_Mul()
        factors: tuple[Symbol, Symbol] | None = None
        match product:
            case Pow(base=Symbol() as a, exp=Integer(p=2)):
                factors = (a, a)
            case Mul(args=(Symbol() as a, Symbol() as b)):
                factors = (a, b)
        if factors is not None:
            a, b = (piece.operands[letters.index(s)] for s in factors)
            if a.size == b.size == piece.size:
                found = dotted(a, b)
                return found if number == 1 else (Formula(1, lambda q: number * q, found),)
    raise DeriveError("a sum over the features; a cell has the mean over them, and sums of products of two quantities")


def dotted(a: Piece, b: Piece) -> Features:
    """aᵀ b, a matrix of one row where one of them is learned."""
    learned, other = (a, b) if isinstance(a, Learned) else (b, a)
    if isinstance(learned, Learned) and not isinstance(other, Learned):
        return Weight.row_of(learned).transposed().after((other,))
    return (Mixed(1, dot, (a, b)),)


def _total(parts: Sequence[Tensor]) -> Tensor:
    return reduce(lambda a, b: function("add", a, b), parts)


def sum_(value: Any, dimensions: Any = None, keepdim: bool = False, **_: Any) -> Tensor:
    return _along(value, dimensions, keepdim, _total, _sum, _sum_along)


def mean_(value: Any, dimensions: Any = None, keepdim: bool = False, **_: Any) -> Tensor:
    return _along(
        value, dimensions, keepdim, lambda parts: function("div", _total(parts), len(parts)), _mean, _mean_along
    )


def amax(value: Any, dimensions: Any = None, keepdim: bool = False) -> Tensor:
    def of_stack(parts: Sequence[Tensor]) -> Tensor:
        return reduce(lambda a, b: function("maximum", a, b), parts)

    return _along(value, dimensions, keepdim, of_stack, lambda f: (Mixed(1, largest, _one(f, "the largest")),))


def max_(value: Any, dimension: Any = None, keepdim: bool = False) -> tuple[Tensor, None]:
    return amax(value, dimension, keepdim), None


def norm(value: Any, order: Any = 2, dimensions: Any = None, keepdim: bool = False, **_: Any) -> Tensor:
    if order != 2:
        raise DeriveError(f"a norm of order {order}; the norm of order 2 is read")
    return function("sqrt", sum_(function("square", value), dimensions, keepdim))  # type: ignore[no-any-return]


def variance(
    value: Any, dimensions: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None
) -> Tensor:
    if (int(unbiased) if correction is None else correction) != 0:
        raise DeriveError("a variance over n - 1 features; write unbiased=False, which divides by n")
    centred = function("sub", value, mean_(value, dimensions, True))
    return mean_(function("square", centred), dimensions, keepdim)


def deviation(value: Any, *arguments: Any, **options: Any) -> Tensor:
    return function("sqrt", variance(value, *arguments, **options))  # type: ignore[no-any-return]


def variance_and_mean(value: Any, dimensions: Any = None, keepdim: bool = False, **options: Any) -> tuple[Tensor, ...]:
    return variance(value, dimensions, keepdim=keepdim, **options), mean_(value, dimensions, keepdim)


def _one(features: Features, what: str) -> Features:
    if len(features) > 1:
        raise DeriveError(f"{what} over several quantities that are joined; a cell has it of one")
    return features


def shares(value: Tensor, dimension: int, *_: Any) -> Tensor:
    """The softmax along an axis."""
    axis = value.axis(dimension)
    if value.axes[axis] == FEATURES:
        return value.of(lambda f: (Mixed(width(f), softmax, _one(f, "a softmax")),))
    if isinstance(value.axes[axis], Along) and axis == value.feature_axes[-1]:
        return value.of(lambda f: (Mixed(width(f), softmax, (settled(whole(f)),), math.prod(value.lengths[:-1])),))
    raised = [function("exp", value.taken(axis, k)) for k in range(value.extent(axis))]
    return stacked([function("div", e, _total(raised)) for e in raised], axis)


def running(value: Tensor, dimension: int, **_: Any) -> Tensor:
    """The running sum along an axis."""
    axis = value.axis(dimension)
    if value.axes[axis] == FEATURES:
        return value.of(lambda f: (Mixed(width(f), cumsum, _one(f, "a running sum")),))
    if isinstance(value.axes[axis], Along) and axis == value.feature_axes[-1]:
        return value.of(lambda f: (Mixed(width(f), cumsum, (settled(whole(f)),), math.prod(value.lengths[:-1])),))
    parts = [value.taken(axis, k) for k in range(value.extent(axis))]
    return stacked([_total(parts[: k + 1]) for k in range(len(parts))], axis)


def group_norm(
    x: Tensor, groups: int, weight: Any = None, bias: Any = None, eps: Any = 1e-5, _cudnn: bool = False
) -> Tensor:
    """A layer norm of each of so many equal parts of the features, with gains and shifts of them all."""
    each = x.width // groups
    parts = x.reshaped((BATCH, groups, each), BATCH)
    return _scaled_and_shifted(
        layer_norm(parts, [each], None, None, eps).reshaped((BATCH, x.width), BATCH), weight, bias
    )


def layer_norm(
    x: Tensor, shape: Sequence[int], weight: Any = None, bias: Any = None, eps: Any = 1e-5, _cudnn: bool = False
) -> Tensor:
    """(x - mean x)/√(mean (x - mean x)² + ε), gain and shift (torch.nn.LayerNorm's documentation)."""
    if list(shape) != [x.extent(-1)] or not is_features(x.axes[-1]):
        raise DeriveError(f"layer_norm over {list(shape)}, expected all {x.extent(-1)} features")
    centred = function("sub", x, mean_(x, [-1], True))
    spread = function("sqrt", function("add", mean_(function("square", centred), [-1], True), eps))
    found = function("div", centred, spread)
    return _scaled_and_shifted(found, weight, bias)


def _scaled_and_shifted(found: Tensor, weight: Any, bias: Any) -> Tensor:
    for name, more in (("mul", weight), ("add", bias)):
        found = found if more is None else function(name, found, as_tensor(more))
    return found
