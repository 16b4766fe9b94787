"""What needs all units of what it reads, as loops of C99: sums, softmax, and products by axes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import TYPE_CHECKING

from sympy import Symbol

from derive.backends.c.reductions import axes_along
from derive.plan.axes import Axes
from derive.plan.operations import Contract, HeadMean, Reduce, Scan, Softmax
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


@lines_of.register(Scan)
def _(op: Scan, step: Step) -> Iterator[str]:
    size, name = step.size(step.program.units.axis[op.target]), step.name_of(op.target)
    yield f"vec {name}_total = R(0);"
    loop = f"int unit = {size} - 1; unit >= 0; unit--" if op.reverse else f"int unit = 0; unit < {size}; unit++"
    yield f"for ({loop}) {{"
    yield f"    {name}_total += {step.entry(op.source)};"
    yield f"    {step.entry(op.target)} = {name}_total;"
    yield "}"


@lines_of.register(Softmax)
def _(op: Softmax, step: Step) -> Iterator[str]:
    loop = f"for (int unit = 0; unit < {step.size(step.program.units.axis[op.target])}; unit++)"
    name, to, source = step.name_of(op.target), step.entry(op.target), step.entry(op.source)
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


@lines_of.register(HeadMean)
def _(op: HeadMean, step: Step) -> Iterator[str]:
    size, heads, name = step.size(step.program.units.axis[op.target]), step.size(op.heads), step.name_of(op.target)
    part = f"({size} / {heads})"
    yield f"for (int first = 0; first < {size}; first += {part}) {{"
    yield f"    vec {name}_total = R(0);"
    yield f"    for (int unit = first; unit < first + {part}; unit++)"
    yield f"        {name}_total += {step.entry(op.source)};"
    yield f"    for (int unit = first; unit < first + {part}; unit++)"
    yield f"        {step.entry(op.target)} = {name}_total / (real){part};"
    yield "}"


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
