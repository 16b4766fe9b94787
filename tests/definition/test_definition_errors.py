"""What is wrong with a user's file is said in one line that names the equation, its line and the remedy."""

from __future__ import annotations

import importlib.util
import linecache
import re
from dataclasses import replace

import numpy as np
import pytest
from sympy import Eq, Symbol, evaluate
from user_files import define

import derive
from derive import Cell, DefinitionError, DeriveError, linear
from derive.backends.torch.emit import generated_files
from derive.symbolic.activations import sigmoid, tanh

FIRST = 7  # the line of the first equation in a user's file


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
        "x, h, q", ["h = tanh(linear(x) + linear(q))", "q = mean(x)", "return h, q"], 1,
        "equation 'q'", "a state has hidden_size units and this has 1", "linear(...)",
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
    "an entry": (
        "x, h", ["h = tanh(linear(h) + x[0])", "return h"], 0,
        "equation 'h'", "x[0]: a formula is of all units alike", "for one number write linear(x, size=1)",
    ),
    "a map of a matrix": (
        "x, h, S", ["S = S + outer(linear(x, size='v'), linear(x, size='k', name='b'))", "h = linear(S)",
        "return h, S"], 1, "equation 'h'", "linear(S) is an affine map of a matrix", "S @ q",
    ),
    "the units of a matrix": (
        "x, h, S", ["S = S + outer(linear(x, size='v'), linear(x, size='k', name='b'))", "h = linear(x) + largest(S)",
        "return h, S"], 1, "equation 'h'", "largest(S) is of a matrix", "S @ q",
    ),
    "a softmax over the units of all heads": (
        "x, h", ["k = softmax(linear(x, size=('heads', 'key')))", "h = linear(k)", "return h"], 0,
        "equation 'k'", "softmax(linear(x)) goes over the units of all heads, and there are heads:key",
        "softmax(linear(x), heads='heads')",
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
        "equation 'h'", "Python decides tanh(linear(x)) if h > 0 else h once", "Piecewise",
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
        "cell 'mine'", "expected `name = expression`", "a choice is a Piecewise, a loop `for k in range(3):`",
    ),
    "rounds that are a quantity": (
        "x, h, n: constant = 2", ["for k in range(n):", "    h = tanh(linear(x) + n * linear(h))", "return h"], 0,
        "cell 'mine'", "how many rounds range(n) has is not known when the cell is defined",
        "write a number, such as `for k in range(3):`, or the name of one that stands outside of the cell",
    ),
    "rounds that nothing says": (
        "x, h", ["for k in range(many):", "    h = tanh(linear(x) + linear(h))", "return h"], 0,
        "cell 'mine'", "how many rounds range(many) has is not known when the cell is defined", "write a number",
    ),
    "rounds of a list": (
        "x, h", ["for k in [1, 2]:", "    h = tanh(linear(x) + linear(h))", "return h"], 0,
        "cell 'mine'", "how many rounds [1, 2] has is not known when the cell is defined", "write a number",
    ),
    "no round": (
        "x, h", ["for k in range(0):", "    h = tanh(linear(x) + linear(h))", "return h"], 0,
        "cell 'mine'", "range(0) has 0 rounds", "expected 1 to 100, each with its equations",
    ),
    "a counter that is a quantity": (
        "x, h", ["for h in range(2):", "    h = tanh(linear(x) + linear(h))", "return h"], 0,
        "cell 'mine'", "a loop counts in a plain name that nothing else has, not in h", "",
    ),
    "a parameter in a loop": (
        "x, h, u: vector", ["for k in range(2):", "    u = tanh(linear(x))", "    h = u * h", "return h"], 1,
        "equation 'u'", "'u' is a parameter or a mask, which no round changes", "choose another",
    ),
    "a counter after its loop": (
        "x, h", ["for k in range(2):", "    h = tanh(linear(x) + linear(h))", "h = k * h", "return h"], 2,
        "equation 'h'", "'k' is not defined", "known here: x, h",
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
        "cell 'mine'", "the default of 'gamma' is 'a'", "expected a finite number",
    ),
    "unknown kind of parameter": (
        "x, h, u: str", ["h = tanh(linear(x) + u * h)", "return h"], None,
        "cell 'mine'", "parameter 'u' is annotated 'str'", "expected vector, scalar, constant or fixed",
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
        "x, h=None", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "state 'h' starts at None", "expected a finite number",
    ),
    "start that is not finite": (
        "x, h, c=-1e999", ["c = c + tanh(linear(x, h))", "h = tanh(c)", "return h, c"], None,
        "cell 'mine'", "state 'c' starts at -1e309", "expected a finite number",
    ),
    "constant that is not finite": (
        "x, h, gamma: constant = 1e999", ["h = tanh(linear(x) + gamma * h)", "return h"], None,
        "cell 'mine'", "the default of 'gamma' is 1e309", "expected a finite number",
    ),
    "initial value that is not finite": (
        "x, h, u: vector = 10**309", ["h = tanh(linear(x) + u * h)", "return h"], None,
        "cell 'mine'", "the default of 'u' is 10 ** 309", "expected a finite number",
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
    "another library's function": (
        "x, h", ["h = np.tanh(linear(x, h))", "return h"], 0,
        "equation 'h'", "np.tanh computes numbers", "write tanh, from derive import tanh",
    ),
    "another library's logarithm": (
        "x, h", ["h = np.log(linear(x, h))", "return h"], 0,
        "equation 'h'", "np.log computes numbers", "write log, from sympy import log",
    ),
    "another library's choice": (
        "x, h", ["h = np.where(linear(x, h) > 0, h, 0)", "return h"], 0,
        "equation 'h'", "): np.where computes numbers; a choice is a Piecewise((a, x > 0), (b, True))",
        "from sympy import Piecewise",
    ),
    "another library's bounds": (
        "x, h", ["h = np.clip(linear(x, h), 0, 1)", "return h"], 0,
        "equation 'h'", "): np.clip computes numbers; within bounds is Max(0, Min(a, 1))", "from sympy import Max, Min",
    ),
    "another library's mean, which of a formula is the formula": (
        "x, h", ["h = tanh(linear(x)) + np.mean(h)", "return h"], 0,
        "equation 'h'", "np.mean computes numbers", "write mean, from derive import mean",
    ),
    "another library's product, which of formulas is that of units": (
        "x, h", ["h = tanh(linear(x)) + h * np.dot(h, h)", "return h"], 0,
        "equation 'h'", "np.dot computes numbers", "write dot, from derive import dot",
    ),
    "another library's greater": (
        "x, h", ["h = np.maximum(linear(x), h)", "return h"], 0,
        "equation 'h'", "np.maximum computes numbers", "write Max, from sympy import Max",
    ),
    "another library's product of all units, which has no other name": (
        "x, h", ["h = tanh(linear(x)) + np.prod(h)", "return h"], 0,
        "equation 'h'", "np.prod computes numbers", "write a function of derive's or SymPy's",
    ),
    "a method of tensors": (
        "x, h", ["h = linear(x, h).sigmoid()", "return h"], 0,
        "equation 'h'", "has no attribute 'sigmoid'", "write sigmoid(linear(x, h)), from derive import sigmoid",
    ),
    "Python's own maximum": (
        "x, h", ["h = max(linear(x, h), 0)", "return h"], 0,
        "equation 'h'", "max computes numbers", "write Max, from sympy import Max",
    ),
    "a choice by whether there is a quantity": (
        "x, h", ["h = tanh(linear(x, h)) if x else h", "return h"], 0,
        "equation 'h'", "Python decides tanh(linear(x, h)) if x else h once, before x has", "a choice is a Piecewise(",
    ),
    "a quantity that is no number yet": (
        "x, h", ["h = tanh(linear(x, h)) * (h == 0)", "return h"], 0,
        "equation 'h'", "Python decides h == 0 once", "Eq(x, 0)",
    ),
    "a name of with_activations": (
        "x, h", ["h = mish(linear(x, h))", "return h"], 0,
        "equation 'h'", "'mish' is not defined", "here write its formula",
    ),
    "a product with a matrix": (
        "x, h, u: vector", ["h = tanh(u @ x)", "return h"], 0,
        "equation 'h'", "a matrix is part of linear(...)", "for u @ x write linear(x)",
    ),
    "a matrix": (
        "x, h, W: 'matrix'", ["h = tanh(W * x)", "return h"], None,
        "cell 'mine'", "'W' is annotated 'matrix'", "for W x write linear(x)",
    ),
    "a Greek letter": (
        "x, h", ["θ = sigmoid(linear(x, h))", "h = θ * h", "return h"], 0,
        "equation 'θ'", "'θ' has a letter that modules and LaTeX have not", "theta",
    ),
    "a subscript of nothing": (
        "x, h", ["_z = sigmoid(linear(x, h))", "h = _z * h", "return h"], 0,
        "equation '_z'", "'_z' has a subscript of nothing", "write a letter before each _",
    ),
    "a second argument without a word": (
        "x, h, m", ["h = tanh(linear(x, h)) * m", "return h"], None,
        "cell 'mine'", "argument 'm' is not returned", "or as a further input: `m: input`",
    ),
    "a default of an input": (
        "x, h, m: input = 1", ["h = tanh(linear(x, h)) * linear(m)", "return h"], None,
        "cell 'mine'", "the input 'm' has no default", "comes with each call",
    ),
    "an input that is never used": (
        "x, h, m: input", ["h = tanh(linear(x, h))", "return h"], None,
        "cell 'mine'", "the input 'm' is never used", "add linear(m) to an equation",
    ),
    "sizes of further inputs": (
        "x, h, m: input", ["h = tanh(linear(x, h)) * m", "return h"], 0,
        "equation 'h'", "tanh(linear(x, h)) has hidden_size units and m has input_size", "linear(..., size=...)",
    ),
    "a weight of two inputs": (
        "x, h, m: input, mask: input", ["h = tanh(linear(m, mask)) + linear(x)", "return h"], 0,
        "equation 'h'", "two operands of linear(m, mask) would share the weight W_mh", "linear(..., name='a')",
    ),
    "a size that is a quantity": (
        "x, h", ["key = tanh(linear(x, h, size='key'))", "h = tanh(linear(key))", "return h"], None,
        "cell 'mine'", "'key' is a size and a quantity", "call one of them otherwise",
    ),
    "a size that is none": (
        "x, h", ["k = tanh(linear(x, h, size=0))", "h = tanh(linear(k))", "return h"], 0,
        "equation 'k'", "linear(size=0): expected 'hidden_size'", "a number of units such as 64",
    ),
    "a derivative that is not known": (
        "x, h", ["h = tanh(linear(x, h)) % 2", "return h"], 0,
        "equation 'h'", "the derivative of Mod(tanh_a_h, 2) (Mod) is not known", "define an Activation",
    ),
}  # fmt: skip


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


