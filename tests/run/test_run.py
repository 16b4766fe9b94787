"""Runs and run files: what is read exactly, and one clear line for everything that is wrong."""

from __future__ import annotations

import copy
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

import derive
from derive.approximation.claim import Claim
from derive.commands.cli import main
from derive.errors import RunError
from derive.run.data import Run
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

#: The smallest run: one tanh unit with one input.
SMALL = """
cell = "rnn"
x = [[0.5], [0.25]]
[weights]
weight_ih = [[0.1]]
weight_hh = [[2]]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


# ---------------------------------------------------------------------- what is read


def test_numbers_are_the_decimals_that_are_written(tmp_path):
    text = SMALL.replace("[[0.1]]", "[[0.1000000000000000055511151231257827]]").replace("0.25", '"1/3"')
    run = load_run(written(tmp_path, text))
    assert run.weights["weight_ih"] == ((Rational("0.1000000000000000055511151231257827"),),)
    assert run.x == ((Rational(1, 2),), (Rational(1, 3),))
    assert run.weights["bias_ih"] == run.weights["bias_hh"] == (0,)
    assert run.initial == {"h": (0,)}
    assert run.sizes == {"input_size": 1, "hidden_size": 1}


@given(st.decimals(-1000, 1000, places=12))
def test_any_decimal_is_exact(number):
    run = Run("rnn", {"weight_ih": [[number]], "weight_hh": [[str(number)]]}, [[0]])
    assert run.parameters["W_ih"][0][0] == run.parameters["W_hh"][0][0] == Rational(str(number))


def test_a_float_is_the_decimal_that_is_typed_and_a_tensor_the_fraction_that_it_holds():
    assert Run("rnn", {"weight_ih": [[0.1]], "weight_hh": [[1]]}, [[1]]).weights["weight_ih"][0][0] == Rational(1, 10)
    held = Run("rnn", {"weight_ih": torch.tensor([[0.1]]), "weight_hh": torch.tensor([[1]])}, torch.ones(1, 1))
    assert held.weights["weight_ih"][0][0] == Rational(13421773, 134217728)


def test_every_key_of_the_lecture(tmp_path):
    run = derive.load_run(EXAMPLES / "lecture.toml")
    assert isinstance(run, derive.Run)
    assert (run.cell, run.decimals, run.hand_decimals, run.language) == (derive.lstm, 4, 1, "en")
    assert run.weights["weight_ih"] == ((0, 100, 0), (0, 100, 0), (1, 0, 0), (0, 0, 100))
    assert run.parameters["b_if"] == (10,)
    assert [str(c) for c in run.claims][:2] == ["tanh(x) ~ x on [-1/4, 1/4]", "sigma(90) ~ 1"]
    assert run.hand["h"][0] == "tanh(c*o)=0"
    assert run.printed["c"] == ("0.2", "0.3", "0.3", "0.3", "0.0")
    assert repr(run) == "Run of lstm: The lecture's LSTM; T = 5, input_size = 3, hidden_size = 1"


def test_the_lectures_data_are_those_of_torchs_cell():
    run = load_run(EXAMPLES / "lecture.toml")
    cell = torch.nn.LSTMCell(3, 1).double()
    cell.load_state_dict({n: torch.tensor([[float(v) for v in r] for r in t] if n[0] == "w" else [float(v) for v in t])
                          for n, t in run.weights.items()})  # fmt: skip
    state = (torch.zeros(1, 1).double(), torch.zeros(1, 1).double())
    for t, x in enumerate(run.x, 1):
        state = cell(torch.tensor([[float(v) for v in x]], dtype=torch.float64), state)
        assert float(run.steps().value(t, "h")) == pytest.approx(state[0].item(), abs=1e-15)
        assert float(run.steps().value(t, "c")) == pytest.approx(state[1].item(), abs=1e-15)


def test_replaced_activations_and_a_cell_of_ones_own(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from derive import cell, linear, tanh\n"
        '@cell("Mine")\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n'
    )
    own = SMALL.replace('"rnn"', '"mine.py:mine"\nactivations = {h = "relu"}')
    run = load_run(written(tmp_path, own))
    assert run.cell.name == "mine_h_relu"
    assert float(run.steps().value(2, "h")) == pytest.approx(0.025 + 2 * 0.05)


def test_the_label_of_a_long_name_is_one_that_a_run_may_be_given(tmp_path):
    path = tmp_path / f"{'long_' * 20}.toml"
    path.write_text(SMALL)
    run = load_run(path)
    assert replace(run, decimals=3).label == run.label == "long_" * 12


def test_names_of_time_steps_and_of_time(tmp_path):
    head = 'names = {t = "k", columns = ["write", "add"]}\nlanguage = "de"\ntitle = "Mein Netz"\n'
    run = load_run(written(tmp_path, head + SMALL))
    assert (run.t, run.columns, run.title) == ("k", ("write", "add"), "Mein Netz")
    assert repr(run.table()).splitlines()[:2] == ["Mein Netz", "k   write     add"]


def test_a_table_at_a_prompt_in_a_notebook_and_in_latex():
    table = load_run(EXAMPLES / "lecture.toml").table()
    assert "c    0.1974     0.2970      0.2970      0.2970      2.43×10⁻⁴⁰" in repr(table).splitlines()
    assert table.latex().count(r"\begin{tabular}") == 1
    assert "%" not in table.latex().replace("}%\n", "")
    assert table._repr_html_().startswith("<table>")


def test_steps_in_a_notebook_are_those_of_the_page():
    run = load_run(EXAMPLES / "lecture.toml")
    shown = run.steps()._repr_html_()
    assert shown.count("<table") == len(run.x)
    assert shown.count("<tr>") == len(run.steps())
    assert shown.count("<p><b>") == len(run.x)
    assert shown.count('<td style="text-align: left">') == len(run.steps())


def test_steps_and_certificates_are_computed_once():
    run = load_run(EXAMPLES / "lecture.toml")
    assert run.steps() is run.steps()
    assert run.certificates is run.certificates


# ---------------------------------------------------------------------- what is refused

WRONG = {
    "no file": (None, "there is no such file"),
    "no TOML": ("cell = ", "is not TOML"),
    "bytes": (b"\xff\xfe", "is not TOML"),
    "no cell": ("x = [[1]]\nweights = {}", "key 'cell' is missing"),
    "no x": ('cell = "rnn"\nweights = {}', "key 'x' is missing"),
    "unknown cell": (SMALL.replace("rnn", "rnnn"), "unknown cell 'rnnn'; did you mean 'rnn'"),
    "unknown activation": ('activations = {tanh = "tahn"}\n' + SMALL, "unknown activation 'tahn'; did you mean 'tanh'"),
    "activation of no equation": ('activations = {q = "relu"}\n' + SMALL, "unknown equation or activation 'q'"),
    "activation no text": ("activations = {tanh = 1}\n" + SMALL, "activations.tanh is 1"),
    "unknown key": ("decimal = 3\n" + SMALL, "unknown key 'decimal'; did you mean 'decimals'"),
    "unknown state": ("c0 = [1]\n" + SMALL, "unknown key 'c0'"),
    "key of wrong type": ('decimals = "4"\n' + SMALL, "decimals is '4', expected an integer"),
    "truth is no number": ("decimals = true\n" + SMALL, "decimals is True, expected an integer"),
    "too many decimals": ("decimals = 31\n" + SMALL, "decimals is 31, expected an integer from 0 to 30"),
    "shape of x": (SMALL.replace("[0.25]", "[0.25, 1]"), "x is ragged: x[0] has shape (1,) and x[1] has (2,)"),
    "x a vector": (SMALL.replace("[[0.5], [0.25]]", "[0.5, 0.25]"), "x has shape (2,), expected (T, input_size)"),
    "empty x": (SMALL.replace("[[0.5], [0.25]]", "[]"), "x has shape (0,)"),
    "input_size": ("input_size = 2\n" + SMALL, "x has shape (2, 1), expected (T, input_size) = (2, 2)"),
    "hidden_size": ("hidden_size = 0\n" + SMALL, "hidden_size is 0, expected a positive integer"),
    "shape of a weight": (
        SMALL.replace("[[2]]", "[[2, 3]]"),
        "weights.weight_hh has shape (1, 2), expected (hidden_size, hidden_size) = (1, 1)",
    ),
    "rank of a weight": (
        SMALL.replace("[[2]]", "[2]"),
        "weights.weight_hh has shape (1,), expected (hidden_size, hidden_size)",
    ),
    "rows of gates": (
        SMALL.replace("rnn", "lstm"),
        "weights.weight_ih has 1 row, expected a multiple of 4: hidden_size rows for each of W_ii, W_if, W_ig, W_io",
    ),
    "missing weight": (SMALL.replace("weight_hh = [[2]]", ""), "weights.weight_hh is missing: rnn needs"),
    "unknown weight": (SMALL + "weight_xh = [[1]]", "unknown tensor of rnn 'weight_xh'; did you mean"),
    "NaN": (SMALL.replace("[[2]]", "[[nan]]"), "weights.weight_hh[0][0] is NaN, expected a finite real number"),
    "infinity": (SMALL.replace("0.5", "-inf"), "x[0][0] is -Infinity, expected a finite real number"),
    "text for a number": (SMALL.replace("[[2]]", '[["two"]]'), "weights.weight_hh[0][0] is two"),
    "truth for a number": (SMALL.replace("[[2]]", "[[true]]"), "weights.weight_hh[0][0] is True"),
    "initial state": ("h0 = [1, 2]\n" + SMALL, "h0 has shape (2,), expected (hidden_size,) = (1,)"),
    "no fraction": (SMALL.replace("0.25", '"1/0"'), "x[1][0] is 1/0, expected a finite real number"),
    "an exponent without end": (SMALL.replace("0.25", "1e99999999"), "expected a finite real number"),
    "an integer without end": (SMALL.replace("0.25", "9" * 5000), "is not TOML"),
    "lists without end": (SMALL.replace("0.25", "[" * 5000), "is not TOML"),
    "decimals without end": (
        SMALL.replace("0.25", "0." + "3" * 5000),
        "x[1][0] is 0.333333333333333333…3333333333333333333, expected",
    ),
    "keyword of with_activations": ('activations = {name = "relu"}\n' + SMALL, "activations.name: it is neither"),
    "the object itself": ('activations = {self = "relu"}\n' + SMALL, "unknown equation or activation 'self'"),
    "a size of another cell": ("proj_size = 1\n" + SMALL, "rnn has no proj_size"),
    "columns": ('names = {columns = ["a"]}\n' + SMALL, "names.columns has 1 text, expected 2"),
    "names": ('names = {time = "k"}\n' + SMALL, "names: unknown name 'time'"),
    "language": ('language = "fr"\n' + SMALL, "unknown language 'fr'"),
    "claim": ('claims = [{approximation = "tahn(x) ~ x", interval = [0, 1]}]\n' + SMALL, "claims[1]: claim 'tahn(x)"),
    "claim without interval": ('claims = [{approximation = "tanh(x) ~ x"}]\n' + SMALL, "add interval"),
    "claim interval": (
        'claims = [{approximation = "tanh(x) ~ x", interval = [1, 0]}]\n' + SMALL,
        "claims[1].interval is [1, 0], expected [lower, upper] with lower <= upper",
    ),
    "claim without a bound": (
        'claims = [{approximation = "tanh(x) ~ 1/x", interval = [-1, 1]}]\n' + SMALL,
        "claim 'tanh(x) ~ 1/x on [-1, 1]': the error of 1/x for tanh on [-1, 1]: no finite bound can be certified:"
        " it is unbounded near x = 0",
    ),
    "claim without a bound where it is violated": (
        'claims = [{approximation = "tanh(x) ~ 1/(x - 0.06)", interval = [0.1, 1]}]\n' + SMALL,
        "claim 'tanh(x) ~ 1/(x - 0.06) on [1/10, 1]': the error of 1/(x - 3/50) for tanh on [1/20, ",
    ),
    "claim key": ('claims = [{approximaton = "x"}]\n' + SMALL, "did you mean 'approximation'"),
    "hand quantity": (SMALL + '[hand_table]\nk = ["1", "2"]', "hand_table: unknown quantity of rnn 'k'"),
    "hand length": (SMALL + '[hand_table]\nh = ["1"]', "hand_table.h has 1 entry, expected 2"),
    "hand row": (
        SMALL + "[hand_table]\nh = 1.50",
        "hand_table.h is 1.50, expected a list of 2: one per time step of x",
    ),
    "letter of time": ('names = {t = ""}\n' + SMALL, "names.t is '', expected the letter of the time index"),
    "letter of time in LaTeX": ('names = {t = "50%"}\n' + SMALL, "names.t is '50%', expected the letter"),
    "decimal as written": ("hidden_size = 1.0\n" + SMALL, "hidden_size is 1.0, expected an integer"),
    "letters of another case": (SMALL.replace("rnn", "LSTM"), "unknown cell 'LSTM'; did you mean 'lstm'"),
    "a run for a cell": (SMALL.replace("rnn", "other.toml"), "other.toml is a run's file, and a cell is wanted"),
    "hand number": (SMALL + "[hand_table]\nh = [1, 2]", "hand_table.h[0] is '1', expected a text in quotes"),
    "printed": (SMALL + '[printed]\nh = ["a", "0.1"]', "printed.h[0] is 'a', expected a printed decimal"),
    "prefix without a file": ('prefix = "a."\n' + SMALL, "prefix is for weights from a file"),
    "weights file": (
        'cell = "rnn"\nx = [[1]]\nweights = "m.safetensors"',
        "weights: there is no file",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line_and_nothing_is_written(case, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, said = WRONG[case]
    if content is not None:
        Path("run.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in (("tables", "run.toml", "-o", "out"), ("check", "run.toml")):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert error.startswith("derive: run.toml: ")
        assert error.count("\n") == 1
        assert said in error
    assert sorted(os.listdir()) == ([] if content is None else ["run.toml"])


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("a = tanh(b)\n    b = tanh(a)\n    h = linear(x, h) + b", "'b' is not defined"),
        ("h = tanh(linear(x) + y)", "'y' is not defined"),
        ("a = linear(x, h)", "state 'h' is never assigned"),
    ],
)
def test_a_wrong_cell_is_one_line(definition, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        f'from derive import cell, linear, tanh\n@cell("Mine")\ndef mine(x, h):\n    {definition}\n    return h\n'
    )
    Path("run.toml").write_text(SMALL.replace('"rnn"', '"mine.py"'))
    assert main(("tables", "run.toml", "-o", "out")) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert not Path("out").exists()


def test_an_unwritable_folder_leaves_what_was_there(tmp_path, capsys):
    (tmp_path / "run.toml").write_text(SMALL)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run").write_text("a file where the folder should be")
    assert main(("tables", str(tmp_path / "run.toml"), "-o", str(tmp_path / "out"))) == 2
    assert "cannot write" in capsys.readouterr().err
    assert (tmp_path / "out" / "run").read_text() == "a file where the folder should be"


def test_wrong_arguments_at_a_prompt():
    weights = {"weight_ih": [[1]], "weight_hh": [[1]]}
    for given_, said in [
        ({"cell": 3}, "cell is 3, expected a Cell"),
        ({"initial": {"c": [1]}}, "unknown state of rnn 'c'"),
        ({"title": 3}, "title is 3, expected a text"),
        ({"claims": ["tanh(x) ~ x"]}, r"claims\[1\] is 'tanh\(x\) ~ x', expected a table"),
        ({"hand": []}, "hand_table is"),
        ({"x": torch.ones(2, 1, dtype=torch.complex64)}, "x has dtype complex64"),
        ({"x": [[float("nan")]]}, r"x\[0\]\[0\] is nan"),
    ]:
        with pytest.raises(RunError, match=said):
            Run(**({"cell": "rnn", "weights": weights, "x": [[1]]} | given_))
    (claim,) = Claim.parse("sigma(9) ~ 1")
    assert Run("rnn", weights, [[1]], claims=[claim]).claims == (claim,)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "run.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load_run(tmp_path / "run.toml").hidden_size == 1


def test_an_antisymmetric_weight_is_the_stored_one_minus_its_transpose():
    stored = [[0.5, 2.0], [0.25, 1.0]]
    weights = {"weight_ih": [[0.1], [0.2]], "weight_hh": stored, "bias_ih": [0, 0]}
    run = Run("antisymmetric_rnn", weights, [[1]])
    assert run.parameters["W_hh"] == ((0, Rational(7, 4)), (Rational(-7, 4), 0))


def test_a_run_is_copied_and_pickled():
    run = load_run(EXAMPLES / "lecture.toml")
    again = pickle.loads(pickle.dumps(run))
    assert repr(again.steps()) == repr(run.steps())
    assert repr(copy.deepcopy(run).check()) == repr(run.check())
