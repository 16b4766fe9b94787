"""What each new state is, in a form in which the author's choice of order, brackets and names of equations is gone.

Everything is written in the input, the previous states and the parameters, and multiplied out: a ``Poly`` is a sum of
products of atoms, an atom is one of these letters, a function of sums, a matrix times one, or a mean of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sympy import Add, Expr, Mul, Number, Pow, Rational, Symbol

from derive.comparison.homogeneous import HOMOGENEOUS, Inward, homogeneous
from derive.comparison.poly import Atom, Monomial, Poly, is_absorbing, is_open, letter, number, total
from derive.definition.cell import Cell
from derive.statements.affine import Affine
from derive.statements.base import UnitsNode
from derive.statements.mean import MeanNode
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS

#: σ(-x) = 1 - σ(x), tanh(-x) = -tanh(x): what a function of the negated argument is added to.
_NEGATED = {"sigmoid": Rational(1), "tanh": Rational(0)}


class Canonical:
    """Multiplies out a cell's equations, from the first to the last.

    known: what each name is; states: the new values alone.
    turned: which of the functions that are met, counted from 0, are written with the negated argument, z as 1 - z';
    turnable: those that can be, since the signs of their weights are free.
    renamed: other names for the states. loose: whether any activation may stand for any other. letters: whether the
    constants are letters, of which those of another cell may be other numbers; else they are their numbers. fixed:
    whether learned scalars are such letters too, since a formula does not say what is learned. shifts: what
    is added to learned letters.

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
        shifts: Mapping[str, int] | None = None,
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
        for p in (p for p in cell.declared if p.name in (shifts or {})):
            self.known[p.symbol] = self.known[p.symbol].plus(number(Rational((shifts or {})[p.name])))
        for line in cell.lowered_lines:
            self._line = line.target.name
            self.known[line.target] = self._poly(line.expr, line.parts)
        inward = Inward()
        self.known = {symbol: inward.poly(poly) for symbol, poly in self.known.items()}
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
            return total(args)
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
        if kind == "Max" and len(args) == 2 and any(a.number == 0 for a in args):
            kind, args = "relu", [next((a for a in args if a.number != 0), args[0])]
        if kind in _NEGATED and not is_open(args[0]) and _is_negative(args[0]):
            return number(_NEGATED[kind]).plus(_negative(self._of(expr, kind, [_negative(args[0])])))
        return self._of(expr, kind, args)

    def _of(self, expr: Expr, kind: str, args: list[Poly]) -> Poly:
        factor, scaled = homogeneous(kind, args) if args else (Rational(1), ())
        if kind in HOMOGENEOUS and not self.loose:
            self.functions.add((kind, scaled))
            return number(factor).times(letter(Atom(kind, args=scaled)))
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
            if k not in self.turnable and is_open(args[0]):
                self.turnable.append(k)
            if k in self.turned:
                other = letter(self._activation(kind, [_negative(args[0])]))
                return number(_NEGATED[kind]).plus(_negative(other))
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
                more = (term.form, term.heads)
                for m, c in operand.terms.items():  # W (a + 2 b) is W a + 2 W b
                    one = letter(Atom("matrix", term.weight.name, (Poly({m: Rational(1)}),), more))
                    found = found.plus(number(c).times(one))
                if term.bias is not None:
                    found = found.plus(self.known[term.bias])
            return found
        if isinstance(node, MeanNode):
            mean = total(operands).times(number(Rational(1, len(operands))))
            return letter(Atom("mean", args=(mean,)))
        return letter(Atom(type(node).__name__, args=tuple(operands)))


def _negative(poly: Poly) -> Poly:
    return poly.times(number(Rational(-1)))


def _is_negative(poly: Poly) -> bool:
    """One of a sum and its negative, whatever its weights are and what its functions are of; neither where that does
    not tell them apart."""

    def looks(m: Monomial) -> list[tuple[str, str, int]]:
        return sorted((a.kind, a.name if a.kind in ("input", "state") else "", p) for a, p in m)

    signed = [(looks(m), c) for m, c in poly.terms.items() if not is_absorbing(m)]
    return sorted(signed) < sorted((look, -c) for look, c in signed)
