"""Generated modules against ``torch.nn``, a plain interpreter of the statements, and loops by hand."""

from __future__ import annotations

import copy
import inspect
import linecache
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from agreement import assert_computes_its_statements, distance
from others import named, with_others
from specimens import CATALOGUE, misfit, zoo
from sympy import Eq, Lambda, Piecewise, Rational, Symbol, besselj, evaluate, symbols, tanh
from torch import Tensor, nn
from torch.nn import functional as F

import derive
from derive import linear
from derive.backends.torch.build import build
from derive.backends.torch.emit import generated_files, module_text
from derive.definition.cell import Cell
from derive.definition.line import Line
from derive.errors import DefinitionError, DeriveError, UnsupportedExpression

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


# ---------------------------------------------------------------------- the text itself


def test_build_is_the_text_that_is_written():
    files = generated_files()
    assert {f"{name}.py" for name in derive.catalogue} < set(files)
    for name in derive.catalogue:
        assert build(derive.catalogue[name]).source == files[f"{name}.py"]
    assert build(derive.lstm) is build(derive.lstm)
    assert build(derive.lstm).LSTM is build(derive.lstm).Layer


def test_modules_pickle_and_show_their_source():
    module = build(derive.lstm)
    layer = module.Layer(3, 4)
    x = torch.randn(5, 2, 3)
    assert distance(pickle.loads(pickle.dumps(layer))(x), layer(x)) == 0
    assert inspect.getsource(module.LSTMEquations.step) in module.source
    linecache.checkcache()
    assert "class LSTMCell" in inspect.getsource(module.LSTMCell)


class Own(build(derive.gru).Layer):
    """A program's own subclass: its text is where the program is."""


def test_saved_layers_are_read_in_another_process(tmp_path):
    """With their text, which no file has, where torch is and derive is not, and saved again from there."""
    custom = derive.lstm.with_activations(tanh=lambda z: z / (1 + z**2))
    layers = [build(custom).Layer(3, 4, num_layers=2), build(custom).Cell(3, 4), build(derive.rnn).Layer(3, 4)]
    layers.append(derive.Stack([derive.lstm, custom], 3, [4, 2], bidirectional=True))
    x = torch.randn(5, 3)
    torch.save(layers, tmp_path / "layers.pt")
    torch.save(x, tmp_path / "x.pt")
    code = "import sys; sys.modules['derive'] = sys.modules['sympy'] = None\n"
    code += "import torch; layers = torch.load('layers.pt', weights_only=False); x = torch.load('x.pt')\n"
    code += "torch.save([*(layer(x) for layer in layers), layers[0]], 'results.pt')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    *results, once_more = torch.load(tmp_path / "results.pt", weights_only=False)
    for layer, result in zip([*layers, layers[0]], [*results, once_more(x)], strict=True):
        torch.testing.assert_close(result, layer(x), rtol=0, atol=0)
    own = Own(3, 4)
    again = pickle.loads(pickle.dumps(own))
    assert type(again) is Own
    assert distance(again(x), own(x)) == 0
    assert type(copy.deepcopy(layers[0])) is type(layers[0])


def test_a_layer_of_another_machinery_is_refused():
    reduce, (text, given), *_ = build(derive.rnn).Layer(3, 4).__reduce_ex__(2)
    given["shared"] = {**given["shared"], "recurrent.py": "other = True\n"}
    with pytest.raises(ImportError, match=r"recurrent\.py is here already with another text"):
        reduce(text, given)


