"""What several commands share: where files go, progress on a terminal, the report of what was written."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from derive.definition.cell import Cell
from derive.errors import DeriveError, shown
from derive.exact.numeral import LARGEST_EXPONENT
from derive.processes import side_by_side

GENERATED = Path("generated")
EXAMPLES = Path("examples")
CELL = "a catalogue name, or path/to/file.py:NAME"

A = TypeVar("A")
T = TypeVar("T")


def output_option(parser: argparse.ArgumentParser, default: Path) -> None:
    """Add ``-o``."""
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help=f"folder to write to (default: {default.as_posix()})"
    )


def json_option(parser: argparse._ActionsContainer, what: str) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=f"{what} for a program")


def notation_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--notation``."""
    parser.add_argument(
        "--notation", metavar="NAME", help="how names are written in LaTeX: pytorch, one_bias (W_{xi}, one bias),"
        " goodfellow (bold, the time above), concatenated (W_i [h, x]), complex (of cells with complex quantities)",
    )  # fmt: skip


def whole(text: str) -> int | None:
    """The number that a word is, of the digits 0 to 9; None for another word, and for a number that none may be."""
    return int(text) if re.fullmatch(rf"\s*[0-9]{{1,{LARGEST_EXPONENT}}}\s*", text) else None


def named(texts: Sequence[str], option: str, expected: str) -> dict[str, str]:
    """What follows each name in options like NAME=NUMBER."""
    found = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals:
            raise DeriveError(f"{option} {shown(text)}: expected {expected}")
        found[name] = number
    return found


def sizes_of(texts: Sequence[str]) -> dict[str, int]:
    """What options ``--size NAME=N`` say."""
    found = {}
    for name, number in named(texts, "--size", "NAME=N, such as key=16").items():
        if not (n := whole(number)):
            raise DeriveError(f"--size {name}={number}: expected a positive number of units")
        found[name] = n
    return found


def about(cell: Cell) -> dict[str, Any]:
    """What a cell is, for a program."""
    return {
        "name": cell.name,
        "title": cell.title,
        "class": cell.class_name,
        "year": cell.year or None,
        "source": cell.source,
        "states": list(cell.states),
        "gates": list(cell.gates),
        "parameter_count": str(cell.parameter_count),
    }


def examples() -> list[Path]:
    """The run files of the examples. Raises DeriveError where there are none."""
    found = sorted(EXAMPLES.glob("*.toml"))
    if not found:
        raise DeriveError(f"there is no {EXAMPLES}/*.toml here; name a run file, or change to the folder that has them")
    return found


def each(function: Callable[[A], T], items: Sequence[A], /) -> Iterator[T]:
    """``side_by_side``, with progress."""
    return progress(side_by_side(function, items), [getattr(item, "name", item) for item in items])


def progress(items: Iterable[T], label: Sequence[object]) -> Iterator[T]:
    """The items one by one; a person at a terminal sees which one is being worked on."""
    shown, rest = sys.stderr.isatty(), iter(items)
    for k, name in enumerate(label, 1):
        if shown:
            print(f"\r\x1b[K[{k}/{len(label)}] {name}", end="", file=sys.stderr, flush=True)
        yield next(rest)
    if shown:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def report(files: dict[Path, str], changed: list[Path]) -> None:
    """Print those of the files that changed, and how many did not."""
    written = [path for path in changed if path in files]
    for path in written:
        print(path)
    print(f"{len(written)} written, {len(files) - len(written)} already up to date")
