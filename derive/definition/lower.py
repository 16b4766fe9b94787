"""From a definition to what people read (weights spelled out) and what machines run (statements).

Both readings come from one naming of the weights, so the equation that is printed and the statement that is run
cannot differ in more than form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sympy import Abs, Add, Basic, Expr, Function, Mul, Piecewise, Symbol

from derive.definition.line import Line
from derive.errors import counted
from derive.notation.names import Notation
from derive.notation.quantity import previous, typed
from derive.statements.affine import Affine, LinearNode
from derive.statements.base import Statement, UnitsNode, is_weighted, weighted
from derive.statements.elementwise import Elementwise
from derive.statements.matrix_products import ContractionNode, scaled
from derive.statements.naming import Naming
from derive.statements.parameter import Parameter
from derive.statements.sizes import axes_of, every_axis
from derive.statements.writing import ALL_UNITS, Writing, flat
from derive.symbolic.expressions import HIDDEN, INPUT, ordered, rebuild, rewrite, symbols_in_order
from derive.symbolic.piecewise_linear import identity


@dataclass(frozen=True)
class LoweredLine:
    """An equation as it is printed. expr: the author's, without linear activations; parts: of each node in it that
    mixes units, the statement that says what it is.
    """

    target: Symbol
    expr: Expr
    parts: Mapping[UnitsNode, Statement]

    def written(self, writing: Writing = ALL_UNITS) -> Any:
        """The right-hand side, the weights of affine maps spelled out."""
        return self._written(self.expr, writing)

    def _written(self, node: Any, writing: Writing) -> Any:
        if isinstance(node, UnitsNode):
            return self.parts[node].written(writing, [self._written(o, ALL_UNITS) for o in node.operands])
        if not node.args:
            return node
        args = [self._written(a, writing) for a in node.args]
        return flat(args) if isinstance(node, Add) else rebuild(node, args)


@dataclass
class Lowering:
    """One pass over a cell's lines, collecting statements, displayed equations and parameters."""

    inputs: tuple[Symbol, ...]
    states: tuple[str, ...]
    sizes: dict[Symbol, str]  # of every name known so far; "1" for scalars
    declared: tuple[Parameter, ...]
    statements: list[Statement] = field(default_factory=list)
    shown: list[LoweredLine] = field(default_factory=list)
    naming: Naming = field(init=False)
    _targets: tuple[str, ...] = ()
    _named: dict[Expr, Symbol] = field(default_factory=dict)
    _mixing: dict[Expr, Statement] = field(default_factory=dict)  # what nodes without weights have become
    _maps: dict[Any, Affine] = field(default_factory=dict)  # of nodes with weights
    # of the line that is being lowered
    _parts: dict[UnitsNode, Statement] = field(default_factory=dict)
    _joined: dict[tuple[Any, ...], Symbol] = field(default_factory=dict)  # sums of affine maps that have a name
    _several: bool = False  # whether there are more than one

    def __post_init__(self) -> None:
        self.naming = Naming(self.states, tuple(q.name for q in self.inputs[1:]))

    def run(self, lines: tuple[Line, ...]) -> Lowering:
        """Lower every line in order."""
        self._targets = tuple(line.target.name for line in lines)
        for line in lines:
            line = replace(line, expr=rewrite(line.expr, without_identity))
            line = replace(line, expr=self._with_scaled(line))
            self._parts = {}
            self._name_weights(line)
            self._lower(line)
            self.shown.append(LoweredLine(line.target, line.expr, self._parts))
        return self

    def _with_scaled(self, line: Line) -> Expr:
        """The formula, with a node where numbers of each head multiply what has more axes."""
        size = partial(self._size, line)
        several = any(
            len(every_axis(s)) > 1 for s in (*self.sizes.values(), *(n.size for n in line.expr.atoms(LinearNode)))
        )
        if not several and not line.expr.atoms(ContractionNode):
            return line.expr
        constants = frozenset(p.symbol for p in self.declared if p.kind == "constant")
        return rewrite(line.expr, lambda n: scaled(n.args, size, constants) if isinstance(n, Mul) else None)

    # ------------------------------------------------------------------ nodes with weights

    def _name_weights(self, line: Line) -> None:
        """Find the affine map of each node of the line that has weights."""
        letters: dict[str, bool] = {}
        for node in dict.fromkeys(weighted(line.expr)):
            operands = (self._operand(line, o) for o in node.operands)
            self._parts[node] = self._maps[node] = self.naming.affine(line, node, operands, letters)

    def _operand(self, line: Line, operand: Expr) -> tuple[Symbol, str]:
        """The symbol of an operand; a product such as r*h becomes a statement of its own."""
        if operand.has(UnitsNode) and not (isinstance(operand, UnitsNode) and not operand.weighted):
            raise line.fail(f"linear({typed(operand)}) maps a map or a mean", "give the inner one its own equation")
        size = self._size(line, operand)
        if size == "1":
            raise line.fail(f"linear({typed(operand)}) is an affine map of a scalar", "multiply by it instead")
        if len(axes_of(size)) > 1:
            raise line.fail(
                f"linear({typed(operand)}) is an affine map of a matrix", "a map reads a vector: S @ q, or S.T @ u"
            )
        if isinstance(operand, Symbol):
            return operand, size
        if isinstance(operand, UnitsNode):
            return self._mixed(line, operand, top=False), size
        before = {previous(s): s for s in self.states}
        stem = "_".join(before.get(s, s.name) for s in symbols_in_order(operand))
        return self._statement(operand, stem, size), size

    # ------------------------------------------------------------------ for machines

    def _lower(self, line: Line) -> None:
        """Pull affine maps, means and nested activations out; append what remains as the line's own statement."""
        self._size(line, line.expr)  # in the author's terms, before parts of them have names
        self._several = len({tuple(_terms(group)) for group in _groups(line.expr)}) > 1
        self._joined = {}
        terms = line.expr.args if isinstance(line.expr, Add) else (line.expr,)
        if all(map(is_weighted, terms)):
            self._append(Affine.joined(line.target, (self._maps[n] for n in _terms(line.expr))))
            return
        expr = self._pull(line, line.expr, top=True)
        if expr != line.target:  # a line that is a mean is its own statement
            self._append(Elementwise(line.target, expr, self._size(line, expr)))

    def _pull(self, line: Line, node: Any, top: bool) -> Any:
        if is_weighted(node):
            return self._affine(line, (node,))
        if isinstance(node, Add) and any(map(is_weighted, node.args)):
            parts = _terms(node)
            symbol = self._affine(line, parts)
            rest = [symbol if a is parts[0] else a for a in node.args if a is parts[0] or not is_weighted(a)]
            return self._pull(line, ordered(Add, rest), top)
        if isinstance(node, UnitsNode):
            return self._mixed(line, node, top)
        if not node.args:
            return node
        inner = rebuild(node, [self._pull(line, a, top=False) for a in node.args])
        constants = {p.symbol for p in self.declared if p.kind == "constant"}
        is_number = constants.issuperset(inner.free_symbols)
        if isinstance(inner, Function) and not isinstance(inner, (Abs, Piecewise)) and not top and not is_number:
            argument = inner.args[0]
            stem = argument.name if isinstance(argument, Symbol) else line.target.name
            return self._statement(inner, f"{inner.func.__name__}_{stem}", self._size(line, inner))
        return inner

    def _affine(self, line: Line, parts: tuple[Any, ...]) -> Symbol:
        """The name of a sum of affine maps within a line."""
        if parts not in self._joined:
            first = self._maps[parts[0]].terms[0].label
            letter = (parts[0].label or first) if self._several else line.target.name
            self._joined[parts] = self._fresh(f"a_{letter}")
            self._append(Affine.joined(self._joined[parts], (self._maps[n] for n in parts)))
        return self._joined[parts]

    def _mixed(self, line: Line, node: UnitsNode, top: bool) -> Symbol:
        """The name of what a node without weights is, shared by equal ones; that of the line if it says no more."""
        size = partial(self._size, line)
        operands = [self._pull(line, o, top=False) for o in node.operands]
        names = tuple(
            o if isinstance(o, Symbol) else self._statement(o, f"v_{line.target.name}", size(o)) for o in operands
        )
        key = node.over(names)
        if key not in self._mixing:
            target = line.target if top else self._fresh(node.stem(line.target, names))
            self._mixing[key] = node.statement(target, names, size)
            self._append(self._mixing[key])
        self._parts[node] = self._mixing[key]
        return self._mixing[key].target

    def _statement(self, expr: Expr, stem: str, size: str) -> Symbol:
        """The name of an intermediate quantity, shared by equal expressions."""
        if expr not in self._named:
            self._named[expr] = self._fresh(stem)
            self._append(Elementwise(self._named[expr], expr, size))
        return self._named[expr]

    def _fresh(self, stem: str) -> Symbol:
        """A name for an intermediate quantity that nothing else in the cell has."""
        taken = {s.name for s in self.sizes} | set(self._targets)
        stem = f"a_{stem}" if Notation().misread(stem) else stem
        name, k = stem, 2
        while name in taken:
            name, k = f"{stem}{k}", k + 1
        return Symbol(name)

    def _append(self, statement: Statement) -> None:
        self.statements.append(statement)
        self.sizes[statement.target] = statement.size

    def _size(self, line: Line, expr: Any) -> str:
        """How many units a formula has; every quantity in it has the same, scalars apart."""
        if isinstance(expr, UnitsNode):
            expr.check(line, partial(self._size, line))
            return expr.units(partial(self._size, line))
        if isinstance(expr, Symbol):
            if expr not in self.sizes:
                authors = {
                    *self.states,
                    *self._targets,
                    *(str(s) for s in (*self.inputs, *(p.symbol for p in self.declared))),
                }
                known = ", ".join(n for n in dict.fromkeys(map(typed, self.sizes)) if n in authors)
                raise line.fail(f"{expr.name!r} is not defined yet", f"known here: {known}")
            return self.sizes[expr]
        found: dict[str, Any] = {}
        for a in expr.args:
            found.setdefault(self._size(line, a), a)
        found.pop("1", None)
        if len(found) > 1:
            (s1, e1), (s2, e2) = list(found.items())[:2]
            remedy = "map one to the other's size with linear(..., size=...)"
            if is_weighted(e1) and is_weighted(e2):
                remedy = "give them the same size="
            if "×" in s1 + s2:
                remedy = "diag(a) @ S scales the rows of a matrix, S @ diag(a) its columns"
            raise line.fail(f"{typed(e1)} has {counted(s1, 'unit')} and {typed(e2)} has {s2}", remedy)
        return next(iter(found), "1")


