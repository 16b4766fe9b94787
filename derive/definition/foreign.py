"""What answers functions of arrays that are given a formula, in the author's lines and in functions that these call.

NumPy makes of a formula another one, without a word: the mean of a single thing is that thing. So while an equation is
evaluated, formulas tell NumPy and PyTorch, by the protocols that these ask, that they are none of their arrays; and
Python, where an author's line asks, that they are neither true nor equal to anything yet.
"""

from __future__ import annotations

import ast
import dis
import linecache
import operator
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from sympy import Expr

_lock = threading.RLock()

#: What a number of NumPy's may do with a formula.
_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "power": operator.pow,
}
_OF_ARRAYS = {*_ARITHMETIC, "sub", "mul", "div", "pow", "rsub", "rdiv", "rpow", "__rsub__", "__rdiv__", "__rpow__"}


class OfArrays(TypeError):
    """A function of another library's is called with a formula. name: of the function; library: its; one: whether with
    a single argument; beside_array: whether it is arithmetic with an array."""

    def __init__(self, library: str, function: Any, given: Any) -> None:
        self.name = getattr(function, "__name__", str(function)).strip("_")
        self.one = len(given) == 1
        self.beside_array = self.name in _OF_ARRAYS and any(map(is_array, given))
        super().__init__(f"{library}.{self.name} computes numbers")


class Decided(TypeError):
    """Python is to say whether a formula is true, or equal to something."""


def is_array(given: Any) -> bool:
    """Whether something is an array of NumPy's or PyTorch's, of several numbers."""
    ndim = getattr(given, "ndim", 0)
    return isinstance(ndim, int) and ndim > 0


@contextmanager
def formulas_alone() -> Iterator[None]:
    """Formulas refuse to be taken for arrays or decided; a number of NumPy's is a number."""
    with _lock:
        before = {name: vars(Expr)[name] for name in _HOOKS if name in vars(Expr)}
        for name, hook in _HOOKS.items():
            setattr(Expr, name, hook)
        try:
            yield
        finally:
            for name in _HOOKS:
                delattr(Expr, name)
            for name, hook in before.items():
                setattr(Expr, name, hook)


def _of_ufunc(_: Expr, function: Any, method: str, *given: Any, **__: Any) -> Any:
    plain = _ARITHMETIC.get(function.__name__) if method == "__call__" else None
    if plain is not None and not any(map(is_array, given)):
        return plain(*(a.item() if hasattr(a, "item") else a for a in given))
    raise OfArrays("numpy", function, given)


def _of_function(_: Expr, function: Any, __: Any, given: Any, named: Any) -> Any:
    raise OfArrays("numpy", function, (*given, *named))


def _as_array(_: Expr, *__: Any, **___: Any) -> Any:
    raise OfArrays("numpy", "array", (None,))


def _of_torch(_: Any, function: Any, __: Any, given: Any = (), named: Any = None) -> Any:
    raise OfArrays("torch", function, (*given, *(named or ())))


def _is_true(formula: Expr) -> bool:
    if _is_of_an_author(sys._getframe(1)):
        raise Decided
    return True


def _compared(before: Callable[[Expr, Any], Any]) -> Callable[[Expr, Any], Any]:
    """How formulas are compared, but by an author's == or !=; a dictionary may."""

    def compare(formula: Expr, other: Any) -> Any:
        frame = sys._getframe(1)
        if _is_of_an_author(frame) and dis.opname[frame.f_code.co_code[frame.f_lasti]] == "COMPARE_OP":
            raise Decided
        return before(formula, other)

    return compare


_HOOKS: dict[str, Any] = {
    "__bool__": _is_true,
    "__eq__": _compared(Expr.__eq__),
    "__ne__": _compared(Expr.__ne__),
    "__array_ufunc__": _of_ufunc,
    "__array_function__": _of_function,
    "__array__": _as_array,
    "__torch_function__": classmethod(_of_torch),
}


def called_below(error: Exception) -> tuple[ast.expr, Mapping[str, Any], str] | None:
    """Where an error came up in a function that the expression calls: what is evaluated there, what names mean there,
    and the words for the place. None where it did so in the expression itself, or in a library."""
    found: TracebackType | None = None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if Path(code.co_filename).is_file() and _is_of_an_author(trace.tb_frame) and code.co_name != "<module>":
            found = trace
        trace = trace.tb_next
    if found is None:
        return None
    frame, code = found.tb_frame, found.tb_frame.f_code
    line, last, column, end = next(islice(code.co_positions(), found.tb_lasti // 2, None))
    lines = linecache.getlines(code.co_filename)[(line or 1) - 1 : last]
    if not lines or column is None or end is None:
        return None
    lines[-1] = lines[-1].encode()[:end].decode()
    lines[0] = lines[0].encode()[column:].decode()
    try:
        node = ast.parse(f"({''.join(lines)})", mode="eval").body
    except SyntaxError:
        return None
    if isinstance(node, ast.Attribute):  # a method that is looked up
        node = ast.Call(node, [], [])
    name = "a lambda" if code.co_name == "<lambda>" else code.co_name
    return node, {**frame.f_globals, **frame.f_locals}, f"in {name}, line {line}"


def _is_of_an_author(frame: FrameType) -> bool:
    """Whether a frame is of none of the libraries: derive's own, SymPy's, what is installed."""
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    if package in ("derive", "sympy"):  # most of those that ask: SymPy compares formulas all the time
        return False
    return not {"site-packages", "dist-packages"}.intersection(Path(frame.f_code.co_filename).parts)
