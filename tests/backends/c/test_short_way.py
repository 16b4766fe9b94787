"""A cell of one step, and the short way into a machine that a call takes when it comes again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from compiling import OTHER, REAL, without_another

pytest.importorskip("torch")

import torch
from both_ways import (
    DOUBLE,
    ONCE,
    THERE_AND_BACK,
    Marked,
    antisymmetric,
    direct,
    gru,
    layer,
    lstm,
    machine,
    machines,
    on_the_short_way,
    randn,
    same_both_ways,
    stepped,
    trained,
)
from torch import Tensor, nn
from torch.autograd import gradgradcheck
from torch.func import functional_call, grad, jvp, vmap
from torch.utils.checkpoint import checkpoint

import derive
from derive.backends.torch.build import build

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 3)])
def test_one_step(shape):
    """A cell is a sequence of one step; what is called again is called at once."""
    for of, states in ((lstm, 2), (gru, 1), (antisymmetric, 1)):
        m = of.Cell(3, 8, **DOUBLE)
        x = randn(*shape, requires_grad=True)
        hx = tuple(randn(*shape[:-1], 8, requires_grad=True) for _ in range(states))
        same_both_ways(m, lambda m, x=x: stepped(m, x), THERE_AND_BACK)
        if states == 2:
            same_both_ways(m, lambda m, x=x, hx=hx: stepped(m, x, hx), THERE_AND_BACK)
        assert on_the_short_way(m, x)
        with torch.no_grad():
            same_both_ways(m, lambda m, x=x: [torch.stack(tuple(m(x)))], ONCE)


@pytest.mark.parametrize("changing", [False, True])
def test_a_loop_over_steps(changing):
    """Many steps are out before the first one goes back; each has the parameters that it had."""
    m, x = lstm.Cell(3, 8, **DOUBLE), randn(12, 2, 3, requires_grad=True)

    def run(m):
        start, states, total = m.bias_hh.detach().clone(), None, torch.zeros((), **DOUBLE)
        for t in range(len(x)):
            states = m(x[t], states)
            total = total + states[0].sin().sum()
            if changing:
                m.bias_hh.data.add_(0.1)
        found = [*states, *torch.autograd.grad(total, [x, *m.parameters()])]
        m.bias_hh.data.copy_(start)
        return found

    same_both_ways(m, run, ["forward"] * 12 + ["backward"] * 12)
    assert len(vars(m)["_direct"].now.passes) == 12


def test_a_step_for_others():
    """What a machine cannot do is done in PyTorch: second derivatives, torch.func, forward mode, autocast, edits."""
    m, x = lstm.Cell(3, 4, **DOUBLE), randn(2, 3, requires_grad=True)
    for _ in range(3):
        m(x)
    assert gradgradcheck(lambda x: m(x), (x,))
    parameters = dict(m.named_parameters())
    same_both_ways(m, lambda m: [vmap(lambda x: m(x)[0])(randn(5, 2, 3).fill_(0.3))], [])
    same_both_ways(m, lambda m: [*grad(lambda p: functional_call(m, p, (x,))[1].sum())(parameters).values()], [])
    same_both_ways(m, lambda m: [*jvp(lambda x: m(x)[0], (x.detach(),), (torch.ones(2, 3, **DOUBLE),))], [])
    single, y = lstm.Cell(3, 4), torch.randn(2, 3)
    for _ in range(3):
        single(y)
    with torch.autocast("cpu", torch.bfloat16):
        same_both_ways(single, lambda m: [*m(y)], [])
    m.step = lambda a, states, p: (tuple(2 * s for s in lstm.LSTM.step(m, a, states, p)[0]), ())
    same_both_ways(m, lambda m: stepped(m, x), [])


def test_dropout_between_layers():
    """What is drawn is drawn by PyTorch; without, the short way is taken."""
    m, x = layer(num_layers=2, dropout=0.5), randn(4, 2, 3)
    for training in (True, False, True):
        m.train(training)
        for _ in range(3):
            y = m(x)[0]
        assert on_the_short_way(m, x) != training
        assert torch.equal(m(x)[0], y) != training


CHANGES = {
    "nothing": (lambda m: m, True),
    "evaluation": (lambda m: m.eval(), True),
    "numbers": (lambda m: m.weight_hh_l0.data.mul_(2), True),
    "memory": (lambda m: setattr(m.weight_hh_l0, "data", randn(32, 8)), True),
    "parameter": (lambda m: setattr(m, "weight_ih_l0", nn.Parameter(randn(32, 3))), True),
    "no gradients": (lambda m: m.requires_grad_(False), True),
    "dtype of one": (lambda m: setattr(m.bias_ih_l0, "data", torch.zeros(32)), False),
    "size of one": (lambda m: setattr(m.bias_ih_l0, "data", randn(31)), False),
    "strides of one": (lambda m: setattr(m.weight_hh_l0, "data", randn(8, 32).t()), False),
    "sign of one": (lambda m: setattr(m.weight_hh_l0, "data", torch._neg_view(m.weight_hh_l0.data)), False),
    "a missing one": (lambda m: delattr(m, "bias_ih_l0"), False),
    "off": (lambda m: setattr(m, "kernels", False), False),
    "step": (lambda m: setattr(m, "step", lambda a, states, p: lstm.LSTM.step(m, a, states, p)), False),
    "forward": (lambda m: setattr(m, "scan", m.loop), False),
    "checkpoint": (lambda m: setattr(m, "checkpoint", True), False),
    "class": (lambda m: setattr(type(m), "_run", lambda self, *given: lstm.LSTM._run(self, *given)), False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_layer_is_seen(change):
    """Between two calls of one size: what runs then is what a layer without a memory of the first ones gives."""

    class Own(lstm.LSTM):
        pass

    torch.manual_seed(0)
    m, x = Own(3, 8, **DOUBLE), randn(4, 2, 3, requires_grad=True)
    for _ in range(2):
        m(x)
    assert on_the_short_way(m, x)
    make, stays = CHANGES[change]
    make(m)
    assert on_the_short_way(m, x) == stays
    try:
        expected = trained(copy.deepcopy(m), x)
    except (RuntimeError, AttributeError) as error:
        with pytest.raises(type(error)):
            m(x)
        return
    for a, b in zip(trained(m, x), expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-12)


def test_cells_with_first_values_of_their_own():
    m, x = layer(build(derive.catalogue["indrnn"])), randn(4, 2, 3, requires_grad=True)
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    assert on_the_short_way(m, x)


def test_states_with_axes():
    """What has matrices for states is called at once too; they come and go with their axes."""
    of, sizes = build(derive.catalogue["mlstm"]), {"heads": 2, "key": 3, "value": 4}
    m, step, x = layer(of, 3, 8, **sizes), of.Cell(3, 8, **sizes, **DOUBLE), randn(4, 2, 3, requires_grad=True)
    hx = (randn(1, 2, 8), *(randn(1, 2, *shape, requires_grad=True) for shape in ((2, 4, 3), (2, 3), (2,))))
    same_both_ways(m, lambda m: trained(m, x, hx), THERE_AND_BACK)
    same_both_ways(step, lambda m: stepped(m, x[0], [s[0] for s in hx]), THERE_AND_BACK)
    assert on_the_short_way(m, x)
    assert on_the_short_way(step, x[0])


def test_what_the_short_way_leaves_to_others():
    m, x = layer(), randn(4, 2, 3)
    for _ in range(2):
        m(x)
    hx = (randn(1, 2, 8), randn(1, 2, 8))
    assert on_the_short_way(m, x)
    assert on_the_short_way(m, x, hx)
    assert on_the_short_way(m, x, [*hx])
    for other in (x.float(), x[0], x[..., :2], x[:3], x.transpose(0, 1), x.as_subclass(Marked), x.tolist()):
        assert not on_the_short_way(m, other)
    for other in (hx[0], hx[:1], (hx[0], None), (hx[0], 3), (hx[0], hx[1].float()), (hx[0], hx[1][0])):
        assert not on_the_short_way(m, x, other)
    asked: list[Any] = []

    class Asked(Tensor):
        @classmethod
        def __torch_function__(cls, *given, **more):
            asked.append(given)
            raise KeyboardInterrupt

    assert not on_the_short_way(m, x, (hx[0], hx[1].as_subclass(Asked)))
    assert not asked
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    assert on_the_short_way(m, x)  # made anew
    torch.set_num_threads(threads)
    assert not any(on_the_short_way(layer(lstm), randn(4, 2, 3)) for _ in range(3))


def test_another_preparation_of_the_parameters_takes_the_ordinary_way():
    class Other(antisymmetric.Layer):
        def prepare(self, p):
            return super().prepare(p._replace(weight_hh=2 * p.weight_hh))

    other, plain, x = Other(3, 8, **DOUBLE), antisymmetric.Layer(3, 8, **DOUBLE), randn(4, 2, 3)
    plain.load_state_dict(other.state_dict())
    with torch.no_grad():
        plain.weight_hh_l0.mul_(2)
        for _ in range(3):
            torch.testing.assert_close(other(x)[0], plain(x)[0])
    assert on_the_short_way(plain, x)
    assert not on_the_short_way(other, x)


def test_a_sequence_without_a_batch():
    m, x = layer(), randn(4, 3, requires_grad=True)
    hx = (randn(1, 8, requires_grad=True), randn(1, 8))
    same_both_ways(m, lambda m: trained(m, x, hx), THERE_AND_BACK)
    assert on_the_short_way(m, x, hx)


def test_one_call_at_a_time_works_in_a_memory(monkeypatch):
    """PyTorch lets other threads of Python in whenever it makes a tensor; they go the ordinary way meanwhile."""
    m, x, inside, own = layer(), randn(4, 2, 3), [], Tensor.new_empty_strided

    def new_empty_strided(*given):
        if not inside:
            inside.append(direct.at_once(m, x, None))
        return own(*given)

    with torch.no_grad():
        expected = m(x)[0]
        monkeypatch.setattr(Tensor, "new_empty_strided", new_empty_strided)
        assert torch.equal(direct.at_once(m, x, None)[0], expected)
        assert inside == [None]
        assert on_the_short_way(m, x)


def test_a_checkpoint_that_is_the_first_call():
    """What runs the layer again keeps what the first call kept."""
    x = randn(4, 2, 3, requires_grad=True)

    def gradients(m):
        output, _ = checkpoint(m, x, use_reentrant=False)
        return list(torch.autograd.grad(output.sin().sum(), [x, *m.parameters()]))

    same_both_ways(layer(), gradients, ["forward", *THERE_AND_BACK])


def test_a_bias_that_changes_before_the_second_derivative():
    """The value that it had counts, and the gradient is still that of the parameter."""
    x, found = randn(4, 2, 3, requires_grad=True), []
    for on in (True, False):
        m = layer()
        m.kernels = on
        for _ in range(3):
            output = m(x)[0]
        m.bias_hh_l0.data.add_(1)
        (d,) = torch.autograd.grad(output.square().sum(), x, create_graph=True)
        found.append(torch.autograd.grad(d.square().sum(), [x, *m.parameters()]))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-12)


def test_without_the_headers_of_python(monkeypatch):
    monkeypatch.setattr(machine, "headers_of_python", lambda _: False)
    monkeypatch.setattr(machines, "_compiled", machines.cache(machines._compiled.__wrapped__))
    m, x = layer(), randn(4, 2, 3)
    for _ in range(3):
        same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    assert not on_the_short_way(m, x)
    assert machines.machine_of(m, torch.float64).caller is None


@without_another
def test_clang(monkeypatch):
    monkeypatch.setenv("CC", OTHER)
    monkeypatch.setattr(machines, "_compiled", machines.cache(machines._compiled.__wrapped__))
    m = layer(num_layers=2, bidirectional=True, dtype=torch.float32)
    x = randn(4, 2, 3, dtype=torch.float32, requires_grad=True)
    same_both_ways(m, lambda m: trained(m, x), tolerance=2e-5)
    assert on_the_short_way(m, x)
