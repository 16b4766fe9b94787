"""One step of somebody's module as torch writes it down: a graph of ATen's operators, with the lines they come from.

``torch.export`` runs the module once on tensors of the right shapes. What in it depends on the numbers is refused by
torch itself, with the line.
"""

from __future__ import annotations

import copy
import inspect
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.errors import DeriveError, shown
from derive.intake.finder import Finder
from derive.intake.form import BATCH, BY_POSITION, HEADS, Form, X, first_line
from derive.intake.graph import READ
from derive.intake.memories import Size
from derive.intake.operators import base
from derive.intake.single import over_rows
from derive.intake.source import Source
from derive.statements.sizes import size_name
from derive.symbolic.expressions import HIDDEN, INPUT

_STAND_IN = 0.7310585786300049
SIZES = (5, 7)  # of the input and of the states, where a class is built
OTHER_SIZES = ((7, 7), (5, 8), (8, 8))  # of one that wants as many features as units, or what can be cut into heads


@dataclass(frozen=True)
class Exported:
    """A module's step: the program of ``torch.export``, how the module is called, and the source of its lines.

    hidden_size: which of the numbers of features is that of the units.
    """

    module: Any
    program: Any
    form: Form
    hidden_size: int
    constants: Mapping[float, tuple[str, float]]  # numbers of the graph that stand for an attribute: name and value

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the cell's states, the output before those that are given where it is none of them."""
        output = "y" if "y" not in self.form.sizes else "output"
        return (output,) * self.form.output + self.form.states

    @property
    def sizes(self) -> dict[str, int]:
        """The numbers of features of the arguments and of all states."""
        return {**dict.fromkeys(self.states[:1], self.form.width), **self.form.sizes}

    @property
    def left(self) -> tuple[str, ...]:
        """The arguments that are not given, and are what they are by default."""
        taken = [p for p in inspect.signature(self.module.forward).parameters.values() if p.kind in BY_POSITION]
        return tuple(p.name for k, p in enumerate(taken) if k >= len(self.form.slots) or self.form.slots[k] is None)

    @property
    def input_size(self) -> int:
        return self.form.sizes[X]

    @cached_property
    def units(self) -> dict[int, str]:
        """What numbers of features are called: as layers call them, by a number that the module keeps, or by
        themselves."""
        found = {self.hidden_size: HIDDEN}
        found.setdefault(self.input_size, INPUT)
        for name, value in vars(self.module).items():
            if isinstance(value, int) and value > 1 and value not in found:
                with suppress(DeriveError):
                    found[value] = size_name(name, "...")
        for value in self.sizes.values():
            found.setdefault(value, str(value))
        return {1: "1", **found}

    @cached_property
    def source(self) -> Source:
        return Source.of(type(self.module))


def export(
    module: Any,
    input_size: int | None,
    hidden_size: int | None,
    states: Sequence[str] | Mapping[str, Size | None] | None,
    inputs: Sequence[str] | Mapping[str, int | None] | None,
    arguments: Mapping[str, Any],
    named: bool = True,
) -> Exported:
    """The step of a module, or of a class that is built with sizes of our own. named: whether its hyper-parameters keep
    their names."""
    import torch

    own, sizes = built(module, input_size, hidden_size, arguments)
    module = _copied(own).double().eval()  # the caller's is not called, and stays as it is
    input_size, hidden_size = input_size or sizes[0], hidden_size or sizes[1]
    n_input = input_size or _size(module, "input_size", "in_features", "input_dim", "n_inputs")
    n_hidden = hidden_size or _size(module, "hidden_size", "hidden_dim", "n_units", "num_units", "units", "state_size")
    x = torch.rand(BATCH, n_input, dtype=torch.float64)
    source = Source.of(type(own))
    looked_for = (x, n_hidden, _with_sizes(states), _with_sizes(inputs), source)
    try:
        form = Finder(_copied(module), *looked_for).form()  # a call may leave something in the module
    except DeriveError:
        rows = over_rows(module)
        if (found := Finder(rows, *looked_for).found()) is None:
            raise
        form, module, own = found, rows, over_rows(own)
    example = {name: torch.zeros(BATCH, n, dtype=torch.float64) for name, n in form.sizes.items()}
    constants = _constants(module) if named else {}
    traced = copy.deepcopy(module)
    for stand_in, (name, _) in constants.items():
        setattr(traced, name, stand_in)
    _check_weights(module)
    try:
        with _quiet():
            program = torch.export.export(traced, form.arguments(example), strict=False)
            if not all(map(_is_read, program.graph.nodes)):  # which takes most of the time
                program = program.run_decompositions(_taken_apart())
    except DeriveError:
        raise
    except Exception as e:
        raise DeriveError(
            f"{type(module).__name__}{source.found_in(str(e))} cannot be read: torch.export says: {first_line(e)}"
        ) from None
    return Exported(own, program, form, n_hidden, constants)


