# Written by `python -m derive code` from templates/torch/operators.py. Do not edit: change the template, run it again.
"""A sequence as one operator of PyTorch's, for compilers and exporters, which would unroll the loop over time.

``torch.compile`` and ``torch.export`` see one call in each layer and direction, ``derive::LSTM_0123456789abcdef(x, h,
c, weight_ih, ...)``, whose backward pass is one call too; both run what the layer runs without a compiler: its C file,
or PyTorch, step by step. The name has a digest of the text of the module that holds the equations and of the machinery
beside it. So it says what is computed: an edited module has operators of its own, modules with the same text in several
folders share them, and a program that was exported finds them where a module of that text has been imported.

The operators of a class of equations are defined with its first layer class, and every subclass has them. What they
do not carry stays a loop: a layer or subclass whose ``loop`` or equations were written over, tensors in the place of
options, complex numbers, ``torch.func`` and forward-mode AD inside of what is compiled, and ``layer.operator = None``.
A loop has a fixed number of steps, so an export with any other is refused.

Sizes: T time steps, B sequences, n features of a state.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import sys
import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from . import kernels
from .backward import DerivedScan, _by_autograd, check_narrow, has_its_own_equations
from .beyond import is_beyond
from .checks import autocast_dtype, check_steps_of_export

Tensors = tuple[Tensor, ...]

_KINDS = {bool: "bool", int: "int", float: "float", str: "str"}
_SETTINGS = (
    ("int", "input_size"),
    ("int", "hidden_size"),
    ("int", "proj_size"),
    ("bool", "kernels"),
    ("bool", "checkpoint"),
    ("str?", "weights"),
    ("ScalarType?", "autocast"),  # the dtype in which PyTorch computes
    ("bool", "keep"),  # whether the same process may go backwards
)
_METHODS = ("loop", "project_input", "step", "activation", "partials", "step_backward", "gradients")
_MACHINERY = (
    *("backward", "beyond", "checks", "compiled", "compiler", "direct", "kernels", "lookup", "loops", "machine"),
    *("machines", "module", "operators", "recurrent", "slopes", "streams", "traces"),
)
_LIKE = 16  # layers of the same sizes whose packed parameters wait to be used again
_is_exporting = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)
_library = torch.library.Library("derive", "FRAGMENT")
_tapes: dict[int, kernels.Tape] = {}  # what C keeps for a backward pass, as long as the tensor with its number lives
_numbers = itertools.count(1)


def operator_of(layer_class: Any, base: Any) -> Any:
    """The operator of a layer class's equations, defined at the first call; None where no text says what they are.
    base: ``RecurrentLayer``."""
    owner = next((c for c in layer_class.__mro__ if "step_backward" in vars(c)), None)
    text = None if owner is None else _text(owner)
    if owner is None or text is None or owner.__bases__ != (object,):
        return None
    kind = owner.__name__.removesuffix("Equations")
    plain: Any = type(kind, (owner, base), {"operator": None})
    if any(
        getattr(layer_class, name) is not getattr(plain, name) for name in ("states", "Parameters", "sizes", "options")
    ):
        return None
    if any(type(value) not in _KINDS for value in plain._option_defaults().values()):
        return None
    name = f"{kind}_{hashlib.sha256((text + _machinery()).encode()).hexdigest()[:16]}"
    if not hasattr(torch.ops.derive, name):
        Operator(plain, name)
    return getattr(torch.ops.derive, name).default


@lru_cache(maxsize=1)
def _machinery() -> str:
    """The text of what runs the equations: the modules of the package that are there with every cell."""
    found = []
    for name in (f"{__package__}.{stem}" for stem in _MACHINERY):
        loader: Any = getattr(importlib.util.find_spec(name), "loader", None)
        found.append(str(loader.get_source(name)) if hasattr(loader, "get_source") else "")
    return "\n".join(found)


def _text(owner: Any) -> str | None:
    """The text of the module that a class came from; None of what was not imported from a text."""
    spec = getattr(sys.modules.get(owner.__module__), "__spec__", None)
    loader: Any = getattr(spec, "loader", None)
    if not hasattr(loader, "get_source") or not hasattr(loader, "get_filename"):
        return None
    if owner.step.__code__.co_filename != loader.get_filename(owner.__module__):
        return None
    found: str | None = loader.get_source(owner.__module__)
    return found


def applies(layer: Any, given: Sequence[Tensor | None]) -> bool:
    """Whether the operator says all about a layer that a compiler or exporter looks at."""
    read = [getattr(layer, name, None) for name in _METHODS]  # so that Dynamo sees where one is written over later
    if layer.operator is None or read[0] is None or not has_its_own_equations(layer):
        return False
    if torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0:
        return False
    return not any(t is not None and t.is_complex() for t in given)


def scan(layer: Any, x: Tensor, states: Tensors, p: Any) -> tuple[Tensor, Tensors]:
    """``layer.scan`` as a call of the operator."""
    given = (x, *states, *p)
    trained = torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in given)
    keep = trained and not _is_exporting()
    check_narrow(layer, given)
    switches = (layer.kernels, layer.checkpoint, layer.weights)
    settings = (layer.input_size, layer.hidden_size, layer.proj_size, *switches, autocast_dtype(x), keep)
    options = [getattr(layer, name) for name in (*layer.sizes, *layer.options)]
    outputs, *final, _ = layer.operator(*given, *settings, *options)
    return outputs, tuple(final)


def check_length(layer: Any, x: Tensor, *, decomposed: bool = False) -> None:
    """Raise RuntimeError where an exporter wants any number of steps of what is a loop over a fixed number."""
    check_steps_of_export(layer, x)
    if isinstance(x.size(0), torch.SymInt) and (decomposed or _is_exporting()):
        raise RuntimeError(
            f"{type(layer).__name__} is exported as a loop over a fixed number of time steps here, and the length of "
            "the sequence is dynamic: leave that dimension static (docs/compilers.md says what is one operator)"
        )


def define(name: str, schema: str, run: Any, fake: Any) -> Any:
    """An operator for tensors of every kind; fake: what it gives of those that have no numbers."""
    _library.define(name + schema, tags=(torch.Tag.pt2_compliant_tag,))
    _library.impl(name, run, "CompositeExplicitAutograd")

    def sizes(*given: Any) -> Any:
        _let_inductor_call(name)
        return fake(*given)

    torch.library.register_fake(f"derive::{name}", sizes, lib=_library)
    return getattr(torch.ops.derive, name).default


def _let_inductor_call(name: str) -> None:
    """Have inductor, once it is imported, call an operator whole: by itself it would raise where the variable CI is
    set, as test runners set it, because the operator has parts too."""
    lowering, operator = sys.modules.get("torch._inductor.lowering"), getattr(torch.ops.derive, name).default
    if lowering is not None and operator not in lowering.lowerings:
        lowering.make_fallback(operator, warn=False)


def differentiate(name: str, backward: Any, setup: Any, parts: Any, fake: Any) -> None:
    """Let autograd through an operator, and exporters have its parts: operations that other formats know."""
    torch.library.register_autograd(f"derive::{name}", backward, setup_context=setup, lib=_library)
    operator = getattr(torch.ops.derive, name).default
    torch._decomp.register_decomposition(operator)(parts)  # the exporter to ONNX looks there,
    torch._decomp.register_decomposition(operator, type="meta")(fake)  # and fake tensors too


class Operator:
    """The operators of one class of equations: forward, ``name``, and backward, ``name_backward``.

    Forward takes ``x``, the states, the parameters and what ``_SETTINGS`` and the class's options say; it gives the
    outputs, (T, B, n), the final states, and the number under which C keeps what its backward pass reads, 0 if nothing.
    Backward takes what reaches the outputs and the final states, that number and the outputs, then all that forward
    took, and of which tensors the gradient is wanted; it gives those gradients. Where C has kept nothing, or whoever
    held the number has let it go, it goes forwards again first: so what it gives depends on what it takes alone.
    """

    def __init__(self, layer_class: Any, name: str) -> None:
        self.layer_class, self.states = layer_class, len(layer_class.states)
        self.tensors = 1 + self.states + len(layer_class.Parameters._fields)
        given = ", ".join(self._arguments())
        results = ", ".join(["Tensor"] * (self.states + 2))
        d = ", ".join(f"Tensor? d{k}" for k in range(self.states + 1))
        define(name, f"({given}) -> ({results})", self.forward, self.fake_forward)
        differentiate(name, self.differentiate, self.setup, self.as_loop, self.fake_forward)
        back = f"({d}, Tensor number, Tensor y, {given}, bool[] wanted) -> Tensor[]"
        self.backward_operator = define(f"{name}_backward", back, self.backward, self.fake_backward)

    def _arguments(self) -> list[str]:
        """The arguments of forward, in a schema's names: ASCII, and no word of the language that it is in."""
        options = {**dict.fromkeys(self.layer_class.sizes, 1), **self.layer_class._option_defaults()}
        typed = [
            ("Tensor", "x"),
            *(("Tensor", f"state_{name}") for name in self.layer_class.states),
            *(("Tensor?", f"p_{name}") for name in self.layer_class.Parameters._fields),
            *_SETTINGS,
            *((_KINDS[type(value)], f"option_{name}") for name, value in options.items()),
        ]
        return [f"{kind} {name if name.isascii() else f'_{k}'}" for k, (kind, name) in enumerate(typed)]

    def _read(self, given: Sequence[Any]) -> tuple[Any, Tensor, Tensors, Any, Any]:
        """A layer with those settings, and the tensors, of what forward takes."""
        x, *tensors = given[: self.tensors]
        *fixed, autocast, _ = given[self.tensors : self.tensors + len(_SETTINGS)]
        missing, options = tuple(t is None for t in tensors), tuple(given[self.tensors + len(_SETTINGS) :])
        layer = _layer(self.layer_class, *fixed, options, missing)
        p = layer.Parameters(*tensors[self.states :])
        return layer, x, tuple(tensors[: self.states]), p, _computing_in(autocast, x)

    def forward(self, *given: Any) -> Tensors:
        layer, x, states, p, computing = self._read(given)
        tape = None
        with torch.no_grad(), computing:
            keep = given[self.tensors + len(_SETTINGS) - 1]
            machine = kernels.machine_for(layer, (x, *states, *p)) if keep else None
            if machine is not None:
                outputs, final, tape = kernels.forward(machine, layer, x, states, p, keep=True)
            if tape is None or is_beyond(layer, (outputs, *final), (x, *states, *p)):
                tape = None
                outputs, final = layer.scan_here(x, states, p)
        return *_own((outputs, *final), given[: self.tensors]), _numbered(tape, x)

    def fake_forward(self, *given: Any) -> Tensors:
        """Sizes and dtypes are those of two steps of the loop, times T."""
        layer, x, states, p, computing = self._read(given)
        with torch.no_grad(), computing:
            outputs, final = layer.loop(x.new_empty(2, *x.shape[1:]), states, p)
        y = outputs.new_empty(x.size(0), *outputs.shape[1:])
        return y, *(s.new_empty(s.shape) for s in final), x.new_empty(1, dtype=torch.int64)

    def as_loop(self, *given: Any) -> Tensors:
        """The same in operations that exporters to other formats know."""
        layer, x, states, p, computing = self._read(given)
        check_length(layer, x, decomposed=True)
        with computing:
            outputs, final = layer.loop(x, states, p)
        return outputs, *final, x.new_zeros(1, dtype=torch.int64)

    def setup(self, ctx: Any, inputs: Sequence[Any], output: Tensors) -> None:
        ctx.settings = inputs[self.tensors :]
        ctx.save_for_backward(*inputs[: self.tensors], output[0], output[-1])
        ctx.set_materialize_grads(False)

    def differentiate(self, ctx: Any, *d: Tensor | None) -> tuple[Any, ...]:
        *tensors, y, number = ctx.saved_tensors
        given, wanted = (*tensors, *ctx.settings), list(ctx.needs_input_grad[: self.tensors])
        others = (None,) * len(ctx.settings)
        if torch.is_grad_enabled():  # someone will differentiate again
            layer, *_, computing = self._read(given)
            with computing:
                return *_by_autograd(_Pass(layer, wanted), tensors, d[:-1]), *others
        found = iter(self.backward_operator(*d[:-1], number, y, *given, wanted))
        return *(next(found) if w else None for w in wanted), *others

    def backward(self, *given: Any) -> list[Tensor]:
        *d, number, y = given[: self.states + 3]
        *given, wanted = given[self.states + 3 :]
        layer, x, states, p, computing = self._read(given)
        tensors, done = (x, *states, *p), _Pass(layer, wanted)
        with torch.no_grad(), computing:
            done.tape = _tapes.get(int(number)) if number.device.type == "cpu" else None
            if done.tape is None:
                DerivedScan.forward(done, layer, *tensors)
            else:
                done.save_for_backward(*tensors, y)
            found = DerivedScan.backward(done, *d)[1:]
        pairs = [(g, t) for g, t, w in zip(found, tensors, wanted, strict=True) if w]
        return list(_own([torch.zeros_like(t) if g is None else g.to(t.dtype) for g, t in pairs], (*d, y, *tensors)))

    def fake_backward(self, *given: Any) -> list[Tensor]:
        *given, wanted = given[self.states + 3 :]
        return [t.new_empty(t.shape) for t, w in zip(given[: self.tensors], wanted, strict=True) if w]


