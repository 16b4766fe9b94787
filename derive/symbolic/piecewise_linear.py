"""The activations that are piecewise linear: at a rational their value is rational, so a run stays exact.

Derivatives at kinks are PyTorch's choices (``torch.nn.functional`` backward formulas): relu'(0) = 0, and hardtanh and
hard_sigmoid have slope 0 at the points where they clip.
"""

from __future__ import annotations

from sympy import Expr, FiniteSet, Integer, Interval, Max, Min, Piecewise, Rational, Union, oo

from derive.symbolic.activation import Activation


class identity(Activation):
    """The linear activation φ(x) = x; it vanishes from every formula."""

    latex_name, unicode_name, torch = r"\operatorname{id}", "id", "{x}"
    max_slope, max_curvature = Integer(1), Integer(0)

    @classmethod
    def eval(cls, x: Expr, *parameters: Expr) -> Expr:
        return x

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return Integer(1)


class relu(Activation):
    """max(x, 0); PyTorch's subgradient at 0 is 0."""

    latex_name, unicode_name, torch = r"\operatorname{ReLU}", "ReLU", "torch.relu({x})"
    reals = Interval(0, oo)
    kinks, max_slope = (Integer(0),), Integer(1)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return Max(x, 0)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return Piecewise((1, y > 0), (0, True))


class hardtanh(Activation):
    """x clipped to [-1, 1]; slope 0 at ±1, as PyTorch has it."""

    latex_name, unicode_name, torch = r"\operatorname{hardtanh}", "hardtanh", "F.hardtanh({x})"
    reals = Interval(-1, 1)
    kinks, max_slope = (Integer(-1), Integer(1)), Integer(1)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return Max(-1, Min(1, x))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return Piecewise((1, (y > -1) & (y < 1)), (0, True))


class hard_sigmoid(Activation):
    """x/6 + 1/2 clipped to [0, 1]: PyTorch's and Keras 3's slope."""

    latex_name, unicode_name = r"\operatorname{hard\sigma}", "hardσ"
    # F.hardsigmoid has the slope 1/6 in single precision only, and no second derivative
    torch = "F.relu6({x} + 3) / 6"
    reals = Interval(0, 1)
    kinks, max_slope = (Integer(-3), Integer(3)), Rational(1, 6)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return Max(0, Min(1, x / 6 + Rational(1, 2)))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return Piecewise((Rational(1, 6), (x > -3) & (x < 3)), (0, True))


class hard_sigmoid_onnx(Activation):
    """αx + β clipped to [0, 1], by default x/5 + 1/2: the slope of ONNX's HardSigmoid and of Keras 2."""

    latex_name, unicode_name = r"\operatorname{hard\sigma}_{1/5}", "hardσ₀.₂"
    torch = "torch.clamp({alpha} * {x} + {beta}, 0, 1)"
    reals = Interval(0, 1)
    kinks, max_slope = (Rational(-5, 2), Rational(5, 2)), Rational(1, 5)
    defaults = {"alpha": Rational(1, 5), "beta": Rational(1, 2)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr, beta: Expr) -> Expr:
        return Max(0, Min(1, alpha * x + beta))

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr, beta: Expr) -> Expr:
        inner = alpha * x + beta  # torch.clamp passes the gradient at its bounds
        return Piecewise((alpha, (inner >= 0) & (inner <= 1)), (0, True))


class leaky_relu(Activation):
    """x for x > 0, αx otherwise, α = 0.01 by default; slope α at 0, as PyTorch has it."""

    latex_name, unicode_name, torch = r"\operatorname{LeakyReLU}", "LeakyReLU", "F.leaky_relu({x}, {alpha})"
    kinks, max_slope = (Integer(0),), Integer(1)
    defaults = {"alpha": Rational(1, 100)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr) -> Expr:
        return Piecewise((x, x > 0), (alpha * x, True))

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr) -> Expr:
        return Piecewise((1, x > 0), (alpha, True))


class affine(Activation):
    """αx + β: ONNX's Affine; the identity by default."""

    latex_name, unicode_name = r"\operatorname{affine}", "affine"
    max_slope, max_curvature = Integer(1), Integer(0)
    defaults, shown = {"alpha": Integer(1), "beta": Integer(0)}, True

    @classmethod
    def value(cls, x: Expr, alpha: Expr, beta: Expr) -> Expr:
        return alpha * x + beta

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr, beta: Expr) -> Expr:
        return alpha


class thresholded_relu(Activation):
    """x for x > α, 0 otherwise, α = 1 by default: ONNX's ThresholdedRelu. It jumps at α, so no slope bounds it."""

    latex_name, unicode_name = r"\operatorname{ThresholdedReLU}", "ThresholdedReLU"
    torch = "F.threshold({x}, {alpha}, 0.0)"
    reals = Union(FiniteSet(0), Interval.open(1, oo))
    kinks = (Integer(1),)
    defaults = {"alpha": Integer(1)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr) -> Expr:
        return Piecewise((x, x > alpha), (0, True))

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr) -> Expr:
        return Piecewise((1, x > alpha), (0, True))
