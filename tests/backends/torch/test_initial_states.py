"""Where a layer starts if no states are given: where the definition says, from learned values, or from those of a file.

The oracles are torch's layers with the same states given, and loops written out by hand.
"""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import derive
from derive import cell, linear, tanh
from derive.convert import load

N, H, T, B = 3, 4, 5, 2


@cell("A mean of all inputs so far")
def so_far(x, h, n=1, s=-0.5):
    s = s + tanh(linear(x, bias=False))
    n = n + 1
    h = s / n
    return h, n, s


def by_hand(layer, x):
    """The outputs of ``so_far``: a sum from -1/2 on, over a number of steps that is 1 at first."""
    s = torch.tanh(x @ layer.weight_ih_l0.T).cumsum(0) - 0.5
    return s / torch.arange(2.0, 2 + len(x), dtype=x.dtype)[:, None, None]


@pytest.fixture(scope="module")
def made():
    torch.manual_seed(0)
    return derive.build(so_far), torch.randn(T, B, N, dtype=torch.float64)


@pytest.mark.parametrize("kernels", [False, True])
def test_states_start_where_the_definition_says(made, kernels):
    module, x = made
    layer = module.Layer(N, H, dtype=torch.float64)
    layer.kernels = kernels
    wanted = by_hand(layer, x)
    for _ in range(3):  # what is kept from call to call does not start elsewhere
        torch.testing.assert_close(layer(x)[0], wanted)
    torch.testing.assert_close(layer(x[:, 0])[0], wanted[:, 0])
    torch.testing.assert_close(layer.trace(x)["h"], wanted)
    zeros = tuple(torch.zeros(1, B, H, dtype=torch.float64) for _ in layer.states)
    torch.testing.assert_close(layer(x, zeros)[0][0], torch.tanh(x[0] @ layer.weight_ih_l0.T))  # given is given
    stream = layer.stream(B)
    for _ in range(2):
        torch.testing.assert_close(torch.stack([stream(row).clone() for row in x]), wanted)
        stream.reset()
    step = module.Cell(N, H, dtype=torch.float64)
    step.load_state_dict({name.removesuffix("_l0"): t for name, t in layer.state_dict().items()})
    torch.testing.assert_close(step(x[0])[0], wanted[0])


def test_a_run_starts_there_too(made):
    module, x = made
    layer = module.Layer(N, H, dtype=torch.float64)
    run = derive.Run.from_state_dict(so_far, layer.state_dict(), x[:, 0], suffix="_l0")
    found = [float(run.steps().value(T, "h", k).decimal(20)) for k in range(1, H + 1)]
    torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), by_hand(layer, x)[-1, 0].detach())


def test_a_state_whose_name_a_module_has_already():
    """``x`` is the input of a module, so that the state has another name in it."""

    @cell("A sum from 2 on")
    def total(z, h, x=2.0):
        x = x + linear(z, bias=False)
        h = 1 * x
        return h, x

    layer = derive.build(total).Layer(N, H)
    assert torch.equal(layer(torch.zeros(1, B, N))[0], torch.full((1, B, H), 2.0))


def test_half_precision_starts_as_low_as_it_has_numbers():
    layer = derive.build("rwkv").Layer(N, H, dtype=torch.float16)
    assert torch.isfinite(layer(torch.randn(T, B, N, dtype=torch.float16))[0]).all()
    assert (layer.stream().states[0][3] == torch.finfo(torch.float16).min).all()


def test_other_starts_of_the_same_cell(made):
    _, x = made
    layer = derive.build(derive.lstm.with_initial(h=0.5, c="1/4")).Layer(N, H, dtype=torch.float64)
    theirs = nn.LSTM(N, H, dtype=torch.float64)
    theirs.load_state_dict(layer.state_dict())
    start = torch.full((1, B, H), 0.5, dtype=torch.float64), torch.full((1, B, H), 0.25, dtype=torch.float64)
    torch.testing.assert_close(layer(x)[0], theirs(x, start)[0])
    assert derive.lstm.with_initial(h=0.5).with_initial(h=None).starts == {}
    assert derive.lstm.with_initial(c=2).masked().starts == {"c": 2, "mask": 1}


# ---------------------------------------------------------------------- learned


def pair(name, **options):
    """A layer with learned first values, some other numbers than 0, and torch's with the same weights."""
    torch.manual_seed(0)
    layer = derive.build(name).Layer(N, H, learn_initial_state=True, dtype=torch.float64, **options)
    torch.manual_seed(0)
    theirs = getattr(nn, name.upper())(N, H, dtype=torch.float64, **options)
    weights = {n: p for n, p in layer.named_parameters() if n not in layer._first_values()}
    torch.testing.assert_close(weights, dict(theirs.named_parameters()), rtol=0, atol=0)  # nothing else is drawn
    for first in layer._first_values():
        assert (getattr(layer, first) == 0).all()
        nn.init.normal_(getattr(layer, first))
    return layer, theirs


