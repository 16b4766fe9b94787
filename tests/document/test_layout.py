"""Where tables and formulas break, and what stays together."""

from __future__ import annotations

import re

from runs import random_run
from tables import fragment

from derive.document import values
from derive.document.columns import blocks
from derive.document.layout import aligned, broken
from derive.document.model import Chain
from derive.document.width import width
from derive.notation.page import ARTICLE


def test_a_wide_table_is_cut_into_even_blocks() -> None:
    assert blocks(20.0, [30.0] * 5, 5.0, limit=345.0) == [range(5)]
    assert blocks(20.0, [60.0] * 13, 5.0, limit=345.0) == [range(4), range(4, 7), range(7, 10), range(10, 13)]
    assert blocks(20.0, [60.0] * 8, 5.0, limit=345.0) == [range(4), range(4, 8)]
    assert blocks(20.0, [500.0] * 2, 5.0, limit=345.0) == [range(1), range(1, 2)]


def test_long_formulas_end_lines_before_signs_only() -> None:
    terms = [rf"0.{k}234 \cdot ({{-0.5}})" for k in range(1, 10)]
    formula = " + ".join(terms)
    lines = broken(formula, 150.0)
    assert " ".join(lines) == formula
    assert len(lines) > 3
    assert all(line.startswith("+ ") for line in lines[1:])
    assert all(width(line) <= 150.0 for line in lines)
    inside = broken(r"\left(" + formula + r"\right)", 150.0)  # nothing tall in it
    assert " ".join(inside) == f"({formula})"
    tall = broken(r"\tanh\left(" + formula + r" + \frac{1}{2}\right)", 150.0)
    assert " ".join(tall) == rf"\tanh\Bigl({formula} + \frac{{1}}{{2}}\Bigr)"
    assert all(width(line) <= 150.0 for line in [*inside, *tall])


def test_what_no_sign_makes_short_enough_is_cut_at_dots_and_fractions_go_on_the_line() -> None:
    product = r" \odot ".join(["a_{i, t}"] * 9)
    lines = broken(product, 150.0, dots=True)
    assert " ".join(lines).replace(" {}", "") == product
    assert len(lines) > 1
    assert broken(product, 150.0) == [product]
    fraction = rf"\frac{{{' + '.join(['a_{i, t}'] * 9)}}}{{\sqrt{{b}}}}"
    assert broken(fraction, 500.0) == [fraction]
    assert broken(fraction, 100.0)[0].startswith("(a_{i, t} + ")
    assert broken(fraction, 100.0)[-1].endswith(r") / (\sqrt{b})")
    cases = r"\begin{cases} a + b & \text{if } a > b \\ 0 & \text{otherwise} \end{cases}"
    assert broken(f"{cases} + {cases}", 120.0) == [cases, f"+ {cases}"]


def test_a_chain_is_one_line_where_it_fits() -> None:
    parts = [("=", r"f \odot c"), ("=", r"1 \cdot 0.5"), (r"\approx", "0.5")]
    assert aligned(Chain("c_{1}", tuple(parts)), ARTICLE.display) == [r"c_{1} &= f \odot c = 1 \cdot 0.5 \approx 0.5"]
    rows = aligned(Chain("c_{1}", (parts[0], ("=", " + ".join(["0.25"] * 16)), ("=", "4"))), ARTICLE.display)
    assert rows[0] == r"c_{1} &= f \odot c"
    assert rows[1].startswith("&= 0.25 + ")
    assert rows[-1].startswith(r"&\quad + 0.25")
    assert rows[-1].endswith(" = 4")


def test_a_value_stays_beside_what_gives_it() -> None:
    """The numbers go on the next line with their value where the value would stand there alone."""
    left, symbols = "c_{1}", ("=", r"f \odot c + i \odot g")
    numbers, value = ("=", r"1 \cdot 0.5"), (r"\approx", "0.5000")
    without_value = width(rf"c_{{1}} = {symbols[1]} = {numbers[1]}") + 5.0
    assert aligned(Chain(left, (symbols, numbers, value)), without_value) == [
        r"c_{1} &= f \odot c + i \odot g",
        r"&= 1 \cdot 0.5 \approx 0.5000",
    ]
    # what is followed by more than the value waits for nothing
    assert aligned(Chain(left, (symbols, numbers, ("=", "1 - 0.5"), value)), without_value) == [
        r"c_{1} &= f \odot c + i \odot g = 1 \cdot 0.5",
        r"&= 1 - 0.5 \approx 0.5000",
    ]


def test_the_states_stand_below_the_gates() -> None:
    """c_t is computed before o_t here."""
    text = fragment(values.values, random_run("peephole_lstm", units=1, inputs=1))
    groups = text.partition(r"\midrule")[2].split(r"\addlinespace")
    assert [re.findall(r"^\$(\w)_", group, re.MULTILINE) for group in groups] == [["x"], list("ifgo"), list("ch")]
