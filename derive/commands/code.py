"""``derive code``: the PyTorch modules, or a network as plain C99."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.backends import package
from derive.backends.c.backend import machine
from derive.backends.c.files import cell_files, variants
from derive.backends.torch.emit import generated_files
from derive.backends.torch.record import Record
from derive.cells import catalogue
from derive.cells.load import load_cell
from derive.commands.common import (
    CELL,
    GENERATED,
    each,
    json_option,
    named,
    output_option,
    progress,
    report,
    sizes_of,
    whole,
)
from derive.definition.cell import Cell
from derive.errors import DeriveError, listing, shown
from derive.writing import write_files

if TYPE_CHECKING:
    from derive.backends.c.standalone.network import Network

SUMMARY = "write the PyTorch modules of cells, or a network as C"
EXAMPLES = """\
  derive code                                every cell of the catalogue into generated/
  derive code my_cells.py:my_lstm -o model/  one cell, and the machinery that it needs
  derive code gru --c -o firmware/ --weights gru.pt --readout head.
  derive code lstm --c -o firmware/ --input-size 3 --hidden-size 16 --layers 2

The cells of one folder are named together: its README.md and __init__.py list those that are named, and no others.
Of the whole catalogue only the cells whose definition changed are derived again; a hidden file in the folder records
which definition gave which file, and may be deleted.

With --c: a header and a source in C99 without any library, for inference on small machines, and NAME_check.c, which
compares them with the equations in float64. docs/standalone.md has an example."""

#: The options of --c, by what argparse calls them, and what they are where they are not given.
_OF_C: dict[str, Any] = {
    "weights": None, "prefix": "", "readout": "", "input_size": None, "hidden_size": None, "proj_size": None,
    "sizes": [], "layers": None, "bidirectional": False, "double": False, "constants": [], "json": False,
}  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cells", metavar="CELL", nargs="*", help=f"{CELL} (default: all)")
    output_option(parser, GENERATED)
    parser.add_argument("--compile", action="store_true", help="compile the C files now, which the first use does else")
    parser.add_argument("--c", action="store_true", help="plain C99 for inference, of one cell; needs -o")
    of_c = parser.add_argument_group("with --c")
    of_c.add_argument("--weights", metavar="FILE", type=Path, help="a state_dict, .pt or .safetensors")
    of_c.add_argument("--prefix", default="", help="what its names have before weight_ih_l0, such as lstm.")
    of_c.add_argument("--readout", metavar="PREFIX", default="", help="an nn.Linear of it that reads the output: head.")
    for size, what in {"input": "features", "hidden": "units", "proj": "projected units"}.items():
        of_c.add_argument(f"--{size}-size", metavar="N", type=_size, help=f"{what}, where no file tells")
    of_c.add_argument(
        "--size", metavar="NAME=N", action="append", default=[], dest="sizes", help="a size of the cell's own"
    )
    of_c.add_argument("--layers", metavar="N", type=_size, help="layers, where no file tells (default: 1)")
    of_c.add_argument("--bidirectional", action="store_true", help="both directions, where no file tells")
    of_c.add_argument("--double", action="store_true", help="double in the place of float")
    of_c.add_argument(
        "--set", metavar="NAME=NUMBER", action="append", default=[], dest="constants", help="a constant of the cell"
    )
    json_option(of_c, "files and sizes")


def run(arguments: argparse.Namespace) -> int:
    """Write the modules of cells, or one network in C."""
    if arguments.c:
        if arguments.compile:
            raise DeriveError("--compile is for the files of PyTorch modules; a network of --c is compiled with cc")
        return _standalone(arguments)
    for name, default in _OF_C.items():
        if getattr(arguments, name) != default:
            option = {"constants": "--set", "sizes": "--size"}.get(name, f"--{name.replace('_', '-')}")
            raise DeriveError(f"{option} goes with --c, which writes a network in C; leave it out, or add --c")
    out = arguments.output or GENERATED
    cells = [load_cell(name) for name in arguments.cells]
    if cells:
        files = {out / name: text for name, text in generated_files(cells, each=each).items()}
        report(files, write_files(out, files))
    else:
        record = Record(out)
        files = {out / name: text for name, text in generated_files(files=record.files, each=each).items()}
        report(files, write_files(out, files | record.of(catalogue.values(), files)))
    if arguments.compile:
        _compile(cells)
    return 0


def _compile(cells: Sequence[Cell]) -> None:
    """Compile the C files of cells, of the whole catalogue by default, in both types, into the user's cache."""
    chosen = list(cells or catalogue.values())
    for cell in progress(chosen, [cell.name for cell in chosen]):
        if not cell_files(cell):
            print(f"{cell.name}: it has no C files, and runs in PyTorch alone")
        for one in variants(cell) if cell_files(cell) else ():
            for double in (False, True):
                machine(one.cell, double=double)
    if reasons := package.module("compiled").not_kept:
        raise DeriveError(
            f"what was compiled cannot be kept for later: {reasons[0]}; set DERIVE_CACHE to another folder"
        )
    print(f"{len(chosen)} compiled for this processor, in float32 and float64")


