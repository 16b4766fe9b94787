"""The tensors in which parameters lie, stacked, and the parts of these that operations read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Symbol

from derive.plan.axes import Axes, blocks_of
from derive.statements.parameter import Parameter


@dataclass(frozen=True)
class Store:
    """Parameters in one tensor, stacked along its first axis.

    role: "weight", "bias" or "declared"; "made" of a tensor that an operation makes of a stored one.
    optional: whether it may be missing even where there are biases, as the weight of a projection may. What stands for
    a missing store: of biases zero, of a weight the identity.
    """

    name: str
    blocks: tuple[Parameter, ...]
    role: str = "weight"
    optional: bool = False

    @property
    def axes(self) -> Axes:
        """Of the whole tensor."""
        first = self.blocks[0]
        return tuple(a for a in (blocks_of(len(self.blocks), first.rows) if first.rows else "", first.stored_cols) if a)

    @property
    def learned(self) -> bool:
        """Whether there is a gradient of it."""
        return self.blocks[0].learned

    @property
    def heads(self) -> str:
        """Into how many equal parts units are cut, each of which reads itself alone; empty where they are not."""
        return self.blocks[0].heads


@dataclass(frozen=True)
class Pack:
    """Adjacent blocks of a store: ``count`` of them from block ``first`` on."""

    store: Store
    first: int
    count: int

    @property
    def whole(self) -> bool:
        return self.count == len(self.store.blocks)

    @property
    def made(self) -> tuple[Symbol, ...]:
        """The quantity that these are blocks of, where it is made and not given."""
        return (Symbol(self.store.name),) if self.store.role == "made" else ()

    @property
    def axes(self) -> Axes:
        """Of these blocks."""
        return replace(self.store, blocks=self.store.blocks[self.first : self.first + self.count]).axes
