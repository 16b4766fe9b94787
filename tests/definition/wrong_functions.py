"""Definitions that are not written as equations: what of Python, and of other libraries, a function may not have."""

#: (arguments, lines, the line at fault counted from the first equation, or None for the def, words of the message)
FUNCTIONS = {
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
    "division in Python": (
        "x, h", ["h = tanh(linear(x)) * (1 / 0)", "return h"], 0,
        "equation 'h'", "ZeroDivisionError: division by zero", "cannot be evaluated",
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
    "a second argument without a word": (
        "x, h, m", ["h = tanh(linear(x, h)) * m", "return h"], None,
        "cell 'mine'", "argument 'm' is not returned", "or as a further input: `m: input`",
    ),
    "a default of an input": (
        "x, h, m: input = 1", ["h = tanh(linear(x, h)) * linear(m)", "return h"], None,
        "cell 'mine'", "the input 'm' has no default", "comes with each call",
    ),
}  # fmt: skip
