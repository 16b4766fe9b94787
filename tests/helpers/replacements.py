"""The modules built from the cells lstm, gru and rnn, those of ``torch.nn`` that they replace, and their comparison."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils._pytree import tree_leaves

import derive
from derive.backends.package import PACKAGE
from derive.backends.torch.build import build

lstm, gru, rnn = build(derive.lstm), build(derive.gru), build(derive.rnn)
machinery = sys.modules[f"{PACKAGE}.recurrent"]
RecurrentCell, RecurrentLayer = machinery.RecurrentCell, machinery.RecurrentLayer

# name -> (class under test, class of torch.nn that it replaces)
LAYERS = {"LSTM": (lstm.LSTM, nn.LSTM), "GRU": (gru.GRU, nn.GRU), "RNN": (rnn.RNN, nn.RNN)}
CELLS = {
    "LSTMCell": (lstm.LSTMCell, nn.LSTMCell),
    "GRUCell": (gru.GRUCell, nn.GRUCell),
    "RNNCell": (rnn.RNNCell, nn.RNNCell),
}
ALL = LAYERS | CELLS
STACK = {"num_layers": 2, "bidirectional": True}
KINDS = {
    "LSTM": ("LSTM", {}),
    "LSTM, projected": ("LSTM", {"proj_size": 2}),
    "LSTM, no biases": ("LSTM", {"bias": False}),
    "GRU": ("GRU", {}),
    "GRU, no biases": ("GRU", {"bias": False}),
    "RNN": ("RNN", {}),
    "RNN, relu": ("RNN", {"nonlinearity": "relu"}),
}
both = pytest.mark.parametrize("name", ALL)
layers = pytest.mark.parametrize("name", LAYERS)
cells = pytest.mark.parametrize("name", CELLS)
kinds = pytest.mark.parametrize("kind", KINDS)


def identify(value) -> str:
    """The name of a test case: constructor's arguments as ``name=value``."""
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items())


# ---- making ----------------------------------------------------------------------------------------------------------


def seeded(seed: int) -> None:
    """``torch.manual_seed``, which writes down where it was called for every kind of device that was never used."""
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


def pair(name: str, *args, **kwargs) -> tuple[nn.Module, nn.Module]:
    """Our module and torch's, built from the same seed."""
    built = []
    for cls in ALL[name]:
        seeded(7)
        built.append(cls(*args, **kwargs))
    return built[0], built[1]


def randn(*shape: int, device: str = "cpu", dtype: torch.dtype = torch.float64) -> Tensor:
    """The same numbers on every device and, rounded, in every dtype."""
    return torch.randn(*shape, dtype=torch.float64).to(device, dtype).requires_grad_()


def state_shapes(layer: nn.Module) -> list[tuple[int, ...]]:
    """Of each state, what follows the batch."""
    sizes = layer.state_sizes(layer.hidden_size, layer.proj_size)
    axes = getattr(layer, "matrix_states", {})
    return [tuple(map(layer._count, axes[s])) if s in axes else (n,) for s, n in zip(layer.states, sizes, strict=True)]


def hidden(module: nn.Module, *batch: int, **factory) -> Tensor | tuple[Tensor, ...]:
    """Random initial states of a layer, built as for torch's module."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    h = randn(count, *batch, module.proj_size or module.hidden_size, **factory)
    return (h, randn(count, *batch, module.hidden_size, **factory)) if isinstance(module, nn.LSTM) else h


def stack(kind: str, factory: dict) -> tuple[nn.Module, nn.Module, Tensor, tuple[Tensor, ...]]:
    """Two layers in two directions of that kind, ours and torch's, an input, and initial states."""
    name, arguments = KINDS[kind]
    ours, theirs = pair(name, 3, 4, **STACK, **arguments, **factory)
    hx = hidden(theirs, 2, **factory)
    return ours, theirs, randn(5, 2, 3, **factory), hx if isinstance(hx, tuple) else (hx,)


@contextmanager
def plain_kernels():
    """torch's layers as a composition of operations, without the kernels of oneDNN and cuDNN, which have no forward
    mode and keep other tensors for the backward pass."""
    with torch.backends.mkldnn.flags(enabled=False), torch.backends.cudnn.flags(enabled=False):
        yield


def elsewhere(module: nn.Module, *given: Tensor) -> tuple[nn.Module, list[Tensor]]:
    """torch's layer and its inputs on the CPU, where its layers do what they refuse on a GPU: complex numbers, forward
    mode, parameters and states with strides of their own, tensors that have changed."""
    return deepcopy(module).cpu(), [t.detach().cpu().requires_grad_(t.requires_grad) for t in given]


def call(module: nn.Module, x: Tensor, states: tuple[Tensor, ...]):
    return module(x, states if len(states) > 1 else states[0])


# ---- comparing -------------------------------------------------------------------------------------------------------


def tensors(value) -> list[Tensor]:
    """Every tensor of an output, the data of a packed sequence among them."""
    if isinstance(value, PackedSequence):
        return [value.data]
    if isinstance(value, Tensor):
        return [value]
    return [t for part in value for t in tensors(part)]


def functional(outputs: list[Tensor], seed: int = 3) -> Tensor:
    """A random linear functional of the outputs, the same for the same shapes."""
    generator = torch.Generator().manual_seed(seed)
    drawn = (torch.randn(y.shape, generator=generator, dtype=torch.float64) for y in outputs)
    return sum((y * weight.to(y)).sum() for y, weight in zip(outputs, drawn, strict=True))


def answer(module: nn.Module, x, hx=None) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs, and the gradients of a random linear functional of them with respect to all that goes in."""
    seeded(3)
    outputs = tensors(module(x) if hx is None else module(x, hx))
    inputs = [*tensors(x), *(tensors(hx) if hx is not None else []), *module.parameters()]
    return outputs, list(torch.autograd.grad(functional(outputs), inputs))


def assert_close(got, want, tolerance: float) -> None:
    """Two structures of tensors, arrays or numbers, compared leaf by leaf, wherever they lie."""
    got, want = tree_leaves(got), tree_leaves(want)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(torch.as_tensor(a).cpu(), torch.as_tensor(b).cpu(), rtol=tolerance, atol=tolerance)


def assert_equal(ours: nn.Module, theirs: nn.Module, tolerance: float, x, hx=None) -> None:
    """The same outputs in shape, strides and value, and the same gradients."""
    (got, got_grads), (want, want_grads) = answer(ours, x, hx), answer(theirs, x, hx)
    kinds = [[(t.shape, t.stride(), t.dtype, t.device) for t in outputs] for outputs in (got, want)]
    assert kinds[0] == kinds[1]
    assert_close(got + got_grads, want + want_grads, tolerance)


def grads_of(*named: Tensor) -> list[Tensor | None]:
    return [t.grad for t in named]


def assert_same_grads(got: list[Tensor | None], want: list[Tensor | None], tolerance: float) -> None:
    """Also absent where torch's are: an optimizer treats None and zero differently."""
    assert [g is None for g in got] == [g is None for g in want]
    assert_close([g for g in got if g is not None], [g for g in want if g is not None], tolerance)


def message(call) -> tuple[type, str]:
    """The type and the text of what a call raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  the type and the text are what is compared
        call()
    return caught.type, str(caught.value)