def started(layer, batch):
    """The states that torch's layer is given."""
    ends = [end for ends in layer._suffixes for end in ends]
    rows = [torch.stack([getattr(layer, f"{s}_0{end}") for end in ends]) for s in layer.states]
    given = tuple(r.unsqueeze(1).expand(-1, batch, -1).contiguous() for r in rows)
    return given if len(given) > 1 else given[0]


@pytest.mark.parametrize("kernels", [False, True])
@pytest.mark.parametrize("form", ["batch", "packed", "one sequence"])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_learned_states_are_those_given_to_torch(name, form, kernels):
    layer, theirs = pair(name, num_layers=2, bidirectional=True)
    layer.kernels = kernels
    x = torch.randn(T, N, dtype=torch.float64) if form == "one sequence" else torch.randn(T, B, N, dtype=torch.float64)
    given = started(layer, B)
    if form == "packed":
        x = pack_sequence([x[:3, 0], x[:, 1]], enforce_sorted=False)
    if form == "one sequence":
        given = started(layer, 1)
        given = tuple(s.squeeze(1) for s in given) if isinstance(given, tuple) else given.squeeze(1)
    both = layer(x), theirs(x, given)
    outputs = [y.data if form == "packed" else y for y, _ in both]
    torch.testing.assert_close(*outputs)
    d = torch.randn_like(outputs[0])
    first = [getattr(layer, n) for n in layer._first_values()]
    weights = [[getattr(m, n) for n, _ in theirs.named_parameters()] for m in (layer, theirs)]
    found, wanted = (torch.autograd.grad((y * d).sum(), [*first, *of]) for y, of in zip(outputs, weights, strict=True))
    torch.testing.assert_close(found, wanted)


def test_a_compiled_layer_learns_its_first_values():
    layer, theirs = pair("gru")
    x = torch.randn(T, B, N, dtype=torch.float64)
    found = torch.compile(layer, backend="aot_eager", fullgraph=True)(x)[0]
    wanted = theirs(x, started(layer, B))[0]
    torch.testing.assert_close(found, wanted)
    d = torch.autograd.grad(found.sum(), layer.h_0_l0), torch.autograd.grad(wanted.sum(), layer.h_0_l0)
    torch.testing.assert_close(*d)


def test_first_values_go_with_the_layer(tmp_path):
    layer, _ = pair("lstm")
    x = torch.randn(T, B, N, dtype=torch.float64)
    wanted = layer(x)[0]
    other = type(layer)(N, H, learn_initial_state=True, dtype=torch.float64)
    other.load_state_dict(layer.state_dict())
    for same in (other, pickle.loads(pickle.dumps(layer)), load(layer).layer()):
        assert torch.equal(same(x)[0], wanted)
    run = derive.Run.from_state_dict("lstm", layer.state_dict(), x[:, 0], suffix="_l0")
    assert float(run.steps().value(T, "h").decimal(15)) == pytest.approx(wanted[-1, 0, 0].item(), abs=1e-13)
    stream = layer.stream(B)
    assert torch.allclose(torch.stack([stream(row).clone() for row in x]), wanted, atol=1e-13)
    layer.reset_parameters()
    assert (layer.h_0_l0 == 0).all()
    with pytest.raises(RuntimeError, match="h_0_l0"):
        type(layer)(N, H, dtype=torch.float64).load_state_dict(other.state_dict())


def test_some_of_the_states_may_be_learned():
    said = r"m starts at -1e\+30, in the place of -∞, .* of m count for nothing .* cell\.with_initial\(m=0\)"
    with pytest.warns(UserWarning, match=said):
        layer = derive.build("slstm").Layer(N, H, learn_initial_state=("h", "m"))
    assert [n for n, _ in layer.named_parameters()][-2:] == ["h_0_l0", "m_0_l0"]
    assert (layer.m_0_l0 == -1e30).all()
    assert "learn_initial_state=('h', 'm')" in repr(layer)


def test_first_values_count_beside_a_stabiliser_that_is_no_stand_in():
    layer = derive.build(derive.catalogue["slstm"].with_initial(m=0)).Layer(N, H, learn_initial_state=True)
    with torch.no_grad():
        layer.n_0_l0.fill_(1)
    layer(torch.randn(T, B, N))[0].sum().backward()
    assert all(getattr(layer, name).grad.any() for name in ("h_0_l0", "c_0_l0", "n_0_l0"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("h", "'h'; expected True, False, or some of the states: h, c"),
        (1, "1; expected True, False"),
        (["x"], "expected True, False, or some of the states: h, c"),
        (("h", "h"), "it names a state twice"),
    ],
)
def test_what_cannot_be_learned_is_refused(given, said):
    with pytest.raises(ValueError, match=f"learn_initial_state is .*{said}"):
        derive.build("lstm").Layer(N, H, learn_initial_state=given)
