"""What ``derive.verification.reader`` makes of printed equations: names, numbers, and operations applied to them."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import DeriveError


class ReadingError(DeriveError):
    """Printed LaTeX that cannot be read, or can be read in two ways: the message quotes the place."""


@dataclass(frozen=True)
class Name:
    r"""A quantity: its spelling, its letters and subscripts one after the other, and its time.

    time: 0 at t, -1 at t-1, None for what does not depend on time. ``\delta \tilde{h}_{t}`` is ("δhtilde", 0).
    """

    spelling: str
    time: int | None = None

    def __str__(self) -> str:
        return self.spelling + {None: "", 0: "_t", -1: "_{t-1}"}[self.time]


@dataclass(frozen=True)
class Function:
    """A function of the author's own: its name in LaTeX."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A number as printed."""

    text: str


@dataclass(frozen=True)
class Apply:
    """An operation or function and its arguments.

    operator: "+", "-" (of one argument), "⊙", "·" (side by side), "/", "^", "⊤", "Σ", "()", "|", "1", "cases", a
    relation, "∧", "∨", or a function's name; parameters: a function's subscript.
    """

    operator: str
    arguments: tuple[Tree, ...]
    parameters: tuple[Tree, ...] = ()


Tree = Name | Literal | Apply


@dataclass(frozen=True)
class ReadDraw:
    """A mask that is drawn: the probability of a 1, and how often in words. The time of its name says it too."""

    mask: Name
    probability: Tree
    how_often: str


@dataclass(frozen=True)
class ReadEquation:
    """target = value."""

    target: Name
    value: Tree
