"""The form of a module's step, found by trying."""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import DeriveError, unknown
from derive.intake.form import BATCH, BY_POSITION, LAST_INPUT, Form, Stacked, X, first_line, flat, leaves
from derive.intake.loops import first_loop
from derive.intake.memories import Size, memories
from derive.intake.source import Source

_INPUT = re.compile(r"(x|xt|x_t|inp|input|inputs|input_|input_t|data)", re.I)
_STATE = re.compile(r"(h|hx|c|cx|s|hid|hidden|hiddens|state|states|prev|carry).{0,7}|.*(hidden|state|prev).*", re.I)
_PACKED: Mapping[str, Callable[[Sequence[str]], Any]] = {
    "apart": tuple,
    "tuple": lambda names: (tuple(names),),
    "list": lambda names: (list(names),),
    "dict": lambda names: ({n: n for n in names},),
    "stacked": lambda names: (Stacked(names),),
}
MOST_TRIES = 200


@dataclass
class Finder:
    """Looks for the form of a module's step. x: an input, (B, features); hidden: features of its states; wanted: the
    states' names, or their names and sizes; inputs: names of further inputs, with their numbers of features."""

    module: Any
    x: Any
    hidden: int
    wanted: Mapping[str, Size | None]
    inputs: Mapping[str, int | None]
    source: Source
    tried: list[str] = field(default_factory=list)
    more: bool = False  # whether any number of arguments is taken
    fewer: tuple[int, int] | None = None  # results and states of a call that gave fewer of the former

    def __post_init__(self) -> None:
        parameters = list(inspect.signature(self.module.forward).parameters.values())
        self.taken = [p for p in parameters if p.kind in BY_POSITION]
        names = [p.name for p in self.taken]
        for p in parameters:
            if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
                raise DeriveError(
                    f"{type(self.module).__name__} takes {p.name} by its name alone; a step is called as module(x, h):"
                    " take the * out of its arguments"
                )
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
        if (found := self.found()) is not None:
            return found
        raise self._refused()

    def found(self) -> Form | None:
        """The form by which most weights are read; None where no call fits."""
        open_sizes = [n for n, size in self.inputs.items() if size is None]
        for widths in itertools.product((int(self.x.shape[-1]), self.hidden), repeat=len(open_sizes)):
            self.inputs = {**self.inputs, **dict(zip(open_sizes, widths, strict=True))}
            best: tuple[int, Form] | None = None
            for style, sizes in itertools.islice(self._attempts(), MOST_TRIES):
                if (form := self._fits(style, sizes)) is None:
                    continue
                unread = self._unread(form)
                if best is None or unread < best[0]:
                    best = (unread, form)
                if not unread:
                    break
            if best is not None:
                return best[1]
        return None

    def _refused(self) -> DeriveError:
        label = type(self.module).__name__
        if place := first_loop(self.module):
            return DeriveError(
                f"{label}{place}: a loop over time without a cell; a single step is read: put it into a module of its"
                " own, called as module(x, h)"
            )
        if self.fewer is not None and (names := [p.name for p in self.rest]):
            results, given = self.fewer
            return DeriveError(
                f"{label} takes {', '.join(names)} beside {self.first} and returns {results}"
                f" tensor{'s' * (results > 1)} for {given} of them: say which are further inputs,"
                f' inputs=("{names[-1]}",), or name the states, states=("{names[0]}",)'
            )
        told = [t for t in self.tried if "positional argument" not in t] or self.tried
        why = f": {told[0]}" if told else ""
        return DeriveError(
            f"{label} is no step that could be called as module(x, h), module(x, (h, c)) or module(x, h, c) with"
            f" {self.hidden} features a state{why}; give its sizes by input_size= and hidden_size=, and its states by"
            ' name, states=("h", "c")'
        )

    def _unread(self, form: Form) -> int:
        """How many of the module's weights such a call does not read: of two layers that are given one state."""
        import torch

        tensors = {n: torch.rand(BATCH, size, dtype=self.x.dtype) for n, size in form.sizes.items()}
        weights = list(self.module.parameters())
        results = [t for t in form.results(self.module(*form.arguments(tensors))) if t.requires_grad]
        if not results or not weights:
            return 0
        try:
            found = torch.autograd.grad(sum(t.sum() for t in results), weights, allow_unused=True)
        except RuntimeError:  # a step that writes over what its gradient needs, of which the proof speaks
            return 0
        return sum(g is None for g in found)

    def _attempts(self) -> Iterator[tuple[str, tuple[Size, ...]]]:
        """Styles and sizes of states, the likeliest first; without states the module's own results say it."""
        needed = sum(p.default is p.empty for p in self.rest)
        count = len(self.wanted)
        if count and all(self.wanted.values()):
            given = tuple(n or 0 for n in self.wanted.values())
            yield from ((style, given) for style in self._styles(given, needed))
            return
        result = None if needed else _tried(self.module, self._call((), ()), self.tried)
        if isinstance(last := result[-1] if isinstance(result, tuple) else result, dict):
            self.wanted = {name: _size(t) for name, t in last.items()}
            yield from self._attempts()
            return
        if result is not None:
            nested = isinstance(result, (tuple, list)) and isinstance(result[-1], (tuple, list, dict))
            widths = [_size(t) for t in _flat(result[-1] if nested else result) if t.dim()]
            counts = (
                [count] if count else [len(widths)] if nested or len(widths) == 1 else [len(widths), len(widths) - 1]
            )
            sizes: list[tuple[Size, ...]] = [tuple(widths[-k:]) for k in counts]
        else:
            counts = [count] if count else [needed] if needed > 1 else [1, 2, 3, 4]
            sizes = [(self.hidden,) * k for k in counts]
        for given in sizes:
            yield from ((style, given) for style in self._styles(given, needed))
        if result is None:
            for given in itertools.chain(
                itertools.islice(self._other_sizes(counts), 20),
                memories(self.module, self.hidden, int(self.x.shape[-1]), counts),
            ):
                yield from ((style, given) for style in self._styles(given, needed))

    def _styles(self, sizes: Sequence[Size], needed: int) -> tuple[str, ...]:
        if needed > 1:
            return ("apart",)
        packed = ("tuple", "list", "dict")
        if len({*sizes}) > 1:
            return (*packed, "apart")
        return ("apart", *packed, "stacked") if len(sizes) == 1 else (*packed, "apart", "stacked")

    def _other_sizes(self, counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """States of the sizes that the module keeps as numbers."""
        held = (v for v in vars(self.module).values() if isinstance(v, int) and not isinstance(v, bool) and v > 0)
        sizes = list(dict.fromkeys([self.hidden, int(self.x.shape[-1]), *held]))
        for count in counts:
            yield from itertools.product(sizes, repeat=count) if count < 4 else ()

    def _call(self, slots: Sequence[Any], states: Sequence[Any]) -> Any:
        laid = self._slots(slots)
        names = [n for slot in leaves(slots) for n in (slot if isinstance(slot, Stacked) else (slot,))]
        made = {X: self.x, **self._further(), **dict(zip(names, states, strict=False))}
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

    def _fits(self, style: str, sizes: tuple[Size, ...]) -> Form | None:
        """The form of such a call, where it returns new states of the sizes of those that are given."""
        import torch

        k = len(sizes)
        keys = list(self.wanted) or self._names(style, k)
        if style == "dict" and not self.wanted:
            return None
        given = [torch.rand(BATCH, *_axes(n), dtype=self.x.dtype) for n in sizes]
        found = _tried(self.module, self._call(_PACKED[style](keys), given), self.tried)
        results = _flat(found)
        if found is None or len(results) < k:
            self.fewer = self.fewer if found is None or style != "apart" else (len(results), k)
            return None
        new, before = results[len(results) - k :], results[: len(results) - k]
        names = self._returned(keys, isinstance(found, dict) and list(found))
        widths = dict(zip(keys, sizes, strict=True))
        if any(getattr(t, "shape", None) != (BATCH, *_axes(widths[n])) for n, t in zip(names, new, strict=True)):
            return None
        output = self._output(before, new, sizes)
        first = next((j for j, t in enumerate(new) if before and output is None and _same(t, before[0])), 0)
        order = (first, *(j for j in range(k) if j != first))
        kept = [n for n, t in zip(names, new, strict=True) if _same(t, self.x) and not self.wanted]
        called = {n: n for n in keys} | {n: LAST_INPUT for n in kept[:1] if LAST_INPUT not in keys}
        all_sizes = {X: int(self.x.shape[-1]), **{n: size or 0 for n, size in self.inputs.items()}}
        return Form(
            self._slots(_PACKED[style]([called[n] for n in keys])), tuple(called[names[j]] for j in order),
            all_sizes | {called[n]: math.prod(_axes(size)) for n, size in widths.items()}, len(before),
            output is not None, 0 if output is None else int(output.shape[-1]), order, names != keys,
            {called[n]: size for n, size in widths.items() if isinstance(size, tuple)},
        )  # fmt: skip

    def _output(self, before: list[Any], new: list[Any], sizes: Sequence[Size]) -> Any:
        """What comes before the new states and is none of them. Raises DeriveError where no cell has such an output."""
        others = [t for t in before if not any(_same(t, s) for s in new)]
        known = {self.hidden, int(self.x.shape[-1]), *sizes}
        if len(others) > 1 or (others and (others[0] is not before[0] or others[0].shape[-1] not in known)):
            k = len(new)
            raise DeriveError(
                f"{type(self.module).__name__} returns {len(before) + k} tensors for {k} state{'s' * (k > 1)}: a cell"
                " returns its states, and an output as wide as they are or as the input; leave the readout to another"
                " module"
            )
        return others[0] if others else None

    def _names(self, style: str, k: int) -> list[str]:
        """The states' names: those that the module says, ``states = ("h", "c")``, as the derived ones do; those of the
        arguments, or of what an argument is taken apart into."""
        said = getattr(self.module, "states", None)
        if isinstance(said, tuple) and len({*said}) == k and all(isinstance(n, str) and n.isidentifier() for n in said):
            return list(said)
        first = self.rest[0].name if self.rest else ""
        given = self.source.unpacked.get(first, ()) if style != "apart" else [p.name for p in self.rest[:k]]
        usual = ("h", "c", "n", "m", "s", "z", *(f"s{j}" for j in range(2, k)))
        plain = [_plain(n) for n in given] if k > 1 and len(given) == k else []
        chosen = [n if n.isidentifier() and n != X else usual[j] for j, n in enumerate(plain or usual[:k])]
        return chosen if len({*chosen}) == k else list(usual[:k])

    def _returned(self, keys: list[str], found: Any) -> list[str]:
        """The states in the order in which they come back, where the names of the last return say another one."""
        names = found or [_plain(n) for n in self.source.returned]
        back = names[-len(keys) :]
        once_more = [re.sub(r"\d$", "", n) for n in back]  # h2, the new h
        return next((b for b in (back, once_more) if sorted(b) == sorted(keys)), keys)


def _plain(name: str) -> str:
    """A state's name without what says of which step it is."""
    name = re.sub(r"^(prev(ious)?|old|last|new|next)_", "", name)
    return re.sub(r"(_?prev(ious)?|_?old|_?last|_?new|_?next|x$|_?t?_?minus_?1|_?[01]$|_t$)", "", name)


def _flat(result: Any) -> list[Any]:
    return flat(result, lambda t: t.shape[0] != BATCH)


def _size(tensor: Any) -> Size:
    """Of a tensor with the batch before it."""
    return tuple(tensor.shape[1:]) if tensor.dim() > 2 else int(tensor.shape[-1])


def _axes(size: Size) -> tuple[int, ...]:
    return size if isinstance(size, tuple) else (size,)


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool((a == b).all())


def _tried(module: Any, arguments: tuple[Any, ...], tried: list[str]) -> Any:
    import torch

    try:
        with torch.no_grad():
            return module(*arguments)
    except Exception as e:
        tried.append(first_line(e))
        return None
