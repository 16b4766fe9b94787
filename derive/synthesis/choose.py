"""The cheapest candidates by a plan that is linear in their errors: which combinations no other one beats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from derive.synthesis.candidates import Candidate


@dataclass(frozen=True)
class Slot:
    """Where one replacement is wanted. keys: of the activations that share it; times: values of it in a step.

    weight: what an error of 1 in these activations adds to that of the output at most.
    """

    keys: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    weight: float
    times: int


@dataclass(frozen=True)
class Choice:
    """A candidate for each slot. cost: of all; expected: the error of the output, by the plan.

    bytes: what is stored, which decides between choices of one cost.
    """

    picks: tuple[Candidate, ...]
    cost: float
    bytes: int
    expected: float


Price = Callable[[Candidate, int], float]  # of a candidate with so many values a step

PRICES: Mapping[str, Price] = {
    "operations": lambda candidate, times: candidate.operations * times,
    "entries": lambda candidate, times: candidate.entries,
    "bytes": lambda candidate, times: candidate.bytes,
}


def front(slots: Sequence[Slot], price: Price) -> list[Choice]:
    """The choices that are cheaper than every better one, from the cheapest to the best."""
    found = [Choice((), 0, 0, 0)]
    for slot in slots:
        found = _undominated(
            Choice(
                (*c.picks, k), c.cost + price(k, slot.times), c.bytes + k.bytes, c.expected + slot.weight * k.expected
            )
            for c in found
            for k in slot.candidates
        )
    return found


def _undominated(choices: Iterable[Choice]) -> list[Choice]:
    found: list[Choice] = []
    for choice in sorted(choices, key=lambda c: (c.cost, c.bytes, c.expected)):
        if not found or choice.expected < found[-1].expected:
            found.append(choice)
    return found
