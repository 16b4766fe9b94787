"""Weights of which only sums matter: equal where each sum can have any value, different where one decides another."""

import pytest

import derive

PLAIN = r"z_t = \sigma(W x_t + b) \\ r_t = \sigma(U x_t + d) \\ h_t = z_t \odot h_{t-1} + r_t \odot \tanh(V x_t + c)"
#: What is within the three functions, and whether it can be anything: whether its matrix of biases, or of weights of x,
#: has the rank 3.
SUMS = [
    ("W x_t + b + s", "U x_t + d + s", "V x_t + c + s", True),
    ("W x_t + b + s", "U x_t + d + 2 s + 1", "V x_t + c - s", True),
    ("W x_t + b", "U x_t + d + b", "V x_t + c + 3 b + 1", True),
    ("W x_t + b + c", "U x_t + b + d", "V x_t + c + d", True),
    ("W x_t + b", "U x_t + W x_t + d", "V x_t + W x_t + c", True),
    ("W x_t + U x_t + b", "U x_t + V x_t + d", "V x_t + W x_t + c", True),
    ("W x_t + b + c", "U x_t + b - d", "V x_t + c + d", False),  # the first less the second is the third
    ("W x_t + b", "U x_t + d", "V x_t + b + d", False),
    ("W x_t + b", "U x_t + d + b", "V x_t + b", False),
    ("W x_t + U x_t + b", "U x_t - V x_t + d", "V x_t + W x_t + c", False),
]


def cell(z, r, h, factor="r_t"):
    return derive.from_latex(
        rf"z_t = \sigma({z}) \\ r_t = \sigma({r}) \\ h_t = z_t \odot h_{{t-1}} + {factor} \odot \tanh({h})"
    ).cell


@pytest.mark.parametrize(("z", "r", "h", "any_value"), SUMS)
def test_sums_that_can_have_any_value_are_weights(z, r, h, any_value):
    plain, of = derive.from_latex(PLAIN).cell, cell(z, r, h)
    for found in (derive.compare(plain, of), derive.compare(of, plain)):
        assert found.decided
        assert bool(found) == any_value


def test_a_weight_that_stands_elsewhere_is_added_to_one_that_does_not():
    once = cell("W x_t + b", "U x_t + d", "V x_t + c", factor="r_t \\odot b")
    twice = cell("W x_t + b", "U x_t + d", "V x_t + c + b", factor="r_t \\odot b")
    other = cell("W x_t + b", "U x_t + d", "V x_t + c + b", factor="r_t \\odot c")
    assert derive.compare(once, twice)
    assert derive.compare(twice, once)
    assert not derive.compare(twice, other)


def test_a_weight_takes_in_only_what_is_as_large_and_learned():
    @derive.cell("A gate of all")
    def of_all(x, h):
        gate, value = derive.linear(x, size=1), derive.linear(x)
        h = derive.sigmoid(gate + value) * h + derive.tanh(value)
        return h

    @derive.cell("A gate of one")
    def of_one(x, h):
        gate, value = derive.linear(x, size=1), derive.linear(x)
        h = derive.sigmoid(gate) * h + derive.tanh(value)
        return h

    for found in (derive.compare(of_all, of_one), derive.compare(of_one, of_all)):
        assert not found
        assert found.decided
