"""A cell as a program: stages of products and of what is pointwise, forwards and backwards, and where each quantity is.

A step goes stage by stage; a stage goes group by group, one for each size of quantities, and a group panel by panel:
the products of a panel, then its lines, as long as the products' results are at hand. What is read in its own group
alone has no place and is a local variable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sympy import Expr, Symbol

from derive.backends.c.operations import Outer, Product, Sum
from derive.backends.c.units import Units, added_in_place, units
from derive.plan.operations import Operation, Pointwise, Reduce, Scan
from derive.plan.passes.stages import in_stages
from derive.plan.plan import FreshNames, Origin, Plan

Line = Pointwise | Sum
Mixed = Reduce | Scan


class Home(StrEnum):
    """The kinds of places."""

    INPUT = "INPUT"  # the caller's, row by row
    BEFORE = "BEFORE"  # a state before the step
    AFTER = "AFTER"  # and after it
    FIXED = "FIXED"  # the same at every step, for every sequence
    EARLY = "EARLY"  # of products of the input, for many time steps
    LOCAL = "LOCAL"  # of products of a group, a panel at a time
    PANEL = "PANEL"  # panel by panel
    ROW = "ROW"  # row by row, as the operands of products are
    LATER = "LATER"  # what the later steps give a state's cotangent
    EARLIER = "EARLIER"  # what this step gives it
    D_OUTPUT = "D_OUTPUT"
    D_INPUT = "D_INPUT"
    SUM = "SUM"  # over time and batch


@dataclass(frozen=True)
class Place:
    """Where a quantity is found. slot: which state, product, sum or parameter, or where in its record; block: of a
    product. kept: whether there is one for each time step when a backward pass follows."""

    home: Home
    axis: str
    slot: int
    block: int = 0
    kept: bool = False


@dataclass(frozen=True)
class Group:
    """What is done to the quantities of one size in a stage."""

    axis: str
    products: tuple[Product, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Stage:
    """mixed: reductions and scans, which come first."""

    mixed: tuple[Mixed, ...]
    groups: tuple[Group, ...]

    @property
    def operations(self) -> Iterator[Operation]:
        yield from self.mixed
        for group in self.groups:
            yield from group.products
            yield from group.lines


@dataclass(frozen=True, eq=False)
class Program:
    """early: products of the input, before the steps. totals: the sums that a gradient consists of. places: of what is
    not a local variable. rowwise: which states lie row by row, as operands of products. for_later: what only the
    backward pass reads of the forward pass.
    """

    units: Units
    parameters: tuple[Group, ...]
    early: tuple[Product, ...]
    forward: tuple[Stage, ...]
    backward: tuple[Stage, ...]
    outers: tuple[Outer, ...]
    totals: dict[Symbol, tuple[Symbol, ...]]
    places: dict[Symbol, Place] = field(default_factory=dict)
    rowwise: tuple[bool, ...] = ()
    for_later: frozenset[Symbol] = frozenset()

    @property
    def plan(self) -> Plan:
        return self.units.plan

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (*self.forward, *self.backward)

    def is_named(self, q: Symbol) -> bool:
        """Whether a quantity has a name that people read."""
        value = self.plan.values.get(q)
        return value is None or value.named

    def is_late(self, group: Group) -> bool:
        """Whether a group gives the input's cotangent alone, of what is kept for all steps."""
        own = {q for op in group.products for q in op.targets} | {line.target for line in group.lines}
        operands = [self.places[q] for op in group.products for q in op.operand]
        return (
            bool(group.products)
            and all(p.kept for p in operands)
            and all(own.issuperset(line.reads) for line in group.lines)
            and {p.home for line in group.lines if (p := self.places.get(line.target))} == {Home.D_INPUT}
        )


def program(plan: Plan) -> Program:
    """The program of a plan after the passes that suit C."""
    return _Maker(units(plan)).program()


