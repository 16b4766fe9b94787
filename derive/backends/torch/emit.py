"""The text of the generated PyTorch modules: a cell in, the files of ``generated/`` out.

Lines (shapes, docstring entries, assignments) are written in Python; their place on the page is the template's. The
text needs torch alone and is laid out as ``ruff format`` leaves it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from derive.backends.c.files import PYTHON, cell_files, machinery
from derive.backends.torch.module import Module
from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.errors import DefinitionError, UnsupportedExpression
from derive.files import environment
from derive.processes import Each

#: The files that all generated modules share; in ``templates/torch/`` they stand as they are.
MACHINERY = (
    *("backward.py", "beyond.py", "callers.py", "chance.py", "checks.py", "direct.py", "fixed.py", "inputs.py"),
    "kernels.py",
    *("lookup.py", "loops.py", "machines.py", "matrices.py", "module.py", "operators.py", "parallel.py"),
    *("recurrent.py", "scans.py", "slopes.py", "stacks.py", "streams.py", "traces.py"),
)


def generated_files(
    cells: Iterable[Cell] | None = None, files: Callable[[Cell], dict[str, str]] | None = None, each: Each = map
) -> dict[str, str]:
    """The files of ``generated/`` by relative path: those of each cell (of the whole catalogue by default), the
    machinery that they share, and an index. files: what gives a cell's, ``module_files`` by default; each: what asks it
    of every cell.

    Raises DefinitionError where two cells would get classes of one name, UnsupportedExpression for a formula without
    PyTorch spelling.
    """
    chosen = list(dict.fromkeys(catalogue.values() if cells is None else cells))
    owners: dict[tuple[str, str], Cell] = {}
    for cell in chosen:
        if f"{cell.name}.py" in MACHINERY:
            raise DefinitionError(
                f"cell {cell.name!r}{cell.where}: {cell.name}.py is a file of the machinery; rename it"
            )
        for name in (cell.class_name, f"{cell.class_name}Cell"):
            if (other := owners.setdefault(("class", name), cell)) is not cell:
                raise DefinitionError(
                    f"cells {other.name!r} and {cell.name!r} both have class {name}; give one another,"
                    f' @cell("...", class_name="My{name}")'
                )
        if (other := owners.setdefault(("file", cell.name), cell)) is not cell:
            raise DefinitionError(
                f"cells of {other.title!r}{other.where} and {cell.title!r}{cell.where} would both be {cell.name}.py;"
                " rename one"
            )
    classes = [name for cell in chosen for name in (cell.class_name, f"{cell.class_name}Cell")]
    index = {"cells": sorted(chosen, key=lambda cell: cell.name), "classes": sorted(classes, key=_as_sorted)}
    whole = cells is None  # then the folder is generated/
    machinery = ", ".join(f"`{file}`" for file in sorted(shared_files()) if "/" not in file)
    return {
        "README.md": _render("README.md.j2", **index, whole=whole, machinery=machinery),
        "__init__.py": _render("__init__.py.j2", **index),
        **shared_files(),
        **{file: text for found in each(files or module_files, chosen) for file, text in found.items()},
    }


def module_files(cell: Cell) -> dict[str, str]:
    """The files of one cell: its module, and its C files, which the module runs where it can. A C file names the text
    of the module that it belongs to, so that a module that somebody has changed runs as it reads."""
    text = module_text(cell)
    digest = hashlib.sha256(text.encode()).hexdigest()
    note = f"/* Of {cell.name}.py as it was written, SHA-256 {digest} */\n"
    return {f"{cell.name}.py": text, **{f"c/{file}": note + body for file, body in cell_files(cell).items()}}


def shared_files() -> dict[str, str]:
    """The files that all generated modules need beside them."""
    c = {f"c/{file}": text for file, text in machinery().items()}
    names = "\n".join(sorted(machinery()))
    return {**{file: machinery_text(file) for file in MACHINERY}, **machinery(PYTHON), **c, "c/files.txt": f"{names}\n"}


def machinery_text(file: str) -> str:
    """The text of one of the files in ``MACHINERY``, which every generated module needs beside it."""
    torch = environment("torch")
    assert torch.loader is not None
    return _render("machinery.py.j2", file=file, text=torch.loader.get_source(torch, file)[0])


@lru_cache(maxsize=256)  # a cell never changes, and its layer, its file and its record all ask for the same text
def module_text(cell: Cell) -> str:
    """The text of one cell's module.

    Raises UnsupportedExpression, naming the cell and the node, for a formula without PyTorch spelling.
    """
    try:
        return _render("cell.py.j2", m=Module(cell))
    except UnsupportedExpression as e:
        raise UnsupportedExpression(f"cell {cell.name!r}: {e}") from None


def _as_sorted(name: str) -> tuple[object, ...]:
    """The order of names that linters ask of ``__all__``: constants first, numbers by value."""
    return not name.isupper(), [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _render(template: str, **values: object) -> str:
    return environment("torch").get_template(template).render(**values)
