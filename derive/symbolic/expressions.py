"""Expressions in the author's order: building and rewriting SymPy trees without evaluating them.

SymPy sorts the terms of sums and products when it evaluates them. A cell's formulas are built under
``sympy.evaluate(False)`` and only ever rewritten by the functions here, so ``f*c + i*g`` stays ``f*c + i*g``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Add, Atom, Basic, Expr, Float, Mul, Number, Pow, Rational, Symbol, Tuple, log
from sympy import tanh as sympy_tanh
from sympy.core.symbol import Str
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom

from derive.errors import DefinitionError, DeriveError
from derive.exact.numeral import exact_rational
from derive.symbolic.activations import tanh
from derive.symbolic.size import check_size

HIDDEN, INPUT, PROJ = "hidden_size", "input_size", "proj_size"


class LinearNode(Expr):
    """An affine map in a definition, before its weights have names: see ``linear``."""

    is_commutative = True

    operands = property(lambda self: tuple(self.args[0]))
    bias = property(lambda self: self.args[1] == Str("bias"))
    label = property(lambda self: self.args[2].name)
    size = property(lambda self: self.args[3].name)
    weight = property(lambda self: self.args[4].name)

    def _sympystr(self, printer: Any) -> str:
        return f"linear({', '.join(printer._print(o) for o in self.operands)})"


class MeanNode(Expr):
    """The mean over the units of one or several quantities: see ``mean``."""

    is_commutative = True
    over_units = True  # one number for all units

    operands = property(lambda self: tuple(self.args))

    def _sympystr(self, printer: Any) -> str:
        return f"mean({', '.join(printer._print(o) for o in self.operands)})"


class Transposed(Expr):
    """The transpose of a weight, in the equations that people read."""

    is_commutative = True


#: How the matrix that multiplies may depend on the one that is stored. V is the stored one.
WEIGHT_FORMS = ("full", "antisymmetric")


def linear(*operands: Expr, bias: bool = True, name: str = "", size: str = HIDDEN, weight: str = "full") -> LinearNode:
    """An affine map of the operands: ``linear(x)`` is W x + b, ``linear(x, h)`` is W x + W' h + b.

    Its weights take their names from the equation in which it stands (W_ii, W_hi, b_i, ... in equation i).

    operands: quantities, or products of them such as ``r*h``; each gets a weight matrix of its own.
    bias: whether a bias vector is added.
    name: a name for the weights (``"hr"``: W_hr, b_hr); the same name again is the same weights.
    size: the number of rows: "hidden_size", "input_size" or "proj_size".
    weight: "full", or "antisymmetric": V - V^T for a stored square V.

    Raises DefinitionError for no operands, an operand that is no formula, a name that is no identifier, a bias that is
    neither True nor False, an unknown size or form of weight.
    """
    _check_operands("linear", operands)
    if not isinstance(bias, bool):
        raise DefinitionError(f"linear(bias={bias!r}): expected True or False")
    if not isinstance(name, str) or not (name.isidentifier() or name == ""):
        raise DefinitionError(f"linear(name={name!r}): expected a name of letters, digits and _, such as 'skip'")
    if size not in (HIDDEN, INPUT, PROJ):
        raise DefinitionError(f"linear(size={size!r}): expected 'hidden_size', 'input_size' or 'proj_size'")
    if weight not in WEIGHT_FORMS:
        raise DefinitionError(f"linear(weight={weight!r}): expected 'full' or 'antisymmetric'")
    return LinearNode(Tuple(*operands), Str("bias" if bias else ""), Str(name), Str(size), Str(weight))


def mean(*operands: Expr) -> MeanNode:
    """The mean over the hidden units of the operands, taken jointly; the same number for every unit."""
    _check_operands("mean", operands)
    return MeanNode(*operands)


def _check_operands(function: str, operands: tuple[Any, ...]) -> None:
    example = {"linear": "linear(x, h)", "mean": "mean(a)"}[function]
    if not operands:
        raise DefinitionError(f"{function}() needs at least one operand, such as {example}")
    for operand in operands:
        if not isinstance(operand, Expr) or operand.is_number:
            kind = "number" if isinstance(operand, (Expr, int, float)) else type(operand).__name__
            raise DefinitionError(f"{function}() of a {kind}; expected quantities, such as {example}")


def rebuild(node: Basic, args: list[Basic]) -> Basic:
    """The same node over other arguments, unevaluated and in the given order."""
    return node if list(node.args) == args else _build(node.func, args)


def _build(func: Any, args: list[Any]) -> Any:
    if func in (ExprCondPair, Tuple, LinearNode, MeanNode, Transposed, Str):
        return func(*args)
    return func(*args, evaluate=False)


def taken_apart(node: Any) -> Any:
    """A tree as nested (class, arguments), for pickle: SymPy's own pickles have SymPy's order of terms."""
    return node if isinstance(node, Atom) else (node.func, *map(taken_apart, node.args))


def put_together(parts: Any) -> Any:
    """The tree that was taken apart."""
    return _build(parts[0], [put_together(p) for p in parts[1:]]) if isinstance(parts, tuple) else parts


def rewrite(node: Basic, rule: Callable[[Basic], Basic | None]) -> Any:
    """Rewrite a tree from the leaves up; ``rule`` gives the replacement of a node, or None to keep it."""
    args = [rewrite(a, rule) for a in node.args]
    node = rebuild(node, args) if args else node
    replaced = rule(node)
    return node if replaced is None else replaced


def replace(expr: Basic, mapping: dict[Any, Any]) -> Any:
    """Substitute nodes exactly, unevaluated: terms keep their places."""
    return rewrite(expr, mapping.get) if mapping else expr


def tidy(expr: Basic) -> Any:
    """An expression as typed, with nested sums and products flattened and decimals made exact rationals.

    SymPy's own tanh becomes ours, which knows its range and how PyTorch spells it; a logarithm to another base, which
    SymPy prints without the base, a fraction. Raises DeriveError for an expression too large to calculate with.
    """
    check_size(expr)

    def rule(node: Basic) -> Basic | None:
        if isinstance(node, sympy_tanh):
            return tanh(*node.args, evaluate=False)
        if isinstance(node, log) and len(node.args) == 2:
            above, below = (log(a, evaluate=False) for a in node.args)
            return Mul(above, Pow(below, -1, evaluate=False), evaluate=False)
        if isinstance(node, Float):
            return exact_rational(node)
        if isinstance(node, Pow) and all(isinstance(a, Number) for a in node.args) and node.exp == -1:
            return Rational(1) / node.base
        if isinstance(node, (Add, Mul)):
            flat: list[Basic] = []
            for a in node.args:
                flat.extend(a.args if isinstance(a, node.func) else [a])
            return ordered(node.func, flat)
        return None

    return rewrite(expr, rule)


def ordered(operation: type, args: list[Any]) -> Any:
    """A sum or product of the arguments in this order; of one argument, the argument."""
    return args[0] if len(args) == 1 else operation(*args, evaluate=False)


def applied(function: Callable[[Any], Any], x: Expr, what: str) -> Any:
    """What a caller's own function gives for x. Raises DeriveError, saying what it was given for, where it fails."""
    try:
        return function(x)
    except DeriveError:
        raise
    except Exception as e:  # whatever a stranger's Python meets
        name = getattr(function, "__name__", repr(function))
        raise DeriveError(
            f"{what}: {name} fails on a SymPy expression with {type(e).__name__}: {e};"
            " expected a function of one expression, such as lambda z: z / (1 + z**2)"
        ) from e


def symbols_in_order(expr: Basic) -> Iterator[Symbol]:
    """The symbols of an expression from left to right, each once."""
    seen: set[Symbol] = set()

    def walk(node: Basic) -> Iterator[Symbol]:
        if isinstance(node, Symbol):
            if node not in seen:
                seen.add(node)
                yield node
        elif not isinstance(node, BooleanAtom):
            for a in node.args:
                yield from walk(a)

    return walk(expr)
