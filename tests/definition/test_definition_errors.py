"""What is wrong with a user's file is said in one line that names the equation, its line and the remedy."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace

import pytest
from sympy import Eq, Symbol, evaluate
from user_files import define
from wrong_equations import EQUATIONS
from wrong_functions import FUNCTIONS

import derive
from derive import Cell, DefinitionError, DeriveError, linear
from derive.backends.torch.emit import generated_files
from derive.symbolic.activations import sigmoid, tanh

FIRST = 7  # the line of the first equation in a user's file
WRONG = EQUATIONS | FUNCTIONS


@pytest.mark.parametrize(
    ("state", "remedy"), [("h", "'h_prev' is no argument: name it h"), ("h_prev", "name the state h")]
)
def test_a_previous_value_is_told_its_name(state, remedy, tmp_path):
    with pytest.raises(DeriveError, match=remedy):
        define(tmp_path, "x, h_prev", f"{state} = tanh(linear(x, h_prev))", f"return {state}")


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"m": "a b"}, "sizes['m'] = 'a b': expected 'hidden_size', 'input_size' or 'proj_size', a name of yours"),
        ({"h": 3}, "sizes: unknown vector or further input 'h'. Known: m, u"),
        ({"a": 3}, "sizes: 'a' is a scalar, one number; vectors, fixed ones too, and inputs have a size"),
        ({"u": 1}, "sizes: 'u' is a vector of one number; write `u: scalar`"),
        (3, 'sizes is 3, expected a size by argument, such as {"dt": 1}'),
    ],
)
def test_sizes_of_arguments(sizes, words):
    with pytest.raises(DefinitionError, match=re.escape(words)):

        @derive.cell("Mine", sizes=sizes)
        def mine(x, h, m: derive.input, u: derive.vector, a: derive.scalar):
            h = tanh(linear(x, h, m) + u * a)
            return h


@pytest.mark.parametrize("what", WRONG)
def test_errors_name_the_equation_and_the_line(what, tmp_path):
    arguments, lines, at, subject, message, remedy = WRONG[what]
    with pytest.raises(DeriveError) as caught:
        define(tmp_path, arguments, *lines).adjoint()
    text = str(caught.value)
    assert text.startswith(subject)
    assert message in text
    assert remedy in text
    assert f", line {FIRST - 1 if at is None else FIRST + at})" in text
    assert "\n" not in text
    assert "h_prev" not in text


def test_lines_are_right_below_a_longer_decorator(tmp_path):
    path = tmp_path / "long.py"
    path.write_text(
        "from derive import *\n\n\n@cell(\n    'Mine',\n    source='a',\n)\ndef mine(\n    x,\n    h,\n):\n"
        "    '''Words.'''\n    # more words\n    h = tanh(linear(x) + k)\n    return h\n"
    )
    spec = importlib.util.spec_from_file_location("long", path)
    with pytest.raises(DefinitionError, match=r"equation 'h' \(long.py, line 14\): 'k' is not defined"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_an_unused_parameter_has_its_own_line(tmp_path):
    path = tmp_path / "unused.py"
    path.write_text(
        "from derive import *\n\n@cell('Mine')\ndef mine(\n    x,\n    h,\n    u: vector,\n):\n"
        "    h = tanh(linear(x, h))\n    return h\n"
    )
    spec = importlib.util.spec_from_file_location("unused", path)
    with pytest.raises(DefinitionError, match=r"\(unused.py, line 7\): parameter 'u' is never used"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_a_module_does_not_take_a_file_of_the_machinery(tmp_path):
    one = define(tmp_path, "x, h", "h = tanh(linear(x, h))", "return h")
    with pytest.raises(DefinitionError, match=r"cell 'checks'.*: checks.py is a file of the machinery; rename it"):
        generated_files([replace(one, name="checks")])


def test_equations_without_a_file_name_the_equation():
    x, h, q = Symbol("x"), Symbol("h"), Symbol("q")
    with pytest.raises(DefinitionError, match="equation 'h': 'q' is not defined yet; known here: x, h"):
        Cell.from_equations("mine", [Eq(h, tanh(linear(x) + q))], states=["h"])
    with pytest.raises(DefinitionError, match="cell 'mine': state 'c' is never assigned"):
        Cell.from_equations("mine", [Eq(h, tanh(linear(x)))], states=["h", "c"])


def test_both_ways_to_define_give_the_same_cell():
    x, h = Symbol("x"), Symbol("h")
    n, r, z = Symbol("n"), Symbol("r"), Symbol("z")
    with evaluate(False):
        listed = Cell.from_equations(
            "gru",
            [
                Eq(r, sigmoid(linear(x) + linear(h))),
                Eq(z, sigmoid(linear(x) + linear(h))),
                Eq(n, tanh(linear(x) + r * linear(h))),
                Eq(h, (1 - z) * n + z * h),
            ],
            states=["h"],
        )
    assert listed.statements == derive.gru.statements
    assert listed.latex() == derive.gru.latex()
