"""A cell's statements as a graph: boxes for functions and weights, circles for products and sums, and what goes where.

A box is shaded where it has learned parameters: it applies its function to the weighted sum of what enters it. What is
made of one quantity, 1 - z or √(s + ε), is one box with that formula, in which □ is what enters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from sympy import Expr, Function, Symbol, Tuple, latex

from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.figures.label import Label
from derive.notation.names import Notation
from derive.notation.quantity import Quantity
from derive.statements.base import Statement
from derive.symbolic.activation import Activation

INPUT, OUTPUT, BOX, CIRCLE, JOIN = "input", "output", "box", "circle", "join"
FUNCTIONS = {"Piecewise": r"\text{cases}", "exp": r"\exp", "log": r"\log", "Abs": r"|\square|"}
PLACEHOLDER = Symbol("square_")
MOST_NODES = 400  # of a diagram that anybody reads
TYPE = 8.0  # pt: the size of type; indices are 6 pt


@dataclass(frozen=True)
class Node:
    """What stands in a diagram.

    label: what is written in it. inputs: the keys of the nodes whose results enter, from left to right. statement: the
    name that is computed by the statement it belongs to. quantity: the name of what leaves it, "" without one; name:
    the same as a label, where it is to stand beside the node. formula: what leaves it, of the quantities of the cell;
    None of a join. weights: whether it has learned parameters.
    ordered: whether it matters which input is which: the first comes from the left, the second from above or below.
    """

    key: str
    kind: str
    label: Label
    inputs: tuple[str, ...] = ()
    statement: str = ""
    quantity: str = ""
    formula: Expr | None = None
    weights: bool = False
    ordered: bool = False
    name: Label | None = None


@dataclass
class Graph:
    """The nodes by key, each after those that it reads."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def readers(self, key: str) -> list[str]:
        return [n.key for n in self.nodes.values() if key in n.inputs]


