"""What needs all units of what it reads, as loops of C99: sums, softmax, and products by axes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import TYPE_CHECKING

from sympy import Symbol

from derive.backends.c.reductions import axes_along
from derive.plan.axes import Axes
from derive.plan.operations import Contract, HeadReduce, Reduce, Scan, Softmax
from derive.statements.sizes import ONE, unprimed

if TYPE_CHECKING:
    from derive.backends.c.standalone.step import Step

_WIDTH = 110  # columns of a line


@singledispatch
def lines_of(op: object, step: Step) -> Iterator[str]:
    """The lines of one such operation."""
    raise NotImplementedError(type(op).__name__)


@lines_of.register(Reduce)
def _(op: Reduce, step: Step) -> Iterator[str]:
    name = step.name_of(op.target)
    sizes: dict[str, list[Symbol]] = {}
    for q in op.parts:
        sizes.setdefault(step.size(step.program.units.axis[q] or ONE), []).append(q)
    largest = op.how == "max"
    yield f"vec {name} = {'-(real)INFINITY' if largest else 'R(0)'};"
    for size, parts in sizes.items():
        yield f"for (int unit = 0; unit < {size}; unit++) {{"
        for text in map(step.entry, parts):
            yield f"    {name} = maximum({name}, {text});" if largest else f"    {name} += {text};"
        yield "}"
    if op.how == "mean":
        yield f"{name} /= (real)({' + '.join(times(len(parts), size) for size, parts in sizes.items())});"


class Heads:
    """The loops of what goes over the units of each head, or over all units where there is no number of heads."""

    def __init__(self, op: Scan | Softmax | HeadReduce, step: Step) -> None:
        self.size = step.size(step.program.units.axis[op.target])
        self.each = f"({self.size} / {step.size(op.heads)})" if op.heads else self.size
        self.opened = [f"for (int first = 0; first < {self.size}; first += {self.each}) {{"] if op.heads else []
        self.closed = ["}"] if op.heads else []

    def units(self, reverse: bool = False) -> str:
        """The head of the loop over the units of a head."""
        first, end = ("first", f"first + {self.each}") if self.opened else ("0", self.size)
        return (
            f"for (int unit = {f'{end} - 1; unit >= {first}; unit--' if reverse else f'{first}; unit < {end}; unit++'})"
        )


@lines_of.register(Scan)
def _(op: Scan, step: Step) -> Iterator[str]:
    name, loops = step.name_of(op.target), Heads(op, step)
    yield from loops.opened
    yield f"vec {name}_total = R(0);"
    yield f"{loops.units(op.reverse)} {{"
    yield f"    {name}_total += {step.entry(op.source)};"
    yield f"    {step.entry(op.target)} = {name}_total;"
    yield "}"
    yield from loops.closed


@lines_of.register(Softmax)
def _(op: Softmax, step: Step) -> Iterator[str]:
    loops = Heads(op, step)
    loop, name, to, source = loops.units(), step.name_of(op.target), step.entry(op.target), step.entry(op.source)
    yield from loops.opened
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
    yield from loops.closed


@lines_of.register(HeadReduce)
def _(op: HeadReduce, step: Step) -> Iterator[str]:
    loops, source = Heads(op, step), step.entry(op.source)
    name, largest = step.name_of(op.target), op.how == "max"
    yield from loops.opened
    yield f"vec {name}_all = {'-(real)INFINITY' if largest else 'R(0)'};"
    yield loops.units()
    yield f"    {name}_all = maximum({name}_all, {source});" if largest else f"    {name}_all += {source};"
    yield loops.units()
    yield f"    {step.entry(op.target)} = {name}_all{f' / (real){loops.each}' if op.how == 'mean' else ''};"
    yield from loops.closed


@lines_of.register(Contract)
def _(op: Contract, step: Step) -> Iterator[str]:
    every = axes_along(op)
    factors = zip(op.factors, op.axes, strict=True)
    to, product = _at(step, op.target, op.result), " * ".join(_at(step, q, axes) for q, axes in factors)
    summed = set(every) - set(op.result)
    if not op.result:
        yield f"vec {to} = R(0);"
    elif summed:
        entry, size = step.entry(op.target), step.size(step.program.units.axis[op.target])
        yield f"for (int unit = 0; unit < {size}; unit++) {entry} = R(0);"
    for k, axis in enumerate(every):
        name = _along(axis)
        yield f"{4 * k * ' '}for (int {name} = 0; {name} < {step.size(unprimed(axis))}; {name}++)"
    margin, assigned = 4 * len(every) * " ", f"{'+' if summed else ''}= {product};"
    if len(margin) + len(to) + len(assigned) < _WIDTH:
        yield f"{margin}{to} {assigned}"
    else:
        yield f"{margin}{to}"
        yield f"{margin}    {assigned}"


def _along(axis: str) -> str:
    """The place along an axis."""
    return "at_" + axis.replace("'", "_2")


def _at(step: Step, q: Symbol, axes: Axes) -> str:
    """A quantity at the places along its axes."""
    place = ""
    for axis in axes:
        before = f"({place})" if " " in place else place
        place = f"{before} * {step.size(unprimed(axis))} + {_along(axis)}" if place else _along(axis)
    return step.entry(q).replace("unit]", f"{place}]")


def times(count: int, size: str) -> str:
    return size if count == 1 else f"{count} * {size}"
