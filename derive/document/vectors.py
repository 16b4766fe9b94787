"""Every step of a run with several units, all of them at once: a line for each equation, with arrays in the places of
its vectors and matrices, as textbooks write it. Where the formula has a mean over the units, or cases, of which each
unit may have one of its own, no arrays stand in it: the lines of its units say more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from sympy import Add, Expr, Function, Mul, Piecewise, Pow, Symbol

from derive.document.model import Chain, Chains, Note, Section
from derive.document.rows import columns_of
from derive.document.values import selection, step_title
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.names import Equation
from derive.notation.quantity import BEFORE, Quantity
from derive.notation.words import words
from derive.run.data import Run
from derive.run.number import given
from derive.run.step import LATEX_RELATION, InStep, Step
from derive.statements.sizes import axes_of, heads_of, in_rows
from derive.statements.writing import at
from derive.symbolic.expressions import rebuild
from derive.symbolic.nodes import Transposed

MOST, WIDE = 4, 2  # rows and columns of an array, and columns with powers of ten; of more some are shown, and the last


class Entry(NamedTuple):
    """A number in an array: as it is printed, and whether that is the number itself."""

    numeral: Numeral
    is_exact: bool

    @classmethod
    def of(cls, numeral: Numeral, value: Value) -> Entry:
        return cls(numeral, value.rational is not None and numeral.rational == value.rational)


@dataclass(frozen=True)
class InArrays(InStep):
    """The notation of a step in which arrays of numbers stand for names.

    arrays: their LaTeX, by name. head: the number of the head that a line is of; by_head: what there is for each.
    """

    arrays: Mapping[str, str] = field(default_factory=dict)
    head: str = ""
    by_head: frozenset[str] = frozenset()

    def raised(self, q: Quantity) -> str:
        return self.head if q.name in self.by_head else ""

    def symbol_latex(self, name: str) -> str:
        return self.arrays[name] if name in self.arrays else super().symbol_latex(name)

    def joined_matrices(self, matrices: Sequence[str]) -> str:
        """Arrays stand one beside the other."""
        return ""

    def joint(self, left: Any, right: Any, times: str) -> str:
        """A dot stands between two numbers."""
        both = self._scalar(left) and self._scalar(right)
        return r" \cdot " if both else super().joint(left, right, times)


@dataclass(frozen=True)
class Block:
    """What a line is of: all units of an equation, or those of one head. heads: what their number is called; number: of
    the head, from 1.
    """

    run: Run
    heads: str = ""
    number: int = 0

    @classmethod
    def of(cls, run: Run, equation: Equation) -> Iterator[Block]:
        """Those of an equation that are shown: where matrices or vectors of several heads stand in it, one for each."""
        sizes = run.cell.sizes
        named = [heads_of(sizes[s]) for s in (equation.lhs, *equation.rhs.free_symbols) if s in sizes]
        heads = next(filter(None, named), "")
        whole = cls(run, heads)
        if not heads or run.sizes.get(heads, 1) == 1 or not whole.has(sizes[equation.lhs]):
            yield cls(run)
        else:
            yield from (cls(run, heads, k) for k in range(1, run.sizes[heads] + 1) if k in run.shown.units)

    def has(self, size: str) -> bool:
        """Whether there is one of this size for each head."""
        return bool(self.heads) and self.heads in (size, heads_of(size))

    @cached_property
    def sizes(self) -> dict[Symbol, str]:
        """The sizes of quantities and parameters; of a weight that of its rows."""
        return {**self.run.cell.sizes, **{p.symbol: p.rows for p in self.run.cell.parameters}}

    @cached_property
    def by_head(self) -> frozenset[str]:
        """The names of what there is for each head."""
        return frozenset(self.run.cell.notation.quantity(q.name).name for q, s in self.sizes.items() if self.has(s))

    def has_matrix(self, node: Expr) -> bool:
        """Whether a formula with matrices and vectors has a matrix in it."""
        return node.has(Transposed) or any(len(axes_of(self.sizes.get(s, ""))) > 1 for s in node.free_symbols)

    def cut(self, size: str, numbers: Sequence[Any]) -> Sequence[Any]:
        """Of numbers, or of rows, along axes of that size those that the line is of."""
        if not self.number or not self.has(size):
            return numbers
        each = len(numbers) // self.run.sizes[self.heads]
        return numbers[(self.number - 1) * each : self.number * each]

    def shaped(self, size: str, numbers: Sequence[Any]) -> Any:
        """The numbers of that size that the line is of, as a vector or matrix."""
        return self.rows(size, list(self.cut(size, numbers)))

    def rows(self, size: str, numbers: Sequence[Any]) -> Any:
        """The same of those that the line is of."""
        rows = in_rows(size, numbers, self.run.sizes)
        return rows if len(axes_of(size)) > 1 else rows[0]


def section(run: Run) -> Section:
    """Every equation of every time step that is shown: symbolic, with arrays, its value."""
    parts: list[Chains | Note] = [Note(sentence) for sentence in selection(run)]
    for t in columns_of(run):
        if t is not None:
            parts.append(Chains(tuple(chain for _, chain in chains_at(run, t)), step_title(run, t)))
    return Section(
        "vectors", words(run.language)["vectors"], f"{run.title}: every step, all units at once", tuple(parts)
    )


def chains_at(run: Run, t: int) -> Iterator[tuple[str, Chain]]:
    """The names of the equations, each with its chain; with several where there are several heads."""
    at_t = run.steps().at(t)
    for equation in run.cell.equations:
        name = equation.lhs.name
        if name in run.shown.rows:
            steps = [s for s in at_t if s.quantity == name]
            for block in Block.of(run, equation):
                yield name, _chain(block, t, equation.rhs, steps)


def _chain(block: Block, t: int, rhs: Expr, steps: Sequence[Step]) -> Chain:
    run, target = block.run, steps[0].quantity
    head = str(block.number or "")
    notation = InArrays.of(run.notation, t=t, head=head, by_head=block.by_head if head else frozenset())
    left, symbolic = notation.symbol_latex(steps[0].target or target), ("=", notation.latex(rhs))
    size = run.cell.sizes[Symbol(target)]
    units = block.cut(size, steps)
    value = block.shaped(size, [Entry.of(s.value.shown(run.decimals), s.value) for s in steps])
    if any(getattr(node, "over_units", False) or isinstance(node, Piecewise) for node in _nodes(rhs)):
        return Chain(left, (symbolic, (_sign(_is_exact(value)), _array(value))))
    names = {s.name: _tensor(block, t, s.name, units) for s in rhs.free_symbols}
    arrays = {name: _array(tensor) for name, tensor in names.items()}
    exact = all(map(_is_exact, names.values()))
    parts = [symbolic, (_sign(exact), replace(notation, arrays=arrays).latex(rhs))]
    if found := _reduced(block, size, rhs, units):
        reduced, numbers = found
        exact = exact and all(map(_is_exact, numbers.values()))
        worked = arrays | {name: _array(tensor) for name, tensor in numbers.items()}
        parts.append((_sign(exact), replace(notation, arrays=worked).latex(reduced)))
    parts.append((_sign(exact and _is_exact(value)), _array(value)))
    return Chain(left, tuple(part for k, part in enumerate(parts) if not k or part[1] != parts[k - 1][1]))


def _sign(is_exact: bool) -> str:
    return LATEX_RELATION["=" if is_exact else "≈"]


def _is_exact(tensor: Any) -> bool:
    return tensor.is_exact if isinstance(tensor, Entry) else all(map(_is_exact, tensor))


# ---------------------------------------------------------------------- numbers


def _tensor(block: Block, t: int, name: str, units: Iterable[Step]) -> Any:
    """The entries of what a name stands for at a step: printed with as many digits as a line of any unit has."""
    run = block.run
    q = run.notation.quantity(name)
    if name in run.parameters:
        values = run.parameters[name]
    elif q.name in run.sequences:
        values = run.sequences[q.name][t - 1]
    else:
        before = t - 1 if q.time == BEFORE else t
        values = [run.steps().value(before, q.name, k) for k in range(1, run.units[q.name] + 1)]
    lines = list(units)

    def entry(value: Any, place: tuple[int, ...]) -> Any:
        if isinstance(value, tuple | list):
            return [entry(part, (*place, k)) for k, part in enumerate(value, 1)]
        exact = value if isinstance(value, Value) else Value.of(value)
        symbol = at(name, *(place or (1,)))
        printed = [s.numbers[symbol] for s in lines if symbol in s.numbers]
        plain = exact.shown(run.decimals) if isinstance(value, Value) else given(exact, run.decimals)
        return Entry.of(min(printed, key=lambda n: n.exponent, default=plain), exact)

    found = entry(values, ())
    if name not in run.parameters:
        return block.shaped(run.cell.sizes[Symbol(name)], found)
    p = next(p for p in run.cell.parameters if p.name == name)
    is_shaped = isinstance(found, Entry) or p.kind == "matrix"
    return block.cut(p.rows, found) if is_shaped else block.shaped(p.rows, found)


def _reduced(block: Block, size: str, rhs: Expr, units: Sequence[Step]) -> tuple[Expr, dict[str, Any]] | None:
    """The formula with the arguments of its outermost functions worked out, and these by name; see ``Step.reduced``.

    size: of what it gives. None of a matrix where one of the arguments is none: it has fewer numbers than entries.
    """
    names: list[str] = []
    is_matrix = len(axes_of(size)) > 1

    def walk(node: Any) -> Any:
        if not isinstance(node, Function):
            is_whole = is_matrix and not isinstance(node, Add | Mul | Pow)  # a product of matrices
            return rebuild(node, [walk(a) for a in node.args]) if node.args and not is_whole else node
        if isinstance(node.args[0], Symbol) or not node.args[0].free_symbols:
            return node
        if is_matrix and not block.has_matrix(node.args[0]):
            return node
        names.append(f"argument {len(names) + 1}")
        return node.func(Symbol(names[-1]), *node.args[1:], evaluate=False)

    reduced = walk(rhs)
    known = [{s.name for s in step.inputs if s.name.startswith("argument ")} for step in units]
    if not names or any(found != set(names) for found in known):
        return None
    numbers = {}
    for name, symbol in zip(names, map(Symbol, names), strict=True):
        found = [Entry.of(s.numbers[symbol], s.inputs[symbol].value) for s in units]
        numbers[name] = block.rows(size, found)
    return reduced, numbers


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for a in node.args:
        yield from _nodes(a)


# ---------------------------------------------------------------------- arrays


def _array(tensor: Any) -> str:
    """A number, a vector as a column, or a matrix, in LaTeX, with dots in the places of what is left out."""
    if not isinstance(tensor, Entry) and len(tensor) == 1 and isinstance(tensor[0], Entry):
        return _array(tensor[0])
    if isinstance(tensor, Entry):
        text = tensor.numeral.latex()
        return f"({text})" if tensor.numeral.digits < 0 else text
    rows = [row if isinstance(row, list) else [row] for row in tensor]
    columns = _places(len(rows[0]), WIDE if any(e.numeral.scientific for row in rows for e in row) else MOST)
    lines = []
    for k in _places(len(rows), MOST):
        if k is None:
            lines.append([r"\vdots" if j is not None else r"\ddots" for j in columns])
        else:
            lines.append([r"\cdots" if j is None else rows[k][j].numeral.latex() for j in columns])
    return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(line) for line in lines) + r" \end{bmatrix}"


def _places(count: int, most: int) -> list[int | None]:
    return list(range(count)) if count <= most else [*range(most // 2), None, count - 1]
