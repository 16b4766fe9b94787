r"""Printed equations read back: from the LaTeX of a cell, or of its gradient, to a tree.

The reader is written from what a reader of a paper knows, and shares no code with the printer; ``derive.verify``
compares what the two make of every cell. Its grammar, with ``{...}`` for repetition and ``[...]`` for an option:

    equations   \begin{aligned} equation { \\ (equation | draw) } \end{aligned}
    equation    name &= sum
    draw        name &\sim \operatorname{Bernoulli}(sum) \quad \text{words}
    sum         [-] term { (+ | -) term }
    term        \sum_{t} term | product { \odot product }
    product     factor { factor }
    factor      atom [ ^{sum} | ^{\top} ]
    atom        number | name | \mathbf{1} [_{name}] | ( sum ) | \left| sum \right|
                | \left\lfloor sum \right\rfloor | e^{sum} | \frac{sum}{sum} | \sqrt[[number]]{sum} | call
                | \begin{cases} case { \\ case } \end{cases}
    call        function [_{sum { , sum }}] [^{sum}] ( sum { , sum } )
    case        sum & (\text{if } condition | \text{otherwise})
    condition   clause { \wedge clause } | clause { \vee clause }
    clause      sum (< | > | \leq | \geq | = | \neq) sum | ( condition )
    name        [\delta | \Delta] letter [_{subscript { , subscript }}]
    letter      a letter | a Greek letter | \mathit{letters} | \tilde{letter} | \hat{letter} | \bar{letter}
    function    \sigma | \tanh | \exp | \log | \sin | \cos | \tan | \sinh | \cosh | \max | \min | \operatorname{name}
                | a name that the reader is told to be a function's; parameters take the place of its subscript

Factors side by side are a matrix product, or a number times anything; \odot multiplies unit by unit. Side by side binds
closer than \odot, and both closer than + and -. \sum takes the term that follows it. A last subscript ``t`` or ``t-1``
is the time. \delta and \Delta are parts of a name, never factors; a name before a bracket is a factor of a product, as
only functions are applied; e and \pi are the numbers. What these numbers, vectors and matrices are worth:
``derive.verification.values``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce

from derive.verification.names import ACCENTS, NAMED_FUNCTIONS, RELATIONS, NameReader
from derive.verification.tokens import Tokens
from derive.verification.tree import Apply, Literal, Name, ReadDraw, ReadEquation, ReadingError, Tree


def read_equations(latex: str, functions: Iterable[str] = ()) -> tuple[ReadEquation, ...]:
    r"""The equations of an ``aligned`` environment, in their order.

    functions: names, in LaTeX, of functions of the author's own. Raises ReadingError for what is not in the grammar.
    """
    return EquationReader(latex, functions).equations()


def read_draws(latex: str, functions: Iterable[str] = ()) -> tuple[ReadDraw, ...]:
    """The masks that are drawn, which stand below the equations. Raises ReadingError as ``read_equations``."""
    reader = EquationReader(latex, functions)
    reader.equations()
    return tuple(reader.draws)


def read_sum(latex: str) -> Tree:
    """One right-hand side. Raises ReadingError for what is not in the grammar."""
    reader = EquationReader(latex)
    tree = reader.sum()
    reader.end()
    return tree


class EquationReader(NameReader):
    """Recursive descent: a method for each line of the grammar. functions: names of the author's own."""

    def __init__(self, latex: str, functions: Iterable[str] = ()) -> None:
        super().__init__(latex)
        self.own = {name: Tokens(name).tokens for name in functions}
        self.draws: list[ReadDraw] = []

    # ------------------------------------------------------------------ equations

    def equations(self) -> tuple[ReadEquation, ...]:
        self.take(r"\begin{aligned}")
        found = [self.equation()]
        while self.skip(r"\\"):
            start = self.place
            target = self.name()
            if self.tokens[self.place : self.place + 2] == ["&", r"\sim"]:
                self.draws.append(self.draw(target))
                continue
            self.place = start
            found.append(self.equation())
        self.take(r"\end{aligned}")
        self.end()
        return tuple(found)

    def equation(self) -> ReadEquation:
        target = self.name()
        self.take("&")
        self.take("=")
        return ReadEquation(target, self.sum())

    def draw(self, mask: Name) -> ReadDraw:
        for token in ("&", r"\sim", r"\operatorname{Bernoulli}"):
            self.take(token)
        (probability,) = self.one_sum()
        self.take(r"\quad")
        return ReadDraw(mask, probability, self.take().removeprefix(r"\text{").removesuffix("}"))

    def sum(self) -> Tree:
        terms = [self.signed(self.skip("-"))]
        while self.next in ("+", "-"):
            terms.append(self.signed(self.take() == "-"))
        return terms[0] if len(terms) == 1 else Apply("+", tuple(terms))

    def signed(self, negative: bool) -> Tree:
        term = self.term()
        return Apply("-", (term,)) if negative else term

    def term(self) -> Tree:
        if self.skip(r"\sum"):
            for token in ("_", "{", "t", "}"):
                self.take(token)
            return Apply("Σ", (self.term(),))
        products = [self.product()]
        while self.skip(r"\odot"):
            products.append(self.product())
        return products[0] if len(products) == 1 else Apply("⊙", tuple(products))

    def product(self) -> Tree:
        factors = [self.factor()]
        while self.skip(r"\,") or self.starts_a_factor():
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else Apply("·", tuple(factors))

    def starts_a_factor(self) -> bool:
        token = self.next
        if token.startswith((r"\left", r"\operatorname", r"\mathit", r"\mathbf")) or token in (r"\frac", r"\sqrt", "("):
            return True
        if token in (r"\begin{cases}", r"\delta", r"\Delta", *ACCENTS, *NAMED_FUNCTIONS):
            return True
        return token[:1].isalnum() or self.is_letter()

    def factor(self) -> Tree:
        atom = self.atom()
        if not self.skip("^"):
            return atom
        self.take("{")
        if self.skip(r"\top"):
            self.take("}")
            return Apply("⊤", (atom,))
        return Apply("^", (atom, self.closed()))

    def closed(self) -> Tree:
        """A sum up to the brace that closes it."""
        tree = self.sum()
        self.take("}")
        return tree

    def braced(self) -> Tree:
        self.take("{")
        return self.closed()

    def atom(self) -> Tree:
        token = self.next
        if re.fullmatch(r"[\d.]+", token):
            return Literal(self.take())
        if token in (r"\left(", "("):
            return Apply("()", self.one_sum())
        for opening, closing, operator in ((r"\left|", r"\right|", "|"), (r"\left\lfloor", r"\right\rfloor", "floor")):
            if self.skip(opening):
                inside = self.braced() if self.next == "{" else self.sum()
                self.take(closing)
                return Apply(operator, (inside,))
        if self.skip(r"\frac"):
            return Apply("/", (self.braced(), self.braced()))
        if self.skip(r"\sqrt"):
            root = Literal("2")
            if self.skip("["):
                root = Literal(self.take())
                self.take("]")
            return Apply("^", (self.braced(), Apply("/", (Literal("1"), root))))
        if self.skip(r"\mathbf{1}"):
            return Apply("1", (), (self.braced(),) if self.skip("_") else ())
        if self.skip(r"\begin{cases}"):
            return self.cases()
        if token == "e" and self.tokens[self.place + 1 : self.place + 3] == ["^", "{"]:
            self.place += 2
            return Apply("exp", (self.braced(),))
        if (own := self.own_function()) is not None:
            return self.applied(own)
        if token in NAMED_FUNCTIONS or token.startswith(r"\operatorname"):
            return self.applied(re.sub(r"\\operatorname|[\\{}]", "", self.take()))
        return self.name()

    def own_function(self) -> str | None:
        """The author's own function that stands here, with its subscript or another; it is then behind us."""
        for name, tokens in self.own.items():
            stem = tokens[: tokens.index("_")] if "_" in tokens else tokens
            for head, following in ((tokens, ("^", "(", r"\left(")), (stem, ("_",))):
                end = self.place + len(head)
                if self.tokens[self.place : end] == head and self.tokens[end : end + 1][0] in following:
                    self.place = end
                    return name
        return None

    def one_sum(self) -> tuple[Tree, ...]:
        found = self.bracketed()
        if len(found) > 1:
            raise self.fail("expected one sum between the brackets: only functions have several arguments")
        return found

    def bracketed(self) -> tuple[Tree, ...]:
        """Sums between round brackets, with commas between them."""
        closing = {r"\left(": r"\right)", "(": ")"}[self.take(r"\left(", "(")]
        found = [self.sum()]
        while self.skip(","):
            found.append(self.sum())
        self.take(closing)
        return tuple(found)

    def applied(self, name: str) -> Tree:
        """A function, whose name is behind us, with its parameters, power and arguments."""
        parameters: tuple[Tree, ...] = ()
        power: Tree | None = None
        while self.next in ("_", "^"):
            if self.take() == "^":
                power = self.braced()
            else:
                self.take("{")
                first = self.ratio()
                parameters = (first, *(self.ratio() for _ in iter(lambda: self.skip(","), False)))
                self.take("}")
        if self.skip("{"):  # SymPy puts braces around the argument of its own functions
            arguments = self.bracketed()
            self.take("}")
        else:
            arguments = self.bracketed()
        if self.skip("^"):
            power = self.braced()
        applied = Apply(name, arguments, parameters)
        return Apply("^", (applied, power)) if power is not None else applied

    def ratio(self) -> Tree:
        """A parameter of a function, which may be written 1/5."""
        above = self.sum()
        return Apply("/", (above, self.sum())) if self.skip("/") else above

    def cases(self) -> Tree:
        arguments: list[Tree] = []
        while True:
            arguments.append(self.sum())
            self.take("&")
            if self.take(r"\text{if }", r"\text{otherwise}") == r"\text{if }":
                arguments.append(self.condition())
            if not self.skip(r"\\"):
                break
        self.take(r"\end{cases}")
        return Apply("cases", tuple(arguments))

    def condition(self) -> Tree:
        clauses, word = [self.clause()], self.next
        while word in (r"\wedge", r"\vee") and self.skip(word):
            clauses.append(self.clause())
        if self.next in (r"\wedge", r"\vee"):
            raise self.fail(r"\wedge and \vee stand side by side without brackets")
        return reduce(lambda a, b: Apply({r"\wedge": "∧", r"\vee": "∨"}[word], (a, b)), clauses)

    def clause(self) -> Tree:
        """A comparison or, between brackets, a condition; what is compared may begin with a bracket itself."""
        start = self.place
        try:
            left = self.sum()
            return Apply(RELATIONS[self.take(*RELATIONS)], (left, self.sum()))
        except ReadingError:
            opened, self.place = self.place, start
            if not self.skip("(", r"\left("):
                self.place = opened
                raise
        condition = self.condition()
        self.take(")", r"\right)")
        return condition
