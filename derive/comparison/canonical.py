"""What each new state is, in a form in which the author's choice of order, brackets and names of equations is gone.

Everything is written in the input, the previous states and the parameters, and multiplied out: a ``Poly`` is a sum of
products of atoms, an atom is one of these letters, a function of sums, a matrix times one, or a mean of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Add, Expr, Mul, Number, Pow, Rational, Symbol

from derive.comparison.terms import sum_name
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.statements.affine import Affine
from derive.statements.base import UnitsNode
from derive.statements.mean import MeanNode
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS

MOST = 3000  # products in a sum that is multiplied out

Monomial = frozenset[tuple["Atom", int]]  # atoms and their powers


@dataclass(frozen=True)
class Atom:
    """A factor. kind: "input", "state", "parameter", "matrix" (times ``args``), "mean", or the name of a function.

    name: of the letter or of the matrix; more: what a function has beside its arguments: numbers, conditions.
    ordered: whether the order of its arguments matters.
    """

    kind: str
    name: str = ""
    args: tuple[Poly, ...] = ()
    more: tuple[Any, ...] = ()
    ordered: bool = True

    @cached_property
    def shape(self) -> int:
        """A number that is the same for atoms which differ in the names of weights alone, states apart."""
        name = self.name if self.kind in ("input", "state") else ""
        inner = [a.shape for a in self.args]
        return hash((self.kind, name, tuple(inner if self.ordered else sorted(inner)), self.more))

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.name, self.args, self.more))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Poly:
    """A sum of products with rational coefficients, none of which is zero."""

    terms: Mapping[Monomial, Any]

    @cached_property
    def shape(self) -> int:
        """As of an atom; what a weight may absorb is left out: a factor, several biases in the place of one."""
        free = {shape_of(m) for m in self.terms if _is_absorbing(m)}
        rest = Counter((shape_of(m), c) for m, c in self.terms.items() if not _is_absorbing(m))
        return hash((frozenset(free), frozenset(rest.items())))

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __hash__(self) -> int:
        return self._hash

    def plus(self, other: Poly) -> Poly:
        found = dict(self.terms)
        for m, c in other.terms.items():
            found[m] = found.get(m, 0) + c
        return _sum(found)

    def times(self, other: Poly) -> Poly:
        found: dict[Monomial, Any] = {}
        if len(self.terms) * len(other.terms) > MOST:
            raise DeriveError(f"a product of sums of more than {MOST} terms is not multiplied out")
        for a, c in self.terms.items():
            for b, d in other.terms.items():
                m = _joined(a, b)
                found[m] = found.get(m, 0) + c * d
        return _sum(found)

    @property
    def number(self) -> Any:
        """The number that it is; None where it is none."""
        if not self.terms:
            return Rational(0)
        return self.terms[ONE] if set(self.terms) == {ONE} else None


ONE: Monomial = frozenset()


def number(value: Any) -> Poly:
    return Poly({ONE: value} if value else {})


def letter(atom: Atom, power: int = 1) -> Poly:
    return Poly({frozenset({(atom, power)}): Rational(1)})


def shape_of(m: Monomial) -> int:
    return hash(frozenset(Counter((a.shape, p) for a, p in m).items()))


def learned(m: Monomial) -> list[Atom]:
    """The letters of a product whose numbers training finds."""
    return [a for a, p in m if p == 1 and a.kind in ("parameter", "matrix")]


def _is_absorbing(m: Monomial) -> bool:
    """Whether a factor of the product may be part of its one weight."""
    return len(learned(m)) == 1


def _sum(terms: Mapping[Monomial, Any]) -> Poly:
    return Poly({m: c for m, c in terms.items() if c != 0})


def _joined(a: Monomial, b: Monomial) -> Monomial:
    powers = Counter(dict(a))
    for atom, p in b:
        powers[atom] += p
    return frozenset((atom, p) for atom, p in powers.items() if p)


#: σ(-x) = 1 - σ(x), tanh(-x) = -tanh(x): what a function of the negated argument is added to.
_NEGATED = {"sigmoid": Rational(1), "tanh": Rational(0)}


class Canonical:
    """Multiplies out a cell's equations, from the first to the last.

    known: what each name is; states: the new values alone.
    turned: which of the functions that are met, counted from 0, are written with the negated argument, z as 1 - z';
    turnable: those that can be, since the signs of their weights are free.
    renamed: other names for the states. loose: whether any activation may stand for any other. letters: whether the
    constants are letters, of which those of another cell may be other numbers; else they are their numbers. fixed:
    whether learned scalars are such letters too, since a formula does not say what is learned.

    Raises DeriveError for what would grow beyond all bounds.
    """

    def __init__(
        self,
        cell: Cell,
        turned: Collection[int] = (),
        renamed: Mapping[str, str] | None = None,
        loose: bool = False,
        letters: bool = True,
        fixed: bool = False,
    ) -> None:
        self.cell, self.loose, self.turned = cell, loose, turned
        self.turnable: list[int] = []
        self.turned_in: dict[int, str] = {}  # the equation in which each was met first
        self._line = ""
        self._met: dict[tuple[str, Poly], int] = {}
        self.functions: set[tuple[str, tuple[Poly, ...]]] = set()  # all that are met
        renamed = renamed or {}
        constants = {
            p.symbol: letter(Atom("constant", p.name)) if letters else number(Rational(p.default))
            for p in cell.constants
        }
        self.known: dict[Symbol, Poly] = {cell.input: letter(Atom("input"))}
        self.known |= {i.symbol: letter(Atom("input", str(k))) for k, i in enumerate(cell.further, 1)}
        self.known |= {cell.previous(s): letter(Atom("state", renamed.get(s, s))) for s in cell.states}
        scalar = "constant" if fixed else "parameter"
        self.known |= {
            p.symbol: letter(Atom(scalar if p.kind == "scalar" else "parameter", p.name)) for p in cell.declared
        } | constants
        self.known |= {p.symbol: letter(Atom("parameter", p.name)) for p in cell.parameters if p.kind == "vector"}
        for line in cell.lowered_lines:
            self._line = line.target.name
            self.known[line.target] = self._poly(line.expr, line.parts)
        self.states = {renamed.get(s, s): self.known[Symbol(s)] for s in cell.states}

    def calls(self) -> Counter[str]:
        """How many different functions of each kind there are; loosely, activations are one kind."""
        loosely = self.loose and ACTIVATIONS
        return Counter("activation" if loosely and kind in loosely else kind for kind, _ in self.functions)

    def _poly(self, expr: Any, parts: Mapping[Any, Any]) -> Poly:
        if isinstance(expr, UnitsNode):
            return self._mixed(expr, parts)
        if isinstance(expr, Symbol):
            return self.known[expr]
        if isinstance(expr, Number):
            return number(Rational(expr))
        args = [self._poly(a, parts) for a in expr.args] if not isinstance(expr, Pow) else []
        if isinstance(expr, Add):
            return _total(args)
        if isinstance(expr, Mul):
            found = number(Rational(1))
            for a in args:
                found = found.times(a)
            return found
        if isinstance(expr, Pow):
            return self._power(self._poly(expr.base, parts), self._poly(expr.exp, parts))
        return self._function(expr, args)

    def _function(self, expr: Expr, args: list[Poly]) -> Poly:
        """A function of sums; one of numbers alone is its value where that is rational."""
        kind = type(expr).__name__
        self.functions.add(({"expm1": "exp", "log1p": "log"}.get(kind, kind), tuple(args)))
        if kind in ("Max", "Min"):
            return letter(Atom(kind, args=tuple(sorted(args, key=lambda a: a.shape)), ordered=False))
        if not expr.args:
            return letter(Atom("number", str(expr)))
        if kind == "expm1":
            return letter(Atom("exp", args=tuple(args))).plus(number(Rational(-1)))
        if kind == "log1p":
            return letter(Atom("log", args=(args[0].plus(number(Rational(1))),)))
        if kind in _NEGATED:
            k = self._met.setdefault((kind, args[0]), len(self._met))
            self.turned_in.setdefault(k, self._line)
            if k not in self.turnable and all(map(_is_absorbing, args[0].terms)):
                self.turnable.append(k)
            if k in self.turned:
                other = letter(self._activation(kind, [args[0].times(number(Rational(-1)))]))
                return number(_NEGATED[kind]).plus(other.times(number(Rational(-1))))
        return letter(self._activation(kind, args) if isinstance(expr, Activation) else Atom(kind, args=tuple(args)))

    def _activation(self, kind: str, args: list[Poly]) -> Atom:
        """Loosely, the name is left open, and so are parameters beside the argument."""
        return Atom("activation", kind, (args[0],)) if self.loose else Atom(kind, args=tuple(args))

    def _power(self, base: Poly, exponent: Poly) -> Poly:
        power = exponent.number
        if power is None:
            return letter(Atom("power", args=(base, exponent)))
        if power == int(power) and (power > 0 or len(base.terms) == 1):
            if power < 0:
                ((m, c),) = base.terms.items()
                base, power = Poly({frozenset((a, -p) for a, p in m): 1 / c}), -power
            found = number(Rational(1))
            for _ in range(int(power)):
                found = found.times(base)
            return found
        if (known := base.number) is not None and (root := Pow(known, power)).is_Rational:
            return number(root)
        if power == int(power):
            return letter(Atom("power", args=(base,), more=(Rational(-1),)), int(-power))
        return letter(Atom("power", args=(base,), more=(power,)))

    def _mixed(self, node: Any, parts: Mapping[Any, Any]) -> Poly:
        statement = parts[node]
        operands = [self._poly(o, parts) for o in node.operands]
        if isinstance(statement, Affine):
            found = number(0)
            for term, operand in zip(statement.terms, operands, strict=True):
                found = found.plus(letter(Atom("matrix", term.weight.name, (operand,), (term.form, term.heads))))
                if term.bias is not None:
                    found = found.plus(self.known[term.bias])
            return found
        if isinstance(node, MeanNode):
            mean = _total(operands).times(number(Rational(1, len(operands))))
            return letter(Atom("mean", args=(mean,)))
        return letter(Atom(type(node).__name__, args=tuple(operands)))


def _total(parts: Iterable[Poly]) -> Poly:
    found = number(0)
    for p in parts:
        found = found.plus(p)
    return found


# ------------------------------------------------------------------ parameters that stand together only


@dataclass(frozen=True)
class Merged:
    """States whose sums have one learned letter where the cell has several that only their sum matters of.

    parts: of each letter that is left, the parameters that it is the sum of, and by which numbers.
    """

    states: Mapping[str, Poly]
    parts: Mapping[str, tuple[tuple[str, Any], ...]]


def merged(states: Mapping[str, Poly]) -> Merged:
    """b_ii + b_hi as one bias, W x + V x as one product, where every place that reads one part reads all of them."""
    return _Merging(states).result()


class _Merging:
    def __init__(self, states: Mapping[str, Poly]) -> None:
        self.states = states
        self.places: dict[str, set[tuple[Poly, Monomial]]] = {}
        self.parts: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.names: dict[str, str] = {}  # what stands for a letter; nothing where another one stands for it
        self.done: dict[Poly, Poly] = {}
        self._seen: set[Poly] = set()
        for poly in states.values():
            self._visit(poly)
        self._find_sums()

    def result(self) -> Merged:
        return Merged({s: self._poly(p) for s, p in self.states.items()}, self.parts)

    def _visit(self, poly: Poly) -> None:
        if poly in self._seen:
            return
        self._seen.add(poly)
        for m in poly.terms:
            for atom, _ in m:
                if atom.kind in ("parameter", "matrix"):
                    self.places.setdefault(atom.name, set()).add((poly, m))
                for a in atom.args:
                    self._visit(a)

    def _find_sums(self) -> None:
        """Letters that stand beside the same everywhere, in one ratio, are a sum."""
        together: dict[Any, list[tuple[str, Any]]] = {}
        for name in self.places:
            beside = self._beside(name)
            first = beside[max(beside, key=hash)] if beside else None
            key = frozenset((place, c / first) for place, c in beside.items()) if beside else name
            together.setdefault(key, []).append((name, first))
        for members in together.values():
            (name, first), *others = sorted(members)  # the sum begins with a letter by itself
            parts = ((name, Rational(1)), *((other, c / first) for other, c in others))
            self.names |= {name: sum_name(parts), **{other: "" for other, _ in others}}
            if others:
                self.parts[self.names[name]] = parts

    def _beside(self, name: str) -> dict[Any, Any]:
        """The places of a letter, without it, with their coefficients; none where it is squared, or two at once."""
        found = {}
        for poly, m in self.places[name]:
            own = [(a, p) for a, p in m if a.name == name and a.kind in ("parameter", "matrix")]
            if len(own) != 1 or own[0][1] != 1:
                return {}
            atom = own[0][0]
            found[poly, m - {own[0]}, atom.kind, atom.args, atom.more] = poly.terms[m]
        return found

    def _poly(self, poly: Poly) -> Poly:
        if poly not in self.done:
            found: dict[Monomial, Any] = {}
            for m, c in poly.terms.items():
                if all(self.names.get(a.name, a.name) for a, _ in m if a.kind in ("parameter", "matrix")):
                    new = frozenset((self._atom(a), p) for a, p in m)
                    found[new] = found.get(new, 0) + c
            self.done[poly] = _sum(found)
        return self.done[poly]

    def _atom(self, atom: Atom) -> Atom:
        name = self.names[atom.name] if atom.kind in ("parameter", "matrix") else atom.name
        return Atom(atom.kind, name, tuple(map(self._poly, atom.args)), atom.more, atom.ordered)
