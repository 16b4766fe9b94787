"""Activation functions: each one is a SymPy function that carries what the rest of the package needs to know of it.

An activation is a class with a few lines of data: its value as an elementary formula, its derivative in terms of its
own output where that is shorter, its range, its kinks, bounds of its first two derivatives, and its spelling in LaTeX,
unicode and PyTorch. They behave as any SymPy function: ``tanh(x).diff(x)``, ``.series``, ``.rewrite(exp)``, ``.evalf``,
``lambdify``. They are opaque on purpose (σ is never expanded to exponentials by itself): a cell keeps its form.

Derivatives at kinks are PyTorch's choices (``torch.nn.functional`` backward formulas): relu'(0) = 0, and hardtanh and
hard_sigmoid have slope 0 at the points where they clip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sympy import (
    Abs,
    Expr,
    FiniteSet,
    Function,
    Integer,
    Interval,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Set,
    Symbol,
    Union,
    erf,
    exp,
    log,
    oo,
    pi,
    sqrt,
    sympify,
)
from sympy import tanh as sympy_tanh

from derive.errors import DeriveError, unknown
from derive.numeral import exact_rational

_x = Symbol("x")


class Activation(Function):
    """A scalar function φ applied to every unit alike.

    Subclasses give ``value`` and ``slope`` and override the data below. Further arguments after the first are the
    activation's own parameters (``elu(x, alpha)``), with the defaults in ``defaults``.
    """

    latex_name: ClassVar[str]
    unicode_name: ClassVar[str]
    torch: ClassVar[str] = (
        ""  # PyTorch's spelling, {x} the argument, {alpha} a parameter; without one, the formula is written
    )
    reals: ClassVar[Set] = S.Reals  # φ(R), for the default parameters
    increasing: ClassVar[bool] = True  # monotone non-decreasing on R
    kinks: ClassVar[tuple[Expr, ...]] = ()  # where φ' jumps
    max_slope: ClassVar[Expr | None] = None  # sup |φ'|
    max_curvature: ClassVar[Expr | None] = None  # sup |φ''|; None where a kink leaves none
    defaults: ClassVar[dict[str, Expr]] = {}
    shown: ClassVar[bool] = False  # whether default parameters are printed too, because no convention tells them

    @classmethod
    def value(cls, x: Expr, *parameters: Expr) -> Expr:
        """φ(x) as an elementary SymPy expression."""
        raise NotImplementedError

    @classmethod
    def stable(cls, x: Expr, *parameters: Expr) -> Expr:
        """φ(x) in a form that neither overflows nor cancels in floating point."""
        return cls.value(x, *parameters)

    @classmethod
    def slope(cls, x: Expr, y: Expr, *parameters: Expr) -> Expr:
        """φ'(x), where y = φ(x) may be used."""
        raise NotImplementedError

    # ------------------------------------------------------------------ SymPy's protocol

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """φ(x, parameters...): parameters may be left out or given by name."""
        given = {k: options.pop(k) for k in list(options) if k in cls.defaults}
        if args and (given or len(args) < 1 + len(cls.defaults)):
            missing = list(cls.defaults)[len(args) - 1 :]
            args = (*args, *(given.get(k, cls.defaults[k]) for k in missing))
        if len(args) != 1 + len(cls.defaults):
            wanted = ", ".join(["x", *cls.defaults])
            raise DeriveError(f"{cls.__name__} takes ({wanted}); {len(args)} arguments were given")
        return super().__new__(cls, *map(sympify, args), **options)

    @classmethod
    def eval(cls, x: Expr, *parameters: Expr) -> Expr | None:
        """Evaluate only where the value is a plain rational: φ(0), and piecewise linear functions at rationals."""
        if x.is_Rational and all(p.is_Rational for p in parameters):
            v = cls.value(x, *parameters)
            return v if v.is_Rational else None
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            dummies = [Symbol(f"_p{k}") for k in range(len(self.args))]
            d = self.value(*dummies).diff(dummies[argindex - 1])
            return d.xreplace(dict(zip(dummies, self.args, strict=True)))
        return self.slope(self.args[0], self, *self.args[1:])

    def _eval_evalf(self, prec: int) -> Expr:
        return self.value(*self.args)._eval_evalf(prec)

    def _eval_rewrite_as_exp(self, *args: Expr, **hints: Any) -> Expr:
        return self.value(*args).rewrite(exp)

    def _eval_expand_func(self, **hints: Any) -> Expr:
        return self.value(*self.args)

    def _eval_is_extended_real(self) -> bool | None:
        return self.args[0].is_extended_real  # type: ignore[no-any-return]

    def _plain_code(self, printer: Any) -> str:
        """What lambdify and SymPy's code printers write: the stable formula, inlined."""
        return f"({printer._print(self.stable(*self.args))})"

    _pythoncode = _numpycode = _mpmathcode = _lambdacode = _ccode = _plain_code

    def _torchcode(self, printer: Any) -> str:
        if not self.torch:
            return self._plain_code(printer)
        names = {k: printer._print(v) for k, v in zip(self.defaults, self.args[1:], strict=True)}
        text = self.torch.format(x=f"({printer._print(self.args[0])})", **names)
        return text.replace("F.", "torch.nn.functional.")

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        name = self.latex_name
        if len(self.args) > 1 and (self.shown or self.args[1:] != tuple(self.defaults.values())):
            name = name.partition("_{")[0]  # a second subscript would be an error
            name = f"{name}_{{{', '.join(printer._print(a) for a in self.args[1:])}}}"
        return rf"{name}{power}\left({printer._print(self.args[0])}\right)"

    def _pretty(self, printer: Any) -> Any:
        return printer._print_Function(self, func_name=self.unicode_name)


