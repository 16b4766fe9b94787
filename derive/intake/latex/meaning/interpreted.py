"""The equations of a system with what their letters and functions are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from derive.errors import DefinitionError, unknown
from derive.intake.latex.meaning.formulas import Formulas
from derive.intake.latex.meaning.functions import Functions
from derive.intake.latex.meaning.gates import gates
from derive.intake.latex.meaning.memories import Memories
from derive.intake.latex.meaning.roles import Roles
from derive.intake.latex.meaning.shapes import Shapes
from derive.intake.latex.sentences.said import Said
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.alphabet import spelling
from derive.intake.latex.trees.tree import Key, calls, letters, name_of


def interpreted(
    text: str,
    found: System,
    needed: Sequence[Key],
    words: Said,
    functions: Mapping[str, Any],
    roles: Mapping[str, str],
    undefined: Collection[Key] = (),
) -> tuple[Formulas, dict[Key, DefinitionError]]:
    """What makes the formulas of those equations, and why letters of some are not read, by the equation's key.

    words: what the text says; functions, roles: what the caller says. undefined: what is read and never defined.
    """
    notes = [*found.notes, *(note for key in needed for note in found.said.get(key, ()))]
    given = {spelling(letter): role for letter, role in roles.items()}
    what = Roles(found, given, words, "convol" in text.lower(), notes)
    refused = what.find(needed)
    called = [f for k in needed for f in calls(found.nodes[k])]
    defined = {name: said for name, said in found.functions.items() if name not in words.cases}
    stated = {name: what for name, (what, _) in {**defined, **words.functions}.items()}
    of_gates = gates(found, needed, {**stated, **functions})
    known = Functions(functions, defined, words, called, of_gates, notes)
    memories = Memories(what, needed)
    shapes = Shapes(memories, needed)
    return Formulas(shapes, known, needed, undefined), shapes.refused | memories.refused | refused


def check_letters(found: System, needed: Sequence[Key], roles: Mapping[str, str]) -> None:
    """Raises DefinitionError for a role that is of no letter of those equations."""
    nodes = [*(found.nodes[k] for k in needed), *(mask.probability for mask in found.masks.values())]
    known = dict.fromkeys(name_of(x.key) for node in nodes for x in letters(node) if x.time is None)
    for letter in roles:
        if spelling(letter) not in map(spelling, known):
            raise DefinitionError(f"roles: {unknown('letter', letter, list(known))}")
