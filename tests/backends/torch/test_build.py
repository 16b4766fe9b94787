"""Generated modules against ``torch.nn``, a plain interpreter of the statements, and loops by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from agreement import assert_computes_its_statements, distance
from others import named, with_others
from specimens import CATALOGUE, zoo
from sympy import Lambda, Piecewise, Symbol, besselj, symbols, tanh
from torch import Tensor, nn
from torch.nn import functional as F

import derive
from derive.backends.torch.build import build
from derive.definition.cell import Cell
from derive.definition.line import Line
from derive.errors import DeriveError, UnsupportedExpression

LAYERS = {"lstm": (derive.lstm, nn.LSTM), "gru": (derive.gru, nn.GRU), "rnn": (derive.rnn, nn.RNN)}


def difference(cell: Cell, theirs: type, *args, device: str, dtype: torch.dtype, **kwargs) -> float:
    """How far outputs and final states are apart after 50 steps, with torch's random weights in both."""
    torch.manual_seed(1)
    expected = theirs(*args, **kwargs, device=device, dtype=dtype)
    ours = build(cell).Layer(*args, **kwargs, device=device, dtype=dtype)
    ours.load_state_dict(expected.state_dict(), strict=True)
    x = torch.randn(50, 3, args[0], device=device, dtype=dtype)
    return distance(ours(x), expected(x))


# ---------------------------------------------------------------------- against torch.nn


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_agree_with_torch(name, bias, factory, tolerance):
    assert difference(*LAYERS[name], 7, 16, num_layers=2, bidirectional=True, bias=bias, **factory) <= tolerance


def test_the_other_arguments_of_torch(factory, tolerance):
    projected = {"num_layers": 2, "bidirectional": True, "proj_size": 5}
    assert difference(derive.rnn, nn.RNN, 7, 16, nonlinearity="relu", **factory) <= tolerance
    assert difference(derive.lstm, nn.LSTM, 7, 16, **projected, **factory) <= tolerance
    with pytest.raises(ValueError, match="Unknown nonlinearity 'sin'"):
        build(derive.rnn).Layer(7, 16, nonlinearity="sin")


@pytest.mark.parametrize("name", LAYERS)
def test_cells_agree_with_torch(name, factory, tolerance):
    cell, theirs = LAYERS[name]
    expected = getattr(nn, f"{theirs.__name__}Cell")(7, 16, **factory)
    ours = build(cell).Cell(7, 16, **factory)
    ours.load_state_dict(expected.state_dict(), strict=True)
    h, g = None, None
    for x in torch.randn(50, 3, 7, **factory):
        h, g = ours(x, h), expected(x, g)
        assert distance(h, g) <= tolerance


o, c = symbols("o c")
MUTANTS = {
    "tanh(c*o)": replace(derive.lstm, lines=(*derive.lstm.lines[:-1], Line(Symbol("h"), derive.tanh(c * o)))),
    "h = o*c": derive.lstm.with_activations(h="identity"),
    "identity for g": derive.lstm.with_activations(g="identity"),
    "both": derive.catalogue["linear_lstm"],
}


@pytest.mark.parametrize("name", MUTANTS)
def test_formulas_that_fool_one_decimal_do_not_pass(name, factory):
    """The check of the layers sees each formula that a hand-wired example, compared to one decimal, lets pass."""
    assert difference(MUTANTS[name], nn.LSTM, 7, 16, num_layers=2, bidirectional=True, **factory) > 1e-3


def test_a_wrong_recurrent_weight_does_not_pass(factory):
    expected = nn.LSTM(7, 16, **factory)
    ours = build(derive.lstm).Layer(7, 16, **factory)
    ours.load_state_dict(expected.state_dict())
    nn.init.constant_(ours.weight_hh_l0, 0.1)
    x = torch.randn(50, 3, 7, **factory)
    assert distance(ours(x), expected(x)) > 1e-3


# ---------------------------------------------------------------------- the whole catalogue, and cells of all kinds


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_cell_computes_its_statements(name, factory, tolerance):
    """Forwards and backwards, against the statements run one by one."""
    assert_computes_its_statements(CATALOGUE[name], factory, 10 * tolerance)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_cell_trains_in_layers_and_directions(name, factory):
    """Every parameter of two layers and directions gets a gradient; without biases there is none."""
    module = build(CATALOGUE[name])
    sizes = {"input_size": 3, "hidden_size": 4, **named(CATALOGUE[name])}
    alone = any(i.size == "input_size" for i in CATALOGUE[name].further)  # goes with the first layer alone
    layer = module.Layer(**sizes, num_layers=1 if alone else 2, bidirectional=True, **factory)
    layer(*with_others(layer, torch.randn(4, 2, 3, **factory)))[0].sum().backward()
    assert [n for n, p in layer.named_parameters() if p.grad is None] == []
    plain = module.Layer(**sizes, bias=False, **factory)
    plain(*with_others(plain, torch.randn(4, 2, 3, **factory)))
    assert not any(n.startswith("bias") for n, _ in plain.named_parameters())


def test_declared_values_are_where_parameters_start():
    layer = build(zoo).Layer(3, 4, num_layers=2)
    assert layer.alpha_l0.item() == layer.alpha_l1.item() == 1.5
    assert layer.u_l0.unique().numel() == 4
    assert build(zoo).Layer(3, 4, gamma=0.5).gamma == 0.5


# ---------------------------------------------------------------------- other activations


