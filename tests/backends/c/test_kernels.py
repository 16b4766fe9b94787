"""Layers that machines run give what the same layers give in PyTorch, for all that PyTorch takes."""

from __future__ import annotations

import copy

import pytest
from compiling import REAL

pytest.importorskip("torch")

import torch
from both_ways import (
    DOUBLE,
    ONCE,
    THERE_AND_BACK,
    antisymmetric,
    assert_same,
    gru,
    layer,
    lstm,
    machines,
    on_the_short_way,
    randn,
    same_both_ways,
    trained,
    watched,
)
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

from derive import cell, linear, scalar, sigmoid, tanh
from derive.backends.torch.build import build

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


INPUTS = {
    "every second feature": lambda: randn(4, 2, 6)[..., ::2],
    "batch first": lambda: randn(2, 4, 3).transpose(0, 1),
    "reversed memory": lambda: randn(3, 2, 4).permute(2, 1, 0),
    "not at a boundary": lambda: randn(25)[1:].view(4, 2, 3),
    "one for all": lambda: randn(1, 1, 3).expand(4, 2, 3),
    "negated": lambda: torch._neg_view(randn(4, 2, 3)),
    "the imaginary part": lambda: randn(4, 2, 3, dtype=torch.complex128).conj().imag,
    "zero without memory": lambda: torch._efficientzerotensor((4, 2, 3), **DOUBLE),
    "NaN and infinity": lambda: randn(4, 2, 3).index_fill(0, torch.tensor(1), torch.inf).index_fill(
        2, torch.tensor(2), torch.nan),
}  # fmt: skip


@pytest.mark.parametrize("form", INPUTS)
def test_inputs(form):
    x = INPUTS[form]()
    same_both_ways(layer(), lambda m: trained(m, x))
    same_both_ways(layer(), lambda m: trained(m, x.detach().clone().requires_grad_()), THERE_AND_BACK)


