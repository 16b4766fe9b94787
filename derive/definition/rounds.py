"""Loops in a definition, written out: ``for k in range(3):`` is its equations three times, those of each round under
names of their own, s_1, s_2, s_3. A state has its own name in the last round.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from derive.errors import DefinitionError

MOST_ROUNDS = 100
REMEDY = "write a number, such as `for k in range(3):`, or the name of one that stands outside of the cell"
Fail = Callable[[ast.AST, str], DefinitionError]


@dataclass(frozen=True)
class Written:
    """A statement of the author's in one round. suffix: of the names that it assigns, "_2"; counters: what the counters
    of loops are worth there."""

    node: ast.stmt
    suffix: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)


def written_out(body: list[ast.stmt], outside: Mapping[str, Any], quantities: set[str], fail: Fail) -> list[Written]:
    """The statements in order, loops written out. outside: what the function may read; quantities: the names of its
    arguments.

    Raises what ``fail`` makes of a statement and words, for a loop whose rounds are not known.
    """

    def walk(body: Sequence[ast.stmt], within: Written) -> Iterator[Written]:
        for node in body:
            if not isinstance(node, ast.For):
                yield replace(within, node=node)
                continue
            counter = node.target
            if not isinstance(counter, ast.Name) or counter.id in quantities:
                raise fail(node, f"a loop counts in a plain name that nothing else has, not in {ast.unparse(counter)}")
            for number, value in enumerate(rounds(node, within), 1):
                suffix = f"{within.suffix}_{number}"
                yield from walk(node.body, Written(node, suffix, {**within.counters, counter.id: value}))

    def rounds(node: ast.For, within: Written) -> range:
        text = ast.unparse(node.iter)
        found: Any = None
        if not quantities & {n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name)}:
            try:
                found = eval(compile(ast.Expression(node.iter), "a loop", "eval"), {**outside, **within.counters})
            except Exception:  # whatever the author's Python meets: what is said is the same
                found = None
        if not isinstance(found, range):
            raise fail(node, f"how many rounds {text} has is not known when the cell is defined; {REMEDY}")
        if not 1 <= len(found) <= MOST_ROUNDS:
            raise fail(node, f"{text} has {len(found)} rounds; expected 1 to {MOST_ROUNDS}, each with its equations")
        if node.orelse:
            raise fail(node.orelse[0], "a loop has no else; write these equations after it")
        return found

    return list(walk(body, Written(ast.Pass())))


def last_assignments(statements: Sequence[Written]) -> dict[str, int]:
    """The place of the last statement that assigns each name."""
    found: dict[str, int] = {}
    for k, one in enumerate(statements):
        if isinstance(one.node, ast.Assign):
            found |= {n.id: k for target in one.node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found