class _Pass:
    """What ``DerivedScan`` needs of autograd's context."""

    def __init__(self, layer: Any, wanted: Sequence[bool]) -> None:
        self.layer, self.needs_input_grad = layer, (False, *wanted)
        self.autocast: torch.dtype | None = None
        self.tape: Any = None
        self.saved_tensors: tuple[Tensor | None, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        self.saved_tensors = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Nothing is made of what is None."""


@lru_cache(maxsize=1024)
def _layer(
    cls: Any,
    input_size: int,
    hidden_size: int,
    proj_size: int,
    kernels: bool,
    checkpoint: bool,
    weights: str | None,
    options: Any,
    missing: Any,
) -> Any:
    """A layer without parameters of its own, the same one for the same settings and the same parameters that are
    missing, so that what C keeps from call to call is used again."""
    layer = object.__new__(cls)
    settings = {"input_size": input_size, "hidden_size": hidden_size, "proj_size": proj_size}
    settings |= {"kernels": kernels, "checkpoint": checkpoint}
    own = dict(zip((*cls.sizes, *cls.options), options, strict=True))
    layer.weights = weights
    vars(layer).update(settings, **own, _names=dict.fromkeys(range(_LIKE)))
    return layer


def _computing_in(dtype: torch.dtype | None, x: Tensor) -> AbstractContextManager[Any]:
    """Autocast as it was where the program was compiled or exported, None for off."""
    device = x.device.type
    if dtype is None and not (torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)):
        return nullcontext()
    return torch.autocast(device, dtype, enabled=dtype is not None)


def _numbered(tape: Any, x: Tensor) -> Tensor:
    """A tensor with the number of a tape, which is there as long as the tensor; on ``x``'s device, so that a program
    for another than the processor stays there."""
    number = 0 if tape is None else next(_numbers)
    found = x.new_full((1,), number, dtype=torch.int64)
    if tape is not None:
        _tapes[number] = tape
        weakref.finalize(found, _tapes.pop, number, None)
    return found


def _own(found: Sequence[Tensor], given: Sequence[Tensor | None]) -> Tensors:
    """What an operator gives shares no memory with what it takes, nor with anything else that it gives."""
    taken = {t.untyped_storage()._cdata for t in given if t is not None}
    result = []
    for t in found:
        own = t.clone() if t.untyped_storage()._cdata in taken else t
        result.append(own.contiguous())
        taken.add(result[-1].untyped_storage()._cdata)
    return tuple(result)
