"""The graph of a cell with a node for each operation, and the choice between the two graphs.

A sum under a function takes in the affine maps and parameters that stand in it: that is a shaded box. What is made of
one quantity, 1 - z or √(s + ε), is one box with that formula.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

from sympy import Add, Function, Max, Min, Mul, Pow, S, Symbol, Tuple

from derive.definition.cell import Cell
from derive.figures.graph import (
    BOX,
    CIRCLE,
    PLACEHOLDER,
    TYPE,
    Builder,
    Equations,
    Graph,
    function_label,
    written_label,
)
from derive.figures.label import Label
from derive.notation.names import Notation
from derive.notation.printers import split_fraction
from derive.statements.base import Statement
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import ordered, symbols_in_order
from derive.symbolic.expressions import replace as substituted

LONGEST = 56.0  # pt that a formula in a box may take; a longer one is drawn in parts


def graph(cell: Cell, in_equations: bool = False, names: Notation | None = None) -> Graph:
    """The graph of a cell, an operation a node; or an equation a node, for a cell with many operations.

    names: how quantities are named, by default as in the cell's equations.
    """
    return (Equations if in_equations else Operations)(cell, names).run()


class Operations(Builder):
    """A node for each operation."""

    def draw(self) -> None:
        self.times_read = Counter(q for s in self.cell.statements for q in s.uses)
        self.named = {line.target for line in self.cell.lines}
        self.authors = self.named | set(self.of) | self.parameters  # names that stand in the equations
        for s in self.cell.statements:
            if s.target in self.named:
                self.quantity(s.target)

    def quantity(self, q: Symbol) -> str:
        """The node that gives it, drawn when it is first asked for."""
        if q not in self.of:
            s = self.statements[q]
            key = self.formula(s.expr, q.name) if hasattr(s, "expr") else self.mixing(s)
            if self.graph.nodes[key].quantity:  # a second name for what has one
                key = self.add(BOX, "=", [key], statement=q.name, formula=q)
            shown = {"quantity": q.name} if q in self.named else {}
            if shown and q.name not in self.cell.states:  # a state's name stands where its line ends
                shown |= {"name": self.name(q)}
            self.graph.nodes[key] = replace(self.graph.nodes[key], formula=q, **shown)
            self.of[q] = key
        return self.of[q]

    def mixing(self, s: Statement) -> str:
        """A map of all units."""
        inputs = [self.formula(q, s.target.name) for q in s.reads]
        if terms := s.affine_terms:
            label = self.name(terms[0].weight).latex if len(terms) == 1 else "W"
            key = self.add(BOX, label, inputs, statement=s.target.name, weights=True)
            self.weighted[key] = frozenset(inputs)
            return key
        return self.add(BOX, written_label(s) or self.contracted(s), inputs, statement=s.target.name)

    def contracted(self, s: Statement) -> str:
        """A product with a matrix or over the units as it is written, □ for the one factor without a name; a dot where
        that is too long, or more have none."""
        unnamed = {q: PLACEHOLDER for q in s.uses if q not in self.authors}
        text = self.latex(substituted(s.written(), unnamed), self.in_step)
        return text if len(unnamed) < 2 and Label(text).width(TYPE) <= LONGEST else r"\cdot"

    @cached_property
    def in_step(self) -> Notation:
        """How the quantities of all units are named."""
        return replace(self.names.of_unit(""), table={**self.names.table, **self.notation.table})

    # ------------------------------------------------------------------ formulas of the same unit

    def formula(self, e: Any, statement: str) -> str:
        """The node that gives a formula; new ones belong to the statement of that name."""
        if isinstance(e, Symbol) and e not in self.parameters:
            return self.quantity(e)
        if e not in self.made:
            self.made[e] = self.drawn(e, statement)
        return self.made[e]

    def drawn(self, e: Any, statement: str) -> str:
        operands = [q for q in symbols_in_order(e) if q not in self.parameters]
        if not operands:
            return self.box(self.latex(e), (), e, statement)
        if isinstance(e, (Activation, Function)) and not isinstance(e, (Max, Min)) and not e.is_Piecewise:
            return self.function(e, statement)
        if len(operands) == 1 and not e.has(Function):
            label = self.latex(substituted(e, {operands[0]: PLACEHOLDER}))
            if Label(label).width(TYPE) <= LONGEST:
                return self.box(label, [self.quantity(operands[0])], e, statement)
        if isinstance(e, Add):
            return self.sum(e, statement)
        if isinstance(e, Mul):
            return self.product(e, statement)
        if isinstance(e, Pow) and not self.varies(e.exp):
            return self.around(e.base, lambda u: Pow(u, e.exp, evaluate=False), e, statement)
        label = {Max: r"\max", Min: r"\min", Pow: r"\square^{\square}"}.get(type(e), r"\text{cases}")
        inputs = [self.formula(a, statement) for a in e.args] if not e.is_Piecewise else map(self.quantity, operands)
        return self.box(label, inputs, e, statement, weights=False, ordered=isinstance(e, Pow))

    def around(self, inner: Any, formula: Any, e: Any, statement: str) -> str:
        """A box with a formula of one quantity, which another formula is."""
        label = self.latex(formula(PLACEHOLDER))
        return self.box(label, [self.formula(inner, statement)], e, statement, weights=False)

    def function(self, e: Any, statement: str) -> str:
        if any(map(self.varies, e.args[1:])):
            return self.box(function_label(e), [self.formula(a, statement) for a in e.args], e, statement)
        terms = e.args[0].args if isinstance(e.args[0], Add) else e.args[:1]
        if not any(map(self.is_weighted, terms)) or any(map(self.has_number, terms)):
            return self.box(function_label(e), [self.formula(e.args[0], statement)], e, statement)
        inputs: list[str] = []
        under: list[str] = []
        for term in terms:
            _, _, above, below = self.factors(term)
            if not above and not below:
                continue
            if len(above) == 1 and not below and self.is_absorbed(above[0]):
                under += [self.quantity(q) for q in self.statements[above[0]].reads]
            else:
                inputs.append(self.quotient(above, below, statement))
        key = self.box(function_label(e), [*under, *inputs], e, statement, weights=True)
        self.weighted[key] = frozenset(under)
        return key

    def is_weighted(self, term: Any) -> bool:
        """Whether a term is an affine map, or a parameter, or has one as a factor."""
        _, parameters, above, _ = self.factors(term)
        return bool(parameters) or (len(above) == 1 and self.is_absorbed(above[0]))

    def has_number(self, term: Any) -> bool:
        """Whether a term has a sign, a number or a constant as a factor, which is no weight."""
        sign, fixed, _, _ = self.factors(term)
        return sign < 0 or not all(map(self.own, fixed))

    def is_absorbed(self, q: Any) -> bool:
        """Whether it is an affine map without a name that one statement reads."""
        is_map = q in self.statements and bool(self.statements[q].affine_terms)
        return is_map and q not in self.named and self.times_read[q] == 1

    def sum(self, e: Add, statement: str) -> str:
        fixed = [t for t in e.args if not self.varies(t)]
        terms = [t for t in e.args if self.varies(t)]
        if fixed:
            rest = ordered(Add, terms)
            around = dict.fromkeys(terms[:1], PLACEHOLDER)
            before = ordered(Add, [around.get(t, t) for t in e.args if t in around or t not in terms])
            if len(terms) == 1 and self.factors(terms[0])[0] < 0:
                rest = self.negative(terms[0])
                before = ordered(Add, [*fixed, Mul(-1, PLACEHOLDER, evaluate=False)])
            own = bool(self.own(Tuple(*fixed)))
            return self.box(self.latex(before), [self.formula(rest, statement)], e, statement, weights=own)
        signs = [self.factors(t)[0] for t in terms]
        if len(terms) == 2 and (signs[0] < 0) != (signs[1] < 0):
            first, second = terms if signs[0] > 0 else terms[::-1]
            inputs = self.formula(first, statement), self.formula(self.negative(second), statement)
            return self.circle("-", inputs, e, statement, ordered=True)
        return self.circle("+", [self.formula(t, statement) for t in terms], e, statement)

    @staticmethod
    def negative(term: Any) -> Any:
        """The term without its minus sign."""
        factors = [a for a in term.args if a is not S.NegativeOne]
        if len(factors) < len(term.args):
            return ordered(Mul, factors)
        return ordered(Mul, [-a if k == 0 else a for k, a in enumerate(term.args)])

    def product(self, e: Mul, statement: str) -> str:
        sign, fixed, above, below = self.factors(e)
        if sign == 1 and not fixed:
            return self.quotient(above, below, statement)
        number = [S.NegativeOne] if sign < 0 else []
        label = self.latex(ordered(Mul, [*number, *fixed, PLACEHOLDER]))
        own = any(map(self.own, fixed))
        return self.box(label, [self.quotient(above, below, statement)], e, statement, weights=own)

    def quotient(self, above: list[Any], below: list[Any], statement: str) -> str:
        """Of products of what varies."""
        top, bottom = (ordered(Mul, factors) if factors else S.One for factors in (above, below))
        if not below:
            if len(above) == 1:
                return self.formula(above[0], statement)
            if top not in self.made:
                self.made[top] = self.circle(r"\times", [self.formula(f, statement) for f in above], top, statement)
            return self.made[top]
        whole = Mul(top, Pow(bottom, -1, evaluate=False), evaluate=False) if above else Pow(bottom, -1, evaluate=False)
        under = self.formula(bottom, statement)
        if not above:
            return self.box(r"1/\square", [under], whole, statement, weights=False)
        return self.circle(r"\div", [self.formula(top, statement), under], whole, statement, ordered=True)

    def factors(self, term: Any) -> tuple[int, list[Any], list[Any], list[Any]]:
        """(sign, what is the same at every step, what varies above the line, below it)."""
        sign, above, below = split_fraction(term) if isinstance(term, Mul) else (1, [term], [])
        fixed = [f for f in above if not self.varies(f)]
        fixed += [Pow(f, -1, evaluate=False) for f in below if not self.varies(f)]
        if term == S.One:
            fixed = []
        return sign, fixed, [f for f in above if self.varies(f)], [f for f in below if self.varies(f)]

    def varies(self, e: Any) -> bool:
        return bool(e.free_symbols - self.parameters)

    def box(self, label: str, inputs: Iterable[str], e: Any, statement: str, **about: Any) -> str:
        about.setdefault("weights", not isinstance(e, Function) and bool(self.own(e)))
        return self.add(BOX, label, inputs, statement=statement, formula=e, **about)

    def circle(self, sign: str, inputs: Iterable[str], e: Any, statement: str, ordered: bool = False) -> str:
        keys = tuple(inputs)
        times = Counter(keys)
        if len(times) == 1:  # a + a, a ⊙ a
            return self.repeated(sign, keys[0], len(keys), statement)
        keys = tuple(self.repeated(sign, key, n, statement) if n > 1 else key for key, n in times.items())
        if len(keys) > 3:
            return self.box(r"\sum" if sign == "+" else r"\prod", keys, e, statement, weights=False)
        return self.add(CIRCLE, sign, keys, statement=statement, formula=e, ordered=ordered)

    def repeated(self, sign: str, key: str, n: int, statement: str) -> str:
        """What one quantity gives with itself, n times."""
        formula = self.graph.nodes[key].formula
        label, made = {
            "+": (rf"{n}\,\square", Mul(n, formula, evaluate=False)),
            r"\times": (rf"\square^{{{n}}}", Pow(formula, n, evaluate=False)),
        }.get(sign, (rf"\square {sign} \square", S.Zero if sign == "-" else S.One))
        return self.box(label, [key], made, statement, weights=False)

    def latex(self, e: Any, notation: Notation | None = None) -> str:
        text = (notation or self.notation).latex(e).replace(self.notation.symbol_latex(PLACEHOLDER.name), r"\square")
        text = text.replace(r"\left(\square\right)", r"\square").replace(r"\left(", "(").replace(r"\right)", ")")
        text = text.replace(" - ", "{-}").replace(" + ", "{+}")  # without space around them
        return re.sub(r"(?<=[^+\-=,&(]) \\square", r"\\,\\square", text)
