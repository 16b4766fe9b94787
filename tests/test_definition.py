"""What is wrong with a user's file is said in one line that names the equation, its line and the remedy."""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import replace

import pytest
from sympy import Eq, Symbol, evaluate

import derive
from derive import Cell, DefinitionError, DeriveError, linear
from derive.backends.torch.emit import generated_files
from derive.cells.load import load_cell
from derive.symbolic.activations import sigmoid, tanh

FIRST = 6  # the line of the first equation in a user's file
COUNTER = itertools.count()


def define(folder, arguments, *lines):
    """The cell that a user's file defines."""
    path = folder / f"cells{next(COUNTER)}.py"
    text = [
        "from derive import *",
        "from sympy import Piecewise, Symbol, exp",
        "",
        '@cell("Mine")',
        f"def mine({arguments}):",
    ]
    path.write_text("\n".join([*text, *(f"    {line}" for line in lines), ""]))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mine


#: (arguments, lines, the line at fault counted from the first equation, or None for the def, words of the message)
WRONG = {
    "sizes": (
        "x, h", ["a = sigmoid(linear(h))", "h = a + x", "return h"], 1,
        "equation 'h'", "a has hidden_size units and x has input_size", "linear(..., size=...)",
    ),
    "sizes of maps": (
        "x, h", ["h = tanh(linear(x) + linear(h, size='input_size'))", "return h"], 0,
        "equation 'h'", "linear(x) has hidden_size units and linear(h) has input_size", "the same size=",
    ),
    "sizes within a formula": (
        "x, h", ["h = tanh(linear(h)) * x * sigmoid(linear(x))", "return h"], 0,
        "equation 'h'", "tanh(linear(h)) has hidden_size units and x has input_size", "linear(..., size=...)",
    ),
    "two operands of the input's size": (
        "x, h", ["q = linear(h, size='input_size')", "h = tanh(linear(x, q))", "return h"], 1,
        "equation 'h'", "two operands of linear(x, q) would share the weight W_ih", "a linear(...) of its own",
    ),
    "state of another size": (
        "x, h, q", ["h = tanh(linear(x) + linear(q))", "q = x", "return h, q"], 1,
        "equation 'q'", "a state has hidden_size units and this has input_size", "linear(...)",
    ),
    "number for a state": (
        "x, h, c", ["h = tanh(linear(x, c))", "c = 3", "return h, c"], 1,
        "equation 'c'", "a state has hidden_size units and this has 1", "linear(...)",
    ),
    "rectangular antisymmetric weight": (
        "x, h", ["h = tanh(linear(x, weight='antisymmetric') + linear(h))", "return h"], 0,
        "equation 'h'", "maps input_size to hidden_size", "square",
    ),
    "undefined": (
        "x, h", ["h = tanh(linear(x) + k * h)", "return h"], 0,
        "equation 'h'", "'k' is not defined", "known here: x, h",
    ),
    "misspelt": (
        "x, h", ["h = tahn(linear(x) + linear(h))", "return h"], 0,
        "equation 'h'", "'tahn' is not defined", "did you mean 'tanh'?",
    ),
    "too early": (
        "x, h", ["h = tanh(linear(x) + z * h)", "z = sigmoid(linear(x))", "return h"], 0,
        "equation 'h'", "'z' is not defined before its own equation", "known here: x, h",
    ),
    "cyclic": (
        "x, h", ["z = sigmoid(linear(x) + z)", "h = z * h", "return h"], 0,
        "equation 'z'", "'z' is not defined before its own equation", "known here: x, h",
    ),
    "foreign symbol": (
        "x, h", ["h = tanh(linear(x) + Symbol('q'))", "return h"], 0,
        "equation 'h'", "'q' is not defined yet", "known here: x, h",
    ),
    "state twice": (
        "x, h, c", ["c = tanh(linear(x))", "c = c * sigmoid(linear(h))", "h = tanh(c)", "return h, c"], 1,
        "equation 'c'", "'c' is assigned twice", "each name has one equation",
    ),
    "parameter assigned": (
        "x, h, u: vector", ["u = 2 * u", "h = tanh(linear(x) + u * h)", "return h"], 0,
        "equation 'u'", "'u' is the name of an input, a parameter or a previous state", "choose another",
    ),
    "name of a weight": (
        "x, h", ["W_ih = sigmoid(linear(x))", "h = W_ih * h", "return h"], 0,
        "equation 'W_ih'", "is a name that weights and biases have", "choose another",
    ),
    "map of a scalar": (
        "x, h, alpha: scalar", ["h = tanh(linear(x) + linear(alpha))", "return h"], 0,
        "equation 'h'", "linear(alpha) is an affine map of a scalar", "multiply by it",
    ),
    "map of a mean": (
        "x, h", ["h = tanh(linear(x) + linear(mean(h)))", "return h"], 0,
        "equation 'h'", "linear(mean(h)) is an affine map of a scalar", "multiply by it",
    ),
    "map of a map": (
        "x, h", ["h = tanh(linear(linear(x)) + h)", "return h"], 0,
        "equation 'h'", "linear(linear(x)) maps a map", "its own equation",
    ),
    "same map twice": (
        "x, h", ["h = tanh(linear(x) * linear(x) + linear(h))", "return h"], 0,
        "equation 'h'", "the same linear(...) stands twice", "name='a'",
    ),
    "two maps of one quantity": (
        "x, h", ["h = tanh(linear(x) + linear(h) * linear(h, bias=False))", "return h"], 0,
        "equation 'h'", "two affine maps of h;", "name='a'",
    ),
    "one name for two maps": (
        "x, h", ["a = linear(x, name='k')", "b = linear(h, name='k')", "h = tanh(a + b)", "return h"], 1,
        "equation 'b'", "W_k is hidden_size×hidden_size here and hidden_size×input_size elsewhere", "name=",
    ),
    "map of nothing": (
        "x, h", ["h = tanh(linear())", "return h"], 0,
        "equation 'h'", "linear() needs at least one operand", "linear(x, h)",
    ),
    "unknown size": (
        "x, h", ["h = tanh(linear(x, size='hidden'))", "return h"], 0,
        "equation 'h'", "linear(size='hidden')", "expected 'hidden_size', 'input_size' or 'proj_size'",
    ),
    "unknown keyword": (
        "x, h", ["h = tanh(linear(x, biass=False))", "return h"], 0,
        "equation 'h'", "unexpected keyword argument 'biass'", "",
    ),
    "wrong number of arguments": (
        "x, h", ["h = tanh(linear(x), h)", "return h"], 0,
        "equation 'h'", "tanh takes (x); 2 arguments were given", "",
    ),
    "python's choice": (
        "x, h", ["h = tanh(linear(x)) if h > 0 else h", "return h"], 0,
        "equation 'h'", "truth value", "Piecewise",
    ),
    "a string": (
        "x, h", ["h = 'tanh(x)'", "return h"], 0,
        "equation 'h'", "'tanh(x)' is not an expression", "write the formula itself",
    ),
    "division by zero": (
        "x, h", ["h = tanh(linear(x)) / 0", "return h"], 0,
        "equation 'h'", "the formula is not finite", "division by zero",
    ),
    "SymPy's function": (
        "x, h", ["h = Max(linear(x), linear(h))", "return h"], 0,
        "equation 'h'", "'Max' is not defined", "from sympy import Max",
    ),
    "division in Python": (
        "x, h", ["h = tanh(linear(x)) * (1 / 0)", "return h"], 0,
        "equation 'h'", "ZeroDivisionError: division by zero", "cannot be evaluated",
    ),
    "name of a derivative": (
        "x, h", ["d_h = linear(x)", "h = tanh(h + d_h)", "return h"], 0,
        "equation 'd_h'", "'d_h' prints as δhₜ, a derivative of the backward equations", "choose another",
    ),
    "delta": (
        "x, h, delta: constant = 0.1", ["h = h + delta * tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "'delta' prints as δ, a derivative", "choose another",
    ),
    "sigma": (
        "x, h", ["sigma = sigmoid(linear(x))", "h = sigma * h", "return h"], 0,
        "equation 'sigma'", "'sigma' prints as σₜ, the logistic function", "choose another",
    ),
    "number of units": (
        "x, h, N: vector", ["h = tanh(linear(x) + N * h)", "return h"], None,
        "cell 'mine'", "'N' prints as N, a number of units", "choose another",
    ),
    "e": (
        "x, h, e: scalar", ["h = tanh(linear(x) + e * h)", "return h"], None,
        "cell 'mine'", "'e' prints as e, the number", "choose another",
    ),
    "bias of t": (
        "x, h", ["t = sigmoid(linear(x, h))", "h = t * h", "return h"], 0,
        "equation 't'", "'b_t' prints as b_t, the quantity b at time t", "choose another",
    ),
    "names that look alike": (
        "x, h", ["h1 = tanh(linear(x))", "h_1 = tanh(linear(h))", "h = h1 * h_1", "return h"], 1,
        "equation 'h_1'", "'h_1' and 'h1' look alike in print", "choose another",
    ),
    "unused parameter": (
        "x, h, u: vector", ["h = tanh(linear(x) + linear(h))", "return h"], None,
        "cell 'mine'", "parameter 'u' is never used", "use it or drop it",
    ),
    "unused equation": (
        "x, h", ["z = sigmoid(linear(x))", "h = tanh(linear(x) + linear(h))", "return h"], 0,
        "equation 'z'", "'z' is never used", "use it or drop the equation",
    ),
    "unused input": (
        "x, h", ["h = tanh(linear(h))", "return h"], None,
        "cell 'mine'", "the input 'x' is never used", "linear(x)",
    ),
    "state never assigned": (
        "x, h, c", ["h = tanh(linear(x) + linear(c))", "return h, c"], None,
        "cell 'mine'", "state 'c' is never assigned", "add an equation c = ...",
    ),
    "state that is no argument": (
        "x, h", ["c = tanh(linear(x) + linear(h))", "h = tanh(c)", "return h, c"], None,
        "cell 'mine'", "state 'c' is returned but is no argument", "add it after the input",
    ),
    "argument not returned": (
        "x, h, c", ["h = tanh(linear(x) + linear(h) + c)", "return h"], None,
        "cell 'mine'", "argument 'c' is not returned", "`c: vector`",
    ),
    "no return": (
        "x, h", ["h = tanh(linear(x) + linear(h))"], 0,
        "cell 'mine'", "the last line has to return the states by name", "`return h, c`",
    ),
    "formula returned": (
        "x, h", ["return tanh(linear(x) + linear(h))"], 0,
        "cell 'mine'", "the last line has to return the states by name", "`return h, c`",
    ),
    "no arguments": (
        "", ["return h"], None,
        "cell 'mine'", "no arguments", "the first is the input",
    ),
    "a statement": (
        "x, h", ["if True:", "    h = tanh(linear(x))", "return h"], 0,
        "cell 'mine'", "expected `name = expression`", "a choice is a Piecewise, a loop is written out",
    ),
    "augmented assignment": (
        "x, h", ["h += tanh(linear(x))", "return h"], 0,
        "cell 'mine'", "expected `name = expression`", "a cell is its equations and a return",
    ),
    "two targets": (
        "x, h", ["a = b = linear(x)", "h = tanh(a)", "return h"], 0,
        "equation 'a = b'", "expected one plain name on the left", "",
    ),
    "one expression for two names": (
        "x, h", ["a, b = linear(x)", "h = tanh(a)", "return h"], 0,
        "equation 'a, b'", "several and as many expressions", "`i, f = ..., ...`",
    ),
    "three expressions for two names": (
        "x, h", ["a, b = linear(x), h, h", "h = tanh(a)", "return h"], 0,
        "equation 'a, b'", "several and as many expressions", "`i, f = ..., ...`",
    ),
    "a name of an element": (
        "x, h", ["a, b[0] = linear(x), h", "h = tanh(a)", "return h"], 0,
        "equation 'a, b[0]'", "expected one plain name on the left", "",
    ),
    "names in brackets": (
        "x, h", ["(a, b), d = (linear(x), h), h", "h = tanh(a)", "return h"], 0,
        "equation '(a, b), d'", "several and as many expressions", "",
    ),
    "a star on the left": (
        "x, h", ["a, *b = linear(x), h", "h = tanh(a)", "return h"], 0,
        "equation 'a, *b'", "several and as many expressions", "",
    ),
    "a star on the right": (
        "x, h", ["a, b = h, *(linear(x),)", "h = tanh(a) + b", "return h"], 0,
        "equation 'b'", "starred expression", "cannot be evaluated as Python",
    ),
    "no name": (
        "x, h", ["() = ()", "h = tanh(linear(x, h))", "return h"], 0,
        "equation '()'", "expected one plain name on the left", "",
    ),
    "a generator for two names": (
        "x, h", ["a, b = (linear(x) for _ in range(2))", "h = tanh(a) + b", "return h"], 0,
        "equation 'a, b'", "several and as many expressions", "",
    ),
    "a generator": (
        "x, h", ["h = (linear(x) for _ in range(2))", "return h"], 0,
        "equation 'h'", "(linear(x) for _ in range(2)) is not an expression", "write the formula itself",
    ),
    "a yield": (
        "x, h", ["h = yield linear(x)", "return h"], 0,
        "equation 'h'", "'yield'", "cannot be evaluated as Python",
    ),
    "a name twice in a line": (
        "x, h", ["a, a = linear(x), h", "h = tanh(a)", "return h"], 0,
        "equation 'a'", "'a' is assigned twice", "each name has one equation",
    ),
    "a name of the same line": (
        "x, h", ["a, b = linear(x), a * h", "h = tanh(b)", "return h"], 0,
        "equation 'b'", "'a' is not defined before its own equation", "known here: x, h",
    ),
    "the second expression of a statement of several lines": (
        "x, h", ["a, b = (", "    linear(x),", "    x * h,", ")", "h = tanh(a) + b", "return h"], 2,
        "equation 'b'", "x has input_size units and h has hidden_size", "linear(..., size=...)",
    ),
    "constant without a number": (
        "x, h, gamma: constant", ["h = tanh(linear(x) + gamma * h)", "return h"], None,
        "cell 'mine'", "constant 'gamma' needs a default", "`gamma: constant = 1.0`",
    ),
    "constant that is no number": (
        "x, h, gamma: constant = 'a'", ["h = tanh(linear(x) + gamma * h)", "return h"], None,
        "cell 'mine'", "the default of 'gamma' is 'a'", "expected a number",
    ),
    "unknown kind of parameter": (
        "x, h, u: str", ["h = tanh(linear(x) + u * h)", "return h"], None,
        "cell 'mine'", "parameter 'u' is annotated 'str'", "expected vector, scalar or constant",
    ),
    "annotated input": (
        "x: vector, h", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "the first argument, 'x', is the input", "no annotation",
    ),
    "annotated state": (
        "x, h: vector", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "'h' is returned, so it is a state", "no annotation",
    ),
    "default of a state": (
        "x, h=0", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "'h' is returned, so it is a state", "no default",
    ),
    "keyword argument": (
        "x, h, *, u: vector", ["h = tanh(linear(x) + u * h)", "return h"], None,
        "cell 'mine'", "argument 'u' is not a plain one", "write no *",
    ),
    "many arguments": (
        "x, h, *states", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "argument 'states' is not a plain one", "write no *",
    ),
    "a state returned twice": (
        "x, h", ["h = tanh(linear(x, h))", "return h, h"], 1,
        "cell 'mine'", "state 'h' is returned twice", "return each once",
    ),
    "an early return": (
        "x, h", ["return h", "h = tanh(linear(x, h))", "return h"], 0,
        "cell 'mine'", "expected `name = expression`", "a cell is its equations and a return",
    ),
    "a previous value that is no state": (
        "x, h", ["z = sigmoid(linear(x, h))", "h = z * tanh(linear(x) + z_prev)", "return h"], 1,
        "equation 'h'", "'z", "a state's name is its previous value",
    ),
    "a truth value": (
        "x, h", ["h = True", "return h"], 0,
        "equation 'h'", "True is not an expression", "write the formula itself",
    ),
    "a complex number": (
        "x, h", ["h = tanh(linear(x, h)) * 1j", "return h"], 0,
        "equation 'h'", "the formula is not real", "real numbers only",
    ),
    "a choice without otherwise": (
        "x, h", ["h = Piecewise((tanh(linear(x)), h > 0))", "return h"], 0,
        "equation 'h'", "a Piecewise has no value where no condition holds", "(value, True)",
    ),
    "map of a list": (
        "x, h", ["h = tanh(linear([x, h]))", "return h"], 0,
        "equation 'h'", "linear() of a list", "linear(x, h)",
    ),
    "map of a string": (
        "x, h", ["h = tanh(linear('x', h))", "return h"], 0,
        "equation 'h'", "linear() of a str", "linear(x, h)",
    ),
    "mean of a number": (
        "x, h", ["h = tanh(linear(x, h)) - mean(3)", "return h"], 0,
        "equation 'h'", "mean() of a number", "mean(a)",
    ),
    "a name that is none": (
        "x, h", ["h = tanh(linear(x, h, name='a b'))", "return h"], 0,
        "equation 'h'", "linear(name='a b')", "letters, digits and _",
    ),
    "a bias that is a word": (
        "x, h", ["h = tanh(linear(x, h, bias='no'))", "return h"], 0,
        "equation 'h'", "linear(bias='no')", "True or False",
    ),
    "a Greek letter": (
        "x, h", ["θ = sigmoid(linear(x, h))", "h = θ * h", "return h"], 0,
        "equation 'θ'", "'θ' has a letter that modules and LaTeX have not", "theta",
    ),
    "a subscript of nothing": (
        "x, h", ["_z = sigmoid(linear(x, h))", "h = _z * h", "return h"], 0,
        "equation '_z'", "'_z' has a subscript of nothing", "write a letter before each _",
    ),
    "a derivative that is not known": (
        "x, h", ["h = tanh(linear(x, h)) % 2", "return h"], 0,
        "equation 'h'", "the derivative of Mod(tanh_a_h, 2) (Mod) is not known", "define an Activation",
    ),
}  # fmt: skip


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


#: (a whole file below its import, what is said)
FILES = {
    "no title": ("@cell\ndef mine(x, h):\n    return h\n", ", line 2: @cell is given 'mine'; it wants a title"),
    "unknown keyword": (
        "@cell('Mine', sauce='me')\ndef mine(x, h):\n    return h\n",
        ", line 2: @cell: unknown keyword 'sauce'; did you mean 'source'?",
    ),
    "a class": ("@cell('Mine')\nclass Mine:\n    pass\n", ", line 2: @cell stands before 'Mine'; it wants a plain"),
    "a lambda": ("mine = cell('Mine')(lambda x, h: h)\n", "line 2): @cell wants a plain function"),
    "another decorator": (
        "def twice(f):\n    return lambda *a: f(*a)\n@cell('Mine')\n@twice\ndef mine(x, h):\n    return h\n",
        "line 3): @cell wants a plain function: `def my_cell(x, h):`, with no other decorator",
    ),
    "two of one name": (
        2 * "@cell('Mine')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        ", line 7: 'mine' is defined on line 3 already; rename one",
    ),
    "no class": (
        "@cell('Mine', class_name='my cell')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'my cell' cannot name a class",
    ),
    "a name of the module": (
        "@cell('Mine')\ndef f(x, h):\n    h = tanh(linear(x, h))\n    return h\n", "class_name 'F' cannot name a class",
    ),
    "the name of torch": (
        "@cell('Mine', class_name='torch')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'torch' cannot name a class",
    ),
    "a name of the machinery": (
        "@cell('Mine', class_name='outer')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'outer' cannot name a class",
    ),
    "an exit": ("import sys\nsys.exit(7)\n", ", line 3 cannot be loaded: SystemExit: 7"),
    "a missing module": ("import no_such_module\n", ", line 2 cannot be loaded: ModuleNotFoundError"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_loaded_is_answered_with_its_line(what, tmp_path):
    text, message = FILES[what]
    path = tmp_path / "mine.py"
    path.write_text("from derive import *\n" + text)
    with pytest.raises(DeriveError) as caught:
        load_cell(str(path))
    assert message in str(caught.value)
    assert "mine.py" in str(caught.value)


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


# ---------------------------------------------------------------------- what definitions may say


def test_several_equations_may_stand_in_one_line(tmp_path):
    apart = define(tmp_path, "x, h, c", "i = sigmoid(linear(x) + linear(h))", "f = sigmoid(linear(x))",
                   "c = f * c + i", "h = tanh(c)", "return h, c")  # fmt: skip
    together = define(tmp_path, "x, h, c", "i, f = sigmoid(linear(x) + linear(h)), sigmoid(linear(x))",
                      "c = f * c + i", "h = tanh(c)", "return h, c")  # fmt: skip
    assert together.latex() == apart.latex()


def test_a_definition_may_stand_in_a_function_with_lines_at_the_margin(tmp_path):
    path = tmp_path / "indented.py"
    path.write_text("""from derive import *
def make():
    @cell("Mine")
    def mine(x, h):
        \"\"\"A note
at the margin.\"\"\"
        h = tanh(linear(x,
h))
        return h

    return mine
def wrong():
    @cell("Mine")
    def mine(x, h):
# a comment
        h = tanh(linear(x))
        h = tahn(linear(x))
        return h
""")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert str(module.make()["h"]) == "hₜ = tanh(W_ih xₜ + W_hh hₜ₋₁ + b_h)"
    with pytest.raises(DefinitionError, match="line 17"):
        module.wrong()


def test_equations_of_one_line_read_what_was_there_before_it(tmp_path):
    swapped = define(tmp_path, "x, h, c", "h, c = tanh(linear(x)) * c, h", "return h, c")
    assert str(swapped).splitlines()[-2:] == ["  hₜ = tanh(W_ih xₜ + b_ih) ⊙ cₜ₋₁", "  cₜ = hₜ₋₁"]


def test_a_state_has_the_size_of_the_maps_in_its_equation(tmp_path):
    torch = pytest.importorskip("torch")
    leaky = define(
        tmp_path, "x, h, q, dt: constant = 0.25",
        "u = tanh(linear(x, q, size='proj_size'))", "h = tanh(linear(x, h, q))",
        "q = (1 - dt) * q + dt * u", "return h, q",
    )  # fmt: skip
    assert leaky.sizes[Symbol("q_prev")] == leaky.sizes[Symbol("q")] == "proj_size"
    layer = derive.build(leaky).Layer(3, 4, proj_size=2, num_layers=2).double()
    x, h, q = (torch.randn(n, 2, k, dtype=torch.float64, requires_grad=True) for n, k in ((3, 3), (2, 4), (2, 2)))
    assert torch.autograd.gradcheck(lambda x, h, q: layer(x, (h, q))[0], (x, h, q))


def test_antisymmetric_weight_is_printed(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x) + linear(h, bias=False, weight='antisymmetric'))", "return h")
    assert r"\left(W_{hh} - W_{hh}^{\top}\right) h_{t-1}" in cell.latex()
    assert "(W_hh − W_hhᵀ) hₜ₋₁" in cell.unicode()
    assert [p.form for p in cell.parameters if p.kind == "matrix"] == ["full", "antisymmetric"]


def test_weights_are_named_after_what_they_multiply(tmp_path):
    cell = define(
        tmp_path, "x, h, c",
        "m_1 = linear(x, bias=False) * linear(h, bias=False)",
        "y = linear(h, size='input_size') * x",
        "c = tanh(linear(y, m_1, c))",
        "h_hat = tanh(c)",
        "h = tanh(linear(h_hat) * linear(c, bias=False))",
        "return h, c",
    )  # fmt: skip
    assert [(p.name, p.tensor, p.block) for p in cell.parameters] == [
        ("W_im_1", "weight_ih", 0),
        ("W_hm_1", "weight_hh", 0),
        ("W_hy", "weight_hi", 0),
        ("b_hy", "bias_hi", 0),
        ("W_ic", "weight_ih", 1),
        ("W_mc", "weight_mh", 0),
        ("W_cc", "weight_ch", 0),
        ("b_c", "bias", 0),
        ("W_hh", "weight_hh", 1),
        ("b_hh", "bias_hh", 0),
        ("W_ch", "weight_ch", 1),
    ]


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [
        ("W_ii", "W_{ii}", "W_ii"),
        ("W_hh_tilde", r"W_{h\tilde{h}}", "W_hh_tilde"),
        ("b_h_tilde", r"b_{\tilde{h}}", "b_h_tilde"),
        ("b_ih_tilde", r"b_{i\tilde{h}}", "b_ih_tilde"),
        ("W_hu_i", r"W_{h\,u_{i}}", "W_hu_i"),
        ("W_mu", "W_{mu}", "W_mu"),
        ("b_mu", r"b_{\mu}", "b_μ"),
        ("W_itheta", r"W_{i\,\theta}", "W_iθ"),
        ("W_htheta_1", r"W_{h\,\theta_{1}}", "W_hθ_1"),
        ("a_theta", r"a_{\theta, t}", "a_θₜ"),
        ("sigmoid_zeta", r"\mathit{sigmoid}_{\zeta, t}", "sigmoid_ζₜ"),
        ("W_res", r"W_{\mathit{res}}", "W_res"),
        ("h_tilde", r"\tilde{h}_{t}", "h\u0303ₜ"),
        ("mu_u", r"\mu_{u, t}", "μ_uₜ"),
        ("b_prev", "b_{t-1}", "bₜ₋₁"),
        ("v_z_prev", "v_{z, t-1}", "v_zₜ₋₁"),
        ("rh", r"\mathit{rh}_{t}", "rhₜ"),
        ("h2", r"\mathit{h2}_{t}", "h2ₜ"),
        ("h_2", "h_{2, t}", "h_2ₜ"),
        ("input_size", "N_{x}", "N_x"),
        ("lambda_", r"\lambda_{t}", "λₜ"),
        ("in__prev", r"\mathit{in}_{t-1}", "inₜ₋₁"),
        ("W_ilambda_", r"W_{i\,\lambda}", "W_iλ"),
        ("W_hin_", r"W_{\mathit{hin}}", "W_hin"),
        ("d_is_", r"\delta \mathit{is}_{t}", "δisₜ"),
    ],
)
def test_names_look_right(name, latex, text):
    from derive.notation.names import Notation

    assert Notation().symbol_latex(name) == latex
    assert Notation().symbol_unicode(name) == text


def test_text_has_powers_and_absolute_values_as_people_write_them():
    from derive.notation.names import Notation

    with evaluate(False):
        u = Symbol("u")
        shown = [abs(u) ** 3, (1 + u) ** 10, u ** (-3 * u), (u**2) ** 3, 2**u]
    assert [Notation().unicode(e) for e in shown] == ["|uₜ|³", "(1 + uₜ)¹⁰", "uₜ^(−3 uₜ)", "(uₜ²)³", "2^uₜ"]


def test_a_name_with_pythons_underscore_is_read_back(tmp_path):
    pytest.importorskip("torch")
    cell = define(tmp_path, "x, h, is_", "lambda_ = sigmoid(linear(x, is_))", "h = lambda_ * tanh(linear(x, h))",
                  "is_ = lambda_ * h", "return h, is_")  # fmt: skip
    assert derive.verify(cell).ok


def test_a_vector_with_a_capital_letter_is_no_matrix(tmp_path):
    cell = define(tmp_path, "x, h, U: vector, alpha: scalar", "h = tanh(linear(x) + U * alpha * h)", "return h")
    assert r"U \alpha \odot h_{t-1}" in cell.latex()
    assert "U α ⊙ hₜ₋₁" in cell.unicode()


def test_the_order_of_terms_is_the_author_s_after_a_minus_sign_too(tmp_path):
    cell = define(tmp_path, "x, h, u: vector", "z = sigmoid(linear(x))", "h = 1 - z * u * h - 2 * (h - z)", "return h")
    assert r"h_{t} &= 1 - z_{t} \odot u \odot h_{t-1} - 2 \left(h_{t-1} - z_{t}\right)" in cell.latex()
    assert "hₜ = 1 − zₜ ⊙ u ⊙ hₜ₋₁ − 2 (hₜ₋₁ − zₜ)" in cell.unicode()


def test_a_minus_sign_before_a_negative_number_stands_before_a_bracket(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x)) - 3 * (-2) * h + (-1) * (-3)", "return h")
    assert "--" not in cell.latex().replace(" ", "")
    assert "−−" not in cell.unicode().replace(" ", "")


def test_a_choice_may_stand_under_a_power(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x)) * Piecewise((h, h > 0), (1, True))**2", "return h")
    assert r"\left(\begin{cases}" in cell.latex()
    assert r"\end{cases}\right)^{2}" in cell.latex()


def test_a_power_of_minus_one_is_a_fraction_wherever_it_stands(tmp_path):
    cell = define(tmp_path, "x, h", "a = linear(x)", "h = 1 / (1 + a**2) + h * (2 + a) ** (-2)", "return h")
    assert r"h_{t} &= \frac{1}{1 + a_{t}^{2}} + \frac{h_{t-1}}{\left(2 + a_{t}\right)^{2}}" in cell.latex()


def test_accents_do_not_move_the_equals_sign():
    rows = derive.catalogue["mgu"].unicode().splitlines()
    columns = {len(row.partition("=")[0].replace("\u0303", "")) for row in rows}
    assert len(columns) == 1
