"""Run files and cell files that are slightly wrong, as people and programs make them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

RUN = """\
cell = "rnn"
activations = {tanh = "sigmoid"}
x = [[0.5], [0.25], [-1.0]]
h0 = [0.1]
decimals = 3
names = {t = "k", columns = ["a", "b", "c"]}
language = "de"
title = "Ein Netz"
[weights]
weight_ih = [[0.1]]
weight_hh = [[2]]
bias_ih = ["1/3"]
[loss]
formula = "(h - y)^2/2"
y = [0, 0.5, 1]
[hand_table]
h = ["sigma(0.1)~0.5", "0.5", "0.3"]
[printed]
h = [0.5, 0.7, 0.75]
[[claims]]
approximation = "sigmoid(x) ~ x/4 + 1/2"
interval = [-4, 4]
"""

CELL = """\
from derive import cell, constant, linear, mean, scalar, sigmoid, tanh, vector
from sympy import Max, Piecewise, Symbol, exp, sqrt

@cell("Mine", source="nobody (2020)")
def mine(x, h, c, u: vector, a: scalar, gamma: constant = 0.5):
    i = sigmoid(linear(x) + linear(h) + u * c)
    f, g = sigmoid(linear(x, h)), tanh(linear(x, h))
    c = f * c + gamma * i * g
    m = mean(c)
    h = Piecewise((tanh(c) - m, a > 0), (exp(-c**2) * sqrt(1 + c**2), True))
    return h, c
"""

NUMBERS = [
    *("1e300", "-1e-300", "1e399", "1e401", "1e9999", "1e99999999999999999999", "nan", "-inf", "-0.0", "-1000000"),
    *("1e18", "-1e30", "9" * 399, "9" * 5000, "0x" + "f" * 20000, "0." + "3" * 500, "4.9e-324", "123456789.123456789"),
    *("true", "[]", "{}", '""', '"1/3"', '"1/0"', '"1e999999999/3"', '"1e9999 99999"', '"π"', '"١"', '"0x10"'),
    *('"1 1/2"', "[[1]]", "[" * 90 + "1" + "]" * 90, "1979-05-27", "07:32:00", "1_000", "100000", "0.125", "-3.5"),
]
TEXTS = [
    *(
        '""',
        '"\\u0000"',
        '"\\u202e"',
        '"💥"',
        f'"{"a" * 3000}"',
        '"$x$"',
        '"{}"',
        '"tahn"',
        '"lstm"',
        '"fr"',
        "5",
        "[]",
    ),
    *('"elu(alpha=1e99999)"', '"elu(alpha=-1e300)"', '"elu("', '"scaled_tanh(alpha=0)"', '"gelu"', '"relu"', '"tanh"'),
    *(
        '"((h^32)^32)^32"',
        '"1/(h-h)"',
        '"h/0"',
        '"9^9^9"',
        '"((9^32)^32)^32 * h"',
        '"h^3 - y"',
        '"h*1e300"',
        '"log(h)"',
    ),
    *('"tanh(x) ~ 1e9999*x"', '"tanh(x) ~ (((x+1)^32)^32)^32"', '"sigma(-1000000) ~ 0"', '"tanh(x) ~ 1/x"', '"~"'),
    *('"sigmoid(x) ~ hard_sigmoid(x)"', '"0.5"', '"-------h~1"', '"sigma(-1000000)~0"', '"1e401"', '"h=1"', '"-"'),
]
KEYS = ["cell", "x", "weights", "decimals", "hidden_size", "h0", "c0", "claims", "loss", "weight_ih", "y", "nonsense"]
CHARACTERS = "\t\"]['=#{},-e0\\💥\u202e"
FORMULAS = [
    *("1e99999999", "10**500", "9**9**9", "x**100", "(h**32)**32", "1/0", "float('nan')", "'text'", "None", "x > 0"),
    *("tanh(" * 90 + "linear(x)" + ")" * 90, "exp(exp(exp(exp(linear(x)))))", "*".join(["sigmoid(linear(h))"] * 100)),
    *("linear(1)", "linear(x, h, size='x')", "linear(linear(x))", "mean(linear(x))", "linear(x)[0]", "linear(x).foo"),
    *("tahn(x)", "linear(x) // 2", "max(linear(x), 0)", "Max(linear(x), 0)", "sigmoid()", "linear(x)*1e-300", "1j*c"),
    *("sum(tanh(c*k) for k in range(60))", "2**c", "Piecewise((c, c > 0))", "Symbol('q')", "1", "c", "lambda z: z"),
    *("tanh(c)", "sigmoid(linear(x, name='q')) * c", "c - exp(-(c**2))", "gamma * linear(h, name='q')", "2**3 * c / 7"),
]

_NUMBER = re.compile(r'(?<![\w".])-?\d+(?:\.\d+)?(?![\w."])')
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LIST = re.compile(r"\[[^\[\]\n]*\]")


def run_files(seed: int, count: int) -> Iterator[str]:
    """Mutations of a run file, one to three at a time."""
    return _mutations(RUN, [_number, _number, _number, _text, _text, _list, *_LINES, _key], seed, count)


def cell_files(seed: int, count: int) -> Iterator[str]:
    """Mutations of a file that defines a cell."""
    return _mutations(CELL, [_formula, _formula, _formula, _word, *_LINES], seed, count)


def _mutations(original, kinds, seed, count):
    draw = random.Random(seed)
    for _ in range(count):
        text = original
        for _ in range(draw.choice([1, 1, 2, 3])):
            text = draw.choice(kinds)(text, draw)
        yield text


def _replaced(pattern, text, draw, new):
    found = list(pattern.finditer(text))
    if not found:
        return text
    place = draw.choice(found)
    return text[: place.start()] + new(place[0]) + text[place.end() :]


def _number(text, draw):
    return _replaced(_NUMBER, text, draw, lambda _: draw.choice(NUMBERS))


def _text(text, draw):
    return _replaced(_TEXT, text, draw, lambda _: draw.choice(TEXTS))


def _list(text, draw):
    def new(old):
        items = [item.strip() for item in old[1:-1].split(",")]
        changed = draw.choice([items[:-1], items + items[:1], items * 40, [old], [], [f"[[[{old}]]]"]])
        return f"[{', '.join(changed)}]"

    return _replaced(_LIST, text, draw, new)


def _dropped_line(text, draw):
    lines = text.split("\n")
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def _doubled_line(text, draw):
    lines = text.split("\n")
    k = draw.randrange(len(lines))
    return "\n".join(lines[: k + 1] + lines[k:])


def _character(text, draw):
    k = draw.randrange(len(text))
    return text[:k] + draw.choice(CHARACTERS) + text[k + draw.choice([0, 1, 5]) :]


def _key(text, draw):
    lines = text.split("\n")
    k = draw.choice([k for k, line in enumerate(lines) if "=" in line] or [0])
    return "\n".join([*lines[:k], f"{draw.choice(KEYS)} = {lines[k].partition('=')[2]}", *lines[k + 1 :]])


def _formula(text, draw):
    return _replaced(
        re.compile(r"(?<=^    )[icmh] = .*$", re.M), text, draw, lambda old: old[:4] + draw.choice(FORMULAS)
    )


def _word(text, draw):
    words = sorted(set(re.findall(r"\b[a-z_]\w*\b", text)))
    others = [*words, "δ", "class", "W_x", "delta", "q__y", "_", "q" * 2000]
    return re.sub(rf"\b{draw.choice(words)}\b", draw.choice(others), text, count=draw.choice([0, 1]))


_LINES = [_dropped_line, _doubled_line, _character]
