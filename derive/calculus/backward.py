"""A backward equation as data: a sum of cotangents, each under linear maps (``derive.statements.maps``).

    δx_t = Σ maps(δ)        δW = Σ_t Σ maps(δ)

What prints it, the exact backward pass of a run and the machine's plan read this one form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sympy import Add, Expr, S, Symbol

from derive.statements.base import Statement
from derive.statements.maps import Entries, Map, Scale, compose
from derive.statements.parameter import Parameter
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing, flat
from derive.symbolic.arithmetic import leading, times, total
from derive.symbolic.expressions import HIDDEN, readings, symbols_in_order


@dataclass(frozen=True)
class Term:
    """One summand: a cotangent under maps, the first of them applied first.

    cotangent: its name or, where it has none because nothing else reads it, its equation, written in its place.
    through, formula: the name (or formula, where it has none) of what is differentiated, and its formula. Where there
    is a derivative it is the first of the maps. Without one (the incoming Δ) ``through`` is None.
    A cotangent that is one number stands for every unit where there are several.
    """

    cotangent: Symbol | Backward
    maps: tuple[Map, ...] = ()
    through: Expr | None = None
    formula: Expr | None = None

    @property
    def is_elementwise(self) -> bool:
        """Whether a unit of it is a formula of quantities of that unit."""
        return all(m.elementwise for m in self.maps)

    @property
    def source(self) -> Expr:
        """The cotangent as a formula."""
        return self.cotangent if isinstance(self.cotangent, Symbol) else self.cotangent.expr

    @cached_property
    def expr(self) -> Expr:
        """The cotangent under the first, elementwise maps: a formula of one unit."""
        return self._under(self._elementwise, self.source, ALL_UNITS)

    @property
    def _elementwise(self) -> tuple[Map, ...]:
        found = []
        for m in self.maps:
            if not m.elementwise:
                break
            found.append(m)
        return tuple(found)

    @property
    def others(self) -> tuple[Map, ...]:
        """The maps that follow on the first, elementwise ones."""
        return self.maps[len(self._elementwise) :]

    def written(self, writing: Writing = ALL_UNITS) -> Expr:
        """The summand as it is printed."""
        return self._under(self.others, self.expr, writing)

    def _under(self, maps: tuple[Map, ...], d: Expr, writing: Writing) -> Expr:
        for m in maps:
            d = m.written(d, writing)
        return d

    def entry(self, at: Entry, units: Units) -> Any:
        """One entry of it, over symbols of single numbers."""
        return _entry(self.others, lambda inner: units.single(self.expr, inner[0]), at, units)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        """The quantities and parameters that it reads, and cotangents, from left to right, each once."""
        return tuple(dict.fromkeys((*symbols_in_order(self.expr), *(q for m in self.others for q in m.reads))))

    @property
    def leaves(self) -> Iterator[Term]:
        """The same as a sum of terms of named cotangents, each under maps composed to few."""
        if isinstance(self.cotangent, Symbol):
            yield Term(self.cotangent, compose(*self.maps), self.through, self.formula)
        else:
            for inner in self.cotangent.ordered:
                for leaf in inner.leaves:
                    yield Term(leaf.cotangent, compose(*leaf.maps, *self.maps), leaf.through, leaf.formula)


@dataclass(frozen=True)
class Backward:
    """target = after(Σ terms).

    of: the quantity or parameter whose cotangent (or gradient) it is; parameter: of a gradient.
    after: the sum over the units of a number's cotangent; the repetition for all units of one that is the same for all;
    the sum over time of a gradient. size: how many units the target has.
    """

    target: Symbol
    terms: tuple[Term, ...]
    of: Symbol
    after: tuple[Map, ...] = ()
    size: str = HIDDEN
    parameter: Parameter | None = None

    @cached_property
    def elementwise(self) -> tuple[Term, ...]:
        """The terms that are formulas of one unit."""
        return tuple(t for t in self.terms if t.is_elementwise)

    @cached_property
    def others(self) -> tuple[Term, ...]:
        """The terms that are not, such as products with transposed weights."""
        return tuple(t for t in self.terms if not t.is_elementwise)

    @property
    def ordered(self) -> tuple[Term, ...]:
        """The terms in the order in which they are printed."""
        return leading([*self.elementwise, *self.others], Term.written)

    @cached_property
    def expr(self) -> Expr:
        """The sum of the elementwise terms, a formula of one unit."""
        return total(*(t.expr for t in self.elementwise))

    @property
    def is_formula(self) -> bool:
        """Whether it is a formula of one unit, and no more."""
        return not self.others and not self.after

    @property
    def reads(self) -> tuple[Symbol, ...]:
        """The quantities, parameters and cotangents that it reads, each once."""
        found = [*symbols_in_order(self.expr), *(q for t in self.others for q in t.reads)]
        return tuple(dict.fromkeys((*found, *(q for m in self.after for q in m.reads))))

    @cached_property
    def coefficients(self) -> dict[Symbol, Expr]:
        """What each cotangent of the elementwise terms is multiplied by, in the order of the formula."""
        found: dict[Symbol, Expr] = {}
        for leaf in (leaf for t in leading(list(self.elementwise), Term.written) for leaf in t.leaves):
            local = S.One
            for m in leaf.maps:
                assert isinstance(m, Scale)
                local = times(local, m.local)
            assert isinstance(leaf.cotangent, Symbol)
            found[leaf.cotangent] = total(found[leaf.cotangent], local) if leaf.cotangent in found else local
        return found

    # ------------------------------------------------------------------ what it says, and one entry of it

    def written(self, writing: Writing = ALL_UNITS, first: Expr = S.Zero) -> Expr:
        """The right-hand side as it is printed; ``first``: what is added in front."""
        d = total(*(t.written(writing) for t in (*self.elementwise, *self.others)))
        for m in self.after:
            d = m.written(d, writing)
        return total(first, d)

    def entry(self, at: Entry, units: Units, first: Expr = S.Zero) -> Any:
        """One entry of the right-hand side, its terms in the order in which they are printed."""
        parts: list[tuple[Expr, Any]] = [(a, units.single(a, at[0])) for a in _summands(first)]
        if self.after:
            whole = _entry(self.after, lambda inner: _sum(self._parts(inner, units)), at, units)
            return _sum([*parts, (self.written(), whole)])
        return _sum([*parts, *_printed(self._parts(at, units))])

    def _parts(self, at: Entry, units: Units) -> list[tuple[Expr, Any]]:
        """Each summand before ``after``, as it is printed, and its entry."""
        found = [(a, units.single(a, at[0])) for t in self.elementwise for a in _summands(t.expr)]
        return [*found, *((t.written(), t.entry(at, units)) for t in self.others)]


def _printed(parts: list[tuple[Expr, Any]]) -> tuple[tuple[Expr, Any], ...]:
    """Summands as they are printed, each with its entry, in the order in which they are printed."""
    return leading([p for p in parts if p[0] != 0], lambda part: part[0])


def _sum(parts: list[tuple[Expr, Any]]) -> Any:
    """The sum of the entries."""
    kept = _printed(parts)
    return flat([entry for _, entry in kept]) if kept else S.Zero


def _summands(expr: Expr) -> tuple[Any, ...]:
    return expr.args if isinstance(expr, Add) else (expr,)


def _entry(maps: tuple[Map, ...], of: Entries, at: Entry, units: Units) -> Any:
    """One entry of what the maps make of what has these entries."""
    if not maps:
        return of(at)
    *inner, last = maps
    return last.entry(lambda k: _entry(tuple(inner), of, k, units), at, units)


def in_place(
    statements: Iterable[Statement | Backward], passing: Container[Symbol], gradients: Iterable[Backward]
) -> tuple[Statement | Backward, ...]:
    """The statements, with every cotangent of ``passing`` that is read once, in a formula, written in its place there.

    A nested activation such as tanh(c) has a name in the forward step; its cotangent need not have one. That of
    sign(c), which nothing reads because the derivative is zero, is left out.
    """
    statements = tuple(statements)
    backward = [s for s in statements if isinstance(s, Backward)]
    reads = Counter(n for s in backward for n in readings(s.expr))
    reads.update(t.cotangent for b in backward for t in 2 * b.others)
    reads.update(t.cotangent for b in gradients for t in 2 * b.terms)
    unread = {s.target for s in backward if s.target in passing and reads[s.target] == 0}
    chosen = {s.target for s in backward if s.target in passing and reads[s.target] == 1 and s.is_formula}
    return composed([s for s in statements if s.target not in unread], chosen)


def composed(statements: Iterable[Statement | Backward], chosen: Container[Symbol]) -> tuple[Statement | Backward, ...]:
    """The statements, with the equations of the chosen cotangents in the places where they are read."""
    inside: dict[Any, Backward] = {}
    kept: list[Statement | Backward] = []
    for s in statements:
        s = _filled(s, inside) if isinstance(s, Backward) else s
        if isinstance(s, Backward) and s.target in chosen:
            inside[s.target] = s
        else:
            kept.append(s)
    return tuple(kept)


def _filled(s: Backward, inside: Mapping[Any, Backward]) -> Backward:
    """The equation with others in the places of their cotangents, also within those that stand in it already."""

    def filled(d: Symbol | Backward) -> Symbol | Backward:
        return _filled(d, inside) if isinstance(d, Backward) else inside.get(d, d)

    return replace(s, terms=tuple(replace(t, cotangent=filled(t.cotangent)) for t in s.terms))