def _groups(expr: Basic) -> Iterator[Any]:
    """The places of an expression where an affine map stands: a sum of nodes with weights counts once."""
    if is_weighted(expr):
        yield expr
        return
    joined = isinstance(expr, Add) and any(map(is_weighted, expr.args))
    if joined:
        yield expr
    for a in expr.args:
        if not (joined and is_weighted(a)):
            yield from _groups(a)


def _terms(expr: Basic) -> tuple[Any, ...]:
    """The nodes with weights of one place."""
    return (expr,) if is_weighted(expr) else tuple(a for a in expr.args if is_weighted(a))


def without_identity(node: Basic) -> Basic | None:
    """A linear activation vanishes from every formula."""
    return node.args[0] if isinstance(node, identity) else None


def state_size(state: str, lines: tuple[Line, ...], declared: Mapping[Symbol, str], input: Symbol) -> str:
    """The size of the affine maps in its equation and in those that this one names; where there are none, that of the
    input if it is read there unit by unit, else hidden_size.

    declared: the sizes that arguments are declared to have, which count as those of maps do. Whether all of them are
    the same is found in lowering.
    """
    return _size_of(state, lines, declared) or _size_of(state, lines, {**declared, input: INPUT}) or HIDDEN


def _size_of(state: str, lines: tuple[Line, ...], declared: Mapping[Symbol, str]) -> str:
    formulas: dict[Basic, Expr] = {line.target: line.expr for line in lines}
    before: dict[Basic, Basic] = {previous(line.target.name): line.target for line in lines}
    found: dict[Basic, str] = {}

    def size(node: Basic) -> str:
        node = before.get(node, node)
        if isinstance(node, UnitsNode):
            units = node.units(size)
            return "" if units == "1" else units
        if node in declared:
            return declared[node]
        if node in formulas:
            if node not in found:
                found[node] = ""  # while it is looked for
                found[node] = size(formulas[node])
            return found[node]
        return max(map(size, node.args), key=lambda s: len(every_axis(s)), default="")

    return size(Symbol(state))
