"""Every step of a run with several units, all of them at once: a line for each equation, with arrays in the places of
its vectors and matrices, as textbooks write it. Where the formula has a mean over the units, no arrays stand in it: the
lines of its units say more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sympy import Expr, Function, Piecewise, Symbol

from derive.document.model import Chain, Chains, Note, Section
from derive.document.rows import columns_of
from derive.document.values import selection, step_title
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.quantity import BEFORE
from derive.notation.words import words
from derive.run.data import Run
from derive.run.step import LATEX_RELATION, InStep, Step, given
from derive.statements.writing import at
from derive.symbolic.expressions import rebuild

MOST = 4  # rows and columns of an array; of more the first two and the last are shown


class Entry(NamedTuple):
    """A number in an array: as it is printed, and whether that is the number itself."""

    numeral: Numeral
    is_exact: bool

    @classmethod
    def of(cls, numeral: Numeral, value: Value) -> Entry:
        return cls(numeral, value.rational is not None and numeral.rational == value.rational)


@dataclass(frozen=True)
class InArrays(InStep):
    """The notation of a step in which arrays of numbers stand for names. arrays: their LaTeX, by name."""

    arrays: Mapping[str, str] = field(default_factory=dict)

    def symbol_latex(self, name: str) -> str:
        return self.arrays[name] if name in self.arrays else super().symbol_latex(name)

    def joined_matrices(self, matrices: Sequence[str]) -> str:
        """Arrays stand one beside the other."""
        return ""

    def joint(self, left: Any, right: Any, times: str) -> str:
        """A dot stands between two numbers."""
        both = self._scalar(left) and self._scalar(right)
        return r" \cdot " if both else super().joint(left, right, times)


def section(run: Run) -> Section:
    """Every equation of every time step that is shown: symbolic, with arrays, its value."""
    parts: list[Chains | Note] = [Note(sentence) for sentence in selection(run)]
    for t in columns_of(run):
        if t is not None:
            parts.append(Chains(tuple(chains_at(run, t)), step_title(run, t)))
    return Section(
        "vectors", words(run.language)["vectors"], f"{run.title}: every step, all units at once", tuple(parts)
    )


def chains_at(run: Run, t: int) -> Iterator[Chain]:
    at_t = run.steps().at(t)
    for equation in run.cell.equations:
        name = equation.lhs.name
        if name in run.shown.rows:
            yield _chain(run, t, equation.rhs, [s for s in at_t if s.quantity == name])


def _chain(run: Run, t: int, rhs: Expr, units: Sequence[Step]) -> Chain:
    notation = InStep.of(run.notation, t=t)
    left, symbolic = notation.symbol_latex(units[0].target or units[0].quantity), ("=", notation.latex(rhs))
    value = [Entry.of(s.value.shown(run.decimals), s.value) for s in units]
    if any(getattr(node, "over_units", False) for node in _nodes(rhs)):
        return Chain(left, (symbolic, (_sign(_is_exact(value)), _array(value))))
    names = {s.name: _tensor(run, t, s.name, units) for s in rhs.free_symbols}
    arrays = {name: _array(tensor) for name, tensor in names.items()}
    exact = all(map(_is_exact, names.values()))
    parts = [symbolic, (_sign(exact), InArrays.of(notation, arrays=arrays).latex(rhs))]
    if found := _reduced(rhs, units):
        reduced, numbers = found
        exact = exact and all(map(_is_exact, numbers.values()))
        worked = arrays | {name: _array(tensor) for name, tensor in numbers.items()}
        parts.append((_sign(exact), InArrays.of(notation, arrays=worked).latex(reduced)))
    parts.append((_sign(exact and _is_exact(value)), _array(value)))
    return Chain(left, tuple(part for k, part in enumerate(parts) if not k or part[1] != parts[k - 1][1]))


def _sign(is_exact: bool) -> str:
    return LATEX_RELATION["=" if is_exact else "≈"]


def _is_exact(tensor: Any) -> bool:
    return tensor.is_exact if isinstance(tensor, Entry) else all(map(_is_exact, tensor))


# ---------------------------------------------------------------------- numbers


def _tensor(run: Run, t: int, name: str, units: Iterable[Step]) -> Any:
    """The entries of what a name stands for at a step: printed with as many digits as a line of any unit has."""
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

    return entry(values, ())


def _reduced(rhs: Expr, units: Sequence[Step]) -> tuple[Expr, dict[str, list[Entry]]] | None:
    """The formula with the arguments of its outermost functions worked out, and these by name; see ``Step.reduced``."""
    names: list[str] = []

    def walk(node: Any) -> Any:
        if not isinstance(node, Function):
            return rebuild(node, [walk(a) for a in node.args]) if node.args else node
        if isinstance(node.args[0], Symbol) or not node.args[0].free_symbols:
            return node
        names.append(f"argument {len(names) + 1}")
        return node.func(Symbol(names[-1]), *node.args[1:], evaluate=False)

    if rhs.has(Piecewise):  # each unit may have a case of its own
        return None
    reduced = walk(rhs)
    known = [{s.name for s in step.inputs if s.name.startswith("argument ")} for step in units]
    if not names or any(found != set(names) for found in known):
        return None
    numbers = {name: [Entry.of(s.numbers[Symbol(name)], s.inputs[Symbol(name)].value) for s in units] for name in names}
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
    columns = _places(len(rows[0]))
    lines = []
    for k in _places(len(rows)):
        if k is None:
            lines.append([r"\vdots" if j is not None else r"\ddots" for j in columns])
        else:
            lines.append([r"\cdots" if j is None else rows[k][j].numeral.latex() for j in columns])
    return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(line) for line in lines) + r" \end{bmatrix}"


def _places(count: int) -> list[int | None]:
    return list(range(count)) if count <= MOST else [0, 1, None, count - 1]
