"""The equations of a text as a system: which quantity each defines, which are states, which is the input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.displays import Equation, displays, equations
from derive.intake.latex.families import cut_of, enumerated, members, parts, rows, rows_of
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.implicit import reads_itself, solved
from derive.intake.latex.prose import displays_marked
from derive.intake.latex.times import ahead_of, primes_of, shifted, unprimed
from derive.intake.latex.tokens import Token, tokens
from derive.intake.latex.tree import Concat, Key, Letter, Node, Numeral, letters, mapped, name_of, spelled


@dataclass
class System:
    """Equations by what they define, at time t.

    states: what is read one step before, the output first. input: the letter that is read and never defined.
    numbers: letters that are numbers in the text. notes: what was assumed and passed over, with reasons.
    """

    time: str
    nodes: dict[Key, Node] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    unread: dict[Key, DefinitionError] = field(default_factory=dict)
    numbers: dict[Key, str] = field(default_factory=dict)
    states: tuple[Key, ...] = ()
    input: Key = ("x", "")
    notes: list[str] = field(default_factory=list)

    def needed(self) -> list[Key]:
        """What the states are made of, in an order in which everything is defined before it is read."""
        done: list[Key] = []
        doing: list[Key] = []

        def visit(key: Key) -> None:
            if key in done:
                return
            if key in doing:
                names = " and ".join(spelled(k) for k in doing[doing.index(key) :])
                raise DefinitionError(f"{names} are defined by each other at the same time step; a cell has an order")
            if key in self.unread:
                raise self.unread[key]
            doing.append(key)
            for letter in letters(self.nodes[key]):
                if letter.key in self.nodes and letter.time in (0, None):
                    visit(letter.key)
            doing.pop()
            done.append(key)

        for state in reversed(self.states):
            visit(state)
        return done


def has_displays(text: str) -> bool:
    """Whether a text displays formulas, which need not be equations."""
    return next(displays(tokens(displays_marked(text))), None) is not None


def system(
    text: str,
    label: str | None = None,
    states: Sequence[str] | None = None,
    given_input: str | None = None,
    parameters: Sequence[str] = (),
    functions: Sequence[str] = (),
) -> System:
    """The system of a text. parameters: letters that are no functions, whatever they stand before;
    functions: letters that are, where a bracket follows.

    Raises DefinitionError where there is no recurrence, where a quantity is defined twice, where one is read at t-1 and
    never defined, and where it is not clear which letter is the input.
    """
    stream = tokens(displays_marked(text))
    found = equations(stream)
    if label is not None:
        known = sorted({name for e in found for name in e.labels})
        found = [e for e in found if label in e.labels]
        if not found:
            raise DefinitionError(f"no display has the label {label!r}; the labels are {', '.join(known) or 'none'}")
    made = System(_time_letter(stream))
    _define(made, found, parameters, functions)
    _find_states(made, states)
    _find_input(made, given_input)
    return made


def _time_letter(stream: Sequence[Token]) -> str:
    """The letter before - 1 or + 1 in indices and brackets; t where there is none."""
    found = Counter(
        a.text
        for a, b, c, d in zip(stream, stream[1:], stream[2:], stream[3:], strict=False)
        if b.text in "-+" and c.text == "1" and a.text.isalpha() and len(a.text) == 1 and d.text in "})],>" + r"\rangle"
    )
    return found.most_common(1)[0][0] if found else "t"


def _define(made: System, found: Iterable[Equation], parameters: Sequence[str], functions: Sequence[str]) -> None:
    sides: list[tuple[list[Letter], Equation]] = []
    for equation in found:
        try:
            left = Grammar(equation.left, (), made.time).read()
        except DefinitionError:
            continue
        stacked = left.parts if isinstance(left, Concat) else (left,)
        own = [t for t in stacked if isinstance(t, Letter)]
        if len(own) == len(stacked):
            sides.append((own, equation))
    defined = {t.key for targets, _ in sides for t in targets}
    known: set[Any] = {*defined, *(base for base, _ in defined), *parameters}
    primes = primes_of(defined)
    cuts: list[tuple[list[Letter], Node]] = []
    equations_read: list[tuple[list[Letter], Node, Equation]] = []
    for targets, equation in sides:
        try:
            right = Grammar(equation.right, known, made.time, functions=functions).read()
        except DefinitionError as e:
            keys = [primes.get(t.key, t.key) for t in targets]
            made.unread |= {k: e for k in keys if k not in made.nodes}
            continue
        if (whole := cut_of(right)) is not None:
            cuts.append((enumerated(targets), whole))
        else:
            equations_read.append((targets, right, equation))
    ahead = ahead_of([t for targets, _ in sides for t in targets], (right for _, right, _ in equations_read))
    for targets, right, equation in equations_read:
        pairs = members(targets[0], right) or list(zip(targets, rows(right, targets), strict=True))
        for target, part in pairs:
            _place(
                made,
                target,
                primes.get(target.key, target.key),
                shifted(unprimed(part, primes, defined), ahead),
                equation,
            )
    for key in made.nodes:
        made.unread.pop(key, None)
    _insert_parts(made, cuts)
    _insert_matrices(made)
    _solve(made)


def _place(made: System, target: Letter, key: Key, node: Node, equation: Equation) -> None:
    """Note what a quantity is; a number that has no time is a constant."""
    if isinstance(node, Numeral) and target.time is None:
        made.numbers[key] = node.text
    elif key in made.nodes and made.nodes[key] != node:
        raise DefinitionError(
            f"{spelled(key)} is defined on line {made.lines[key]} and on line {equation.line}: choose the"
            " display of one cell by its label, label='eq:...'"
        )
    else:
        made.nodes[key], made.lines[key] = node, equation.line


def _insert_parts(made: System, cuts: Sequence[tuple[list[Letter], Node]]) -> None:
    """A vector that is cut, in words or by its indices alone, in its parts."""
    for targets, whole in cuts:
        node = made.nodes.get(whole.key, whole) if isinstance(whole, Letter) else whole
        made.nodes |= {t.key: rows_of(node, t) for t in targets}
    for part, (whole_key, node) in parts(made.nodes).items():
        made.nodes[part] = node
        made.notes.append(f"{spelled(part)} is a part of {spelled(whole_key)}, with rows of its weights")


def _solve(made: System) -> None:
    for key, node in made.nodes.items():
        if reads_itself(key, node) and (found := solved(key, node)) is not None:
            made.nodes[key] = found
            made.notes.append(f"{spelled(key)} stands on both sides of its equation at t, which is solved for it")


def _insert_matrices(made: System) -> None:
    """A matrix that is made of others, A = W - W^T, in the place of its name."""

    def is_matrix(node: Node) -> bool:
        found = list(letters(node))
        return any(x.turned for x in found) and all(x.time is None and x.key not in made.nodes for x in found)

    matrices = {key: node for key, node in made.nodes.items() if is_matrix(node)}
    made.nodes = {
        key: mapped(node, lambda x: matrices.get(x.key, x)) for key, node in made.nodes.items() if key not in matrices
    }


def _find_states(made: System, given: Sequence[str] | None) -> None:
    read: set[Key] = set()
    for x in (x for node in made.nodes.values() for x in letters(node)):
        if x.time is not None and x.time < -1 and x.key in made.nodes:
            raise DefinitionError(f"{x} is read: a cell reads the step before, and no earlier one")
        read |= {x.key} if x.time is not None and x.time < 0 else set()
    missing = [k for k in read if k not in made.nodes and k not in made.unread]
    made.states = tuple(k for k in (*made.nodes, *made.unread) if k in read)
    if given is not None:
        by_name = {name_of(k): k for k in made.nodes}
        unknown = [s for s in given if s not in by_name]
        if unknown:
            raise DefinitionError(
                f"the state {unknown[0]!r} is defined by no equation; these are: {', '.join(by_name)}"
            )
        made.states = tuple(by_name[s] for s in given)
    elif made.states:
        first = next(filter(_is_output, made.states), _last(made))
        made.states = (first, *(k for k in made.states if k != first))
    if given is None and made.states and not _is_output(made.states[0]):
        _add_output(made)
    if not made.states:
        if made.unread:
            raise next(iter(made.unread.values()))
        raise DefinitionError(
            "no recurrence was found: no quantity is defined at t and read at t-1; give the equations of one cell"
        )
    needed = {x.key for k in made.needed() for x in letters(made.nodes[k])}
    now = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time == 0}
    for key in missing:
        if key in needed & now:
            raise DefinitionError(
                f"{spelled(key)} is read at t and at t-1: the input of the step before is no state yet"
            )
        if key in needed:
            raise DefinitionError(f"{spelled(key)} is read at t-1 and never defined; add its equation")
    outside = [k for k in made.nodes if k not in made.needed()]
    if outside:
        made.notes.append(f"{', '.join(map(spelled, outside))}: left out, no state depends on it")


def _last(made: System) -> Key:
    """The one state that no other is made of at the same time, a of a = o tanh(c); else the first."""
    read = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time in (0, None)}
    rest = [k for k in made.states if k not in read]
    return rest[0] if len(rest) == 1 else made.states[0]


def _is_output(key: Key) -> bool:
    return key[0].lower() in ("h", "y")


def _add_output(made: System) -> None:
    """An h that is made of the states, and read by none, is the output."""
    needed = made.needed()
    found = [k for k in made.nodes if k not in needed and k[0].lower() == "h"]
    if len(found) == 1 and any(x.key in needed for x in letters(made.nodes[found[0]])):
        made.states = (found[0], *made.states)
        made.notes.append(f"{spelled(found[0])} is the output: it is made of the states")


def _find_input(made: System, given: str | None) -> None:
    free = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time == 0 and x.key not in made.nodes}
    if not free:
        timeless = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time is None}
        free = {k for k in timeless if k[0].lower() == "x" and not k[1]}
        if free:
            made.notes.append("x is the input: it has no time and is nothing else")
    if given is not None:
        free = {k for k in free if name_of(k) == given}
    if len(free) != 1:
        listed = ", ".join(sorted(map(spelled, free)))
        raise DefinitionError(
            f"the input is not clear: {listed} are read at t and never defined; say which is it, input='x'"
            if free
            else "no input was found: no letter is read at t that is not defined"
        )
    made.input = free.pop()
