"""An activation whose slope is not its derivative: the slope counts in every way to differentiate."""

from __future__ import annotations

import pytest
import sympy
import torch
from sympy import Abs, Eq, Heaviside, Integer, Rational, Symbol, evaluate, floor, symbols
from torch import func

import derive
from derive import linear
from derive.errors import DeriveError
from derive.symbolic.surrogate import is_surrogate


class spike(derive.Activation):
    """A spike, with the slope of a fast sigmoid (Zenke and Ganguli 2018)."""

    latex_name, unicode_name = r"\Theta", "Θ"
    defaults = {"beta": Integer(2)}

    @classmethod
    def value(cls, x, beta):
        return Heaviside(x, 0)

    @classmethod
    def slope(cls, x, y, beta):
        return beta / (1 + beta * Abs(x)) ** 2


class rounded(derive.Activation):
    """The nearest half, straight through."""

    latex_name, unicode_name = r"\operatorname{rnd}", "rnd"

    @classmethod
    def value(cls, x):
        return floor(2 * x + Rational(1, 2)) / 2

    @classmethod
    def slope(cls, x, y):
        return Integer(1)


h, v, x, a = symbols("h v x a")
with evaluate(False):
    CELL = derive.Cell.from_equations(
        "lif",
        [Eq(v, Rational(9, 10) * v + linear(x) + linear(h) - h), Eq(h, spike(v - 1) * rounded(v))],
        states=["h", "v"],
    )
    STEPS = derive.Cell.from_equations("steps", [Eq(a, linear(x)), Eq(h, floor(a))], states=["h"])


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, d):
        return d * 2 / (1 + 2 * ctx.saved_tensors[0].abs()) ** 2


class Rounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.floor(2 * x + 0.5) / 2

    @staticmethod
    def backward(ctx, d):
        return d


class By:
    """A layer, its one-step cell of the same weights, an input, and what has to come out."""

    def __init__(self):
        torch.manual_seed(0)
        module = derive.build(CELL)
        self.layer = module.Layer(3, 4, dtype=torch.float64)
        self.cell = module.Cell(3, 4, dtype=torch.float64)
        self.cell.load_state_dict({n.removesuffix("_l0"): w for n, w in self.layer.state_dict().items()})
        self.x = torch.randn(5, 2, 3, dtype=torch.float64)
        self.d = torch.randn(5, 2, 4, dtype=torch.float64)
        self.named = {n: w.detach() for n, w in self.layer.named_parameters()}
        w = {n: t.clone().requires_grad_() for n, t in self.named.items()}
        hidden = potential = torch.zeros(2, 4, dtype=torch.float64)
        loss = 0.0
        for now, d in zip(self.x, self.d, strict=True):
            given = now @ w["weight_ih_l0"].T + w["bias_ih_l0"] + hidden @ w["weight_hh_l0"].T + w["bias_hh_l0"]
            potential = 0.9 * potential + given - hidden
            hidden = Spike.apply(potential - 1) * Rounded.apply(potential)
            loss = loss + (hidden * d).sum()
        self.wanted = dict(zip(w, torch.autograd.grad(loss, list(w.values())), strict=True))
        assert all(t.abs().max() > 0.1 for t in self.wanted.values())

    def loss(self, parameters, x=None):
        """Through functional_call, which torch.func goes through."""
        outputs, _ = func.functional_call(self.layer, parameters, (self.x if x is None else x,))
        return (outputs * self.d).sum()


@pytest.fixture(scope="module")
def by():
    return By()


def assert_are(found, wanted):
    for d, exact in zip(found, wanted.values(), strict=True):
        torch.testing.assert_close(d, exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_layer(by, kernels, checkpoint):
    by.layer.kernels, by.layer.checkpoint = kernels, checkpoint
    loss = (by.layer(by.x)[0] * by.d).sum()
    assert_are(torch.autograd.grad(loss, list(by.layer.parameters())), by.wanted)


def test_a_one_step_cell(by):
    hx, loss = None, 0.0
    for now, d in zip(by.x, by.d, strict=True):
        hx = by.cell(now, hx)
        loss = loss + (hx[0] * d).sum()
    assert_are(torch.autograd.grad(loss, list(by.cell.parameters())), by.wanted)


def test_torch_func_and_forward_mode(by):
    assert_are(func.grad(by.loss)(by.named).values(), by.wanted)
    generator = torch.Generator().manual_seed(1)
    along = {n: torch.randn(t.shape, dtype=t.dtype, generator=generator) for n, t in by.named.items()}
    _, tangent = func.jvp(by.loss, (by.named,), (along,))
    torch.testing.assert_close(tangent, sum((by.wanted[n] * along[n]).sum() for n in along))
    inputs = torch.stack([by.x, 2 * by.x])
    each = func.vmap(func.grad(by.loss), (None, 0))(by.named, inputs)
    assert_are([t[0] for t in each.values()], by.wanted)


def test_second_derivatives_are_those_of_the_slope():
    z = torch.tensor([-0.7, 0.3, 1.9], dtype=torch.float64, requires_grad=True)
    module = derive.build(derive.Cell.from_equations("one", [Eq(h, spike(linear(x)))], states=["h"]))
    cell = module.Cell(1, 1, dtype=torch.float64)
    torch.nn.init.ones_(cell.weight_ih), torch.nn.init.zeros_(cell.bias_ih)
    (first,) = torch.autograd.grad(cell(z.unsqueeze(1)).sum(), z, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), z)
    torch.testing.assert_close(first, 2 / (1 + 2 * z.abs()) ** 2)
    torch.testing.assert_close(second, -8 * z.sign() / (1 + 2 * z.abs()) ** 3)


