"""``derive list``: the catalogue, searched."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Container

from derive.cells import catalogue
from derive.commands.common import about, json_option, whole
from derive.definition.cell import Cell
from derive.definition.counts import in_letters
from derive.errors import counted, shown
from derive.notation.quantity import SIZE_LETTERS

SUMMARY = "print the catalogue, or the cells that you search for"
EXAMPLES = """\
  derive list                        every cell
  derive list peephole               cells whose name, title, source or note has the word
  derive list --year 2014-2017 --states 1
  derive list --gates f --parameters vector

A gate is an equation whose outermost function is a sigmoid or an exponential, and which multiplies something."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help="stands in the name, title, source or note")
    parser.add_argument(
        "--search", metavar="WORD", action="extend", nargs="+", default=[], help="the same as a WORD without it"
    )
    parser.add_argument("--year", metavar="Y", type=_years, help="of publication: 2014, or 2014-2017")
    parser.add_argument("--states", metavar="S", type=_count_or_name, help="how many there are, or the name of one")
    parser.add_argument("--gates", metavar="G", type=_count_or_name, help="how many there are, or the name of one")
    parser.add_argument(
        "--parameters", metavar="P", type=_count_or_name,
        help="how many there are, or the name, tensor, kind (matrix, vector, scalar, constant, fixed) or form of one",
    )  # fmt: skip
    json_option(parser, "the cells found")


def run(arguments: argparse.Namespace) -> int:
    """Print the cells that have all that is asked for. Returns 1 where none has."""
    found = catalogue.search(
        " ".join([*arguments.words, *arguments.search]),
        year=arguments.year,
        states=arguments.states,
        gates=arguments.gates,
        parameters=arguments.parameters,
    )
    if arguments.json:
        print(json.dumps([about(cell) for cell in found], indent=2, ensure_ascii=False))
    elif found:
        width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 0
        print(_as_table(found, width))
    else:
        print("no cell of the catalogue has all that; `derive list` prints every cell", file=sys.stderr)
    return 0 if found else 1


def _as_table(cells: tuple[Cell, ...], width: int) -> str:
    """One row a cell; formulas and titles are cut where the row would be wider than that, unless it is 0."""
    head = ("name", "year", "states", "parameters", "title")
    rows = [(c.name, str(c.year or ""), _states(c), in_letters(c.parameter_count), c.title) for c in cells]
    widths = [max(map(len, column)) for column in zip(*[head, *rows], strict=True)]
    if width:
        widths[-2] = min(widths[-2], 38)  # the formulas of some cells are longer than a terminal
        widths[-1] = max(12, min(widths[-1], width - sum(widths[:-1]) - 2 * (len(head) - 1)))
    lines = [_row(head, widths), "─" * (sum(widths) + 2 * (len(head) - 1)), *(_row(row, widths) for row in rows)]
    sizes = ", ".join(f"{letter} = {size}" for size, letter in SIZE_LETTERS.items())
    count = counted(len(cells), "cell")
    return "\n".join([*lines, "", f"{count}; {sizes}; `derive show NAME` says more"])


def _states(cell: Cell) -> str:
    """The states; a complex one is one."""
    whole_of = {part.target.name: line.target.name for line in cell.complexes for part in line.parts}
    return " ".join(dict.fromkeys(whole_of.get(s, s) for s in cell.states))


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    cut = [c if len(c) <= w else c[: w - 1] + "…" for c, w in zip(cells, widths, strict=True)]
    return "  ".join(f"{c:<{w}}" for c, w in zip(cut, widths, strict=True)).rstrip()


def _years(text: str) -> Container[int]:
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{shown(text)} is no year; give one such as 2014, or several such as 2014-2017"
        )
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins; did you mean {last}-{first}?")
    return range(first, last + 1)


def _count_or_name(text: str) -> int | str:
    count = whole(text)
    return text if count is None else count