def loop(layer: nn.Module, x: Tensor, g, out, gate=torch.sigmoid) -> Tensor:
    """An LSTM as one writes it by hand."""
    h = c = x.new_zeros(x.size(1), layer.hidden_size)
    outputs = []
    for row in x:
        a = row @ layer.weight_ih_l0.T + layer.bias_ih_l0 + h @ layer.weight_hh_l0.T + layer.bias_hh_l0
        ai, af, ag, ao = a.chunk(4, 1)
        c = gate(af) * c + gate(ai) * g(ag)
        h = gate(ao) * out(c)
        outputs.append(h)
    return torch.stack(outputs)


class bent(derive.Activation):
    """A user's own activation: x/(1 + x²), without a spelling for PyTorch."""

    latex_name, unicode_name = r"\mathrm{bent}", "bent"

    @classmethod
    def value(cls, x):
        return x / (1 + x**2)

    @classmethod
    def slope(cls, x, y):
        return (1 - x**2) / (1 + x**2) ** 2


z = Symbol("z")
CUSTOM = {
    "by name": ({"tanh": "hardtanh"}, F.hardtanh, F.hardtanh, torch.sigmoid),
    "by symbol": (
        {"tanh": derive.softsign, "sigmoid": derive.hard_sigmoid},
        F.softsign,
        F.softsign,
        lambda x: F.relu6(x + 3) / 6,  # F.hardsigmoid has the slope 1/6 in single precision only
    ),
    "by equation": ({"g": "identity", "h": "softsign"}, lambda x: x, F.softsign, torch.sigmoid),
    "with a parameter": ({"tanh": "elu(alpha=2)"}, lambda x: F.elu(x, 2.0), lambda x: F.elu(x, 2.0), torch.sigmoid),
    "scaled": (
        {"tanh": "scaled_tanh(alpha=1.5, beta=0.25)"},
        lambda x: 1.5 * torch.tanh(x / 4),
        lambda x: 1.5 * torch.tanh(x / 4),
        torch.sigmoid,
    ),
    "function": ({"g": lambda t: t / (1 + t**2)}, lambda x: x / (1 + x**2), torch.tanh, torch.sigmoid),
    "lambda": ({"h": Lambda(z, tanh(z) ** 3)}, torch.tanh, lambda x: torch.tanh(x) ** 3, torch.sigmoid),
    "cases": (
        {"g": lambda t: Piecewise((t, t > 0), (t / 10, True))},
        lambda x: F.leaky_relu(x, 0.1),
        torch.tanh,
        torch.sigmoid,
    ),
    "numbers by cases": (
        {"sigmoid": lambda t: Piecewise((1, t > 0), (0, True))},
        torch.tanh,
        torch.tanh,
        lambda x: (x > 0).to(x),
    ),
    "own class": ({"tanh": bent}, lambda x: x / (1 + x**2), lambda x: x / (1 + x**2), torch.sigmoid),
}


@pytest.mark.parametrize("name", CUSTOM)
def test_other_activations_against_a_loop_by_hand(name, factory, tolerance):
    replacements, g, out, gate = CUSTOM[name]
    layer = build(derive.lstm.with_activations(**replacements)).Layer(3, 4, **factory)
    x = 2 * torch.randn(6, 2, 3, **factory)
    y = layer(x)[0]
    expected = loop(layer, x, g, out, gate)
    assert y.dtype == factory["dtype"]
    assert distance(y, expected) <= tolerance
    found = [torch.autograd.grad(v.square().sum(), list(layer.parameters())) for v in (y, expected)]
    assert distance(*found) <= 10 * tolerance


def test_what_cannot_be_an_activation_is_named():
    with pytest.raises(UnsupportedExpression, match=r"cell 'lstm_g_custom': besselj in besselj\(0, a_g\).*Activation"):
        build(derive.lstm.with_activations(g=lambda t: besselj(0, t)))
    with pytest.raises(DeriveError, match=r"unknown activation 'hardtan'; did you mean 'hardtanh'"):
        derive.lstm.with_activations(tanh="hardtan")
    with pytest.raises(DeriveError, match=r"unknown parameter 'beta'. Known: alpha"):
        derive.lstm.with_activations(tanh="elu(beta=2)")
    with pytest.raises(DeriveError, match=r"alpha is 'two', expected a number"):
        derive.lstm.with_activations(tanh="elu(alpha=two)")
    with pytest.raises(DeriveError, match=r"tanh=.*gives no SymPy expression"):
        derive.lstm.with_activations(tanh=lambda t: None)


@pytest.mark.parametrize(
    ("spelling", "said"),
    [
        ("torch.foo({x})", "raises AttributeError: module 'torch' has no attribute 'foo'; expected"),
        ("torch.sigmoid({x}, {x}, {x})", "raises TypeError"),
        ("{x}.sum()", r"gives tensor\(0.\) for x of shape \[2, 3\]"),
        ("torch.sigmoid({x}", "raises SyntaxError"),
    ],
)
def test_a_spelling_that_is_none(spelling, said):
    own = type("own", (bent,), {"torch": spelling, "__module__": __name__})
    with pytest.raises(DeriveError, match=rf"^activation own: torch is .*, which {said}") as e:
        build(derive.lstm.with_activations(g=own))
    assert "\n" not in str(e.value)
    above = type("above", (bent,), {"slope": classmethod(lambda cls, x, y: own(x)), "__module__": __name__})
    with pytest.raises(DeriveError, match=r"^activation own: "):
        build(derive.lstm.with_activations(g=above))
