"""What to write in the place of Python that is no formula."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.core.function import FunctionClass

from derive.definition.foreign import Decided, OfArrays, called_below, is_array
from derive.notation.quantity import typed
from derive.symbolic.activations import ACTIVATIONS, FORMULAS

#: What derive has for formulas.
OURS = (*ACTIVATIONS, "linear", "mean", "cumsum", "softmax", "largest", "outer", "dot", "diag", "polar", "Complex")
_LIBRARIES = ("torch", "numpy", "math", "scipy", "jax")
_CHOICE = "a choice is a Piecewise((a, x > 0), (b, True))"

_NUMBERS = "given numbers are a parameter, A: fixed = [0.5, 2], learned ones u: vector, a matrix part of linear(...)"

#: Functions of other libraries that have another name here.
_RENAMED = {
    **dict.fromkeys(("max", "maximum", "fmax"), "Max"),
    **dict.fromkeys(("min", "minimum", "fmin"), "Min"),
    **dict.fromkeys(("abs", "absolute", "fabs"), "Abs"),
    **dict.fromkeys(("average", "nanmean"), "mean"),
    "inner": "dot",
}
#: What stands in the place of those that have none.
_OTHERWISE = {
    **dict.fromkeys(("array", "asarray", "tensor"), _NUMBERS),
    **dict.fromkeys(("where", "select", "heaviside"), f"{_CHOICE}, from sympy import Piecewise"),
    **dict.fromkeys(("clamp", "clip"), "within bounds is Max(0, Min(a, 1)), from sympy import Max, Min"),
    **dict.fromkeys(("cat", "concatenate", "concat", "hstack"), "side by side is linear(x, h), a weight for each"),
    **dict.fromkeys(("matmul", "mm", "mv", "bmm", "einsum", "transpose"), "a matrix is part of linear(...)"),
    **dict.fromkeys(("add", "sub", "subtract", "mul", "multiply", "div", "divide"), "write a + b, a - b, a * b, a / b"),
    **dict.fromkeys(("pow", "power", "square"), "write a**2"),
    **dict.fromkeys(("sum", "nansum"), "over the units, mean(a) is the mean and dot(a, b) a sum of products"),
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


def of_another_library(value: ast.expr, known: Mapping[str, Any], names: Collection[str]) -> tuple[str, str] | None:
    """The call of a function of arrays on a quantity: what NumPy makes of a formula is often a formula too, and another
    one, as its mean of a single thing is that thing. The words for the error, if any. known: what names of the file
    mean. names: of the quantities."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and (found := _computing_numbers(node, known)):
            given = [*node.args, *(k.value for k in node.keywords)]
            if any(isinstance(n, ast.Name) and n.id in names for a in given for n in ast.walk(a)):
                return found
    return None


def _computing_numbers(node: ast.Call, known: Mapping[str, Any]) -> tuple[str, str] | None:
    called = ast.unparse(node.func)
    given = known.get(called.partition(".")[0])
    module = given.__name__ if isinstance(given, ModuleType) else getattr(given, "__module__", None)
    if (module or "").partition(".")[0] not in _LIBRARIES:
        return None
    return f"{called} computes numbers", in_its_place(called.rpartition(".")[2], one=len(node.args) == 1)


def in_its_place(name: str, one: bool) -> str:
    """What to write for a function of another library. one: whether of a single argument, of which the greatest is that
    of its units."""
    name = "largest" if one and name in ("max", "amax") else _RENAMED.get(name, name)
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    of_formulas = name in OURS or isinstance(getattr(sympy, name, None), FunctionClass) or name in ("sqrt", "cbrt")
    return f"write {name}, {where_from(name)}" if of_formulas else "write a function of derive's or SymPy's"


def remedy(error: Exception, value: ast.expr, names: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a formula that Python cannot evaluate, and what to write in its place, there or in the
    function that it calls: where it is of another library, or of matrices, that is not what the error says."""
    value, names, place = called_below(error) or (value, names, "")
    what, instead = _remedy(error, value, names)
    return f"{what}, {place}" if place else what, instead


def _remedy(error: Exception, value: ast.expr, names: Mapping[str, Any]) -> tuple[str, str]:
    words = typed(error)
    given = [names.get(n.id) for n in ast.walk(value) if isinstance(n, ast.Name)]
    if any(map(is_array, given)) or (isinstance(error, OfArrays) and error.beside_array):
        return "an array stands beside a formula", _NUMBERS
    for node in ast.walk(value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            written = f"for {ast.unparse(node)} write linear({ast.unparse(node.right)})"
            return words, f"a matrix is part of linear(...): {written}"
        if isinstance(node, ast.Subscript):
            return (
                f"{ast.unparse(node)}: a formula is of all units alike, and a quantity has no entries",
                f"for one number write linear({ast.unparse(node.value)}, size=1), for some units linear(...,"
                " size='key'), or make it an input of its own",
            )
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        base, name = called.partition(".")[0], called.rpartition(".")[2]
        of_quantity = isinstance(node.func, ast.Attribute) and isinstance(names.get(base, Symbol(base)), Expr)
        if of_quantity and name in words and (found := where_from(name)).startswith("from "):
            return words, f"write {name}({called.removesuffix(f'.{name}')}), {found}"
        if found_there := _computing_numbers(node, names):
            return found_there
        if called in ("max", "min"):
            return f"{called} computes numbers", in_its_place(called, one=False)
    if isinstance(error, OfArrays):
        return words, in_its_place(error.name, one=error.one)
    if isinstance(error, Decided) or "truth value" in words:
        return f"Python decides {ast.unparse(value)} once, before it has a value", _CHOICE
    return words, "an equation is one formula of derive's and SymPy's functions (Piecewise for a choice)"
