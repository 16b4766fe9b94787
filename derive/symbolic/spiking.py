"""The activation of spiking neurons: a step, with a slope that stands for its derivative."""

from __future__ import annotations

from sympy import Abs, Expr, Max, Piecewise, Rational, S

from derive.symbolic.activation import Activation


class spike(Activation):
    """A spike where x is positive, 1 or 0; its slope is γ max(0, 1 - |x|), of Bellec et al. (2018)."""

    latex_name, unicode_name = r"\Theta", "Θ"
    defaults = {"gamma": Rational(3, 10)}
    kinks = (S.Zero,)
    surrogate = True

    @classmethod
    def value(cls, x: Expr, *parameters: Expr) -> Expr:
        return Piecewise((1, x > 0), (0, True))

    @classmethod
    def slope(cls, x: Expr, y: Expr, *parameters: Expr) -> Expr:
        (gamma,) = parameters
        return gamma * Max(0, 1 - Abs(x))
