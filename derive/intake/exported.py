"""One step of somebody's module as torch writes it down: a graph of ATen's operators, with the lines they come from.

``torch.export`` runs the module once on tensors of the right shapes. What in it depends on the numbers is refused by
torch itself, with the line.
"""

from __future__ import annotations

import ast
import copy
import inspect
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from derive.errors import DeriveError, shortened, shown
from derive.intake.loops import first_loop
from derive.intake.operators import READ, base

_STAND_IN = 0.7310585786300049
BATCH = 3  # sequences that the step is traced with
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
SIZES = (5, 7)  # of the input and of the states, where a class is built


@dataclass(frozen=True)
class Exported:
    """A module's step: the program of ``torch.export``, the names of the states, and how the module is called."""

    module: Any
    program: Any
    states: tuple[str, ...]
    input_size: int
    form: Form
    constants: Mapping[float, tuple[str, float]]  # numbers of the graph that stand for an attribute: name and value

    @property
    def given(self) -> tuple[str, ...]:
        """The states that are given; ``states`` has the output before them where it is none of them."""
        return self.states[self.form.output :]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of all ``states``."""
        return self.form.sizes[:1] * self.form.output + self.form.sizes

    @cached_property
    def source(self) -> Source:
        return Source.of(type(self.module))


def export(
    module: Any,
    input_size: int | None,
    hidden_size: int | None,
    states: Sequence[str] | None,
    arguments: Mapping[str, Any],
    named: bool = True,
) -> Exported:
    """The step of a module, or of a class that is built with sizes of our own. named: whether its hyper-parameters keep
    their names."""
    import torch

    module, found = built(module, input_size, hidden_size, arguments)
    input_size, hidden_size = input_size or found[0], hidden_size or found[1]
    n_input = input_size or _size(module, "input_size", "in_features", "input_dim", "n_inputs")
    n_hidden = hidden_size or _size(module, "hidden_size", "hidden_dim", "n_units", "num_units", "units", "state_size")
    like = next((p for p in (*module.parameters(), *module.buffers()) if p.is_floating_point()), None)
    make = {"dtype": like.dtype if like is not None else torch.float64}
    x = torch.zeros(BATCH, n_input, **make)
    form = _form(module, x, n_hidden, states)
    example = [torch.zeros(BATCH, n, **make) for n in form.sizes]
    constants = _constants(module) if named else {}
    traced = copy.deepcopy(module)
    for stand_in, (name, _) in constants.items():
        setattr(traced, name, stand_in)
    try:
        with _quiet():
            program = torch.export.export(traced, form.arguments(x, example), strict=False)
            if not all(map(_is_read, program.graph.nodes)):  # which takes most of the time
                composite = any("_cell" in str(n.target) for n in program.graph.nodes)
                program = program.run_decompositions(None if composite else {})
    except DeriveError:
        raise
    except Exception as e:
        place = Source.of(type(module)).found_in(str(e))
        raise DeriveError(
            f"{type(module).__name__}{place} cannot be read: torch.export says: {_first_line(e)}"
        ) from None
    names = (*form.names[: form.output], *states) if states else form.names
    return Exported(module, program, names, n_input, form, constants)


def _is_read(node: Any) -> bool:
    """Whether a node need not be taken apart: its operator is read as it is, and changes no tensor."""
    name = base(node)
    return node.op != "call_function" or (name in READ and not name.endswith("_"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch prints of an export that fails, which its error says too."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    nowhere = io.StringIO()
    try:
        with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _constants(module: Any) -> dict[float, tuple[str, float]]:
    """The hyper-parameters: arguments of the constructor that are kept as numbers. In the graph they would be numbers
    like any other, and γ = 0 none at all, so each is another number while the step is written down."""
    names = inspect.signature(type(module).__init__).parameters
    held = {n: v for n in names if isinstance(v := vars(module).get(n), float) and not n.startswith("dropout")}
    return {_STAND_IN + k * 2.0**-20: (name, value) for k, (name, value) in enumerate(held.items())}


def built(thing: Any, input_size: int | None, hidden_size: int | None, arguments: Mapping[str, Any]) -> Any:
    """A module, in evaluation: the one given, or one of the class given, and the sizes with which it was built."""
    import torch

    if isinstance(thing, torch.nn.Module):
        if arguments:
            raise DeriveError(f"{next(iter(arguments))}= is an argument of a class; {type(thing).__name__} is built")
        return thing.eval(), (None, None)
    if not (isinstance(thing, type) and issubclass(thing, torch.nn.Module)):
        raise DeriveError(f"from_torch is given {shown(thing)}; expected a torch.nn.Module of one step, or its class")
    sizes = (input_size or SIZES[0], hidden_size or SIZES[1])
    try:
        try:
            return thing(*sizes, **arguments).double().eval(), sizes
        except ValueError:  # one that wants as many features as units
            if input_size or hidden_size:
                raise
            return thing(SIZES[1], SIZES[1], **arguments).double().eval(), (SIZES[1], SIZES[1])
    except Exception as e:
        raise DeriveError(
            f"{thing.__name__}{sizes} cannot be built: {_first_line(e)}; build it yourself and give the instance, or"
            " give its arguments by name"
        ) from None


@dataclass(frozen=True)
class Form:
    """How a module takes and returns its states. style: "tuple" or "apart"; sizes: of each.

    before: results that come before the new states. output: whether the first of them is another quantity than these,
    which the cell then has as a state that nothing reads.
    """

    style: str
    sizes: tuple[int, ...]
    names: tuple[str, ...]
    before: int = 0
    output: bool = False

    def arguments(self, x: Any, states: Sequence[Any]) -> tuple[Any, ...]:
        return (x, tuple(states)) if self.style == "tuple" else (x, *states)

    def results(self, result: Any) -> list[Any]:
        """The new states in their order, the output before them where it is none of them."""
        return self.chosen(_flat(result))

    def chosen(self, results: list[Any]) -> list[Any]:
        """Those of all results of the module."""
        return results[:1] * self.output + results[self.before :]


def _form(module: Any, x: Any, hidden: int, states: Sequence[str] | None) -> Form:
    """How the states are given: found by trying, first without states, where the module's own results say it."""
    taken = [p for p in inspect.signature(module.forward).parameters.values() if p.kind in _BY_POSITION][1:]
    needed = sum(p.default is p.empty for p in taken)
    tried: list[str] = []
    attempts = _attempts(module, x, hidden, needed, len(states) if states else 0, tried)
    for style, sizes in attempts:
        form = _fits(module, x, style, sizes, [p.name for p in taken], tried)
        if form is not None:
            return form
    if place := first_loop(module):
        raise DeriveError(
            f"{type(module).__name__}{place}: a loop over time without a cell; a single step is read: put it into a"
            " module of its own, called as module(x, h)"
        )
    why = f": {tried[-1]}" if tried else ""
    raise DeriveError(
        f"{type(module).__name__} is no step that could be called as module(x, h), module(x, (h, c)) or"
        f" module(x, h, c) with {hidden} features a state{why}; give its sizes by input_size= and hidden_size=, and"
        ' its states by name, states=("h", "c")'
    )


