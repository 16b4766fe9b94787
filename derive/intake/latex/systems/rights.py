"""The right sides of equations as they are read: of several the last, of a list of letters a list, of cases by the time
what holds after the start."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.text.cuts import parted
from derive.intake.latex.text.sides import ABOUT, Equation
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.text.vocabulary import ARROWS
from derive.intake.latex.trees.grammar import Grammar
from derive.intake.latex.trees.tree import Cases, Concat, Key, Letter, Node, Numeral, Relation, letters, mapped, spelled
from derive.intake.latex.trees.written import written


@dataclass(frozen=True)
class Rights:
    """known: what is no function; functions: what is; defined: what equations of the text define."""

    known: Collection[Any]
    functions: Sequence[str]
    defined: Collection[Key]

    def read(self, equation: Equation, targets: Sequence[Letter], time: str, notes: list[str]) -> Node:
        """The right side of an equation of these letters; what was assumed is noted."""
        found = self._read(equation, targets, time, notes)
        return mapped(found, lambda x: self._own_letter(x, targets, notes))

    def _read(self, equation: Equation, targets: Sequence[Letter], time: str, notes: list[str]) -> Node:
        if arrow := next((t.text for t in equation.right if t.text in ARROWS), ""):
            raise DefinitionError(f"{arrow} stands in an equation: write each of the two in a row of its own")
        sides = parted(equation.right, ("=",))
        if equation.sign in ABOUT:
            notes.append(f"{spelled(targets[0].key)} is said to be about what is read, and taken for it")
        found = self._last(sides, targets, time, notes)
        if len(found) > 1:
            return Concat(tuple(found))
        if not (isinstance(found[0], Cases) and all(_is_of_time(c, time) for _, c in found[0].rows)):
            return found[0]
        later = [v for v, c in found[0].rows if c is None or (isinstance(c, Relation) and c.operator in (">", "≥"))]
        if len(later) != 1:
            return found[0]
        start = "is read as it is after the start: the other case says where it starts"
        notes.append(f"{spelled(targets[0].key)} {start}")
        return later[0]

    def between(self, equation: Equation, time: str) -> dict[Key, DefinitionError]:
        """The letters at t of a formula between two equals signs, f_t = 1 - i_t = ..., of which nothing else says what
        they are, and why they have no equation."""
        found: dict[Key, DefinitionError] = {}
        *sides, last = parted(equation.right, ("=",))
        for side in sides:
            try:
                node = Grammar(side, self.known, time, self.functions).read()
            except DefinitionError:
                continue
            others = {"x", *(t.text.lstrip("\\") for t in last)}
            for x in (x for x in letters(node) if x.time == 0 and x.key not in self.defined and x.base not in others):
                found[x.key] = DefinitionError(
                    f"line {equation.line}: {x} stands in a formula between two equals signs, {written(node)}, and no"
                    f" equation says by itself what it is: write {x} = ..."
                )
        return found

    def _last(self, sides: Sequence[list[Token]], targets: Sequence[Letter], time: str, notes: list[str]) -> list[Node]:
        """The last of several formulas that can be read, of a list its parts; the sum beside S_t q_t = Σ_i v_i (k_i^T
        q_t) is none."""
        for k in range(len(sides) - 1, -1, -1):
            said: list[str] = []
            parts = parted(sides[k], (",",))
            if len(parts) != len(targets) or len(parts) == 1:
                parts = [sides[k]]
            try:
                found = [Grammar(part, self.known, time, self.functions, said).read() for part in parts]
            except DefinitionError:
                if not k:
                    raise
                continue
            which = "last one" if k + 1 == len(sides) else "last one that can be read"
            if len(sides) > 1:
                notes.append(f"{spelled(targets[0].key)} is said to be {len(sides)} formulas; the {which} is read")
            notes += (note for note in said if note not in notes)
            return found
        return []

    def _own_letter(self, x: Letter, targets: Sequence[Letter], notes: list[str]) -> Letter:
        """C^T as what the text defines by that name; a in the equation of a_t as a letter that does not change."""
        if x.turned and (key := (x.base, f"{x.label}T")) in self.defined:
            return Letter(*key, time=x.time)
        if x.time is None and any(t.key == x.key and t.time is not None for t in targets):
            own = Letter(x.base, f"{x.label}own")
            note = f"{x} without a time in the equation of {targets[0]} is {own}, a letter of its own"
            notes += [note] if note not in notes else []
            return own
        return x


def _is_of_time(condition: Node | None, time: str) -> bool:
    """Whether a case holds from a time on, or at it, or otherwise."""
    if condition is None:
        return True
    return isinstance(condition, Relation) and condition.left == Letter(time) and isinstance(condition.right, Numeral)
