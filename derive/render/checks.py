"""The hand-made table against the exact cell: value by hand, exact, errors, agreement, wrong formulas."""

from __future__ import annotations

import re

from derive.check import Check, Row
from derive.render import tex
from derive.render.grid import Grid
from derive.render.rows import name_at
from derive.render.text import tex_text
from derive.run import Run


def fragment(run: Run) -> str:
    """The fragment ``check.tex``."""
    found = run.check()
    groups: dict[str, list[list[str]]] = {}
    for row in found.rows:
        groups.setdefault(row.name, []).append([_place(run, row), *_cells(run, row)])
    head = ["", "by hand", "exact", "error", "relative", "agrees to"]
    grid = Grid(head, list(groups.values()), "lrrrr")
    return tex.table(run, f"{run.title}: the hand-made table, checked", grid, [tex_text(n) for n in notes(found)])


def notes(found: Check) -> list[str]:
    return list(found._summary())


def _place(run: Run, row: Row) -> str:
    quantity, unit = run.quantity(row.name)
    return f"${name_at(run, quantity, unit, run.units[quantity], str(row.t))}$"


def _cells(run: Run, row: Row) -> list[str]:
    relative = row.relative_error
    agrees = "all" if row.agrees_to is None else "none" if row.agrees_to < 0 else str(row.agrees_to)
    return [
        f"${by_hand(row.text)}$",
        f"${tex.tight(row.exact.latex(run.decimals))}$",
        f"${tex.tight(row.error.rounded_up(4).latex())}$",
        "" if relative is None else f"${tex.tight(relative.rounded_up(3).latex())}$",
        agrees,
    ]


def by_hand(text: str) -> str:
    return re.sub("~|≈", r" \\approx ", text.replace("*", r" \cdot ").replace("tanh", r"\tanh").replace("sigma", r"\sigma"))

