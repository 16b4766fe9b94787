"""What may stand in an activation's place on an interval: tables, minimax polynomials and quotients, with their costs.

A candidate knows about how large its error is, which serves to choose; the certified error is found for those chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, pairwise

from sympy import Add, Expr, Function, Integer, Max, Min, Mul, Poly, Pow, Rational, lambdify, preorder_traversal

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation, x
from derive.approximation.minimax import minimax
from derive.approximation.tables import table
from derive.errors import DeriveError
from derive.symbolic.activation import Activation
from derive.symbolic.table import Table, tabulated
from derive.synthesis.bound import error_of

KINDS = ("table", "polynomial", "rational")
MOST_ENTRIES = 4096
DEGREES, HIGH_DEGREES = range(1, 14), (15, 17, 21, 25, 31)  # of polynomials; high ones take longer to find
QUOTIENTS = ((1, 2), (2, 2), (3, 2), (3, 4), (4, 4), (5, 4), (5, 6), (6, 6))
ODD_QUOTIENTS = ((1, 2), (3, 2), (3, 4), (5, 4), (5, 6))
SHIFTED_QUOTIENTS = ((2, 2), (3, 2), (4, 4), (5, 4), (6, 6))  # of a function that is odd but for a constant
COEFFICIENT = 4  # bytes
SPARE = 1.005  # of an estimate
SMALLEST = 1e-9  # of an error: smaller ones are certified slowly, if at all
MOST_BYTES = 3  # of a table's entry
SAMPLES = 257

Interval = tuple[Rational, Rational]


@dataclass(frozen=True, eq=False, repr=False)
class Candidate:
    """A replacement of an activation on an interval.

    estimate: of the error. operations: of one value: additions, multiplications, divisions, comparisons, roundings and
    look-ups, equal parts once. entries: the numbers that are stored. bytes: of a table's entries as whole numbers of
    as many bytes as they need, of a coefficient 4.
    """

    kind: str
    label: str
    exact: Expr  # in x
    on: Interval
    estimate: float
    operations: int
    entries: int
    bytes: int
    make: Callable[[], type[Activation]]

    @cached_property
    def function(self) -> type[Activation]:
        """The replacement as an activation."""
        return self.make()

    @cached_property
    def approximation(self) -> Approximation:
        """Its certified error. Raises DeriveError where none is certified."""
        function = self.function
        return approximate(self.exact, function if issubclass(function, Table) else function.value(x), on=self.on)

    @cached_property
    def error(self) -> float:
        """What the error does not exceed, rounded up."""
        return error_of(self.approximation)

    @property
    def expected(self) -> float:
        """The certified error where it is known, else the estimate."""
        found: float = self.__dict__.get("error", self.estimate)
        return found

    def __repr__(self) -> str:
        return f"{self.label} on [{self.on[0]}, {self.on[1]}], error ≤ {self.approximation.bound_at(3)}"


def candidates(exact: Expr, key: str, on: Interval, kinds: tuple[str, ...], enough: float) -> list[Candidate]:
    """Those of the kinds, each sort up to the first one whose error is below ``enough``, or as small as any.

    exact: the activation in x; key: what the replacement is called after.
    """
    families: dict[str, tuple[Callable[[Expr, str, Interval], Iterator[Candidate]], ...]] = {
        "table": (partial(_tables, True), partial(_tables, False)),
        "polynomial": (_polynomials,),
        "rational": (_quotients,),
    }
    chosen = [make for kind in KINDS if kind in kinds for make in families[kind]]
    return list(chain.from_iterable(_until(make(exact, key, on), enough) for make in chosen))


def _until(found: Iterator[Candidate], enough: float) -> Iterator[Candidate]:
    for k, candidate in enumerate(found):
        if k == 0 or candidate.estimate >= SMALLEST:  # on a short interval the first may be that good
            yield candidate
        if candidate.estimate < max(enough, SMALLEST):
            return


def least(kinds: Iterable[str]) -> float:
    """No candidate of these kinds is expected to err by less."""
    return min(2.0 ** -(8 * MOST_BYTES + 1) if kind == "table" else SMALLEST for kind in kinds)


def centre(exact: Expr) -> Rational | None:
    """φ(0), where φ is odd but for that number; None for another function."""
    middle, number = exact.subs(x, 0), lambdify(x, exact.func.value(*exact.args), "mpmath")
    if not middle.is_Rational:
        return None
    odd = all(abs(number(k) + number(-k) - 2 * float(middle)) < 1e-12 for k in (0.25, 0.5, 1.0, 2.0, 3.0))
    return middle if odd else None


# ---------------------------------------------------------------------- tables


def _tables(interpolate: bool, exact: Expr, key: str, on: Interval) -> Iterator[Candidate]:
    """Interpolated ones, or tables of steps, by the number of their entries."""
    function = lambdify(x, exact.func.value(*exact.args), "mpmath")
    width = float(on[1] - on[0])
    h = width / (SAMPLES - 1)
    y = [float(function(float(on[0]) + k * h)) for k in range(SAMPLES)]
    slope = max(abs(b - a) for a, b in pairwise(y)) / h
    curvature = max(abs(a - 2 * b + c) for a, b, c in zip(y, y[1:], y[2:], strict=False)) / h**2
    size, signed = max(map(abs, y)), min(y) < 0
    for k in range(2, MOST_ENTRIES.bit_length()):
        n = 2**k
        step = width / (n - interpolate)
        apart = curvature * step**2 / 8 if interpolate else slope * step / 2
        stored, bits = _stored(apart, size, signed)
        yield _table(exact, key, on, n, bits, interpolate, apart + 2.0 ** -(bits + 1), stored)


def _stored(error: float, size: float, signed: bool) -> tuple[int, int]:
    """The bytes of an entry that are worth an error, and how many bits after the point there is room for."""
    for count in range(1, MOST_BYTES + 1):
        bits = 8 * count - signed - int(size).bit_length()
        bits -= int(size * 2.0**bits + 1).bit_length() + signed > 8 * count  # one that is rounded up to 1
        if 2.0 ** -(bits + 1) <= error:
            break
    return count, bits


def _table(
    exact: Expr, key: str, on: Interval, n: int, bits: int, interpolate: bool, error: float, stored: int
) -> Candidate:
    def make() -> type[Table]:
        found = table(exact, entries=n, on=on, bits=bits, interpolate=interpolate)
        about = {a: getattr(found, a) for a in ("lower", "upper", "bits", "interpolate", "outside")}
        name = f"{found.__name__}_{key}" + ("" if interpolate else "_steps")
        own: type[Table] = tabulated(found.of, name, f"{name.replace('_', '')}", found.entries.numbers, **about)
        return own

    label = f"table of {n} entries to {bits} bits, {'interpolated' if interpolate else 'of steps'}"
    return Candidate("table", label, exact, on, SPARE * error, _table_operations(interpolate), n, n * stored, make)


def _table_operations(interpolate: bool) -> int:
    """Those of a table's formula, which are as many for all tables."""
    found = table("sigmoid", entries=4, on=(-3, 5), bits=4, interpolate=interpolate)
    return counted(found.value(x))


