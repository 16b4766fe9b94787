"""Which cells are derived again: those whose definition, in the author's order, or whose text on the disk changed."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from sympy import Add, Mul, Symbol, evaluate

import derive
from derive.backends.torch import record
from derive.backends.torch.emit import module_files
from derive.backends.torch.record import FILE, Record, definition_digest
from derive.writing import write_files


def written(folder, cell):
    """The cell's module in the folder, and the record of it."""
    kept = Record(folder)
    files = {folder / name: text for name, text in kept.files(cell).items()}
    write_files(folder, files | kept.of([cell], files))


@pytest.fixture
def derived(monkeypatch):
    """The names of the cells that are derived from here on."""
    names = []
    monkeypatch.setattr(record, "module_files", lambda cell: names.append(cell.name) or module_files(cell))
    return names


def reordered(cell, name):
    """The cell with the terms or factors of one equation in the opposite order."""
    with evaluate(False):
        lines = [
            replace(line, expr=line.expr.func(*line.expr.args[::-1])) if line.target == Symbol(name) else line
            for line in cell.lines
        ]
    return replace(cell, lines=tuple(lines))


def test_what_did_not_change_is_taken_from_the_disk(tmp_path, derived):
    written(tmp_path, derive.gru)
    assert Record(tmp_path).files(derive.gru) == module_files(derive.gru)
    assert derived == ["gru"]


@pytest.mark.parametrize(("name", "kind"), [("c", Add), ("h", Mul)])
def test_another_order_of_terms_is_another_definition(name, kind, tmp_path, derived):
    other = reordered(derive.lstm, name)
    assert isinstance(other.lines[-1 if name == "h" else -2].expr, kind)
    assert definition_digest(other) != definition_digest(derive.lstm)
    written(tmp_path, derive.lstm)
    assert Record(tmp_path).files(other) == module_files(other) != module_files(derive.lstm)
    assert derived == ["lstm", "lstm"]


@pytest.mark.parametrize(
    "changed",
    [
        derive.lstm.with_activations(g="relu", name="lstm", title=derive.lstm.title, class_name="LSTM"),
        replace(derive.lstm, note="Other words."),
        replace(derive.lstm, projection=False),
    ],
)
def test_a_changed_definition_is_derived_again(changed, tmp_path, derived):
    written(tmp_path, derive.lstm)
    assert Record(tmp_path).files(changed) == module_files(changed)
    assert derived == ["lstm", "lstm"]


@pytest.mark.parametrize(
    ("file", "depends"),
    [
        ("errors.py", True),
        ("definition/lower.py", True),
        ("plan/schedule.py", True),
        ("backends/torch/emit.py", True),
        ("cells/lstm.py", False),  # a cell's definition has a digest of its own
        ("commands/cli.py", False),
    ],
)
def test_a_source_that_changed_is_another_source(file, depends, tmp_path, monkeypatch):
    shutil.copytree(record.PACKAGE, tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(record, "PACKAGE", tmp_path / "derive")
    before = record._sources.__wrapped__()
    (tmp_path / "derive" / file).write_text("changed")
    assert (record._sources.__wrapped__() != before) is depends


@pytest.mark.parametrize("content", [b"{", b"[]", b"[" * 10**5, b"\xff\xfe", b'{"gru.py": 3}'])
def test_a_record_that_says_nothing_is_no_record(content, tmp_path, derived):
    written(tmp_path, derive.gru)
    (tmp_path / FILE).write_bytes(content)
    assert Record(tmp_path).files(derive.gru) == module_files(derive.gru)
    assert derived == ["gru", "gru"]


def test_a_file_that_someone_changed_is_derived_again(tmp_path, derived):
    written(tmp_path, derive.gru)
    (tmp_path / "gru.py").write_text("# mine\n")
    assert Record(tmp_path).files(derive.gru) == module_files(derive.gru)
    assert derived == ["gru", "gru"]
