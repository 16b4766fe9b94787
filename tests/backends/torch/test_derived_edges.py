"""The derived backward pass at its edges: formulas with nothing to say, layers that a program has changed."""

from __future__ import annotations

import math

import mpmath
import pytest
import torch
from sympy import Eq, Piecewise, Symbol, floor, sign, sqrt, symbols
from torch import nn
from torch.autograd import gradcheck

import derive
from derive import Cell, build, linear, sigmoid, softplus, tanh

a, c, f, h, x = symbols("a c f h x")


@pytest.fixture(params=["1", "0"], autouse=True, ids=["machine", "PyTorch"])
def both_ways(request, monkeypatch):
    monkeypatch.setenv("DERIVE_KERNELS", request.param)


def adjoint(*equations: Eq, states: tuple[str, ...] = ("h",)):
    return Cell.from_equations("edge", equations, states=states).adjoint()


# ---- what is printed -------------------------------------------------------------------------------------------------


def test_what_has_no_derivative_has_no_cotangent():
    """sign(h) and floor(a) are names of the forward step; nothing goes back through them."""
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, tanh(a) + floor(a) + sign(h), evaluate=False))
    assert [e.lhs.name for e in back.equations] == ["d_h", "d_a", "d_h_prev", "d_x"]
    assert back.unicode().splitlines()[1] == "  δaₜ = δhₜ ⊙ (1 − tanh(aₜ)²)"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Piecewise((a, a > 0), (a + 1, True)), "δhₜ"),
        (Piecewise((a, a > 0), (2, a > -1), (3, True)), "{δhₜ if aₜ > 0; 0 otherwise}"),
    ],
)
def test_last_branches_with_one_derivative_are_one(formula, expected):
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, formula, evaluate=False))
    assert str(back["d_a"]) == f"δaₜ = {expected}"


def test_a_minus_of_a_difference_is_a_difference():
    """∂((1 - f) (-a))/∂a is f - 1, of two minus signs none is left."""
    back = adjoint(Eq(f, sigmoid(linear(h))), Eq(a, linear(x)), Eq(h, (1 - f) * (-a)))
    assert str(back["d_a"]) == "δaₜ = δhₜ ⊙ (fₜ − 1)"


def test_a_negative_fraction_is_subtracted():
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, a + 2 / a, evaluate=False))
    assert r"1 - \frac{2}{a_{t}^{2}}" in back.latex()


def test_a_multiple_has_no_name_of_its_own():
    """The slope of softplus(-a) is that of a stable logarithm of a gate, σ(-a); -a is as short as a name for it."""
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, h - softplus(-a), evaluate=False))
    assert [e.lhs.name for e in back.equations] == ["d_h", "d_a", "d_h_prev", "d_x"]
    assert str(back["d_a"]) == "δaₜ = δhₜ ⊙ σ(−aₜ)"


# ---- where a formula is not an ordinary number -----------------------------------------------------------------------


def carried(formula, *states: str) -> nn.Module:
    """A layer whose states become formulas of the previous ones; its input goes into a state of its own."""
    equations = [Eq(Symbol(s), e, evaluate=False) for s, e in zip(states, formula, strict=True)]
    cell = Cell.from_equations("edge", [*equations, Eq(x, linear(Symbol("u")))], states=[*states, "x"], input="u")
    return build(cell).Layer(1, 1, dtype=torch.float64)


def slopes(layer: nn.Module, *values: float, derived: bool) -> list[float]:
    """Of the first state after one step in each of the states before it, at these values."""
    states = [torch.full((1, 1, 1), v, dtype=torch.float64, requires_grad=True) for v in (*values, 0.0)]
    if not derived:
        layer.scan = layer.loop
    output = layer(torch.zeros(1, 1, 1, dtype=torch.float64), tuple(states))[0]
    vars(layer).pop("scan", None)
    return [g.item() for g in torch.autograd.grad(output.sum(), states[:-1], materialize_grads=True)]


@pytest.mark.parametrize("value", [-30.0, 19.9, 20.1, 25.0, 36.0, 40.1, 800.0])
def test_softplus_of_large_numbers(value):
    """log(1 + e^x) has the slope 1/(1 + e^-x), to the last digit, in both backward passes."""
    layer = carried([softplus(h)], "h")
    with mpmath.workdps(50):
        expected = float(1 / (1 + mpmath.exp(-mpmath.mpf(value))))
        number = float(mpmath.log1p(mpmath.exp(mpmath.mpf(value))))
    for derived in (True, False):
        assert slopes(layer, value, derived=derived) == pytest.approx([expected], rel=4e-16)
    state = torch.full((1, 1, 1), value, dtype=torch.float64)
    output = layer(torch.zeros(1, 1, 1, dtype=torch.float64), (state, state))[0]
    assert output.item() == pytest.approx(number, rel=4e-16)


