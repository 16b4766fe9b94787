"""The derived backward pass of the generated layers against autograd through the plain loop, torch.nn and differences."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import pytest
import torch
from replacements import LAYERS
from torch import nn
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.func import functional_call, grad, jacrev, jvp, vmap
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils._pytree import tree_leaves

import derive
from derive import build
from derive.activations import ACTIVATIONS

CATALOGUE = list(derive.catalogue)
SMOOTH = {"gelu", "silu", "sigmoid", "tanh", "softplus", "scaled_tanh", "affine", "identity"}


def make(name: str, *arguments, seed: int = 0, **more) -> nn.Module:
    """A layer in float64 whose parameters are all random; several cells start with zeros and ones."""
    torch.manual_seed(seed)
    layer = build(derive.catalogue[name]).Layer(*arguments, dtype=torch.float64, **more)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(0.5 * torch.randn_like(p) + (0.8 if p.ndim < 2 else 0.0))
    return layer


def inputs(
    layer: nn.Module, steps: int, batch: int, wanted: bool = True
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """A sequence and initial states; states that are divided by are positive."""
    x = torch.randn(steps, batch, layer.input_size, dtype=torch.float64, requires_grad=wanted)
    sizes = layer.state_sizes(layer.hidden_size, layer.proj_size)
    directions = len(layer.all_weights)
    states = tuple(torch.rand(directions, batch, n, dtype=torch.float64) + 0.5 for n in sizes)
    return x, tuple(s.requires_grad_(wanted) for s in states)


def given(states):
    return states[0] if len(states) == 1 else states


def run(layer, x, states, *, derived: bool = True):
    """The output and final states; ``derived=False`` goes through the plain loop."""
    scan = type(layer).scan
    layer.scan = scan.__get__(layer) if derived else layer.loop
    try:
        return tree_leaves(layer(x, given(states)))
    finally:
        del layer.scan


def gradients(results, variables):
    """Of a loss in which every result has weights of its own."""
    generator = torch.Generator().manual_seed(7)
    loss = sum((r * torch.randn(r.shape, dtype=r.dtype, generator=generator)).sum() for r in results)
    return torch.autograd.grad(loss, variables, allow_unused=True)


def assert_close(ours, theirs, relative: float = 1e-12) -> None:
    for a, b in zip(ours, theirs, strict=True):
        a, b = (torch.zeros(()) if t is None else t for t in (a, b))
        scale = max(1.0, b.abs().max().item())
        assert (a - b).abs().max().item() <= relative * scale


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


@pytest.mark.parametrize("checkpoint", [False, True], ids=["saved", "checkpoint"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_derived_gradients_are_those_of_autograd(name, checkpoint):
    layer = make(name, 3, 4, checkpoint=checkpoint)
    x, states = inputs(layer, 6, 3)
    variables = [x, *states, *layer.parameters()]
    derived, plain = run(layer, x, states), run(layer, x, states, derived=False)
    assert "DerivedScanBackward" in nodes(derived[0])
    assert "DerivedScanBackward" not in nodes(plain[0])
    assert_close(derived, plain)
    assert_close(gradients(derived, variables), gradients(plain, variables))


@pytest.mark.parametrize("name", CATALOGUE)
def test_gradcheck_and_gradgradcheck(name):
    layer = make(name, 2, 2)
    x, states = inputs(layer, 3, 2)
    names = [n for n, _ in layer.named_parameters()]

    def function(x, *rest):
        states, values = rest[: len(layer.states)], rest[len(layer.states) :]
        parameters = dict(zip(names, values, strict=True))
        return tuple(tree_leaves(functional_call(layer, parameters, (x, given(states)))))

    variables = (x, *states, *(p.detach().clone().requires_grad_() for p in layer.parameters()))
    assert gradcheck(function, variables, fast_mode=True)
    assert gradgradcheck(function, variables, fast_mode=True)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation(activation):
    cell = derive.lstm.with_activations(tanh=activation)
    layer = build(cell).Layer(3, 4, dtype=torch.float64)
    x, states = inputs(layer, 5, 2)
    variables = [x, *states, *layer.parameters()]
    derived, plain = run(layer, x, states), run(layer, x, states, derived=False)
    assert_close(gradients(derived, variables), gradients(plain, variables))
    if activation in SMOOTH:
        assert gradcheck(lambda x: layer(x)[0], (x,), fast_mode=True)
        assert gradgradcheck(lambda x: layer(x)[0], (x,), fast_mode=True)


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
def test_long_sequences_against_torch(name, arguments, checkpoint, packed):
    torch.manual_seed(1)
    ours, theirs = (cls(8, 16, dtype=torch.float64, **arguments) for cls in LAYERS[name])
    ours.load_state_dict(theirs.state_dict())
    ours.checkpoint = checkpoint
    x = torch.randn(50, 4, 8, dtype=torch.float64)
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


def test_backward_keeps_what_the_formulas_name_and_no_more():
    steps, batch, units = 10, 3, 4
    layer = make("lstm", 3, units)
    x, states = inputs(layer, steps, batch)
    unit = batch * units
    # i, f, g, o, tanh c, c and the output at every step
    assert kept_numbers(layer, x, states) == 7 * steps * unit
    layer.checkpoint = True
    assert kept_numbers(layer, x, states) == 2 * steps * unit


def test_checkpoint_is_that_of_the_forward_pass():
    layer = make("gru", 3, 4)
    x, states = inputs(layer, 4, 2)
    expected = gradients(run(layer, x, states), [x, *layer.parameters()])
    for before, after in ((True, False), (False, True)):
        layer.checkpoint = before
        results = run(layer, x, states)
        layer.checkpoint = after
        assert_close(gradients(results, [x, *layer.parameters()]), expected)


def test_checkpoint_is_shown():
    assert "checkpoint=True" in repr(make("lstm", 3, 4, checkpoint=True))
    assert "checkpoint" not in repr(make("lstm", 3, 4))


# ---------------------------------------------------------------------- when it stands in for the loop


def test_without_gradients_the_plain_loop_runs():
    layer = make("lstm", 3, 4)
    x, states = inputs(layer, 4, 2)
    for context in (torch.no_grad(), torch.inference_mode()):
        with context:
            assert_close(tree_leaves(layer(x, states)), run(layer, x.detach(), states, derived=False))
    frozen = copy.deepcopy(layer).requires_grad_(False)
    assert frozen(x.detach())[0].grad_fn is None


@pytest.mark.parametrize("wanted", ["input", "state", "one weight", "bias"])
def test_only_what_is_wanted_gets_a_gradient(wanted):
    layer = make("lstm", 3, 4).requires_grad_(False)
    x, (h, c) = inputs(layer, 4, 2, wanted=False)
    variable = {"input": x, "state": c, "one weight": layer.weight_hh_l0, "bias": layer.bias_hh_l0}[wanted]
    variable.requires_grad_()
    derived, plain = run(layer, x, (h, c)), run(layer, x, (h, c), derived=False)
    assert "DerivedScanBackward" in nodes(derived[0])
    assert_close(gradients(derived, [variable]), gradients(plain, [variable]))
    others = [t for t in (x, h, c, *layer.parameters()) if t is not variable]
    run(layer, x, (h, c))[0].sum().backward()
    assert all(t.grad is None for t in others)


@pytest.mark.parametrize("used", [0, 1, 2], ids=["output", "h", "c"])
def test_results_that_the_loss_does_not_read(used):
    layer = make("lstm", 3, 4)
    x, states = inputs(layer, 4, 2)
    variables = [x, *states, *layer.parameters()]
    derived, plain = run(layer, x, states)[used], run(layer, x, states, derived=False)[used]
    assert_close(gradients([derived], variables), gradients([plain], variables))


def test_one_tensor_in_two_roles():
    layer = make("lstm", 4, 4)
    s = torch.rand(1, 2, 4, dtype=torch.float64, requires_grad=True)
    x = s.expand(5, 2, 4)
    derived, plain = run(layer, x, (s, s)), run(layer, x, (s, s), derived=False)
    assert_close(gradients(derived, [s]), gradients(plain, [s]))
    assert gradgradcheck(lambda s: layer(s.expand(3, 2, 4), (s, s))[0], (s,), fast_mode=True)


def test_second_derivatives_go_through_the_loop():
    layer = make("gru", 3, 4)
    x, states = inputs(layer, 4, 2)
    found = []
    for derived in (True, False):
        (first,) = torch.autograd.grad(run(layer, x, states, derived=derived)[0].square().sum(), x, create_graph=True)
        found.append(torch.autograd.grad(first.square().sum(), [x, *states, *layer.parameters()]))
    assert_close(*found)


def test_function_transforms_and_forward_mode():
    layer = make("lstm", 3, 4)
    x, states = inputs(layer, 4, 2)
    x, states = x.detach(), tuple(s.detach() for s in states)
    parameters = {n: p.detach() for n, p in layer.named_parameters()}

    def loss(parameters, x):
        return functional_call(layer, parameters, (x, states))[0].square().sum()

    x.requires_grad_()
    expected = torch.autograd.grad(loss(parameters, x), x)[0]
    assert_close([grad(loss, argnums=1)(parameters, x)], [expected])
    assert_close([jacrev(loss, argnums=1)(parameters, x)], [expected])
    each = vmap(grad(lambda one: layer(one)[0].sum()))(x.transpose(0, 1))
    alone = [torch.autograd.grad(layer(one)[0].sum(), one)[0] for one in x.unbind(1)]
    assert_close(each, alone)
    direction = torch.randn_like(x)
    _, forward = jvp(lambda x: loss(parameters, x), (x,), (direction,))
    assert_close([forward], [(expected * direction).sum()])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, direction)
        assert_close([forward_ad.unpack_dual(loss(parameters, dual)).tangent], [(expected * direction).sum()])


def test_a_parameter_changed_in_place_before_backward_is_an_error():
    layer = make("lstm", 3, 4)
    x, states = inputs(layer, 4, 2)
    output = run(layer, x, states)[0]
    with torch.no_grad():
        layer.weight_hh_l0.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()


def test_backward_twice_needs_the_graph_to_be_kept():
    layer = make("rnn", 3, 4)
    x, states = inputs(layer, 4, 2)
    output = run(layer, x, states)[0].sum()
    output.backward(retain_graph=True)
    once = x.grad.clone()
    output.backward()
    assert_close([x.grad], [2 * once])
    with pytest.raises(RuntimeError, match="second time"):
        output.backward()


@pytest.mark.parametrize("name", ["lstm", "gru", "slstm", "layer_norm_lstm"])
def test_autocast(name):
    """In bfloat16 the gradients are within its precision of those in float32."""
    layer = make(name, 3, 4).float()
    x, states = inputs(layer, 4, 2)
    x, states = x.detach().float().requires_grad_(), tuple(s.detach().float() for s in states)
    found = []
    for context in (torch.autocast("cpu", torch.bfloat16), nullcontext()):
        with context:
            results = tree_leaves(layer(x, given(states)))
        assert "DerivedScanBackward" in nodes(results[0])
        found.append(torch.autograd.grad(sum(r.float().square().sum() for r in results), [x, *layer.parameters()]))
    for low, full in zip(*found, strict=True):
        assert low.dtype == torch.float32
        assert (low - full).norm() <= 0.06 * full.norm() + 1e-3
