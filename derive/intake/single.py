"""Steps that are written for one vector x, as steps of a batch: torch maps them over its rows."""

from __future__ import annotations

import copy
import functools
import types
from typing import Any

#: torch's marks around what is mapped; what stands between them is of one row.
ENTERS, LEAVES = "_add_batch_dim", "_remove_batch_dim"
MARKS = frozenset({ENTERS, LEAVES, "lazy_load_decompositions", "_vmap_increment_nesting", "_vmap_decrement_nesting"})


def over_rows(module: Any) -> Any:
    """A copy of a module that does for each row of its arguments what the module does with one vector."""
    import torch

    made = copy.deepcopy(module)
    plain = type(module).forward

    @functools.wraps(plain)
    def forward(self: Any, *arguments: Any) -> Any:
        axes = tuple(None if a is None else 0 for a in arguments)
        return torch.vmap(functools.partial(plain, self), in_dims=axes)(*arguments)

    made.forward = types.MethodType(forward, made)
    return made