def test_a_branch_that_is_not_taken_has_no_part():
    """The square root's slope at 0 is infinite; PyTorch's ``where`` multiplies it by zero."""
    layer = carried([Piecewise((sqrt(h), h > 0), (0, True))], "h")
    assert slopes(layer, 0.0, derived=True) == [0.0]
    assert math.isnan(*slopes(layer, 0.0, derived=False))
    assert slopes(layer, 0.25, derived=True) == slopes(layer, 0.25, derived=False) == [1.0]


def test_a_power_of_zero_with_an_exponent_that_is_a_quantity():
    layer = carried([h**c, c], "h", "c")
    assert slopes(layer, 2.0, 3.0, derived=True) == pytest.approx([12.0, 8 * math.log(2)])
    assert math.isnan(slopes(layer, 0.0, 3.0, derived=True)[1])


# ---- layers that a program has changed -------------------------------------------------------------------------------


def layer_of(name: str, **arguments) -> nn.Module:
    torch.manual_seed(0)
    return build(derive.catalogue[name]).Layer(3, 4, **arguments, dtype=torch.float64)


def test_a_constant_that_is_learned():
    """The constant is none of the parameters that the equations give a gradient; it gets that of finite differences."""
    layer = layer_of("leaky_rnn")
    sequence = torch.randn(4, 2, 3, dtype=torch.float64)

    def output(alpha: torch.Tensor) -> torch.Tensor:
        layer.alpha = alpha
        return layer(sequence)[0]

    assert gradcheck(output, torch.tensor(0.3, dtype=torch.float64, requires_grad=True))


def test_a_constant_that_is_made_a_parameter():
    """It starts at its value, not at a random one, and an optimiser finds it."""
    alpha = nn.Parameter(torch.tensor(0.3, dtype=torch.float64))
    layer = layer_of("leaky_rnn", alpha=alpha)
    assert alpha.item() == 0.3
    assert layer.get_parameter("alpha") is alpha
    layer(torch.randn(4, 2, 3, dtype=torch.float64))[0].sum().backward()
    assert alpha.grad.item() != 0
    plain = layer_of("leaky_rnn", alpha=0.3)
    assert all(torch.equal(p, layer.get_parameter(name)) for name, p in plain.named_parameters())


def test_a_constant_for_each_unit():
    """It is as any tensor that the equations read, and the layer's description stays one line."""
    alpha = nn.Parameter(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))
    layer, sequence = layer_of("leaky_rnn", alpha=alpha), torch.randn(4, 2, 3, dtype=torch.float64)
    assert repr(layer) == "LeakyRNN(3, 4, alpha=tensor of size (4,))"
    assert repr(layer_of("leaky_rnn", alpha=nn.Parameter(torch.tensor(0.3)))) == "LeakyRNN(3, 4, alpha=0.3)"
    output, _ = layer(sequence)
    for k, value in enumerate(alpha.tolist()):
        alone = layer_of("leaky_rnn", alpha=value)
        alone.load_state_dict({n: p for n, p in layer.state_dict().items() if n != "alpha"})
        torch.testing.assert_close(output[0, :, k], alone(sequence)[0][0, :, k])  # at t = 1 no unit reads another


def test_a_constant_that_is_a_tensor_changed_in_place():
    """Autograd knows the version that was read; the gradient of another one would be wrong and nobody would see it."""
    layer = layer_of("leaky_rnn")
    layer.alpha = torch.tensor(0.3, dtype=torch.float64)
    output = layer(torch.randn(4, 2, 3, dtype=torch.float64))[0]
    layer.alpha.mul_(0.5)
    with pytest.raises(RuntimeError, match="inplace"):
        output.sum().backward()


@pytest.mark.parametrize("where", ["class", "instance"])
def test_a_loop_of_ones_own(where):
    """It runs in training as in evaluation, and has its own gradient."""
    layer = layer_of("lstm")
    loop = type(layer).loop

    def doubled(self, x, states, p):
        outputs, states = loop(self, x, states, p)
        return 2 * outputs, states

    if where == "class":
        layer.__class__ = type("Doubled", (type(layer),), {"loop": doubled})
    else:
        layer.loop = doubled.__get__(layer)
    sequence = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    training = layer(sequence)[0]
    with torch.no_grad():
        assert torch.equal(training, layer(sequence)[0])
    assert gradcheck(lambda s: layer(s)[0], sequence, fast_mode=True)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_an_output_that_is_changed_in_place_is_refused(name):
    """The backward pass reads it, as those of torch.nn.LSTM's kernels do, and PyTorch sees that it is another."""
    output = layer_of(name)(torch.randn(4, 2, 3, dtype=torch.float64))[0]
    output.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()
