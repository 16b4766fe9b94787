"""``derive list``: the catalogue, searched."""

from __future__ import annotations

import json

import pytest
from shell import typed

from derive.cells import catalogue


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert typed("list", "--json", *words) == 0
    return [cell["name"] for cell in json.loads(capsys.readouterr().out)]


def test_list_prints_the_catalogue_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    head, rule, *rows, blank, foot = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(catalogue)
    assert head.split() == ["name", "year", "states", "parameters", "title"]
    assert set(rule) == {"─"}
    assert blank == ""
    assert foot.startswith(f"{len(catalogue)} cells; ")
    columns = {row.index(catalogue[row.split()[0]].title) for row in rows}
    assert columns == {head.index("title")}


def test_list_on_a_terminal_keeps_to_its_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert typed("list") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) == 100
    assert "…" in out


def test_list_searches(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys, "jozefowicz") == ["mut1", "mut2", "mut3"]
    assert listed(capsys, "--search", "mut1") == listed(capsys, "mut1") == ["mut1"]
    assert listed(capsys, "Hochreiter", "without", "forget") == ["original_lstm"]
    assert listed(capsys, "--year", "2014", "--states", "1") == ["gru", "gru_reset_before", "gru_chung"]
    assert {catalogue[name].year for name in listed(capsys, "--year", "2014-2016")} == {2014, 2015, 2016}
    assert "indrnn" in listed(capsys, "--parameters", "u", "--gates", "0")
    assert set(listed(capsys, "--states", "c", "--gates", "3", "lstm")) >= {"lstm", "peephole_lstm"}


def test_list_says_when_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list", "perceptron") == 1
    assert capsys.readouterr().err == "no cell of the catalogue has all that; `derive list` prints every cell\n"


@pytest.mark.parametrize(
    ("year", "said"), [("14", "is no year"), ("2014-", "is no year"), ("2017-2014", "did you mean 2014-2017?")]
)
def test_list_refuses_years_that_are_none(year: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list", "--year", year) == 2
    assert said in capsys.readouterr().err
