"""One time step of one layer as C99: products as calls, what is pointwise as loops over the units.

What only the backward pass reads is left out; a state is written over what it was where nobody reads that any more. The
text is written on vectors, as that of the panels is, and read for one number by ``scalar``.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, singledispatchmethod
from itertools import takewhile

from sympy import Symbol

from derive.backends.c.lines import identifier, simplified
from derive.backends.c.operations import Product, spelled
from derive.backends.c.printer import c_code, c_number
from derive.backends.c.program import Group, Home, Line, Mixed, Place, Program
from derive.backends.c.standalone.mixed import lines_of, times
from derive.backends.c.standalone.scalar import names
from derive.plan.operations import Operation
from derive.plan.plan import FreshNames, Origin
from derive.plan.stores import Pack
from derive.statements.sizes import ONE, every_axis

_NOWHERE = Place(Home.FIXED, "", 0)
#: What the text of a step calls its own, beside the functions; a quantity of such a name gets a line below it.
_OWN = {"weights", "input", "state", "scratch", "unit", "total", "multiply", "add", "copy", "float", "double", "size_t"}


@dataclass(frozen=True)
class Step:
    """A step's text. program: of the cell, of which the forward pass is looked at. present: the tensors that there are.
    sizes: how C spells the sizes that have names."""

    program: Program
    present: frozenset[str]
    sizes: Mapping[str, str]

    def renamed(self, sizes: Mapping[str, str]) -> Step:
        """The same with other names of sizes."""
        return replace(self, sizes=sizes)

    def size(self, size: str) -> str:
        """How C spells a size, which may be a number, a product of several, or a part."""
        axes = every_axis(size)
        if len(axes) > 1:
            return " * ".join(map(self.size, axes))
        whole, _, parts = size.partition("/")
        if parts:
            return f"({self.size(whole)} / {self.size(parts)})"
        return size if size.isdecimal() else self.sizes[size]

    @property
    def states(self) -> dict[str, str]:
        """The axis of each state."""
        return {s.name: self.program.units.axis[s.previous] for s in self.program.plan.states}

    # ------------------------------------------------------------------ the order

    @cached_property
    def operations(self) -> tuple[Operation | Group, ...]:
        """What is done, one after the other; the lines of a group are one loop."""
        found: list[Operation | Group] = [*self.program.parameters, *self.program.early]
        for stage in self.program.forward:
            found += stage.mixed
            for group in stage.groups:
                found += [*group.products, group]
        return tuple(_shortened(op, self._places) if isinstance(op, Group) else op for op in found)

    @cached_property
    def _places(self) -> Program:
        """The program, where what the backward pass alone reads has no place."""
        kept = {q: p for q, p in self.program.places.items() if q not in self.program.for_later}
        return replace(self.program, places=kept)

    @cached_property
    def _aliases(self) -> dict[Symbol, Symbol]:
        """Other names of products' results, which stay where they are."""
        places = self.program.places
        lines = [line for op in self.operations if isinstance(op, Group) for line in op.lines]
        return {
            line.target: line.expr
            for line in lines
            if places.get(line.target, _NOWHERE).home in (Home.PANEL, Home.ROW)
            and places.get(line.expr, _NOWHERE).home in (Home.EARLY, Home.LOCAL)
        }

    @cached_property
    def in_place(self) -> tuple[bool, ...]:
        """Whether a state is written over what it was: nobody reads that later on."""
        return tuple(
            self._is_in_place(s.previous, self.program.units.blocks[s.new][0]) for s in self.program.plan.states
        )

    def _is_in_place(self, previous: Symbol, new: Symbol) -> bool:
        written = [k for k, op in enumerate(self.operations) if new in _targets(op)]
        own = self.operations[written[0]]
        later = self.operations[written[0] + (isinstance(own, Group)) :]  # a loop reads a unit before it writes it
        return not any(previous in _reads(op) for op in later)

    # ------------------------------------------------------------------ where things are

    @cached_property
    def arrays(self) -> dict[str, tuple[int, str]]:
        """The scratch memory: of each array the number of blocks and the axis of one."""
        found: dict[str, tuple[int, str]] = {}
        for op in self.operations:
            for q in _targets(op):
                place = self._places.places.get(q)
                if not place or not place.axis or q in self._aliases:
                    continue
                where, _, name = self._array(q, place).partition("->")
                if where == "scratch":
                    found[name] = (len(op.targets) if isinstance(op, Product) else 1, place.axis)
        return found

    @cached_property
    def _buffers(self) -> dict[int, str]:
        """The names of products' results: what the names of their blocks have in common."""
        blocks: dict[int, list[str]] = {}
        for q, place in self.program.places.items():
            if place.home in (Home.EARLY, Home.LOCAL):
                blocks.setdefault(place.slot, []).append(spelled(q))
        stems = {slot: _shared(of).rstrip("_0123456789") for slot, of in blocks.items()}
        return {slot: cname(self._free.fresh(stem or "product").name) for slot, stem in stems.items()}

    @cached_property
    def _later(self) -> tuple[str, ...]:
        """Where states wait that are not written over what they were."""
        return tuple(cname(self._free.fresh(f"{state}_new").name) for state in self.states)

    @cached_property
    def _free(self) -> FreshNames:
        """Names of arrays that no quantity has."""
        return FreshNames(self.program.places)

    def _array(self, q: Symbol, place: Place) -> str:
        """The array that a quantity is in."""
        if place.home in (Home.BEFORE, Home.AFTER):
            own = self.program.plan.states[place.slot]
            kept = place.home is Home.BEFORE or self.in_place[place.slot]
            return f"state->{cname(own.name)}" if kept else f"scratch->{self._later[place.slot]}"
        if place.home in (Home.EARLY, Home.LOCAL):
            return f"scratch->{self._buffers[self.program.places[q].slot]}"
        return f"scratch->{self.name_of(q)}"

    def entry(self, q: Symbol) -> str:
        """A quantity of one unit, or of all units."""
        q = self._aliases.get(q, q)
        place = self.program.places[q]
        if place.home is Home.INPUT:
            own = self.program.units.axis
            before = "".join(f"{self.size(own[other] or ONE)} + " for other in self.program.plan.inputs[: place.slot])
            return f"input[{before}unit]" if place.axis else f"input[{before.removesuffix(' + ') or 0}]"
        if not place.axis and place.home is not Home.FIXED:
            return self.name_of(q)
        if place.home is Home.FIXED and (pack := self.program.units.of_parameters.get(q)):
            return self._parameter(pack)
        if place.home is Home.FIXED and not place.axis:
            return self._constant(q)
        block = place.block if place.home in (Home.EARLY, Home.LOCAL) else 0
        return f"{self._array(q, place)}[{_offset(block, self.size(place.axis))}unit]"

    def _parameter(self, pack: Pack) -> str:
        if pack.store.name not in self.present:
            return "R(0)"
        rows = pack.store.blocks[0].rows
        at = f"{_offset(pack.first, self.size(rows))}unit" if rows not in ("", ONE) else f"{pack.first}"
        return f"weights->{cname(pack.store.name)}[{at}]"

    def _constant(self, q: Symbol) -> str:
        value = self.program.plan.values.get(q)
        if value is not None and value.origin is Origin.SIZE:
            return f"(real){self.size(q.name)}"
        found = next((p for p in self.program.plan.cell.constants if p.symbol == q), None)
        return self.name_of(q) if found is None or found.default is None else c_number(found.default)

    @staticmethod
    def name_of(q: Symbol) -> str:
        return cname(str(q.name))

    # ------------------------------------------------------------------ text

    def text(self) -> str:
        """The body of the step's function, on vectors of one lane."""
        lines = [line for op in self.operations for line in self.do(op)]
        for k, state in enumerate(self.program.plan.states):
            if not self.in_place[k]:
                name, size = cname(state.name), self.size(self.program.units.axis[state.previous])
                lines.append(f"copy(state->{name}, scratch->{self._later[k]}, {size});")
        return "\n".join(f"    {line}".rstrip() for line in lines)

    @singledispatchmethod
    def do(self, op: Operation | Group) -> Iterator[str]:
        """The lines of one operation."""
        raise NotImplementedError(type(op).__name__)

    @do.register
    def _(self, op: Product) -> Iterator[str]:
        block = op.weight.store.blocks[0]
        to = f"scratch->{self._buffers[self.program.places[op.targets[0]].slot]}"
        operand = self._array_of(op.operand[0])
        rows, columns = self.size(block.rows), self.size(block.cols)
        height = times(op.weight.count, rows)
        store = self.program.plan.stored(op.weight.store)
        made, matrix = store != op.weight.store, f"weights->{cname(store.name)}"
        if op.weight.first:
            matrix += f" + {_offset(op.weight.first, rows)[:-3]} * {self.size(block.stored_cols)}"
        how = f"multiply{'_skew' if made else ''}{'_onto' if op.onto else ''}"
        sizes = f"{op.weight.count}, {rows}" if made else f"{height}, {columns}"
        if block.heads:
            heads, own = self.size(block.heads), f"({rows} / {self.size(block.heads)})"
            of_head = self.size(block.stored_cols)
            yield f"for (int head = 0; head < {times(op.weight.count, heads)}; head++)"
            yield f"    {how}({to} + head * {own}, {matrix} + (long)head * {own} * {of_head},"
            yield f"        {operand} + head % {heads} * {of_head}, {own}, {of_head});"
        else:
            yield f"{how}({to}, {matrix}, {operand}, {sizes});"
        for bias in op.bias:
            if bias.store.name in self.present:
                first = f" + {_offset(bias.first, rows)[:-3]}" if bias.first else ""
                yield f"add({to}, weights->{cname(bias.store.name)}{first}, {height});"

    @do.register
    def _(self, op: Mixed) -> Iterator[str]:
        return lines_of(op, self)

    def _array_of(self, q: Symbol) -> str:
        """Where the first unit of a quantity is."""
        entry = self.entry(q)
        array, bracket, place = entry.removesuffix("]").partition("[")
        first = place.removesuffix("unit").removesuffix(" + ")
        return f"&{entry}" if not bracket else f"{array} + {first}" if first else array

    @do.register
    def _(self, op: Group) -> Iterator[str]:
        lines = [line for line in op.lines if line.target not in self._aliases]
        if lines and op.axis:
            yield f"for (int unit = 0; unit < {self.size(op.axis)}; unit++) {{"
            yield from (f"    {text}" for text in self._lines(lines))
            yield "}"
        else:  # in no block of its own, where a name stands for one thing
            before = takewhile(lambda other: other is not op, self.operations)
            numbers = [other for other in before if isinstance(other, Group) and not other.axis]
            yield from self._lines(lines, {q for other in numbers for q in self._named(other.lines)})

    def _named(self, lines: Sequence[Line]) -> list[Symbol]:
        """What is read under a name of its own; what is only called something else is not."""
        defined = {line.target for line in lines}
        read = dict.fromkeys(q for line in lines for q in line.reads if q not in defined)
        renamed = {line.expr for line in lines if isinstance(line.expr, Symbol)}
        once = {q for q in renamed if sum(q in line.reads for line in lines) == 1}
        return [q for q in read if self.entry(q) != self.name_of(q) and q not in once]

    def _lines(self, lines: Sequence[Line], known: Container[Symbol] = ()) -> Iterator[str]:
        """What is read, the equations, and what goes where others find it. known: what has its name already."""
        spelled_as: dict[Symbol, str] = {q: self.name_of(q) for line in lines for q in (line.target, *line.reads)}
        named, defined = self._named(lines), {line.target for line in lines}
        for q in named:
            if q not in known:
                yield f"const vec {self.name_of(q)} = {self.entry(q)};"
        for line in lines:
            renamed = isinstance(line.expr, Symbol) and line.expr not in {*named, *defined}
            text = self.entry(line.expr) if renamed else c_code(line.expr, spelled_as)
            yield f"const vec {self.name_of(line.target)} = {text};"
        for line in lines:
            place = self._places.places.get(line.target)
            if place and place.axis:
                yield f"{self.entry(line.target)} = {self.name_of(line.target)};"


def _shortened(group: Group, program: Program) -> Group:
    return replace(group, products=(), lines=tuple(simplified(group.lines, program)))


def _targets(op: Operation | Group) -> tuple[Symbol, ...]:
    return tuple(line.target for line in op.lines) if isinstance(op, Group) else op.targets


def _reads(op: Operation | Group) -> set[Symbol]:
    return {q for line in op.lines for q in line.reads} if isinstance(op, Group) else set(op.reads)


def _shared(names: Sequence[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    return next((first[:k] for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), first)


def _offset(block: int, size: str) -> str:
    return f"{times(block, size)} + " if block else ""


def cname(name: str) -> str:
    """A name that is nothing else in the text."""
    found = identifier(Symbol(name))
    return f"{found}_" if found in _OWN | names() else found
