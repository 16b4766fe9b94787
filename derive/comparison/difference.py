"""The step on which two cells differ, as a run file of the first with the values of the second beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from derive.cells import catalogue
from derive.comparison.by_numbers.numbers import HEADS, Trial
from derive.comparison.found import Comparison
from derive.comparison.words import equation
from derive.errors import DeriveError

DECIMALS = 6  # of the second cell's values


def difference(found: Comparison, path: Path) -> dict[Path, str]:
    """The files that show it: the run, and the first cell's definition beside it where that is none of the catalogue.

    Raises DeriveError for cells that are equal or agree on all numbers that were tried.
    """
    if found.trial is None or found.trial.agrees:
        raise DeriveError(f"no step was found on which {found.first.name} and {found.second.name} differ")
    if found.first in catalogue.values():
        return {path: _run(found, found.trial, found.first.name)}
    beside = path.with_suffix(".py")
    return {path: _run(found, found.trial, f"{beside.name}:{found.first.name}"), beside: found.first.python()}


def _run(found: Comparison, trial: Trial, cell: str) -> str:
    return "\n".join(_lines(found, trial, cell)) + "\n"


def _lines(found: Comparison, trial: Trial, cell: str) -> Iterator[str]:
    first, second = found.first, found.second
    yield f"# A step on which {first.name} and {second.name} differ: `derive check` says where."
    for side, name in zip((first, second), found.different, strict=True):
        if name:
            yield f"# {side.name}: {equation(side, name)}"
    yield ""
    yield f"cell = {_text(cell)}"
    yield f"title = {_text(f'{first.name} against {second.name}')}"
    yield f"x = [{_numbers(trial.x)}]"
    for state, values in trial.states.items():
        yield f"{state}0 = {_numbers(values)}"
    if names := [heads for heads in first.heads if not heads.isdecimal()]:  # which weights do not tell
        yield f"sizes = {{{', '.join(f'{heads} = {HEADS}' for heads in names)}}}"
    if trial.inputs:
        yield f"inputs = {{{', '.join(f'{n} = [{_numbers(v)}]' for n, v in trial.inputs.items())}}}"
    yield ""
    yield "[weights]"
    for name, values in {**trial.weights[0], **trial.constants[0]}.items():
        yield f"{name} = {_numbers(values)}"
    yield ""
    yield f"[printed] # what {second.name} gives on the same numbers"
    yield from _printed(trial.new[1])


def _printed(new: Mapping[str, Any]) -> Iterator[str]:
    for state, values in new.items():
        for k, value in enumerate(values, 1):
            yield f"{state}_{k} = [{value:.{DECIMALS}f}]"


def _numbers(values: Any) -> str:
    """As TOML: a number, or lists of them."""
    plain = values.tolist() if hasattr(values, "tolist") else values
    return repr(plain)


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
