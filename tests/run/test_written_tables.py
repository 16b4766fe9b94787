"""Hand-made tables and printed values from CSV and Markdown, against the same tables as lists."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from derive.errors import RunError
from derive.run.run_file import load_run

LECTURE = Path(__file__).resolve().parents[2] / "examples" / "lecture.toml"
RUN = load_run(LECTURE)
HEAD = ["t", "1", "2", "3", "4", "5"]


def as_csv(path, table, delimiter=","):
    """A table as Python's own writer writes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(HEAD)
        writer.writerows([name, *row] for name, row in table.items())
    return path


def as_markdown(table):
    lines = [HEAD, ["---", ":-:", *["---:"] * 4], *([f"`{name}`", *row] for name, row in table.items())]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def test_csv_and_markdown_say_what_lists_say(tmp_path):
    expected = RUN.check().to_json()
    hand = as_csv(tmp_path / "by_hand.csv", RUN.hand)
    printed = as_markdown(RUN.printed)
    assert replace(RUN, hand=hand, printed=printed).check().to_json() == expected
    notes = tmp_path / "by_hand.md"
    notes.write_text(f"# A table\n\nWorked by hand:\n\n{as_markdown(RUN.hand)}\nand *checked*.\n", encoding="utf-8")
    assert replace(RUN, hand=str(notes)).check().to_json() == expected


def test_a_decimal_comma_in_csv(tmp_path):
    """In German a spreadsheet writes semicolons between the cells."""
    german = replace(RUN, language="de")
    commas = {name: [text.replace(".", ",") for text in row] for name, row in RUN.hand.items()}
    hand = as_csv(tmp_path / "von_hand.csv", commas, ";")
    assert replace(german, hand=hand).check().to_json() == german.check().to_json()
    points = as_csv(tmp_path / "points.csv", RUN.hand)
    with pytest.raises(RunError, match=r"points\.csv, line 1: 't,1,2,3,4,5' is one cell, expected .* ';' between them"):
        replace(german, hand=points)


def test_the_head_may_have_the_names_of_the_columns_and_rows_may_be_short():
    run = replace(RUN, columns=["write", "add", "$x_1$", "output", "reset"], hand={}, claims=())
    table = "step,write,add,$x_1$,output,reset\nW_ig,-0.003,−0.020,0.000\n\nloss,0.0001,,,,\n"
    check = replace(run, printed=table).check()
    assert [(r.name, r.place) for r in check.printed] == [
        ("W_ig", (1, 1)),
        ("W_ig", (1, 2)),
        ("W_ig", (1, 3)),
        ("loss", ()),
    ]
    assert check.holds


def test_a_run_file_names_the_files_of_its_tables(tmp_path, capsys):
    from derive.commands.cli import main

    text = LECTURE.read_text(encoding="utf-8").partition("[hand_table]")[0]
    as_csv(tmp_path / "by_hand.csv", RUN.hand)
    keys = f'hand_table = "by_hand.csv"\nprinted = """\n{as_markdown(RUN.printed)}"""\n'
    path = tmp_path / "run.toml"
    path.write_text(keys + text, encoding="utf-8")
    assert load_run(path).check().to_json() == RUN.check().to_json()
    as_csv(tmp_path / "by_hand.csv", RUN.hand | {"k": ["0"] * 5})
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr().err
    assert "run.toml: by_hand.csv, line 8: unknown quantity of lstm 'k'" in said
    assert said.count("\n") == 1


WRONG = {
    "empty": ("\n\n", "printed, line 1: expected a head, the numbers 1, 2, ... after a first cell"),
    "the other way round": (
        "t,c,h\n1,0,0\n2,0,0\n",
        "printed, line 1: the rows are steps and the columns 'c', 'h', expected it the other way round; exchange rows",
    ),
    "head alone": ("t,1,2,3,4,5\n", "printed: the table has a head alone, expected a row for each quantity"),
    "head": ("t,1,2,x,4,5\nc,0,0,0,0,0\n", "printed, line 1: the head of column 3 is 'x', expected '3'"),
    "no head": ("c,0.2,0.3,0.3,0.3,0.0\n", "printed, line 1: the head of column 1 is '0.2', expected '1'"),
    "one cell": (
        "t,1,2,3,4,5\n\nc 0.2\n",
        "printed, line 3: 'c 0.2' is one cell, expected a name and entries",
    ),
    "no name": ("t,1,2,3,4,5\n,0,0,0,0,0\n", "printed, line 2: the first cell is empty, expected the name of a"),
    "unknown": ("t,1,2,3,4,5\nk,0,0,0,0,0\n", "printed, line 2: unknown quantity of lstm 'k'"),
    "twice": ("t,1,2,3,4,5\nc,0,0,0,0,0\nc,0,0,0,0,0\n", "printed, line 3: c stands in line 2 too"),
    "a hole": ("t,1,2,3,4,5\nc,0,,0,0,0\n", "printed, line 2: c has nothing in column 2, expected a value"),
    "too few": ("t,1,2,3,4,5\nc,0,0\n", "printed, line 2: c has 2 entries, expected 5: one per time step of x"),
    "too many": ("t,1,2,3,4,5\nc,0,0,0,0,0,0\n", "printed, line 2: c has 6 entries, the head 5"),
    "no number": (
        "t,1,2,3,4,5\nh,0,0,0,0,0\nc,0,0,zero,0,0\n",
        "printed, line 3: c, column 3 is 'zero', expected a printed decimal",
    ),
    "open quotes": ('t,1,2,3,4,5\nc,"0,0,0,0,0\n', "printed, line 2: expected CSV with ',' between cells: "),
    "no line under the head": ("| t | 1 |\n| c | 0 |\n", "printed, line 2: found '| c | 0 |', expected the line under"),
    "two tables": ("| t | 1 |\n|---|---|\n| c | 0 |\n\n| t | 1 |\n", "printed, line 5: a second table begins"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_table_is_an_error_that_names_the_line(case):
    text, said = WRONG[case]
    with pytest.raises(RunError, match=re.escape(said)) as raised:
        replace(RUN, printed=text)
    assert "\n" not in str(raised.value)


def test_an_entry_that_cannot_be_read_is_named_by_its_line():
    run = replace(RUN, hand="t,1,2,3,4,5\nc,0,0,0,k*g~1,0\n")
    with pytest.raises(RunError, match=r"hand_table, line 2: c, column 4 is 'k\*g~1': unknown name 'k'"):
        run.check()


def test_what_is_no_file_of_text_is_an_error(tmp_path):
    with pytest.raises(RunError, match=r"hand_table: there is no file nowhere\.csv; expected a CSV or Markdown table"):
        replace(RUN, hand=tmp_path / "nowhere.csv")
    with pytest.raises(RunError, match=r"hand_table: .* cannot be read: it is a folder, and a file is wanted"):
        replace(RUN, hand=tmp_path)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"t,1\nc,\xff\xfe\n")
    with pytest.raises(RunError, match=r"binary\.csv, line 2: expected text in UTF-8, found other bytes"):
        replace(RUN, hand=binary)
    long = tmp_path / "long.csv"
    with long.open("wb") as file:
        file.truncate(16_000_001)
    with pytest.raises(RunError, match=r"hand_table: long\.csv cannot be read: it is longer than 16 MB"):
        replace(RUN, hand=long)
    with pytest.raises(RunError, match="hand_table is 3, expected a table with a row for each quantity, or its file"):
        replace(RUN, hand=3)
