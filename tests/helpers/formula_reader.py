"""A reader of printed formulas, LaTeX or unicode, that knows nothing of the package: it gives their value by mpmath."""

from __future__ import annotations

import re

import mpmath
from mpmath import mpf

DIGITS = 60
FUNCTIONS = {
    "σ": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "ReLU": lambda x: max(x, mpf(0)),
    "hardtanh": lambda x: max(mpf(-1), min(mpf(1), x)),
    "hardσ": lambda x: max(mpf(0), min(mpf(1), x / 6 + mpf(1) / 2)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "SiLU": lambda x: x / (1 + mpmath.exp(-x)),
    "GELU": lambda x: x * (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2,
    "ELU": lambda x: x if x > 0 else mpmath.exp(x) - 1,
    "log": mpmath.log,
    "exp": mpmath.exp,
    "e": mpmath.exp,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "√": mpmath.sqrt,
    "max": max,
    "min": min,
    "erf": mpmath.erf,
    "mean": lambda *x: sum(x) / len(x),
}
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\\[A-Za-z]+|[A-Za-zσ]+|π|[-+/^(){},|√·−×]")
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value(text):
    """The value of a formula with numbers."""
    with mpmath.workdps(DIGITS):
        reader = _Reader(_tokens(text))
        found = reader.sum()
        assert not reader.tokens, f"{text}: {reader.tokens[::-1]} is left over"
        return found


def _tokens(text):
    text = re.sub(r"\\(?:left|right|Bigl|Bigr|mathit)(?![A-Za-z])", "", text).replace("{-}", "-")
    text = re.sub(r"\\operatorname\{(\\?)([A-Za-z]+)(?:\\sigma)?\}", lambda m: _operator(m[0]), text)
    text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"^({m[0].translate(_SUPERSCRIPTS)})", text)
    swaps = {
        r"\sigma": "σ",
        r"\tanh": "tanh",
        r"\max": "max",
        r"\min": "min",
        r"\log": "log",
        r"\exp": "exp",
        r"\cdot": "·",
    }
    swaps |= {r"\pi": "π", r"\times": "·", r"\sin": "sin", r"\cos": "cos", "−": "-", "×": "·"}
    return [swaps.get(t, t) for t in _TOKEN.findall(text)][::-1]


def _operator(text):
    return text[len(r"\operatorname{") : -1].replace(r"\sigma", "σ")


class _Reader:
    """Recursive descent; a group in braces counts as one in parentheses."""

    def __init__(self, tokens):
        self.tokens = tokens

    def next(self, *wanted):
        if self.tokens and (not wanted or self.tokens[-1] in wanted):
            return self.tokens.pop()
        return None

    def sum(self):
        total = -self.product() if self.next("-") else self.product()
        while sign := self.next("+", "-"):
            total += self.product() if sign == "+" else -self.product()
        return total

    def product(self):
        total = self.power()
        while sign := self.next("·", "/"):
            total = total * self.power() if sign == "·" else total / self.power()
        return total

    def power(self):
        base = self.atom()
        return base ** self.group() if self.next("^") else base

    def group(self):
        opening = self.next("(", "{")
        assert opening, self.tokens[::-1]
        inner = self.sum()
        assert self.next(")" if opening == "(" else "}"), self.tokens[::-1]
        return inner

    def atom(self):
        if self.tokens[-1] in ("(", "{"):
            return self.group()
        token = self.next()
        if token[0].isdigit():
            return mpf(token)
        if token == "-":
            return -self.power()
        if token == "π":
            return +mpmath.pi
        if token == "|":
            inner = self.sum()
            assert self.next("|")
            return abs(inner)
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return mpmath.sqrt(self.group())
        self.next("^") if token == "e" else None
        return FUNCTIONS[token](*self.arguments())

    def arguments(self):
        closing = {"(": ")", "{": "}"}[self.next("(", "{")]
        found = [self.sum()]
        while self.next(","):
            found.append(self.sum())
        assert self.next(closing)
        return found
