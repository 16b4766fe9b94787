"""Tensors of exact numbers, read from lists or arrays.

A number that is written (in TOML, or a Python float in a list) is the decimal that is written: 0.1 is 1/10. A number of
a floating-point tensor is the binary fraction that the tensor holds: 0.1 in float32 is 13421773/134217728. Tensors here
are nested tuples of SymPy rationals; a scalar is one rational.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sympy import S

from derive.errors import DeriveError, RunError, shortened, shown
from derive.exact.numeral import WITHIN, exact_rational
from derive.run.stored import META, NESTED, QUANTISED, SPARSE, no_real_numbers

Shape = tuple[int, ...]
MOST_DIMENSIONS = 4  # of what is read as a tensor; no cell has one of more than two


def exact_tensor(value: Any, key: str) -> Any:
    """A number, nested lists of numbers, or a tensor of torch, numpy or a file, as nested tuples of rationals.

    Raises RunError naming the key for ragged rows, NaN or infinity, and for what is not a real number.
    """
    if is_array(value):
        check_array(value, key)
        value = _map(value.tolist(), lambda v: v if isinstance(v, int) or not math.isfinite(v) else Fraction(v))
    tensor = _exact(value, key)
    shape(tensor, key)
    return tensor


def is_array(value: Any) -> bool:
    """Whether that is a tensor of torch, numpy or a file."""
    return hasattr(value, "tolist")


def check_array(value: Any, key: str) -> None:
    """Raises RunError, before any number is looked at, for a tensor that is not a plain array of real numbers."""
    trouble = getattr(value, "trouble", "")  # of a tensor in a file
    kind = str(getattr(value, "dtype", "")).removeprefix("torch.")
    if getattr(value, "is_nested", False):
        trouble = NESTED
    elif str(getattr(value, "layout", "torch.strided")) != "torch.strided":
        trouble = SPARSE
    elif getattr(value, "is_quantized", False):
        trouble = QUANTISED
    elif getattr(value, "is_meta", False):
        trouble = META
    elif not trouble and not kind.startswith(("float", "bfloat", "int", "uint")):
        trouble = no_real_numbers(kind)
    if trouble:
        raise RunError(f"{key} {trouble}")


def _map(value: Any, function: Any) -> Any:
    return [_map(v, function) for v in value] if isinstance(value, list) else function(value)


def _exact(value: Any, key: str, dimensions: int = MOST_DIMENSIONS) -> Any:
    if isinstance(value, list | tuple):
        if not dimensions:
            raise RunError(
                f"{key} is a list in {MOST_DIMENSIONS} others, expected a number; a matrix is a list of rows"
            )
        return tuple(_exact(v, f"{key}[{k}]", dimensions - 1) for k, v in enumerate(value))
    if isinstance(value, bool | Mapping) or value is None:
        raise RunError(f"{key} is {shown(value)}, expected a number")
    try:
        return exact_rational(value)
    except DeriveError:
        plain = isinstance(value, int) or hasattr(value, "_mpf_") or value == ""
        text = shown(value) if plain else shortened(value, 40)
        raise RunError(f"{key} is {text}, expected a finite real number such as 0.25, {WITHIN}") from None


def shape(tensor: Any, key: str) -> Shape:
    """The shape of nested tuples. Raises RunError for rows of different lengths."""
    if not isinstance(tensor, tuple):
        return ()
    shapes = [shape(row, f"{key}[{k}]") for k, row in enumerate(tensor)]
    for k, found in enumerate(shapes):
        if found != shapes[0]:
            raise RunError(
                f"{key} is ragged: {key}[0] has shape {shapes[0]} and {key}[{k}] has {found}; give all rows one length"
            )
    return (len(tensor), *(shapes[0] if shapes else ()))


def zeros(dimensions: Shape) -> Any:
    """The tensor of zeros of that shape."""
    return tuple(zeros(dimensions[1:]) for _ in range(dimensions[0])) if dimensions else S.Zero
