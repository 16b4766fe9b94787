"""The benchmark runs and counts; what it measures is no matter of a test."""

from __future__ import annotations

import json

import pytest
import torch

import derive
from derive.backends.torch.bench import HEAD, bench, rows, with_threads
from derive.commands.cli import main
from derive.errors import DeriveError

SIZE = (3, 2, 4, 5)


@pytest.mark.parametrize(("name", "known"), [("lstm", True), ("peephole_lstm", False)])
def test_a_timing_of_every_candidate(name: str, known: bool) -> None:
    (timing,) = bench(derive.catalogue[name], [SIZE], rounds=1)
    assert timing.size == SIZE
    assert min(timing.milliseconds, timing.cell_loop, timing.layer_loop, timing.checkpoint) > 0
    assert timing.products > 0
    assert (timing.torch is not None) == known
    (row,) = rows([timing])
    assert len(row) == len(HEAD)


def test_memory_is_counted() -> None:
    """Of the LSTM, derived: i, f, g, o, tanh c, c and h at every step; from the states alone: c and h."""
    steps, batch, features, units = 40, 3, 1, 8
    (timing,) = bench(derive.lstm, [(steps, batch, features, units)], rounds=1)
    layer = torch.nn.LSTM(features, units)
    there = sum(p.numel() for p in layer.parameters()) + steps * batch * features + 2 * batch * units
    one = steps * batch * units
    assert timing.kept_checkpoint == pytest.approx((there + 2 * one) / (there + 7 * one))


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with with_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "gru", "--size", "3,2,4,5", "--rounds", "1"]) == 0
    assert "3, 2, 4, 5" in capsys.readouterr().out
    assert main(["bench", "gru", "rnn", "--size", "3,2,4,5", "--rounds", "1", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["gru", "rnn"]


@pytest.mark.parametrize("words", [("--size", "3,2,4"), ("--size", "3,2,4,x"), ("--rounds", "0"), ("--threads", "-1")])
def test_nonsense_is_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "lstm", *words]) == 2
    assert words[1] in capsys.readouterr().err
    with pytest.raises(DeriveError, match="four positive numbers"):
        list(bench(derive.lstm, [(3, 2, 4)]))
    with pytest.raises(DeriveError, match="bench measures cells with one input and hidden_size, and context_gru wants"):
        list(bench(derive.catalogue["context_gru"]))
