"""Which time step each letter of an equation is of, where authors say it by marks, or count from another step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from derive.intake.latex.trees.tree import Key, Letter, Node, letters, mapped

_NEW = ("'", "prime", "new", "next")
_OLD = ("prev", "old", "state")


def primes_of(defined: Iterable[Key], right: Iterable[Node]) -> dict[Key, Key]:
    """h' is the new h where h itself is never defined, nor read at t, and so is h_{new}."""
    read = [x for node in right for x in letters(node)]
    kept = {x.key for x in read if x.time == -1}  # a'_{t-1}: it is a' that is new, and no a
    defined = {*defined, *(x.key for x in read if x.time == 0)}
    marked = (
        (base, label.removesuffix(mark), label)
        for base, label in defined
        if (base, label) not in kept
        for mark in _NEW
        if label.endswith(mark)
    )
    return {(base, label): (base, plain) for base, plain, label in marked if (base, plain) not in defined}


def unprimed(node: Node, primes: Mapping[Key, Key], defined: Collection[Key]) -> Node:
    """h' is h at t, h is h at t-1, as is h_{prev}."""
    back = set(primes.values())

    def letter(x: Letter) -> Letter:
        if x.key in primes:
            return Letter(*primes[x.key], time=0)
        mark = next((m for m in _OLD if x.label.endswith(m)), None)
        if mark and (plain := (x.base, x.label.removesuffix(mark))) in (*back, *defined):
            return Letter(*plain, time=-1)
        return replace(x, time=-1) if x.key in back and x.time is None else x

    return mapped(node, letter)


def ahead_of(defined: Sequence[Letter], right: Iterable[Node]) -> dict[Key, int]:
    """How far ahead each quantity is of the t of the others: h_{t+1} = z_t h_t is one ahead of z; of what is defined
    and read at t-1 alone, behind."""
    ahead: dict[Key, int] = {}
    known = {t.key for t in defined}
    read = [x for node in right for x in letters(node)]
    free = [x for x in read if x.key not in known]
    for x in (*defined, *free):
        ahead[x.key] = max(ahead.get(x.key, 0), x.time or 0)
    for t in defined:  # C^S_{t-1} = f(C_{t-1}), which is read at t-1 alone
        if t.time is not None and t.time < 0 and not any(x.key == t.key and x.time != t.time for x in read):
            ahead[t.key] = t.time
    return ahead


def shifted(node: Node, ahead: Mapping[Key, int]) -> Node:
    """The formula with every quantity at the time that its definition has."""
    return mapped(node, lambda x: x if x.time is None else replace(x, time=x.time - ahead.get(x.key, 0)))


def deepest(nodes: Mapping[Key, Node]) -> dict[Key, int]:
    """How many steps ago each quantity is read, of those that are read more than one step ago."""
    found: dict[Key, int] = {}
    for x in (x for node in nodes.values() for x in letters(node)):
        if x.key in nodes and x.time is not None and x.time < -1:
            found[x.key] = max(found.get(x.key, 0), -x.time)
    return found


def undelayed(x: Letter, chains: Mapping[Key, Sequence[Key]]) -> Letter:
    """h_{t-2} as the quantity of its chain that is it one step ago."""
    if x.key not in chains or x.time is None or x.time > -2:
        return x
    return Letter(*chains[x.key][-x.time - 1], time=-1)
