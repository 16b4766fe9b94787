"""Recurrences that are linear in the state, for all time steps together: s_t = a_t * s_{t-1} + b_t, unit by unit.

Two steps after each other are one step: (a2, b2) after (a1, b1) is (a2 * a1, a2 * b1 + b2). So every second state
follows from half as many steps, and so on down to one step, and the states between from those before them: 2 log T
rounds of few operations, about three times the arithmetic of the loop. Nothing is divided and no logarithm is taken, so
that factors may be 0 or negative. Products of factors stand where the loop has states: where the factors lie within ±1
they do too, and nothing here is larger than in the loop.

Compilers and exporters see the rounds of a scan as one operator, ``derive::scan_0123456789abcdef``, whose name has a
digest of this text, so that what they make of it holds for any T; its backward pass is that operator again.

Sizes: T time steps, B sequences, n features of a state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from . import kernels, operators

Tensors = tuple[Tensor, ...]
Rows = tuple[Tensors, ...]  # one state a row: the factors of the states before
Scanner = Callable[[Rows, Tensors, Tensors], Tensors]


def linear_scan(x: Tensor, a: Any, b: Any, first: Tensor) -> Tensor:
    """The states s_t = a_t * s_{t-1} + b_t, (T, B, n), the first of which follows ``first``, (B, n). a and b are what
    goes with that; ``x``, (T, B, I), says how many steps there are."""
    return coupled_scan(x, ((a,),), (b,), (first,))[0]


def coupled_scan(x: Tensor, a: Sequence[Sequence[Any]], b: Sequence[Any], first: Tensors) -> Tensors:
    """The same of several states that read each other: a has a row for each, with a factor for each."""
    rows = tuple(tuple(_over_time(x, q, s) for q in row) for row, s in zip(a, first, strict=True))
    terms = tuple(_over_time(x, q, s) for q, s in zip(b, first, strict=True))
    return _scanned(rows, terms, first)


def delayed(s: Tensor, first: Tensor) -> Tensor:
    """The states before each step, (T, B, n), from those after it and the first one, (B, n)."""
    return torch.cat((first.unsqueeze(0), s))[:-1]  # so that an exporter's T may be 2


def _over_time(x: Tensor, q: Any, first: Tensor) -> Tensor:
    q = q if isinstance(q, Tensor) else first.new_tensor(q)
    return q.expand(x.size(0), *first.shape)


def _scanned(a: Rows, b: Tensors, first: Tensors) -> Tensors:
    """As one node of autograd's graph where that is all that looks on: its backward pass is a scan too."""
    flat = _flat(a, b, first)
    if torch._C._are_functorch_transforms_active() or kernels.have_tangents(flat):
        return _from_first(a, b, first)
    if torch.compiler.is_compiling():
        return _from_first(a, b, first) if _operator is None else _by_operator(a, b, first)
    return ScanFunction.apply(len(b), *flat)


