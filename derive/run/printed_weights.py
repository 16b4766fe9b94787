"""Weights by the names that they have in the equations, ``W_ii`` and ``b_ii``, put into the stacked tensors.

Beside them a gate's biases may be given as one: ``b_i`` in the place of b_ii and b_hi, of which PyTorch adds both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.definition.cell import Cell
from derive.definition.one_bias import biases_of, in_style
from derive.errors import DeriveError, RunError
from derive.notation.styles import Style
from derive.run.tensors import exact_tensor, shape, zeros
from derive.run.weights import Stack, check_tensors, stacks, stored_parameters


def stacked(cell: Cell, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with every stacked tensor of which blocks are given by name. A bias that is left out is zero.

    Raises RunError for a block that is given twice or is missing, and for blocks of different shapes.
    """
    blocks = {p.name: s.name for s in stacks(cell).values() for p in s.parameters if p.name != s.name}
    rest = {name: value for name, value in given.items() if name not in blocks}
    named = {name: value for name, value in given.items() if name in blocks}
    for one, biases in joint_biases(cell).items():
        if one in rest and one not in stacks(cell):
            if both := [b for b in biases if b in named or blocks[b] in rest]:
                raise RunError(f"weights.{one} is {' + '.join(biases)}, and {both[0]} is given too; give one of them")
            named[biases[0]] = rest.pop(one)
    for stack in stacks(cell).values():
        if found := [p.name for p in stack.parameters if p.name in named]:
            if stack.name in rest:
                raise RunError(f"weights.{found[0]} is a block of {stack.name}, which is given too; give one of them")
            rest[stack.name] = _stack(stack, found, named)
    return rest


def in_one_bias(
    cell: Cell, style: Style, tensors: dict[str, Any], sizes: dict[str, int]
) -> tuple[Cell, dict[str, Any]]:
    """The cell in a style, and its tensors: with one bias a map, that is the sum of those in whose place it stands.

    Raises RunError for a name of the style that the cell has not, and for one that would stand for two things.
    """
    try:
        one, _ = in_style(cell, style)
    except DeriveError as e:
        raise RunError(str(e)) from None
    if one is cell:
        return cell, tensors
    named = stored_parameters(cell, tensors, sizes)
    sums = {
        bias: tuple(map(sum, zip(*(named[b] for b in biases), strict=True)))
        for bias, biases in biases_of(cell, one).items()
    }
    kept = {p.name for p in one.parameters}
    return one, check_tensors(one, stacked(one, {n: v for n, v in (named | sums).items() if n in kept}), sizes)[1]


def joint_biases(cell: Cell) -> dict[str, list[str]]:
    """By the name of the one bias that they are together, the biases of an affine map that has several."""
    found = {}
    for s in cell.statements:
        if len(biases := [t.bias.name for t in s.affine_terms if t.bias is not None]) > 1:
            found[f"b_{s.target.name.removeprefix('a_')}"] = biases
    return found


def _stack(stack: Stack, found: list[str], named: Mapping[str, Any]) -> Any:
    exact = {name: exact_tensor(named[name], f"weights.{name}") for name in found}
    first, *others = found
    wanted = shape(exact[first], f"weights.{first}")
    if len(wanted) != len(stack.dimensions) or 0 in wanted:
        raise RunError(f"weights.{first} has shape {wanted}, expected ({', '.join(stack.dimensions)})")
    for name in others:
        if (other := shape(exact[name], f"weights.{name}")) != wanted:
            raise RunError(f"weights.{name} has shape {other}, and weights.{first} {wanted}; give all one shape")
    missing = [p.name for p in stack.parameters if p.name not in exact]
    if missing and not stack.optional:
        raise RunError(f"weights.{missing[0]} is missing: {first} is given by name, so the others of {stack.name} are")
    return tuple(row for p in stack.parameters for row in exact.get(p.name, zeros(wanted)))