# ---------------------------------------------------------------------- polynomials and quotients


def _polynomials(exact: Expr, key: str, on: Interval) -> Iterator[Candidate]:
    odd = on[0] == -on[1] and centre(exact) is not None
    for degree in DEGREES[:: 2 if odd else 1]:
        yield from _minimax(exact, key, on, (degree, 0), f"polynomial of degree {degree}")
    for degree in HIGH_DEGREES:
        found = list(_minimax(exact, key, on, (degree, 0), f"polynomial of degree {degree}"))
        if not found:
            return
        yield from found


def _quotients(exact: Expr, key: str, on: Interval) -> Iterator[Candidate]:
    middle = centre(exact) if on[0] == -on[1] else None
    degrees = QUOTIENTS if middle is None else SHIFTED_QUOTIENTS if middle else ODD_QUOTIENTS
    for m, n in degrees:
        yield from _minimax(exact, key, on, (m, n), f"quotient of degrees {m} and {n}")


def _minimax(exact: Expr, key: str, on: Interval, degrees: tuple[int, int], label: str) -> Iterator[Candidate]:
    """One, or none where none is found."""
    try:
        found = minimax(exact, degrees, on=on)
        estimate = SPARE * float(found.least)
    except DeriveError:
        return
    formula = nested(found.formula, centre(exact) if on[0] == -on[1] else None)
    count = len({n for n in preorder_traversal(formula) if n.is_Rational and not n.is_Integer})
    m, n = degrees
    kind, name = ("rational", f"{m}_{n}") if n else ("polynomial", str(m))

    def make() -> type[Activation]:
        return formula_activation(formula, f"{type(exact).__name__}_{name}_{key}", f"A {label} for {exact}.")

    yield Candidate(kind, label, exact, on, estimate, counted(formula), count, COEFFICIENT * count, make)


def nested(formula: Expr, middle: Rational | None) -> Expr:
    """The quotient by Horner's rule; ``middle`` more than an odd function, in x², where it is given."""
    factors = Mul.make_args(formula)
    below = Mul(*(1 / a for a in factors if isinstance(a, Pow) and a.exp == -1))
    above = Mul(*(a for a in factors if not (isinstance(a, Pow) and a.exp == -1)))
    p, q = ([f.nth(k) for k in range(f.degree() + 1)] for f in (Poly(above, x), Poly(below, x)))
    if middle is None:
        return _horner(x, p) / _horner(x, q)
    square = x**2
    odd = [c - middle * d for c, d in zip(p, [*q, *[0] * len(p)], strict=False)][1::2]
    found = x * _horner(square, odd) / _horner(square, q[::2])
    return middle + found if middle else found


def _horner(u: Expr, coefficients: list[Rational]) -> Expr:
    """From the constant on."""
    found = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        found = c + u * found
    return found


def formula_activation(formula: Expr, name: str, what: str) -> type[Activation]:
    """An activation that is this formula in x."""
    slope = formula.diff(x)

    def value(cls: type[Activation], u: Expr) -> Expr:
        return formula.xreplace({x: u})

    def slope_of(cls: type[Activation], u: Expr, y: Expr) -> Expr:
        return slope.xreplace({x: u})

    about = {
        "__doc__": what, "latex_name": rf"\operatorname{{{name.replace('_', '')}}}", "unicode_name": name,
        "increasing": False, "value": classmethod(value), "slope": classmethod(slope_of),
    }  # fmt: skip
    return type(name, (Activation,), about)


def counted(formula: Expr) -> int:
    """The operations of a formula, equal parts once."""
    parts = {n for n in preorder_traversal(formula) if isinstance(n, Add | Mul | Max | Min | Pow | Function)}
    return sum(len(n.args) - 1 if isinstance(n, Add | Mul | Max | Min) else 1 for n in parts) or int(
        formula != Integer(0)
    )