class ScanFunction(torch.autograd.Function):
    """``given`` is the factors row by row, the terms, the states before the first step."""

    @staticmethod
    def forward(ctx: Any, count: int, *given: Tensor) -> Tensors:
        a, b, first = _unpacked(count, given)
        found = _from_first(a, b, first)
        ctx.count = count
        ctx.save_for_backward(*given[: count * count], *first, *found)
        return found

    @staticmethod
    def backward(ctx: Any, *d: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_gradients(*_unpacked(ctx.count, ctx.saved_tensors), d, _scanned)


def _gradients(a: Rows, first: Tensors, found: Tensors, d: Tensors, scanned: Scanner) -> Tensors:
    """Of the factors, the terms and the states before the first step. The cotangent of a state is what the loss gives,
    and what the step after hands back: a scan from the end."""
    columns = range(len(first))
    after = tuple(tuple(_from_the_end(torch.cat((row[k][1:], row[k][:1] * 0))) for row in a) for k in columns)
    zeros = tuple(torch.zeros_like(s) for s in first)
    cotangents = tuple(map(_from_the_end, scanned(after, tuple(map(_from_the_end, d)), zeros)))
    before = tuple(delayed(s, start) for s, start in zip(found, first, strict=True))
    of_a = (c * s for c in cotangents for s in before)
    of_first = (torch.stack([row[k][0] * c[0] for row, c in zip(a, cotangents, strict=True)]).sum(0) for k in columns)
    return *of_a, *cotangents, *of_first


def _by_operator(a: Rows, b: Tensors, first: Tensors) -> Tensors:
    """The same as a call of the operator, of numbers of one type."""
    given = _flat(a, b, first)
    dtype = given[0].dtype
    for q in given:
        dtype = torch.promote_types(dtype, q.dtype)
    return tuple(_operator([q.to(dtype) for q in given], len(b)))


def _defined(loader: Any) -> Any:
    """The operator, defined at the first import of this text; None where no text says what it is."""
    if not hasattr(loader, "get_source"):
        return None
    name = f"scan_{hashlib.sha256(str(loader.get_source(__name__)).encode()).hexdigest()[:16]}"
    if not hasattr(torch.ops.derive, name):
        operators.define(name, "(Tensor[] given, int count) -> Tensor[]", _of_operator, _sizes)
        operators.differentiate(name, _differentiate, _setup, _of_one_length, _sizes)
    return getattr(torch.ops.derive, name).default


def _of_operator(given: Sequence[Tensor], count: int) -> list[Tensor]:
    return [s.contiguous() for s in _from_first(*_unpacked(count, tuple(given)))]


def _sizes(given: Sequence[Tensor], count: int) -> list[Tensor]:
    return [q.new_empty(q.shape) for q in given[count**2 : count**2 + count]]


def _of_one_length(given: Sequence[Tensor], count: int) -> list[Tensor]:
    """In operations that exporters to other formats know."""
    if isinstance(given[0].size(0), torch.SymInt):
        raise RuntimeError(
            "a layer with parallel=True is exported for one length here, and that of the sequence is dynamic: leave "
            "that dimension static, or parallel=True out"
        )
    return _of_operator(given, count)


def _setup(ctx: Any, inputs: Any, output: Sequence[Tensor]) -> None:
    given, ctx.count = inputs
    ctx.save_for_backward(*given[: ctx.count**2], *given[ctx.count**2 + ctx.count :], *output)


def _differentiate(ctx: Any, d: Sequence[Tensor]) -> tuple[list[Tensor], None]:
    return list(_gradients(*_unpacked(ctx.count, ctx.saved_tensors), tuple(d), _by_operator)), None


_operator = _defined(getattr(__spec__, "loader", None))


def _flat(a: Rows, b: Tensors, first: Tensors) -> Tensors:
    return (*(q for row in a for q in row), *b, *first)


def _from_the_end(q: Tensor) -> Tensor:
    return q.flip(0)


def _unpacked(count: int, given: Tensors) -> tuple[Rows, Tensors, Tensors]:
    rows = tuple(given[k * count : (k + 1) * count] for k in range(count))
    return rows, given[count**2 : count**2 + count], given[count**2 + count :]


def _from_first(a: Rows, b: Tensors, first: Tensors) -> Tensors:
    """The states, with those before the first step in the first terms."""
    begun = _step(_cut(a, 0, 1), first, _each(b, 0, 1))
    return _solved(a, tuple(torch.cat((s, q[1:])) for s, q in zip(begun, b, strict=True)))


def _solved(a: Rows, b: Tensors) -> Tensors:
    """The states from 0: every second one from pairs of steps, and those between from them."""
    steps = b[0].size(0)
    if steps == 1:
        return b
    later = _cut(a, 1, steps)
    pairs = _step(later, _each(b, 0, steps - 1), _each(b, 1, steps))
    odd = _solved(_product(later, _cut(a, 0, steps - 1)), pairs)
    even = _each(b, 0, 1)
    if steps > 2:
        between = _step(_cut(a, 2, steps), tuple(s[: (steps - 1) // 2] for s in odd), _each(b, 2, steps))
        even = tuple(map(torch.cat, zip(even, between, strict=True)))
    return tuple(_in_turn(s, t) for s, t in zip(even, odd, strict=True))


def _step(a: Rows, s: Tensors, b: Tensors) -> Tensors:
    """One step from each of the states."""
    return tuple(_sum(row, s, q) for row, q in zip(a, b, strict=True))


def _product(a: Rows, b: Rows) -> Rows:
    """The factors of two steps, b before a."""
    return tuple(tuple(_sum(row, column) for column in zip(*b, strict=True)) for row in a)


def _sum(factors: Tensors, of: Tensors, q: Tensor | None = None) -> Tensor:
    for factor, s in zip(factors, of, strict=True):
        q = factor * s if q is None else torch.addcmul(q, factor, s)
    assert q is not None
    return q


def _cut(a: Rows, start: int, stop: int) -> Rows:
    return tuple(_each(row, start, stop) for row in a)


def _each(of: Tensors, start: int, stop: int) -> Tensors:
    """Every second step."""
    return tuple(q[start:stop:2] for q in of)


def _in_turn(even: Tensor, odd: Tensor) -> Tensor:
    """The two by turns, the first one being as long or longer by one."""
    both = torch.stack((even[: len(odd)], odd), 1).flatten(0, 1)
    return both if len(even) == len(odd) else torch.cat((both, even[len(odd) :]))
