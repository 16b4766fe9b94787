"""The shell's way in: ``derive show|tables|code|check|fresh``.

Every command reads its input whole before it writes anything. What is wrong with the input comes out as one line on
stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.cell import Cell

GENERATED = Path("generated")
EXAMPLES = Path("examples")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, 1 (disagreement, stale files) or 2 (bad input); 130 and 141 as shells expect."""
    try:
        arguments = _parser().parse_args(argv)
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


# ---------------------------------------------------------------------- the commands


def show(arguments: argparse.Namespace) -> int:
    """Print a cell."""
    from derive.load import load_cell

    cell = load_cell(arguments.cell)
    if arguments.json:
        print(json.dumps(_as_json(cell), indent=2, ensure_ascii=False))
    elif arguments.latex:
        print(cell.latex())
    else:
        print(_as_text(cell))
    return 0


def tables(arguments: argparse.Namespace) -> int:
    """Write the tables of runs."""
    from derive.files import write_files
    from derive.render.pdf import typeset
    from derive.tables import FRAGMENTS, table_files

    paths = [Path(p) for p in arguments.runs] or _examples()
    out = arguments.output or GENERATED / "tables"
    files = {out / path.stem / name: text for path in _progress(paths) for name, text in table_files(path).items()}
    folders = [out / path.stem for path in paths]
    outdated = [f / name for f in folders for name in FRAGMENTS if f / name not in files and (f / name).is_file()]
    _report(files, write_files(files, tuple(outdated)))
    typeset(folders)
    return 0


def code(arguments: argparse.Namespace) -> int:
    """Write the modules of cells."""
    from derive.files import write_files

    files = _code_files(arguments.cells, arguments.output or GENERATED)
    _report(files, write_files(files))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Compare the hand-made table of a run with the exact cell."""
    from derive.run_file import load_run

    result = load_run(arguments.run).check(arguments.decimals)
    print(json.dumps(result.to_json(), indent=2, ensure_ascii=False) if arguments.json else result)
    return 0 if result.agrees else 1


def fresh(arguments: argparse.Namespace) -> int:
    """Compare generated/ with what the equations give now."""
    from derive.files import stale
    from derive.tables import table_files

    expected = {
        GENERATED / "tables" / p.stem / name: t for p in _progress(_examples()) for name, t in table_files(p).items()
    }
    expected |= _code_files([], GENERATED)
    found = stale(expected, GENERATED)
    for path, diff, reason in found:
        print(diff, end="")
        print(f"{path}: {reason}; {_remedy(path, reason)}")
    if not found:
        print(f"{GENERATED} is what the equations give: {len(expected)} files")
    return 1 if found else 0


def _remedy(path: Path, reason: str) -> str:
    if reason == "nothing generates it":
        return f"rm {path}"
    return "make tables" if path.is_relative_to(GENERATED / "tables") else "make code"


def _code_files(cells: list[str], out: Path) -> dict[Path, str]:
    from derive.emit import generated_files
    from derive.load import load_cell

    chosen = [load_cell(name) for name in cells]
    files = generated_files(chosen) if chosen else generated_files()
    return {out / name: text for name, text in files.items()}


def _examples() -> list[Path]:
    found = sorted(EXAMPLES.glob("*.toml"))
    if not found:
        raise DeriveError(f"there is no {EXAMPLES}/*.toml here; name a run file, or change to the folder that has them")
    return found


def _progress(paths: list[Path]) -> Iterable[Path]:
    """The paths one by one; a person at a terminal sees which one is being worked on."""
    for k, path in enumerate(paths, 1):
        if sys.stderr.isatty():
            print(f"\r\x1b[K[{k}/{len(paths)}] {path}", end="", file=sys.stderr, flush=True)
        yield path
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _report(files: dict[Path, str], changed: list[Path]) -> None:
    for path in changed:
        print(path)
    same = len(files) - len(changed)
    print(f"{len(changed)} written, {same} already up to date")


# ---------------------------------------------------------------------- a cell in words


def _as_text(cell: Cell) -> str:
    parameters = [f"  {p.name:<8} {_shape(p):<28} {p.tensor}" for p in cell.parameters]
    lines = [repr(cell), "", f"{len(cell.statements)} statements; states: {', '.join(cell.states)}", "Parameters"]
    lines += [row.rstrip() for row in parameters]
    lines += [f"Source: {cell.source}"] if cell.source else []
    lines += [f"Note: {' '.join(cell.note.split())}"] if cell.note else []
    return "\n".join(lines)


def _shape(parameter: Any) -> str:
    sizes = [s for s in (parameter.rows, parameter.cols) if s]
    return f"({', '.join(sizes)})" if sizes else parameter.kind


def _as_json(cell: Cell) -> dict[str, Any]:
    notation = cell.notation
    return {
        "name": cell.name,
        "title": cell.title,
        "source": cell.source,
        "note": cell.note,
        "input": cell.input.name,
        "states": list(cell.states),
        "equations": [
            {"name": e.lhs.name, "unicode": notation.unicode(e.rhs), "latex": notation.latex(e.rhs)}
            for e in cell.equations
        ],
        "statements": [str(s) for s in cell.statements],
        "parameters": [
            {"name": p.name, "kind": p.kind, "shape": [s for s in (p.rows, p.cols) if s], "tensor": p.tensor}
            for p in cell.parameters
        ],
    }


# ---------------------------------------------------------------------- the command line

DERIVE = """\
A cell is named as in the catalogue (lstm, gru, ...) or as path/to/file.py:NAME.
A run is a TOML file: cell, weights, inputs, claims and a hand-made table; see examples/lecture.toml.

  derive show lstm                     the equations, at a glance
  derive tables examples/lecture.toml  every step of a run as LaTeX, HTML and JSON
  derive check examples/lecture.toml   is the table worked by hand right?