def test_torch_compile_in_one_graph(by):
    compiled = torch.compile(by.layer, fullgraph=True, backend="aot_eager")
    loss = (compiled(by.x)[0] * by.d).sum()
    assert_are(torch.autograd.grad(loss, list(by.layer.parameters())), by.wanted)


def test_a_trace_can_be_saved_and_trained(by, tmp_path):
    torch.jit.save(torch.jit.trace(by.layer, (by.x,), check_trace=False), tmp_path / "traced.pt")
    traced = torch.jit.load(tmp_path / "traced.pt")
    loss = (traced(by.x)[0] * by.d).sum()
    found = dict(
        zip(dict(traced.named_parameters()), torch.autograd.grad(loss, list(traced.parameters())), strict=True)
    )
    assert_are([found[n] for n in by.wanted], by.wanted)


def test_only_what_differs_is_one():
    assert is_surrogate(spike)
    assert is_surrogate(rounded)
    assert not any(map(is_surrogate, derive.ACTIVATIONS.values()))


def test_a_learned_parameter_of_one_is_refused():
    alpha = derive.Cell.from_equations(
        "learned",
        [Eq(h, spike(linear(x), Symbol("alpha")))],
        states=["h"],
        declared=derive.catalogue["fast_rnn"].declared[:1],
    )
    with pytest.raises(DeriveError, match="slope of its own, which says nothing of its parameters"):
        derive.build(alpha)


@pytest.mark.parametrize("kernels", [True, False])
def test_a_cell_of_steps_alone_has_gradients_of_0(kernels):
    layer = derive.build(STEPS).Layer(3, 4)
    layer.kernels = kernels
    given = torch.randn(2, 1, 3, requires_grad=True)
    layer(given)[0].sum().backward()
    assert all(t.grad is not None and not t.grad.any() for t in (given, *layer.parameters()))


def test_a_step_of_an_affine_map_has_one_map():
    """Heaviside's function is cases that read their argument twice."""
    with evaluate(False):
        lines = [Eq(h, sympy.Heaviside(linear(x, h)) * h)], [Eq(a, linear(x, h)), Eq(h, sympy.Heaviside(a) * h)]
    at_once, apart = (derive.build(derive.Cell.from_equations("step", eq, states=["h"])) for eq in lines)
    ours, expected = at_once.Layer(3, 4), apart.Layer(3, 4)
    assert [n for n, _ in ours.named_parameters()] == ["weight_ih_l0", "weight_hh_l0", "bias_l0"]
    expected.load_state_dict(ours.state_dict())
    given, first = torch.randn(3, 2, 3), torch.ones(1, 2, 4)
    assert torch.equal(ours(given, first)[0], expected(given, first)[0])


def test_no_delta_function_is_printed():
    with evaluate(False):
        cell = derive.Cell.from_equations(
            "gate", [Eq(a, linear(x)), Eq(h, sympy.Heaviside(a) * derive.tanh(a))], states=["h"]
        )
    assert "Dirac" not in cell.adjoint().unicode()
    assert str(cell.adjoint()["d_a"]).startswith("δaₜ = ({δhₜ if aₜ > 0; 0 if aₜ < 0; δhₜ/2 otherwise})")


@derive.cell("A step within a long formula")
def long_formula(x, h, first_of_the_gains: derive.vector, second_of_the_gains: derive.vector):
    current_of_membrane = linear(x, h)
    h = first_of_the_gains * second_of_the_gains * derive.tanh(current_of_membrane) + second_of_the_gains * spike(
        current_of_membrane * first_of_the_gains * second_of_the_gains
    )
    return h


def test_a_step_in_a_formula_of_several_lines():
    layer = derive.build(long_formula).Layer(3, 4)
    x = torch.randn(5, 2, 3)
    layer.kernels = False
    trace = layer.trace(x)
    a, b = layer.first_of_the_gains_l0, layer.second_of_the_gains_l0
    z = trace["current_of_membrane"]
    torch.testing.assert_close(layer(x)[0], a * b * z.tanh() + b * (z * a * b > 0))
