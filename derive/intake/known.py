"""What of a graph is made of buffers and frozen weights alone, and is known before the step runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.intake.operators import FUNCTIONS, base

#: What leaves numbers where they are stored; a part or a transpose of a buffer is read as that.
_CUTS = {"slice", "select", "split", "chunk", "getitem", "unbind"}
SEEN_THROUGH = _CUTS | {"t", "transpose", "permute", "numpy_T", "alias", "clone"}


class Known:
    """Tensors of nodes, each with the name of a tensor of the module that it is made of."""

    def __init__(self) -> None:
        self.found: dict[Any, tuple[str, Any]] = {}

    def add(self, node: Any, name: str, tensor: Any) -> None:
        self.found[node] = name, tensor

    def made(self, node: Any) -> Any:
        """The matrix of a node that is made of known ones alone, by more than a cut, a transpose or a number before it;
        else None."""
        inputs = node.all_input_nodes
        if not inputs or not all(n in self.found for n in inputs):
            return None
        tensors = {n: tensor for n, (_, tensor) in self.found.items()}
        tensor = node.target(*_given(node.args, tensors), **_given(node.kwargs, tensors))
        self.add(node, self.found[inputs[0]][0], tensor)
        if base(node) in SEEN_THROUGH or getattr(tensor, "dim", int)() != 2:
            return None  # a formula of vectors is read as one
        return tensor if len(inputs) > 1 or base(node) not in FUNCTIONS else None


def _given(arguments: Any, tensors: Mapping[Any, Any]) -> Any:
    if isinstance(arguments, dict):
        return {k: _given(a, tensors) for k, a in arguments.items()}
    if isinstance(arguments, (tuple, list)):
        return type(arguments)(_given(a, tensors) for a in arguments)
    return tensors[arguments] if hasattr(arguments, "op") else arguments
