"""Forms against exact arithmetic in fractions: what lies in the operands leads into the result."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from flint import arb
from mpmath import mp, mpf

from derive.approximation.bounds import x
from derive.symbolic.activations import sigmoid, tanh

np = pytest.importorskip("numpy")
linearised = pytest.importorskip("derive.enclosure.linearised")
twins = pytest.importorskip("derive.enclosure.twins")
zonotope = pytest.importorskip("derive.enclosure.zonotope")

UNITS, SYMBOLS, TRIALS = 3, 4, 40
twin = pytest.importorskip("derive.enclosure.twin")
Twin, Form, DOMAIN = twin.Twin, zonotope.Form, twins.Zonotopes()


def drawn(rng, scale=1.0):
    """A form of ugly numbers."""
    centre = scale * np.array([rng.uniform(-1, 1) for _ in range(UNITS)])
    generators = [
        [scale * rng.uniform(-0.3, 0.3) * 10 ** -rng.randrange(12) for _ in range(SYMBOLS)] for _ in range(UNITS)
    ]
    rest = np.array([rng.choice((0.0, scale * rng.uniform(0, 0.1))) for _ in range(UNITS)])
    return Form(centre, np.array(generators), rest)


def named(form, k, symbols):
    return Fraction(form.centre[k]) + sum(
        (Fraction(g) * e for g, e in zip(form.generators[k], symbols, strict=False)), Fraction(0)
    )


def member(form, symbols, rng):
    """A vector of the form, in fractions, for given values of the symbols."""
    return [
        named(form, k, symbols) + Fraction(form.rest[k]) * rng.choice((-1, 1, Fraction(1, 3))) for k in range(UNITS)
    ]


def assert_within(values, form, symbols):
    """Within the range, and within the rest of what the symbols say."""
    for k, value in enumerate(values):
        lower, upper = (end[k] for end in form.range)
        assert Fraction(lower) <= value <= Fraction(upper)
        assert abs(value - named(form, k, symbols)) <= Fraction(form.rest[k])


@pytest.mark.parametrize("name", ["combine", "multiply"])
def test_sums_and_products_and_their_errors(name):
    rng = Random(name)
    for _ in range(TRIALS):
        pair = [Twin(drawn(rng), drawn(rng, 0.1)) for _ in range(2)]
        found = DOMAIN.combine([arb(1), arb(-3)], pair) if name == "combine" else DOMAIN.multiply(*pair)
        symbols = [rng.choice((-1, 1, Fraction(1, 7))) for _ in range(SYMBOLS)]
        (a, da), (b, db) = ([member(f, symbols, rng) for f in (p.exact, p.error)] for p in pair)
        result = (lambda u, v: u - 3 * v) if name == "combine" else (lambda u, v: u * v)
        exact = list(map(result, a, b))
        assert_within(exact, found.exact, symbols)
        replaced = [result(u + du, v + dv) for u, du, v, dv in zip(a, da, b, db, strict=True)]
        assert_within([r - e for r, e in zip(replaced, exact, strict=True)], found.error, symbols)


def test_what_two_owe_to_one_symbol_cancels():
    """u - u is 0 but for rounding, which intervals do not know."""
    a = Twin(Form(np.array([0.4]), np.array([[0.3]]), np.zeros(1)))
    assert DOMAIN.combine([arb(1), arb(-1)], [a, a]).exact.size[0] < 1e-14


@pytest.mark.parametrize("function", [tanh, sigmoid])
def test_a_function_and_its_error(function):
    rng = Random(function.__name__)
    by_hand = mp.tanh if function is tanh else lambda v: 1 / (1 + mp.exp(-v))

    def exactly(u):
        return Fraction(int(mp.nint(by_hand(mpf(u.numerator) / u.denominator) * mpf(2) ** 160)), 2**160)

    with mp.workdps(60):
        for _ in range(TRIALS):
            u = Twin(drawn(rng), drawn(rng, 0.1))
            symbols = [rng.choice((-1, 1)) for _ in range(SYMBOLS)]
            values, errors = (member(f, symbols, rng) for f in (u.exact, u.error))
            found = DOMAIN.apply(linearised.Functions.of(function(x), function(x)), u)
            exact = list(map(exactly, values))
            assert_within(exact, found.exact, symbols)
            replaced = [exactly(v + d) for v, d in zip(values, errors, strict=True)]
            assert_within([r - e for r, e in zip(replaced, exact, strict=True)], found.error, symbols)
