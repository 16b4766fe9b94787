"""What is asked of networks in plain C: options, files of weights, sizes, and what is said of bad input."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from shell import one_line, typed
from standalone import COMPILERS, SIZES, state_dict, written

import derive
from derive.backends.c.standalone.emit import Sources
from derive.backends.c.standalone.made_up import untrained

pytestmark = pytest.mark.skipif(not COMPILERS, reason="this machine has no C compiler")

C = ("--c", "-o", "x")
FILE = (*C, "--weights", "w.pt")
MODEL = (*FILE, "--prefix", "rnn.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lstm", "--c"), "--c writes one cell to a folder of its own: derive code CELL --c -o DIR"),
        (("lstm", "gru", *C), "--c writes one cell"),
        (("lstm", "--layers", "2"), "--layers goes with --c"),
        (("lstm", "--set", "a=1"), "--set goes with --c"),
        (("lstm", *C, "--input-size", "3"), "lstm needs hidden_size: give --hidden-size"),
        (("gru", *C, *SIZES, "--proj-size", "2"), "gru has no proj_size; its sizes are input_size, hidden_size"),
        (("projected_lstm", *C, *SIZES), "projected_lstm needs proj_size: give --proj-size"),
        (("lstm", *C, *SIZES, "--readout", "head."), "--readout names tensors of a file"),
        (("lstm", *C, *SIZES, "--set", "dt=1"), "lstm has no constants"),
        (("lem", *C, *SIZES, "--set", "dt"), "expected NAME=NUMBER"),
        (("lem", *C, *SIZES, "--set", "dtt=1"), "unknown constant of lem 'dtt'; did you mean 'dt'"),
        (("lem", *C, *SIZES, "--set", "dt=fast"), "fast"),
        (("lem", *C, *SIZES, "--set", "dt=1e-60"), "use --double"),
        (("lem", *C, *SIZES, "--double", "--set", "dt=1e309"), "expected a finite number of at most 1.8e308"),
        (("leaky_rnn", *C, *SIZES, "--set", "alpha=1e30"), "which a float cannot hold; use --double"),
        (("lstm", *C, "--input-size", "3", "--hidden-size", "4000"), "numbers or more"),
        (("lstm", *C, "--weights", "none.pt"), "there is no file none.pt"),
        (("lstm", *FILE), "but rnn.weight_ih_l0: give what stands before it with --prefix"),
        (("gru", *MODEL), "weight_ih_l0 has 20 rows, expected a multiple of 3"),
        (("lstm", *MODEL, "--hidden-size", "4"), "expected (4*hidden_size, input_size) = (16, 3)"),
        (("lstm", *MODEL, "--layers", "2"), "w.pt has 1; leave it out"),
        (("lstm", *MODEL, "--bidirectional"), "no weights ending in _reverse"),
        (
            ("lstm", *MODEL, "--readout", "haed."),
            "no readout haed.weight; unknown tensor 'haed.weight'; did you mean 'head",
        ),
        (("lstm", *MODEL, "--readout", "wide."), "wide.weight has shape (2, 6), expected (n, 5)"),
        (("lstm", *C, "--weights", "partly.pt"), "weights.bias_hh_l0 is missing, though other biases are there"),
        (("lstm", *C, "--weights", "more.pt"), "unknown tensor of lstm 'alpha_l0'"),
        (("lstm", *C, "--weights", "first.pt"), "weights.h_0_l0 has shape (4,), expected (5,) of first values of h"),
        (("lstm", *C, "--weights", "nan.pt"), "weights.weight_hh_l0[2, 1] is not a finite float"),
    ],
)
def test_bad_input_is_answered_in_one_line(words, said, files, monkeypatch, capsys):
    monkeypatch.chdir(files)
    assert typed("code", *words) == 2
    assert said in one_line(capsys)
    assert not Path("x").exists()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with a model's weights, and with some that are wrong."""
    torch = pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("files")
    rnn, linear = torch.nn.LSTM(3, 5), torch.nn.Linear
    state_dict(torch.nn.ModuleDict({"rnn": rnn, "head": linear(5, 2), "wide": linear(6, 2)}), folder / "w.pt")
    given = dict(rnn.state_dict())
    torch.save({n: t for n, t in given.items() if n != "bias_hh_l0"}, folder / "partly.pt")
    torch.save(given | {"alpha_l0": torch.ones(5)}, folder / "more.pt")
    torch.save(given | {"h_0_l0": torch.ones(4)}, folder / "first.pt")
    infinite = given["weight_hh_l0"].double()
    infinite[2, 1] = 1e300
    torch.save(given | {"weight_hh_l0": infinite}, folder / "nan.pt")
    return folder


def test_without_a_compiler_the_size_of_the_code_is_unknown(tmp_path, monkeypatch, capsys):
    for compiler in ("/nowhere/cc", "false"):
        monkeypatch.setenv("CC", compiler)
        written("rnn", *SIZES, folder=tmp_path, measured=True)
        assert "code             ? no C compiler compiled it" in capsys.readouterr().out
    monkeypatch.setitem(os.environ, "CC", COMPILERS[0])
    written("rnn", *SIZES, "--json", folder=tmp_path, measured=True)
    assert json.loads(capsys.readouterr().out)["compiler"].startswith(COMPILERS[0])


def test_numbers_that_are_no_longer_there_go(tmp_path):
    """Without --weights the file of numbers of an earlier call is removed, others stay."""
    torch = pytest.importorskip("torch")
    other = tmp_path / "other.c"
    other.write_text("/* mine */")
    written("rnn", "--weights", state_dict(torch.nn.RNN(3, 5), tmp_path / "w.pt"), folder=tmp_path)
    assert (tmp_path / "rnn_weights.c").exists()
    written("rnn", *SIZES, folder=tmp_path)
    assert not (tmp_path / "rnn_weights.c").exists()
    assert other.exists()


def test_sizes_in_bytes():
    """Of a small LSTM, counted by hand: 4 (4 (3 + 5 + 2) 5) of weights; two states and four gates."""
    sources = Sources(untrained(derive.lstm, {"input_size": 3, "hidden_size": 5}, 1, 1, False))
    assert (sources.weight_bytes, sources.state_bytes) == (4 * 4 * 5 * (3 + 5 + 2), 4 * 5 * (2 + 4))
