"""Layers that machines run are to autograd, and to everything of PyTorch's, what the same layers in PyTorch are."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from compiling import OTHER, REAL, without_another

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.func import functional_call, grad, jvp, vmap
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

import derive
from derive import cell, linear, tanh
from derive.backends.package import PACKAGE
from derive.backends.torch.build import build

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")

lstm, gru, antisymmetric = build(derive.lstm), build(derive.gru), build(derive.catalogue["antisymmetric_rnn"])
machine, machines, direct = (sys.modules[f"{PACKAGE}.{name}"] for name in ("machine", "machines", "direct"))
DOUBLE = {"dtype": torch.float64}


def layer(of: Any = lstm, *sizes: int, **arguments: Any) -> Any:
    torch.manual_seed(0)
    return of.Layer(*(sizes or (3, 8)), **{**DOUBLE, **arguments})


def randn(*shape: int, **more: Any) -> Tensor:
    return torch.randn(*shape, **{**DOUBLE, **more})


@contextmanager
def watched() -> Iterator[list[str]]:
    """What machines do meanwhile."""
    done: list[str] = []

    def noting(name, method):
        def noted(*arguments):
            found = method(*arguments)
            if found is not None:
                done.append(name)
            return found

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for of, method, name in (
            *((machine.Memory, name, name) for name in ("forward", "backward")),
            (direct, "at_once", "forward"),
            (direct, "_by_machine", "backward"),
        ):
            patch.setattr(of, method, noting(name, getattr(of, method)))
        yield done


@contextmanager
def with_attributes(of: Any, **attributes: Any) -> Iterator[None]:
    before = {name: vars(of)[name] for name in attributes if name in vars(of)}
    vars(of).update(attributes)
    yield
    for name in attributes:
        del vars(of)[name]
    vars(of).update(before)


def same_both_ways(of: Any, run: Callable[[Any], Any], expected: list[str] | None = None, tolerance: float = 1e-12):
    """Runs a function of a layer with its machine and without. expected: what the machine has to do. A second run
    takes the short way where there is one."""
    with with_attributes(of, kernels=False):
        theirs = run(of)
    for _ in range(2):
        with watched() as done:
            ours = run(of)
        if expected is not None:
            assert done == expected
        assert_same(ours, theirs, tolerance)


def assert_same(ours: list[Any], theirs: list[Any], tolerance: float) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance, equal_nan=True)


def trained(of: Any, x: Tensor, hx: Any = None, loss: Callable[..., Tensor] | None = None) -> list[Any]:
    """What a layer gives, and all gradients."""
    leaves = [t for t in [x, *([] if hx is None else hx), *of.parameters()] if t.requires_grad]
    output, final = of(x, hx)
    final = final if isinstance(final, tuple) else (final,)
    total = loss(output, final) if loss else sum((t.sin().sum() for t in (output, *final)), torch.zeros(()))
    return [output, *final, *torch.autograd.grad(total, leaves, allow_unused=True)]


ONCE, THERE_AND_BACK = ["forward"], ["forward", "backward"]

# ---------------------------------------------------------------------- inputs


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


def test_empty_inputs():
    m = layer()
    for on in (True, False):
        m.kernels = on
        output, (h, c) = m(randn(4, 0, 3))
        assert [tuple(t.shape) for t in (output, h, c)] == [(4, 0, 8), (1, 0, 8), (1, 0, 8)]
        with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
            m(randn(0, 2, 3))


# ---------------------------------------------------------------------- autograd


def test_gradcheck():
    m, x = layer(lstm, 3, 5), randn(3, 2, 3, requires_grad=True)
    parameters = dict(m.named_parameters())

    def run(x, *values):
        return functional_call(m, dict(zip(parameters, values, strict=True)), (x,))[0]

    given = (x, *(p.detach().requires_grad_() for p in parameters.values()))
    with watched() as done:
        assert gradcheck(run, given, fast_mode=True)
    assert "backward" in done
    assert gradgradcheck(run, given, fast_mode=True)


def test_second_derivatives():
    x = randn(4, 2, 3, requires_grad=True)

    def run(m):
        (d,) = torch.autograd.grad(m(x)[0].square().sum(), x, create_graph=True)
        return list(torch.autograd.grad(d.square().sum(), [x, *m.parameters()]))

    same_both_ways(layer(), run)
    same_both_ways(layer(num_layers=2, bidirectional=True, batch_first=True), run)


def test_a_graph_that_is_kept():
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    loss, leaves = m(x)[0].square().sum(), [x, *m.parameters()]
    first, second = (torch.autograd.grad(loss, leaves, retain_graph=True) for _ in range(2))
    m(2 * x)[0].sum().backward()  # another pass, which has a memory of its own
    with torch.no_grad():
        m(3 * x)
    third = torch.autograd.grad(loss, leaves)
    assert all(torch.equal(a, b) and torch.equal(a, c) for a, b, c in zip(first, second, third, strict=True))
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, leaves)


def test_threads_that_go_back_through_one_graph():
    m, x = layer(lstm, 32, 64), randn(40, 4, 32)
    loss, leaves = m(x)[0].square().sum(), list(m.parameters())
    expected = torch.autograd.grad(loss, leaves, retain_graph=True)
    found: list[Any] = []

    def work():
        found.extend(torch.autograd.grad(loss, leaves, retain_graph=True) for _ in range(4))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 24
    assert all(torch.equal(a, b) for one in found for a, b in zip(one, expected, strict=True))


def test_many_gradients_at_once():
    x = randn(4, 2, 3, requires_grad=True)
    d = randn(5, 4, 2, 8)
    same_both_ways(
        layer(), lambda m: list(torch.autograd.grad(m(x)[0], [x, *m.parameters()], d, is_grads_batched=True))
    )


def test_functional():
    x = randn(4, 2, 3)

    def run(m):
        p = dict(m.named_parameters())
        found = grad(lambda p: functional_call(m, p, (x,))[0].square().sum())(p)
        each = vmap(lambda x: functional_call(m, p, (x,))[0])(torch.stack([x, 2 * x]))
        with forward_ad.dual_level():
            tangent = forward_ad.unpack_dual(m(forward_ad.make_dual(x, x))[0]).tangent
        return [*found.values(), each, jvp(lambda x: m(x)[0], (x,), (x,))[1], tangent]

    same_both_ways(layer(), run)


@pytest.mark.parametrize("which", ["output", "weight", "input", "final state"])
def test_changes_between_forward_and_backward(which):
    """They are refused where PyTorch's own path refuses them, and make no difference elsewhere."""
    found = []
    for on in (True, False):
        m = layer()
        m.kernels = on
        x = randn(4, 2, 3, generator=torch.Generator().manual_seed(0)).requires_grad_() * 1
        output, (h, _) = m(x)
        with torch.no_grad():
            {"output": output, "weight": m.weight_hh_l0, "input": x, "final state": h}[which].detach().add_(1)
        if which != "final state":
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                output.sum().backward()
        else:
            output.sum().backward()
            found.append(m.weight_hh_l0.grad)
    if found:
        torch.testing.assert_close(*found)


