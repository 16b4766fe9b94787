"""What no weights of a cell give, however they are chosen: proved with intervals, at one unit.

One cell has given weights, and its new states on some inputs and states are what the other one is asked for. All of its
weights are in a box that is the whole space at first; what gives the new states is kept of it, the rest is left out,
and what remains is halved. Where nothing remains, no weights give them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sympy import Number, Symbol, preorder_traversal

from derive.backends.base import Array
from derive.comparison.by_intervals.narrowed import contracted, failing, forward, groups_of, needed
from derive.comparison.by_intervals.one_unit import OneUnit, Unknown
from derive.comparison.pairing.renamed import called
from derive.definition.cell import Cell
from derive.exact.arrays import Cells
from derive.symbolic.activation import Activation

MANY = 400  # draws of the weights
SIZES = (0.25, 1.0, 4.0)  # of their numbers
DRAWS = 12  # of these, that are asked for, beside the first ones
SATURATED, LARGE = 2, 64.0  # draws in which functions such as σ are at their ends
QUICK, MOST = 60, 600  # boxes that are looked at, of each
TOTAL, OF_ALL = 40_000_000, 150_000_000  # numbers that are worked out in one search, and in all
ROUNDS = 60
NARROW = 1e-3  # of a box, where numbers from -∞ to ∞ are taken as from -1 to 1
MOST_NUMBERS = 4  # of formulas, that are put in the place of states
BEYOND = 4
REASON = "whatever its weights, {by} does not give what {given} gives with {weights}: shown with intervals, at one unit"


@dataclass
class _Asked:
    """What is asked of a cell. wanted: of each new state, (points,); any number where nothing is asked. split: which of
    its numbers are halved, the others being left as they are."""

    wanted: list[Cells]
    split: Array


@dataclass
class _Search:
    """The cell of which weights are looked for, what it is given, and what is asked of it: several questions at once.

    A box is of one question."""

    cell: OneUnit
    given: Mapping[Symbol, Array]
    asked: list[_Asked]

    def __post_init__(self) -> None:
        self.groups = groups_of(self.cell, self.given)
        self.wanted = [Cells(*(np.array([getattr(a.wanted[k], end) for a in self.asked]) for end in ("lower", "upper")))
                       for k in range(len(self.cell.outputs))]  # fmt: skip
        self.needed = needed(self.cell, self.wanted)
        self.split = np.array([a.split for a in self.asked])
        self.fixed = np.array([n in self.cell.idle for n in self.cell.free])

    def impossible(self, most: int) -> int | None:
        """A question that no weights answer; None where that is not seen in so many boxes of each."""
        count, questions = len(self.cell.free), len(self.asked)
        of = np.arange(questions)
        ends = np.where(self.fixed, 0.0, np.inf)
        boxes = Cells(np.tile(-ends, (questions, 1)), np.tile(ends, (questions, 1)))
        looked: Array = np.zeros(questions, int)
        given_up: Array = np.zeros(questions, bool)
        self.worked = 0
        for _ in range(ROUNDS):
            self.worked += len(of) * len(self.cell.steps) * len(next(iter(self.given.values()))) * (6 + count)
            if self.worked > TOTAL:
                return None
            looked += np.bincount(of, minlength=questions)
            boxes, of = self._left(boxes, of)
            held = np.bincount(of, minlength=questions)
            if (~given_up & (held == 0)).any():
                return int((~given_up & (held == 0)).argmax())
            wide = np.where(self.split[of], _wide(boxes), 0).max(axis=1)
            given_up |= looked + 2 * held > most
            given_up[of[wide < NARROW]] = True
            is_open = ~given_up[of]
            if not is_open.any():
                return None
            boxes, of = self._halved(Cells(*(end[is_open] for end in boxes)), of[is_open])
        return None

    def _left(self, boxes: Cells, of: Array) -> tuple[Cells, Array]:
        for _ in range(3):
            before = _wide(boxes)
            wanted = [Cells(*(end[of] for end in value)) for value in self.wanted]
            where_needed = [is_needed[of] for is_needed in self.needed]
            boxes = contracted(self.cell, boxes, self.given, wanted, self.groups, where_needed)
            is_left = (boxes.lower <= boxes.upper).all(axis=1)
            boxes, of = Cells(*(end[is_left] for end in boxes)), of[is_left]
            if not len(of) or (before[is_left] - _wide(boxes)).max(initial=0) < 0.1:
                break
        return boxes, of

    def _halved(self, boxes: Cells, of: Array) -> tuple[Cells, Array]:
        """Each in two, by the number of which the new states depend most."""
        which = self._which(boxes, of)
        rows = np.arange(len(which))
        low, high = (_compact(end[rows, which]) for end in boxes)
        middle = _open((low + high) / 2)
        first, second = ([end.copy() for end in boxes] for _ in range(2))
        first[1][rows, which] = middle
        second[0][rows, which] = middle
        return Cells(*(np.concatenate(ends) for ends in zip(first, second, strict=True))), np.concatenate([of, of])

    def _which(self, boxes: Cells, of: Array) -> Array:
        """Of each box, the number that leaves the least uncertainty once it is known."""
        wide = _wide(boxes)
        count = wide.shape[1]
        middle = _open((_compact(boxes.lower) + _compact(boxes.upper)) / 2)
        many = [np.repeat(end[:, None, :], count, axis=1) for end in boxes]
        for end in many:
            end[:, range(count), range(count)] = middle
        flat = Cells(*(end.reshape(-1, count) for end in many))
        found = forward(self.cell, flat, self.given)
        left = sum(_spread(found[k], len(flat.lower)) for k in self.cell.outputs)
        left = np.asarray(left).reshape(-1, count) + np.where((wide > NARROW / 2) & self.split[of], 0, np.inf)
        return np.asarray((left - 1e-3 * wide).argmin(axis=1))


def _spread(of: Cells, boxes: int) -> Array:
    lower, upper = (np.broadcast_to(_compact(end), (boxes, np.shape(end)[-1])) for end in of)
    return np.maximum(upper - lower, 0).sum(axis=1)


def _compact(number: Array) -> Array:
    return np.where(np.isinf(number), np.sign(number), number / (1 + np.abs(number)))


def _open(number: Array) -> Array:
    return number / np.maximum(1 - np.abs(number), 1e-300)


def _wide(boxes: Cells) -> Array:
    return _compact(boxes.upper) - _compact(boxes.lower)


def beyond(first: Cell, second: Cell, renamings: Iterable[Mapping[str, str]]) -> str:
    """Why no weights make two cells the same, in words; nothing where that is not proved for each of the ways in which
    their states may be the same. renamings: the first's states by the second's."""
    reason = ""
    for renamed in renamings:
        reason = apart(first, second, {a: b for b, a in renamed.items()})
        if not reason:
            return ""
    return reason


def apart(first: Cell, second: Cell, states: Mapping[str, str]) -> str:
    """What one of them does that the other one does with no weights, in words; nothing where that is not proved.

    states: the second's by the first's."""
    try:
        one, other = _of(first), _of(second)
    except Unknown:
        return ""
    back = {b: a for a, b in states.items()}
    names, worked = called(first, second), 0
    points = _points(one, other)
    with np.errstate(all="ignore"):
        both = _Drawn.of(one, points), _Drawn.of(other, _renamed(points, one, other, states))
        ways = ((both[0], both[1], states), (both[1], both[0], back))
        at_zero = points[first.input] == 0
        for chosen, most in ((at_zero, QUICK), (at_zero | True, QUICK), (at_zero, MOST), (at_zero | True, MOST)):
            for given, by, paired in ways:
                draws = given.draws(by, paired, DRAWS)
                if not (asked := [(d, a) for d in draws for a in given.asked(d, by, paired, chosen)]):
                    continue
                where = {s: values[chosen] for s, values in by.given.items()}
                search = _Search(by.cell, where, [a for _, a in asked])
                found = search.impossible(most)
                if found is not None:
                    weights = "all weights 0" if asked[found][0] == 0 else "some weights"
                    return REASON.format(by=names[by is both[1]], given=names[given is both[1]], weights=weights)
                worked += search.worked
                if worked > OF_ALL:
                    return ""
    return ""


@lru_cache(maxsize=64)
def _of(cell: Cell) -> OneUnit:
    return OneUnit(cell)


@dataclass
class _Drawn:
    """Draws of the weights of a cell, the first of which are 0, and the new states of each: (draws, points), anything
    where it is not seen that there are some."""

    cell: OneUnit
    given: Mapping[Symbol, Array]
    weights: Array
    new: dict[str, Cells]

    @staticmethod
    def of(cell: OneUnit, given: Mapping[Symbol, Array]) -> _Drawn:
        random = np.random.default_rng(len(cell.free))
        size = (MANY, len(cell.free))
        weights = random.uniform(0.3, 1, size) * random.choice([-1, 1], size) * random.choice(SIZES, (MANY, 1))
        weights[1 : 1 + SATURATED] = LARGE * np.sign(weights[1 : 1 + SATURATED])
        weights[1] = LARGE
        weights[0] = 0
        for k, symbol in enumerate(cell.free):
            for p in cell.cell.constants:
                if p.symbol == symbol:
                    weights[:, k] = float(p.default or 0)
        found = forward(cell, Cells(weights, weights), given)
        fails = failing(cell, found)
        shape = len(weights), len(next(iter(given.values())))
        new = {s: Cells(*(np.broadcast_to(np.where(fails[k], open_end, end), shape)
                          for end, open_end in zip(found[k], (-np.inf, np.inf), strict=True)))
               for s, k in zip(cell.cell.states, cell.outputs, strict=True)}  # fmt: skip
        return _Drawn(cell, given, weights, new)

    def draws(self, by: _Drawn, states: Mapping[str, str], count: int) -> list[int]:
        """Those that are farthest beyond all that the other cell has given, 0 and large ones."""
        mine = np.concatenate([self._features(self.new[s]) for s in states], axis=1)
        theirs = np.concatenate([by._features(by.new[t]) for t in states.values()], axis=1)
        top, low = np.fmax.reduce(theirs, axis=0), np.fmin.reduce(theirs, axis=0)
        beyond = np.maximum(mine - top, low - mine) / (1e-3 + top - low)
        best = np.nan_to_num(beyond, nan=-np.inf, posinf=-np.inf, neginf=-np.inf)
        chosen = [*range(1 + SATURATED)]
        for _ in range(count):
            row, column = np.unravel_index(best.argmax(), best.shape)
            chosen.append(int(row))
            best[row] = -np.inf
            best[:, column] = -np.inf
        return list(dict.fromkeys(chosen))

    @staticmethod
    def _features(of: Cells) -> Array:
        """Of each draw: the new states, and how they are at two points beside each other."""
        middle = np.where(np.isfinite(of.lower + of.upper), of.lower, np.nan)
        parts = [middle]
        for beside in (middle[:, :1], np.roll(middle, 1, axis=1)):
            parts += [middle - beside, middle + beside]
        return np.concatenate(parts, axis=1)

    def asked(self, draw: int, by: _Drawn, states: Mapping[str, str], points: Array) -> Iterator[_Asked]:
        """For its new states at those points, weights of another: all halved, or those of one affine map alone."""
        back = {theirs: mine for mine, theirs in states.items()}
        wanted = []
        for s in by.cell.cell.states:
            lower, upper = (end[draw, points] for end in self.new[back[s]])
            is_known = np.isfinite(lower + upper) & (upper - lower <= NARROW**2 * np.maximum(1, np.abs(lower)))
            wanted.append(Cells(np.where(is_known, lower, -np.inf), np.where(is_known, upper, np.inf)))
        if not any(np.isfinite(value.lower).any() for value in wanted):
            return
        count = len(by.cell.free)
        yield _Asked(wanted, np.ones(count, bool))
        for own in by.cell.alone().values():
            split: Array = np.zeros(count, bool)
            split[own] = True
            yield _Asked(wanted, split)


def _renamed(given: Mapping[Symbol, Array], of: OneUnit, by: OneUnit, states: Mapping[str, str]) -> dict[Symbol, Array]:
    names = dict(zip(of.given, _order(of, by, states), strict=True))
    return {names[s]: values for s, values in given.items()}


def _order(of: OneUnit, by: OneUnit, states: Mapping[str, str]) -> Iterator[Symbol]:
    """What the second cell calls what the first is given."""
    yield by.cell.input
    yield from (i.symbol for i in by.cell.further)
    yield from (by.cell.previous(states[s]) for s in of.cell.states)


def _points(of: OneUnit, by: OneUnit) -> dict[Symbol, Array]:
    """Inputs and states at which the two are held together: each by itself, and some at random."""
    own = sorted({1.0, 2.0, *_numbers(of.cell), *_numbers(by.cell)})
    few = [*own[:MOST_NUMBERS], BEYOND * own[-1]]
    alone = [side * number for number in few for side in (1, -1)]
    count = len(of.given)
    rows = [np.zeros(count)]
    for k in range(count):
        for number in alone if k >= 1 + len(of.cell.further) else (1, -1, 2, -2, 4, -4):
            rows.append(np.zeros(count))
            rows[-1][k] = number
    for k in range(1 + len(of.cell.further), count):
        for x in (1, -2):
            for number in (1, -1):
                rows.append(np.zeros(count))
                rows[-1][[0, k]] = x, number
    random = np.random.default_rng(count)
    rows += list(np.round(random.uniform(-2, 2, (12, count)) * np.repeat([[1], [4]], 6, axis=0), 2))
    points = np.array(rows)
    for k in range(1, 1 + len(of.cell.further)):
        points[:, k] = np.abs(points[:, k]) + 0.5  # as times are
    return {symbol: points[:, k].copy() for k, symbol in enumerate(of.given)}


def _numbers(cell: Cell) -> set[float]:
    nodes = [node for line in cell.lines for node in preorder_traversal(line.expr)]
    found = {abs(float(node)) for node in nodes if isinstance(node, Number) and node.is_finite}
    kinks = (k for node in nodes if isinstance(node, Activation) for k in node.kinks if isinstance(k, Number))
    return {number for number in (*found, *(abs(float(k)) for k in kinks)) if number}
