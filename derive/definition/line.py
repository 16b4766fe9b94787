"""One equation of a cell as its author wrote it, and how the errors about it speak of its formulas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Symbol

from derive.errors import DefinitionError, DeriveError
from derive.statements.base import is_weighted, weighted
from derive.symbolic.expressions import put_together, rewrite, taken_apart
from derive.symbolic.tidy import tidy


@dataclass(frozen=True)
class Line:
    """One equation as the author wrote it: target, expression with linear and mean nodes, and where it stands."""

    target: Symbol
    expr: Expr
    where: str = ""

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"expr": taken_apart(self.expr)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, expr=put_together(state["expr"]))

    def typed(self, expr: Expr) -> Line:
        """The equation with that right-hand side, made tidy. Raises DefinitionError for one that is too large, and for
        one in which the same affine map is written twice; a function may read one twice, as Heaviside's does."""
        try:
            line = replace(self, expr=tidy(expr))
        except DeriveError as e:
            raise self.fail(str(e)) from None
        maps = set(weighted(expr))
        if len({node.plain() for node in maps}) < len(maps):
            raise self.fail(
                "the same linear(...) stands twice", "give each a name, linear(..., name='a'), or a line of its own"
            )
        return replace(line, expr=rewrite(line.expr, lambda node: node.plain() if is_weighted(node) else None))

    def fail(self, *message: str) -> DefinitionError:
        """The error for something wrong in this equation: what it is, and the remedy."""
        return DefinitionError(f"equation {self.target.name!r}{self.where}: {'; '.join(message)}")
