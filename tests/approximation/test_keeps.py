"""What claims say of their replacements, against values sampled by mpmath; and how ``derive check`` says it."""

from __future__ import annotations

import pytest
from mpmath import mp, mpf
from runs import random_run
from sympy import Rational, lambdify

from derive.approximation.bounds import x
from derive.approximation.claim import Claim
from derive.errors import DeriveError

#: The tanh of NeuralAmpModelerCore (NAM/activations.h, fast_tanh), which exceeds 1 from x = 8.56 on.
AUDIO = (
    "x*(2.45550750702956 + 2.45550750702956*abs(x) + (0.893229853513558 + 0.821226666969744*abs(x))*x^2)"
    "/(2.44506634652299 + (2.44506634652299 + x^2)*abs(x + 0.814642734961073*x*abs(x)))"
)
#: replacement of tanh, interval, what it keeps, whether that is so
CASES = [
    (AUDIO, (-8, 8), "stays within [-1, 1]", True),
    (AUDIO, (-9, 9), "stays within [-1, 1]", False),
    (AUDIO, (-20, 20), "stays within [-1.009, 1.009]", True),
    (AUDIO, (0, Rational(9, 2)), "monotone", True),
    (AUDIO, (0, 6), "monotone", False),  # it falls between 4.9 and 6.7
    ("x - x^3/3", (-1, 1), "rising", True),
    ("x - x^3/3", (-1.1, 1), "monotone", False),
    ("-x", (-1, 1), "falling", True),
    ("x", (-1, 1), "falling", False),
]


def claim(replacement, interval, keeps):
    (found,) = Claim.parse(f"tanh(x) ~ {replacement}", tuple(Rational(str(float(end))) for end in interval), keeps)
    return found


@pytest.mark.parametrize(("replacement", "interval", "text", "holds"), CASES)
def test_what_is_kept_is_proved_and_else_refuted_with_a_point(replacement, interval, text, holds):
    found = claim(replacement, interval, [text])
    ((keep, answer),) = found.properties
    assert answer.holds is holds
    function = lambdify(x, found.replacement, "mpmath")
    low, high = (mpf(str(float(end))) for end in interval)
    with mp.workdps(40):
        places = [low + (high - low) * k / 400 for k in range(401)]
        if keep.bounds is None:
            slopes = [mp.diff(function, p) * (1 if keep.rises else -1) for p in places if p]
            worst, at = min(slopes), holds or mp.diff(function, mpf(answer.at.p) / answer.at.q)
            assert (worst >= -(mpf(10) ** -20)) is holds
            assert holds or at * (1 if keep.rises else -1) < 0
        else:
            inside = [float(keep.bounds[0]) <= function(p) <= float(keep.bounds[1]) for p in places]
            assert all(inside) is holds
            assert holds or not -1 <= function(mpf(answer.at.p) / answer.at.q) <= 1


def test_a_refuted_property_is_a_wrong_claim():
    table = {"approximation": "tanh(x) ~ x", "interval": [-3, 3], "keeps": ["stays within [-1, 1]", "monotone"]}
    check = random_run("rnn", claims=[table]).check()
    assert check.wrong["claims"] == 1
    assert not check.holds
    (found,) = check.to_json()["claims"]
    assert [(k["statement"], k["verdict"]) for k in found["keeps"]] == [
        ("stays within [-1, 1]", "REFUTED"),
        ("monotone", "PROVED"),
    ]
    assert abs(Rational(found["keeps"][0]["at"])) > 1
    text = repr(check)
    assert "tanh(x) ~ x on [-3, 3]: the replacement stays within [-1, 1]: refuted at x ≈ " in text
    assert "tanh(x) ~ x on [-3, 3]: the replacement falls nowhere: proved." in text
    assert "fällt nirgends: bewiesen" in repr(random_run("rnn", claims=[table], language="de").check())


@pytest.mark.parametrize(
    ("keeps", "said"),
    [
        (["within [0, 1]"], "keeps has 'within [0, 1]', expected 'stays within [LOWER, UPPER]'"),
        (["stays within [1, 0]"], "no number is between 1 and 0"),
        (["stays within [0, a]"], "is not a finite rational number"),
        (3, "keeps is 3, expected 'stays within [LOWER, UPPER]'"),
        ([3], "keeps has 3, expected"),
    ],
)
def test_a_text_that_says_nothing(keeps, said):
    with pytest.raises(DeriveError) as e:
        claim("x", (-1, 1), keeps)
    assert said in str(e.value)


def test_a_point_keeps_nothing():
    with pytest.raises(DeriveError, match="is about a point"):
        Claim.parse("sigma(90) ~ 1", None, "monotone")
