"""A cell's C file: its quantities, its functions, and tables of what is done with them in which order."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Symbol

from derive.backends.c.gradients import gradient_blocks, height, is_partial
from derive.backends.c.lines import array, function, identifier
from derive.backends.c.operations import Outer, Product
from derive.backends.c.printer import c_number
from derive.backends.c.program import Group, Home, Place, Program, Stage
from derive.backends.c.reductions import reduction
from derive.backends.tables import tables_of
from derive.errors import UnsupportedExpression
from derive.plan.plan import Origin
from derive.plan.stores import Pack, Store
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ
from derive.symbolic.table import Table

#: As in cell.h, places.h and steps.h: for how many the machinery has room.
STATES, FACTORS, SEGMENTS, SIZES = 16, 16, 32, 24

#: The sizes that every cell may have; further ones have names in its own file.
AXES = {"": "ONE", INPUT: "INPUT_SIZE", HIDDEN: "HIDDEN_SIZE", PROJ: "PROJ_SIZE"}


def cell_text(program: Program) -> str:
    """The functions and tables of a cell's file.

    Raises UnsupportedExpression for a cell that the machinery has no room for.
    """
    products = [op for stage in program.stages for group in stage.groups for op in group.products]
    for what, count, most in (
        ("states", len(program.plan.states), STATES),
        ("uses of one weight", max((len(o.pairs) for o in program.outers), default=0), FACTORS),
        ("blocks of one product", max((len(op.operand) for op in products), default=0), SEGMENTS),
    ):
        if count > most:
            raise UnsupportedExpression(f"{count} {what} have no room in C, which has it for {most}; use fewer")
    return _Text(program).text()


@dataclass
class _Text:
    program: Program
    packs: list[tuple[Pack, bool]] = field(default_factory=list)
    biases: list[tuple[Pack, ...]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    further: list[str] = field(default_factory=list)  # sizes beside those that every cell may have

    def __post_init__(self) -> None:
        self.places = self.program.places
        self.stores = {s.name: k for k, s in enumerate(self.program.plan.stores)}
        forward = {q for stage in self.program.forward for op in stage.operations for q in (*op.targets, *op.reads)}
        forward |= {q for op in self.program.early for q in (*op.targets, *op.reads)}
        forward |= {q for g in self.program.parameters for op in g.lines for q in (*op.targets, *op.reads)}
        self.quantities = sorted(self.places, key=lambda q: q not in forward)
        self.in_forward = sum(q in forward for q in self.quantities)

    # ------------------------------------------------------------------ the whole

    def text(self) -> str:
        program = self.program
        names = ",\n    ".join(f"Q_{identifier(q)}" for q in self.quantities)
        self.parts = list(map(entries_text, tables_of(program.plan)))
        parameters = [
            self.group(f"parameters_{k}", "Of the parameters alone", g) for k, g in enumerate(program.parameters)
        ]
        early = [self.product(op) for op in program.early]
        forward = [self.stage("step", "Stage {} of a time step", k, s) for k, s in enumerate(program.forward, 1)]
        backward = [
            self.stage("back", "Stage {} of a time step backwards", k, s) for k, s in enumerate(program.backward, 1)
        ]
        outers, totals = self.gradients()
        tables = [
            self.table("Quantity", "quantities", map(self.quantity, self.quantities)),
            self.table("State", "states", map(self.state, range(len(program.plan.states)))),
            self.table("unsigned char", "inputs", [self.axis(program.units.axis[q]) for q in program.plan.inputs]),
            self.table("Tensor", "tensors", map(self.tensor, program.plan.stores)),
            self.table("char *const", "constants", [f'"{p.name}"' for p in program.plan.cell.constants]),
            self.table("Pack", "packs", [self.pack(*one) for one in self.packs]),
            self.table("Buffer", "buffers", self.buffers()),
            self.table("Fixed", "sources", map(self.source, self.fixed())),
            self.table("Bias", "biases", [self.bias(*one) for one in enumerate(self.biases)]),
            self.table("Product", "input_products", early),
            self.table("Outer", "outers", outers),
            self.table("Total", "totals", totals),
            self.table("Group", "parameter_groups", parameters),
            self.table("Stage", "forward", forward),
            self.table("Stage", "backward", backward),
        ]
        if len(self.further) > SIZES - len(AXES):
            raise UnsupportedExpression(f"{len(self.further)} sizes have no room in C; use fewer")
        enums = [f"enum {{\n    {names}\n}};"]
        if self.further:
            first, *others = map(_size_name, self.further)
            enums.append(f"enum {{ {', '.join([f'{first} = NAMED', *others])} }};")
        sizes = self.table("char *const", "sizes", [f'"{size}"' for size in self.further]).replace("×", "*")
        parts = [*enums, *self.parts, *tables, sizes.replace(":", "*"), self.cell(outers, totals)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def cell(self, outers: Sequence[str], totals: Sequence[str]) -> str:
        program, plan = self.program, self.program.plan
        fields = {
            "name": f'"{plan.cell.name}"',
            "quantities": len(self.quantities),
            "forward_quantities": self.in_forward,
            "states": len(plan.states),
            "inputs": len(plan.inputs),
            "axes": len(AXES) + len(self.further),
            "tensors": len(plan.stores),
            "constants": len(plan.cell.constants),
            "packs": len(self.packs),
            "buffers": len(self.buffers()),
            "fixed": len(self.fixed()),
            "biases": len(self.biases),
            "early": len(program.early),
            "outers": len(outers),
            "totals": len(totals),
            "sums": len({p.slot for p in self.places.values() if p.home is Home.SUM}),
            "reads_input": int(self.reads_input()),
            "waits": int(self.waits()),
            "parameter_groups": len(program.parameters),
            "forward_stages": len(program.forward),
            "backward_stages": len(program.backward),
        }
        tables = {
            "quantity": "quantities",
            "state": "states",
            "input": "inputs",
            "size": "sizes",
            "tensor": "tensors",
            "constant": "constants",
            "pack": "packs",
            "buffer": "buffers",
            "source": "sources",
            "bias": "biases",
            "product": "input_products",
            "outer": "outers",
            "total": "totals",
            "parameters": "parameter_groups",
            "forward": "forward",
            "backward": "backward",
        }
        lines = [f"    .{name} = {value}," for name, value in {**fields, **tables}.items()]
        return "const Cell derive_cell = {\n" + "\n".join(lines) + "\n};"

    @staticmethod
    def table(kind: str, name: str, rows: Iterable[str]) -> str:
        """An array; C has none without elements."""
        lines = "\n".join(f"    {row}," for row in rows) or f"    {'0' if '*' in kind else '{0}'},"
        return f"static const {kind} {name}[] = {{\n{lines}\n}};"

    # ------------------------------------------------------------------ rows of tables

    def axis(self, size: str) -> str:
        """The name of a size."""
        if size in AXES:
            return AXES[size]
        if size not in self.further:
            self.further.append(size)
        return _size_name(size)

    def quantity(self, q: Symbol) -> str:
        p = self.places[q]
        return f"[Q_{identifier(q)}] = {{{p.home}, {self.axis(p.axis)}, {int(p.kept)}, {p.slot}, {p.block}}}"

    def state(self, k: int) -> str:
        plan = self.program.plan
        axis = self.program.units.axis[plan.states[k].previous]
        return f"{{{self.axis(axis)}, {int(self.program.rowwise[k])}}}"

    def tensor(self, store: Store) -> str:
        first = store.blocks[0]
        rows, cols = self.axis(_size(first.rows)), self.axis(_size(first.cols))
        heads = self.axis(_size(first.heads))
        flags = f"{int(first.form != 'full')}, {int(is_partial(self.program, store))}"
        return f'{{"{store.name}", {rows}, {cols}, {heads}, {len(store.blocks)}, {flags}}}'

    def pack(self, pack: Pack, transposed: bool) -> str:
        block = pack.store.blocks[0]
        rows, cols = self.axis(_size(block.rows)), self.axis(_size(block.cols))
        axis, inner = (cols, rows) if transposed else (rows, cols)
        tensor = self.stores[self.program.plan.stored(pack.store).name]
        skew = int(block.form != "full")
        return f"{{{tensor}, {pack.first}, {pack.count}, {int(transposed)}, {skew}, {axis}, {inner}}}"

    def buffers(self) -> list[str]:
        found: dict[int, list[Place]] = {}
        for p in self.places.values():
            if p.home in (Home.EARLY, Home.LOCAL):
                found.setdefault(p.slot, []).append(p)
        return [
            f"{{{self.axis(ps[0].axis)}, {int(ps[0].home is Home.EARLY)}, {len(ps)}}}"
            for _, ps in sorted(found.items())
        ]

    def fixed(self) -> list[Symbol]:
        found = [q for q, p in self.places.items() if p.home is Home.FIXED]
        return sorted(found, key=lambda q: self.places[q].slot)

    def source(self, q: Symbol) -> str:
        axis = self.axis(self.places[q].axis)
        constants = [p.symbol for p in self.program.plan.cell.constants]
        if q in self.program.units.of_parameters:
            pack = self.program.units.of_parameters[q]
            return f"{{OF_TENSOR, {axis}, {self.stores[pack.store.name]}, {pack.first}}}"
        if q in constants:
            return f"{{OF_CONSTANT, {axis}, {constants.index(q)}, 0}}"
        value = self.program.plan.values.get(q)
        if value is not None and value.origin is Origin.SIZE:
            return f"{{OF_SIZE, {axis}, {self.axis(q.name)}, 0}}"
        return f"{{COMPUTED, {axis}, 0, 0}}"

    def bias(self, k: int, packs: Sequence[Pack]) -> str:
        rows = ", ".join(f"{{{self.stores[p.store.name]}, {p.first}}}" for p in packs)
        axis = self.axis(_size(packs[0].store.blocks[0].rows))
        return f"{{{axis}, {packs[0].count}, {len(packs)}, (const Summand[]){{{rows}}}}}"

    # ------------------------------------------------------------------ what is done

    def stage(self, name: str, comment: str, k: int, stage: Stage) -> str:
        groups = [
            self.group(f"{name}_{k}{_suffix(g.axis)}", f"{comment.format(k)}, panels of {_said(g.axis)}.", g)
            for g in stage.groups
        ]
        mixed = [reduction(op, self.axis) for op in stage.mixed]
        return f"{{{len(mixed)}, {len(groups)}, {array('Reduction', mixed)}, {array('Group', groups)}}}"

    def group(self, name: str, comment: str, group: Group) -> str:
        self.parts.append(function(name, comment, group, self.program))
        products = [self.product(op) for op in group.products]
        taken = [
            q
            for q in dict.fromkeys(q for line in group.lines for q in line.reads)
            if self.places.get(q) and self.places[q].home in (Home.EARLY, Home.LOCAL)
        ]
        late = int(self.program.is_late(group))
        return (
            f"{{{self.axis(group.axis)}, {late}, {len(products)}, {len(taken)}, {array('Product', products)},"
            f" {array('short', [f'Q_{identifier(q)}' for q in taken])}, {name}}}"
        )

    def product(self, op: Product) -> str:
        key = op.weight, op.transposed
        if key not in self.packs:
            self.packs.append(key)
        bias = -1
        if op.bias:
            if op.bias not in self.biases:
                self.biases.append(op.bias)
            bias = self.biases.index(op.bias)
        operand = array("short", [f"Q_{identifier(q)}" for q in op.operand])
        buffer = self.places[op.targets[0]].slot
        return f"{{{buffer}, {self.packs.index(key)}, {bias}, {int(op.onto)}, {len(op.operand)}, {operand}}}"

    def waits(self) -> bool:
        return any(s.mixed or any(not g.axis for g in s.groups) for s in self.program.backward)

    def reads_input(self) -> bool:
        given = {*self.program.plan.inputs}
        return any(given.intersection(line.reads) for s in self.program.stages for g in s.groups for line in g.lines)

    # ------------------------------------------------------------------ gradients

    def gradients(self) -> tuple[list[str], list[str]]:
        """The gradients of matrices and of vectors, block by block."""
        outers: list[str] = []
        totals: list[str] = []
        for store in self.program.plan.stores:
            for first, q in gradient_blocks(self.program, store):
                if isinstance(q, Outer):
                    outers += self.outer(store, first, q)
                    continue
                of_units = int(not _size(store.blocks[0].rows))
                for k, one in enumerate(self.program.totals.get(q, ())):
                    place = self.places[one]
                    what = f"{place.slot}, {self.axis(place.axis)}, {of_units}, {int(k > 0)}"
                    totals.append(f"{{{self.stores[store.name]}, {first}, {what}}}")
        return outers, totals

    def outer(self, store: Store, first: int, outer: Outer) -> Iterator[str]:
        """Runs of blocks whose cotangents lie side by side."""
        lefts = [[self.places[q].slot for q in left] for left, _ in outer.pairs]
        count, k = height(self.program, outer) if lefts else 0, 0
        while k < count:
            n = 1
            while k + n < count and all(slots[k + n] == slots[k + n - 1] + 1 for slots in lefts):
                n += 1
            pairs = [f"{{Q_{identifier(left[k])}, Q_{identifier(right)}}}" for left, right in outer.pairs]
            block = store.blocks[0]
            yield (
                f"{{{self.stores[store.name]}, {first + k}, {n}, {len(pairs)}, {self.axis(_size(block.rows))},"
                f" {self.axis(_size(block.cols))}, {array('Factors', pairs)}}}"
            )
            k += n


_SIZES = {"": "numbers", INPUT: "inputs", HIDDEN: "units", PROJ: "outputs"}


def _said(axis: str) -> str:
    """A size in a comment."""
    return _SIZES.get(axis, axis.replace(":", " by ").replace("×", " by "))


def _size_name(size: str) -> str:
    """A size beside those that every cell may have."""
    return "SIZE_" + re.sub(r"\W", "_", size)


def _size(axis: str) -> str:
    """The size of a parameter's rows or columns; of one number none."""
    return "" if axis in ("1", "") else axis


def _suffix(axis: str) -> str:
    known = {"": "_numbers", INPUT: "_inputs", HIDDEN: "", PROJ: "_outputs"}
    return known[axis] if axis in known else "_" + re.sub(r"\W", "_", axis)


def entries_text(table: type[Table]) -> str:
    """A table's numbers as an array."""
    numbers = textwrap.fill(", ".join(map(c_number, table.entries.numbers)), 110)
    return f"static const real {table.entries.__name__}[] = {{\n{textwrap.indent(numbers, '    ')}\n}};"
