"""A right-hand side evaluated as the Python that it is, and what is wrong with one, in the words of equations."""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, SympifyError, evaluate, sympify

from derive.definition.complexes import ComplexLine
from derive.definition.line import Line
from derive.definition.remedies import OURS, decided_by_python, of_another_library, remedy, where_from
from derive.errors import DefinitionError, DeriveError
from derive.notation.quantity import PREVIOUS, typed
from derive.statements.matrix_products import matmul, transpose
from derive.symbolic.complexes import Complex
from derive.symbolic.size import check_powers


@dataclass(frozen=True)
class RightHandSides:
    """Those of one function, whose tree is given. around: what its file calls by which names."""

    tree: ast.FunctionDef
    file: str
    around: Mapping[str, Any]

    def evaluated(
        self, line: Line, value: ast.expr, known: Mapping[str, Any], counters: Mapping[str, int]
    ) -> Line | ComplexLine:
        """The equation with the formula that the expression is worth. known: the quantities that it may read.
        counters: of the loops around it.

        Raises DefinitionError, naming the line and what to write, for what is no formula of these.
        """
        if refused := decided_by_python(value, known) or of_another_library(value, self.around, known):
            raise line.fail(*refused)
        try:
            code = compile(ast.Expression(_with_matrices(value)), self.file, "eval")
        except SyntaxError as e:  # a star, a yield
            raise line.fail(e.msg, "the formula cannot be evaluated as Python") from None
        try:
            check_powers(value)
            with evaluate(False):
                found = eval(
                    code, {**self.around, **known, **counters, **_MATRICES}
                )  # the author's own Python, as any decorator runs it
        except Exception as e:  # whatever the author's Python, or SymPy, meets
            raise self._explained(e, line, value, known) from None
        if isinstance(found, Complex):
            return ComplexLine.of(line, found)
        if not isinstance(found, (Expr, int, float, complex)) or isinstance(found, bool):
            raise line.fail(
                f"{ast.unparse(value)} is not an expression", "write the formula itself, such as tanh(linear(x))"
            )
        return line.typed(sympify(found))

    def _explained(self, e: Exception, line: Line, value: ast.expr, known: Mapping[str, Any]) -> DefinitionError:
        match e:
            case NameError():
                return self._undefined(str(e.name), line, known)
            case DeriveError():
                return line.fail(str(e))
            case SympifyError():
                pairs = any(isinstance(q, Complex) for q in known.values())
                parts = "a function of a complex quantity is one of its parts, z.re and z.im"
                return line.fail(typed(e), parts if pairs else "write formulas")
            case TypeError() | AttributeError() | ValueError():
                return line.fail(*remedy(e, value, self.around))
        return line.fail(f"{type(e).__name__}: {e}", "the formula cannot be evaluated as Python")

    def _undefined(self, name: str, line: Line, known: Mapping[str, Any]) -> DefinitionError:
        near = difflib.get_close_matches(name, [*known, *OURS], n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        hint = f"{found}; " if (found := where_from(name)) else hint
        if name.endswith(PREVIOUS):
            hint = "a state's name is its previous value above the line that assigns it; "
        later = " before its own equation" if any(_assigns(n, name) for n in ast.walk(self.tree)) else ""
        return line.fail(f"{name!r} is not defined{later}", f"{hint}known here: {', '.join(known)}")


def _assigns(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(t, ast.Name) and t.id == name for target in node.targets for t in ast.walk(target)
    )


#: What stands for @ and .T while an expression is evaluated, by names that no author's function has.
_MATRICES = {"<matmul>": matmul, "<transpose>": transpose}


class _WithMatrices(ast.NodeTransformer):
    """S @ q and S.T as calls, since SymPy's symbols have neither."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._call("<matmul>", node, node.left, node.right) if isinstance(node.op, ast.MatMult) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return self._call("<transpose>", node, node.value) if node.attr == "T" else node

    def _call(self, name: str, node: ast.expr, *arguments: ast.expr) -> ast.AST:
        called = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
        return ast.fix_missing_locations(ast.copy_location(called, node))


def _with_matrices(value: ast.expr) -> ast.expr:
    """The expression with calls in the place of @ and .T; itself where it has none."""
    if any(isinstance(n, ast.MatMult) or getattr(n, "attr", "") == "T" for n in ast.walk(value)):
        value = _WithMatrices().visit(copy.deepcopy(value))
    return value
