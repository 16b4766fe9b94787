"""The text that puts stated initial values in place."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Symbol, Tuple

from derive.backends.torch.layout import assigned, fits
from derive.backends.torch.printer import torch_code
from derive.plan.operations import Store
from derive.statements.sizes import every_axis
from derive.symbolic.expressions import INPUT, replace
from derive.symbolic.fixed import Drawn, column, columns, numbers, row, rows, shape
from derive.symbolic.initial import draw_of

_DRAWN = "drawn"


def initial_lines(stores: Iterable[Store]) -> list[str]:
    """Lines that fill those parameters of ``p`` that start at a value of their own, tensor by tensor."""
    lines: list[str] = []
    for store in stores:
        filled = _of_tensor(store)
        absent = filled and (store.role == "bias" or store.optional)
        lines += [f"if p.{store.name} is not None:", *(f"    {line}" for line in filled)] if absent else filled
    return lines


def _of_tensor(store: Store) -> list[str]:
    """The lines for one tensor: for all of it where its blocks start alike, else block by block."""
    if store.blocks[0].fixed is not None:
        return _fixed(store)
    first, count = store.blocks[0].initial, len(store.blocks)
    if first is None or any(p.initial != first for p in store.blocks):
        blocks = [(f"p.{store.name}.chunk({count})[{k}]", p) for k, p in enumerate(store.blocks)]
        return [line for b, p in blocks if p.initial is not None for line in (f"# {p.name}", *_of_block(b, p.initial))]
    draw = draw_of(first)
    if count == 1 or draw is None or draw.alike:
        return _filled(f"p.{store.name}", first)
    return [f"for block in p.{store.name}.chunk({count}):", *(f"    {line}" for line in _filled("block", first))]


def _fixed(store: Store) -> list[str]:
    """The lines that say what is not learned: its formula over the places of its numbers, or the numbers."""
    (p,), target = store.blocks, f"p.{store.name}"
    first, second = (*(_length(axis, target) for axis in every_axis(p.rows)), "1")[:2]
    if first == "":
        first = f"{target}.numel() // {second}"
    if second == "":
        second = f"{target}.numel() // {first}"
    if isinstance(p.fixed, Drawn):
        given = ", ".join(torch_code(a) for a in p.fixed.args)
        return [f"{target}.copy_(drawn({target}.numel(), {second}, {given}))"]
    if isinstance(p.fixed, Tuple):
        values = [torch_code(n) for n in numbers(p.fixed, shape(p.fixed))]
        return [
            *assigned("values", f"torch.tensor([{', '.join(values)}], dtype=torch.float64)"),
            f"{target}.copy_(values)",
        ]
    assert isinstance(p.fixed, Expr)
    if not p.fixed.free_symbols:
        return [f"{target}.fill_({torch_code(p.fixed)})"]
    columns_of = "" if second == "1" else f", {second}"
    sizes = {
        rows: Symbol(f"({first})" if "/" in first else first),
        columns: Symbol(f"({second})" if "/" in second else second),
    }
    formula = torch_code(replace(p.fixed, sizes))
    names = [q.name if q in p.fixed.free_symbols else "_" for q in (row, column)]
    return [
        *assigned(", ".join(names), f"places({target}.numel(){columns_of})"),
        *assigned("values", formula),
        f"{target}.copy_(values)",
    ]


def _length(axis: str, target: str) -> str:
    """How long an axis is, as text; empty of the input's, which differs from layer to layer."""
    return axis if axis.isdecimal() else "" if axis == INPUT else f"self.{axis}"


def _of_block(block: str, value: Expr) -> list[str]:
    """The lines for one block, which has a name where its place is too long to be repeated."""
    lines = _filled(block, value)
    return lines if all(fits("", line, 16) for line in lines) else [f"block = {block}", *_filled("block", value)]


def _filled(target: str, value: Expr) -> list[str]:
    """The lines for one tensor, or one block of it."""
    draw = draw_of(value)
    if draw is None:
        plain = {0: "zeros_", 1: "ones_"}.get(value)
        return [f"nn.init.{plain}({target})" if plain else f"nn.init.constant_({target}, {torch_code(value)})"]
    fill = draw.torch.format(*map(torch_code, draw.args), tensor=target)
    if value == draw:
        return [fill]
    formula = torch_code(replace(value, {draw: Symbol(_DRAWN)}))
    copied = [f"{_DRAWN}.copy_({formula})"]
    if not fits("", copied[0], 16):
        copied = [*assigned("values", formula, 16), f"{_DRAWN}.copy_(values)"]
    return [f"{_DRAWN} = {fill}", *copied]
