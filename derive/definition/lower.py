"""From a definition to what people read (weights spelled out) and what machines run (statements).

Both readings come from one naming of the weights, so the equation that is printed and the statement that is run
cannot differ in more than form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Abs, Add, Basic, Expr, Function, Mul, Piecewise, Symbol

from derive.definition.line import Line, typed
from derive.definition.naming import Naming
from derive.notation.names import PREVIOUS, Notation
from derive.statements.kinds import Affine, Elementwise, Mean, Parameter, Statement
from derive.symbolic.expressions import LinearNode, MeanNode, Transposed, ordered, rebuild, rewrite, symbols_in_order
from derive.symbolic.piecewise_linear import identity


@dataclass
class Lowering:
    """One pass over a cell's lines, collecting statements, displayed equations and parameters."""

    input: Symbol
    states: tuple[str, ...]
    sizes: dict[Symbol, str]  # of every name known so far; "1" for scalars
    declared: tuple[Parameter, ...]
    statements: list[Statement] = field(default_factory=list)
    shown: list[tuple[Symbol, Expr]] = field(default_factory=list)
    naming: Naming = field(init=False)
    _named: dict[Expr, Symbol] = field(default_factory=dict)
    _targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.naming = Naming(self.states)

    def run(self, lines: tuple[Line, ...]) -> Lowering:
        """Lower every line in order."""
        self._targets = tuple(line.target.name for line in lines)
        for line in lines:
            terms = self._terms(line)
            self.shown.append((line.target, self._spell_out(line.expr, terms)))
            self._lower(line, terms)
        return self

    # ------------------------------------------------------------------ affine maps

    def _terms(self, line: Line) -> dict[LinearNode, Affine]:
        """The affine map of each linear node of the line, its weights named."""
        nodes = list(_nodes(line.expr, LinearNode))
        if len(set(nodes)) < len(nodes) and not line.repeated:
            raise line.fail(
                "the same linear(...) stands twice", "give each a name, linear(..., name='a'), or a line of its own"
            )
        letters: set[str] = set()
        found: dict[LinearNode, Affine] = {}
        for node in dict.fromkeys(nodes):
            operands = (self._operand(line, o) for o in node.operands)
            found[node] = self.naming.affine(line, node, operands, letters)
        return found

    def _operand(self, line: Line, operand: Expr) -> tuple[Symbol, str]:
        """The symbol of an operand; a product such as r*h becomes a statement of its own."""
        if operand.has(LinearNode, MeanNode) and not isinstance(operand, MeanNode):
            raise line.fail(f"linear({typed(operand)}) maps a map or a mean", "give the inner one its own equation")
        size = self._size(line, operand)
        if size == "1":
            raise line.fail(f"linear({typed(operand)}) is an affine map of a scalar", "multiply by it instead")
        if isinstance(operand, Symbol):
            return operand, size
        return self._statement(
            operand, "_".join(s.name.removesuffix(PREVIOUS) for s in symbols_in_order(operand)), size
        ), size

    # ------------------------------------------------------------------ for people

    def _spell_out(self, expr: Expr, terms: dict[LinearNode, Affine]) -> Expr:
        def rule(node: Basic) -> Basic | None:
            if isinstance(node, LinearNode):
                parts: list[Expr] = []
                for term, operand in zip(terms[node].terms, node.operands, strict=True):
                    parts.append(Mul(self._matrix(term.weight), operand, evaluate=False))
                    parts += [term.bias] if term.bias is not None else []
                return ordered(Add, parts)
            if isinstance(node, Add):
                return _flat_sum(node)
            return _without_identity(node)

        return rewrite(expr, rule)

    def _matrix(self, weight: Symbol) -> Expr:
        """The matrix that multiplies, as a function of the stored one."""
        if self.naming.weights[weight.name].form == "antisymmetric":
            return Add(weight, Mul(-1, Transposed(weight), evaluate=False), evaluate=False)
        return weight

    # ------------------------------------------------------------------ for machines

    def _lower(self, line: Line, terms: dict[LinearNode, Affine]) -> None:
        """Pull affine maps, means and nested activations out; append what remains as the line's own statement."""
        expr = rewrite(line.expr, _without_identity)
        self._size(line, expr)  # in the author's terms, before parts of them have names
        several = len({tuple(_linear_parts(group)) for group in _groups(expr)}) > 1
        target = line.target
        if isinstance(expr, LinearNode) or (
            isinstance(expr, Add) and all(isinstance(a, LinearNode) for a in expr.args)
        ):
            self._append(self._join(line, target, _linear_parts(expr), terms))
            return

        known: dict[tuple[LinearNode, ...], Symbol] = {}

        def affine(parts: list[LinearNode]) -> Symbol:
            if tuple(parts) in known:
                return known[tuple(parts)]
            letter = (
                parts[0].label or terms[parts[0]].terms[0].weight.name.removeprefix("W_") if several else target.name
            )
            joined = self._join(line, self._fresh(f"a_{letter}"), parts, terms)
            self._append(joined)
            known[tuple(parts)] = joined.target
            return joined.target

        expr = self._pull(line, expr, affine, top=True)
        if expr != target:  # a line that is a mean is its own statement
            self._append(Elementwise(target, expr, self._size(line, expr)))

    def _pull(self, line: Line, node: Any, affine: Callable[[list[LinearNode]], Symbol], top: bool) -> Any:
        if isinstance(node, LinearNode):
            return affine([node])
        if isinstance(node, Add) and any(isinstance(a, LinearNode) for a in node.args):
            parts = _linear_parts(node)
            symbol = affine(parts)
            rest = [symbol if a is parts[0] else a for a in node.args if a is parts[0] or not isinstance(a, LinearNode)]
            return self._pull(line, ordered(Add, rest), affine, top)
        if isinstance(node, MeanNode):
            for o in node.operands:
                if self._size(line, o) == "1":
                    raise line.fail(f"mean({typed(o)}) is the mean of a single number", "use the number itself")
            operands = [self._pull(line, o, affine, top=False) for o in node.operands]
            names = [
                o if isinstance(o, Symbol) else self._statement(o, f"v_{line.target.name}", self._size(line, o))
                for o in operands
            ]
            return self._mean(line, tuple(names), top)
        if not node.args:
            return node
        inner = rebuild(node, [self._pull(line, a, affine, top=False) for a in node.args])
        constants = {p.symbol for p in self.declared if p.kind == "constant"}
        is_number = constants.issuperset(inner.free_symbols)
        if isinstance(inner, Function) and not isinstance(inner, (Abs, Piecewise)) and not top and not is_number:
            argument = inner.args[0]
            stem = argument.name if isinstance(argument, Symbol) else line.target.name
            return self._statement(inner, f"{inner.func.__name__}_{stem}", self._size(line, inner))
        return inner

    def _join(self, line: Line, target: Symbol, parts: list[LinearNode], terms: dict[LinearNode, Affine]) -> Affine:
        maps = [terms[p] for p in parts]
        return Affine(target, tuple(t for m in maps for t in m.terms), maps[0].size)

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

    def _mean(self, line: Line, operands: tuple[Symbol, ...], top: bool) -> Symbol:
        """The name of a mean, shared by equal means; that of the line where it is all that the line says."""
        key = MeanNode(*operands)
        if key not in self._named:
            stem = operands[0] if len(operands) == 1 else line.target
            self._named[key] = line.target if top else self._fresh(f"mean_{stem.name}")
            self._append(Mean(self._named[key], operands))
        return self._named[key]

    def _append(self, statement: Statement) -> None:
        self.statements.append(statement)
        self.sizes[statement.target] = statement.size

    def _size(self, line: Line, expr: Any) -> str:
        """How many units a formula has; every quantity in it has the same, scalars apart."""
        if isinstance(expr, LinearNode):
            return str(expr.size)
        if isinstance(expr, MeanNode):
            return "1"
        if isinstance(expr, Symbol):
            if expr not in self.sizes:
                authors = {
                    *self.states,
                    *self._targets,
                    *(str(s) for s in (self.input, *(p.symbol for p in self.declared))),
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
            maps = isinstance(e1, LinearNode) and isinstance(e2, LinearNode)
            raise line.fail(
                f"{typed(e1)} has {s1} units and {typed(e2)} has {s2}",
                "give them the same size=" if maps else "map one to the other's size with linear(..., size=...)",
            )
        return next(iter(found), "1")


def _nodes(expr: Basic, kind: type) -> Any:
    """The nodes of that kind, from left to right."""
    if isinstance(expr, kind):
        yield expr
    else:
        for a in expr.args:
            yield from _nodes(a, kind)


def _groups(expr: Basic) -> Any:
    """The places of an expression where an affine map stands: a sum of linear nodes counts once."""
    if isinstance(expr, LinearNode):
        yield expr
    elif isinstance(expr, Add) and any(isinstance(a, LinearNode) for a in expr.args):
        yield expr
        for a in expr.args:
            if not isinstance(a, LinearNode):
                yield from _groups(a)
    else:
        for a in expr.args:
            yield from _groups(a)


def _linear_parts(expr: Basic) -> list[LinearNode]:
    return [expr] if isinstance(expr, LinearNode) else [a for a in expr.args if isinstance(a, LinearNode)]


def _flat_sum(node: Add) -> Expr:
    return ordered(Add, [b for a in node.args for b in (a.args if isinstance(a, Add) else [a])])


def _without_identity(node: Basic) -> Basic | None:
    """A linear activation vanishes from every formula."""
    return node.args[0] if isinstance(node, identity) else None
