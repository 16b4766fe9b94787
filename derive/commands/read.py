"""``derive read``: a paper's equations, or somebody's module of one step, as a cell."""

from __future__ import annotations

import argparse
import json
from typing import Any

from derive.commands.common import json_option, whole
from derive.definition.cell import Cell
from derive.errors import DeriveError, shown
from derive.intake.load import read, read_equations, the_cell

_PLAIN = ("input_size", "hidden_size", "states", "inputs", "label", "input")  # options that are passed on as they are
SUMMARY = "read a cell from a paper's LaTeX or from a hand-written PyTorch module of one step"
EXAMPLES = """\
  derive read paper.tex                          the equations of a paper, and what was assumed of its letters
  derive read paper.tex --label eq:gru           those of one display
  derive read paper.tex --each                   every equation by itself: how it is bracketed, or why it is not read
  derive read paper.tex --each --json            the same as a list: line, equation, read, why
  derive read paper.tex --function phi=tanh --role alpha=scalar
  derive read model.py:MyCell                    the class, built with sizes of our own
  derive read model.py:my_cell                   an instance, as it is
  derive read model.py:TimeCell --inputs dt=1    its argument dt is an input as well, one number
  derive read model.py:MyCell --python > cell.py the @cell function, to go on with
  derive read model.py:MyCell --json

TeX is parsed and never run. A Python file is run, as import would; its step is called as
module(x, h), module(x, (h, c)), module(x, h, c) or module(h, x)."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="paper.tex, or a Python file and a class or an instance in it")
    parser.add_argument("--label", help="of the display to read, as in \\label{eq:gru}")
    parser.add_argument("--input", metavar="x", help="the letter of the input, of several all: x,a")
    reading_options(parser)
    parser.add_argument("--each", action="store_true", help="every equation of a paper by itself, read or why not")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--python", action="store_true", help="the cell as Python text")
    json_option(form, "equations, weights and differences")


def reading_options(parser: argparse.ArgumentParser) -> None:
    """How a module is built and called, and what the letters of a paper are."""
    parser.add_argument("--input-size", metavar="N", type=_size, help="features of a module's input")
    parser.add_argument("--hidden-size", metavar="N", type=_size, help="features of a module's states")
    parser.add_argument("--states", metavar="h,c", type=lambda s: tuple(s.split(",")), help="names of the states")
    parser.add_argument(
        "--inputs", metavar="dt=1,m", type=_inputs, help="a module's further inputs, with their numbers of features"
    )
    parser.add_argument("--function", metavar="phi=tanh", action="append", default=[], help="what a letter stands for")
    parser.add_argument("--role", metavar="alpha=scalar", action="append", default=[], help="what a letter is")


def how(arguments: argparse.Namespace) -> dict[str, Any]:
    """What ``reading_options`` were given."""
    given = {name: getattr(arguments, name, None) for name in _PLAIN}
    given |= {"functions": _pairs(arguments.function), "roles": _pairs(arguments.role)}
    return {name: value for name, value in given.items() if value}


def run(arguments: argparse.Namespace) -> int:
    """Read a paper or a module and print it as a cell."""
    if arguments.each:
        return _each(arguments)
    found = read(arguments.file, **how(arguments))
    if arguments.python:
        print(the_cell(found).python(), end="")
    elif isinstance(found, Cell):
        raise DeriveError(f"{arguments.file} is a cell already; derive show prints it")
    else:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if arguments.json else found)
    return 0


def _each(arguments: argparse.Namespace) -> int:
    """Print each equation of a paper; 1 where one is not read."""
    if not arguments.file.endswith(".tex"):
        raise DeriveError(f"{arguments.file}: --each is of a paper's equations; give a file that ends in .tex")
    if arguments.python:
        raise DeriveError("--each prints equations by themselves, --python the cell that they are: leave out one")
    found = read_equations(arguments.file, **how(arguments))
    if arguments.json:
        print(json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False))
    for one in found if not arguments.json else ():
        print(f"{arguments.file}:{one.line}: " + (f"not read: {one.told}" if one.why else one.said or "left out"))
    return 1 if any(one.why for one in found) else 0


def _pairs(words: list[str]) -> dict[str, str]:
    """``phi=tanh`` as a pair."""
    pairs = [word.partition("=") for word in words]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise DeriveError(f"{shown(name + sign + value)} is no pair of a letter and what it is, such as phi=tanh")
    return {name: value for name, _, value in pairs}


def _inputs(text: str) -> dict[str, int | None]:
    """``dt=1,m`` as names with their numbers of features, where these are said."""
    pairs = [word.partition("=") for word in text.split(",")]
    return {name: _size(size) if sign else None for name, sign, size in pairs}


def _size(text: str) -> int:
    size = whole(text)
    if not size:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of features; give 1 or more")
    return size
