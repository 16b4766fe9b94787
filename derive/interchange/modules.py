"""Modules of ``torch.nn`` and generated ones as cells with weights."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from derive.backends.c.standalone.network import with_constants
from derive.backends.torch.emit import module_text
from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown
from derive.interchange.arrays import as_array
from derive.interchange.converted import Converted

#: The classes of torch.nn.
_KINDS = {f"{name}{end}": name.lower() for name in ("LSTM", "GRU", "RNN") for end in ("", "Cell")}
#: What a generated layer or cell computes with, from the call to the equations.
_METHODS = (
    "forward", "_forward_packed", "_run", "_scans", "_scan_direction", "scan", "scan_here", "loop", "prepare",
    "project_input", "step", "all_steps", "_initial_states", "_first_states", "_as_states", "_as_hx", "_collect",
)  # fmt: skip


def is_module(thing: Any) -> bool:
    """Whether it is one of torch's modules; torch is not imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.nn.Module)


def in_module(module: Any) -> dict[str, Callable[[], Converted]]:
    """The recurrent layers and cells in a module, by their names in it; of one that is such, by its class."""
    if is_recurrent(module):
        name = type(module).__name__
        return {name: partial(of_module, name, module)}
    return {name: partial(of_module, name, layer) for name, layer in module.named_modules() if is_recurrent(layer)}


def of_module(name: str, module: Any) -> Converted:
    """An ``nn.LSTM``, ``nn.GRU``, ``nn.RNN``, one of their cells, or a generated layer or cell, as it is now.

    Raises DeriveError for a subclass that computes something else, a module with forward hooks, a generated layer whose
    cell is not known, and weights that NumPy has not.
    """
    _refuse_hooks(module)
    cell, fields = (_generated if _is_generated(module) else _of_torch)(module)
    single = not hasattr(module, "num_layers")
    weights = {n: as_array(tensor, n) for n, tensor in _tensors(module, fields, single)}
    options: dict[str, Any] = {"sizes": {size: getattr(module, size) for size in cell.named_sizes}}
    options |= {} if single else {k: getattr(module, k) for k in ("num_layers", "bidirectional", "batch_first")}
    if not single:
        options |= {"dropout": module.dropout, "proj_size": module.proj_size}
    if not single and _is_generated(module):
        firsts = module._first_values()
        weights |= {n: as_array(getattr(module, n), n) for n in firsts}
        options |= {"learned": tuple(dict.fromkeys(firsts.values())), "reverse": module.from_the_end}
        options |= {"initial": tuple(as_array(s, "given_states") for s in module.given_states)}
    return Converted(name, cell, weights, module.input_size, module.hidden_size, single=single, **options)


def _is_generated(module: Any) -> bool:
    return any(c.__name__ == "RecurrentModule" for c in type(module).__mro__)


def is_recurrent(module: Any) -> bool:
    """Whether it is one layer or cell itself."""
    return _is_generated(module) or _kind(module) is not None


def _kind(module: Any) -> type | None:
    """The class of torch.nn that a module is of."""
    return next(
        (c for c in type(module).__mro__ if c.__module__ == "torch.nn.modules.rnn" and c.__name__ in _KINDS), None
    )


def _of_torch(module: Any) -> tuple[Cell, list[str]]:
    found = _kind(module)
    assert found is not None
    _refuse_written_over(module, found, ("forward",))
    kind = _KINDS[found.__name__]
    if kind == "rnn" and module.nonlinearity != "tanh":
        if module.nonlinearity != "relu":
            raise DeriveError(f"{found.__name__} has nonlinearity {shown(module.nonlinearity)}, expected tanh or relu")
        kind = "relu_rnn"
    return catalogue[kind], ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]


def _generated(module: Any) -> tuple[Cell, list[str]]:
    """The cell of a generated layer: the one that it was built of, or that of the catalogue whose text it is."""
    found = next(c for c in type(module).__mro__ if hasattr(sys.modules[c.__module__], "Layer"))
    home = sys.modules[found.__module__]
    _refuse_written_over(module, found, _METHODS)
    cell: Cell | None = getattr(home, "definition", None)
    if cell is None:
        text = inspect.getsource(home)
        stem = found.__name__.removesuffix("Cell")
        named = (c for c in catalogue.values() if c.class_name in (stem, found.__name__))
        cell = next((c for c in named if module_text(c) == text), None)
    if cell is None:
        raise DeriveError(
            f"{found.__name__} of {found.__module__} is no cell of the catalogue as it is now, and was not built here:"
            " build its cell with derive.build, and load its state_dict"
        )
    return _with_options(cell, module), list(module.Parameters._fields)


def _with_options(cell: Cell, module: Any) -> Cell:
    """The cell with the constants and the nonlinearity that the layer was made with."""
    if cell.nonlinearities and module.nonlinearity != cell.nonlinearities[0]:
        return cell.with_activations(**{cell.nonlinearities[0]: module.nonlinearity})
    numbers = {}
    for p in cell.constants:
        value = getattr(module, p.name)
        if hasattr(value, "numel"):
            if value.numel() != 1:
                raise DeriveError(f"{p.name} of {type(module).__name__} is a tensor of several numbers, expected one")
            value = value.item()
        if p.default is None or float(value) != float(p.default):
            numbers[p.name] = repr(float(value))
    if not numbers:
        return cell
    words = "_".join(f"{name}_{number}" for name, number in numbers.items())
    return replace(with_constants(cell, numbers), name=f"{cell.name}_{re.sub(r'[^a-z0-9]+', '_', words.lower())}")


def _refuse_written_over(module: Any, found: type, methods: tuple[str, ...]) -> None:
    for name in methods:
        if name in vars(module) or getattr(type(module), name, None) is not getattr(found, name, None):
            raise DeriveError(
                f"{type(module).__name__} has a method {name} of its own, which no cell describes; give an instance of"
                f" {found.__name__} itself"
            )


def _refuse_hooks(module: Any) -> None:
    """A hook may change inputs, outputs and, as that of ``nn.utils.weight_norm`` does, the weights at each call."""
    for hook in (*module._forward_pre_hooks.values(), *module._forward_hooks.values()):
        called = getattr(hook, "__name__", type(hook).__name__)
        raise DeriveError(
            f"{type(module).__name__} has a forward hook, {called}, which no cell describes: remove it first (that of"
            " nn.utils.weight_norm by nn.utils.remove_weight_norm; parametrizations need not be removed)"
        )


def _tensors(module: Any, fields: list[str], single: bool) -> Iterator[tuple[str, Any]]:
    suffixes = [""]
    if not single:
        ends = ("", "_reverse") if module.bidirectional else ("",)
        suffixes = [f"_l{layer}{end}" for layer in range(module.num_layers) for end in ends]
    for suffix in suffixes:
        for field in fields:
            tensor = getattr(module, field + suffix, None)  # a parametrised one is no entry of the state_dict
            if tensor is not None:
                yield field + suffix, tensor