#: What a function that an equation calls is, and what is said of it.
HELPERS = {
    "np.tanh(q)": "np.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "np.mean(q)": "np.mean computes numbers, in own, line 6; write mean, from derive import mean",
    "np.dot(q, q)": "np.dot computes numbers, in own, line 6; write dot, from derive import dot",
    "(q - np.mean(q)) / np.std(q)": "np.mean computes numbers, in own, line 6; write mean, from derive import mean",
    "np.array(q)": "np.array computes numbers, in own, line 6; given numbers are a parameter",
    "W @ q": "an array stands beside a formula, in own, line 6; given numbers are a parameter",
    "math.tanh(q)": "math.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "torch.tanh(q)": "torch.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "F.relu(q)": "F.relu computes numbers, in own, line 6; write relu, from derive import relu",
    "q.sigmoid()": "has no attribute 'sigmoid', in own, line 6; write sigmoid(q), from derive import sigmoid",
    "max(q, 0)": "max computes numbers, in own, line 6; write Max, from sympy import Max",
    "q if q > 0 else 0 * q": "Python decides q > 0 once, before it has a value, in own, line 6; a choice",
    "q if q == 0 else 2 * q": "Python decides q == 0 once, before it has a value, in own, line 6; a choice",
    "q if q else 2 * q": "once, before it has a value, in own, line 6; a choice",
}
OWN = """from derive import *
import math
import numpy as np, torch, torch.nn.functional as F
W = np.eye(3)
def own(q):
    return {}
@cell("Mine")
def mine(x, h):
    h = tanh(linear(x) + linear(h)) * own(h)
    return h
"""


def defined(folder, formula):
    (folder / "own.py").write_text(OWN.format(formula))
    linecache.checkcache()
    spec = importlib.util.spec_from_file_location("own", folder / "own.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mine


@pytest.mark.parametrize("formula", HELPERS)
def test_a_function_of_numbers_within_an_authors_function(formula, tmp_path):
    """Of NumPy's the mean of a formula was the formula, a product of vectors theirs unit by unit, without a word."""
    with pytest.raises(DefinitionError, match=r"^equation 'h' \(own.py, line 9\): ") as error:
        defined(tmp_path, formula)
    assert HELPERS[formula] in str(error.value)


def test_formulas_within_an_authors_function(tmp_path):
    """Numbers of NumPy's are numbers, what a dictionary compares is no choice; afterwards all is as it was."""
    got = defined(tmp_path, "np.float64(0.5) * np.sqrt(4.0) * {q + 1: q}[q + 1] ** np.int64(2)")
    assert str(defined(tmp_path, "sum([q, q])")["h"]).endswith("⊙ (hₜ₋₁ + hₜ₋₁)")
    assert str(got["h"]) == "hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh) ⊙ hₜ₋₁²"
    assert np.mean(Symbol("q")) == Symbol("q")
    assert Symbol("q")


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
