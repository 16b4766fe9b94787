"""A plan as text that a person can follow, and as data for a program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from sympy import Symbol

from derive.notation.names import Notation
from derive.notation.quantity import Quantity, size_letters
from derive.plan.axes import Axes, block_axis
from derive.plan.operations import (
    Accumulate,
    Broadcast,
    Concat,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Skew,
    Softmax,
    Split,
)
from derive.plan.passes.stages import stages
from derive.plan.plan import Phase, Plan
from derive.plan.stores import Pack

_TITLE = 14  # columns of a phase's name


def text(plan: Plan) -> str:
    """The plan, phase by phase, one operation a line, each with the axes of its result; between forward and backward,
    and between the steps backwards and the gradients, what is kept."""
    rows: list[tuple[str, str, str]] = []
    for phase in Phase:
        if phase is Phase.COEFFICIENTS:
            rows.append(("kept", ", ".join(map(str, plan.residuals)) or "nothing", ""))
        if phase is Phase.GRADIENTS:
            rows.append(("kept", ", ".join(map(str, plan.kept_back)) or "nothing", ""))
        rows += _rows(plan, phase)
    width = min(90, max(len(line) for _, line, axes in rows if axes))
    lines = [f"{title:<{_TITLE}}{line:<{width}}  {axes}".rstrip() for title, line, axes in rows]
    return "\n".join(lines)


def _rows(plan: Plan, phase: Phase) -> Iterator[tuple[str, str, str]]:
    """(title or stage, line, axes) of each operation of a phase that has a line of its own."""
    writer, shown = Writer(plan), False
    for k, ops in enumerate(stages(plan, phase) if phase in (Phase.STEP, Phase.BACK) else [plan.phases[phase]], 1):
        title = f"  stage {k}" if shown else phase.upper()
        for op in ops:
            if line := writer.line(op):
                yield title, line, _axes(plan.values[op.targets[0]].axes)
                title, shown = "", True


def _axes(axes: Axes) -> str:
    """``4 N``, ``4 N × N_x``, ``1``."""
    sizes = [(count, size_letters(size)) for count, size in map(block_axis, axes)]
    return " × ".join(f"{count} {letter}" if count > 1 else letter for count, letter in sizes) or "1"


@dataclass(frozen=True)
class _Plain(Notation):
    """Names as programs have them, without time."""

    names: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    def symbol_unicode(self, name: str) -> str:
        return self.names.get(name, name)


class Writer:
    """Operations as lines; a result without a name is written where it is read."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = {str(plan.gradients[s.name]): f"d_{pack_name(Pack(s, 0, len(s.blocks)))}" for s in plan.learned}
        self.table = {str(q): Quantity(str(q), is_number=not v.axes) for q, v in plan.values.items()}

    def line(self, op: Operation) -> str:
        """``c = f ⊙ c_prev + i ⊙ g``; empty for what is written in place."""
        right = self.right(op)
        first = op.targets[0]
        if len(op.targets) == 1 and not self.plan.values[first].named:
            self.names[first.name] = f"({right})" if self.plan.is_factor(first) else right
            return ""
        return f"{', '.join(self.name(q) for q in op.targets)} = {right}"

    def name(self, q: Symbol) -> str:
        """What a quantity is called."""
        return self.names.get(q.name, str(q.name))

    @singledispatchmethod
    def right(self, op: Operation) -> str:
        """What stands on the right."""
        raise NotImplementedError(type(op).__name__)

    @right.register
    def _(self, op: Pointwise) -> str:
        text: str = _Plain(self.table, names=self.names).unicode(op.expr)
        return text

    @right.register
    def _(self, op: Matmul) -> str:
        weight = pack_name(op.weight) + ("?" if op.weight.store.optional else "") + ("ᵀ" if op.transposed else "")
        return " + ".join([f"{weight} {self.name(op.operand)}", *map(pack_name, op.bias)])

    @right.register
    def _(self, op: Reduce) -> str:
        return f"{op.how}({', '.join(map(self.name, op.parts))})"

    @right.register
    def _(self, op: Broadcast) -> str:
        return f"broadcast({self.name(op.source)})"

    @right.register
    def _(self, op: Concat) -> str:
        return f"concat({', '.join(map(self.name, op.parts))})"

    @right.register
    def _(self, op: Split) -> str:
        return f"split({pack_name(op.source) if isinstance(op.source, Pack) else self.name(op.source)})"

    @right.register
    def _(self, op: Scan) -> str:
        return f"running sum{_of_parts(op)}({self.name(op.source)}{', from the last unit on' if op.reverse else ''})"

    @right.register
    def _(self, op: HeadReduce) -> str:
        return f"{'largest' if op.how == 'max' else op.how}{_of_parts(op)}({self.name(op.source)})"

    @right.register
    def _(self, op: Softmax) -> str:
        return f"softmax{_of_parts(op)}({self.name(op.source)})"

    @right.register
    def _(self, op: Contract) -> str:
        """Over the letter of each axis, v[i] k[j] where the result has both."""
        axes = [*op.axes, op.result]
        letters = dict(zip(dict.fromkeys(axis for a in axes for axis in a), "ijklmn", strict=False))
        names = (f"({name})" if " " in (name := self.name(q)) else name for q in op.factors)
        factors = [f"{name}[{''.join(letters[x] for x in a)}]" for name, a in zip(names, axes, strict=False)]
        summed = [letters[axis] for axis in letters if axis not in axes[-1]]
        sums = f"Σ{''.join(summed)} " if summed else ""
        result = "".join(letters[axis] for axis in axes[-1])
        return f"{sums}{' '.join(factors)}" + (f" at [{result}]" if result else "")

    @right.register
    def _(self, op: Accumulate) -> str:
        pairs = [f"{self.name(d)} ⊗ {self.name(q)}" if q is not None else self.name(d) for d, q in op.pairs]
        whole = " + ".join(pairs) or "0"
        return f"Σ ({whole})" if re.search(" [+−] ", whole) else f"Σ {whole}"

    @right.register
    def _(self, op: Skew) -> str:
        source = pack_name(op.source) if isinstance(op.source, Pack) else self.name(op.source)
        return f"{source} − {source}ᵀ" if " " not in source else f"skew({source})"


