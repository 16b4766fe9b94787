"""Which quantities of a system are states: what is read of the step before, the output first."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from derive.errors import DefinitionError, shortened
from derive.intake.latex.systems.inputs import has_keys, has_matrices, lost_of, timeless
from derive.intake.latex.systems.system import System
from derive.intake.latex.text.place import of_line, placed
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.trees.times import deepest, undelayed
from derive.intake.latex.trees.tree import Key, Letter, letters, mapped, name_of, spelled

NO_EQUATION = (
    r"no recurrence was found, for no equation was: looked for were displays (\[ \], $$ $$, \begin{equation}, {align}"
    " and their like, .. math:: and ```math), without these formulas between $ and $, without these the text itself,"
    " with a letter before an equals sign, as in h_t = ..."
)
OLDEST = 100  # steps for which what was is kept


def find_states(made: System, given: Sequence[str] | None) -> None:
    """What is read of the step before, the output first.

    Raises DefinitionError where there is none, and where something is read at t-1 that is never defined.
    """
    _add_delays(made)
    read = {x.key for node in made.nodes.values() for x in letters(node) if x.time is not None and x.time < 0}
    made.states = tuple(k for k in (*made.nodes, *made.unread) if k in read)
    if given is not None:
        by_name = {name_of(k): k for k in made.nodes}
        unknown = [s for s in given if s not in by_name]
        if unknown:
            raise DefinitionError(
                f"the state {unknown[0]!r} is defined by no equation; these are: {', '.join(by_name)}"
            )
        made.states = tuple(by_name[s] for s in given)
    elif output := [k for k, space in made.spaces.items() if space.is_output and k in made.nodes]:
        made.states = (output[0], *(k for k in made.states if k != output[0]))
        return _check_undefined(made, [k for k in read if k not in made.nodes and k not in made.unread])
    elif made.states:
        first = _output_of(made)
        made.states = (first, *(k for k in made.states if k != first))
    if given is None and made.states and (made.states[0][0].lower() != "h" or has_matrices(made)):
        _add_output(made)
    if not made.states and given is None:
        _take_reader(made, read)
    if not made.states:
        if made.unread:
            raise next(iter(made.unread.values()))
        what = "no recurrence was found: no quantity is defined at t and read at t-1; give the equations of one cell"
        if not (made.nodes or made.lost or made.functions):
            what = NO_EQUATION
        if made.lost and not made.nodes:
            equation, why = made.lost[0]
            raise of_line(DefinitionError(f"{what}; {placed(str(why))[1]}"), equation.line)
        raise made.at(min(made.nodes, key=made.line, default=("", "")), what)
    _check_undefined(made, [k for k in read if k not in made.nodes and k not in made.unread])
    _note_the_rest(made)


def _take_reader(made: System, read: Collection[Key]) -> None:
    """Where only an input is read at t-1, what is made of it is the output: what nothing else reads."""
    kept = [k for k in read if any(x.key == k and x.time == 0 for n in made.nodes.values() for x in letters(n))]
    used = {x.key for node in made.nodes.values() for x in letters(node)}
    ends = [k for k in made.nodes if k not in used]
    if kept and len(ends) == 1:
        made.states = (ends[0],)
        made.notes.append(f"{spelled(ends[0])} is the output: nothing else is made of it")


def _add_delays(made: System) -> None:
    """A state of several steps ago is read from states that keep it, each for a step."""
    for key, n in deepest(made.nodes).items():
        _check_oldest(made, key, n)
    chains = {key: [key, *((key[0], f"{key[1]}lag{k}") for k in range(1, n))] for key, n in deepest(made.nodes).items()}
    made.nodes = {key: mapped(node, lambda x: undelayed(x, chains)) for key, node in made.nodes.items()}
    for chain in chains.values():
        _keep(made, chain)


def _check_oldest(made: System, key: Key, steps: int) -> None:
    if steps > OLDEST:
        raise made.at(key, f"{spelled(key)} is read {steps} steps ago: a cell keeps at most {OLDEST} steps")


def _check_undefined(made: System, missing: Sequence[Key]) -> None:
    """What is read of the step before and never defined: the input, where it is the only one and nothing else is."""
    used = [x for k in made.needed() for x in letters(made.nodes[k])]
    now = {x.key for x in used if x.time == 0 and x.key not in made.nodes} | timeless(made)
    missing = [k for k in missing if any(x.key == k for x in used)]
    for key in missing:
        newest = max(x.time for x in used if x.key == key and x.time is not None)
        if len(missing) == 1 and (key in now or (not now and newest < -1)):
            _keep_input(made, key)
            continue
        if now or len(missing) > 1:
            raise made.at(
                made.reader([key], newest),
                f"{spelled(key)} is read at t{newest} and never defined; {remedy(made, key)}",
            )
        is_alone = not any(x.key == key and x.time not in (-1, None) for x in used)
        alone = " alone" if is_alone else ""
        made.notes.append(f"{spelled(key)} is the input of a step: it is read at t-1{alone}, and nothing is read at t")
        made.nodes = {k: mapped(node, partial(_later, key)) for k, node in made.nodes.items()}
        if not is_alone:
            _keep_input(made, key)


def like_of(made: System, key: Key) -> Key | None:
    """What may be meant by a letter that is never defined: the same with another accent or index."""
    stem = key[0].partition("_")[0]
    return next((k for k in made.nodes if k != key and k[0].partition("_")[0] == stem), None)


def remedy(made: System, key: Key) -> str:
    """How a letter that is never defined may be."""
    if lost := lost_of(made, key):
        return lost
    if (like := like_of(made, key)) is None:
        return "add its equation"
    return f"{spelled(like)} is, on line {made.line(like)}: write one of them as the other, or add its equation"


def _keep_input(made: System, key: Key) -> None:
    """The input of steps before is a state that is the input after a step, and states that keep it."""
    read = [x for node in made.nodes.values() for x in letters(node)]
    oldest = max(-x.time for x in read if x.key == key and x.time is not None)
    _check_oldest(made, key, oldest)
    taken = {x.key for x in read} | {*made.nodes}
    kept = next(k for k in (("p", ""), (f"{key[0]}_prev", ""), (f"{key[0]}_kept", "")) if k not in taken)
    chain = [kept, *((kept[0], f"lag{k}") for k in range(1, oldest))]
    made.nodes = {
        k: mapped(
            node,
            lambda x: Letter(*chain[-x.time - 1], time=-1) if x.key == key and x.time is not None and x.time < 0 else x,
        )
        for k, node in made.nodes.items()
    }
    made.nodes[kept] = Letter(*key, time=0)
    made.states = (*made.states, *chain)
    is_read = any(x.key == key and x.time in (0, None) for x in read)
    why = f": {spelled(key)} is read at t as well" if is_read else ""
    made.notes.append(f"{spelled(key)} at t-1 is a state, {spelled(kept)}, as wide as the input{why}")
    _keep(made, chain)


def _keep(made: System, chain: Sequence[Key]) -> None:
    """States that keep another, each for a step."""
    for old, new in itertools.pairwise(chain):
        made.nodes[new] = Letter(*old, time=-1)
        made.notes.append(f"{spelled(new)} is a state that keeps {spelled(old)} for a step")


def _later(key: Key, x: Letter) -> Letter:
    return replace(x, time=x.time + 1) if x.key == key and x.time is not None else x


def _note_the_rest(made: System) -> None:
    """Say which equations and numbers are left out."""
    needed = {x.key for k in made.needed() for x in letters(made.nodes[k])}
    outside = [k for k in made.nodes if k not in made.needed()]
    if outside:
        made.notes.append(f"{', '.join(map(spelled, outside))}: left out, no state depends on it")
    if made.unread:
        made.notes.append(f"{', '.join(map(spelled, made.unread))}: not read, no state depends on it")
    for equation, why in made.lost:
        tokens = (*equation.left, Token(equation.sign, 0, True), *equation.right)
        text = shortened("".join(" " * t.space + t.text for t in tokens).strip(), 60)
        made.notes.append(f"{text} on line {equation.line}: left out, {placed(str(why))[1]}")
    bases = {base for base, _ in made.states}
    for key, number in made.numbers.items():
        if key[0] in bases and key not in needed:
            made.notes.append(f"{spelled(key)} = {number}: left out, equations of a step do not say where it starts")


def _last(made: System) -> Key:
    """The one state that no other is made of at the same time, a of a = o tanh(c); else the first."""
    read = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time in (0, None)}
    rest = [k for k in made.states if k not in read]
    return rest[0] if len(rest) == 1 else made.states[0]


def _output_of(made: System) -> Key:
    """The first that is called h or y, of layers the one that no other reads; else the last one made."""
    named = [k for k in made.states if _is_output(k)]
    read = {x.key for k, node in made.nodes.items() for x in letters(node) if x.time == 0}
    ends = [k for k in named if k not in read and k[0] == named[0][0]]
    return ends[0] if len(ends) == 1 else next(iter(named), _last(made))


def _is_output(key: Key) -> bool:
    return key[0].lower() in ("h", "y")


_OUTPUTS = "hyo"  # what a network gives that keeps a matrix


def _add_output(made: System) -> None:
    """An h that is made of the states, and read by none, is the output."""
    needed = made.needed()
    outside = [k for k in made.nodes if k not in needed]
    read = {x.key for k in outside for x in letters(made.nodes[k])}
    read_now = {x.key for node in made.nodes.values() for x in letters(node) if x.time == 0} - {*made.nodes}
    letters_of = _OUTPUTS if has_matrices(made) or has_keys(read_now) else "h"
    if len(results := [k for k in made.results if k in outside and {*made.states} & {*made.needed(k)}]) == 1:
        made.states = (results[0], *made.states)
        made.notes.append(f"{spelled(results[0])} is the output: it is what a function of the step is said to give")
        return
    letter = next((a for a in letters_of if any(k[0].lower() == a for k in outside)), "")
    found = [k for k in outside if k[0].lower() == letter and (letter == "h" or k not in read)]
    if len(found) == 1 and {*made.states} & {*made.needed(found[0])}:
        made.states = (found[0], *made.states)
        made.notes.append(f"{spelled(found[0])} is the output: it is made of the states")
