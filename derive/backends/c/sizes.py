"""The sizes of quantities, as a cell's file and its comments call them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.errors import UnsupportedExpression
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

#: The sizes that every cell may have; further ones have names in its own file.
AXES = {"": "ONE", INPUT: "INPUT_SIZE", HIDDEN: "HIDDEN_SIZE", PROJ: "PROJ_SIZE"}
SIZES = 24  # for which the machinery has room: AXES in cell.h

_SAID = {"": "numbers", INPUT: "inputs", HIDDEN: "units", PROJ: "outputs"}


@dataclass
class Sizes:
    """further: those beside the ones that every cell may have, as they come up."""

    further: list[str] = field(default_factory=list)

    def name(self, size: str) -> str:
        """The name of a size in C."""
        if size in AXES:
            return AXES[size]
        if size not in self.further:
            self.further.append(size)
        return _own_name(size)

    def names(self) -> list[str]:
        """Of the further ones.

        Raises UnsupportedExpression for more than there is room for.
        """
        if len(self.further) > SIZES - len(AXES):
            raise UnsupportedExpression(f"{len(self.further)} sizes have no room in C; use fewer")
        return [_own_name(size) for size in self.further]


def said(size: str) -> str:
    """A size in a comment."""
    return _SAID.get(size, size.replace(":", " by ").replace("×", " by "))


def suffix(size: str) -> str:
    """What tells the function of a group of this size from the others of its stage; of units nothing."""
    if size == HIDDEN:
        return ""
    return "_" + _SAID.get(size, re.sub(r"\W", "_", size))


def size_of_axis(axis: str) -> str:
    """The size of a parameter's rows or columns; of one number none."""
    return "" if axis in ("1", "") else axis


def _own_name(size: str) -> str:
    return "SIZE_" + re.sub(r"\W", "_", size)