class sigmoid(Activation):
    """The logistic function σ(x) = 1/(1 + e^{-x}); σ' = σ (1 - σ)."""

    latex_name, unicode_name, torch = r"\sigma", "σ", "torch.sigmoid({x})"
    reals = Interval.open(0, 1)
    max_slope, max_curvature = Rational(1, 4), sqrt(3) / 18

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return 1 / (1 + exp(-x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return exp((x - Abs(x)) / 2) / (1 + exp(-Abs(x)))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return y * (1 - y)


class tanh(Activation):
    """The hyperbolic tangent; tanh' = 1 - tanh²."""

    latex_name, unicode_name, torch = r"\tanh", "tanh", "torch.tanh({x})"
    reals = Interval.open(-1, 1)
    max_slope, max_curvature = Integer(1), 4 * sqrt(3) / 9

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return sympy_tanh(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return 1 - y**2


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


class softsign(Activation):
    """x/(1 + |x|)."""

    latex_name, unicode_name, torch = r"\operatorname{softsign}", "softsign", "F.softsign({x})"
    reals = Interval.open(-1, 1)
    max_slope, max_curvature = Integer(1), Integer(2)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x / (1 + Abs(x))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return (1 - Abs(y)) ** 2


class softplus(Activation):
    """log(1 + e^x); its derivative is σ."""

    latex_name, unicode_name, torch = r"\operatorname{softplus}", "softplus", "F.softplus({x})"
    reals = Interval.open(0, oo)
    max_slope, max_curvature = Integer(1), Rational(1, 4)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return log(1 + exp(x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return (x + Abs(x)) / 2 + log(1 + exp(-Abs(x)))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return sigmoid(x)


class elu(Activation):
    """x for x > 0, α (e^x - 1) otherwise (Clevert, Unterthiner and Hochreiter 2016)."""

    latex_name, unicode_name, torch = r"\operatorname{ELU}", "ELU", "F.elu({x}, {alpha})"
    reals = Interval.open(-1, oo)
    max_slope = Integer(1)
    defaults = {"alpha": Integer(1)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr) -> Expr:
        return Piecewise((x, x > 0), (alpha * (exp(x) - 1), True))

    @classmethod
    def stable(cls, x: Expr, alpha: Expr) -> Expr:
        return (x + Abs(x)) / 2 + alpha * (exp((x - Abs(x)) / 2) - 1)

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr) -> Expr:
        return Piecewise((1, x > 0), (y + alpha, True))


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


class silu(Activation):
    """x σ(x), also called swish."""

    latex_name, unicode_name, torch = r"\operatorname{SiLU}", "SiLU", "F.silu({x})"
    # The minimum is -W(1/e), at x = -1 - W(1/e); 0.27846454276107379... is W(1/e), rounded up here.
    reals = Interval(Rational(-278464542761074, 10**15), oo)
    increasing = False
    max_slope, max_curvature = Rational(11, 10), Rational(1, 2)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x / (1 + exp(-x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return x * sigmoid.stable(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return sigmoid(x) * (1 + x * (1 - sigmoid(x)))


class gelu(Activation):
    """x Φ(x), Φ the normal distribution function (the exact form, not the tanh one)."""

    latex_name, unicode_name, torch = r"\operatorname{GELU}", "GELU", "F.gelu({x})"
    reals = Interval(Rational(-17, 100), oo)  # the minimum is -0.16997...
    increasing = False
    max_slope, max_curvature = Rational(113, 100), Rational(4, 5)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x * (1 + erf(x / sqrt(2))) / 2

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return (1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2) / 2) / sqrt(2 * pi)


class scaled_tanh(Activation):
    """α tanh(βx): ONNX's ScaledTanh; by default 1.7159 tanh(2x/3) (LeCun, Bottou, Orr and Müller 1998)."""

    latex_name, unicode_name = r"\operatorname{stanh}", "stanh"
    reals = Interval.open(Rational(-17159, 10000), Rational(17159, 10000))
    max_slope, max_curvature = Rational(17159, 15000), Rational(17159, 10000) * 16 * sqrt(3) / 81
    defaults, shown = {"alpha": Rational(17159, 10000), "beta": Rational(2, 3)}, True

    @classmethod
    def value(cls, x: Expr, alpha: Expr, beta: Expr) -> Expr:
        return alpha * sympy_tanh(beta * x)

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr, beta: Expr) -> Expr:
        return beta * (alpha - y**2 / alpha)


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


ACTIVATIONS: dict[str, type[Activation]] = {
    cls.__name__: cls
    for cls in (
        sigmoid,
        tanh,
        identity,
        relu,
        hardtanh,
        hard_sigmoid,
        hard_sigmoid_onnx,
        softsign,
        softplus,
        elu,
        leaky_relu,
        silu,
        gelu,
        scaled_tanh,
        affine,
        thresholded_relu,
    )
}


def parametrised(text: str) -> Callable[[Expr], Expr]:
    """The function that a text such as ``"elu"`` or ``"elu(alpha=2)"`` names: an activation with its parameters.

    >>> parametrised("elu(alpha=2)")(Symbol("a"))
    elu(a, 2)

    Raises DeriveError for an unknown activation or parameter, or a value that is not a number.
    """
    name, _, rest = text.strip().partition("(")
    cls = activation(name.strip())
    given: dict[str, Expr] = {}
    if rest:
        if not rest.endswith(")"):
            raise DeriveError(f"activation {text!r} has no closing parenthesis; write it as 'elu(alpha=2)'")
        for item in filter(None, (part.strip() for part in rest[:-1].split(","))):
            key, _, number = (part.strip() for part in item.partition("="))
            if key not in cls.defaults:
                raise DeriveError(f"activation {text!r}: {unknown('parameter', key, cls.defaults)}")
            try:
                given[key] = exact_rational(number)
            except DeriveError:
                raise DeriveError(
                    f"activation {text!r}: {key} is {number!r}, expected a number such as 2 or 0.5"
                ) from None
    return lambda x: cls(x, **given)


def activation(name: str | type[Activation]) -> type[Activation]:
    """The activation of that name; a class is given back as it is.

    Raises DeriveError for an unknown name, with the nearest ones.
    """
    if isinstance(name, type):
        return name
    try:
        return ACTIVATIONS[name]
    except KeyError:
        raise DeriveError(unknown("activation", name, ACTIVATIONS)) from None
