"""``derive read``: somebody's module of one step as a cell."""

from __future__ import annotations

import argparse
import json
from typing import Any

from derive.commands.common import json_option, whole
from derive.errors import DeriveError, shown

SUMMARY = "read a hand-written PyTorch module of one step: its equations, weights, and a proof that they are its own"
EXAMPLES = """\
  derive read model.py:MyCell                    the class, built with sizes of our own
  derive read model.py:my_cell                   an instance, as it is
  derive read model.py:MyCell --python > cell.py the @cell function, to go on with
  derive read model.py:MyCell --json

The file is run, as import would. The step is called as module(x, h), module(x, (h, c)) or module(x, h, c)."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("module", metavar="FILE.py:NAME", help="a Python file and a class or an instance in it")
    size_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--python", action="store_true", help="the cell as Python text")
    json_option(form, "equations, weights and differences")


def size_options(parser: argparse.ArgumentParser) -> None:
    """How a module is built and called."""
    parser.add_argument("--input-size", metavar="N", type=_size, help="features of the input")
    parser.add_argument("--hidden-size", metavar="N", type=_size, help="features of a state")
    parser.add_argument("--states", metavar="h,c", type=lambda s: tuple(s.split(",")), help="names of the states")


def sizes(arguments: argparse.Namespace) -> dict[str, Any]:
    """What ``size_options`` were given."""
    given = {name: getattr(arguments, name) for name in ("input_size", "hidden_size", "states")}
    return {name: value for name, value in given.items() if value is not None}


def run(arguments: argparse.Namespace) -> int:
    """Read a module and print it as a cell."""
    from derive.definition.cell import Cell
    from derive.intake.load import read, the_cell

    found = read(arguments.module, **sizes(arguments))
    if arguments.python:
        print(the_cell(found).python(), end="")
    elif isinstance(found, Cell):
        raise DeriveError(f"{arguments.module} is a cell already; derive show prints it")
    else:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if arguments.json else found)
    return 0


def _size(text: str) -> int:
    size = whole(text)
    if not size:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of features; give 1 or more")
    return size