def test_changed_weights_are_seen():
    m, x = layer(), randn(4, 2, 3)
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_hh_l0.data.mul_(2)
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_ih_l0.data[3, 2] = torch.nextafter(m.weight_ih_l0.data[3, 2], torch.tensor(9.0, **DOUBLE))
    with torch.no_grad():
        assert torch.equal(m(x)[0], copy.deepcopy(m)(x)[0])
    m.load_state_dict(layer().state_dict() | {"bias_hh_l0": randn(32)})
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_hh_l0 = nn.Parameter(randn(8, 32).t())
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)


def test_sizes_that_are_not_the_layers():
    """A machine would read beside the memory."""
    x = randn(4, 2, 3)
    m = layer()
    m.weight_hh_l0 = nn.Parameter(randn(32, 2))
    with pytest.raises(RuntimeError, match=r"Expected weight_hh of size \(32, 8\), got \[32, 2\]"):
        m(x)
    m = layer()
    m.hidden_size = 200
    with pytest.raises(RuntimeError, match="Expected hidden"):
        m(x, (torch.zeros(1, 2, 8, **DOUBLE),) * 2)
    with pytest.raises(RuntimeError, match=r"Expected weight_ih of size \(800, 3\), got \[32, 3\]"):
        m(x)
    m = layer()
    with pytest.raises(RuntimeError, match=r"Expected h of size \(2, 8\), got \[1, 8\]"):
        m.scan(x, (torch.zeros(1, 8, **DOUBLE),) * 2, m._collect("_l0"))


