"""How a module of one step is called: which of its arguments are the input and the states, how these are packed, and
which of its results are the new ones. It is found by trying."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import DeriveError, shortened, unknown
from derive.intake.loops import first_loop
from derive.intake.source import Source

BATCH = 3  # sequences that a step is tried and traced with
X = "x"  # the input, whatever its argument is called
LAST_INPUT = "p"  # a state that is the input of the step before
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_INPUT = re.compile(r"(x|xt|x_t|inp|input|inputs|input_|input_t|data)", re.I)
_STATE = re.compile(r"(h|hx|c|cx|s|hid|hidden|hiddens|state|states|prev|carry).{0,7}|.*(hidden|state|prev).*", re.I)
_PACKED: Mapping[str, Callable[[Sequence[str]], Any]] = {
    "apart": tuple,
    "tuple": lambda names: (tuple(names),),
    "list": lambda names: (list(names),),
    "dict": lambda names: ({n: n for n in names},),
}
MOST_TRIES = 60


@dataclass(frozen=True)
class Form:
    """arguments: of the call in their order, each "x", a further input, a state, a tuple, list or dict of states, or
    None where the module's default is left.

    states: in the order in which they come back; sizes: of every argument. before: results that come before the new
    states; output: whether the first of them is another quantity than these, which the cell then has as a state that
    nothing reads; width: how many features that has.
    """

    slots: tuple[Any, ...]
    states: tuple[str, ...]
    sizes: Mapping[str, int]
    before: int = 0
    output: bool = False
    width: int = 0

    def arguments(self, tensors: Mapping[str, Any]) -> tuple[Any, ...]:
        def placed(slot: Any) -> Any:
            if isinstance(slot, (tuple, list)):
                return type(slot)(placed(s) for s in slot)
            return {k: placed(s) for k, s in slot.items()} if isinstance(slot, dict) else tensors.get(slot)

        return tuple(map(placed, self.slots))

    @property
    def names(self) -> list[str | None]:
        """The arguments, those within others one by one."""
        return list(_leaves(self.slots))

    @property
    def further(self) -> tuple[str, ...]:
        """The inputs beside the first."""
        return tuple(n for n in self.slots if isinstance(n, str) and n not in (X, *self.states))

    def results(self, result: Any) -> list[Any]:
        """The new states in their order, the output before them where it is none of them."""
        return self.chosen(_flat(result))

    def chosen(self, results: list[Any]) -> list[Any]:
        """Those of all results of the module."""
        return results[:1] * self.output + results[self.before :]


@dataclass
class Finder:
    """Looks for the form of a module's step. x: an input, (B, features); hidden: features of its states; wanted: the
    states' names, or their names and sizes; inputs: names of further inputs, with their numbers of features."""

    module: Any
    x: Any
    hidden: int
    wanted: Mapping[str, int | None]
    inputs: Mapping[str, int | None]
    source: Source
    tried: list[str] = field(default_factory=list)
    more: bool = False  # whether any number of arguments is taken
    fewer: tuple[int, int] | None = None  # results and states of a call that gave fewer of the former

    def __post_init__(self) -> None:
        parameters = list(inspect.signature(self.module.forward).parameters.values())
        self.taken = [p for p in parameters if p.kind in BY_POSITION]
        names = [p.name for p in self.taken]
        self.more = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        for name in self.inputs:
            if name not in names and not self.more:
                raise DeriveError(f"{type(self.module).__name__}: {unknown('argument', name, names)}")
        first = next((n for n in names if _INPUT.fullmatch(n)), None)
        ahead = names[: names.index(first)] if first else []
        self.first = first if first and all(map(_STATE.fullmatch, ahead)) else next(iter(names), X)
        self.rest = [p for p in self.taken if p.name not in (self.first, *self.inputs)]

    def form(self) -> Form:
        """Raises DeriveError where no call fits."""
        open_sizes = [n for n, size in self.inputs.items() if size is None]
        for widths in itertools.product((int(self.x.shape[-1]), self.hidden), repeat=len(open_sizes)):
            self.inputs = {**self.inputs, **dict(zip(open_sizes, widths, strict=True))}
            for style, sizes in itertools.islice(self._attempts(), MOST_TRIES):
                if (form := self._fits(style, sizes)) is not None:
                    return form
        label = type(self.module).__name__
        if place := first_loop(self.module):
            raise DeriveError(
                f"{label}{place}: a loop over time without a cell; a single step is read: put it into a module of its"
                " own, called as module(x, h)"
            )
        if self.fewer is not None and (names := [p.name for p in self.rest]):
            results, given = self.fewer
            raise DeriveError(
                f"{label} takes {', '.join(names)} beside {self.first} and returns {results}"
                f" tensor{'s' * (results > 1)} for {given} of them: say which are further inputs,"
                f' inputs=("{names[-1]}",), or name the states, states=("{names[0]}",)'
            )
        why = f": {self.tried[-1]}" if self.tried else ""
        raise DeriveError(
            f"{label} is no step that could be called as module(x, h), module(x, (h, c)) or module(x, h, c) with"
            f" {self.hidden} features a state{why}; give its sizes by input_size= and hidden_size=, and its states by"
            ' name, states=("h", "c")'
        )

    def _attempts(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Styles and sizes of states, the likeliest first; without states the module's own results say it."""
        needed = sum(p.default is p.empty for p in self.rest)
        count = len(self.wanted)
        if count and all(self.wanted.values()):
            given = tuple(n or 0 for n in self.wanted.values())
            yield from ((style, given) for style in self._styles(count, needed))
            return
        result = None if needed else _tried(self.module, self._call((), ()), self.tried)
        if isinstance(last := result[-1] if isinstance(result, tuple) else result, dict):
            self.wanted = {name: int(t.shape[-1]) for name, t in last.items()}
            yield from self._attempts()
            return
        if result is not None:
            nested = isinstance(result, (tuple, list)) and isinstance(result[-1], (tuple, list, dict))
            flat = [t.shape[-1] for t in _flat(result[-1] if nested else result) if t.dim()]
            counts = [count] if count else [len(flat)] if nested or len(flat) == 1 else [len(flat), len(flat) - 1]
            sizes = [tuple(flat[-k:]) for k in counts]
        else:
            counts = [count] if count else [needed] if needed > 1 else [1, 2, 3, 4]
            sizes = [(self.hidden,) * k for k in counts]
        for given in sizes:
            yield from ((style, given) for style in self._styles(len(given), needed))
        if result is None:
            for given in self._other_sizes(counts):
                yield from ((style, given) for style in self._styles(len(given), needed))

    def _styles(self, count: int, needed: int) -> tuple[str, ...]:
        if needed > 1:
            return ("apart",)
        packed = tuple(_PACKED)[1:]
        return ("apart", *packed) if count == 1 else (*packed, "apart")

    def _other_sizes(self, counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """States of the sizes that the module keeps as numbers."""
        held = (v for v in vars(self.module).values() if isinstance(v, int) and not isinstance(v, bool) and v > 0)
        sizes = list(dict.fromkeys([self.hidden, int(self.x.shape[-1]), *held]))
        for count in counts:
            yield from itertools.product(sizes, repeat=count) if count < 4 else ()

    def _call(self, slots: Sequence[Any], states: Sequence[Any], tensors: Mapping[str, Any] | None = None) -> Any:
        laid = self._slots(slots)
        made = {X: self.x, **self._further(), **(tensors or dict(zip(_leaves(slots), states, strict=False)))}
        return Form(laid, (), {}).arguments(made)

    def _further(self) -> dict[str, Any]:
        import torch

        return {n: torch.rand(BATCH, size, dtype=self.x.dtype) for n, size in self.inputs.items() if size}

    def _slots(self, states: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments in their order, as far as they are given."""
        named = {self.first: X} | {n: n for n in self.inputs}
        left = [n for n in self.inputs if n not in {p.name for p in self.taken}] + list(states)
        if not self.taken:
            return (X, *left)
        slots = [named[p.name] if p.name in named else (left.pop(0) if left else None) for p in self.taken]
        while slots and slots[-1] is None:
            slots.pop()
        return (*slots, *left)

    def _fits(self, style: str, sizes: tuple[int, ...]) -> Form | None:
        import torch

        k = len(sizes)
        keys = list(self.wanted) or self._names(style, k)
        packed = _PACKED[style](keys)
        if style == "dict" and not self.wanted:
            return None
        given = [torch.rand(BATCH, n, dtype=self.x.dtype) for n in sizes]
        found = _tried(self.module, self._call(packed, given), self.tried)
        flat = _flat(found)
        if found is None or len(flat) < k:
            self.fewer = self.fewer if found is None or style != "apart" else (len(flat), k)
            return None
        names = self._returned(keys, isinstance(found, dict) and list(found))
        widths = dict(zip(keys, sizes, strict=True))
        new = list(zip(names, flat[-k:], strict=True))
        if any(getattr(t, "shape", None) != (BATCH, widths[n]) for n, t in new):
            return None
        held = [n for n, t in new if n != LAST_INPUT and t.shape == self.x.shape and torch.equal(t, self.x)]
        if held and not self.wanted and LAST_INPUT not in keys:
            called = {held[0]: LAST_INPUT}
            packed, names = _PACKED[style]([called.get(n, n) for n in keys]), [called.get(n, n) for n in names]
            widths = {called.get(n, n): size for n, size in widths.items()}
        before = flat[: len(flat) - k]
        others = [t for t in before if not any(t.shape == s.shape and torch.equal(t, s) for s in flat[-k:])]
        known = {self.hidden, int(self.x.shape[-1]), *sizes}
        if len(others) > 1 or (others and (others[0] is not before[0] or others[0].shape[-1] not in known)):
            raise DeriveError(
                f"{type(self.module).__name__} returns {len(flat)} tensors for {k} state{'s' * (k > 1)}: a cell returns"
                " its states, and an output as wide as they are or as the input; leave the readout to another module"
            )
        all_sizes = {X: int(self.x.shape[-1]), **{n: t.shape[-1] for n, t in self._further().items()}, **widths}
        width = int(others[0].shape[-1]) if others else 0
        return Form(self._slots(packed), tuple(names), all_sizes, len(before), bool(others), width)

    def _names(self, style: str, k: int) -> list[str]:
        """The states' names: those of the arguments, or of what an argument is taken apart into."""
        first = self.rest[0].name if self.rest else ""
        given = self.source.unpacked.get(first, ()) if style != "apart" else [p.name for p in self.rest[:k]]
        usual = ("h", "c", "n", "m", "s", "z")
        plain = [_plain(n) for n in given] if k > 1 and len(given) == k else []
        chosen = [n if n.isidentifier() and n != X else usual[j] for j, n in enumerate(plain or usual[:k])]
        return chosen if len({*chosen}) == k else list(usual[:k])

    def _returned(self, keys: list[str], found: Any) -> list[str]:
        """The states in the order in which they come back, where the names of the last return say another one."""
        names = found or [_plain(n) for n in self.source.returned]
        back = names[-len(keys) :]
        return back if sorted(back) == sorted(keys) else keys


def _plain(name: str) -> str:
    """A state's name without what says of which step it is."""
    name = re.sub(r"^(prev(ious)?|old|last|new|next)_", "", name)
    return re.sub(r"(_?prev(ious)?|_?old|_?last|_?new|_?next|x$|_?t?_?minus_?1|_?[01]$|_t$)", "", name)


def _leaves(slot: Any) -> Iterator[Any]:
    if isinstance(slot, (tuple, list, dict)):
        for s in slot.values() if isinstance(slot, dict) else slot:
            yield from _leaves(s)
    else:
        yield slot


def _flat(result: Any) -> list[Any]:
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, (tuple, list)):
        return [t for r in result for t in _flat(r)]
    return [result] if hasattr(result, "dim") else []


def _tried(module: Any, arguments: tuple[Any, ...], tried: list[str]) -> Any:
    import torch

    try:
        with torch.no_grad():
            return module(*arguments)
    except Exception as e:
        tried.append(first_line(e))
        return None


def first_line(e: BaseException) -> str:
    lines = [line.strip() for line in str(e).splitlines() if line.strip()]
    return shortened(f"{type(e).__name__}: {lines[0]}" if lines else type(e).__name__, 300)
