"""What is wrong with a parameter that is not learned, or with a product by a square one, is said by name."""

from __future__ import annotations

import pytest
from sympy import Symbol, sqrt

import derive
from derive import (
    cell,
    column,
    drawn,
    fixed,
    linear,
    matmul,
    row,
    tanh,
    transpose,
    vector,
    zero_order_hold,
)
from derive.errors import DefinitionError, DeriveError

theta = Symbol("theta")


def test_what_is_wrong_is_said():
    def refused(words, value, sizes=None, use=lambda A, x, h: A * h):
        with pytest.raises(DefinitionError, match=words):

            @cell("Wrong", sizes=sizes)
            def wrong(x, h, A: fixed = value):
                h = tanh(linear(x)) + use(A, x, h)
                return h

    h, matrix = derive.lstm.input, {"A": "hidden_size*hidden_size"}
    refused(r"'A' is fixed; x has x in it; expected a formula of row and column", h)
    refused("'A' is fixed; .* is no finite real number at row 0, column 0", 1 / row)
    refused("'A' is fixed; .* is no finite real number at row 1, column 0", sqrt(-row))
    refused(r"a matrix has two sizes, sizes=\{'A': \"hidden_size\*hidden_size\"\}", row + column)
    refused("a spectral radius is that of a square matrix", drawn(1, radius=1))
    refused("it is the same for all heads", row, {"A": ("heads", "key")})
    refused("there are 2×2 numbers of it, and it is 2×3", ((1, 2), (3, 4)), {"A": "2*3"})
    refused("the rows have different lengths", ((1, 2), (3,)))
    refused(r"zero_order_hold is of formulas or numbers, and of no drawn", zero_order_hold(drawn(1)))
    refused(r"zero_order_hold\(A\) is a square matrix", zero_order_hold(row))
    refused(r"zero_order_hold\(A\) is a square matrix", zero_order_hold(row), {"A": "hidden_size*input_size"})
    refused(r"theta has theta in it; expected .*a constant of the cell stands in it as Symbol\('theta'\)", theta)
    refused("'A' is fixed; .*expected", "abc")
    refused("'A' is a vector of one number; write `A: constant`", row, {"A": 1})
    refused(r"A\*h has hidden_size×hidden_size; diag\(a\) @ S scales the rows", row, matrix)

    with pytest.raises(DefinitionError, match=r"'A' is fixed; write what it is, `A: fixed = ...`"):

        @cell("Nothing")
        def nothing(x, h, A: fixed):
            h = A * h + linear(x)
            return h

    for given, words in (
        ({"seed": -1}, "seed=-1"),
        ({"seed": 1, "density": 0}, "density=0"),
        ({"seed": 1, "radius": 0}, "radius=0"),
    ):
        with pytest.raises(DeriveError, match=words):
            drawn(**given)


def test_products_that_do_not_fit_name_both_sides():
    def refused(words, formula):
        with pytest.raises(DefinitionError, match=f"equation 'h'.*{words}"):

            @cell("Wrong", sizes={"W": "key*key", "V": "key*hidden_size"})
            def wrong(x, h, W: vector, V: vector):
                k = W @ (V @ h)
                h = h + linear(x) + linear(k, name="k") + linear(formula(W, V, h), name="o")
                return h

    of_k = "has key×key units and h has hidden_size units; the matrix has key there"
    refused(f"W {of_k}; S.T @ u reads along the rows", lambda W, V, h: matmul(W, h))
    refused("V has key×hidden_size units and h has hidden_size units", lambda W, V, h: matmul(transpose(V), h))
    two = "V has key×hidden_size units and W has key×key units; the matrix has hidden_size there"
    refused(two, lambda W, V, h: matmul(V, W))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("4", TypeError), (None, TypeError), (True, TypeError), ([4], TypeError), (float("nan"), ValueError)],
)
def test_constants_of_a_layer_and_of_a_cell_are_numbers(value, kind):
    built = derive.build("clockwork_rnn")
    for made, name in ((built.Layer, "ClockworkRNN"), (built.Cell, "ClockworkRNNCell")):
        with pytest.raises(kind) as e:
            made(3, 12, groups=value)
        assert str(e.value) == f"{name}: groups is {value!r}; expected a finite number, such as 4.0"
