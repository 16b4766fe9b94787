"""Where each quantity is found: what is read outside of its group alone, in records side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from sympy import Symbol

from derive.backends.c.operations import Sum
from derive.backends.c.program import Group, Home, Place, Program, Stage, size_of
from derive.plan.operations import Contract, Operation, Pointwise
from derive.plan.plan import Origin


def placed(program: Program, known: dict[Symbol, Place], results: dict[Symbol, Place]) -> Program:
    """The program where everything that is read outside of its group has a place. known: of what products give and what
    comes in; results: of what a step is for."""
    plan, axis, unit = program.plan, program.units.axis, program.units.unit
    places = dict(known)
    places |= {q: Place(Home.INPUT, axis[q], k) for k, q in enumerate(plan.inputs)}
    for k, s in enumerate(plan.states):
        places[s.previous] = Place(Home.BEFORE, axis[s.previous], k)
    places |= results
    operands = set(_operands(program))
    rowwise = tuple(k == 0 or bool({s.previous, unit(s.new)} & operands) for k, s in enumerate(plan.states))
    backwards = {q for stage in program.backward for op in stage.operations for q in op.reads}
    backwards |= {q for op in program.outers for q in op.reads}
    late = {q for op in program.outers for q in op.reads}
    records: Counter[tuple[Home, str, bool]] = Counter()

    def place(q: Symbol, kept: bool) -> None:
        home = Home.ROW if q in operands else Home.PANEL
        key = home, axis[q], kept
        places[q] = Place(home, axis[q], records[key], kept=kept)
        records[key] += 1

    for q in _lefts(program):  # side by side as they are multiplied
        if q not in places:
            place(q, True)
    for of, read_later in ((program.forward, backwards), (program.backward, late)):
        for q in _escaping(of, set(places), read_later):
            place(q, q in read_later)
    here = set(_escaping(program.forward, set(places) - backwards, set()))
    for_later = {q for q, p in places.items() if p.kept and q in backwards} - here
    for_later -= {q for stage in program.backward for op in stage.operations for q in op.targets}
    sums = {
        op.target: size_of(op, axis) for stage in program.backward for op in stage.operations if isinstance(op, Sum)
    }
    places |= {q: Place(Home.SUM, size, k) for k, (q, size) in enumerate(sums.items())}
    used = {q for stage in program.stages for op in stage.operations for q in (*op.targets, *op.reads)}
    used |= {q for op in (*program.early, *program.outers) for q in (*op.targets, *op.reads)}
    used |= {q for g in program.parameters for op in g.lines for q in (*op.targets, *op.reads)}
    fixed = [q for q in axis if q in used and (q in program.units.of_parameters or _is_fixed(program, q))]
    places |= {q: Place(Home.FIXED, axis[q], k) for k, q in enumerate(fixed)}
    return replace(
        program,
        places={q: p for q, p in places.items() if q in used},
        rowwise=rowwise,
        for_later=frozenset(for_later),
    )


def _is_fixed(program: Program, q: Symbol) -> bool:
    value = program.plan.values.get(q)
    made = any(q in op.targets for op in program.units.parameters)
    return made or (value is not None and value.origin in (Origin.CONSTANT, Origin.SIZE))


def _operands(program: Program) -> Iterator[Symbol]:
    """What products read, and what contractions read and give, row by row."""
    for stage in program.stages:
        for mixed in stage.mixed:
            if isinstance(mixed, Contract):
                yield from (*mixed.targets, *mixed.reads)
        for group in stage.groups:
            for op in group.products:
                yield from op.operand
    for outer in program.outers:
        yield from outer.reads


def _lefts(program: Program) -> Iterator[Symbol]:
    for outer in program.outers:
        for left, _ in outer.pairs:
            yield from left


def _escaping(stages: Sequence[Stage], placed: Set[Symbol], later: Set[Symbol]) -> Iterator[Symbol]:
    """What is computed here and read outside of its group; reductions give what others read."""
    for stage in stages:
        yield from (q for op in stage.mixed for q in op.targets if q not in placed)
        for group in stage.groups:
            outside = {q for op in _outside(stages, group) for q in op.reads}
            for op in group.lines:
                if isinstance(op, Pointwise) and op.target not in placed and op.target in outside | later:
                    yield op.target


def _outside(stages: Sequence[Stage], group: Group) -> Iterator[Operation]:
    """The operations that do not belong to a group's lines."""
    for stage in stages:
        yield from stage.mixed
        for other in stage.groups:
            yield from other.products
            if other is not group:
                yield from other.lines