# ---------------------------------------------------------------------- hooks, subclasses, modes


def _turned(t: Tensor) -> Tensor:
    return t.transpose(0, -1).clone(memory_format=torch.contiguous_format)


def test_saved_tensors_hooks():
    """What is unpacked lies otherwise in memory, or is a number of another type."""
    x = randn(4, 2, 3, requires_grad=True)

    def run(m):
        with torch.autograd.graph.saved_tensors_hooks(_turned, _turned):
            output = m(x)[0]
        return list(torch.autograd.grad(output.square().sum(), [x, *m.parameters()]))

    same_both_ways(layer(), run)
    m = layer()
    expected = torch.autograd.grad(m(x)[0].sum(), x)[0]
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.float(), lambda t: t):
        output = m(x)[0]
    torch.testing.assert_close(torch.autograd.grad(output.sum(), x)[0], expected, atol=1e-5, rtol=1e-5)


def test_hooks():
    seen = []
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    m.register_forward_hook(lambda *_: seen.append("forward"))
    m.register_full_backward_hook(lambda *_: seen.append("backward"))
    m.weight_hh_l0.register_hook(lambda d: seen.append("weight") or 2 * d)
    same_both_ways(m, lambda m: trained(m, x))
    assert seen == ["forward", "weight", "backward"] * 3 or seen == ["forward", "backward", "weight"] * 3


def test_autocast():
    m, x = layer(dtype=torch.float32), randn(4, 2, 3, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        same_both_ways(m, lambda m: [m(x)[0]], [])
        with torch.autocast("cpu", enabled=False):
            same_both_ways(m, lambda m: [m(x)[0]], ONCE, 1e-6)


class Marked(Tensor):
    """A tensor that a program has made its own."""


def test_subclasses_and_modes():
    class Counting(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))

    m, x = layer(), randn(4, 2, 3)
    same_both_ways(m, lambda m: [m(x.as_subclass(Marked))[0]], [])
    assert isinstance(m(x.as_subclass(Marked))[0], Marked)
    with Counting():
        same_both_ways(m, lambda m: trained(m, x))
    meta = lstm.Layer(3, 8, device="meta")
    assert meta(torch.empty(4, 2, 3, device="meta"))[0].shape == (4, 2, 8)
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode() as mode:
        assert lstm.Layer(3, 8, **DOUBLE)(mode.from_tensor(x))[0].shape == (4, 2, 8)


@pytest.mark.parametrize("training", [True, False])
def test_compilers_see_one_operator_which_runs_the_machine(training):
    m, x = layer(), randn(3, 2, 3)
    expected = m(x)[0]
    with torch.set_grad_enabled(training), watched() as done:
        compiled = torch.compile(m, fullgraph=True, backend="eager")(x)[0]
        assert done == ["forward"]
        exported = torch.export.export(m, (x,)).module()(x)[0]
        assert done == ["forward", "forward"]
        traced = torch.jit.trace(m, (x,), check_trace=False)(x)[0]
        assert done == ["forward", "forward"]
    for found in (compiled, exported, traced):
        torch.testing.assert_close(found, expected)


def test_copies_of_a_layer_that_has_run():
    m, x = layer(), randn(4, 2, 3)
    expected = trained(m, x)
    file = io.BytesIO()
    torch.save(m, file)
    file.seek(0)
    for other in (copy.deepcopy(m), copy.copy(m), pickle.loads(pickle.dumps(m)), torch.load(file, weights_only=False)):
        with watched() as done:
            found = trained(other, x)
        assert done == THERE_AND_BACK
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


# ---------------------------------------------------------------------- on and off


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


# ---------------------------------------------------------------------- memory


@pytest.fixture
def from_here():
    """The garbage collector looks only at what is made from here on: ``alive`` need not go through everything."""
    gc.collect()
    gc.freeze()


def alive() -> int:
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(type(o) in (machine.Memory, machine.Weights) for o in gc.get_objects())


