"""What is given for a run, key by key: checked, and made exact. Each raises RunError naming the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sympy import Rational, S

from derive.approximation.claim import Claim
from derive.definition.cell import Cell
from derive.errors import DeriveError, RunError, counted, shown, unknown
from derive.exact.numeral import Decimals
from derive.notation.names import Notation
from derive.notation.prose import Prose, prose
from derive.notation.quantity import Quantity
from derive.notation.styles import Style, style_of
from derive.run.loss import Loss
from derive.run.tensors import exact_tensor, shape
from derive.statements.sizes import count_of

MOST_DECIMALS, MOST_UNITS = 30, 10**6
LONGEST_LABEL = 60
TABLES = ("tabular", "float", "longtable")  # the table alone, in a float, one that breaks between pages
CLAIM_KEYS = ("approximation", "interval", "keeps")


def count(value: Any, key: str) -> int:
    """A number of units."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_UNITS:
        raise RunError(f"{key} is {shown(value)}, expected a positive integer, at most {MOST_UNITS}")
    return value


def decimals_of(value: Any, key: str) -> int:
    """To how many decimals values are printed."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DECIMALS:
        raise RunError(f"{key} is {shown(value)}, expected an integer from 0 to {MOST_DECIMALS}")
    return value


def printed_with(decimals: Any, significant: Any) -> Decimals:
    """How values are printed: the run's decimals, and how few significant digits they may have."""
    if not isinstance(significant, int) or isinstance(significant, bool) or not 1 <= significant <= MOST_DECIMALS:
        raise RunError(f"significant is {shown(significant)}, expected an integer from 1 to {MOST_DECIMALS}")
    return Decimals(decimals_of(decimals, "decimals"), significant)


def style(notation: Any, bold: Any, names: Any) -> Style:
    """How names are written: a profile, or the notation of another run."""
    if not isinstance(names, Mapping):
        raise RunError(f"names is {shown(names)}, expected a table such as {{g = 'c_tilde'}}")
    try:
        return notation.style if isinstance(notation, Notation) else style_of(notation, bold, names)
    except DeriveError as e:
        raise RunError(str(e)) from None


def check_names(notation: Notation, loss: Loss | None, time: str) -> None:
    """Whether names that are written otherwise are told from the letter of time and from the targets of the loss."""
    for key, name in notation.style.names.items():
        if name == time.removeprefix("\\"):
            raise RunError(f"names.{key} is {name}, which is the letter of the time index; choose another name")
    targets = {name: Quantity(name) for name in loss.targets} if loss else {}
    known = {notation.style.names.get(name, name) for name in (*notation.table, *targets)}
    if time != "t" and time.removeprefix("\\") in known:
        raise RunError(f"names.t is {time}, which is the name of a quantity, too; choose another letter")
    try:
        replace(notation, table={**notation.table, **targets}).check()
    except DeriveError as e:
        raise RunError(str(e)) from None


def learning_rate(value: Any, key: str = "lr") -> Rational:
    """The rate of a step of gradient descent."""
    rate = exact_tensor(value, key)
    if not isinstance(rate, Rational) or rate <= 0:
        raise RunError(f"{key} is {_plain(value)}, expected a positive number such as 0.1")
    return rate


def kind_of_tables(value: Any) -> str:
    """What stands around a table in LaTeX."""
    if not isinstance(value, str):
        raise RunError(f"tables is {shown(value)}, expected {' or '.join(map(repr, TABLES))}")
    if value not in TABLES:
        raise RunError(unknown("tables", value, TABLES))
    return value


def label(value: Any, path: Path | None, cell: str) -> str:
    """With what the labels of a run's tables begin; by default the name of its file, or of its cell."""
    if value == "":
        return re.sub(r"[^A-Za-z0-9._:-]+", "-", path.stem if path is not None else cell)[:LONGEST_LABEL]
    if not isinstance(value, str) or not re.fullmatch(rf"[A-Za-z0-9._:-]{{1,{LONGEST_LABEL}}}", value):
        raise RunError(f"label is {shown(value)}, expected letters, digits and . _ : - alone, such as 'lecture'")
    return value


def columns(value: Any, steps: int) -> tuple[Prose, ...]:
    """The heads of the columns, one a time step; 1, 2, ... where there are none."""
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise RunError(f"names.columns is {shown(value)}, expected a list of {counted(steps, 'text')}")
    if value and len(value) != steps:
        raise RunError(f"names.columns has {counted(len(value), 'text')}, expected {steps}: one per time step of x")
    given = value or [str(k) for k in range(1, steps + 1)]
    return tuple(prose(text, f"names.columns[{k}]") for k, text in enumerate(given))


