"""The shell's way in: ``derive COMMAND``; the commands are the modules of ``derive.commands``.

Every command reads its input whole before it writes anything. What is wrong with the input comes out as one line on
stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from derive.commands import NAMES
from derive.errors import DeriveError, shortened

LONGEST = 2000  # characters of a message

DERIVE = """\
A cell is named as in the catalogue (lstm, gru, ...) or as path/to/file.py:NAME.
A run is a TOML file: cell, weights, inputs, claims and a hand-made table; see examples/lecture.toml.

  derive list --year 2014-2017         the catalogue, searched
  derive show lstm                     equations, gradient, parameters, source
  derive tables examples/lecture.toml  every step of a run as LaTeX, HTML and JSON
  derive draw lstm -o lstm.svg          the diagram of a cell; of a step with its numbers; curves
  derive check examples/lecture.toml   is the table worked by hand right?
  derive certify examples/lecture.toml what do its approximations cost, for all inputs of a box?
  derive synthesise RUN --error 1e-3   the cheapest activations that keep its output within that error
  derive code lstm -o model/           a PyTorch module in place of nn.LSTM
  derive verify lstm                   do all of these say the same?

derive COMMAND --help says more. Exit status: 0 done, 1 a disagreement or nothing found, 2 bad input."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, 1 (disagreement, stale files) or 2 (bad input, or a standard output that is closed or
    full); 130 and 141 as shells expect."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):  # what is printed is UTF-8 like what is written, whatever the locale
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = _run(argv)
        sys.stdout.flush()
    except DeriveError as e:
        status = _refuse(str(e))
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        status = 141
    except OSError as e:
        what = f"{e.filename}:" if e.filename else "cannot write to standard output:"
        status = _refuse(f"{what} {'it is closed' if e.errno == errno.EBADF else e.strerror}")
    for stream in (sys.stdout, sys.stderr):
        _finish(stream)
    return status


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help(sys.stderr)
        return 2
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as e:  # of argparse, after help or a wrong command line
        return int(e.code or 0)
    status: int = arguments.command(arguments)
    return status


def _refuse(reason: str) -> int:
    with suppress(OSError):
        print(f"derive: {shortened(reason, LONGEST)}", file=sys.stderr)
    return 2


def _open_closed_streams() -> None:
    """Where the shell has closed a stream (``>&-``), Python has none, and the next file that is opened gets its number.
    Here it is the null device, open for reading: what is printed to it is an error, as it should be."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (handle := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(handle)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def _finish(stream: TextIO) -> None:
    """Write what waits to be written, or drop it where that is impossible: Python would try again when it ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Parser(argparse.ArgumentParser):
    """argparse says nothing where help cannot be written; here that is an error like any other."""

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message)


class _Version(argparse.Action):
    """Says which version is installed; what knows that is imported when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("derive-cells")
        except PackageNotFoundError:
            found = "of a source tree that is not installed"
        print(f"derive {found}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="derive",
        description="A recurrent cell's equations, written once; tables and code derived from them.",
        epilog=DERIVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show which version is installed")
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
