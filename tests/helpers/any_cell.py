"""Random cells: every kind of statement, size and parameter, in formulas that nobody would write."""

from __future__ import annotations

from functools import cache
from random import Random

from sympy import Abs, Add, Eq, Expr, Integer, Max, Min, Mul, Piecewise, Pow, Rational, Symbol, exp, log, sin

import derive
from derive import Cell, linear, mean
from derive.statements.parameter import Parameter
from derive.symbolic.activations import ACTIVATIONS

HIDDEN, INPUT, NUMBER = "hidden_size", "input_size", "1"
#: What a careless author calls a quantity: names that the generated text uses, that Python reserves, that look odd.
_NAMES = """
lambda class a p x y saved kept local summed outer total spread blocks math torch F self states steps alpha g_tilde h1
q2 a_i a_x linear_h l I O f i o z m
"""


def _make(operation: type, *args: object) -> Expr:
    return operation(*args, evaluate=False)


class _Draft:
    """A cell in the making: the quantities known so far, with their sizes, and those that nothing has read."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        names = rng.sample(_NAMES.split(), len(_NAMES.split()))
        self.input = rng.choice(["x", "u0"])
        names = [name for name in names if name != self.input]
        self.states = [names.pop() for _ in range(rng.choice([1, 1, 2, 3, 5]))]
        self.sizes = {self.input: INPUT} | dict.fromkeys(self.states, HIDDEN)
        kinds = rng.sample(["vector", "scalar", "constant"], rng.choice([0, 1, 2, 3]))
        self.declared = [self._parameter(f"k_{kind}", kind) for kind in kinds]
        self.sizes |= {p.name: HIDDEN if p.kind == "vector" else NUMBER for p in self.declared}
        self.read: set[Symbol] = set()
        self.inner = [(names.pop(), rng.choice([HIDDEN, HIDDEN, INPUT, NUMBER])) for _ in range(rng.randrange(4))]
        self.maps = 0
        self.shared: set[Expr] = set()

    def _parameter(self, name: str, kind: str) -> Parameter:
        rows, tensor = HIDDEN if kind == "vector" else "", "" if kind == "constant" else name
        return Parameter(Symbol(name), kind, rows, "", tensor, default=Rational(3, 4) if kind == "constant" else None)

    def cell(self) -> Cell:
        targets = [*self.inner, *((s, HIDDEN) for s in self.rng.sample(self.states, len(self.states) - 1))]
        self.rng.shuffle(targets)
        (last,) = set(self.states).difference(name for name, _ in targets)
        equations = [self._equation(name, size) for name, size in targets]
        equations.append(self._equation(last, HIDDEN, everything=True))
        return Cell.from_equations(
            "any", equations, states=self.states, input=self.input, declared=tuple(self.declared)
        )

    def _equation(self, name: str, size: str, everything: bool = False) -> Eq:
        formula = self._formula(size, self.rng.randrange(4))
        if size != NUMBER:
            formula = _make(Add, formula, self._quantity(size))
        self.read |= formula.free_symbols
        for q in self._unread() if everything else []:
            formula = _make(Add, formula, linear(Symbol(q), name=f"of{q}") if self.sizes[q] != NUMBER else Symbol(q))
        self.sizes[name] = size
        return Eq(Symbol(name), formula, evaluate=False)

    def _unread(self) -> list[str]:
        return [q for q in self.sizes if Symbol(q) not in self.read and q not in self.states]

    def _quantity(self, *sizes: str) -> Symbol:
        """One of the quantities of these sizes, sooner one that nothing has read."""
        known = [q for q, size in self.sizes.items() if size in sizes]
        unread = [q for q in known if q in self._unread()]
        return Symbol(self.rng.choice(unread if unread and self.rng.random() < 0.7 else known))

    def _formula(self, size: str, depth: int) -> Expr:
        pick = self.rng.choice
        if depth == 0:
            return pick([self._leaf, self._map] if size != NUMBER else [self._mean])(size)
        u = self._formula(size, depth - 1)
        activation = pick([a for a in ACTIVATIONS.values() if a is not derive.softplus])

        def other() -> Expr:
            return self._formula(size, pick([0, depth - 1]))

        def square() -> Expr:
            return _make(Add, 1, _make(Pow, other(), 2))

        return pick(
            [
                lambda: _make(Add, u, other()),
                lambda: _make(Mul, u, other()),
                lambda: _make(Mul, u, _make(Pow, square(), pick([-1, Rational(1, 2), Rational(-1, 2)]))),
                lambda: _make(activation, u),
                lambda: _make(activation, _make(Add, u, _make(Mul, other(), self._leaf(size)))),
                lambda: _make(Max, u, pick([other(), Integer(0)])),
                lambda: _make(Min, u, pick([other(), Rational(1, 2)])),
                lambda: _make(Piecewise, (u, self._mean(size) > Rational(1, 4)), (other(), True)),
                lambda: (
                    _make(Piecewise, (u, self._quantity(HIDDEN if size == HIDDEN else size) > 0), (other(), True))
                    if size != NUMBER
                    else u
                ),
                lambda: _make(pick([Abs, sin]), u),
                lambda: _make(exp, _make(derive.tanh, u)),
                lambda: _make(log, square()),
                lambda: _make(Mul, u, self._mean(size)),
            ]
        )()

    def _leaf(self, size: str) -> Expr:
        return self._quantity(size, NUMBER) if size != NUMBER else self._mean(size)

    def _mean(self, _: str) -> Expr:
        return mean(*{self._quantity(HIDDEN, INPUT) for _ in range(self.rng.choice([1, 1, 2]))})

    def _map(self, size: str) -> Expr:
        """An affine map of one or two quantities or of a product; some share weights, some are antisymmetric."""
        chance, of = self.rng.random, self.rng.choice([HIDDEN, HIDDEN, INPUT])
        operands: list[Expr] = [self._quantity(of)]
        if chance() < 0.3:
            operands = [_make(Mul, *operands, self._quantity(of))]
        form = "antisymmetric" if of == size and chance() < 0.2 else "full"
        self.maps += 1
        name = f"n{self.maps}"
        if form == "full" and of == HIDDEN and Symbol("i") not in operands[0].free_symbols and chance() < 0.3:
            operands.append(Symbol(self.input))
        elif (
            node := linear(*operands, name=form[0] + of[0] + size[0], size=size, weight=form).plain()
        ) not in self.shared:
            name = node.label if chance() < 0.4 else name
            self.shared |= {node} if name == node.label else set()
        return linear(*operands, bias=chance() < 0.7, name=name, size=size, weight=form)


@cache  # what is derived of a cell is kept with it
def random_cell(seed: int) -> Cell:
    """A cell that can be defined and has a PyTorch module, whatever it computes."""
    return _Draft(Random(seed)).cell()
