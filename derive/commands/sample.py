"""Example numbers for a cell, so that its step tables can be looked at before anyone has chosen weights."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

from derive.definition.cell import Cell
from derive.notation.page import Page
from derive.run.data import Run
from derive.run.weights import stacks
from derive.statements.sizes import units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

STEPS = 3
FAR = 1000
SIZES = {INPUT: 2, HIDDEN: 2, PROJ: 1}
CAPTION = "Weights and inputs are example numbers, drawn at random with one decimal."


def sample_numbers(cell: Cell) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """(x, weights, inputs): an input sequence, the cell's tensors and its further inputs, the same at every call;
    constants keep their defaults.

    Every number is one of ±0.1, ±0.2, ..., ±0.9, those of further inputs, some of which are times, positive;
    masks are zeros and ones.
    """
    draw = random.Random(0)

    def number() -> float:
        return (1 + int(9 * draw.random())) / (10 if draw.random() < 0.5 else -10)

    def tensor(shape: tuple[int, ...]) -> Any:
        return [tensor(shape[1:]) for _ in range(shape[0])] if shape else number()

    x, sizes = tensor((STEPS, SIZES[INPUT])), SIZES | dict.fromkeys(cell.named_sizes, 2)
    wanted = [s for s in stacks(cell).values() if s.parameters[0].learned]
    weights = {s.name: tensor(s.expected(sizes)) for s in wanted}
    inputs: dict[str, Any] = {}
    inputs |= {i.name: [[abs(v) for v in row] for row in tensor((STEPS, units(i.size, sizes)))] for i in cell.given}
    for i in cell.draws:
        steps = 1 if i.chance and i.chance.per_sequence else STEPS
        rows = [[int(draw.random() < 0.5) for _ in range(units(i.size, sizes))] for _ in range(steps)]
        inputs[i.name] = rows[0] if i.chance and i.chance.per_sequence else rows
    return x, weights, inputs


def sample_files(
    cell: Cell, name: str, folder: Path, page: Page | None = None, notation: str | None = None, kind: str = ""
) -> dict[str, str]:
    """The tables of a cell with example numbers and a loss, and the numbers as a run file.

    name: the cell as it was named on the command line; folder: where the files go, from where ``run.toml`` finds it;
    page, kind: what the LaTeX is laid out for, and what stands around its tables; notation: how names are written.
    """
    from derive.document.tables import files_of
    from derive.figures.files import figure_files

    x, weights, inputs = sample_numbers(cell)
    initial = sample_start(cell)
    loss = {"formula": f"{cell.states[0]}^2/2"}
    about: dict[str, Any] = {"title": cell.title, "caption": CAPTION, "loss": loss, "path": Path(name)}
    about |= {} if notation is None else {"notation": notation}
    run = Run(cell, weights, x, initial, _sizes(cell), inputs=inputs, **about)
    text = _run_file(cell, name, folder, x, weights, inputs, initial, loss["formula"])
    return {**files_of(run, page, kind), **figure_files(run), "run.toml": text}


def sample_start(cell: Cell) -> dict[str, list[int]]:
    """Zeros for states that start far from the example numbers: a stabiliser, beside sums that are 0 at first."""
    far = [s for s, start in cell.starts.items() if abs(start) > FAR]
    sizes = _sizes(cell)
    return {s: [0] * units(cell.sizes[cell.previous(s)], sizes) for s in far}


def _sizes(cell: Cell) -> dict[str, int]:
    """The sizes that the cell has."""
    return {s: n for s, n in SIZES.items() if s != PROJ or PROJ in cell.sizes.values()} | _heads(cell)


def _heads(cell: Cell) -> dict[str, int]:
    """Two heads, where they have a name."""
    return {s: 2 for s in cell.heads if not s.isdecimal()}


def _run_file(
    cell: Cell,
    name: str,
    folder: Path,
    x: list[Any],
    weights: dict[str, Any],
    inputs: dict[str, Any],
    initial: dict[str, Any],
    formula: str,
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
        *(f"{size} = {count}" for size, count in _sizes(cell).items() if size in SIZES),
        *(f"sizes = {{{size} = {count}}}" for size, count in _heads(cell).items()),
        f"x = {x}",
        *(f"{state}0 = {value}" for state, value in initial.items()),
        *(["", "[inputs]", *(f"{other} = {rows}" for other, rows in inputs.items())] if inputs else []),
        "",
        "[weights]",
        *(f"{tensor} = {value}" for tensor, value in weights.items()),
        "",
        "[loss]",
        f'formula = "{formula}"',
    ]
    return "\n".join(lines) + "\n"