def pack_name(pack: Pack) -> str:
    """``W_i[ifgo]``: what the blocks' names have in common, and in brackets what they have not."""
    store = pack.store
    if store.role == "made":
        return store.name if pack.whole else f"{store.name}[{pack.first}:{pack.first + pack.count}]"
    names = [p.name for p in store.blocks[pack.first : pack.first + pack.count]]
    if len(names) == 1:
        return names[0]
    alike = next((k for k, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), 0)
    rest = [n[alike:] for n in names]
    return f"{names[0][:alike]}[{('' if all(len(r) == 1 for r in rest) else ',').join(rest)}]"


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan for a program: its stores, its phases with their operations, and what is kept."""
    return {
        "cell": plan.cell.name,
        "inputs": [q.name for q in plan.inputs],
        "states": [{k: str(v) for k, v in vars(s).items()} for s in plan.states],
        "stores": [
            {
                "name": s.name,
                "role": s.role,
                "optional": s.optional,
                "axes": list(s.axes),
                "blocks": [p.name for p in s.blocks],
                "gradient": plan.gradients[s.name].name if s.learned else None,
            }
            for s in plan.stores
        ],
        "phases": {phase.value: [_operation(plan, op) for op in plan.phases[phase]] for phase in Phase},
        "kept": [q.name for q in plan.residuals],
    }


def _of_parts(op: Scan | HeadReduce | Softmax) -> str:
    """What an operation over the units says of heads."""
    return f" of each of {size_letters(op.heads)} parts" if op.heads else ""


def _operation(plan: Plan, op: Operation) -> dict[str, Any]:
    details = {k: _plain(v) for k, v in vars(op).items() if k not in ("target", "into")}
    targets = [
        {"name": q.name, "axes": list(plan.values[q].axes), "origin": plan.values[q].origin.value} for q in op.targets
    ]
    return {"operation": type(op).__name__.lower(), "targets": targets, **details}


def _plain(value: Any) -> Any:
    """A field of an operation as JSON has it."""
    if isinstance(value, Pack):
        return {"store": value.store.name, "first": value.first, "count": value.count}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, bool | str | int) or value is None else _Plain().unicode(value)
