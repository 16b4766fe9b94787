"""What to write in the place of Python that is no formula."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

import sympy

from derive.symbolic.activations import ACTIVATIONS, FORMULAS

#: What derive has for formulas.
OURS = (*ACTIVATIONS, "linear", "mean", "cumsum", "softmax", "largest", "outer", "dot", "diag", "polar", "Complex")
_OF_PYTHON = {"max": "Max", "min": "Min"}
_CHOICE = "a choice is a Piecewise((a, x > 0), (b, True))"

#: What stands in the place of other libraries' functions that have no other name here.
_OTHERWISE = {
    **dict.fromkeys(("where", "select", "heaviside"), f"{_CHOICE}, from sympy import Piecewise"),
    **dict.fromkeys(("clamp", "clip"), "within bounds is Max(0, Min(a, 1)), from sympy import Max, Min"),
    **dict.fromkeys(("cat", "concatenate", "concat", "hstack"), "side by side is linear(x, h), a weight for each"),
    **dict.fromkeys(("matmul", "mm", "mv", "bmm", "dot", "einsum"), "a matrix is part of linear(...)"),
}


def where_from(name: str) -> str:
    """Where a function of that name is to be had; nothing where there is none."""
    for package, defined in (("derive", OURS), ("sympy", sympy.__all__)):
        if name in defined:
            return f"from {package} import {name}"
    return f"{name} is a name for with_activations alone, here write its formula" if name in FORMULAS else ""


def decided_by_python(value: ast.expr, names: Collection[str]) -> tuple[str, str] | None:
    """What in an expression Python decides by itself: once, and by whether a quantity is something, not by what it is
    at a step. The words for the error, if any. names: of the quantities."""
    for node in ast.walk(value):
        tests: list[ast.expr] = []
        if isinstance(node, ast.IfExp):
            tests = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            tests = [node.operand]
        elif isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            tests = [node.left, *node.comparators]
        read = [n.id for test in tests for n in ast.walk(test) if isinstance(n, ast.Name) and n.id in names]
        if read:
            return (
                f"Python decides {ast.unparse(node)} once, before {read[0]} has a value",
                f"{_CHOICE}, with & and | between conditions, Eq(x, 0) an equality",
            )
    return None


def remedy(error: str, value: ast.expr, names: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a formula that Python cannot evaluate, and what to write in its place: where it is of another
    library, or of matrices, that is not what the error says."""
    for node in ast.walk(value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            written = f"for {ast.unparse(node)} write linear({ast.unparse(node.right)})"
            return error, f"a matrix is part of linear(...): {written}"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        name = called.rpartition(".")[2]
        of_quantity = isinstance(node.func, ast.Attribute) and called.partition(".")[0] not in names
        if of_quantity and name in error and (found := where_from(name)).startswith("from "):
            return error, f"write {name}({called.removesuffix(f'.{name}')}), {found}"
        given = names.get(called.partition(".")[0])
        of_module = isinstance(given, ModuleType) and given.__name__.partition(".")[0] not in ("derive", "sympy")
        by_name = (getattr(given, "__module__", None) or "").partition(".")[0] in ("torch", "numpy", "math")
        if of_module or by_name or called in _OF_PYTHON:
            name = _OF_PYTHON.get(name, name)
            if (found := where_from(name)).startswith("from "):
                found = f"write {name}, {found}"
            found = found or _OTHERWISE.get(name, "write a function of derive's or SymPy's")
            return f"{called} computes numbers", found
    return error, "an equation is one formula of derive's and SymPy's functions (Piecewise for a choice)"
