"""One equation of a cell as its author wrote it, and how the errors about it speak of its formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.errors import DefinitionError
from derive.symbolic.expressions import put_together, taken_apart


@dataclass(frozen=True)
class Line:
    """One equation as the author wrote it: target, expression with linear and mean nodes, and where it stands.

    repeated: whether an affine map may occur more than once, as the argument of a function that uses it so.
    """

    target: Symbol
    expr: Expr
    where: str = ""
    repeated: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"expr": taken_apart(self.expr)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, expr=put_together(state["expr"]))

    def fail(self, *message: str) -> DefinitionError:
        """The error for something wrong in this equation: what it is, and the remedy."""
        return DefinitionError(f"equation {self.target.name!r}{self.where}: {'; '.join(message)}")
