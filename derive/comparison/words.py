"""What a comparison says, as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from derive.comparison.by_formulas.terms import NUMBER, parts_of
from derive.definition.cell import Cell

if TYPE_CHECKING:
    from derive.comparison.found import Comparison


_UNDECIDED = (
    "on random numbers, for weights that were found by numbers, they agree all the same: not decided",
    "tried: their terms, quotients of exponentials, logarithms, square roots, cases on either side of where they bend;"
    " what one divides by, and the other does not, has to be seen to be other than 0",
)


_OF_ONE = "not decided: weights in the nearest places make them differ, others may not; one step on which they do"


def text(comparison: Comparison) -> str:
    """Equal and by which assignment, or the first equations that differ and the numbers."""
    return "\n".join(_equal(comparison) if comparison else _different(comparison))


def _equal(c: Comparison) -> list[str]:
    assert c.pairing is not None
    assert c.trial is not None
    lines = [f"{c.first.name} = {c.second.name}"]
    lines += [f"  state {a} is {b}" for a, b in c.pairing.states.items() if a != b]
    for a, b, factor in c.pairing.weights:
        if a != b or factor != 1 or b in c.pairing.shifts:
            times = {1: "", -1: "−"}.get(factor, f"{factor} ")
            left = f"({_sum(c.first, a)})" if times and len(parts_of(a)) > 1 else _sum(c.first, a)
            more = c.pairing.shifts.get(b, 0)
            before = f"{more} " if more > 0 and times.startswith("−") else ""
            beside = "" if before or not more else f" {'+' if more > 0 else '−'} {abs(more)}"
            times = times.replace("−", "− ") if before else times
            lines.append(f"  {_sum(c.second, b)} of {c.second.name} is {before}{times}{left}{beside} of {c.first.name}")
    lines += learned(c) + numbers(c) + _starts(c) + _sizes(c)
    if len(lines) == 1:
        lines.append("  weights and states have the same names")
    if c.pairing.turned:
        gates = " and ".join(c.pairing.turned)
        lines.append(f"  in {gates} of {c.second.name} with the other sign: σ(−a) = 1 − σ(a), tanh(−a) = −tanh(a)")
    lines.append(f"on random numbers in float64 they differ by {c.trial.largest:.1e}")
    return lines


def learned(c: Comparison) -> list[str]:
    """Numbers that one cell learns and that are constants of the other."""
    assert c.pairing is not None
    fixed = [{p.name for p in cell.constants} for cell in (c.first, c.second)]
    return [
        f"  {b} is {'a constant' if b in fixed[1] else 'learned'} in {c.second.name}, and"
        f" {'a constant' if a in fixed[0] else 'learned'} as {a} in {c.first.name}"
        for a, b, _ in c.pairing.weights
        if (a in fixed[0]) != (b in fixed[1])
    ]


def numbers(c: Comparison) -> list[str]:
    """Constants of which the two cells have other numbers: with these they compute something else."""
    return [
        f"  {a} is {own:g} in {c.first.name}, and {other:g} in {c.second.name}" + (f", as {b}" if a != b else "")
        for (a, b), (own, other) in c.numbers.items()
    ]


def _starts(c: Comparison) -> list[str]:
    """States whose steps are the same and that start elsewhere."""
    assert c.pairing is not None
    return [
        f"  a step is the same, and {a} starts at {own} in {c.first.name}, at {other} in {c.second.name}"
        for a, (own, other) in c.starts.items()
    ]


def _sizes(c: Comparison) -> list[str]:
    """Sizes that a module has as one, since they are as long."""
    return [
        f"  where {old} of {name} is {new}: in the module they are as long"
        for name, sizes in c.sizes.items()
        for old, new in sizes.items()
    ]


def _different(c: Comparison) -> list[str]:
    lines = [f"{c.first.name} {'≠' if c.decided else '?'} {c.second.name}"]
    width = max(len(c.first.name), len(c.second.name))
    for cell, name in zip((c.first, c.second), c.different, strict=True):
        states = "" if any(c.different) else f"has the states {', '.join(cell.states)}"
        nothing = states or "has no equation in its place"
        lines.append(f"  {cell.name:{width}}  {equation(cell, name) if name else nothing}")
        lines += [f"  {'':{width}}  where {equation(cell, other)}" for other in unnamed(cell, name)]
    lines += [c.why or c.tried] if c.why or c.tried else []
    if c.trial is None:
        return lines
    if c.trial.agrees:
        return [*lines, *_UNDECIDED]
    new = c.trial.new
    lines.append("one step on which they differ" if c.decided else _OF_ONE)
    lines.append(f"  x = {_vector(c.trial.x)}, " + ", ".join(f"{s} = {_vector(v)}" for s, v in c.trial.states.items()))
    for cell, values in ((c.first, new[0]), (c.second, new[1])):
        lines.append(f"  {cell.name:{width}}  " + ", ".join(f"{s} → {_vector(v)}" for s, v in values.items()))
    return lines


def equation(cell: Cell, name: str) -> str:
    """One equation in the cell's own notation."""
    return cell.notation.lines([cell[name]])


def unnamed(cell: Cell, name: str) -> list[str]:
    """The equations that one reads and that no author has named, g1 and q1, with those that these read."""
    read = {s.name for s in cell[name].rhs.free_symbols} if name else set()
    found = [other for other in cell if other in read and re.fullmatch(r"[gq]\d+", other)]
    return found + [deeper for other in found for deeper in unnamed(cell, other)]


def _sum(cell: Cell, name: str) -> str:
    """As it is read: b_ii + b_hi, b + 1, b − 2."""
    terms = [str(c) if part == NUMBER else ("" if c == 1 else f"{c} ") + part for part, c in parts_of(name)]
    return " + ".join(terms).replace("+ -", "− ")


def _vector(values: Any) -> str:
    return "[" + ", ".join(f"{v:.6g}" for v in values) + "]"
