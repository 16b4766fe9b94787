"""How a module of one step is called: its arguments, how states are packed in them, which results are the new ones."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.errors import shortened

BATCH = 13  # sequences that a step is tried and traced with
X = "x"  # the input, whatever its argument is called
LAST_INPUT = "p"  # a state that is the input of the step before
HEADS = re.compile(r"(n|num|number_of)?_?heads?", re.I)  # what modules call the number of heads
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Stacked(tuple[str, ...]):
    """States that are given in one tensor (k, B, features), and come back so: those of k layers."""


@dataclass(frozen=True)
class Form:
    """arguments: of the call in their order, each "x", a further input, a state, a tuple, list or dict of states, or
    None where the module's default is left.

    states: in the order in which they come back; sizes: of every argument. before: results that come before the new
    states; output: whether the first of them is another quantity than these, which the cell then has as a state that
    nothing reads; width: how many features that has. order: the places of the states among the new ones, that first
    which comes back as the output as well. by_name: whether they come back in another order than they are given. axes:
    of states that are given with several, (B, heads, value, key), how long these are.

    Tensors are given and come back with all numbers of a sequence in a row, (B, n).
    """

    slots: tuple[Any, ...]
    states: tuple[str, ...]
    sizes: Mapping[str, int]
    before: int = 0
    output: bool = False
    width: int = 0
    order: tuple[int, ...] = ()
    by_name: bool = False
    axes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def arguments(self, tensors: Mapping[str, Any]) -> tuple[Any, ...]:
        def placed(slot: Any) -> Any:
            if isinstance(slot, Stacked):
                import torch

                return torch.stack([laid_out(n) for n in slot])
            if isinstance(slot, (tuple, list)):
                return type(slot)(placed(s) for s in slot)
            return {k: placed(s) for k, s in slot.items()} if isinstance(slot, dict) else laid_out(slot)

        def laid_out(name: Any) -> Any:
            return tensors[name].unflatten(-1, self.axes[name]) if name in self.axes else tensors.get(name)

        return tuple(map(placed, self.slots))

    @property
    def names(self) -> list[Any]:
        """The arguments, those within others one by one; of stacked ones the stack."""
        return list(leaves(self.slots))

    @property
    def further(self) -> tuple[str, ...]:
        """The inputs beside the first."""
        return tuple(n for n in self.slots if isinstance(n, str) and n not in (X, *self.states))

    def results(self, result: Any) -> list[Any]:
        """The new states in their order, the output before them where it is none of them."""
        matrices = any(len(axes) == 2 for axes in self.axes.values())
        return [t.flatten(1) if t.dim() > 2 else t for t in self.chosen(flat(result, lambda t: not matrices))]

    def chosen(self, results: list[Any]) -> list[Any]:
        """Those of all results of the module."""
        new = results[self.before :]
        return results[:1] * self.output + [new[k] for k in self.order or range(len(new))]


def leaves(slot: Any) -> Iterator[Any]:
    """What arguments hold, one by one; of stacked states the stack."""
    if not isinstance(slot, Stacked) and isinstance(slot, (tuple, list, dict)):
        for s in slot.values() if isinstance(slot, dict) else slot:
            yield from leaves(s)
    else:
        yield slot


def flat(result: Any, is_stack: Callable[[Any], bool]) -> list[Any]:
    """The tensors of a module's results, in their order. is_stack: whether one of three axes is several tensors."""
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, (tuple, list)):
        return [t for r in result for t in flat(r, is_stack)]
    if not hasattr(result, "dim"):
        return []
    return list(result) if result.dim() == 3 and is_stack(result) else [result]


def first_line(e: BaseException) -> str:
    """What an error of somebody else's says, on one line."""
    lines = [line.strip() for line in str(e).splitlines() if line.strip()]
    return shortened(f"{type(e).__name__}: {lines[0]}" if lines else type(e).__name__, 300)
