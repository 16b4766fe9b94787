"""Claims as a lecturer writes them: ``tanh(x) ~ x`` with an interval, ``sigma(90) ~ 1, sigma(-10) ~ 0``.

A claim is an obligation: the argument of the activation lies where the claim was made. Its formulas are read by
``derive.symbolic.formula``; nothing is ever executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Abs, Expr, Symbol, oo

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation
from derive.approximation.keeps import Keep, read_keeps
from derive.approximation.ranges import Property
from derive.errors import DeriveError, shown
from derive.symbolic.activation import Activation
from derive.symbolic.formula import Names, read_formula

LONGEST = 1000  # characters of a claim
IN_X = Names("x", ("x",), least_power=0, longest=LONGEST, functions={"abs": lambda u: Abs(u, evaluate=False)})
LIMITS = {"sigmoid": {oo: 1, -oo: 0}, "tanh": {oo: 1, -oo: -1}}

x = Symbol("x")


@dataclass(frozen=True)
class Claim:
    """``exact(argument) ~ replacement`` for arguments in [lower, upper]; a single point where they are equal.

    keeps: what the replacement is said to keep of the function there.
    """

    text: str
    exact: type[Activation]
    replacement: Expr
    lower: Expr
    upper: Expr
    keeps: tuple[Keep, ...] = ()

    @classmethod
    def parse(cls, text: str, interval: Sequence[Any] | None = None, keeps: Any = ()) -> tuple[Claim, ...]:
        """The claims of a text, separated by commas. ``interval`` is where those about f(x) hold, and ``keeps`` what
        their replacements keep there: texts such as ``stays within [-1, 1]`` and ``monotone``.

        Raises DeriveError for what is not a claim, and for an unknown activation (the nearest names are offered).
        """
        if len(text) > LONGEST:
            raise DeriveError(f"a claim of {len(text)} characters is too long; at most {LONGEST} are read")
        kept = read_keeps(keeps)
        return tuple(cls._parse_one(part, interval, kept) for part in _split(" ".join(text.split())))

    @classmethod
    def _parse_one(cls, text: str, interval: Sequence[Any] | None, keeps: tuple[Keep, ...]) -> Claim:
        sides = text.replace("≈", "~").split("~")
        if len(sides) != 2:
            raise DeriveError(f"claim {shown(text)} is not of the form f(x) ~ g(x) or f(number) ~ number")
        left, right = (_parse(side, text) for side in sides)
        if not isinstance(left, Activation):
            raise DeriveError(
                f"claim {shown(text)} has no activation of x or of a number on its left; write tanh(x) ~ x"
            )
        argument, replacement = _evaluated(left.args[0]), _evaluated(right)
        if argument != x:
            if replacement.has(x) or not argument.is_Rational:
                raise DeriveError(f"claim {shown(text)}: a claim at a point reads f(number) ~ number")
            if keeps:
                raise DeriveError(f"claim {shown(text)} is about a point, which keeps nothing; drop keeps")
            return cls(text, left.func, replacement, argument, argument)
        if interval is None:
            raise DeriveError(f"claim {shown(text)} holds for no stated x; add interval = [lower, upper]")
        approximation = approximate(left.func, replacement, on=interval)  # checks the interval
        return cls(text, left.func, replacement, approximation.lower, approximation.upper, keeps)

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    @cached_property
    def approximation(self) -> Approximation:
        """The error that the claim allows where it was made. Raises DeriveError, naming it, where there is no bound."""
        return self.approximation_on(self.lower, self.upper)

    def approximation_on(self, lower: Expr, upper: Expr) -> Approximation:
        """The error of the claim's replacement on another interval. Raises DeriveError as ``approximation`` does."""
        found = approximate(self.exact, self.replacement, on=(lower, upper))
        try:
            found.supremum  # noqa: B018  where there is no bound is found here
        except DeriveError as e:
            raise DeriveError(f"claim {shown(str(self))}: {e}") from None
        return found

    @cached_property
    def properties(self) -> tuple[tuple[Keep, Property], ...]:
        """What the replacement is said to keep where the claim was made: proved, refuted with a point, or undecided."""
        return tuple((keep, keep.on(self.approximation)) for keep in self.keeps)

    def properties_json(self) -> list[dict[str, str | None]]:
        """The same for programs."""
        return [
            {"statement": keep.text, "verdict": found.verdict, "at": None if found.at is None else str(found.at)}
            for keep, found in self.properties
        ]

    @cached_property
    def domain(self) -> tuple[Expr, Expr]:
        """The arguments that the claim covers with the same error.

        A saturation at a point covers what lies further out: σ(-10) ~ 0 says no less of σ(-90), as σ is monotone.
        """
        limits = LIMITS.get(self.exact.__name__, {})
        if self.is_point and self.replacement == limits.get(oo):
            return self.lower, oo
        if self.is_point and self.replacement == limits.get(-oo):
            return -oo, self.upper
        return self.lower, self.upper

    def __str__(self) -> str:
        return self.text if self.is_point else f"{self.text} on [{self.lower}, {self.upper}]"


def _split(text: str) -> list[str]:
    """The parts between commas outside parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [p.strip() for p in parts]


def _parse(side: str, claim: str) -> Expr:
    """One side of a claim, unevaluated."""
    try:
        return read_formula(side, IN_X)
    except DeriveError as e:
        raise DeriveError(f"claim {shown(claim)}: {e}") from None


def _evaluated(expr: Expr) -> Expr:
    """A formula as SymPy works it out; what is too large for that has been refused."""
    return expr.func(*map(_evaluated, expr.args)) if expr.args else expr
