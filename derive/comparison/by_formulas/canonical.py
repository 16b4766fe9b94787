"""What each new state is, in a form in which the author's choice of order, brackets and names of equations is gone.

Everything is written in the input, the previous states and the parameters, and multiplied out: a ``Poly`` is a sum of
products of atoms, an atom is one of these letters, a function of sums, a matrix times one, or a mean of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sympy import Add, E, Mul, Number, Piecewise, Pow, Rational, Symbol, cos, log, sin, tan
from sympy.codegen.cfunctions import log1p

from derive.comparison.by_formulas.contractions import Contractions
from derive.comparison.by_formulas.exponentials import in_logistic
from derive.comparison.by_formulas.homogeneous import HOMOGENEOUS, Inward, homogeneous
from derive.comparison.by_formulas.identities import branches, by_fewer, cases, condition, products, square_root
from derive.comparison.by_formulas.poly import (
    CONTRACTIONS,
    Atom,
    Poly,
    is_negative,
    is_open,
    is_plain,
    letter,
    negative,
    number,
    sums_within,
    total,
)
from derive.definition.cell import Cell
from derive.statements.affine import Affine
from derive.statements.base import UnitsNode
from derive.statements.matrix_products import OuterNode, ScaledNode
from derive.statements.mean import MeanNode
from derive.symbolic.activations import ACTIVATIONS

#: f(s - x) = 1 - f(x): σ, and what clips to [0, 1].
_TURNED_ABOUT = {"sigmoid": Rational(0), "clip": Rational(1)}
#: Of what goes by head: a cell has one number of them, whatever that is called.
_BY_HEAD = ("by head",)
MOST_SCALED = 24  # products of numbers with what has several axes, which are multiplied out
_LETTERS = {"input", "state", "parameter", "constant", "matrix", "mean", "number"}


class Canonical:
    """Multiplies out a cell's equations, from the first to the last.

    known: what each name is; states: the new values alone.
    turned: which of the functions that are met, counted from 0, are written with the negated argument, z as 1 - z';
    turnable: those that can be, since the signs of their weights are free.
    renamed: other names for the states and parameters. loose: whether any activation may stand for any other. letters:
    whether the constants are letters, of which those of another cell may be other numbers; else they are their numbers.
    fixed: whether learned scalars are such letters too, since a formula does not say what is learned. shifts: what is
    added to learned letters. named: whether tanh keeps its name, by which it is told from σ. cuts: equations whose
    quantities are letters of these names where others read them; what they are is among the states.

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
        named: bool = False,
        cuts: Mapping[str, str] | None = None,
    ) -> None:
        self.cell, self.loose, self.turned, self.named = cell, loose, turned, named
        self.turnable: list[int] = []
        self.turned_in: dict[int, str] = {}  # the equation in which each was met first
        self._line = ""
        self._met: dict[tuple[str, Poly], int] = {}
        self.partial: list[tuple[str, Poly]] = []  # what is divided by, and what logarithms and roots are of
        self.renamed = renamed = renamed or {}

        def named_as(kind: str, name: str) -> Poly:
            return letter(Atom(kind, renamed.get(name, name)))

        self.known: dict[Symbol, Poly] = {cell.input: letter(Atom("input"))}
        self.known |= {i.symbol: letter(Atom("input", str(k))) for k, i in enumerate(cell.further, 1)}
        self.known |= {cell.previous(s): named_as("state", s) for s in cell.states}
        scalar = "constant" if fixed else "parameter"
        self.known |= {p.symbol: named_as(scalar if p.kind == "scalar" else "parameter", p.name) for p in cell.declared}
        self.known |= {
            p.symbol: named_as("constant", p.name) if letters else number(Rational(p.default)) for p in cell.constants
        }
        self.known |= {p.symbol: named_as("parameter", p.name) for p in cell.parameters if p.kind == "vector"}
        symbols = {atom: symbol for symbol, poly in self.known.items() for m in poly.terms for atom, _ in m}
        self.contractions = Contractions(
            cell, {atom: cell.sizes.get(symbol, "") for atom, symbol in symbols.items()}, renamed
        )
        for p in (p for p in cell.declared if p.name in (shifts or {})):
            self.known[p.symbol] = self.known[p.symbol].plus(number(Rational((shifts or {})[p.name])))
        cut: dict[str, Poly] = {}
        for line in cell.lowered_lines:
            self._line = line.target.name
            poly = self._short(self._poly(line.expr, line.parts))
            if (name := (cuts or {}).get(self._line)) is not None:
                cut[name], poly = poly, letter(atom := Atom("state", name))
                self.contractions.sizes[atom] = cell.sizes[line.target]
            self.known[line.target] = next((letter(Atom("state", n)) for n, p in cut.items() if p == poly), poly)
        inward = Inward()
        self.known = {symbol: inward.poly(poly) for symbol, poly in self.known.items()}
        self.states = {renamed.get(s, s): self.known[Symbol(s)] for s in cell.states}
        self.states |= {name: inward.poly(poly) for name, poly in cut.items()}
        self.partial = [(kind, inward.poly(self._short(poly))) for kind, poly in self.partial]

    @property
    def hides(self) -> bool:
        """Whether something that is divided by, or of which there is a logarithm or a root, is not seen in the states
        as multiplied out, as the a of a²/a."""
        factors = {
            (atom, power > 0) for poly in sums_within(self.states.values()) for m in poly.terms for atom, power in m
        }
        below = {atom for atom, is_above in factors if not is_above}
        seen = {atom.args[0] for atom, _ in factors if atom.kind in ("power", "log")}
        return any(
            poly not in seen and not (len(poly.terms) == 1 and all(a in below for m in poly.terms for a, _ in m))
            for _, poly in self.partial
        )

    def calls(self) -> Counter[str]:
        """How many different functions of each kind the states are of; loosely, activations are one kind."""
        atoms = {atom for poly in sums_within(self.states.values()) for m in poly.terms for atom, _ in m}
        return Counter(atom.kind for atom in atoms if atom.kind not in _LETTERS)

    def _poly(self, expr: Any, parts: Mapping[Any, Any]) -> Poly:
        if isinstance(expr, UnitsNode):
            return self._mixed(expr, parts)
        if isinstance(expr, Symbol):
            return self.known[expr]
        if isinstance(expr, Number):
            return number(Rational(expr))
        if expr is E:
            return self._function("exp", [number(Rational(1))])
        if isinstance(expr, Piecewise):
            expr = Piecewise(*branches(expr), evaluate=False)
        if isinstance(expr, Piecewise) and not self.loose and (found := self._cases(expr, parts)) is not None:
            return found
        if isinstance(expr, tan):
            expr = Mul(sin(expr.args[0]), Pow(cos(expr.args[0]), -1))
        args = [self._poly(a, parts) for a in expr.args] if not isinstance(expr, Pow) else []
        if isinstance(expr, Add):
            return total(args)
        if isinstance(expr, Mul):
            found = number(Rational(1))
            for a in args:
                found = found.times(a)
            return found
        if isinstance(expr, Pow):
            base, exponent = self._poly(expr.base, parts), self._poly(expr.exp, parts)
            power = exponent.number
            if base.number is None and (power is None or power < 0):
                self.partial.append(("inverse", base))
            if base.number is None and (power is None or not power.is_Integer):
                self.partial.append(("root", base))
            return self._power(base, exponent)
        if isinstance(expr, log | log1p):
            self.partial.append(("log", args[0].plus(number(Rational(isinstance(expr, log1p))))))
        if expr == E:
            return self._function("exp", [number(Rational(1))])
        if not args:
            return letter(Atom("number", str(expr)))
        return self._function(type(expr).__name__, args)

    def _short(self, poly: Poly) -> Poly:
        """A sum in which what has a name of its own is that."""
        return poly if self.loose else products(in_logistic(poly, self._logistic), self._function)

    def _logistic(self, of: Poly) -> Poly:
        return self._function("sigmoid", [of])

    def _cases(self, expr: Piecewise, parts: Mapping[Any, Any]) -> Poly | None:
        def poly(part: Any) -> Poly:
            return self._poly(part, parts)

        conditions = [None if c == True else condition(c, poly) for _, c in expr.args]  # noqa: E712 - SymPy's true
        if any(found is None for found in conditions[:-1]):
            return None
        return cases([(poly(value), c) for (value, _), c in zip(expr.args, conditions, strict=True)], self._function)

    def _function(self, kind: str, args: list[Poly]) -> Poly:
        """A function of sums."""
        args = [self._short(a) for a in args]
        if kind == "Max" and len(args) == 2 and any(a.number == 0 for a in args):
            kind, args = "relu", [next((a for a in args if a.number != 0), args[0])]
        if kind == "expm1":
            return self._function("exp", args).plus(number(Rational(-1)))
        if kind == "log1p":
            return self._function("log", [args[0].plus(number(Rational(1)))])
        if not self.loose and not (self.named and kind == "tanh"):
            if (found := by_fewer(kind, args, self._function)) is not None:
                return found
            if kind in ("relu", "softplus", "Abs") and is_plain(args[0]) and is_negative(args[0]):
                other = self._function(kind, [negative(args[0])])  # f(a) - f(-a) is a, |a| = |-a|
                return other if kind == "Abs" else other.plus(args[0])
        if kind in _TURNED_ABOUT:
            return self._turned(kind, args[0])
        factor, scaled = homogeneous(kind, args)
        if kind in HOMOGENEOUS and not self.loose:
            return number(factor).times(letter(Atom(kind, args=scaled)))
        if kind in ("Max", "Min"):
            return letter(Atom(kind, args=tuple(sorted(args, key=lambda a: a.shape)), ordered=False))
        return letter(self._activation(kind, args))

    def _turned(self, kind: str, of: Poly) -> Poly:
        """f(a), or 1 - f(s - a): the one that was met before, or the one whose sums come first; where weights take the
        sign in, as it is asked."""
        other = number(_TURNED_ABOUT[kind]).plus(negative(of))
        middle = of.plus(number(-_TURNED_ABOUT[kind] / 2))
        open_ = is_open(of)
        if (kind, other) in self._met if open_ else is_negative(middle):
            return number(Rational(1)).plus(negative(self._turned(kind, other)))
        k = self._met.setdefault((kind, of), len(self._met))
        self.turned_in.setdefault(k, self._line)
        if k not in self.turnable and open_:
            self.turnable.append(k)
        if k in self.turned:
            return number(Rational(1)).plus(negative(letter(self._activation(kind, [other]))))
        return letter(self._activation(kind, [of]))

    def _activation(self, kind: str, args: list[Poly]) -> Atom:
        """Loosely, the name is left open, and so are parameters beside the argument."""
        if self.loose and kind in ACTIVATIONS:
            return Atom("activation", kind, (args[0],))
        return Atom(kind, args=tuple(args))

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
        if power == Rational(1, 2) and len(base.terms) == 1 and not self.loose:
            ((m, c),) = base.terms.items()
            if (root := square_root(m, c)) is not None:
                return number(root[0]).times(self._function("Abs", [Poly({root[1]: Rational(1)})]))
        if (known := base.number) is not None and (root := Pow(known, power)).is_Rational:
            return number(root)
        if power == int(power):
            return letter(Atom("power", args=(self._short(base),), more=(Rational(-1),)), int(-power))
        return letter(Atom("power", args=(self._short(base),), more=(power,)))

    def _mixed(self, node: Any, parts: Mapping[Any, Any]) -> Poly:
        statement = parts[node]
        operands = [self._poly(o, parts) for o in node.operands]
        if isinstance(statement, Affine):
            found = number(0)
            for term, operand in zip(statement.terms, operands, strict=True):
                more = (term.form, *_BY_HEAD * bool(term.heads))
                name = self.renamed.get(term.weight.name, term.weight.name)
                for m, c in operand.terms.items():  # W (a + 2 b) is W a + 2 W b
                    one = letter(Atom("matrix", name, (Poly({m: Rational(1)}),), more))
                    found = found.plus(number(c).times(one))
                if term.bias is not None:
                    found = found.plus(self.known[term.bias])
            return found
        if isinstance(node, MeanNode):
            mean = total(operands).times(number(Rational(1, len(operands))))
            return letter(Atom("mean", args=(mean,)))
        if isinstance(node, ScaledNode):
            return self._scaled(node, operands, statement.sizes)
        kind = type(node).__name__
        if kind in CONTRACTIONS:
            return self.contractions.product(kind, operands[0], operands[1], statement.sizes)
        return letter(Atom(kind, args=tuple(operands), more=_BY_HEAD * bool(getattr(node, "heads", ""))))

    def _scaled(self, node: ScaledNode, operands: list[Poly], sizes: tuple[str, ...]) -> Poly:
        """Numbers times what has several axes: they go with each of its entries."""
        found = number(Rational(node.coefficient))
        count = len(operands) - 1 - isinstance(node.inner, OuterNode)
        for factor in operands[:count]:
            found = found.times(factor)
        inner = operands[-1]
        if isinstance(node.inner, OuterNode):
            inner = self.contractions.product(OuterNode.__name__, operands[-2], operands[-1], sizes[-2:])
        if len(found.terms) == 1 or len(found.terms) * len(inner.terms) <= MOST_SCALED:
            return found.times(inner)
        return letter(Atom("ScaledNode", args=(found, inner), ordered=False))
