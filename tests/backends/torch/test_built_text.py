"""The text of a generated module: what is built is what is written, and needs torch alone."""

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
from specimens import misfit, zoo
from sympy import Eq, Piecewise, Rational, Symbol, evaluate, symbols, tanh

import derive
from derive import linear
from derive.backends.torch.build import build
from derive.backends.torch.emit import generated_files, module_text
from derive.calculus.sweep import Sweep
from derive.definition.cell import Cell
from derive.errors import DefinitionError, DeriveError


def test_build_is_the_text_that_is_written():
    files = generated_files()
    assert {f"{name}.py" for name in derive.catalogue} < set(files)
    for name in derive.catalogue:
        assert build(derive.catalogue[name]).source == files[f"{name}.py"]
    assert build(derive.lstm) is build(derive.lstm)
    assert build(derive.lstm).LSTM is build(derive.lstm).Layer


def test_what_a_module_and_its_c_files_read_is_derived_once(monkeypatch):
    """With a projection and without: the text of a module has both in C, and one in PyTorch."""
    derived = []
    monkeypatch.setattr("derive.calculus.adjoint.Sweep", lambda cell: derived.append(cell.name) or Sweep(cell))
    module_text(replace(derive.lstm, title="A cell that nobody has derived"))
    assert sorted(derived) == ["lstm", "lstm_projected"]


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
