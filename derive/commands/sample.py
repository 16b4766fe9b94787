"""Example numbers for a cell, so that its step tables can be looked at before anyone has chosen weights."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.definition.cell import Cell
from derive.definition.lower import state_size
from derive.run.weights import stacks
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

if TYPE_CHECKING:
    from derive.notation.page import Page

STEPS = 3
FAR = 1000
SIZES = {INPUT: 2, HIDDEN: 2, PROJ: 1}
CAPTION = "Weights and inputs are example numbers, drawn at random with one decimal."


def sample_numbers(cell: Cell) -> tuple[list[Any], dict[str, Any]]:
    """(x, weights): an input sequence and the cell's tensors, the same at every call; constants keep their defaults.

    Every number is one of ±0.1, ±0.2, ..., ±0.9.
    """
    draw = random.Random(0)

    def number() -> float:
        return (1 + int(9 * draw.random())) / (10 if draw.random() < 0.5 else -10)

    def tensor(shape: tuple[int, ...]) -> Any:
        return [tensor(shape[1:]) for _ in range(shape[0])] if shape else number()

    x = tensor((STEPS, SIZES[INPUT]))
    wanted = [s for s in stacks(cell).values() if s.parameters[0].kind != "constant"]
    return x, {s.name: tensor(s.expected(SIZES)) for s in wanted}


def sample_files(cell: Cell, name: str, folder: Path, page: Page | None = None) -> dict[str, str]:
    """The tables of a cell with example numbers and a loss, and the numbers as a run file.

    name: the cell as it was named on the command line; folder: where the files go, from where ``run.toml`` finds it;
    page: what the LaTeX is laid out for.
    """
    from derive.document.tables import files_of
    from derive.figures.files import figure_files
    from derive.run.data import Run

    x, weights = sample_numbers(cell)
    initial = sample_start(cell)
    loss = {"formula": f"{cell.states[0]}^2/2"}
    sizes, title, path = _sizes(cell), cell.title, Path(name)
    run = Run(cell, weights, x, initial, sizes, title=title, caption=CAPTION, loss=loss, path=path)
    text = _run_file(cell, name, folder, x, weights, initial, loss["formula"])
    return {**files_of(run, page), **figure_files(run), "run.toml": text}


def sample_start(cell: Cell) -> dict[str, list[int]]:
    """Zeros for states that start far from the example numbers: a stabiliser, beside sums that are 0 at first."""
    return {s: [0] * SIZES[state_size(s, cell.lines)] for s, start in cell.starts.items() if abs(start) > FAR}


def _sizes(cell: Cell) -> dict[str, int]:
    """The sizes that the cell has."""
    return {s: n for s, n in SIZES.items() if s != PROJ or PROJ in cell.sizes.values()}


def _run_file(
    cell: Cell, name: str, folder: Path, x: list[Any], weights: dict[str, Any], initial: dict[str, Any], formula: str
) -> str:
    """The run as TOML; a cell's file is named relative to the run file."""
    path, colon, attribute = name.rpartition(":")
    if not path.endswith(".py"):
        path, colon, attribute = name, "", ""
    if path.endswith(".py"):
        name = Path(os.path.relpath(path, folder)).as_posix() + colon + attribute
    lines = [
        f"# {CAPTION} Put your own in their place.",
        "",
        f'cell = "{name}"',
        f'caption = "{CAPTION}"',
        *(f"{size} = {count}" for size, count in _sizes(cell).items()),
        f"x = {x}",
        *(f"{state}0 = {value}" for state, value in initial.items()),
        "",
        "[weights]",
        *(f"{tensor} = {value}" for tensor, value in weights.items()),
        "",
        "[loss]",
        f'formula = "{formula}"',
    ]
    return "\n".join(lines) + "\n"
