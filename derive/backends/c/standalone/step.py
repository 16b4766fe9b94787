"""One time step of one layer as C99: products as calls, what is pointwise as loops over the units.

What only the backward pass reads is left out; a state is written over what it was where nobody reads that any more. The
text is written on vectors, as that of the panels is, and read for one number by ``scalar``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, singledispatchmethod

from sympy import Symbol

from derive.backends.c.lines import identifier, simplified
from derive.backends.c.operations import Product, spelled
from derive.backends.c.printer import c_code, c_number
from derive.backends.c.program import Group, Home, Line, Place, Program
from derive.backends.c.standalone.scalar import names
from derive.plan.operations import Operation, Pack, Reduce, Scan, Softmax
from derive.plan.plan import FreshNames

_NOWHERE = Place(Home.FIXED, "", 0)
#: What the text of a step calls its own, beside the functions; a quantity of such a name gets a line below it.
_OWN = {"weights", "input", "state", "scratch", "unit", "total", "multiply", "add", "copy", "float", "double", "size_t"}


@dataclass(frozen=True)
class Step:
    """A step's text. program: of the cell, of which the forward pass is looked at. present: the tensors that there are.
    sizes: how C spells "input_size", "hidden_size" and "proj_size"."""

    program: Program
    present: frozenset[str]
    sizes: Mapping[str, str]

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
        return not any(previous in _reads(op) for op in self.operations[written[0] + 1 :])

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
        if place.home is Home.INPUT:
            return "input"
        if place.home in (Home.BEFORE, Home.AFTER):
            own = self.program.plan.states[place.slot]
            kept = place.home is Home.BEFORE or self.in_place[place.slot]
            return f"state->{cname(own.name)}" if kept else f"scratch->{self._later[place.slot]}"
        if place.home in (Home.EARLY, Home.LOCAL):
            return f"scratch->{self._buffers[self.program.places[q].slot]}"
        return f"scratch->{self._name(q)}"

    def _entry(self, q: Symbol) -> str:
        """A quantity of one unit, or of all units."""
        q = self._aliases.get(q, q)
        place = self.program.places[q]
        if not place.axis and place.home is not Home.FIXED:
            return self._name(q)
        if place.home is Home.FIXED and (pack := self.program.units.of_parameters.get(q)):
            return self._parameter(pack)
        if place.home is Home.FIXED and not place.axis:
            return self._constant(q)
        block = place.block if place.home in (Home.EARLY, Home.LOCAL) else 0
        return f"{self._array(q, place)}[{_offset(block, self.sizes[place.axis])}unit]"

    def _parameter(self, pack: Pack) -> str:
        if pack.store.name not in self.present:
            return "R(0)"
        rows = pack.store.blocks[0].rows
        at = f"{_offset(pack.first, self.sizes[rows])}unit" if rows in self.sizes else f"{pack.first}"
        return f"weights->{cname(pack.store.name)}[{at}]"

    def _constant(self, q: Symbol) -> str:
        if q.name in self.sizes:
            return f"(real){self.sizes[q.name]}"
        found = next((p for p in self.program.plan.cell.constants if p.symbol == q), None)
        return self._name(q) if found is None or found.default is None else c_number(found.default)

    @staticmethod
    def _name(q: Symbol) -> str:
        return cname(str(q.name))

    # ------------------------------------------------------------------ text

    def text(self) -> str:
        """The body of the step's function, on vectors of one lane."""
        lines = [line for op in self.operations for line in self.do(op)]
        for k, state in enumerate(self.program.plan.states):
            if not self.in_place[k]:
                name, size = cname(state.name), self.sizes[self.program.units.axis[state.previous]]
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
        operand = self._entry(op.operand[0]).removesuffix("[unit]")
        if operand.endswith("unit]"):  # a block of a product's result
            operand = operand.removesuffix(" + unit]").replace("[", " + ")
        rows, columns = self.sizes[block.rows], self.sizes[block.cols]
        height = _times(op.weight.count, rows)
        store = self.program.plan.stored(op.weight.store)
        made, matrix = store != op.weight.store, f"weights->{cname(store.name)}"
        if op.weight.first:
            matrix += f" + {_offset(op.weight.first, rows)[:-3]} * {columns}"
        how = f"multiply{'_skew' if made else ''}{'_onto' if op.onto else ''}"
        sizes = f"{op.weight.count}, {rows}" if made else f"{height}, {columns}"
        yield f"{how}({to}, {matrix}, {operand}, {sizes});"
        for bias in op.bias:
            if bias.store.name in self.present:
                first = f" + {_offset(bias.first, rows)[:-3]}" if bias.first else ""
                yield f"add({to}, weights->{cname(bias.store.name)}{first}, {height});"

    @do.register
    def _(self, op: Reduce) -> Iterator[str]:
        name = self._name(op.target)
        sizes: dict[str, list[Symbol]] = {}
        for q in op.parts:
            sizes.setdefault(self.sizes[self.program.units.axis[q]], []).append(q)
        largest = op.how == "max"
        yield f"vec {name} = {'-(real)INFINITY' if largest else 'R(0)'};"
        for size, parts in sizes.items():
            yield f"for (int unit = 0; unit < {size}; unit++) {{"
            for text in map(self._entry, parts):
                yield f"    {name} = maximum({name}, {text});" if largest else f"    {name} += {text};"
            yield "}"
        if op.how == "mean":
            yield f"{name} /= (real)({' + '.join(_times(len(parts), size) for size, parts in sizes.items())});"

    @do.register
    def _(self, op: Scan) -> Iterator[str]:
        size, name = self.sizes[self.program.units.axis[op.target]], self._name(op.target)
        yield f"vec {name}_total = R(0);"
        loop = f"int unit = {size} - 1; unit >= 0; unit--" if op.reverse else f"int unit = 0; unit < {size}; unit++"
        yield f"for ({loop}) {{"
        yield f"    {name}_total += {self._entry(op.source)};"
        yield f"    {self._entry(op.target)} = {name}_total;"
        yield "}"

    @do.register
    def _(self, op: Softmax) -> Iterator[str]:
        loop = f"for (int unit = 0; unit < {self.sizes[self.program.units.axis[op.target]]}; unit++)"
        name, to, source = self._name(op.target), self._entry(op.target), self._entry(op.source)
        yield f"vec {name}_largest = -(real)INFINITY;"
        yield loop
        yield f"    {name}_largest = maximum({name}_largest, {source});"
        yield f"vec {name}_total = R(0);"
        yield f"{loop} {{"
        yield f"    {to} = vexp({source} - {name}_largest);"
        yield f"    {name}_total += {to};"
        yield "}"
        yield loop
        yield f"    {to} /= {name}_total;"

    @do.register
    def _(self, op: Group) -> Iterator[str]:
        lines = [line for line in op.lines if line.target not in self._aliases]
        if lines and op.axis:
            yield f"for (int unit = 0; unit < {self.sizes[op.axis]}; unit++) {{"
            yield from (f"    {text}" for text in self._lines(lines))
            yield "}"
        else:
            yield from self._lines(lines)

    def _lines(self, lines: Sequence[Line]) -> Iterator[str]:
        """What is read, the equations, and what goes where others find it."""
        defined = {line.target for line in lines}
        read = {q: None for line in lines for q in line.reads if q not in defined}
        spelled_as: dict[Symbol, str] = {q: self._name(q) for line in lines for q in (line.target, *line.reads)}
        renamed = {line.expr for line in lines if isinstance(line.expr, Symbol)} & set(read)
        once = {q for q in renamed if sum(q in line.reads for line in lines) == 1}
        for q in read:
            if self._entry(q) != self._name(q) and q not in once:
                yield f"const vec {self._name(q)} = {self._entry(q)};"
        for line in lines:
            text = self._entry(line.expr) if line.expr in once else c_code(line.expr, spelled_as)
            yield f"const vec {self._name(line.target)} = {text};"
        for line in lines:
            place = self._places.places.get(line.target)
            if place and place.axis:
                yield f"{self._entry(line.target)} = {self._name(line.target)};"


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
    return f"{_times(block, size)} + " if block else ""


def _times(count: int, size: str) -> str:
    return size if count == 1 else f"{count} * {size}"


def cname(name: str) -> str:
    """A name that is nothing else in the text."""
    found = identifier(Symbol(name))
    return f"{found}_" if found in _OWN | names() else found