def _standalone(arguments: argparse.Namespace) -> int:
    """Write a network in C, and print what it takes."""
    if len(arguments.cells) != 1 or arguments.output is None:
        raise DeriveError("--c writes one cell to a folder of its own: derive code CELL --c -o DIR")
    network = _network(arguments)
    from derive.backends.c.standalone.emit import Sources
    from derive.backends.c.standalone.footprint import code_bytes

    sources = Sources(network)
    named = sources.files()
    files = {arguments.output / file: text for file, text in named.items()}
    code = code_bytes(sources.name, named)
    gone = [] if network.trained else [arguments.output / f"{sources.name}_weights.c"]
    changed = write_files(arguments.output, files, gone)
    sizes = {"weights": sources.weight_bytes, "state": sources.state_bytes, "code": code[0] if code else None}
    if arguments.json:
        print(
            json.dumps(
                {
                    "files": [str(path) for path in files],
                    "bytes": sizes,
                    "compiler": code[1] if code else None,
                    "unused": list(network.unused),
                },
                indent=2,
                ensure_ascii=False,
            )
        )
        return 0
    report(files, changed)
    print(f"weights  {sizes['weights']:>9} bytes")
    print(f"state    {sizes['state']:>9} bytes for each sequence")
    print(f"code     {code[0]:>9} bytes ({code[1]})" if code else "code             ? no C compiler compiled it")
    if network.unused:
        print(f"not used of {arguments.weights.name}: {listing(network.unused)}")
    return 0


def _network(arguments: argparse.Namespace) -> Network:
    try:
        from derive.backends.c.standalone.made_up import untrained
        from derive.backends.c.standalone.network import with_constants
        from derive.backends.c.standalone.state_dict import trained
    except ModuleNotFoundError as e:
        raise DeriveError(f"--c needs {e.name}, which is not installed: pip install {e.name}") from None
    constants = named(arguments.constants, "--set", "NAME=NUMBER, such as epsilon=0.01")
    cell = with_constants(load_cell(arguments.cells[0]), constants)
    given = {size: getattr(arguments, size) for size in ("input_size", "hidden_size", "proj_size")}
    known = {size: n for size, n in given.items() if n is not None}
    known |= sizes_of(arguments.sizes)
    if arguments.weights is None:
        for option in ("prefix", "readout"):
            if getattr(arguments, option):
                raise DeriveError(f"--{option} names tensors of a file, and there is none; add --weights FILE")
        return untrained(cell, known, arguments.layers or 1, 1 + arguments.bidirectional, arguments.double)
    found = trained(cell, arguments.weights, known, arguments.double, arguments.prefix, arguments.readout)
    if arguments.layers not in (None, len(found.layers)):
        raise DeriveError(
            f"--layers {arguments.layers}: {arguments.weights.name} has {len(found.layers)}; leave it out"
        )
    if arguments.bidirectional and found.directions == 1:
        raise DeriveError(f"--bidirectional: {arguments.weights.name} has no weights ending in _reverse; leave it out")
    return found


def _size(text: str) -> int:
    if not (number := whole(text)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a positive number")
    return number
