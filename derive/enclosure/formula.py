"""One unit of a cell's equation as a program over any domain, its activations numbered as a run numbers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import prod
from typing import Any, NamedTuple, TypeVar

from flint import arb
from sympy import Add, Expr, Max, Min, Mul, Piecewise, Pow, S, Symbol, exp, floor, fraction, log, pi, sign
from sympy import E as euler
from sympy.core.relational import Relational

from derive.approximation.claim import x
from derive.approximation.enclosure import truth
from derive.enclosure.elements import Cases, Domain
from derive.enclosure.functions import Replaced
from derive.errors import DeriveError, Undecided
from derive.exact.intervals import Interval, outwards
from derive.exact.rational import exactly
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import ordered
from derive.symbolic.nodes import FunctionNode

E = TypeVar("E")
Made = Callable[[int], Expr | None]  # what is written in x for the k-th activation; None for the activation itself
CONSTANTS = {pi: arb.pi, euler: arb.const_e}


class Replacements(NamedTuple):
    """What stands for each activation in the exact cell, before, and in the replaced one, after. are_numbered: whether
    they are known by their numbers among those in the cases that apply, which have to be certain then."""

    before: Made
    after: Made
    are_numbered: bool = False


class Formula:
    """A formula over symbols of single numbers.

    numbers: those symbols that are the run's numbers and no variables. functions: its activations, a function before
    those in its argument. has_cases: whether some are in the cases of a ``Piecewise``, of which a run numbers those
    that apply; has_hidden: whether some are in conditions or signs, which a run settles without a number. Raises
    DeriveError, naming it, for a part that cannot be enclosed.
    """

    def __init__(self, expr: Expr, numbers: dict[Symbol, Expr]) -> None:
        self._numbers = numbers
        self.functions: list[type[Activation]] = []
        cases = expr.atoms(Piecewise)
        self.has_cases = any(node.has(Activation) for node in cases)
        hiding = [*expr.atoms(sign), *(condition for node in cases for _, condition in node.args)]
        self.has_hidden = any(node.has(Activation) for node in hiding)
        self._evaluate = self._read(expr)

    def __call__(self, domain: Domain[E], known: Mapping[Symbol, E], made: Replacements, arguments: dict[int, E]) -> E:
        """Its value in a domain; ``arguments`` receives those of its activations.

        Raises Undecided where the box does not tell which case applies, and that has to be told.
        """
        found: E = self._evaluate(domain, known, made, arguments)
        return found

    def _read(self, node: Any) -> Callable[..., Any]:
        if isinstance(node, FunctionNode):
            return self._read(node.formula)
        if isinstance(node, Symbol) and node not in self._numbers:
            return lambda domain, known, made, arguments: known[node]
        if self._is_number(node):
            number = constant(node.xreplace(self._numbers))
            return lambda domain, known, made, arguments: domain.constant(number)
        match node:
            case Add():
                return self._sum(node)
            case Mul():
                return self._fold(node, lambda domain: domain.multiply)
            case Max() | Min():
                largest = isinstance(node, Max)
                return self._fold(node, lambda domain: lambda a, b: domain.extreme(a, b, largest))
            case Activation():
                return self._activation(node)
            case Piecewise():
                return self._cases(node)
            case Pow() if not any(map(self._is_number, node.args)):
                return self._power(node)
            case floor():
                return self._floor(node)
        return self._function(node)

    def _is_number(self, node: Any) -> bool:
        return not node.has(Activation) and all(s in self._numbers for s in node.free_symbols)

    def _sum(self, node: Any) -> Callable[..., Any]:
        """Terms that are a number times something are one operation, which is exact but for its rounding."""
        weights, parts = [], []
        for term in node.args:
            factors = term.args if isinstance(term, Mul) else (term,)
            numbers = [f for f in factors if self._is_number(f)] if len(factors) > 1 else []
            number = prod((f.xreplace(self._numbers) for f in numbers), start=S.One)
            weight = constant(number)
            if weight.sign == 0 and not term.has(Activation):  # which is numbered, whatever it is worth
                continue
            rest = [f for f in factors if f not in numbers]
            if not weight.sign or not rest:
                weight, rest = constant(S.One), [term]
            weights.append(weight.lower.union(weight.upper))
            parts.append(self._read(rest[0] if len(rest) == 1 else ordered(Mul, rest)))

        def evaluate(domain: Any, *given: Any) -> Any:
            return domain.combine(weights, [part(domain, *given) for part in parts])

        return evaluate

    def _fold(self, node: Any, operation: Callable[[Any], Callable[[Any, Any], Any]]) -> Callable[..., Any]:
        first, *others = map(self._read, node.args)

        def evaluate(domain: Any, *given: Any) -> Any:
            found, combined = first(domain, *given), operation(domain)
            for other in others:
                found = combined(found, other(domain, *given))
            return found

        return evaluate

    def _activation(self, node: Any) -> Callable[..., Any]:
        k = len(self.functions)
        self.functions.append(type(node))
        plain, argument = self._in_x(node, 0), self._read(node.args[0])

        def evaluate(domain: Any, known: Any, made: Replacements, arguments: dict[int, Any]) -> Any:
            u = arguments[k] = argument(domain, known, made, arguments)
            before, after = (plain if (m := f(k)) is None else m for f in made[:2])
            return self._replaced(domain, before, after, plain, u)

        return evaluate

    def _replaced(self, domain: Any, before: Any, after: Any, plain: Any, argument: Any) -> Any:
        """An activation and what stands in its place, of the argument. plain: the activation itself."""
        return domain.apply(domain.function(before, after), argument)

    def _function(self, node: Any) -> Callable[..., Any]:
        """Another function, of one argument that is no number."""
        places = [k for k, a in enumerate(node.args) if not self._is_number(a)]
        if len(places) != 1:
            return self._of_one(node)
        formula, argument = self._in_x(node, places[0]), self._read(node.args[places[0]])
        return lambda domain, *given: domain.apply(domain.function(formula, formula), argument(domain, *given))

    def _of_one(self, node: Any) -> Callable[..., Any]:
        """The whole formula, which is of one symbol, as one function; none of its activations is replaced."""
        varying = sorted(map(str, node.free_symbols - self._numbers.keys()))
        if len(varying) != 1 or node.has(Activation):
            raise DeriveError(f"{node} cannot be enclosed: it is no sum or product, and of {', '.join(varying)}")
        variable = Symbol(varying[0])
        formula = node.xreplace(self._numbers).xreplace({variable: x})
        argument = self._read(variable)
        return lambda domain, *given: domain.apply(domain.function(formula, formula), argument(domain, *given))

    def _power(self, node: Any) -> Callable[..., Any]:
        """a^b = exp(b ln a) of two that vary."""
        if not node.has(Activation) and len(node.free_symbols - self._numbers.keys()) == 1:
            return self._of_one(node)
        base, exponent = map(self._read, node.args)

        def evaluate(domain: Any, *given: Any) -> Any:
            logarithm = domain.apply(domain.function(log(x), log(x)), base(domain, *given))
            return domain.apply(domain.function(exp(x), exp(x)), domain.multiply(exponent(domain, *given), logarithm))

        return evaluate

    def _floor(self, node: Any) -> Callable[..., Any]:
        """The domain is told the quotient too: that of two whole numbers has a certain floor."""
        (whole,) = node.args
        argument = self._read(whole)
        top, below = (whole, S.One) if node.has(Activation) else fraction(whole)  # activations are read once
        above, under = argument if top == whole else self._read(top), self._read(below)

        def evaluate(domain: Any, *given: Any) -> Any:
            value = argument(domain, *given)
            return domain.floor(value, [value if above is argument else above(domain, *given), under(domain, *given)])

        return evaluate

    def _cases(self, node: Any) -> Callable[..., Any]:
        """The case that applies, or all that may; one function where all is of one symbol."""
        if not node.has(Activation) and len(node.free_symbols - self._numbers.keys()) == 1:
            return self._of_one(node)
        formulas, conditions = zip(*node.args, strict=True)
        relations = sorted({r for c in conditions for r in c.atoms(Relational)}, key=str)
        differences = [self._read(r.lhs - r.rhs) for r in relations]
        parts = [self._read(f) for f in formulas]

        @cache
        def possible(signs: tuple[int | None, ...]) -> tuple[int, ...]:
            sign_of, found = dict(zip(relations, signs, strict=True)), []
            for k, condition in enumerate(conditions):
                holds = truth(condition, sign_of.__getitem__)
                if holds is not False:
                    found.append(k)
                if holds:
                    return tuple(found)
            raise Undecided(f"that a case of {node} applies is not certain on the box, in both cells; narrow it")

        def evaluate(domain: Any, known: Any, made: Replacements, arguments: Any) -> Any:
            given = known, made, arguments
            by = [d(domain, *given) for d in differences]
            which = [Cases(possible(s.exact), possible(s.replaced), s.is_shared) for s in domain.signs(by)]
            if made.are_numbered and not all(cases.is_certain for cases in which):
                raise Undecided(f"which case of {node} applies is not certain on the box, in both cells; narrow it")
            needed = sorted({k for cases in which for k in (*cases.exact, *cases.replaced)})
            return domain.chosen({k: parts[k](domain, *given) for k in needed}, which, by)

        return evaluate

    def _in_x(self, node: Any, place: int) -> Expr:
        """The function as a formula in x, which stands in that place."""
        args = [x if k == place else a.xreplace(self._numbers) for k, a in enumerate(node.args)]
        others = sorted({str(s) for k, a in enumerate(args) if k != place for s in a.free_symbols})
        if others:
            raise DeriveError(f"{node} cannot be enclosed: its parameter {others[0]} is in the box; leave it out")
        found: Expr = node.func(*args)
        return found


def constant(number: Any) -> Interval:
    """The narrowest interval around a number: a rational, π, e, or a formula of them."""
    if number.is_Rational:
        return outwards(arb(exactly(number)))
    if number in CONSTANTS:
        return outwards(CONSTANTS[number]())
    return Replaced.of(number, number).before.value(outwards(arb(0)))