class Builder:
    """Builds a graph from the inputs to the outputs."""

    least_saved = 1  # lines, for which what is read together becomes one

    def __init__(self, cell: Cell, names: Notation | None = None) -> None:
        self.cell, self.graph, self.names = cell, Graph(), names or cell.notation
        self.parameters = {p.symbol for p in cell.parameters}
        self.statements = {s.target: s for s in cell.statements}
        table = {**cell.notation.table, PLACEHOLDER.name: Quantity(PLACEHOLDER.name, time="", is_number=True)}
        self.notation = Notation(table)
        self.of: dict[Symbol, str] = {}  # the node that gives a quantity
        self.made: dict[Any, str] = {}  # the node that gives a formula: the same formula is drawn once
        self.weighted: dict[str, frozenset[str]] = {}  # of a node: the inputs that may come as one line

    def run(self) -> Graph:
        for name in [*(self.cell.previous(s) for s in self.cell.states[1:]), self.cell.previous(self.cell.states[0])]:
            self.of[name] = self.add(INPUT, self.name(name), quantity=name.name, formula=name)
        for x in (i.symbol for i in self.cell.inputs):
            label = Label(self.names.of_unit("").symbol_latex(x.name))
            self.of[x] = self.add(INPUT, label, quantity=x.name, formula=x)
        self.draw()
        for state in (*self.cell.states[1:], self.cell.states[0]):
            self.add(OUTPUT, self.name(Symbol(state)), (self.quantity(Symbol(state)),), quantity=state)
        self.join()
        read = {i for n in self.graph.nodes.values() for i in n.inputs}
        for key in [k for k, n in self.graph.nodes.items() if n.kind == INPUT and k not in read]:
            del self.graph.nodes[key]
        return self.graph

    def draw(self) -> None:
        raise NotImplementedError

    def quantity(self, q: Symbol) -> str:
        raise NotImplementedError

    def name(self, q: Symbol) -> Label:
        return Label(self.names.symbol_latex(q.name))

    def own(self, e: Any) -> set[Any]:
        """The learned parameters of a formula."""
        return {p.symbol for p in self.cell.parameters if p.kind != "constant"} & set(e.free_symbols)

    def add(self, kind: str, label: Label | str, inputs: Iterable[str] = (), **about: Any) -> str:
        inputs = tuple(dict.fromkeys(inputs))  # which may add nodes
        key = f"n{len(self.graph.nodes)}"
        if len(self.graph.nodes) == MOST_NODES:
            raise DeriveError(f"{self.cell.name} has more than {MOST_NODES} nodes to draw; draw a part of it as a cell")
        label = Label(label) if isinstance(label, str) else label
        self.graph.nodes[key] = Node(key, kind, label, inputs, **about)
        return key

    def join(self) -> None:
        """What enters several nodes together goes there as one line; what is saved most comes first."""
        nodes = self.graph.nodes
        while True:
            together = Counter(a & b for (_, a), (_, b) in combinations(self.weighted.items(), 2) if len(a & b) > 1)
            users = {keys: [k for k, w in self.weighted.items() if keys <= w] for keys in together}
            saved = {keys: (len(keys) - 1) * (len(users[keys]) - 1) for keys in users}
            keys = max(saved, key=lambda s: (saved[s], [k in s for k in nodes]), default=frozenset())
            if saved.get(keys, 0) < self.least_saved:
                break
            join = self.add(JOIN, "", [k for k in nodes if k in keys])
            for user in users[keys]:
                nodes[user] = replace(nodes[user], inputs=(join, *(i for i in nodes[user].inputs if i not in keys)))
                self.weighted[user] -= keys
        self.sort()

    def sort(self) -> None:
        """Put every node after those that it reads."""
        nodes, done = self.graph.nodes, dict[str, Node]()
        waiting = list(reversed(nodes))
        while waiting:
            key = waiting[-1]
            if missing := [i for i in nodes[key].inputs if i not in done]:
                waiting += missing
            else:
                done.setdefault(waiting.pop(), nodes[key])
        self.graph.nodes = done


class Equations(Builder):
    """A node for each equation of the author."""

    least_saved = 2

    def draw(self) -> None:
        lines = {line.target for line in self.cell.lines}
        passed: dict[Symbol, tuple[list[str], bool]] = {}  # what a statement without a name has: inputs, parameters
        for s in self.cell.statements:
            inputs = [
                i for q in s.uses for i in (passed[q][0] if q in passed else [self.of[q]] if q in self.of else [])
            ]
            own = bool(s.affine_terms or self.own(Tuple(*s.uses)))
            own = own or any(passed[q][1] for q in s.uses if q in passed)
            if s.target not in lines:
                passed[s.target] = inputs, own
                continue
            name = s.target.name
            label = Label(self._function(s) + self.name(s.target).latex)
            key = self.add(BOX, label, inputs, statement=name, quantity=name, formula=s.target, weights=own)
            self.of[s.target], self.weighted[key] = key, frozenset(inputs)

    def _function(self, s: Statement) -> str:
        expr = getattr(s, "expr", None)
        found = function_label(expr) if isinstance(expr, Function) else written_label(s) if expr is None else ""
        return rf"{found} \newline " if found and not s.affine_terms else ""

    def quantity(self, q: Symbol) -> str:
        return self.of[q]


def function_label(e: Any) -> str:
    """The name of a function as it stands in a box, with parameters that are not the usual ones."""
    if not isinstance(e, Activation):
        return FUNCTIONS.get(e.func.__name__) or rf"\operatorname{{{e.func.__name__}}}"
    usual = e.args[1:] == tuple(e.defaults.values()) and not e.shown
    return e.latex_name if usual else e.latex_with(*map(latex, e.args[1:]))


def written_label(s: Statement) -> str:
    """What a map of all units is called; "" of a product, which is written as one."""
    return str(getattr(s.written(), "latex_name", ""))
