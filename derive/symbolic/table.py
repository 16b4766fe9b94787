"""A function given by a table: its entries are data, and its formula is one line however many there are.

``Entries`` is the one thing that a table needs of a machine: the k-th number of a list. What a table does with them
(where k is, how it goes from one entry to the next, what it does outside) is a formula as any other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from sympy import Expr, Function, Integer, Interval, Max, Min, Rational, floor, oo

from derive.symbolic.activation import Activation

LONGER = "make it on a longer interval, or with outside='clamp'"


class Entries(Function):
    """The k-th entry of a table, from 0; each table has a subclass of its own."""

    numbers: ClassVar[tuple[Rational, ...]]

    @classmethod
    def eval(cls, k: Expr) -> Expr | None:
        return cls.numbers[int(k)] if k.is_Integer else None

    def _eval_is_extended_real(self) -> bool:
        return True

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)  # k is a whole number wherever it is differentiated

    def _plain_code(self, printer: Any) -> str:
        """What lambdify writes: the entries, of which one is taken."""
        return f"({', '.join(repr(float(n)) for n in self.numbers)})[int({printer._print(self.args[0])})]"

    _pythoncode = _mpmathcode = _lambdacode = _plain_code

    def _latex(self, printer: Any) -> str:
        return rf"T_{{{printer._print(self.args[0])}}}"


class Table(Activation):
    """A table of a function; ``derive.table`` makes subclasses of it.

    Interpolated, entry k stands for the place lower + k spacing, and between two of them the function is linear;
    otherwise entry k stands for the whole of the k-th of equal parts of the interval. Outside it is the first or the
    last entry ("clamp"), or the first or the last line goes on ("extend"), or it has no value ("error"): what is exact
    or certified is refused there, and a machine, which looks no further, has the first or the last entry.
    """

    entries: ClassVar[type[Entries]]
    of: ClassVar[type[Activation]]  # the function that was tabulated
    lower: ClassVar[Rational]
    upper: ClassVar[Rational]
    bits: ClassVar[int]
    interpolate: ClassVar[bool]
    outside: ClassVar[str]
    slopes: ClassVar[Any] = None  # the table of its slopes; a table of steps has none
    surrogate = False

    @classmethod
    def count(cls) -> int:
        return len(cls.entries.numbers)

    @classmethod
    def spacing(cls) -> Rational:
        return (cls.upper - cls.lower) / (cls.count() - cls.interpolate)

    @classmethod
    def _place(cls, x: Expr) -> Expr:
        """x in spacings from the first entry."""
        return (x - cls.lower) / cls.spacing()

    @classmethod
    def _left(cls, place: Expr) -> Expr:
        """The entry at or to the left of a place."""
        return Min(Max(floor(place), 0), cls.count() - 1 - cls.interpolate)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        place = cls._place(x)
        k = cls._left(place)
        if not cls.interpolate:
            return cls.entries(k)
        if cls.outside != "extend":
            place = Min(Max(place, 0), cls.count() - 1)
        return cls.entries(k) + (place - k) * (cls.entries(k + 1) - cls.entries(k))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        """That of the line, a table itself; at an entry that of the line to its right."""
        return Integer(0) if cls.slopes is None else cls.slopes(x)

    @classmethod
    def uncovered(cls, what: str) -> str:
        """What is said where a table without values outside is asked for more than it has."""
        return f"{cls.__name__} on [{cls.lower}, {cls.upper}] does not cover {what}; {LONGER}"

    # ------------------------------------------------------------------ in exact numbers

    @classmethod
    def lines(cls) -> list[tuple[Expr, Expr, Rational, Rational]]:
        """(lower, upper, value at lower or, of a half-line, at its end, slope) of each linear part, from left to right;
        they reach from -∞ to ∞."""
        numbers, h, steady = cls.entries.numbers, cls.spacing(), Integer(0)
        places = [cls.lower + k * h for k in range(cls.count() + 1 - cls.interpolate)]
        slopes = [(b - a) / h for a, b in pairwise(numbers)] if cls.interpolate else [steady] * len(numbers)
        first, last = (slopes[0], slopes[-1]) if cls.outside == "extend" else (steady, steady)
        inner = [(p, p + h, t, s) for p, t, s in zip(places, numbers, slopes, strict=False)]
        return [(-oo, cls.lower, numbers[0], first), *inner, (cls.upper, oo, numbers[-1], last)]


def tabulated(function: type[Activation], name: str, printed: str, numbers: tuple[Rational, ...], **about: Any) -> Any:
    """The table with these entries, and that of its slopes, which are 0 outside a table that keeps its last entries.

    printed: its name in formulas, without a subscript, which would be a parameter there.
    """
    table = _made(function, name, printed, numbers, about)
    if table.interpolate:
        h, clamps = table.spacing(), table.outside != "extend"
        slopes = tuple((b - a) / h for a, b in pairwise(numbers))
        around, reach = ((Integer(0),), h) if clamps else ((), Integer(0))
        ends = {"lower": table.lower - reach, "upper": table.upper + reach, "interpolate": False, "outside": "clamp"}
        called = f"{name}_slope", f"d{printed}"
        table.slopes = _made(function, *called, (*around, *slopes, *around), {**about, **ends})
    return table


def _made(function: Any, name: str, printed: str, numbers: tuple[Rational, ...], about: dict[str, Any]) -> Any:
    entries = type(f"{name}_entries", (Entries,), {"numbers": numbers})
    own = {
        "entries": entries,
        "of": function,
        "latex_name": rf"\operatorname{{{printed}}}",
        "unicode_name": name,
        "torch": f"{name}({{x}})",
        **about,
    }
    ends = (min(numbers), max(numbers)) if about["outside"] != "extend" else (-oo, oo)
    rising = all(a <= b for a, b in pairwise(numbers))
    return type(name, (Table,), {**own, "reals": Interval(*ends), "increasing": rising, "__doc__": Table.__doc__})
