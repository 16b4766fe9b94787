"""How the weights of affine maps are named, and which blocks of the stacked PyTorch tensors they fill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy import Expr, Symbol

from derive.notation.quantity import Role, previous, typed
from derive.statements.affine import Affine, AffineTerm, LinearNode
from derive.statements.base import EquationSite
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ, symbols_in_order

#: The second letter of a weight's tensor: weight_ih maps the input to the hidden units.
_ROWS = {HIDDEN: "h", INPUT: "i", PROJ: "r"}


@dataclass
class Naming:
    """The weights and biases of a cell by name, in the order in which its affine maps name them."""

    states: tuple[str, ...]  # the output first: its letter in a weight's name is h
    weights: dict[str, Parameter] = field(default_factory=dict)

    def affine(
        self, line: EquationSite, node: LinearNode, operands: Iterable[tuple[Symbol, str]], letters: set[str]
    ) -> Affine:
        """The affine map of a linear node, its weights named and registered.

        operands: the symbol and the size of each operand of the node.
        letters: what the weights of the line's earlier maps start with; those of this map are added.

        Raises DefinitionError where a name would stand for two weights, or an antisymmetric weight is not square.
        """
        name = line.target.name
        terms = []
        own: set[str] = set()
        for k, (operand, (symbol, size)) in enumerate(zip(node.operands, operands, strict=True)):
            letter = self._letter(operand, size, letters)
            if letter in own:
                raise line.fail(
                    f"two operands of {typed(node)} would share the weight W_{letter}{node.label or name}",
                    "give each a linear(...) of its own, with another name: linear(..., name='a')",
                )
            own.add(letter)
            if not node.label and letter in letters:
                raise line.fail(f"two affine maps of {typed(operand)}", "give each a name: linear(..., name='a')")
            letters.add(letter)
            key, tensor = f"{letter}{node.label or name}", f"{letter}{_ROWS[node.size]}"
            if node.label and len(node.operands) == 1:
                key = tensor = node.label
            if node.weight == "antisymmetric" and size != node.size:
                raise line.fail(f"an antisymmetric weight maps {size} to {node.size}", "it has to be square")
            label = key
            weight = self._register(line, f"W_{key}", "matrix", node.size, size, f"weight_{tensor}", node.weight)
            bias = None
            if node.bias and k == len(node.operands) - 1:  # one bias for the whole map, after its last operand
                if k > 0:
                    key, tensor = (node.label or name), ""
                bias = self._register(line, f"b_{key}", "vector", node.size, "", f"bias_{tensor}" if tensor else "bias")
            terms.append(AffineTerm(weight, symbol, bias, node.weight, label))
        return Affine(line.target, tuple(terms), node.size)

    def _letter(self, operand: Expr, size: str, taken: set[str]) -> str:
        """An operand's part of a weight's name: i for what has the input's size, a letter its own, h for the rest."""
        if size == INPUT:
            return "i"
        before = {previous(s): s for s in self.states}
        names = [before.get(s, s.name) for s in symbols_in_order(operand)]
        stem = names[0].partition("_")[0]
        if len(names) > 1 or names[0] == self.states[0]:
            return "h"
        own = names[0] in self.states or len(stem) == 1
        return stem if own or "h" in taken else "h"

    def _register(
        self, line: EquationSite, name: str, kind: str, rows: str, cols: str, tensor: str, form: str = "full"
    ) -> Symbol:
        role = Role.MATRIX if kind == "matrix" else Role.BIAS
        known = self.weights.get(name)
        if known is not None:
            if (known.rows, known.cols, known.form) != (rows, cols, form):
                raise line.fail(
                    f"{name} is {rows}×{cols} here and {known.rows}×{known.cols} elsewhere", "use another name= for it"
                )
            return known.symbol
        stacked = [p for p in self.weights.values() if p.tensor == tensor]
        if stacked and (stacked[0].rows, stacked[0].cols, stacked[0].form) != (rows, cols, form):
            tensor = f"{tensor}_{line.target.name}"  # a block of another shape cannot be stacked with the rest
            stacked = [p for p in self.weights.values() if p.tensor == tensor]
        self.weights[name] = Parameter(Symbol(name), kind, rows, cols, tensor, len(stacked), form, role=role)
        return self.weights[name].symbol
