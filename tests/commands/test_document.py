"""``derive document`` and the run file of ``derive compare``: what they write is read back, by other commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import one_line, typed

import derive
from derive.comparison.documented import docstring
from derive.run.run_file import load_run

FILE = r'''
import torch
from torch import nn
from derive import cell, linear, tanh

class Right(nn.Module):
    r"""Half of the old, as it says.

    .. math:: h_t = a\, h_{t-1} + f(W x_t + U h_{t-1} + b)

    where :math:`f` is ReLU and :math:`a = 0.5`.
    """

    def __init__(self, n_in, n):
        super().__init__()
        self.x, self.h, self.act = nn.Linear(n_in, n), nn.Linear(n, n), torch.relu
        self.input_size, self.hidden_size = n_in, n

    def forward(self, x, h):
        return 0.5 * h + self.act(self.x(x) + self.h(h))

class Silent(Right):
    pass

@cell("Mine")
def mine(x, h):
    """$$ h_t = \\tanh(W x_t + U h_{t-1} + b) $$"""
    h = tanh(linear(x, h))
    return h
'''
WRONG = r'''
class Wrong(Right):
    """.. math:: h_t = \\tanh(W x_t + U h_{t-1} + b)"""
'''
UNCLEAR = r'''
class Unclear(Right):
    """.. math:: h_t = f(W x_t + U h_{t-1} + b)"""

class Readout(nn.Linear):
    """y = W x"""

class Unfinished(Right):
    """

    Half.

    .. math::
        h_t = (1
    """

class Reservoir(Right):
    """.. math:: h_t = \\tanh(W x_t + b + U h_{t-1})"""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.register_buffer("U", torch.rand(n, n))

    def forward(self, x, h):
        return torch.tanh(self.x(x) + h @ self.U)

Alias, instance = Right, Right(3, 4)
'''


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.py"
    path.write_text(FILE, encoding="utf-8")
    return path


NUMBER = '''
from derive import cell, constant, linear, tanh


@cell("With a leak")
def leaky(x, h, alpha: constant = 0.25):
    r"""$$h_t = \\alpha h_{t-1} + \\tanh(W x_t + b)$$

    where $\\alpha = 0.5$ is the leak."""
    h = alpha * h + tanh(linear(x))
    return h
'''


def test_check_holds_the_numbers_of_constants_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(NUMBER, encoding="utf-8")
    assert typed("document", "model.py", "--check") == 1
    assert capsys.readouterr().out == (
        "leaky: its docstring has other numbers\n  alpha is 0.5 in docstring, and 0.25 in leaky\n"
    )
    file.write_text(NUMBER.replace("0.5", "0.25"), encoding="utf-8")
    assert typed("document", "model.py", "--check") == 0


def test_check_holds_docstrings_against_code(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("document", "model.py", "--check") == 0
    assert capsys.readouterr().out.splitlines() == [
        "mine: its docstring says what it computes",
        "Right: its docstring says what it computes",
        "Silent: its docstring has no equations",
    ]
    own = FILE[: FILE.index("class Silent")] + WRONG
    file.write_text(own, encoding="utf-8")
    assert typed("document", "model.py", "--check", "--json") == 1
    found = {record["name"]: record for record in json.loads(capsys.readouterr().out)}
    assert [found[n]["found"] for n in ("Right", "Wrong")] == ["equal", "different"]
    assert found["Wrong"]["comparison"]["trial"]["largest"] > 1e-3
    file.write_text(own + UNCLEAR, encoding="utf-8")
    assert typed("document", "model.py", "--check") == 2
    out = capsys.readouterr().out
    assert "Wrong: its docstring says something else\n    docstring  hₜ = tanh(W_ih xₜ + W_hh hₜ₋₁ + b_hh)\n" in out
    lines = (own + UNCLEAR).splitlines()
    line = 1 + next(k for k, text in enumerate(lines) if "h_t = f(W" in text and "class Unclear" in lines[k - 1])
    assert f"Unclear: its docstring is not read: line {line}: f in the equation of h: which function is it?" in out
    assert "Reservoir: its docstring says what it computes" in out  # formulas do not say what is learned
    assert "Readout: its docstring has no equations" in out
    line = lines.index("        h_t = (1") + 1
    assert f"Unfinished: its docstring is not read: line {line}: ( has no )" in out
    assert "Alias" not in out
    assert "instance" not in out


@pytest.mark.parametrize(
    ("word", "what"),
    [(r"\tanh", "a tab of \\t in"), (r"\frac", "a form feed of \\f in"), (r"\nu", "a new line of \\n in")],
)
def test_a_docstring_that_is_no_raw_string_is_said_by_its_line(
    word: str, what: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = NUMBER.replace('r"""', '"""').replace(r"\alpha", "").replace(r"\tanh", word)
    file.write_text(plain, encoding="utf-8")
    assert typed("document", "model.py", "--check") == 2
    line = next(k for k, text in enumerate(plain.splitlines(), 1) if word in text)
    assert f"line {line}: it is no raw string, and Python has made {what} {word}" in capsys.readouterr().out


def test_pages_are_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("class Silent(Right)", "class Readout(nn.Linear)"), encoding="utf-8")
    assert typed("document", "model.py", "-o", "docs") == 0
    assert "left out: Readout is not read as a cell" in capsys.readouterr().err
    page = Path("docs/Right.md").read_text(encoding="utf-8")
    assert page.startswith("# Right\n\n`Right`\n\nHalf of the old, as it says.\n")
    assert "| `W_ig1` | `x.weight[0:7, 0:5]` |" in page
    assert r"\delta W_{\mathit{hg1}} &= \sum_{t} \delta a_{\mathit{g1}, t} h_{t-1}^{\top}" in page
    for name in ("Right", "mine"):
        text = Path(f"docs/{name}.md").read_text(encoding="utf-8").split("```text\n")[1]
        assert derive.compare(derive.from_latex(text), f"model.py:{name}")


def test_a_file_without_a_cell_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("from torch import nn\nclass Readout(nn.Linear):\n    pass\n", encoding="utf-8")
    for words in (("--check",), ()):
        assert typed("document", "model.py", *words) == 2
        assert "model.py defines no cell: Readout is not read as one: Readout is no step" in one_line(capsys)
    assert typed("document", "nowhere.py") == 2
    assert "there is no file nowhere.py" in one_line(capsys)


@pytest.mark.parametrize("name", ["gru", "unicornn", "slstm", "fast_grnn", "antisymmetric_rnn", "layer_norm_lstm"])
def test_a_docstring_is_read_back_without_a_hint(name: str) -> None:
    cell = derive.catalogue[name]
    assert derive.compare(derive.from_latex(docstring(cell)), cell)


@pytest.mark.parametrize(
    ("first", "second"), [("lstm", "cifg_lstm"), ("unicornn", "model.py:mine"), ("model.py:Right", "rnn")]
)
def test_a_difference_is_a_run_of_the_first_cell(
    file: Path, capsys: pytest.CaptureFixture[str], first: str, second: str
) -> None:
    assert typed("compare", first, second, "-o", "out/difference.toml") == 1
    assert "out/difference.toml\n" in capsys.readouterr().out
    steps = load_run("out/difference.toml").steps()
    trial = derive.compare(first, second).trial
    assert trial is not None
    for state, values in trial.new[0].items():  # exact numbers against NumPy's
        for unit, value in enumerate(values, 1):
            assert abs(float(steps.value(1, state, unit).ball(60).mid()) - value) < 1e-12
    assert typed("check", "out/difference.toml") == 1
    assert "Printed h₁⁽¹⁾ was" in capsys.readouterr().out


def test_what_does_not_differ_has_no_run(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("compare", "mut2", "gru_chung", "-o", "d.toml") == 0
    assert not Path("d.toml").exists()
    assert typed("compare", "lstm", "gru", "-o", "d.txt") == 2
    assert typed("compare", "lstm", "-o", "d.toml") == 2