def initial(cell: Cell, given: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, tuple[Rational, ...]]:
    """Each state's first value; of a state left out, where the cell starts."""
    for name in given:
        if name not in cell.states:
            raise RunError(unknown(f"state of {cell.name}", name, cell.states))
    found = {}
    for state in cell.states:
        size = cell.sizes[cell.previous(state)]
        units = count_of(size, sizes)
        start = (cell.starts.get(state, S.Zero),) * units
        value = exact_tensor(given[state], f"{state}0") if state in given else start
        if shape(value, state) != (units,):
            raise RunError(f"{state}0 has shape {shape(value, state)}, expected ({size},) = ({units},)")
        found[state] = value
    return found


def inputs(cell: Cell, given: Mapping[str, Any], sizes: dict[str, int], steps: int) -> dict[str, Any]:
    """The inputs beside x, a row for each time step; ``sizes`` learns what they tell."""
    if not isinstance(given, Mapping):
        raise RunError(f"inputs is {shown(given)}, expected a table with a row of numbers for each time step of each")
    known = [i.name for i in cell.given]
    for name in given:
        if name not in (everything := [i.name for i in cell.further]):
            raise RunError(f"inputs: {unknown(f'further input of {cell.name}', name, everything)}")
    found = {}
    for i in cell.given:
        if i.name not in given:
            raise RunError(f"inputs.{i.name} is missing: {cell.name} reads {', '.join(known)} beside {cell.input.name}")
        key = f"inputs.{i.name}"
        value = exact_tensor(given[i.name], key)
        if i.size == "1" and len(shape(value, key)) == 1:
            value = tuple((number,) for number in value)
        form = shape(value, key)
        wanted = int(i.size) if i.size.isdecimal() else sizes.get(i.size)
        if len(form) != 2 or form[0] != steps or 0 in form or form[1] != (wanted or form[1]):
            size = i.size if wanted is None else f"{i.size}) = ({steps}, {wanted}"
            raise RunError(f"{key} has shape {form}, expected (T, {size}), with the {counted(steps, 'time step')} of x")
        if not i.size.isdecimal():
            sizes[i.size] = form[1]
        found[i.name] = value
    return found


def learned(cell: Cell, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The first values of states among the tensors of a layer that has learned them: ``h_0`` is that of h."""
    parameters = {p.tensor for p in cell.parameters}
    return {s: tensors[f"{s}_0"] for s in cell.states if f"{s}_0" in tensors and f"{s}_0" not in parameters}


def loss(table: Any, cell: Cell, sizes: Mapping[str, int], steps: int) -> Loss | None:
    """The loss, if there is one."""
    if table is None:
        return None
    return Loss.of(table.given() if isinstance(table, Loss) else table, cell, sizes, steps)


def claims(claim: Any, number: int) -> tuple[Claim, ...]:
    """The claims that one table makes."""
    key = f"claims[{number}]"
    if isinstance(claim, Claim):
        return (claim,)
    if not isinstance(claim, Mapping):
        raise RunError(f"{key} is {shown(claim)}, expected a table with approximation and interval")
    for name in claim:
        if name not in CLAIM_KEYS:
            raise RunError(f"{key}: {unknown('key', name, CLAIM_KEYS)}")
    text = claim.get("approximation")
    if not isinstance(text, str) or not text.strip():
        raise RunError(f"{key}.approximation is {shown(text)}, expected a text such as 'tanh(x) ~ x'")
    interval = claim.get("interval")
    if interval is not None:
        interval = exact_tensor(interval, f"{key}.interval")
        if shape(interval, key) != (2,) or interval[0] > interval[1]:
            raise RunError(
                f"{key}.interval is {_plain(claim['interval'])}, expected [lower, upper] with lower <= upper"
            )
    try:
        return Claim.parse(text, interval, claim.get("keeps", ()))
    except DeriveError as e:
        raise RunError(f"{key}: {e}") from None


def _plain(value: Any) -> str:
    """A list as it was written."""
    return f"[{', '.join(map(_plain, value))}]" if isinstance(value, list | tuple) else str(value)


def pointed(value: Any, mark: str) -> Any:
    """A text in which decimals have the point, where the run's language has another mark."""
    return re.sub(rf"(?<=\d){re.escape(mark)}(?=\d)", ".", value) if isinstance(value, str) else value


def hand_entry(value: Any, key: str) -> str:
    """An entry of the hand-made table, in one line."""
    if not isinstance(value, str) or not value.strip():
        raise RunError(f"{key} is {shown(_plain(value))}, expected a text in quotes such as 'sigma(90)~1' or '0.3'")
    return " ".join(value.split())


def printed_entry(value: Any, key: str) -> str:
    """The decimal as printed: its digits say to how many decimals."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = exact_tensor(value, key)  # which names one of too many digits; Python would not write it out
    text = str(value).replace("−", "-")
    if not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        raise RunError(f"{key} is {shown(value)}, expected a printed decimal such as 0.3")
    exact_tensor(text, key)
    return text
