"""The derived backward pass of the generated layers against autograd through the plain loop, and against torch.nn."""

from __future__ import annotations

import sys
from contextlib import nullcontext

import pytest
import torch
from others import named, with_others
from replacements import LAYERS, elsewhere, functional, state_shapes
from sympy import Eq, symbols
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils._pytree import tree_leaves

import derive
from derive import build
from derive.backends.package import PACKAGE
from derive.symbolic.activations import ACTIVATIONS

CATALOGUE = list(derive.catalogue)
BACKWARD, LOOPS = (sys.modules[f"{PACKAGE}.{name}"] for name in ("backward", "loops"))


@pytest.fixture(autouse=True)
def in_pytorch(monkeypatch):
    """It is the backward pass in PyTorch that is tested here; that of machines has tests of its own."""
    monkeypatch.setenv("DERIVE_KERNELS", "0")


def make(name: str, *arguments, **more) -> nn.Module:
    """A layer whose parameters are all random, and the same in every dtype; several cells start with zeros and ones."""
    torch.manual_seed(0)
    layer = build(derive.catalogue[name]).Layer(*arguments, **named(derive.catalogue[name]), **more)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(0.5 * torch.randn(p.shape, dtype=torch.float64) + (0.8 if p.ndim < 2 else 0.0))
    return layer