@pytest.mark.usefixtures("from_here")
def test_memory_is_freed_with_the_layer_and_the_graph():
    before = alive()
    m = layer(num_layers=2)
    output = m(randn(4, 2, 3))[0]
    assert alive() == before + 4
    output.sum().backward()
    m(randn(4, 2, 3))
    assert alive() == before + 2  # a memory for each layer, used again
    m(randn(4, 2, 3))
    assert alive() == before + 2
    kept = m(randn(4, 2, 3))[0]
    del m
    assert alive() > before
    kept.sum().backward()
    del output, kept
    assert alive() == before


@pytest.mark.usefixtures("from_here")
def test_garbage_that_holds_a_graph():
    """A cycle is finalized as a whole, also what a tape in it gives back."""
    m, x = layer(), randn(4, 2, 3)
    expected = trained(m, x)
    for _ in range(2):
        cycle: list[Any] = [m(x)[0]]
        cycle.append(cycle)
        del cycle
        gc.collect()
        assert all(torch.equal(a, b) for a, b in zip(trained(m, x), expected, strict=True))


@pytest.mark.usefixtures("from_here")
def test_training_again_and_again_needs_no_more_memory():
    m = layer(num_layers=9, bidirectional=True)
    step = torch.optim.SGD(m.parameters(), 0.01)
    counts = []
    for _ in range(4):
        m(randn(4, 2, 3))[0].sum().backward()
        step.step()
        counts.append(alive())
    assert counts[2:] == counts[1:-1]  # from the second step on all is there
    before = alive()
    for length in range(1, 40):
        m(randn(length, 2, 3))
    assert alive() <= before + 3 * 18  # of each scan two memories that wait, of either way, and its parameters


def test_memories_of_a_deep_stack_are_used_again(monkeypatch):
    m = layer(num_layers=6, bidirectional=True)
    made = []
    own = machine.Memory.__init__
    monkeypatch.setattr(machine.Memory, "__init__", lambda *a, **k: made.append(1) or own(*a, **k))
    counts = []
    for _ in range(3):
        m(randn(4, 2, 3))[0].sum().backward()
        counts.append(len(made))
    assert counts == [12, 24, 24]  # one way, then the short one


@pytest.mark.usefixtures("from_here")
def test_an_exception_in_between(monkeypatch):
    class Stop(Exception):
        pass

    def stop(*_, **__):
        raise Stop

    m, x = layer(num_layers=2), randn(4, 2, 3)
    expected = m(x)[0].detach()
    before = alive()
    with monkeypatch.context() as patch:
        patch.setattr(direct, "at_once", lambda *_: None)
        for name in ("forward", "__init__"):
            patch.setattr(machine.Memory, name, stop)
            for _ in range(5):
                with pytest.raises(Stop):
                    m(x if name == "forward" else randn(7, 2, 3))
    assert alive() <= before
    assert torch.equal(m(x)[0], expected)


# ---------------------------------------------------------------------- one step


def stepped(of: Any, x: Tensor, hx: Any = None) -> list[Any]:
    """What a one-step cell gives, and all gradients."""
    leaves = [t for t in (x, *([] if hx is None else hx), *of.parameters()) if t.requires_grad]
    found = of(x, hx)
    found = found if isinstance(found, tuple) else (found,)
    return [*found, *torch.autograd.grad(sum(t.sin().sum() for t in found), leaves, allow_unused=True)]


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


# ---------------------------------------------------------------------- weights of bfloat16


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


# ---------------------------------------------------------------------- the short way


def on_the_short_way(m: Any, *given: Any) -> bool:
    return direct.at_once(m, *given, *[None] * (2 - len(given))) is not None


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


@pytest.mark.usefixtures("from_here")
def test_no_call_leaves_something_behind():
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    hx = (randn(1, 2, 8), randn(1, 2, 8))

    def counts():
        for _ in range(50):
            m(x, hx)[0].sum().backward()
            with torch.no_grad():
                m(x), m(x.transpose(0, 1))
        gc.collect()
        return [sys.getrefcount(t) for t in (x, *hx, *m.parameters(), x.shape, None, True)]

    counts()
    before = counts()
    assert all(abs(a - b) < 25 for a, b in zip(before, counts(), strict=True))
