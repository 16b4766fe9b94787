"""What a comparison has found: equal cells with their weights, or where they differ, and on what that rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.comparison.pairing.sides import Pairing, Sides
from derive.comparison.words import text
from derive.definition.cell import Cell
from derive.later import later

if TYPE_CHECKING:
    from derive.comparison.by_numbers.numbers import Trial


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """What comparing two cells has found. It is true where they are equal."""

    first: Cell
    second: Cell
    pairing: Pairing | None
    trial: Trial | None = None  # numbers on which they agree, or differ
    different: tuple[str, str] = ("", "")  # the first equations that differ, by name
    same: Mapping[str, str] = field(default_factory=dict)  # equations of the first that the second has
    why: str = ""  # on what it rests that they are different; empty where that is not known
    tried: str = ""  # what speaks for their being different, where that is not proved
    sizes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of a cell, what it has beside a module's

    def __bool__(self) -> bool:
        return self.pairing is not None

    @property
    def decided(self) -> bool:
        """Whether they are proved to be equal, or to differ for every assignment of the weights."""
        return bool(self) or bool(self.why)

    @property
    def starts(self) -> dict[str, tuple[Any, Any]]:
        """The paired states, by the first cell's names, that are not the same before the first step, with both numbers;
        what is compared is a step."""
        pairs = self.pairing.states.items() if self.pairing is not None else ()
        found = {a: (self.first.starts.get(a, 0), self.second.starts.get(b, 0)) for a, b in pairs}
        return {a: both for a, both in found.items() if both[0] != both[1]}

    @cached_property
    def numbers(self) -> dict[tuple[str, str], tuple[float, float]]:
        """The constants that are paired, of which the two cells have other numbers; none where the cells are equal with
        the numbers that they have."""
        own, theirs = ({p.name: float(p.default or 0) for p in c.constants} for c in (self.first, self.second))
        pairs = ((a, b) for a, b, _ in (self.pairing.weights if self.pairing is not None else ()))
        found = {(a, b): (own[a], theirs[b]) for a, b in pairs if a in own and b in theirs and own[a] != theirs[b]}
        if found and next(Sides(self.first, self.second, letters=False).pairings(), None) is not None:
            return {}
        return found

    def to_json(self) -> dict[str, Any]:
        """What it found, as plain data."""
        found: dict[str, Any] = {
            "equal": bool(self),
            "decided": self.decided,
            "cells": [self.first.name, self.second.name],
        }
        if self.pairing is not None:
            weights = [{"first": a, "second": b, "factor": str(r)} for a, b, r in self.pairing.weights]
            found |= {"states": dict(self.pairing.states), "weights": weights, "turned": list(self.pairing.turned)}
            found["shifts"] = {name: str(number) for name, number in self.pairing.shifts.items()}
            found["starts"] = {a: [float(number) for number in both] for a, both in self.starts.items()}
            found["sizes"] = {name: dict(sizes) for name, sizes in self.sizes.items()}
            found["numbers"] = [{"first": a, "second": b, "values": v} for (a, b), v in self.numbers.items()]
        else:
            found |= {"equations": dict(self.same), "different": list(self.different)}
            found |= {"why": self.why, "tried": self.tried}
        if self.trial is not None:
            found["trial"] = self.trial.to_json()
        return found

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return text(self)
