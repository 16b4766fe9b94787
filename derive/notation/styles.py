"""How an author writes names: profiles, as data, and names renamed one by one.

pytorch: ``W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}``, as PyTorch's documentation has it. one_bias:
``W_{xi} x_t + W_{hi} h_{t-1} + b_i`` (Zhang et al., "Dive into Deep Learning"). goodfellow: bold, time above in
parentheses, ``U_i x^{(t)} + W_i h^{(t-1)} + b_i`` (Goodfellow, Bengio and Courville, "Deep Learning"). concatenated:
``W_i [h_{t-1}, x_t] + b_i`` (Olah, "Understanding LSTM Networks").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from derive.errors import DeriveError, shown, unknown


@dataclass(frozen=True)
class Style:
    """How names are written.

    one_bias: whether the biases of an affine map are one. joined: whether its matrices are one too, before what they
    multiply in brackets. raised: whether the time stands above and the unit below, not the other way round. bold:
    whether vectors and matrices are. weights: by a weight's letter and that of what it multiplies what stands for the
    two. names: what other names are written as.
    """

    one_bias: bool = False
    joined: bool = False
    raised: bool = False
    bold: bool = False
    weights: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


_OF_X: Mapping[str, tuple[str, str]] = MappingProxyType({"W_i": ("W", "x"), "b_i": ("b", "x")})
PROFILES: Mapping[str, Style] = MappingProxyType(
    {
        "pytorch": Style(),
        "one_bias": Style(one_bias=True, weights=_OF_X),
        "goodfellow": Style(
            one_bias=True, raised=True, bold=True, weights={**_OF_X, "W_i": ("U", ""), "W_h": ("W", "")}
        ),
        "concatenated": Style(one_bias=True, joined=True, weights=_OF_X),
    }
)


def style_of(profile: Any, bold: Any = None, names: Any = None) -> Style:
    """The profile of that name, with names renamed and, where ``bold`` is given, with vectors bold or not.

    Raises DeriveError for an unknown profile and for what is no name.
    """
    if not isinstance(profile, str):
        raise DeriveError(f"notation is {shown(profile)}, expected a name such as 'one_bias'")
    if profile not in PROFILES:
        raise DeriveError(unknown("notation", profile, PROFILES))
    found = PROFILES[profile]
    if bold is not None:
        if not isinstance(bold, bool):
            raise DeriveError(f"bold is {shown(bold)}, expected true or false")
        found = replace(found, bold=bold)
    for key, name in (names or {}).items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            wanted = "a name as it is typed in a cell, such as 's', 'c_tilde' or 'W_xi'"
            raise DeriveError(f"names.{key} is {shown(name)}, expected {wanted}")
    return replace(found, names=dict(names or {}))
