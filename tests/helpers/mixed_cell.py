"""Random cells whose quantities are of many sizes: sums of products of vectors, numbers for all units, numbers and
vectors for each head, and matrices, with several of each, so that maps of one size are stacked."""

from __future__ import annotations

from functools import cache
from random import Random

from sympy import Add, Eq, Expr, Mul, Symbol

from derive import Cell, cumsum, dot, largest, linear, matmul, mean, outer, sigmoid, softmax, tanh, transpose
from derive.definition.inputs import Input
from derive.statements.parameter import Parameter

HIDDEN, INPUT, HEADS = "hidden_size", "input_size", "heads"
WIDE = "wide"
KEY, VALUE = (HEADS, "key"), (HEADS, "value")


def _sum(*terms: Expr) -> Expr:
    return Add(*terms, evaluate=False) if len(terms) > 1 else terms[0]


def _product(*factors: Expr) -> Expr:
    return Mul(*factors, evaluate=False) if len(factors) > 1 else factors[0]


class _Draft:
    """A cell in the making: its equations so far, and by its size what can be a factor."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.equations: list[Eq] = []
        self.read: set[Expr] = set()
        self.states = [Symbol("h"), *rng.sample([Symbol("c"), Symbol("e")], rng.randrange(2))]
        self.memory = rng.random() < 0.5
        self.vectors = [Symbol("x"), *self.states]  # what maps read
        scalars = [Symbol(f"s{k}") for k in range(rng.randrange(3))]
        self.declared = tuple(Parameter(s, "scalar", "", "", s.name) for s in scalars)
        self.further = tuple(Input(Symbol(f"m{k}"), "1") for k in range(rng.randrange(3)))
        numbers: list[Expr] = [*scalars, *(i.symbol for i in self.further)]
        self.factors: dict[object, list[Expr]] = {HIDDEN: [*self.states], INPUT: [Symbol("x")], 1: numbers}

    def cell(self) -> Cell:
        sizes = [1] * self.rng.randint(2, 5) + [HIDDEN] * self.rng.randint(1, 3)
        sizes += self.rng.choices([INPUT, WIDE], k=self.rng.randrange(3))
        if self.memory:
            sizes += [KEY, VALUE, *self.rng.choices([HEADS, KEY, VALUE], k=self.rng.randint(1, 4))]
        self.rng.shuffle(sizes)
        for k, size in enumerate(sizes):
            self._gate(f"q{k}", size)
        if self.memory:
            self._remember()
        for state in reversed(self.states):
            self._let(state, self._units(last=state == self.states[0]))
        states = [s.name for s in self.states] + ["S", "n"] * self.memory
        return Cell.from_equations("mixed", self.equations, states=states, declared=self.declared, further=self.further)

    def _let(self, name: Symbol, formula: Expr) -> None:
        self.equations.append(Eq(name, formula, evaluate=False))
        self.read |= formula.free_symbols

    def _unread(self, size: object) -> list[Expr]:
        return [q for q in self.factors.get(size, ()) if isinstance(q, Symbol) and q not in self.read]

    def _pick(self, size: object) -> Expr:
        return self.rng.choice(self.factors[size])

    def _gate(self, name: str, size: object) -> None:
        """A map, or what else gives a number; some read a gate before them, so that a step has stages."""
        chance = self.rng.random
        pair = [Symbol("x"), self.rng.choice(self.states)]
        operands = self.rng.choice([[self.rng.choice(self.vectors)], [self.rng.choice(self.vectors)], pair])
        heads = HEADS if size == HIDDEN and operands == [Symbol("h")] and chance() < 0.5 else ""
        summands: list[Expr] = [linear(*operands, size=size, bias=chance() < 0.7, heads=heads)]
        if size == 1 and chance() < 0.3:
            reduced = self.rng.choice([mean, largest])
            summands = [reduced(self._pick(HIDDEN)), *summands[: self.rng.randrange(2)]]
        elif size == HIDDEN and chance() < 0.2:
            summands.append(self.rng.choice([softmax, mean, largest, cumsum])(self._pick(HIDDEN), heads=HEADS))
        elif size in (1, HIDDEN) and self.factors[1] and chance() < 0.4:
            summands.append(_product(*self.rng.choices(self.factors[1], k=self.rng.randint(1, 2))))
        self._let(Symbol(name), self.rng.choice([tanh, sigmoid])(_sum(*summands), evaluate=False))
        self.factors.setdefault(size, []).append(Symbol(name))
        if size in (HIDDEN, INPUT, WIDE) and chance() < 0.4:
            self.vectors.append(Symbol(name))

    def _numbers(self, *sizes: object) -> list[Expr]:
        known = [q for size in sizes for q in self.factors.get(size, ())]
        return self.rng.sample(known, min(len(known), self.rng.randrange(3)))

    def _remember(self) -> None:
        """A matrix for each head and a vector for each head, each a sum of products; reading them gives more."""
        S, n, keys, values = Symbol("S"), Symbol("n"), self.factors[KEY], self.factors[VALUE]
        written = [
            _product(*self._numbers(1, HEADS), outer(self._pick(VALUE), self._pick(KEY)))
            for _ in range(self.rng.randint(1, 2))
        ]
        self._let(S, _sum(_product(*self._numbers(1, HEADS), S) / 2, *written))
        more = [_product(*self._numbers(1, HEADS, KEY), k) for k in (self._pick(KEY), *self._unread(KEY))]
        self._let(n, _sum(n / 2, *more))
        keys.append(n)
        values.append(matmul(S, self._pick(KEY)))
        keys.append(matmul(transpose(S), self._pick(VALUE)))
        self.factors.setdefault(HEADS, []).append(dot(n, self._pick(KEY)))
        o, r = Symbol("o"), Symbol("r")
        more = [_product(f, self._pick(VALUE)) for f in self._unread(HEADS)]
        more += [_product(*self._numbers(1, HEADS), v) for v in (values[-1], *self._unread(VALUE))]
        self._let(o, tanh(_sum(*more), evaluate=False))
        self._let(r, sigmoid(linear(o, size=1)))
        self.factors[HIDDEN].append(linear(o, name="o"))
        self.factors[1].append(r)

    def _units(self, last: bool) -> Expr:
        """A sum of products of vectors and numbers; the last one has all that nothing has read."""
        terms = [
            _product(*self._numbers(1), *self._numbers(HIDDEN), self._pick(HIDDEN))
            for _ in range(self.rng.randint(2, 4))
        ]
        if last:
            self.read |= _sum(*terms).free_symbols
            terms += [_product(q, self._pick(HIDDEN)) for q in self._unread(1)]
            self.read |= _sum(*terms).free_symbols
            terms += [
                *self._unread(HIDDEN),
                *(linear(q, name=f"of_{q}") for s in (INPUT, WIDE) for q in self._unread(s)),
            ]
        return tanh(_sum(*terms), evaluate=False)


@cache
def mixed_cell(seed: int) -> Cell:
    """A cell of bounded states."""
    return _Draft(Random(seed)).cell()
