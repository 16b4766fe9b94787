"""Which letters of a system are its inputs: what is read and never defined."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from derive.intake.latex.systems.system import System
from derive.intake.latex.text.tokens import Token, argument
from derive.intake.latex.trees.alphabet import is_greek
from derive.intake.latex.trees.stamps import DELAYED, PRIOR
from derive.intake.latex.trees.tree import (
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Product,
    Sum,
    every,
    letters,
    mapped,
    name_of,
    spelled,
)


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
    if not free and (free := timeless(made)):
        made.notes.extend(
            f"{spelled(k)} is the input: it has no time{' but the end of its index' * bool(k[1])} and is nothing else"
            for k in free
        )
    if not free and not given:
        free = _without_times(made)
    delayed = sorted(k for k in free if k[1].endswith(DELAYED))
    for key in delayed:
        made.notes.append(f"{spelled(key)} is given at each step, as a further input: it is of so many steps ago")
    free -= {*delayed, *made.masks}
    inputs = [k for k, space in made.spaces.items() if space.is_input and made.is_told]
    if given is not None:
        inputs = _named(made, free, given)
    elif not inputs and len(free) > 1 and (why := _given_each_step(made, free)):
        inputs = sorted((k for k in _in_order(made) if k in free), key=made.given_matrices.__contains__)
        listed, made.are_given = ", ".join(map(spelled, inputs)), True
        made.notes.append(f"{listed} are given at each step: they are read and never defined, {why}")
    elif not inputs and len(free) > 1:
        inputs = _with_elapsed(made, free)
    made.further = (*inputs[1:], *delayed, *made.masks)
    if given is not None:
        made.input = inputs[0]
        return _check_named(made, free - {*inputs}, given)
    if inputs and free <= {*inputs}:
        free = {inputs[0]}
    if len(free) != 1:
        listed = ", ".join(sorted(map(spelled, free)))
        if not free:
            raise made.at(made.states[0], "no input was found: no letter is read at t that is not defined")
        _check_unread(made, free)
        lost = next((f"; {why}" for k in sorted(free) if (why := lost_of(made, k))), "")
        raise made.at(
            made.reader(free),
            f"the input is not clear: {listed} are read at t and never defined; say which is it, input='x',"
            f" or all, the first one first, input='{','.join(map(name_of, sorted(free)))}'{lost}",
        )
    made.input = free.pop()
    base, needed = made.input[0].lower(), made.needed()
    others = [k for k in (*made.nodes, *made.unread) if k[0].lower() == base and k not in needed]
    others = [k for k in others if k[0] == made.input[0] or (k in made.nodes and _is_of_steps(made, k))]
    _check_unread(made, [made.input])
    if others and not made.input[1]:
        raise made.at(
            made.reader([made.input]),
            f"{spelled(made.input)} is read at t and never defined, and {spelled(others[0])} is defined and never read;"
            f" if it is the input, say so, input={name_of(made.input)!r}",
        )


def note_drawn(made: System) -> None:
    """Say what is made of letters that the text says are drawn, where they are no masks."""
    read = {x.key: x for k in made.needed() for x in letters(made.nodes[k]) if x.key in made.drawn}
    for key, x in read.items():
        if key in (made.input, *made.further):
            made.notes.append(
                f"{spelled(key)} is an input: the text says that it is drawn, and a cell draws masks alone"
            )
        elif x.time is None and key not in made.nodes and key not in made.fixed:
            made.notes.append(f"{spelled(key)} is learned: how it is drawn, as the text says, is how it starts")


def _named(made: System, free: Collection[Key], given: str) -> list[Key]:
    """The letters that the caller says are the inputs. Raises DefinitionError for a name of none that may be."""
    names = [name.strip() for name in given.split(",")]
    by_name = {name_of(k): k for k in free}
    for name in names:
        if name in by_name:
            continue
        listed = ", ".join(sorted(by_name))
        those = f"of that are {listed}" if by_name else "there is none of that"
        defined = next((k for k in made.nodes if name_of(k) == name), None)
        what = f"is defined on line {made.line(defined)}" if defined is not None else "is not read"
        raise made.at(
            made.reader(free) if free else made.states[0],
            f"input={given!r}: {name} {what}; an input is read at t and never defined, and {those}",
        )
    return [by_name[name] for name in dict.fromkeys(names)]


def _check_named(made: System, others: Collection[Key], given: str) -> None:
    """Raises DefinitionError where a letter beside the inputs that the caller names is never defined."""
    for key in sorted(others):
        lost = lost_of(made, key)
        raise made.at(
            made.reader([key]),
            f"{spelled(key)} is read at t and never defined; add its equation, or if it is given at each step as well,"
            f" say so, input='{given},{name_of(key)}'{f'; {lost}' * bool(lost)}",
        )


def _with_elapsed(made: System, free: Collection[Key]) -> list[Key]:
    """The one input and the time since the step before it, Δ_t, where there is nothing else."""
    elapsed = sorted(k for k in free if k[0].startswith("Delta"))
    others = [k for k in free if k not in elapsed]
    if len(others) != 1 or others[0][0].lower() not in ("x", "u"):
        return []
    made.notes.extend(
        f"{spelled(k)} is given at each step beside the input {spelled(others[0])}: nothing defines it, as the time"
        " since the step before" for k in elapsed
    )  # fmt: skip
    return [*others, *elapsed]


def _given_each_step(made: System, free: Collection[Key]) -> str:
    """Why several letters are inputs all of them; "" where one of them may be."""
    others = [k for k in free if k[0].lower() != "x"]
    matrices = _matrices([made.nodes[k] for k in made.needed()], free)
    if len(others) < len(free):
        are_all = matrices is not None and {*matrices} == {*others} and not _has_weights(made)
        made.given_matrices = (matrices or ()) if are_all else ()
        return "capitals before a small letter" if are_all else ""
    if any(k[1].endswith(PRIOR) for k in made.nodes):
        return "beside what is estimated, and corrected by what is measured"
    if has_matrices(made):
        made.given_matrices = _transitions(made, free)
        return "beside a matrix"
    if has_keys(free):
        return "and are what attention calls keys and values"
    if _has_weights(made) or _has_twin(made, free) or matrices is None:
        return ""
    made.given_matrices = matrices
    return "and the equations of the step have no weights"


def given_as_well(made: System) -> None:
    """Where several letters are given at each step, so are those that only equations read of which no state is made."""
    read = [made.nodes[k] for k in made.nodes if k not in made.needed()]
    known = {*made.nodes, *made.unread, made.input, *made.further}
    free = dict.fromkeys(x.key for node in read for x in letters(node) if x.time == 0 and x.key not in known)
    if made.are_given and (matrices := _matrices(read, free, some=True)) is not None:
        made.further = (*made.further, *free)
        made.given_matrices += () if has_matrices(made) else matrices


def _matrices(nodes: Iterable[Node], free: Collection[Key], some: bool = False) -> tuple[Key, ...] | None:
    """Capital letters that stand before a small one, A_t h_{t-1}, with no sign of an elementwise product; None where a
    capital stands beside something else, which leaves open what it is.
    some: whether they may be all of the free letters."""
    found: dict[Key, None] = {}
    for product in (n for node in nodes for n in every(node) if isinstance(n, Product)):
        after = [*product.factors[1:], ("⊙", Numeral("1"))]
        for k, ((sign, factor), (following, other)) in enumerate(zip(product.factors, after, strict=True)):
            if not (isinstance(factor, Letter) and factor.key in free and factor.base[:1].isupper()):
                continue
            if following == "⊙" and (k == 0 or sign == "⊙"):
                continue
            is_before = following != "⊙" and isinstance(other, Letter) and not other.base[:1].isupper()
            if not is_before:
                return None
            found[factor.key] = None
    return None if not some and {*found} == {*free} else tuple(found)


def _transitions(made: System, free: Collection[Key]) -> tuple[Key, ...]:
    """Capital letters beside a matrix within its own equation, D_t of S_t = D_t S_{t-1} + k_t v_t^T, or of a term of
    it: they keep its axes, so that they are no vectors, and a number has a small letter."""
    found: dict[Key, None] = {}
    for state in (s for s in made.states if s[0][:1].isupper()):
        node = made.nodes[state]
        terms = node.terms if isinstance(node, Sum) else ()
        if not any(isinstance(t, Product) and _is_row(t.factors[-1][1]) for _, t in terms):
            continue
        own = [state, *(t.key for _, t in terms if isinstance(t, Letter) and t.time == 0 and t.key in made.nodes)]
        for product in (n for k in own for n in every(made.nodes[k]) if isinstance(n, Product)):
            match product.factors:
                case ((_, Letter() as a), (sign, Letter() as b)) if sign != "⊙" and not (a.turned or b.turned):
                    other = a if b == Letter(*state, time=-1) else b if a == Letter(*state, time=-1) else None
                    if other and other.time == 0 and other.key in free and other.base[:1].isupper():
                        found[other.key] = None
    return tuple(found)


def _is_row(node: Node) -> bool:
    return (isinstance(node, Letter) and node.turned) or (isinstance(node, Call) and node.function.base == "transposed")


def _has_weights(made: System) -> bool:
    """Whether something is read in the equations of the step that is not of a time step."""
    read = [x for k in made.needed() for x in letters(made.nodes[k]) if x.time is None]
    return any(x.key not in made.nodes and x.key not in made.numbers for x in read)


def _has_twin(made: System, free: Collection[Key]) -> bool:
    """Whether one of the letters may be another in the other case, C_t for c_t."""
    known = {(base.lower(), label) for base, label in made.nodes if _is_of_steps(made, (base, label))}
    return any((base.lower(), label) in known for base, label in free)


def _is_of_steps(made: System, key: Key) -> bool:
    return any(x.time is not None for x in letters(made.nodes[key]))


def _without_times(made: System) -> set[Key]:
    """Small letters of a step in which nothing has a time but its states, and nothing is a weight: they are given."""
    read = [x for k in made.needed() for x in letters(made.nodes[k])]
    free = {x.key for x in read if x.time is None and x.key not in made.nodes and x.key not in made.numbers}
    if not free or any(x.time == 0 and x.key not in made.states for x in read):
        return set()
    if any(base[:1].isupper() or is_greek(Letter(base)) for base, _ in free):
        return set()
    made.nodes = {k: mapped(n, lambda x: replace(x, time=0) if x.key in free else x) for k, n in made.nodes.items()}
    return free


def has_keys(free: Collection[Key]) -> bool:
    """Whether keys and values are among what is never defined, in whatever font, and nothing but what stands with
    them."""
    bases = {base.rpartition("_")[2].lower() for base, _ in free}
    return {"k", "v"} <= bases <= {"q", "k", "v", "r", "w", "g"}


def has_matrices(made: System) -> bool:
    """Whether a quantity is transposed, so that others may be matrices."""
    read = (x for node in made.nodes.values() for n in every(node) for x in letters(n))
    turned = any(x.turned and (x.time is not None or x.key in made.nodes) for x in read)
    parts = (n for node in made.nodes.values() for n in every(node))
    return turned or any(isinstance(n, Call) and n.function.base == "transposed" for n in parts)


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


def timeless(made: System) -> set[Key]:
    """An x without a time, or where the time is the end of an index, x_{it}."""
    used = {x.key for k in made.needed() for x in letters(made.nodes[k]) if x.time is None}
    used = {k for k in used if k[0].lower() == "x" and k not in made.nodes}
    return {k for k in used if not k[1]} or {k for k in used if len(k[1]) > 1 and k[1].endswith(made.time)}


def lost_of(made: System, key: Key) -> str:
    """What is said of an equation that defines no letter, and has that one on its left side."""
    stem = key[0].partition("_")[0]
    return next((str(why) for e, why in made.lost if stem in [t.text for t in e.left]), "")
