"""The files of the C backend: one for each cell, and the machinery that all share."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from derive.backends.c.schedule import program
from derive.backends.c.text import cell_text
from derive.definition.cell import Cell
from derive.errors import UnsupportedExpression
from derive.files import environment
from derive.plan.build import build
from derive.plan.passes import PASSES, run
from derive.plan.passes.hoist import defer_gradients, hoist_coefficients
from derive.plan.plan import Plan

#: A compiled loop has each quantity at hand as it goes back, and computes a formula faster than it reads its value.
C_PASSES = tuple(p for p in PASSES if p not in (defer_gradients, hoist_coefficients))
#: Compiled once for all cells, then loaded beside each cell's own library.
UNITS = ("calls.c", "kernels.c")
#: What compiles, loads and calls it.
PYTHON = ("choices.py", "compiled.py", "compiler.py", "machine.py")
HEADERS = (
    "accumulate.h",
    "callers.h",
    "cell.h",
    "coefficients.h",
    "digits.h",
    "functions.h",
    "gradients.h",
    "layers.h",
    "making.h",
    "memory.h",
    "packing.h",
    "parted.h",
    "parts.h",
    "passes.h",
    "places.h",
    "power.h",
    "products.h",
    "reductions.h",
    "sequence.h",
    "steps.h",
    "team.h",
    "tensors.h",
    "tiles.h",
    "trial.h",
    "trigonometric.h",
    "vectors.h",
    "weights.h",
)


def c_plan(cell: Cell) -> Plan:
    """The plan of a cell, without the choices that its layers have, after the passes that suit C."""
    return run(build(cell), C_PASSES)


class Variant(NamedTuple):
    """A cell as its layers may choose it: an activation, "projection", or both; "" where there is no choice."""

    choice: str
    file: str
    cell: Cell


@lru_cache(256)
def variants(cell: Cell) -> tuple[Variant, ...]:
    """A cell for each choice that its layers have."""
    found = []
    has_choice = cell.projection or cell.nonlinearities
    plain = replace(cell, projection=False, nonlinearities=()) if has_choice else cell
    first = next(iter(cell.nonlinearities), "")
    for name in cell.nonlinearities or ("",):
        one = plain if name == first else plain.with_activations(**{first: name})
        stem = "_".join(filter(None, (cell.name, name)))
        found.append(Variant(name, f"{stem}.c", one))
        if cell.projection:
            found.append(
                Variant(f"{name} projection".strip(), f"{stem}_projected.c", (one if name else cell).projected())
            )
    return tuple(found)


def first_variants(cell: Cell) -> dict[bool, Cell]:
    """The first variant without a projection and, where there is one, with it."""
    return {"projection" in one.choice: one.cell for one in reversed(variants(cell))}


def module_text(cell: Cell) -> str:
    """The text of one cell's file.

    Raises UnsupportedExpression, naming the cell and the node, for a formula without a spelling in C.
    """
    note = "\n".join(f"    {line}".rstrip() for line in cell.unicode().splitlines())
    about = textwrap.fill(f"{cell.title}. One time step:", 115)
    try:
        text = cell_text(program(c_plan(cell)))
    except UnsupportedExpression as error:
        raise UnsupportedExpression(f"cell {cell.name!r}: {error}") from None
    return environment("c").get_template("cell.c.j2").render(about=about, equations=note, text=text)


@lru_cache(1024)
def cell_files(cell: Cell) -> dict[str, str]:
    """The files of a cell's variants by name; none where a formula has no spelling in C."""
    try:
        return {one.file: module_text(one.cell) for one in variants(cell)}
    except UnsupportedExpression:
        return {}


@cache
def machinery(files: tuple[str, ...] = (*HEADERS, *UNITS)) -> dict[str, str]:
    """The files that every cell's file needs beside it."""
    c = environment("c")
    assert c.loader is not None
    return {file: c.loader.get_source(c, file)[0] for file in files}