def test_written_files_need_torch_alone(tmp_path):
    package = tmp_path / "generated"
    package.mkdir()
    for path, text in generated_files([derive.lstm, zoo]).items():
        (package / path).parent.mkdir(exist_ok=True, parents=True)
        (package / path).write_text(text)
    code = (
        "import sys; sys.modules['derive'] = sys.modules['sympy'] = None\n"
        "import torch; from generated import LSTM, Zoo, ZooCell\n"
        "print(LSTM(3, 4)(torch.ones(5, 2, 3))[0].shape, ZooCell(3, 4)(torch.ones(2, 3))[1].shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "torch.Size([5, 2, 4]) torch.Size([2, 4])\n"


def test_written_files_are_formatted_and_free_of_lint(tmp_path):
    ruff = pytest.importorskip("ruff").find_ruff_bin()
    for path, text in generated_files([*derive.catalogue.values(), zoo, misfit]).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    settings = ["--config", str(Path(__file__).parents[3] / "pyproject.toml"), "--isolated"]
    for arguments in (["format", "--diff", "--line-length", "120"], ["check"]):
        options = settings[:2] if arguments[0] == "check" else settings[2:]
        done = subprocess.run([ruff, *arguments, *options, "."], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_negated_sum_that_is_longer_than_a_line_is_no_tuple(factory, tolerance):
    h = Symbol("h")
    with evaluate(False):
        terms = [derive.tanh(k * h) * derive.sigmoid(h / k) for k in range(2, 16)]
        equation = Eq(h, -1 * (sum(terms) + linear(Symbol("x")) + linear(h)))
    negated = Cell.from_equations("negated", [equation], states=["h"])
    assert "h = -(\n" in module_text(negated)
    layer, x = build(negated).Layer(3, 4, **factory), torch.randn(5, 2, 3, **factory)
    expected = layer(x)
    layer.kernels = False  # so that the text runs, on every machine
    assert distance(layer(x), expected) <= tolerance
    assert_computes_its_statements(negated, factory, 10 * tolerance)


def test_names_that_python_or_the_module_takes():
    h, p, a, lam = symbols("h p a lambda")
    equations = [(p, derive.sigmoid(linear(Symbol("x"), h))), (lam, 2 * p), (a, lam * p), (h, a * tanh(p))]
    taken = Cell.from_equations("taken", [Eq(*e, evaluate=False) for e in equations], states=["h"])
    assert "lambda_ = 2 * p_" in module_text(taken)
    assert build(taken).Layer(3, 4)(torch.ones(2, 3))[0].shape == (2, 4)


def test_two_cells_with_one_class_name_or_file_are_refused():
    """A cell has two classes, LSTM and LSTMCell; given twice it is one."""
    refused = {
        "cells 'lstm' and 'other' both have class LSTM; give one another, @cell": {"name": "other"},
        "cells 'lstm' and 'other' both have class LSTMCell; give one": {"name": "other", "class_name": "LSTMCell"},
        "and 'Long short-term memory'.* would both be lstm.py; rename one": {"class_name": "Own"},
    }
    for message, change in refused.items():
        with pytest.raises(DefinitionError, match=message):
            generated_files([derive.lstm, replace(derive.lstm, **change)])
    assert generated_files([derive.lstm, derive.lstm]) == generated_files([derive.lstm])


def test_build_takes_a_name_and_refuses_what_is_no_cell():
    assert build("lstm") is build(derive.lstm)

    def plain(x, h):
        return h

    with pytest.raises(DeriveError, match=r'write @cell\("My cell"\) above `def plain`'):
        build(plain)
    with pytest.raises(DeriveError, match=r"3 is no cell, expected one such as derive.lstm"):
        derive.verify(3)


@pytest.mark.parametrize("kernels", [False, True])
def test_a_formula_of_256_cases(kernels):
    """Numbers of six digits between the 256 steps from -4 to 4, against NumPy's look-up."""
    u, x, h = symbols("u x h")
    values = [Rational(k * 12347 % 999983, 10**6) for k in range(257)]
    with evaluate(False):
        table = Piecewise(
            *((value, u < Rational(k, 32) - 4) for k, value in enumerate(values[:-1])), (values[-1], True)
        )
        equations = [Eq(u, 9 * linear(x) + h), Eq(h, table)]
    cell = derive.Cell.from_equations("in_cases", equations, states=["h"])
    layer = derive.build(cell).Layer(3, 4, dtype=torch.float64)
    layer.kernels = kernels
    x = torch.randn(1, 50, 3, dtype=torch.float64)
    argument = 9 * torch.nn.functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0).detach().numpy()
    wanted = np.array(values, float)[np.searchsorted(np.arange(256) / 32 - 4, argument, "right")]
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), wanted, rtol=1e-15)
    assert len(set(wanted.flat)) > 50
