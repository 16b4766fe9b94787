"""The shell's way in: ``derive COMMAND``; the commands are the modules of ``derive.commands``.

Every command reads its input whole before it writes anything. What is wrong with the input comes out as one line on
stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from derive.commands import NAMES
from derive.errors import DeriveError

DERIVE = """\
A cell is named as in the catalogue (lstm, gru, ...) or as path/to/file.py:NAME.
A run is a TOML file: cell, weights, inputs, claims and a hand-made table; see examples/lecture.toml.

  derive list --year 2014-2017         the catalogue, searched
  derive show lstm                     equations, gradient, parameters, source
  derive tables examples/lecture.toml  every step of a run as LaTeX, HTML and JSON
  derive check examples/lecture.toml   is the table worked by hand right?
  derive code lstm -o model/           a PyTorch module in place of nn.LSTM
  derive verify lstm                   do all of these say the same?

derive COMMAND --help says more. Exit status: 0 done, 1 a disagreement or nothing found, 2 bad input."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, 1 (disagreement, stale files) or 2 (bad input); 130 and 141 as shells expect."""
    for stream in (sys.stdout, sys.stderr):  # what is printed is UTF-8 like what is written, whatever the locale
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    parser = _parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help(sys.stderr)
        return 2
    try:
        arguments = parser.parse_args(argv)
        status: int = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except DeriveError as e:
        print(f"derive: {' '.join(str(e).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="derive",
        description="A recurrent cell's equations, written once; tables and code derived from them.",
        epilog=DERIVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in NAMES:
        module = importlib.import_module(f"derive.commands.{name}")
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.SUMMARY[0].upper() + module.SUMMARY[1:] + ".",
            epilog=f"examples:\n{module.EXAMPLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.options(command)
        command.set_defaults(command=module.run)
    return parser
