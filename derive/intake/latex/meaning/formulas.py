"""The equations of a system as formulas, each letter as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy import Eq, Expr, Mul, Piecewise, Symbol, evaluate

from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.meaning.called import Called
from derive.intake.latex.meaning.functions import Functions
from derive.intake.latex.meaning.products import named
from derive.intake.latex.meaning.shapes import Shapes
from derive.intake.latex.systems.entries import unlearned
from derive.intake.latex.systems.held import check_held
from derive.intake.latex.text.place import at
from derive.intake.latex.text.vocabulary import RELATION_CLASSES
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Table,
    Unit,
    letters,
    name_of,
    spelled,
)
from derive.intake.latex.trees.written import written
from derive.intake.widths import widened
from derive.notation.quantity import previous
from derive.statements.affine import linear
from derive.statements.base import UnitsNode, is_weighted
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import INPUT, rebuild


class Formulas(Called):
    """Makes the formulas of a system. needed: what it defines; undefined: what it reads all the same. declared: the
    parameters that no affine map has; names: the author's letters by ours."""

    def __init__(
        self,
        shapes: Shapes,
        functions: Functions,
        needed: Sequence[Key],
        undefined: Collection[Key] = (),
    ) -> None:
        self.memories = shapes.memories
        self.system = self.memories.system
        used = Counter(x.key for k in needed for x in letters(self.system.nodes[k]) if x.time is None)
        symbols = {k: Symbol(_quantity(k)) for k in (*needed, *undefined)}
        super().__init__(self.memories.roles, symbols, used, shapes, functions)
        self.declared: dict[Key, Parameter] = {}
        self.names: dict[str, str] = {}
        self._input = Symbol(named(self.system.input))
        self._maps_by_number: Mapping[int, Any] = {}

    def lines(self, needed: Sequence[Key]) -> list[Eq]:
        """The equations of a cell.

        Raises DefinitionError, with its line, for one that is not read.
        """
        return self._in_sizes(self._told_apart([line for key in needed for line in self.of(key)]))

    def _told_apart(self, lines: list[Eq]) -> list[Eq]:
        """With other names for parameters that are called as the cell calls a weight."""
        names: dict[Any, Symbol] = {}
        for key, p in self.declared.items():
            if p.name in self.weights:
                names[p.symbol] = Symbol(f"own_{p.name}")
                self.declared[key] = replace(p, symbol=names[p.symbol], tensor=p.tensor and f"own_{p.name}")
                self.names[f"own_{p.name}"] = self.names.pop(p.name)

        def renamed(node: Any) -> Any:
            return names.get(node, node) if not node.args else rebuild(node, [renamed(a) for a in node.args])

        with evaluate(False):
            return [Eq(li.lhs, renamed(li.rhs), evaluate=False) for li in lines] if names else lines

    def of(self, key: Key) -> list[Eq]:
        """The equation of a quantity, after those of what a matrix multiplies in it. Raises as ``lines`` does."""
        self.target, self.letters, self.extra = self.symbols[key].name, Counter(), []
        with at(self.system.line(key)), evaluate(False):
            formula = self.once(self.vector(self.memories.nodes[key]))
            return [*self.extra, Eq(self.symbols[key], formula, evaluate=False)]

    def _in_sizes(self, lines: list[Eq]) -> list[Eq]:
        """What stands beside the input is as wide as it, where that is no state that is read again; else there is a
        matrix before the input."""
        if self.shapes.is_told:
            return lines
        states = [self.symbols[s].name for s in self.system.states]
        wide = widened(lines, tuple(self.declared.values()), states, self._input)
        read = {s for line in lines for s in line.rhs.free_symbols}
        kept = [line.lhs for line in lines if line.rhs == self._input]
        again = any(Symbol(n) not in kept and n in states and previous(n) in read for n in wide.names)
        if not again or self._has_wide_inputs:
            for name in wide.names:
                if Symbol(name) not in kept:
                    self.roles.notes.append(f"{name} is as wide as the input: {self._input.name} stands beside it")
            self._maps_by_number = wide.maps
            self.declared = dict(zip(self.declared, wide.declared, strict=True))
            return wide.lines
        with evaluate(False):
            return [line if line.lhs in kept else self._with_a_matrix_before_the_input(line) for line in lines]

    def vector(self, node: Node) -> Any:
        match node:
            case Numeral(text):
                return exact_rational(text)
            case Letter():
                return self._letter(node)
            case Sum(terms):
                return self._sum(terms)
            case Product(factors):
                return self.product(factors)
            case Quotient(a, b):
                return Mul(self.vector(a), sympy.Pow(self._divisor(b), -1))
            case Power(a, b):
                return sympy.Pow(self.vector(a), self.vector(b))
            case Call():
                return self._call(node)
            case Cases(rows):
                pairs = [(self.vector(v), True if c is None else self._condition(c)) for v, c in rows]
                return Piecewise(*pairs, evaluate=False)
            case Concat():
                raise self._fail("vectors are joined and multiplied by no matrix")
            case Table():
                raise self._fail("a matrix is written out and multiplies nothing")
            case Unit(_, index):
                raise self._fail(f"a bracket has the index {index}: it is a unit's where the left side has it as well")
        if isinstance(node, Relation) and node.operator == "∈":
            raise self._fail("the formula goes on after a set: \\in and its set stand after the whole")
        raise self._fail("a condition stands for a number")

    def _divisor(self, node: Node) -> Any:
        """What divides. Raises DefinitionError where it is 0 by the numbers of the text."""
        below = self.vector(node)
        values = {p.symbol: p.default for p in self.declared.values() if p.default is not None}
        with evaluate(True):
            known = isinstance(below, Expr) and below.free_symbols <= values.keys()
            is_zero = known and below.xreplace(values).doit() == 0
        if is_zero:
            raise self._fail(f"what divides is 0, {written(node)} with the numbers of the text")
        return below

    def _condition(self, node: Node) -> Any:
        if not isinstance(node, Relation) or node.operator not in RELATION_CLASSES:
            raise self._fail("a case wants a comparison, such as x > 0")
        return RELATION_CLASSES[node.operator](self.vector(node.left), self.vector(node.right))

    def _letter(self, letter: Letter) -> Any:
        key = letter.key
        if key in self.symbols:
            if letter.time is not None and letter.time > 0:
                raise self._fail(
                    f"{letter} is read, later than the step that defines {spelled(key)}: a cell reads what its step and"
                    f" those before it have computed; write t or t-1 at {spelled(key)}"
                )
            return previous(self.symbols[key].name) if letter.time == -1 else self.symbols[key]
        if key == self.system.input:
            return self._input
        if key in self.system.further:
            return Symbol(named(key))
        if letter.time is not None:
            raise self._fail(f"{letter} is read and never defined; add its equation, or say that it is an input")
        if (number := self.roles.value(letter)) is not None:
            return number
        kind = self.roles.kind(letter, self.target)
        if kind == "matrix":
            raise DefinitionError(
                f"{letter} in the equation of {self.target} is a matrix and multiplies nothing; say what it is,"
                f' roles={{"{name_of(key)}": "vector"}}'
            )
        if key not in self.declared:
            self.declared[key] = self._declared(key, kind)
            self.names[named(key)] = spelled(key)
        return self.declared[key].symbol

    def _declared(self, key: Key, kind: str) -> Parameter:
        name, size = named(key), self.shapes.size(key)
        numbers = self._numbers_in(self.system.fixed[key]) if key in self.system.fixed else {}
        check_held(name, self.system.fixed.get(key), self.system.fixed.values())
        fixed = unlearned(name, size, self.system.spaces.get(key), self.system.fixed.get(key), numbers)
        if fixed is not None:
            return fixed
        default = exact_rational(self.roles.number(key)) if kind == "constant" else None
        rows = size if kind == "vector" else ""
        return Parameter(Symbol(name), kind, rows, "", "" if kind == "constant" else name, default=default)

    def _numbers_in(self, node: Node) -> dict[str, Any]:
        """The constants in the entries of what is not learned, with their values; they are the cell's then."""
        keys = dict.fromkeys(x.key for x in letters(node) if x.key in self.system.numbers)
        return {self._letter(Letter(*key)).name: self.declared[key].default for key in keys}

    def _with_a_matrix_before_the_input(self, line: Eq) -> Eq:
        """The input as wide as what stands beside it: (1 - z) h + z x."""
        formula, self.target = line.rhs, line.lhs.name
        alone, beside = False, line.lhs in (self.symbols[s] for s in self.system.states)

        def look(node: Any) -> None:
            nonlocal alone, beside
            if node == self._input:
                alone = True
            elif isinstance(node, UnitsNode) or (isinstance(node, Symbol) and node not in self._scalars()):
                beside = beside or not isinstance(node, UnitsNode) or is_weighted(node)
            else:
                for part in node.args:
                    look(part)

        look(formula)
        if not (alone and beside):
            return line
        self.roles.notes.append(
            f"in the equation of {self.target}, {self._input.name} stands beside what is as wide as the state: a matrix"
            " stands before it, which is the identity where it is as wide"
        )
        wide = linear(self._input, bias=False, name=f"{self.target}_in")

        def with_matrix(node: Any) -> Any:
            if node == self._input or not node.args or isinstance(node, UnitsNode):
                return wide if node == self._input else node
            return rebuild(node, [with_matrix(a) for a in node.args])

        return Eq(line.lhs, with_matrix(formula), evaluate=False)

    @property
    def _has_wide_inputs(self) -> bool:
        """Whether there are several inputs as wide as the first, so that one matrix could not stand before them all."""
        further = (k for k in self.system.further if k not in self.system.masks)
        return any(self.shapes.input_size(k) == INPUT for k in further)

    def placed(self, node: Any) -> Any:
        """An affine map as it stands in the cell."""
        return self._maps_by_number.get(node.serial, node).plain()

    def _scalars(self) -> set[Symbol]:
        return {p.symbol for p in self.declared.values() if p.kind != "vector"}


def _quantity(key: Key) -> str:
    """The name of a quantity; that of a weight or a bias, b', is another."""
    name = named(key)
    return f"a_{name}" if name.startswith(("W_", "b_")) else name


def names_of(formulas: Formulas, lowered: Any) -> Mapping[str, str]:
    """The author's letters by the parameters' names. lowered: an equation with its affine maps, by its name."""
    found = dict(formulas.names)
    for target, maps in formulas.maps.items():
        for node, weights, bias in maps:
            statement: Any = lowered(target).parts[formulas.placed(node)]
            for term, key in zip(statement.terms, weights, strict=False):
                found[term.weight.name] = spelled(key)
            if bias is not None and statement.terms[-1].bias is not None:
                found[statement.terms[-1].bias.name] = spelled(bias)
    return found