derive COMMAND --help says more. Exit status: 0 done, 1 a disagreement, 2 bad input."""

SHOW = """\
  derive show gru
  derive show lstm --latex >> paper.tex
  derive show my_cells.py:my_lstm --json"""

TABLES = """\
  derive tables                         every examples/*.toml into generated/tables/
  derive tables my_run.toml -o slides/  into slides/my_run/

A folder gets LaTeX fragments to \\input (equations, values, hand, derivation; approximation where the run makes claims,
check where it has a hand-made table), the steps as .json and .html, and preview.tex, which shows all fragments
(preview.pdf too, where pdflatex is installed). A run file: `python -c "import derive.run_file as f; help(f)"`."""

CODE = """\
  derive code                                every cell of the catalogue into generated/
  derive code my_cells.py:my_lstm -o model/  one cell, and the machinery that it needs"""

CHECK = """\
  derive check examples/lecture.toml               at the decimals that the run states
  derive check examples/lecture.toml --decimals 2  at two

Exit status: 0 every value agrees, 1 one disagrees, 2 bad input."""

FRESH = """\
  derive fresh  a diff of every stale file and the command that mends it; exit status 1 where there is one"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="derive",
        description="A recurrent cell's equations, written once; tables and code derived from them.",
        epilog=DERIVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    p = _command(commands, show, "print a cell's equations, parameters and source", SHOW)
    p.add_argument("cell", metavar="CELL", help="a catalogue name, or path/to/file.py:NAME")
    form = p.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="an aligned environment")
    form.add_argument("--json", action="store_true", help="equations, statements and parameters for a program")

    p = _command(commands, tables, "write the step tables of runs as LaTeX, HTML and JSON", TABLES)
    p.add_argument("runs", metavar="RUN", nargs="*", help="a run's TOML file (default: examples/*.toml)")
    p.add_argument("-o", "--output", metavar="DIR", type=Path, help="folder to write to (default: generated/tables)")

    p = _command(commands, code, "write the PyTorch modules of cells", CODE)
    p.add_argument("cells", metavar="CELL", nargs="*", help="a catalogue name, or path/to/file.py:NAME (default: all)")
    p.add_argument("-o", "--output", metavar="DIR", type=Path, help="folder to write to (default: generated)")

    p = _command(commands, check, "compare a hand-made table with the exact cell", CHECK)
    p.add_argument("run", metavar="RUN", help="a run's TOML file with a hand-made table")
    p.add_argument("--decimals", metavar="N", type=_decimals, help="compare after rounding to N decimals")
    p.add_argument("--json", action="store_true", help="the comparison for a program")

    _command(commands, fresh, "say which file of generated/ is not what the equations give now", FRESH)
    return parser


def _command(commands: Any, function: Any, summary: str, examples: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        function.__name__,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    return parser


def _decimals(text: str) -> int:
    if not text.isdecimal() or int(text) > 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of decimals; give 0 to 50")
    return int(text)
