"""The equations of a text as a system: which quantity each defines, which are states, which is the input."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from derive.errors import DefinitionError
from derive.intake.latex.systems.spaces import Mask, Space
from derive.intake.latex.text.place import of_line
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.trees.tree import Key, Node, letters, spelled


@dataclass
class System:
    """Equations by what they define, at time t.

    start: the line of the first equation, or display, or of the text.
    origins: the equation of the text that each is of. unread: why one is not read; lost: those of which it is not read
    what they define.
    states: what is read one step before, the output first. input: the letter that is read and never defined; further:
    what a quantity was so many steps ago, which is given beside it.
    numbers: letters that are numbers in the text. kinds: what letters are by their indices, with the reason. functions:
    letters that a formula of the text defines as functions, with it. spaces: in which letters lie, as the text says.
    heads: their number, where the text says it by itself. are_given: whether several letters are given at each step;
    given_matrices: those of them that are matrices. results: what is named as that which a function gives,
    Retention(X_t). masks: what is drawn; drawn: of what else the text says so. fixed: the entry i, or i and j, of what
    is not learned and given by a formula.
    said: by an equation's key, what was assumed of its signs and indices. clocks: the letter of the time of a
    derivative, where that is another. is_open: whether equations that are not read, or no step, are passed over. notes:
    what was assumed and passed over, with reasons.
    """

    time: str
    start: int = 0
    nodes: dict[Key, Node] = field(default_factory=dict)
    origins: dict[Key, Equation] = field(default_factory=dict)
    unread: dict[Key, DefinitionError] = field(default_factory=dict)
    lost: list[tuple[Equation, DefinitionError]] = field(default_factory=list)
    numbers: dict[Key, str] = field(default_factory=dict)
    kinds: dict[Key, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, tuple[str, str]] = field(default_factory=dict)
    said: dict[Key, list[str]] = field(default_factory=dict)
    states: tuple[Key, ...] = ()
    input: Key = ("", "")  # not known yet
    further: tuple[Key, ...] = ()
    spaces: dict[Key, Space] = field(default_factory=dict)
    heads: str = ""
    given_matrices: tuple[Key, ...] = ()
    are_given: bool = False
    results: list[Key] = field(default_factory=list)
    masks: dict[Key, Mask] = field(default_factory=dict)
    drawn: set[Key] = field(default_factory=set)
    fixed: dict[Key, Node] = field(default_factory=dict)
    clocks: dict[Key, str] = field(default_factory=dict)
    is_open: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_told(self) -> bool:
        """Whether the text says how wide every quantity is that is not as wide as the states."""
        return any(space.is_input for space in self.spaces.values())

    def line(self, key: Key) -> int:
        """Where its equation stands; 0 for what has none."""
        return self.origins[key].line if key in self.origins else 0

    def at(self, key: Key, what: str) -> DefinitionError:
        """What is said of the equation of a letter, with its line."""
        return of_line(DefinitionError(what), self.line(key) or self.start)

    def reader(self, of: Collection[Key], time: int | None = 0) -> Key:
        """The first equation of the text that reads one of these letters at that time."""
        found = (k for k, node in self.nodes.items() if any(x.key in of and x.time == time for x in letters(node)))
        return min(found, key=self.line, default=("", ""))

    def needed(self, *more: Key) -> list[Key]:
        """What the states and more are made of, in an order in which everything is defined before it is read."""
        done: list[Key] = []
        doing: list[Key] = []

        def visit(key: Key) -> None:
            if key in done or (self.is_open and (key in doing or key not in self.nodes)):
                return
            if key in doing:
                names = [spelled(k) for k in doing[doing.index(key) :]]
                how = "are defined by each other" if len(names) > 1 else "is defined by itself"
                raise self.at(key, f"{' and '.join(names)} {how} at the same time step; a cell has an order")
            if key in self.unread and not self.is_open:
                raise self.unread[key]
            doing.append(key)
            for letter in letters(self.nodes[key]):
                if (
                    not self.is_open
                    and letter.key in self.unread
                    and letter.key not in self.nodes
                    and letter.key != self.input
                ):
                    raise self.unread[letter.key]  # else it would look like an input
                if letter.key in self.nodes and letter.time in (0, None):
                    visit(letter.key)
            doing.pop()
            done.append(key)

        for state in (*reversed(self.states), *more):
            visit(state)
        return done
