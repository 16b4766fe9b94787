"""What of a graph is made of buffers and frozen weights alone, and is known before the step runs."""

from __future__ import annotations

from typing import Any

from derive.intake.operators import FUNCTIONS, base

#: What leaves numbers where they are stored; a part or a transpose of a buffer is read as that.
_SEEN_THROUGH = {"slice", "select", "split", "chunk", "getitem", "unbind", "t", "transpose", "permute", "numpy_T",
                 "alias", "clone"}  # fmt: skip


class Known:
    """Tensors of nodes, each with the name of a tensor of the module that it is made of."""

    def __init__(self) -> None:
        self.found: dict[Any, tuple[str, Any]] = {}

    def made(self, node: Any) -> tuple[str, Any] | None:
        """The matrix of a node that is made of known ones alone, by more than a cut, a transpose or a number before it,
        with the name of the first of them; else None."""
        from torch.fx.node import map_arg

        inputs = node.all_input_nodes
        if not inputs or not all(n in self.found for n in inputs):
            return None
        given, options = map_arg((node.args, node.kwargs), lambda n: self.found[n][1])
        tensor = node.target(*given, **options)
        self.found[node] = made = self.found[inputs[0]][0], tensor
        if base(node) in _SEEN_THROUGH or getattr(tensor, "dim", int)() != 2:
            return None  # a formula of vectors is read as one
        return made if len(inputs) > 1 or base(node) not in FUNCTIONS else None


def needed(graph: Any) -> set[Any]:
    """The nodes of which the results are made."""
    waiting, found = [node for node in graph.nodes if node.op == "output"], set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found
