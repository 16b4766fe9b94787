"""The text that puts stated initial values in place."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Symbol

from derive.backends.torch.fixed import fixed_lines, lengths
from derive.backends.torch.layout import assigned, fits
from derive.backends.torch.printer import torch_code
from derive.plan.stores import Store
from derive.statements.sizes import axes_of
from derive.symbolic.expressions import replace
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
        return fixed_lines(store)
    first, count = store.blocks[0].initial, len(store.blocks)
    if first is not None and len(axes_of(store.blocks[0].rows)) > 1 and (draw := draw_of(first)) and not draw.alike:
        cut = f"p.{store.name}.view(-1, {', '.join(lengths(store))})"
        return [f"for block in {cut}:", *(f"    {line}" for line in _filled("block", first))]
    if first is None or any(p.initial != first for p in store.blocks):
        blocks = [(f"p.{store.name}.chunk({count})[{k}]", p) for k, p in enumerate(store.blocks)]
        return [line for b, p in blocks if p.initial is not None for line in (f"# {p.name}", *_of_block(b, p.initial))]
    draw = draw_of(first)
    if count == 1 or draw is None or draw.alike:
        return _filled(f"p.{store.name}", first)
    return [f"for block in p.{store.name}.chunk({count}):", *(f"    {line}" for line in _filled("block", first))]


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
    fill = draw.filling(target, torch_code)
    if value == draw:
        return [fill]
    formula = torch_code(replace(value, {draw: Symbol(_DRAWN)}))
    copied = [f"{_DRAWN}.copy_({formula})"]
    if not fits("", copied[0], 16):
        copied = [*assigned("values", formula, 16), f"{_DRAWN}.copy_(values)"]
    return [f"{_DRAWN} = {fill}", *copied]
