"""Definitions whose equations say what cannot be: names, sizes, maps, statements of several units."""

#: (arguments, lines, the line at fault counted from the first equation, or None for the def, words of the message)
EQUATIONS = {
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
    "SymPy's function": (
        "x, h", ["h = Max(linear(x), linear(h))", "return h"], 0,
        "equation 'h'", "'Max' is not defined", "from sympy import Max",
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
    "a parameter called as a weight is": (
        "x, h, W_hz: vector", ["z = sigmoid(linear(x, h) + W_hz)", "h = z * h", "return h"], None,
        "cell 'mine'", "'W_hz' is declared, and a weight of an affine map is called so too", "call it otherwise",
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
