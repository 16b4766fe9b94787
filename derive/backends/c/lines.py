"""The lines of a group as a C function of panels: what it reads, its equations, and what is put where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Expr, Symbol

from derive.backends.c.operations import Sum, spelled
from derive.backends.c.printer import FUNCTIONS, c_code
from derive.backends.c.program import Group, Home, Line, Program
from derive.plan.operations import Pointwise
from derive.symbolic.expressions import replace

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof
at add both bits either end fetch first fixed get keep load magnitude mask maximum minimum opposite panel power put
quantities real row rows where splat square_root store vec vpow R
"""
_IN_ROWS = (Home.INPUT, Home.ROW, Home.D_INPUT, Home.D_OUTPUT)
TAKEN = frozenset(_KEYWORDS.split()) | set(FUNCTIONS.values())


def identifier(q: Symbol) -> str:
    """A quantity's name in C."""
    name = re.sub(r"\W", "_", spelled(q))
    return f"{name}_" if name in TAKEN else name


def array(kind: str, items: Sequence[str]) -> str:
    """An array within a table; of nothing a null pointer."""
    return f"(const {kind}[]){{{', '.join(items)}}}" if items else "0"


def function(name: str, comment: str, group: Group, program: Program) -> str:
    """The text of a group's function."""
    return "\n".join(_Function(program, simplified(group.lines, program)).text(name, comment))


def simplified(lines: Sequence[Line], program: Program) -> list[Line]:
    """The same, where what has no name, or is read only to have another, stands where it is read, and what nobody reads
    is left out."""
    readings = Counter(q for line in lines for q in line.reads)
    local: dict[Symbol, int] = {}
    found: list[Line | None] = []
    for line in lines:
        within: dict[Any, Expr] = {}
        for q in line.reads:
            if q in local and readings[q] == 1 and (line.expr == q or not program.is_named(q)):
                k = local.pop(q)
                before, found[k] = found[k], None
                assert before is not None
                within[q] = before.expr
        if isinstance(line, Pointwise) and line.target not in program.places:
            local[line.target] = len(found)
        found.append(type(line)(line.target, replace(line.expr, within)))
    written: list[Line] = []
    read: set[Symbol] = set()
    for one in reversed(found):
        if one is not None and (one.target in program.places or one.target in read):
            written.insert(0, one)
            read.update(one.reads)
    return written


class _Function:
    def __init__(self, program: Program, lines: Sequence[Line]) -> None:
        self.program, self.places, self.lines = program, program.places, lines
        defined = {line.target for line in lines if isinstance(line, Pointwise)}
        self.readings = Counter(q for line in lines for q in line.reads)
        self.read = [q for q in self.readings if q not in defined]

    def text(self, name: str, comment: str) -> Iterator[str]:
        sums = list(dict.fromkeys(identifier(line.target) for line in self.lines if isinstance(line, Sum)))
        panels, rows = "for (long panel = first; panel < end; panel++) {", "for (long row = 0; row < rows; row++) {"
        fixed = [f"const vec {identifier(q)} = fixed(Q_{identifier(q)});" for q in self.read if self._is_fixed(q)]
        yield f"/* {comment} */"
        yield f"static void {name}(const At *restrict at, long first, long end, long rows, int keep)"
        yield "{"
        if not sums and self._go_by_rows():
            yield f"    {rows}"
            yield f"        {panels}"
            yield from (f"            {text}" for text in (*self._fetched(), *fixed, *self._body()))
        else:
            yield f"    {panels}"
            yield from (f"        {text}" for text in fixed)
            yield from (f"        vec {name} = splat(0);" for name in sums)
            yield f"        {rows}"
            yield from (f"            {text}" for text in self._body())
        yield "        }"
        yield from (f"        add(Q_{name}, {name});" for name in sums)
        yield "    }"
        yield "    (void)keep;"
        yield "}"

    def _body(self) -> Iterator[str]:
        """One row: what is read, the equations, what is put for others, and what only for a backward pass."""
        renamed = {line.expr for line in self.lines if isinstance(line, Pointwise) and self.readings[line.expr] == 1}
        for q in self.read:
            if not self._is_fixed(q) and q not in renamed:
                yield f"const vec {identifier(q)} = get(Q_{identifier(q)});"
        for line in self.lines:
            name, names = identifier(line.target), {q: identifier(q) for q in line.reads}
            if isinstance(line, Sum):
                yield f"{name} += {c_code(line.expr, names)};"
            elif line.expr in renamed and line.expr in self.read and not self._is_fixed(line.expr):
                yield f"const vec {name} = get(Q_{identifier(line.expr)});"
            else:
                yield f"const vec {name} = {c_code(line.expr, names)};"
        put = [line.target for line in self.lines if isinstance(line, Pointwise) and line.target in self.places]
        yield from (f"put(Q_{identifier(q)}, {identifier(q)});" for q in put if q not in self.program.for_later)
        if later := [q for q in put if q in self.program.for_later]:
            yield "if (keep) {"
            yield from (f"    put(Q_{identifier(q)}, {identifier(q)});" for q in later)
            yield "}"

    def _placed(self) -> list[Symbol]:
        """What is read and put."""
        return [q for q in (*self.read, *(line.target for line in self.lines)) if q in self.places]

    def _go_by_rows(self) -> bool:
        """Whether all that is not the same for all rows lies row by row: then from the first number to the last."""
        moving = [q for q in self._placed() if not self._is_fixed(q)]
        return bool(moving) and all(map(self._lies_in_rows, moving))

    def _lies_in_rows(self, q: Symbol) -> bool:
        place = self.places[q]
        if place.home in (Home.BEFORE, Home.AFTER):
            return self.program.rowwise[place.slot]
        return place.home in _IN_ROWS

    def _fetched(self) -> Iterator[str]:
        """What no earlier step has brought into a cache."""
        for q in self._placed():
            if self.places[q].home in (Home.INPUT, Home.AFTER):
                yield f"fetch(Q_{identifier(q)});"

    def _is_fixed(self, q: Symbol) -> bool:
        return self.places[q].home is Home.FIXED