class _Maker:
    def __init__(self, cut: Units) -> None:
        self.units, self.plan, self.axis = cut, cut.plan, cut.axis
        self.names = FreshNames(self.axis)
        self.places: dict[Symbol, Place] = {}

    def program(self) -> Program:
        plan = self.plan
        forward: Sequence[Operation] = self.units.forward
        backward: Sequence[Operation] = (*self._incoming(), *self.units.backward)
        readings = Counter(q for op in (*forward, *backward, *self.units.outers) for q in op.reads)
        readings.update(list(self._results()))
        early = {q for op in forward if isinstance(op, Product) and op.operand == (plan.input,) for q in op.targets}
        forward = self._at_hand(added_in_place(forward, readings, early), early)
        backward = self._at_hand(added_in_place(backward, readings, set()))
        backward, totals = self._once(backward)
        first = tuple(op for op in forward if isinstance(op, Product) and op.operand == (plan.input,) and not op.onto)
        found = Program(
            self.units,
            self._groups(self.units.parameters),
            first,
            self._stages([op for op in forward if op not in first]),
            self._stages(backward),
            self.units.outers,
            totals,
        )
        return self._placed(found)

    # ------------------------------------------------------------------ what comes in and goes out

    def _incoming(self) -> Iterator[Pointwise]:
        """What reaches a state: from the later steps, and from the output."""
        for k, state in enumerate(self.plan.states):
            size = self.axis[state.previous]
            later = self._named(f"d_{state.name}_later", size, Place(Home.LATER, size, k))
            total: Expr = later
            if k == 0:
                total = later + self._named("d_y", size, Place(Home.D_OUTPUT, size, 0))
            self.axis[state.incoming] = size
            yield Pointwise(state.incoming, total)

    def _named(self, name: str, axis: str, place: Place) -> Symbol:
        symbol = self.names.fresh(name)
        self.axis[symbol], self.places[symbol] = axis, place
        return symbol

    def _results(self) -> dict[Symbol, Place]:
        """The quantities that a step is for, and where they go."""
        found: dict[Symbol, Place] = {}
        for k, s in enumerate(self.plan.states):
            size = self.axis[s.previous]
            found |= {
                self._unit(s.new): Place(Home.AFTER, size, k),
                self._unit(s.outgoing): Place(Home.EARLIER, size, k),
            }
        if self.plan.input_cotangent in self.units.blocks:
            found[self._unit(self.plan.input_cotangent)] = Place(Home.D_INPUT, self.axis[self.plan.input], 0)
        return found

    def _unit(self, q: Symbol) -> Symbol:
        return self.units.blocks[q][0]

    # ------------------------------------------------------------------ stages and groups

    def _at_hand(self, ops: Sequence[Operation], early: Set[Symbol] = frozenset()) -> list[Operation]:
        """The same, where a product's result lies in a place of products, from where a line takes it once."""
        taken: dict[Symbol, Symbol] = {}
        found: list[Operation] = []
        last = {op.targets: k for k, op in enumerate(ops) if isinstance(op, Product)}
        buffers = [p.slot for p in self.places.values() if p.home in (Home.EARLY, Home.LOCAL)]
        for k, op in enumerate(ops):
            if not isinstance(op, Product):
                found.append(op)
                continue
            for block, q in enumerate(op.targets):
                home = Home.EARLY if q in early else Home.LOCAL
                if q not in taken:
                    slot = list(last).index(op.targets) + len(set(buffers))
                    taken[q] = self._named(f"{spelled(q)}_", self.axis[q], Place(home, self.axis[q], slot, block))
            found.append(replace(op, into=tuple(taken[q] for q in op.targets)))
            if last[op.targets] == k:
                found += [Pointwise(q, taken[q]) for q in op.targets]
        return found

    def _once(self, ops: Sequence[Operation]) -> tuple[list[Operation], dict[Symbol, tuple[Symbol, ...]]]:
        """The same with one sum for each size of what is summed, and no second sum of the same."""
        of: dict[tuple[Symbol, str], list[Expr]] = {}
        for op in ops:
            if isinstance(op, Sum):
                of.setdefault((op.target, self._size(op)), []).append(op.expr)
        first: dict[tuple[str, tuple[Expr, ...]], Symbol] = {}
        totals: dict[Symbol, tuple[Symbol, ...]] = {}
        for (target, size), exprs in of.items():
            key = size, tuple(exprs)
            if key not in first:
                first[key] = self.names.fresh(target.name) if target in first.values() else target
                self.axis[first[key]] = self.axis[target]
            totals[target] = (*totals.get(target, ()), first[key])
        found = [op for op in ops if not isinstance(op, Sum)]
        return [*found, *(Sum(own, expr) for (_, exprs), own in first.items() for expr in exprs)], totals

    def _stages(self, ops: Sequence[Operation]) -> tuple[Stage, ...]:
        return tuple(
            Stage(tuple(op for op in stage if isinstance(op, Reduce | Scan)), self._groups(stage))
            for stage in in_stages(ops)
        )

    def _groups(self, ops: Iterable[Operation]) -> tuple[Group, ...]:
        """One for each size; numbers for all units first, as the others may read them."""
        sizes: dict[str, list[Operation]] = {}
        for op in ops:
            if not isinstance(op, Reduce | Scan):
                sizes.setdefault(self._size(op), []).append(op)
        return tuple(
            Group(
                size,
                tuple(op for op in sizes[size] if isinstance(op, Product)),
                tuple(op for op in sizes[size] if isinstance(op, Pointwise | Sum)),
            )
            for size in sorted(sizes, key=lambda size: size != "")
        )

    def _size(self, op: Operation) -> str:
        """The size of a line: of its target, or of what is summed over the units too."""
        of_reads = [self.axis[q] for q in op.reads] if isinstance(op, Sum) else []
        return next((a for a in (self.axis[op.targets[0]], *of_reads) if a), "")

    # ------------------------------------------------------------------ places

    def _placed(self, program: Program) -> Program:
        """Gives everything that is read outside of its group a place."""
        places, results = self.places, self._results()
        plan = self.plan
        places[plan.input] = Place(Home.INPUT, self.axis[plan.input], 0)
        for k, s in enumerate(plan.states):
            places[s.previous] = Place(Home.BEFORE, self.axis[s.previous], k)
        places |= results
        operands = set(_operands(program))
        rowwise = tuple(k == 0 or bool({s.previous, self._unit(s.new)} & operands) for k, s in enumerate(plan.states))
        backwards = {q for stage in program.backward for op in stage.operations for q in op.reads}
        backwards |= {q for op in program.outers for q in op.reads}
        late = {q for op in program.outers for q in op.reads}
        records: Counter[tuple[Home, str, bool]] = Counter()

        def placed(q: Symbol, kept: bool) -> None:
            home = Home.ROW if q in operands else Home.PANEL
            key = home, self.axis[q], kept
            places[q] = Place(home, self.axis[q], records[key], kept=kept)
            records[key] += 1

        for q in _lefts(program):  # side by side as they are multiplied
            if q not in places:
                placed(q, True)
        for of, read_later in ((program.forward, backwards), (program.backward, late)):
            for q in _escaping(of, set(places), read_later):
                placed(q, q in read_later)
        here = set(_escaping(program.forward, set(places) - backwards, set()))
        for_later = {q for q, p in places.items() if p.kept and q in backwards} - here
        for_later -= {q for stage in program.backward for op in stage.operations for q in op.targets}
        sums = {
            op.target: self._size(op) for stage in program.backward for op in stage.operations if isinstance(op, Sum)
        }
        places |= {q: Place(Home.SUM, size, k) for k, (q, size) in enumerate(sums.items())}
        used = {q for stage in program.stages for op in stage.operations for q in (*op.targets, *op.reads)}
        used |= {q for op in (*program.early, *program.outers) for q in (*op.targets, *op.reads)}
        used |= {q for g in program.parameters for op in g.lines for q in (*op.targets, *op.reads)}
        fixed = [q for q in self.axis if q in used and (q in self.units.of_parameters or self._is_fixed(q))]
        places |= {q: Place(Home.FIXED, self.axis[q], k) for k, q in enumerate(fixed)}
        return replace(
            program,
            places={q: p for q, p in places.items() if q in used},
            rowwise=rowwise,
            for_later=frozenset(for_later),
        )

    def _is_fixed(self, q: Symbol) -> bool:
        value = self.plan.values.get(q)
        made = any(q in op.targets for op in self.units.parameters)
        return made or (value is not None and value.origin in (Origin.CONSTANT, Origin.SIZE))


def spelled(q: Symbol) -> str:
    """A quantity's name; of one that nobody reads, ``a_1``."""
    return str(q.name).replace("%", "a_")


def _operands(program: Program) -> Iterator[Symbol]:
    """What products read, row by row."""
    for stage in program.stages:
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