def _copied(module: Any) -> Any:
    """Raises DeriveError for a module that keeps what an earlier call computed."""
    try:
        return copy.deepcopy(module)
    except RuntimeError:  # of a tensor that is no leaf
        kept = {**vars(module), **dict(module.named_buffers(recurse=False))}
        names = [repr(k) for k, v in kept.items() if getattr(v, "grad_fn", None) is not None]
        raise DeriveError(
            f"{type(module).__name__} keeps {', '.join(names) or 'a tensor'}, which an earlier call computed: a state"
            " is given and returned; give the module as it is built"
        ) from None


def _with_sizes(names: Sequence[str] | Mapping[str, Any] | None) -> dict[str, Any]:
    """Names with their numbers of features, as far as these are given."""
    if isinstance(names, Mapping):
        return {**names}
    return dict.fromkeys((names,) if isinstance(names, str) else names or ())


def _taken_apart() -> dict[Any, Any]:
    """How torch takes operators apart, of those that are not read as they are."""
    import torch

    table = torch.export.default_decompositions()
    for operator in [op for op in table if str(op).removeprefix("aten.").partition(".")[0] in READ]:
        del table[operator]
    return table  # type: ignore[no-any-return]


def _check_weights(module: Any) -> None:
    """Raises DeriveError for weights that are made of other tensors at each call, and for what is compiled."""
    import torch
    from torch.nn.utils import parametrize

    for name, part in module.named_modules():
        label = f"{type(module).__name__}{'.' * bool(name)}{name}"
        if isinstance(part, torch.jit.ScriptModule):
            raise DeriveError(f"{label} is scripted, and has no Python to read; give it unscripted")
        if parametrize.is_parametrized(part):
            made = next(iter(part.parametrizations))
            raise DeriveError(
                f"{label}.{made} is made of other tensors by a parametrization, and a cell's weights are learned ones;"
                f" torch.nn.utils.parametrize.remove_parametrizations makes it one"
            )


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
    """A module: the one given, or one of the class given, and the sizes with which it was built."""
    import torch

    if isinstance(thing, torch.nn.Module):
        if arguments:
            raise DeriveError(f"{next(iter(arguments))}= is an argument of a class; {type(thing).__name__} is built")
        return thing, (None, None)
    if not (isinstance(thing, type) and issubclass(thing, torch.nn.Module)):
        raise DeriveError(f"from_torch is given {shown(thing)}; expected a torch.nn.Module of one step, or its class")
    wanted = (input_size or SIZES[0], hidden_size or SIZES[1])
    tried = [wanted] if input_size or hidden_size else [wanted, *OTHER_SIZES]
    errors: list[Exception] = []
    for sizes in tried:
        try:
            made = thing(*sizes, **arguments).double().eval()
        except Exception as e:
            errors.append(e)
            continue
        if len(tried) > 1 and sizes[1] % (heads := _heads(made)):  # and does not say so before it is called
            return thing(sizes[0], 4 * heads, **arguments).double().eval(), (sizes[0], 4 * heads)
        return made, sizes
    raise DeriveError(
        f"{thing.__name__}{wanted}{Source.defining(thing)} cannot be built: {first_line(errors[0])}; build it yourself"
        " and give the instance, or give its arguments by name"
    )


def _heads(module: Any) -> int:
    """Into how many parts it cuts its units."""
    return next((v for n, v in vars(module).items() if HEADS.fullmatch(n) and isinstance(v, int) and v > 0), 1)


def _size(module: Any, *names: str) -> int:
    for name in names:
        value = getattr(module, name, None)
        if isinstance(value, int):
            return value
    raise DeriveError(f"{type(module).__name__} does not say its {names[0]}; give it: from_torch(..., {names[0]}=8)")
