r"""Functions that a text defines, g(x) = \tanh(x), and which activation a formula is, 1/(1 + e^{-x}): by its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from derive.intake.latex.text.cuts import parted
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.grammar import Grammar
from derive.intake.latex.trees.tree import (
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    Total,
    name_of,
)

_AT = (-2.5, -0.75, 0.5, 1.25)
_PLAIN: Mapping[str, Callable[..., float]] = {
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs, "max": max, "min": min,
}  # fmt: skip
_KNOWN: Mapping[str, Callable[[float], float]] = {
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh, "relu": lambda a: max(a, 0.0),
    "softplus": lambda a: math.log1p(math.exp(a)), "identity": lambda a: a, "softsign": lambda a: a / (1 + abs(a)),
}  # fmt: skip


def recognised(node: Node, variable: Key) -> str:
    """The activation's name; "" where it is none of those that are known."""
    if isinstance(node, Call) and len(node.arguments) == 1 and isinstance(of := node.arguments[0], Letter):
        name = WORDS.get(node.function.base.lower(), "")
        return name if of.key == variable and name not in _PLAIN else ""
    if _is_softmax(node, variable):
        return "softmax"
    try:
        values = [_value(node, variable, at) for at in _AT]
    except (ValueError, ArithmeticError, KeyError, TypeError):
        return ""
    return next((n for n, f in _KNOWN.items() if all(map(math.isclose, values, map(f, _AT)))), "")


def _is_softmax(node: Node, variable: Key) -> bool:
    """Whether it is e^{z_m} / Σ_k e^{z_k} of the letter z_m."""
    match node:
        case Quotient(
            Call(Letter("exp"), (Letter() as above,)), Total(index, _, Call(Letter("exp"), (Letter() as below,)))
        ):
            is_other = index not in above.marks and above.marks[:-1] == below.marks[:-1] and index in below.marks
            return above.key == variable and above.base == below.base and is_other
    return False


def function_word(node: Node) -> str:
    """The function that a word by itself names, tanh; "" for anything else, and for one of several arguments."""
    is_word = isinstance(node, Letter) and node.time is None and len(node.base) > 1 and not node.label
    name = WORDS.get(node.base.lower(), "") if is_word and isinstance(node, Letter) else ""
    return "" if name in ("max", "min", "clip", "dot") else name


def _is_name(left: list[Token]) -> bool:
    """Whether no function of an argument stands on a left side."""
    return not any(t.text in ("(", "[") for t in left)


def defined(given: list[Token], time: str = "t") -> tuple[list[str], str]:
    """The functions that g(x) = h(x) = tanh(x) defines, or φ = tanh, and which activation they are; none where that is
    not known.

    Raises DefinitionError for what is no formula.
    """
    *lefts, right = parted(given, ("=",))
    if not lefts:
        return [], ""
    functions: list[str] = []
    variables: set[Key] = set()
    if (word := function_word(Grammar(right, (), time).read())) and all(map(_is_name, lefts)):
        alone = [Grammar(left, (), time).read() for left in lefts]
        if all(isinstance(f, Letter) and f.time is None and not function_word(f) for f in alone):
            return [name_of(f.key) for f in alone if isinstance(f, Letter)], word
        return [], ""
    for left in lefts:
        call = Grammar(left, (), time).read()
        if not (isinstance(call, Call) and len(call.arguments) == 1 and isinstance(of := call.arguments[0], Letter)):
            return [], ""
        if of.time is not None:
            return [], ""
        functions.append(name_of(call.function.key))
        variables.add(of.key)
    if len(variables) > 1:
        return [], ""
    return functions, recognised(Grammar(right, (), time).read(), variables.pop())


def _value(node: Node, variable: Key, at: float) -> float:
    def value(n: Node) -> float:
        return _value(n, variable, at)

    match node:
        case Numeral(text):
            return float(text)
        case Letter() if node.key == variable and node.time is None:
            return at
        case Sum(terms):
            return sum(s * value(t) for s, t in terms)
        case Product(factors):
            return math.prod(value(f) for _, f in factors)
        case Quotient(a, b):
            return value(a) / value(b)
        case Power(a, b):
            return float(value(a) ** value(b))
        case Call(function, arguments):
            word = WORDS[function.base.lower()]
            return (_PLAIN.get(word) or _KNOWN[word])(*map(value, arguments))
    raise KeyError(node)
