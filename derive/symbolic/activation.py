"""What an activation is: a SymPy function that carries what the rest of the package needs to know of it.

It is a class with a few lines of data: its value as an elementary formula, its derivative in terms of its own output
where that is shorter, its range, its kinks, bounds of its first two derivatives, and its spelling in LaTeX, unicode and
PyTorch. It behaves as any SymPy function: ``tanh(x).diff(x)``, ``.series``, ``.rewrite(exp)``, ``.evalf``,
``lambdify``. It is opaque on purpose (σ is never expanded to exponentials by itself): a cell keeps its form.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sympy import Dummy, Expr, Function, Heaviside, Piecewise, S, Set, Symbol, evaluate, exp, sympify

from derive.errors import DeriveError
from derive.symbolic.checked import check_activation
from derive.symbolic.expressions import replace

_SUBSCRIPT = re.compile(r"_(\{[^{}]*\}|.)$")


def cases_of_heaviside(u: Expr, at_zero: Expr = S.Half) -> Piecewise:
    """Heaviside's function of u as cases, whose slope is no delta function."""
    with evaluate(False):
        cases = (1, u > 0), (0, u < 0), (at_zero, True)
    return Piecewise(*cases, evaluate=False)


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
    turn: ClassVar[tuple[Expr, ...]] = ()  # where one that falls first, and rises then, turns: between these two
    kinks: ClassVar[tuple[Expr, ...]] = ()  # where φ' jumps
    max_slope: ClassVar[Expr | None] = None  # sup |φ'|
    max_curvature: ClassVar[Expr | None] = None  # sup |φ''|; None where a kink leaves none
    defaults: ClassVar[dict[str, Expr]] = {}
    # whether the slope is another than the derivative of the value, which autograd then has to be told; None: see there
    surrogate: ClassVar[bool | None] = None
    shown: ClassVar[bool] = False  # whether default parameters are printed too, because no convention tells them

    @classmethod
    def value(cls, x: Expr, *parameters: Expr) -> Expr:
        """φ(x) as an elementary SymPy expression."""
        raise NotImplementedError

    @classmethod
    def stable(cls, x: Expr, *parameters: Expr) -> Expr:
        """φ(x) in a form that neither overflows nor cancels in floating point, and that machines know."""
        value = cls.value(x, *parameters)
        return value.replace(Heaviside, cases_of_heaviside) if value.has(Heaviside) else value

    @classmethod
    def slope(cls, x: Expr, y: Expr, *parameters: Expr) -> Expr:
        """φ'(x), where y = φ(x) may be used.

        It may be another function than the derivative of ``value`` (a surrogate gradient, a straight-through
        estimator): then it stands for the derivative everywhere, in what is printed and in every way to differentiate
        a generated module."""
        raise NotImplementedError

    @classmethod
    def latex_with(cls, *parameters: str) -> str:
        """The name with these parameters below, in the place of what stands there: a second subscript is an error."""
        return rf"{_SUBSCRIPT.sub('', cls.latex_name)}_{{{', '.join(parameters)}}}"

    # ------------------------------------------------------------------ SymPy's protocol

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """φ(x, parameters...): parameters may be left out or given by name. Raises DeriveError for another number of
        arguments, and for a class that is no activation."""
        if "_is_checked" not in vars(cls):
            check_activation(cls)
            cls._is_checked = True
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

    def opened(self) -> Expr:
        """The stable formula of the arguments, which stand in it as they are: they are real, and SymPy, which is not
        told so, would make e^re(z) of |e^z|, and a root of a product with a conjugate of some |min(a, b)|."""
        numbers = [Dummy(real=True) for _ in self.args]
        return replace(self.stable(*numbers), dict(zip(numbers, self.args, strict=True)))

    def _plain_code(self, printer: Any) -> str:
        """What lambdify and SymPy's code printers write: the stable formula, inlined."""
        return f"({printer._print(self.opened())})"

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
            name = self.latex_with(*map(printer._print, self.args[1:]))
        return rf"{name}{power}\left({printer._print(self.args[0])}\right)"

    def _pretty(self, printer: Any) -> Any:
        return printer._print_Function(self, func_name=self.unicode_name)
