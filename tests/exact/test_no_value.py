"""What certainly has no value is told from what exact arithmetic does not decide. The oracle is by hand."""

import pytest
from sympy import Integer, Rational, Symbol, exp, log, sqrt

from derive.errors import DeriveError, NoValue
from derive.exact.value import Value
from derive.symbolic.evaluation import evaluate

x = Symbol("x")
NONE = [
    log(-exp(x)),
    log(1 - exp(x)),
    sqrt(-exp(x)),
    1 / (x - 2),
    log(exp(x) - exp(x + 1)),
    (-exp(x)) ** Rational(1, 3),
]
HUGE = exp(exp(exp(exp(x + 50))))


@pytest.mark.parametrize("formula", NONE, ids=str)
def test_what_has_no_value(formula):
    with pytest.raises(NoValue):
        evaluate(formula, {x: Value.of(Integer(2))}).finite()


def test_what_is_not_decided():
    one = evaluate(sqrt(x), {x: evaluate(exp(x + 1) - exp(x) * exp(1), {x: Value.of(Integer(2))})})
    for value in (one, evaluate(HUGE, {x: Value.of(Integer(2))})):
        with pytest.raises(DeriveError) as found:
            value.finite()
        assert not isinstance(found.value, NoValue)