def _attempts(
    module: Any, x: Any, hidden: int, needed: int, count: int, tried: list[str]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Styles and sizes of states, the likeliest first."""
    if needed > 1:
        yield "apart", (hidden,) * needed
        return
    if not needed and (result := _tried(module, (x,), tried)) is not None:
        nested = isinstance(result, (tuple, list)) and isinstance(result[-1], (tuple, list))
        flat = [t.shape[-1] for t in _flat(result[-1] if nested else result)]
        counts = [count] if count else [len(flat)] if nested or len(flat) == 1 else [len(flat), len(flat) - 1]
        sizes = [tuple(flat[-k:]) for k in counts]
    else:
        sizes = [(hidden,) * k for k in ([count] if count else [1, 2, 3, 4])]
    for given in sizes:
        styles = ("apart", "tuple") if len(given) == 1 else ("tuple", "apart")
        yield from ((style, given) for style in styles)


def _fits(
    module: Any, x: Any, style: str, sizes: tuple[int, ...], names: Sequence[str], tried: list[str]
) -> Form | None:
    import torch

    given = [torch.rand(BATCH, n).to(x) for n in sizes]
    k = len(given)
    found = _tried(module, Form(style, sizes, ()).arguments(x, given), tried)
    flat = _flat(found)
    if found is None or len(flat) < k:
        return None
    if any(getattr(t, "shape", None) != g.shape for t, g in zip(flat[-k:], given, strict=True)):
        return None
    before = flat[: len(flat) - k]
    others = [t for t in before if not any(t.shape == s.shape and torch.equal(t, s) for s in flat[-k:])]
    if len(others) > 1 or (others and (others[0] is not before[0] or others[0].shape != given[0].shape)):
        raise DeriveError(
            f"{type(module).__name__} returns {len(flat)} tensors for {k} state{'s' * (k > 1)}: a cell returns its"
            " states, and an output of as many features; leave the readout to another module"
        )
    chosen = list(_state_names(names if style == "apart" and k > 1 else [], k))
    return Form(style, sizes, tuple(["y"] * bool(others) + chosen), len(before), bool(others))


def _tried(module: Any, arguments: tuple[Any, ...], tried: list[str]) -> Any:
    import torch

    try:
        with torch.no_grad():
            return module(*arguments)
    except Exception as e:
        tried.append(_first_line(e))
        return None


def _state_names(given: Sequence[str], k: int) -> Iterator[str]:
    usual = ("h", "c", "n", "m", "s", "z")
    for j in range(k):
        name = re.sub(r"(_?prev(ious)?|_?old|_?last|x$|_?t?_?minus_?1|_0$|0$|_t$)", "", given[j]) if given else ""
        yield name if name.isidentifier() else usual[j]


def _flat(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [t for r in result for t in _flat(r)]
    return [] if result is None else [result]


def _size(module: Any, *names: str) -> int:
    for name in names:
        value = getattr(module, name, None)
        if isinstance(value, int):
            return value
    raise DeriveError(f"{type(module).__name__} does not say its {names[0]}; give it: from_torch(..., {names[0]}=8)")


def _first_line(e: BaseException) -> str:
    lines = [line.strip() for line in str(e).splitlines() if line.strip()]
    return shortened(f"{type(e).__name__}: {lines[0]}" if lines else type(e).__name__, 300)


@dataclass(frozen=True)
class Source:
    """The file of a module's class: which names its lines assign."""

    path: str
    assigned: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, made: type) -> Source:
        try:
            path = made.forward.__code__.co_filename  # type: ignore[attr-defined]
            tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        except (AttributeError, OSError, SyntaxError, ValueError):
            return cls("", {})
        found: dict[int, tuple[str, ...]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                target = node.targets[0]
                elements = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
                names = tuple(e.id if isinstance(e, ast.Name) else "" for e in elements)
                found |= dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), names)
        return cls(path, found)

    def line(self, trace: str | None) -> int:
        """The innermost line of this file in a node's trace; 0 where there is none."""
        lines = re.findall(rf'File "{re.escape(self.path)}", line (\d+)', trace or "") if self.path else []
        return int(lines[-1]) if lines else 0

    def found_in(self, text: str) -> str:
        """The place that an error's text speaks of."""
        lines = re.findall(rf'{re.escape(self.path)}(?:", line |:)(\d+)', text) if self.path else []
        return f" ({Path(self.path).name}, line {lines[-1]})" if lines else ""

    def place(self, trace: str | None) -> str:
        line = self.line(trace)
        return f" ({Path(self.path).name}, line {line})" if line else ""
