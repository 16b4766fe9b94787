"""A cell whose activation is chosen when its layer is made, as by ``nonlinearity`` of ``nn.RNN``.

In what is generated, the activation and its derivative are calls of two methods. A derivative of the value alone is
needed, because that is what the backward pass keeps.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr, Symbol

from derive.definition.cell import Cell
from derive.errors import DefinitionError
from derive.symbolic.activation import Activation
from derive.symbolic.activations import activation


class chosen(Activation):
    """The activation that is chosen."""

    _is_checked = True  # it has no value before a layer is made
    latex_name, unicode_name, torch = r"\varphi", "φ", "self.activation({x})"
    surrogate = False  # what is chosen may be

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return chosen_slope(y)  # type: ignore[no-any-return, unused-ignore]


class chosen_slope(Activation):
    """Its derivative, in terms of its value."""

    _is_checked = True
    latex_name, unicode_name, torch = r"\varphi'", "φ′", "self.activation_slope({x})"
    surrogate = False


def with_choice(cell: Cell) -> Cell:
    """The cell with ``chosen`` in the place of its first nonlinearity; a cell without a choice as it is.

    Raises DefinitionError for an activation whose derivative is not given by its value.
    """
    if not cell.nonlinearities:
        return cell
    x, y = Symbol("x"), Symbol("y")
    for name in cell.nonlinearities:
        if x in activation(name).slope(x, y).free_symbols:
            raise DefinitionError(
                f"cell {cell.name!r}: nonlinearity {name!r} has a derivative that its value does not give"
            )
    first = cell.nonlinearities[0]
    other = cell.with_activations(**{first: chosen}, name=cell.name, title=cell.title, class_name=cell.class_name)
    return replace(other, nonlinearities=cell.nonlinearities)
