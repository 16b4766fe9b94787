"""What a run is given, field by field: checked, and exact from then on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.cells.load import load_cell
from derive.definition.cell import Cell
from derive.errors import RunError, counted, shortened, shown
from derive.notation.formula import LETTERS
from derive.notation.page import page_of
from derive.notation.prose import plain, prose
from derive.notation.words import words
from derive.run import chance, given
from derive.run.named import Kind, spots
from derive.run.printed_weights import in_one_bias, stacked
from derive.run.tensors import exact_tensor, shape
from derive.run.weights import check_tensors
from derive.run.written_tables import WrittenTable, line, place, read_table
from derive.symbolic.expressions import INPUT

if TYPE_CHECKING:
    from derive.run.data import Run


def exact(run: Run) -> dict[str, Any]:
    """The fields that are kept otherwise than they are given, by name."""
    cell = load_cell(run.cell) if isinstance(run.cell, str) else run.cell
    if not isinstance(cell, Cell):
        raise RunError(f"cell is {shown(cell)}, expected a Cell or the name of one, such as 'lstm'")
    x = exact_tensor(run.x, "x")
    found = shape(x, "x")
    if len(found) != 2 or 0 in found:
        raise RunError(f"x has shape {found}, expected (T, input_size): one row of input_size numbers per time step")
    sizes = {k: given.count(v, k) for k, v in run.sizes.items()}
    if sizes.setdefault(INPUT, found[1]) != found[1]:
        raise RunError(f"x has shape {found}, expected (T, input_size) = ({found[0]}, {sizes[INPUT]})")
    inputs = given.inputs(cell, run.inputs, sizes, len(x))
    masks = chance.given_masks(cell, run.inputs, sizes, len(x))
    weights = run.weights if run.other_tensors else stacked(cell, run.weights)
    learned = given.learned(cell, run.weights) if run.other_tensors else {}
    sizes, tensors = check_tensors(cell, weights, sizes, run.other_tensors)
    inputs |= chance.all_masks(cell, masks, run.seed, sizes, len(x))
    style = given.style(run.notation, run.bold, run.names)
    cell, tensors = in_one_bias(cell, style, tensors, sizes)
    return {
        "cell": cell, "x": x, "inputs": inputs, "weights": tensors, "sizes": sizes,
        "initial": given.initial(cell, {**learned, **run.initial}, sizes),
        "decimals": given.printed_with(run.decimals, run.significant),
        "columns": given.columns(run.columns, len(x)),
        "claims": tuple(p for k, c in enumerate(run.claims, 1) for p in given.claims(c, k)),
        "title": prose(run.title, "title") or prose(cell.title, "the title of the cell"),
        "caption": prose(run.caption, "caption"), "layout": page_of(run.layout),
        "tables": given.kind_of_tables(run.tables), "label": given.label(run.label, run.path, cell.name),
        "notation": replace(cell.notation, style=style, time=run.t),
        "loss": given.loss(run.loss, cell, sizes, len(x)),
        "lr": None if run.lr is None else given.learning_rate(run.lr),
    }  # fmt: skip


def check_words(run: Run) -> None:
    """Names, language and time index, and what a learning rate and a table worked by hand need."""
    given.check_names(run.notation, run.loss, run.t)
    if run.lr is not None and run.loss is None:
        raise RunError("lr is given, and the run has no loss to descend on; give it one, or drop lr")
    if run.hand_decimals is not None:
        given.decimals_of(run.hand_decimals, "hand_decimals")
    for name in ("language", "t"):
        if not isinstance(getattr(run, name), str):
            raise RunError(f"{name} is {shown(getattr(run, name))}, expected a text")
    words(run.language)
    if run.t not in LETTERS and not re.fullmatch("[A-Za-z]", run.t):
        wanted = r"the letter of the time index, such as t or \tau (in TOML '\tau', in single quotes)"
        raise RunError(f"names.t is {shortened(run.t)!r}, expected {wanted}")


def rows(run: Run, key: str, table: Any, entry: Any) -> dict[str, tuple[Any, ...]]:
    """A table of rows by name, or in a file, each as long as what it is of; entry: an entry of it, checked.

    Raises RunError, naming the key, the row and where it stands.
    """
    mark = words(run.language)["decimal mark"]
    if isinstance(table, str | Path):
        table = read_table(table, key, mark, [plain(text) for text in run.columns])
    if not isinstance(table, Mapping):
        raise RunError(f"{key} is {shown(table)}, expected a table with a row for each quantity, or its file")
    read = {}
    for name, row in table.items():
        try:
            found = spots(run, name)
        except RunError as e:
            raise RunError(f"{line(table, key, name)}: {e}") from None
        where = place(table, key, name)
        wanted = f"{len(found)}: one per {'time step of x' if found[0].t else 'entry of it'}"
        if found[0].kind is Kind.LOSS and not isinstance(row, list | tuple):
            row = [row]
        if not isinstance(row, list | tuple):
            raise RunError(f"{where} is {shown(row)}, expected a list of {wanted}")
        if len(row) != len(found):
            raise RunError(f"{where} has {counted(len(row), 'entry', 'entries')}, expected {wanted}")
        pointed = (given.pointed(value, mark) for value in row)
        read[name] = tuple(entry(value, place(table, key, name, k)) for k, value in enumerate(pointed))
    return WrittenTable(read, table.source, table.lines) if isinstance(table, WrittenTable) else read
