"""``from_latex``: the cell that a paper's equations say, with every assumption and its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from derive.definition.cell import Cell
from derive.definition.inputs import Chance, Input
from derive.errors import DefinitionError
from derive.intake.latex.meaning.formulas import Formulas, names_of
from derive.intake.latex.meaning.interpreted import check_letters, interpreted
from derive.intake.latex.meaning.products import named
from derive.intake.latex.sentences.said import said
from derive.intake.latex.systems.gather import system
from derive.intake.latex.text.place import at
from derive.intake.latex.trees.tree import Key
from derive.intake.record import record
from derive.later import later
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import INPUT


@dataclass(frozen=True, repr=False, eq=False)
class FromLatex:
    """A paper's cell. assumptions: what the text leaves open and how it was read, with the reason; names: the author's
    letters by the cell's parameters."""

    cell: Cell
    assumptions: tuple[str, ...]
    names: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Equations, assumptions and names."""
        return {
            **record(self.cell),
            "assumptions": list(self.assumptions),
            "names": dict(self.names),
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [repr(self.cell)]
        if self.assumptions:
            lines += ["read as", *(f"  {a}" for a in self.assumptions)]
        renamed = [f"{ours} is {theirs}" for ours, theirs in self.names.items() if ours != theirs]
        return "\n".join(lines + (["names", *(f"  {r}" for r in renamed)] if renamed else []))


def from_latex(
    text: str,
    *,
    states: Sequence[str] | None = None,
    input: str | None = None,
    label: str | None = None,
    functions: Mapping[str, str | Callable[[Any], Any]] | None = None,
    roles: Mapping[str, str] | None = None,
    name: str = "paper_cell",
    title: str = "",
) -> FromLatex:
    r"""The recurrent cell that an author's LaTeX says: equations, or a whole paper, in which they are found.

    states: their names, the output first; left out, every quantity that is defined at t and read at t-1. input: the
    letter of the input, of several all of them, ``"x,a"``. label: of the display to read (``\label{eq:gru}``).
    functions: what a letter that stands for a function is, ``{"phi": "tanh"}``, an activation's name or a function of a
    formula. roles: what a letter is where it cannot be seen, ``{"alpha": "scalar", "w": "vector", "U": "matrix"}``, or
    a number for a constant.

    What the sentences of the text say plainly of functions and scalars ("where φ is tanh") is taken where nothing is
    given, "a scaled tanh" is asked for. Taken is what rows and sentences say of spaces, ``q_t \in \mathbb{R}^{d_k}``,
    and of masks, too. Matrices are told by the products in which they stand; ``cell.latex(where=True)`` says what
    equations leave open, and is read back.

    Nothing of the text is run. Raises DefinitionError, with the line, for what is no cell or cannot be read; what the
    text leaves open is asked for by name, or is an assumption that the result lists.
    """
    with at(0):
        words = said(text)
        found = system(text, label, states, input, [*(roles or {})], [*(functions or {}), *words.cases], words.called)
    with at(found.start):
        needed = found.needed()
        check_letters(found, needed, roles or {})
        formulas, refused = interpreted(text, found, needed, words, functions or {}, roles or {})
        if refused:
            raise min(refused.items(), key=lambda pair: needed.index(pair[0]))[1]
        lines = formulas.lines(needed)
        further = tuple(_further(formulas, k) for k in found.further)
    notes = formulas.roles.notes
    try:
        cell = Cell.from_equations(
            name, lines, states=[formulas.symbols[s].name for s in found.states], title=title or name,
            input=named(found.input), further=further,
            declared=tuple(sorted(formulas.declared.values(), key=_has_default)),
        )  # fmt: skip
    except DefinitionError as e:
        equation = re.match(r"equation '(\w+)'", str(e))
        key = next((k for k in needed if equation and formulas.symbols[k].name == equation[1]), needed[-1])
        raise found.at(key, str(e)) from None
    return FromLatex(cell, tuple(dict.fromkeys(notes)), names_of(formulas, cell.lowered))


def _has_default(parameter: Parameter) -> bool:
    """Arguments of a function with a default stand after the others."""
    return parameter.default is not None or parameter.fixed is not None


def _further(formulas: Formulas, key: Key) -> Input:
    """What is read at each step beside the input, or drawn."""
    system, symbol = formulas.system, Symbol(named(key))
    size = INPUT if key[0] == system.input[0] and key not in system.spaces else formulas.shapes.input_size(key)
    if (mask := system.masks.get(key)) is None:
        return Input(symbol, size)
    return Input(symbol, size, Chance(formulas.vector(mask.probability), mask.per_sequence))
