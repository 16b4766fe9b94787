"""Functions of all units of a stack, (f, i, o, g) = LN(W h; a, b) + ...: they see all that is stacked, and no row by
itself."""

from __future__ import annotations

from collections.abc import Sequence

from derive.errors import DefinitionError
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.families import rows
from derive.intake.latex.trees.tree import Call, Concat, Letter, Node, calls, rebuilt

STACKED = "@of"  # the index of a layer norm over so many vectors, its last arguments, which nobody types
_OF_ALL = {"softmax", "cumsum", "cumax", "mean", "largest", "length", "dot"}


def rows_of_stack(right: Node, targets: Sequence[Letter]) -> list[tuple[Letter, Node]]:
    """Each letter of a stack with its formula, after what a layer norm of all of them is of: its rows, one by one.

    Raises DefinitionError for another function of all units.
    """
    if len(targets) == 1 or isinstance(right, Concat):
        return list(zip(targets, rows(right, targets), strict=True))
    for function in calls(right):
        if WORDS.get(function.base.lower()) in _OF_ALL:
            raise DefinitionError(f"{function} is of all units of a stack together; write what it is of as one vector")
    before: list[tuple[Letter, Node]] = []
    count = 0

    def parted(node: Node) -> Node:
        nonlocal count
        if not (isinstance(node, Call) and node.function.base.lower() in ("ln", "layernorm") and node.arguments):
            return rebuilt(node, parted)
        count += 1
        inside, *gains = node.arguments
        own = [Letter(t.base, f"{t.label}pre{count}", time=t.time) for t in targets]
        before.extend(zip(own, rows(inside, targets), strict=True))
        return Call(Letter("LN", f"{STACKED}{len(own)}"), (Concat(tuple(own)), *gains))

    whole = parted(right)
    return [*before, *((t, _own(n, k)) for k, (t, n) in enumerate(zip(targets, rows(whole, targets), strict=True)))]


def stack_of(function: Letter) -> int:
    """Over how many vectors a layer norm goes, of which its last arguments say which; 0 for one of its own."""
    return int(function.label.removeprefix(STACKED)) if function.label.startswith(STACKED) else 0


def _own(node: Node, k: int) -> Node:
    """With the norm of row k: what it is of first, then all that it goes over."""
    if isinstance(node, Call) and node.function.label.startswith(STACKED):
        over, *gains = node.arguments
        assert isinstance(over, Concat)
        return Call(node.function, (over.parts[k], *gains, *over.parts))
    return rebuilt(node, lambda n: _own(n, k))
