"""Which quantities of a system are states, and which letter is the input."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from derive.errors import DefinitionError
from derive.intake.latex.letters import DELAYED, PRIOR
from derive.intake.latex.place import of_line, placed
from derive.intake.latex.system import System
from derive.intake.latex.times import deepest, undelayed
from derive.intake.latex.tokens import Token, argument
from derive.intake.latex.tree import Call, Key, Letter, every, letters, mapped, name_of, spelled


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
    if given is None and made.states and (made.states[0][0].lower() != "h" or _has_matrices(made)):
        _add_output(made)
    if not made.states and given is None:
        _take_reader(made, read)
    if not made.states:
        if made.unread:
            raise next(iter(made.unread.values()))
        what = "no recurrence was found: no quantity is defined at t and read at t-1; give the equations of one cell"
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
    chains = {key: [key, *((key[0], f"{key[1]}lag{k}") for k in range(1, n))] for key, n in deepest(made.nodes).items()}
    made.nodes = {key: mapped(node, lambda x: undelayed(x, chains)) for key, node in made.nodes.items()}
    for old, new in (pair for chain in chains.values() for pair in itertools.pairwise(chain)):
        made.nodes[new] = Letter(*old, time=-1)
        made.notes.append(f"{spelled(new)} is a state that keeps {spelled(old)} for a step")


def _check_undefined(made: System, missing: Sequence[Key]) -> None:
    """What is read of the step before and never defined: the input, where it is the only one and nothing else is."""
    used = [x for k in made.needed() for x in letters(made.nodes[k])]
    now = {x.key for x in used if x.time == 0 and x.key not in made.nodes} | _timeless(made)
    missing = [k for k in missing if any(x.key == k for x in used)]
    for key in missing:
        if key in now and len(missing) == 1:
            _keep_input(made, key)
            continue
        if now or len(missing) > 1:
            raise made.at(
                made.reader([key], -1), f"{spelled(key)} is read at t-1 and never defined; {remedy(made, key)}"
            )
        made.notes.append(f"{spelled(key)} is the input of a step: it is read at t-1 alone, and nothing is read at t")
        made.nodes = {k: mapped(node, partial(_now, key)) for k, node in made.nodes.items()}


def like_of(made: System, key: Key) -> Key | None:
    """What may be meant by a letter that is never defined: the same with another accent or index."""
    stem = key[0].partition("_")[0]
    return next((k for k in made.nodes if k != key and k[0].partition("_")[0] == stem), None)


def remedy(made: System, key: Key) -> str:
    """How a letter that is never defined may be."""
    if lost := _lost(made, key):
        return lost
    if (like := like_of(made, key)) is None:
        return "add its equation"
    return f"{spelled(like)} is, on line {made.line(like)}: write one of them as the other, or add its equation"


def _lost(made: System, key: Key) -> str:
    """What is said of an equation that defines no letter, and has that one on its left side."""
    stem = key[0].partition("_")[0]
    return next((str(why) for e, why in made.lost if stem in [t.text for t in e.left]), "")


def _keep_input(made: System, key: Key) -> None:
    """The input of the step before is a state that is the input after a step."""
    taken = {x.key for node in made.nodes.values() for x in letters(node)} | {*made.nodes}
    kept = next(k for k in (("p", ""), (f"{key[0]}_prev", ""), (f"{key[0]}_kept", "")) if k not in taken)
    made.nodes = {
        k: mapped(node, lambda x: Letter(*kept, time=-1) if x.key == key and x.time == -1 else x)
        for k, node in made.nodes.items()
    }
    made.nodes[kept] = Letter(*key, time=0)
    made.states = (*made.states, kept)
    made.notes.append(
        f"{spelled(key)} at t-1 is a state, {spelled(kept)}, as wide as the input: {spelled(key)} is read at t as well"
    )


def _now(key: Key, x: Letter) -> Letter:
    return replace(x, time=0) if x.key == key else x


def _note_the_rest(made: System) -> None:
    """Say which equations and numbers are left out."""
    needed = {x.key for k in made.needed() for x in letters(made.nodes[k])}
    outside = [k for k in made.nodes if k not in made.needed()]
    if outside:
        made.notes.append(f"{', '.join(map(spelled, outside))}: left out, no state depends on it")
    if made.unread:
        made.notes.append(f"{', '.join(map(spelled, made.unread))}: not read, no state depends on it")
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


def _has_matrices(made: System) -> bool:
    """Whether a quantity is transposed, so that others may be matrices."""
    read = (x for node in made.nodes.values() for n in every(node) for x in letters(n))
    turned = any(x.turned and (x.time is not None or x.key in made.nodes) for x in read)
    parts = (n for node in made.nodes.values() for n in every(node))
    return turned or any(isinstance(n, Call) and n.function.base == "transposed" for n in parts)


def _given_each_step(made: System, free: Collection[Key]) -> str:
    """Why several letters are inputs all of them; "" where one of them may be."""
    if any(k[0].lower() == "x" for k in free):
        return ""
    if any(k[1].endswith(PRIOR) for k in made.nodes):
        return "beside what is estimated, and corrected by what is measured"
    if _has_matrices(made):
        return "beside a matrix"
    return "and are what attention calls keys and values" if _has_keys(free) else ""


def _has_keys(free: Collection[Key]) -> bool:
    """Whether keys and values are among what is never defined, in whatever font, and nothing but what stands with
    them."""
    bases = {base.rpartition("_")[2].lower() for base, _ in free}
    return {"k", "v"} <= bases <= {"q", "k", "v", "r", "w", "g"}


_OUTPUTS = "hyo"  # what a network gives that keeps a matrix


def _add_output(made: System) -> None:
    """An h that is made of the states, and read by none, is the output."""
    needed = made.needed()
    outside = [k for k in made.nodes if k not in needed]
    read = {x.key for k in outside for x in letters(made.nodes[k])}
    read_now = {x.key for node in made.nodes.values() for x in letters(node) if x.time == 0} - {*made.nodes}
    letters_of = _OUTPUTS if _has_matrices(made) or _has_keys(read_now) else "h"
    letter = next((a for a in letters_of if any(k[0].lower() == a for k in outside)), "")
    found = [k for k in outside if k[0].lower() == letter and (letter == "h" or k not in read)]
    if len(found) == 1 and {*made.states} & {*made.needed(found[0])}:
        made.states = (found[0], *made.states)
        made.notes.append(f"{spelled(found[0])} is the output: it is made of the states")


def take_features(made: System) -> None:
    """A quantity of a sum that is not read, features of a convolution, is the input where nothing else is, and its
    equation is of nothing that is defined."""
    known = {*made.nodes, *made.unread}
    read = {x.key for node in made.nodes.values() for x in letters(node) if x.time == 0}
    unread = [k for k in made.unread if k in read and k in made.origins]
    sums = [k for k in unread if r"\sum" in [t.text for t in made.origins[k].right]]
    outside = [k for k in sums if not _reads_any(made.origins[k].right, made.time, known)]
    if len(outside) == 1 and read <= known:
        why = made.unread.pop(outside[0])
        made.lost.append((made.origins[outside[0]], why))
        made.notes.append(
            f"{spelled(outside[0])} is the input: nothing else is, and its own equation is not read: {why}"
        )


def _reads_any(side: Sequence[Token], time: str, known: Collection[Key]) -> bool:
    """Whether a side that is not read has a letter of those with a time."""
    bases = {base for base, _ in known}
    indexed = [k for k, mark in enumerate(side[1:]) if mark.text in ("_", "^") and side[k].text.lstrip("\\") in bases]
    return any(t.text == time for k in indexed for t in argument(list(side), k + 2)[0])


def find_input(made: System, given: str | None) -> None:
    free = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time == 0 and x.key not in made.nodes}
    if not free and (free := _timeless(made)):
        made.notes.extend(
            f"{spelled(k)} is the input: it has no time{' but the end of its index' * bool(k[1])} and is nothing else"
            for k in free
        )
    delayed = sorted(k for k in free if k[1].endswith(DELAYED))
    for key in delayed:
        made.notes.append(f"{spelled(key)} is given at each step, as a further input: it is of so many steps ago")
    free -= {*delayed, *made.masks}
    inputs = [k for k, space in made.spaces.items() if space.is_input and made.is_told]
    if given is not None:
        inputs = [k for name in given.split(",") for k in free if name_of(k) == name.strip()]
    elif not inputs and len(free) > 1 and (why := _given_each_step(made, free)):
        inputs = [k for k in _in_order(made) if k in free]
        listed = ", ".join(map(spelled, inputs))
        made.notes.append(f"{listed} are given at each step: they are read and never defined, {why}")
    made.further = (*inputs[1:], *delayed, *made.masks)
    if inputs and (given is not None or free <= {*inputs}):
        free = {inputs[0]}
    elif given is not None:
        free = set()
    if len(free) != 1:
        listed = ", ".join(sorted(map(spelled, free)))
        if not free:
            raise made.at(made.states[0], "no input was found: no letter is read at t that is not defined")
        _check_unread(made, free)
        lost = next((f"; {why}" for k in sorted(free) if (why := _lost(made, k))), "")
        raise made.at(
            made.reader(free),
            f"the input is not clear: {listed} are read at t and never defined; say which is it, input='x',"
            f" or all, the first one first, input='{','.join(map(name_of, sorted(free)))}'{lost}",
        )
    made.input = free.pop()
    others = [k for k in (*made.nodes, *made.unread) if k[0] == made.input[0] and k not in made.needed()]
    if given is None:
        _check_unread(made, [made.input])
    if others and given is None and not made.input[1]:
        raise made.at(
            made.reader([made.input]),
            f"{spelled(made.input)} is read at t and never defined, and {spelled(others[0])} is defined and never read;"
            f" if it is the input, say so, input={name_of(made.input)!r}",
        )


def _check_unread(made: System, free: Collection[Key]) -> None:
    """Raises DefinitionError where what looks like an input is defined by an equation that is not read, h_{s+1}."""
    for key in (k for k in made.unread if k[0] in {base for base, _ in free} and k[1].endswith("+1")):
        raise made.unread[key]


def _in_order(made: System) -> list[Key]:
    """All letters, in the order of the text; those that are transposed somewhere, which are no numbers, before the
    others."""
    lines = sorted(made.nodes, key=made.line)
    nodes = [n for k in lines for n in every(made.nodes[k])]
    brackets = (n for n in nodes if isinstance(n, Call) and n.function.base == "transposed")
    found = [x for n in nodes if isinstance(n, Letter) for x in letters(n)]
    turned = [*(x for x in found if x.turned), *(x for n in brackets for x in letters(n))]
    return list(dict.fromkeys(x.key for x in (*turned, *found)))


def _timeless(made: System) -> set[Key]:
    """An x without a time, or where the time is the end of an index, x_{it}."""
    used = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time is None}
    used = {k for k in used if k[0].lower() == "x" and k not in made.nodes}
    return {k for k in used if not k[1]} or {k for k in used if len(k[1]) > 1 and k[1].endswith(made.time)}
