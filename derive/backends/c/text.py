"""A cell's C file: its quantities, its functions, and tables of what is done with them in which order."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from sympy import Symbol

from derive.backends.c.lines import array, function, identifier
from derive.backends.c.operations import Product
from derive.backends.c.parameters import Parameters
from derive.backends.c.printer import c_number
from derive.backends.c.program import Group, Home, Place, Program, Stage
from derive.backends.c.reductions import reduction
from derive.backends.c.sizes import AXES, Sizes, said, suffix
from derive.backends.tables import tables_of
from derive.enclosure.states import state_bounds
from derive.errors import UnsupportedExpression
from derive.symbolic.table import Table

#: As in places.h and steps.h: for how many the machinery has room.
STATES, FACTORS, SEGMENTS = 16, 16, 32

#: The members of a cell that are tables, and how these are called.
TABLES = {
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


class _Text:
    """functions: the text of those of groups, as they come up."""

    def __init__(self, program: Program) -> None:
        self.program, self.places, self.sizes = program, program.places, Sizes()
        self.parameters = Parameters(program, self.sizes)
        self.bounds = state_bounds(program.plan.cell)
        self.functions: list[str] = []
        forward = {q for stage in program.forward for op in stage.operations for q in (*op.targets, *op.reads)}
        forward |= {q for op in program.early for q in (*op.targets, *op.reads)}
        forward |= {q for g in program.parameters for op in g.lines for q in (*op.targets, *op.reads)}
        self.quantities = sorted(self.places, key=lambda q: q not in forward)
        self.in_forward = sum(q in forward for q in self.quantities)

    # ------------------------------------------------------------------ the whole

    def text(self) -> str:
        program, plan, parameters = self.program, self.program.plan, self.parameters
        groups = [self.group(f"parameters_{k}", "Of the parameters alone", g) for k, g in enumerate(program.parameters)]
        early = [self.product(op) for op in program.early]
        forward = [self.stage("step", "Stage {} of a time step", k, s) for k, s in enumerate(program.forward, 1)]
        backward = [
            self.stage("back", "Stage {} of a time step backwards", k, s) for k, s in enumerate(program.backward, 1)
        ]
        outers, totals = parameters.gradient_rows()
        quantities = _table("Quantity", "quantities", map(self.quantity, self.quantities))
        tables = [
            _table("State", "states", map(self.state, range(len(plan.states)))),
            _table("unsigned char", "inputs", [self.sizes.name(program.units.axis[q]) for q in plan.inputs]),
            _table("Tensor", "tensors", parameters.tensor_rows()),
            _table("char *const", "constants", [f'"{p.name}"' for p in plan.cell.constants]),
            _table("Pack", "packs", parameters.pack_rows()),
            _table("Buffer", "buffers", self.buffers()),
            _table("Fixed", "sources", parameters.source_rows()),
            _table("Bias", "biases", parameters.bias_rows()),
            _table("Product", "input_products", early),
            _table("Outer", "outers", outers),
            _table("Total", "totals", totals),
            _table("Group", "parameter_groups", groups),
            _table("Stage", "forward", forward),
            _table("Stage", "backward", backward),
        ]
        names = ",\n    ".join(f"Q_{identifier(q)}" for q in self.quantities)
        enums = [f"enum {{\n    {names}\n}};"]
        if further := self.sizes.names():
            first, *others = further
            enums.append(f"enum {{ {', '.join([f'{first} = NAMED', *others])} }};")
        sizes = _table("char *const", "sizes", [f'"{size}"' for size in self.sizes.further]).replace("×", "*")
        own = map(entries_text, tables_of(plan))
        cell = self.cell(len(outers), len(totals))
        return "\n\n".join([*enums, quantities, *own, *self.functions, *tables, sizes.replace(":", "*"), cell]) + "\n"

    def cell(self, outers: int, totals: int) -> str:
        program, plan = self.program, self.program.plan
        numbers = {
            "quantities": len(self.quantities),
            "forward_quantities": self.in_forward,
            "states": len(plan.states),
            "inputs": len(plan.inputs),
            "axes": len(AXES) + len(self.sizes.further),
            "tensors": len(plan.stores),
            "constants": len(plan.cell.constants),
            "packs": len(self.parameters.packs),
            "buffers": len(list(self.buffers())),
            "fixed": len(self.parameters.fixed()),
            "biases": len(self.parameters.biases),
            "early": len(program.early),
            "outers": outers,
            "totals": totals,
            "sums": len({p.slot for p in self.places.values() if p.home is Home.SUM}),
            "reads_input": int(self.reads_input()),
            "waits": int(self.waits()),
            "parameter_groups": len(program.parameters),
            "forward_stages": len(program.forward),
            "backward_stages": len(program.backward),
        }
        members = {"name": f'"{plan.cell.name}"', **numbers, **TABLES}
        lines = [f"    .{name} = {value}," for name, value in members.items()]
        return "const Cell derive_cell = {\n" + "\n".join(lines) + "\n};"

    # ------------------------------------------------------------------ quantities

    def quantity(self, q: Symbol) -> str:
        p = self.places[q]
        numbers = f"{int(p.kept)}, {p.slot}, {p.block}, Q_{identifier(self.first(q))}"
        return f"[Q_{identifier(q)}] = {{{p.home}, {self.sizes.name(p.axis)}, {numbers}}}"

    def first(self, q: Symbol) -> Symbol:
        """The first one of those side by side in a record or buffer."""
        own = _whole(self.places[q])
        return q if own is None else next(one for one in self.quantities if _whole(self.places[one]) == own)

    def state(self, k: int) -> str:
        state = self.program.plan.states[k]
        bounded = ", 1" if self.is_bounded(state.name) else ""
        return (
            f"{{{self.sizes.name(self.program.units.axis[state.previous])}, {int(self.program.rowwise[k])}{bounded}}}"
        )

    def is_bounded(self, state: str) -> bool:
        """Whether the equations prove that a state's magnitude is 1 at most."""
        lower, upper = self.bounds[state]
        return bool(lower >= -1 and upper <= 1)

    def buffers(self) -> Iterator[str]:
        found: dict[int, list[Place]] = {}
        for p in self.places.values():
            if p.home in (Home.EARLY, Home.LOCAL):
                found.setdefault(p.slot, []).append(p)
        for _, ps in sorted(found.items()):
            yield f"{{{self.sizes.name(ps[0].axis)}, {int(ps[0].home is Home.EARLY)}, {len(ps)}}}"

    # ------------------------------------------------------------------ what is done

    def stage(self, name: str, comment: str, k: int, stage: Stage) -> str:
        groups = [
            self.group(f"{name}_{k}{suffix(g.axis)}", f"{comment.format(k)}, panels of {said(g.axis)}.", g)
            for g in stage.groups
        ]
        mixed = [reduction(op, self.sizes.name) for op in stage.mixed]
        return f"{{{len(mixed)}, {len(groups)}, {array('Reduction', mixed)}, {array('Group', groups)}}}"

    def group(self, name: str, comment: str, group: Group) -> str:
        self.functions.append(function(name, comment, group, self.program))
        products = [self.product(op) for op in group.products]
        read = dict.fromkeys(q for line in group.lines for q in line.reads if q in self.places)
        taken = dict.fromkeys(self.first(q) for q in read if self.places[q].home in (Home.EARLY, Home.LOCAL))
        return (
            f"{{{self.sizes.name(group.axis)}, {int(self.program.is_late(group))}, {len(products)}, {len(taken)},"
            f" {array('Product', products)}, {array('short', [f'Q_{identifier(q)}' for q in taken])}, {name}}}"
        )

    def product(self, op: Product) -> str:
        pack, bias = self.parameters.pack_of(op), self.parameters.bias_of(op)
        operand = array("short", [f"Q_{identifier(q)}" for q in op.operand])
        buffer = self.places[op.targets[0]].slot
        return f"{{{buffer}, {pack}, {bias}, {int(op.onto)}, {len(op.operand)}, {operand}}}"

    def waits(self) -> bool:
        return any(s.mixed or any(not g.axis for g in s.groups) for s in self.program.backward)

    def reads_input(self) -> bool:
        given = {*self.program.plan.inputs}
        return any(given.intersection(line.reads) for s in self.program.stages for g in s.groups for line in g.lines)


def _whole(p: Place) -> object:
    """What a quantity lies side by side with others in; None where they are not a fixed way apart."""
    if p.home in (Home.EARLY, Home.LOCAL):
        return p.slot
    return (p.axis, p.kept) if p.home is Home.PANEL else None


def _table(kind: str, name: str, rows: Iterable[str]) -> str:
    """An array; C has none without elements."""
    lines = "\n".join(f"    {row}," for row in rows) or f"    {'0' if '*' in kind else '{0}'},"
    return f"static const {kind} {name}[] = {{\n{lines}\n}};"


def entries_text(table: type[Table]) -> str:
    """A table's numbers as an array."""
    numbers = textwrap.fill(", ".join(map(c_number, table.entries.numbers)), 110)
    return f"static const real {table.entries.__name__}[] = {{\n{textwrap.indent(numbers, '    ')}\n}};"