def inputs(layer: nn.Module, steps: int, batch: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """A sequence and initial states; states that are divided by are positive."""
    like = next(layer.parameters())
    x = torch.randn(steps, batch, layer.input_size, dtype=torch.float64)
    directions = len(layer.all_weights)
    states = tuple(torch.rand(directions, batch, *shape, dtype=torch.float64) + 0.5 for shape in state_shapes(layer))
    return x.to(like).requires_grad_(), tuple(s.to(like).requires_grad_() for s in states)


def given(states):
    return states[0] if len(states) == 1 else states


def run(layer, x, states, *, derived: bool = True):
    """The output and final states; ``derived=False`` goes through the plain loop. x: the input, or all of several."""
    scan = type(layer).scan
    torch.manual_seed(1)  # the same masks
    layer.scan = scan.__get__(layer) if derived else layer.loop
    try:
        return tree_leaves(layer(*(x if isinstance(x, tuple) else (x,)), given(states)))
    finally:
        del layer.scan


def gradients(results, variables):
    """Of a loss in which every result has weights of its own."""
    return torch.autograd.grad(functional(results), variables, allow_unused=True)


def assert_close(ours, theirs) -> None:
    """To 256 roundings of the largest number."""
    for a, b in zip(ours, theirs, strict=True):
        a, b = (torch.zeros(()) if t is None else t for t in (a, b))
        scale = max(1.0, b.abs().max().item())
        assert (a - b).abs().max().item() <= 256 * torch.finfo(b.dtype).eps * scale


def nodes(tensor: torch.Tensor) -> set[str]:
    """The names of the nodes of a tensor's graph."""
    found, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return {node.name() for node in found}


# ---------------------------------------------------------------------- every cell


@pytest.mark.parametrize("block", [BACKWARD.BLOCK, 1], ids=["at once", "step by step"])
@pytest.mark.parametrize("checkpoint", [False, True], ids=["saved", "checkpoint"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_derived_gradients_are_those_of_autograd(name, checkpoint, block, monkeypatch, factory):
    monkeypatch.setattr(BACKWARD, "BLOCK", block)
    layer = make(name, 3, 4, **factory, checkpoint=checkpoint)
    x, states = inputs(layer, 6, 3)
    x = tuple(q.detach().requires_grad_() for q in with_others(layer, x))
    variables = [*x, *states, *layer.parameters()]
    derived, plain = run(layer, x, states), run(layer, x, states, derived=False)
    assert "DerivedScanBackward" in nodes(derived[0])
    assert "DerivedScanBackward" not in nodes(plain[0])
    assert_close(derived, plain)
    assert_close(gradients(derived, variables), gradients(plain, variables))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation(activation, factory):
    cell = derive.lstm.with_activations(tanh=activation)
    layer = build(cell).Layer(3, 4, **factory)
    x, states = inputs(layer, 5, 2)
    variables = [x, *states, *layer.parameters()]
    derived, plain = run(layer, x, states), run(layer, x, states, derived=False)
    assert_close(gradients(derived, variables), gradients(plain, variables))


# ---------------------------------------------------------------------- torch.nn


CASES = {
    "plain": {},
    "no bias": {"bias": False},
    "layers and directions": {"num_layers": 2, "bidirectional": True},
    "batch first": {"batch_first": True},
}
NAMES = [(name, case) for name in LAYERS for case in CASES]


@pytest.mark.parametrize("packed", [False, True], ids=["padded", "packed"])
@pytest.mark.parametrize("checkpoint", [False, True], ids=["saved", "checkpoint"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((n, CASES[c]) for n, c in NAMES),
        ("LSTM", {"proj_size": 5, "num_layers": 2}),
        ("RNN", {"nonlinearity": "relu"}),
    ],
    ids=str,
)
def test_long_sequences_against_torch(name, arguments, checkpoint, packed, factory):
    torch.manual_seed(1)
    ours, theirs = (cls(8, 16, **factory, **arguments) for cls in LAYERS[name])
    ours.load_state_dict(theirs.state_dict())
    ours.checkpoint = checkpoint
    x = torch.randn(50, 4, 8, dtype=torch.float64).to(**factory)
    batch_first = arguments.get("batch_first", False)
    results = []
    for layer in (ours, theirs):
        mine = (x.transpose(0, 1) if batch_first else x).clone().requires_grad_()
        given = pack_padded_sequence(mine, torch.tensor([50, 31, 31, 2]), batch_first) if packed else mine
        output, final = layer(given)
        leaves = [output.data if packed else output, *tree_leaves(final)]
        results.append(gradients(leaves, [mine, *layer.parameters()]))
    assert_close(*results)


# ---------------------------------------------------------------------- what is kept


def kept_numbers(layer, x, states) -> int:
    """How many numbers autograd keeps for backward, beside what is there anyway."""
    sizes = {}
    here = {t.untyped_storage().data_ptr() for t in (x, *states, *layer.parameters())}

    def pack(tensor):
        if (place := tensor.untyped_storage().data_ptr()) not in here:
            sizes[place] = tensor.untyped_storage().nbytes() // tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run(layer, x, states)
    return sum(sizes.values())


def test_backward_keeps_what_the_formulas_name_and_no_more(factory):
    steps, batch, units = 10, 3, 4
    layer = make("lstm", 3, units, **factory)
    x, states = inputs(layer, steps, batch)
    unit, biases = batch * units, 2 * 4 * units
    # i, f, g, o, tanh c, c and the output at every step
    assert kept_numbers(layer, x, states) == 7 * steps * unit + biases
    layer.checkpoint = True
    assert kept_numbers(layer, x, states) == 2 * steps * unit + biases


def test_backward_keeps_no_state_that_no_formula_names(factory):
    """A running sum of the output: its gradient needs none of its values."""
    h, c, x = symbols("h c x")
    equations = [Eq(h, derive.tanh(derive.linear(x) + derive.linear(h))), Eq(c, c / 2 + h)]
    cell = derive.Cell.from_equations("summing", equations, states=["h", "c"])
    layer = build(cell).Layer(3, 4, **factory)
    x, states = inputs(layer, 10, 3)
    assert kept_numbers(layer, x, states) == 10 * 3 * 4 + 2 * 4  # the output, and two biases


def test_checkpoint_is_that_of_the_forward_pass(factory):
    layer = make("gru", 3, 4, **factory)
    x, states = inputs(layer, 4, 2)
    expected = gradients(run(layer, x, states), [x, *layer.parameters()])
    for before, after in ((True, False), (False, True)):
        layer.checkpoint = before
        results = run(layer, x, states)
        layer.checkpoint = after
        assert_close(gradients(results, [x, *layer.parameters()]), expected)


def test_options_are_those_of_the_forward_pass(factory):
    """A constant that is annealed, or a nonlinearity that is changed, between two forward passes of one loss."""
    for name, option, value in (("leaky_rnn", "alpha", 0.1), ("rnn", "nonlinearity", "relu")):
        layer = make(name, 3, 4, **factory)
        x, states = inputs(layer, 4, 2)
        expected = gradients(run(layer, x, states, derived=False), [x, *layer.parameters()])
        results = run(layer, x, states)
        setattr(layer, option, value)
        assert_close(gradients(results, [x, *layer.parameters()]), expected)


def test_checkpoint_is_shown():
    assert "checkpoint=True" in repr(make("lstm", 3, 4, checkpoint=True))
    assert "checkpoint" not in repr(make("lstm", 3, 4))


# ---------------------------------------------------------------------- when it stands in for the loop


def test_what_is_not_trained_keeps_nothing_for_backward(monkeypatch, factory):
    """Without a gradient to come the plain loop runs, which forgets the gates of a step after it."""
    layer = make("lstm", 3, 4, **factory)
    x, states = inputs(layer, 4, 2)
    monkeypatch.setattr(LOOPS, "DerivedScan", None)
    with torch.no_grad():
        layer(x, states)
    with torch.inference_mode():
        layer(x, states)
    with pytest.raises(AttributeError, match="apply"):
        layer(x, states)
    layer.requires_grad_(False)
    layer(x.detach(), tuple(s.detach() for s in states))


@pytest.mark.parametrize("name", LAYERS)
def test_complex_numbers(name, device, dtype):
    """The derived formulas are those of real numbers; autograd has the others, as in torch's layers."""
    torch.manual_seed(0)
    factory = {"device": device, "dtype": dtype.to_complex()}
    ours, theirs = (cls(3, 4, **factory) for cls in LAYERS[name])
    theirs.load_state_dict(ours.state_dict())
    x = 0.3 * torch.randn(5, 2, 3, **factory)  # far from the poles of a complex tanh
    found = []
    for layer, (given,) in ((ours, [x]), elsewhere(theirs, x)):
        output = layer(given)[0]
        gradients = torch.autograd.grad(output.abs().sum(), list(layer.parameters()))
        found.append([t.cpu() for t in (output, *gradients)])
    assert_close(*found)


@pytest.mark.parametrize("name", ["lstm", "gru", "slstm", "layer_norm_lstm"])
def test_autocast(name, device):
    """In bfloat16 the gradients are within its precision of those in float32."""
    layer = make(name, 3, 4, device=device, dtype=torch.float32)
    x, states = inputs(layer, 4, 2)
    states = tuple(s.detach() for s in states)
    found = []
    for context in (torch.autocast(torch.device(device).type, torch.bfloat16), nullcontext()):
        with context:
            results = tree_leaves(layer(x, given(states)))
        assert "DerivedScanBackward" in nodes(results[0])
        found.append(torch.autograd.grad(sum(r.float().square().sum() for r in results), [x, *layer.parameters()]))
    for low, full in zip(*found, strict=True):
        assert low.dtype == torch.float32
        assert (low - full).norm() <= 0.06 * full.norm() + 1e-3


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_backward_runs_under_the_autocast_of_forward(again, monkeypatch, device):
    """Which operations autocast computes in float32 depends on the device: both passes have to have the same ones."""
    layer = make("lstm", 3, 4, device=device, dtype=torch.float32)
    equations = next(cls for cls in type(layer).__mro__ if "partials" in vars(cls))
    x, kind, seen = inputs(layer, 4, 2)[0], torch.device(device).type, []

    def spied(method):
        def run(*arguments):
            seen.append(torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind))
            return method(*arguments)

        return run

    with torch.autocast(kind, torch.bfloat16):
        output, _ = layer(x)
    for name in ("step", "partials", "step_backward", "gradients"):
        monkeypatch.setattr(equations, name, spied(vars(equations)[name]))
    torch.autograd.grad(output.float().sum(), x, create_graph=again)
    assert len(seen) == (4 if again else 6)
    assert set(seen) == {torch.bfloat16}
    assert not torch.is_autocast_enabled(kind)
