"""How the weights of affine maps are named, and which blocks of the stacked PyTorch tensors they fill."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from sympy import Expr, Symbol

from derive.notation.quantity import Role, previous, typed
from derive.statements.affine import Affine, AffineTerm, LinearNode
from derive.statements.base import EquationSite
from derive.statements.parameter import Parameter, check_kind
from derive.statements.sizes import every_axis
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ, symbols_in_order

#: The second letter of a weight's tensor: weight_ih maps the input to the hidden units.
_ROWS = {HIDDEN: "h", INPUT: "i", PROJ: "r"}


@dataclass
class Naming:
    """The weights and biases of a cell by name, in the order in which its affine maps name them."""

    states: tuple[str, ...]  # the output first: its letter in a weight's name is h
    inputs: tuple[str, ...] = ()  # those beside the first
    weights: dict[str, Parameter] = field(default_factory=dict)

    def affine(
        self, line: EquationSite, node: LinearNode, operands: Iterable[tuple[Symbol, str]], letters: dict[str, bool]
    ) -> Affine:
        """The affine map of a linear node, its weights named and registered.

        operands: the symbol and the size of each operand of the node.
        letters: what the weights of the line's earlier maps start with, and whether one of these has no name of its
        own; those of this map are added.

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
            if not node.label and letters.get(letter):
                raise line.fail(f"two affine maps of {typed(operand)}", "give each a name: linear(..., name='a')")
            letters[letter] = letters.get(letter, False) or not node.label
            key, tensor = (
                f"{letter}{node.label or name}",
                letter + _ROWS.get(node.size, f"_{'_'.join(every_axis(node.size))}"),
            )
            if node.label and len(node.operands) == 1:
                key = tensor = node.label
            _check_square(line, node, operand, size)
            label = key
            weight = Parameter(Symbol(f"W_{key}"), "matrix", node.size, size, f"weight_{tensor}", form=node.weight)
            weight = self._register(line, replace(weight, role=Role.MATRIX, initial=node.initial[k], heads=node.heads))
            bias = None
            if node.bias and k == len(node.operands) - 1:  # one bias for the whole map, after its last operand
                if k > 0:
                    key, tensor = (node.label or name), ""
                bias = Parameter(Symbol(f"b_{key}"), "vector", node.size, "", f"bias_{tensor}" if tensor else "bias")
                bias = self._register(line, replace(bias, role=Role.BIAS, initial=node.initial[-1]))
            terms.append(AffineTerm(weight.symbol, symbol, bias and bias.symbol, node.weight, label, node.heads))
        return Affine(line.target, tuple(terms), node.size)

    def _letter(self, operand: Expr, size: str, taken: Collection[str]) -> str:
        """An operand's part of a weight's name: the first letter of a further input, i for what has the first one's
        size and is no state, a letter its own, h for the rest."""
        if isinstance(operand, Symbol) and operand.name in self.inputs:
            return str(operand.name[0])
        before = {previous(s): s for s in self.states}
        if size == INPUT and operand not in before:
            return "i"
        names = [before.get(s, s.name) for s in symbols_in_order(operand)]
        if size == INPUT and (len(names) > 1 or names[0] not in self.states):
            return "i"
        stem = names[0].partition("_")[0]
        if len(names) > 1 or names[0] == self.states[0]:
            return "h"
        own = names[0] in self.states or len(stem) == 1
        return stem if own or "h" in taken else "h"

    def _register(self, line: EquationSite, new: Parameter) -> Parameter:
        """The parameter in its place: the one that is known by that name, or a further block of its tensor."""
        if new.initial is not None:
            check_kind(line.fail, new)
        known = self.weights.get(new.name)
        if known is not None:
            if _shape(known) != _shape(new):
                raise line.fail(
                    f"{new.name} is {new.rows}×{new.stored_cols} here and {known.rows}×{known.stored_cols} elsewhere",
                    "use another name= for it",
                )
            if known.initial != new.initial:
                raise line.fail(
                    f"{new.name} starts at {_said(new.initial)} here and at {_said(known.initial)} elsewhere",
                    "state the same initial value, or use another name=",
                )
            return known
        stacked = [p for p in self.weights.values() if p.tensor == new.tensor]
        if stacked and _shape(stacked[0]) != _shape(new):
            # a block of another shape cannot be stacked with the rest
            new = replace(new, tensor=f"{new.tensor}_{line.target.name}")
            stacked = [p for p in self.weights.values() if p.tensor == new.tensor]
        self.weights[new.name] = replace(new, block=len(stacked))
        return self.weights[new.name]


def _shape(p: Parameter) -> tuple[str, ...]:
    """What blocks of one tensor have in common."""
    return p.rows, p.cols, p.form, p.heads


def _said(initial: Expr | None) -> str:
    return "PyTorch's" if initial is None else str(initial)


def _check_square(line: EquationSite, node: LinearNode, operand: Expr, size: str) -> None:
    """What is antisymmetric or has blocks on its diagonal maps as many units as it gives."""
    if node.weight == "antisymmetric" and size != node.size:
        raise line.fail(f"an antisymmetric weight maps {size} to {node.size}", "it has to be square")
    if node.heads and size != node.size:
        raise line.fail(
            f"a block-diagonal weight maps {size} to {node.size}",
            f"it has to be square: give {typed(operand)} a linear(...) of its own, without heads",
        )