@pytest.mark.parametrize("form", INPUTS)
def test_what_comes_back(form):
    """The gradient of the output has these forms."""
    x, d = randn(4, 2, 5, requires_grad=True), INPUTS[form]()
    of = layer(lstm, 5, 3)
    same_both_ways(of, lambda m: list(torch.autograd.grad(m(x)[0], [x, *m.parameters()], d)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("ours", "theirs", "arguments"),
    [
        (lstm, nn.LSTM, {}),
        (lstm, nn.LSTM, {"num_layers": 2, "bidirectional": True, "proj_size": 5}),
        (lstm, nn.LSTM, {"bias": False, "bidirectional": True}),
        (gru, nn.GRU, {"num_layers": 2}),
        (gru, nn.GRU, {"bias": False, "bidirectional": True, "batch_first": True}),
        (gru, nn.GRU, {"num_layers": 3, "batch_first": True}),
        (lstm, nn.LSTM, {"num_layers": 2, "bidirectional": True, "batch_first": True}),
    ],
)
def test_torch_nn(ours, theirs, arguments, dtype):
    of, other = layer(ours, 5, 16, dtype=dtype, **arguments), theirs(5, 16, dtype=dtype, **arguments)
    other.load_state_dict(of.state_dict())
    x = randn(6, 7, 5, dtype=dtype, requires_grad=True)
    count = arguments.get("num_layers", 1) * (1 + arguments.get("bidirectional", False))
    batch = 6 if arguments.get("batch_first") else 7
    widths = [arguments.get("proj_size", 16), 16][: len(of.states)]
    hx = tuple(randn(count, batch, n, dtype=dtype, requires_grad=True) for n in widths)
    given = hx if len(hx) > 1 else hx[0]

    def run(module):
        output, final = module(x, given)
        final = final if isinstance(final, tuple) else (final,)
        loss = output.sin().sum() + sum(s.cos().sum() for s in final)
        return [output, *final, *torch.autograd.grad(loss, [x, *hx, *module.parameters()])]

    expected = run(other)
    for way in (None, THERE_AND_BACK):  # scan by scan, then all at once
        with watched() as done:
            found = run(of)
        assert way in (None, done)
        assert_same(found, expected, 2e-5 if dtype == torch.float32 else 1e-7)
    with torch.no_grad():
        assert_same([of(x, given)[0]], expected[:1], 2e-5 if dtype == torch.float32 else 1e-7)


@pytest.mark.parametrize("lengths", [(5, 2, 2, 4), (3, 3), (7,)])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_packed_sequences(bidirectional, lengths):
    of, other = (kind(3, 8, 2, bidirectional=bidirectional, **DOUBLE) for kind in (lstm.Layer, nn.LSTM))
    other.load_state_dict(of.state_dict())
    packed = pack_sequence([randn(n, 3) for n in lengths], enforce_sorted=False)
    hx = tuple(randn(2 + 2 * bidirectional, len(lengths), 8, requires_grad=True) for _ in "hc")

    def run(m, hx=hx):
        output, (h, c) = m(packed, hx)
        loss = output.data.sin().sum() + h.sum()
        given = [*m.parameters(), *([] if hx is None else hx)]
        return [output.data, h, c, *torch.autograd.grad(loss, given)]

    same_both_ways(of, run)
    with watched() as done:
        assert_same(run(of), run(other), 1e-12)
    assert done == THERE_AND_BACK
    assert_same(run(of, None), run(other, None), 1e-12)
    padded = randn(5, 3, 3, requires_grad=True)
    same_both_ways(
        of, lambda m: [torch.autograd.grad(m(pack_padded_sequence(padded, [5, 3, 1]))[0].data.sum(), padded)[0]]
    )


@pytest.mark.parametrize("of", [lstm, gru, antisymmetric], ids=["lstm", "gru", "antisymmetric"])
def test_what_takes_part(of):
    """Only final states in the loss; an input, or parameters, without gradients; initial states that want them."""
    m, x = layer(of), randn(4, 2, 3)
    hx = tuple(randn(1, 2, 8, requires_grad=True) for _ in m.states)

    def final_only(_output, final):
        return final[-1].sin().sum()

    def call(m, x, hx, **more):
        return trained(_Wrapped(m), x, hx, **more)

    same_both_ways(m, lambda m: call(m, x, hx), THERE_AND_BACK)
    same_both_ways(m, lambda m: call(m, x, hx, loss=final_only), THERE_AND_BACK)
    same_both_ways(m, lambda m: call(m, x.clone().requires_grad_(), hx, loss=final_only), THERE_AND_BACK)
    for k, p in enumerate(m.parameters()):
        p.requires_grad_(k % 2 == 0)
    same_both_ways(m, lambda m: call(m, x.clone().requires_grad_(), hx), THERE_AND_BACK)
    m.requires_grad_(False)
    same_both_ways(m, lambda m: call(m, x.clone().requires_grad_(), None), THERE_AND_BACK)
    with torch.no_grad():
        same_both_ways(m, lambda m: [m(x)[0]], ONCE)
    with torch.inference_mode():
        same_both_ways(m, lambda m: [m(x)[0]], ONCE)


class _Wrapped(nn.Module):
    """Takes a tuple of states for a cell with one state, too."""

    def __init__(self, of: nn.Module) -> None:
        super().__init__()
        self.of = of

    def forward(self, x, hx):
        return self.of(x, hx[0] if hx is not None and len(hx) == 1 else hx)


@cell("Several numbers for all units, whose weights are stacked")
def numbers(x, h, r: scalar):
    a = tanh(linear(h, size=1) + r)
    c = tanh(linear(h, size=1))
    p = sigmoid(linear(x, size=1))
    q = sigmoid(linear(x, size=1, bias=False))
    b = tanh(linear(x))
    h = p * a * b + q * c * b
    return h


@pytest.mark.parametrize("units", [3, 21])
def test_several_numbers_for_all_units(units):
    """Against what is written here, of units that fill a part of a panel and several."""
    m = layer(build(numbers), 5, units)
    x, first = (randn(3, 4, 5, requires_grad=True), randn(1, 4, units, requires_grad=True))
    w = {name.removesuffix("_l0"): tensor for name, tensor in m.named_parameters()}
    h, outputs = first[0], []
    for row in x:
        of_h, of_x = h @ w["weight_h_"].T + w["bias_h_"], row @ w["weight_i_"].T
        a, c = torch.tanh(of_h[:, :1] + w["r"]), torch.tanh(of_h[:, 1:])
        p, q = torch.sigmoid(of_x[:, :1] + w["bias_i_"]), torch.sigmoid(of_x[:, 1:])
        h = (p * a + q * c) * torch.tanh(row @ w["weight_ih"].T + w["bias_ih"])
        outputs.append(h)
    given, theirs = [x, first, *w.values()], torch.stack(outputs)
    with watched() as done:
        ours, _ = m(x, first)
        found = torch.autograd.grad(ours.sin().sum(), given)
    assert done == THERE_AND_BACK
    assert_same([ours, *found], [theirs, *torch.autograd.grad(theirs.sin().sum(), given)], 1e-12)


def test_empty_inputs():
    m = layer()
    for on in (True, False):
        m.kernels = on
        output, (h, c) = m(randn(4, 0, 3))
        assert [tuple(t.shape) for t in (output, h, c)] == [(4, 0, 8), (1, 0, 8), (1, 0, 8)]
        with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
            m(randn(0, 2, 3))


def test_off(monkeypatch):
    m, x = layer(), randn(4, 2, 3)
    same_both_ways(m, lambda m: [m(x)[0]], ONCE)
    monkeypatch.setenv("DERIVE_KERNELS", "0")
    same_both_ways(m, lambda m: trained(m, x), [])
    monkeypatch.delenv("DERIVE_KERNELS")
    m.kernels = False
    same_both_ways(m, lambda m: trained(m, x), [])


def test_equations_that_a_program_wrote_over():
    class Zero(lstm.LSTM):
        def step(self, a, states, p):
            return tuple(s * 0 for s in states), super().step(a, states, p)[1]

    m, x = Zero(3, 8, **DOUBLE), randn(4, 2, 3)
    with watched() as done, torch.no_grad():
        assert not m(x)[0].any()
    assert not m(x)[0].any()
    assert done == []


def test_both_choices():
    """A projected layer with the second activation."""

    @cell("A cell with two choices", projection=True, nonlinearities=("tanh", "relu"))
    def both(x, h):
        h = tanh(linear(x, h))
        return h

    x = randn(4, 2, 3)
    for name in ("tanh", "relu"):
        for size in (0, 5):
            m = layer(build(both), nonlinearity=name, proj_size=size)
            same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)


