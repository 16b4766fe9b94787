"""Cells that are proved to be equal by their formulas."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from sympy import Rational

from derive.comparison.found import Comparison
from derive.comparison.pairing.proof import Proof
from derive.comparison.pairing.renamed import renaming, size_names, state_orders
from derive.comparison.pairing.sides import Pairing, Sides
from derive.definition.cell import Cell
from derive.errors import DeriveError


def equality(first: Cell, second: Cell) -> Comparison | None:
    """What ``compare`` says of equal cells; None of others, of which it is not asked where they differ.

    Raises DeriveError as ``compare`` does.
    """
    from derive.comparison.by_numbers.numbers import held_together

    if (same := _up_to_names(first, second) or _by_fingerprints(first, second)) is not None:
        return same
    ways: list[dict[str, bool]] = [{}]
    if first.constants or second.constants:
        ways += [{"letters": False}, {"fixed": True}]
    found = ((p, way) for way in ways for p in Sides(first, second, **way).pairings())
    for (pairing, _, _), way in found:
        trial = held_together(first, second, pairing, exact=not way.get("letters", True))
        if not trial.agrees and trial.largest == inf:  # where one is not defined
            continue
        if not trial.agrees:
            raise DeriveError(
                f"{first.name} and {second.name}: equal by their formulas, and different by {trial.largest:.1e} on"
                " numbers: this is a mistake of the comparison"
            )
        if Proof(first, second, pairing, letters=way.get("letters", True)).same_domain():
            return Comparison(first, second, pairing, trial)
    return None


def _up_to_names(first: Cell, second: Cell) -> Comparison | None:
    """Cells whose equations are the same but for names, which need no search."""
    from derive.comparison.by_numbers.numbers import held_together

    for sizes in size_names(first, second):
        if (names := renaming(first, second, sizes)) is not None:
            weights = tuple((a, b, Rational(1)) for a, b in names.items() if a not in first.states)
            pairing = Pairing({s: names[s] for s in first.states}, weights)
            if (trial := held_together(first, second, pairing)).agrees:
                return Comparison(first, second, pairing, trial)
    return None


def _by_fingerprints(first: Cell, second: Cell) -> Comparison | None:
    """Cells with the same weights in the same places, which is proved equation by equation."""
    from derive.comparison.by_numbers.fingerprints import paired
    from derive.comparison.by_numbers.numbers import held_together

    for sizes in size_names(first, second):
        for states in state_orders(first, second, sizes):
            if (found := paired(first, second, states, sizes)) is None:
                continue
            for letters in _ways_of(found.constants, first, second):
                names = {**found.weights, **(found.constants if letters else {})}
                pairing = Pairing(states, tuple((a, b, Rational(1)) for a, b in names.items()))
                if not (trial := held_together(first, second, pairing, exact=not letters)).agrees:
                    continue
                if Proof(first, second, pairing, letters, cuts=found.same).equal_by_parts():
                    return Comparison(first, second, pairing, trial)
    return None


def _ways_of(constants: Mapping[str, str], first: Cell, second: Cell) -> tuple[bool, ...]:
    """Whether constants are letters, which needs all of them to be paired, or numbers."""
    if not (first.constants or second.constants):
        return (True,)
    return (True, False) if len(first.constants) == len(second.constants) == len(constants) else (False,)