@pytest.mark.parametrize(
    ("compiler", "reason"),
    [
        ("/nonexistent", "no C compiler: \\$CC is '/nonexistent'"),
        (f"{REAL} -include /nonexistent.h", "the C compiler failed with status 1(.|\n)*nonexistent.h(.|\n)*command: "),
    ],
)
def test_without_a_compiler(compiler, reason, monkeypatch):
    monkeypatch.setenv("CC", compiler)
    for name in ("_compiled", "_notice"):
        monkeypatch.setattr(machines, name, machines.cache(getattr(machines, name).__wrapped__))
    x = randn(4, 2, 3)

    def run():
        for of in (lstm, gru):
            same_both_ways(layer(of), lambda m: trained(m, x), [])

    with pytest.warns(RuntimeWarning, match=f"run step by step in PyTorch, which is slower: {reason}") as seen:
        run()
    assert len([w for w in seen if "step by step" in str(w.message)]) == 1


@pytest.mark.parametrize("batch", [1, 2, 7])
@pytest.mark.parametrize(("kind", "sizes"), [(lstm, (5, 33)), (gru, (300, 16))])
def test_weights_of_bfloat16(kind, sizes, batch):
    """What PyTorch gives with matrices that it has rounded: sums of odd length, of several blocks, one row and more."""
    m = layer(kind, *sizes, num_layers=2, bidirectional=True, dtype=torch.float32)
    rounded = copy.deepcopy(m)
    with torch.no_grad():
        for p in rounded.parameters():
            p.copy_(p.bfloat16() if p.dim() == 2 else p)
    m.weights, rounded.kernels = "bfloat16", False
    x = torch.randn(4, batch, sizes[0])
    with torch.no_grad():
        expected = rounded(x)
        for _ in range(3):
            found = m(x)
            for a, b in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
                torch.testing.assert_close(a, b, atol=2e-6, rtol=2e-6)
        assert on_the_short_way(m, x)
        one = kind.Layer(*sizes)
        one.weights = "bfloat16"
        stream = one.stream()
        torch.testing.assert_close(torch.stack([stream(r).clone() for r in x[:, 0]]), one(x[:, 0])[0])
        m.weights = None
        assert not torch.equal(m(x)[0], found[0])


def test_where_bfloat16_has_no_meaning():
    single, double, x = layer(dtype=torch.float32), layer(), torch.randn(4, 2, 3)
    with pytest.raises(ValueError, match="weights is 'int8'; expected 'bfloat16' or None"):
        single.weights = "int8"
    single(x), single(x)
    single.weights = double.weights = "bfloat16"
    for _ in range(3):
        with pytest.raises(ValueError, match="for inference, and a gradient is wanted: call the layer under"):
            single(x)
        with torch.no_grad(), pytest.raises(ValueError, match=r"for torch.float32; the input is torch.float64"):
            double(x.double())
    with pytest.raises(ValueError, match="a gradient is wanted"):
        copy.deepcopy(single)(x)
