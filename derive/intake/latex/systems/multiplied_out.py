r"""Brackets of matrices beside what they multiply, multiplied out: (B + C) h is B h + C h, (V D) h is V D h and
(I + \gamma A) h is h + \gamma A h. A cell's products have one matrix after another, and the identity in none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product

from derive.errors import DefinitionError
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.alphabet import is_capital
from derive.intake.latex.trees.tree import (
    IDENTITY,
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    every,
    letters,
    mapped,
    name_of,
    rebuilt,
)
from derive.intake.latex.trees.written import written

Terms = list[tuple[int, list[Node]]]  # signs and factors
_HIGHEST = 8  # power of a matrix that is written out as a product
_MOST = 64  # terms of a product that is multiplied out
_SIZE = re.compile(r"[nNdDmMpPkKrH]|\d+|[ndmNDM]_?[a-z]")  # the index of an identity, of its size


def is_of_matrices(node: Node, known: Collection[Key]) -> bool:
    """Whether a formula is made of parameters alone by sums and products, with a matrix among them. known: what is no
    parameter."""
    inside = [*letters(node)]
    if any(x.time is not None or x.key in known for x in inside) or not any(map(is_capital, inside)):
        return False
    return all(isinstance(n, Letter | Numeral | Sum | Product | Quotient) or _is_number(n) for n in every(node))


def _is_number(node: Node) -> bool:
    """Whether it is a root or a power of numbers."""
    return isinstance(node, Call | Power) and not any(letters(node))


def multiply_out(made: System, given: Collection[str]) -> None:
    """The equations with their brackets of matrices multiplied out. given: letters of which the caller says what they
    are, an identity among them."""
    known = {*made.nodes, *made.unread}
    if IDENTITY.key in known or IDENTITY.base in given:
        known = known | {IDENTITY.key}
    expansion = _Expansion(known, given, made)
    for key, node in [*made.nodes.items()]:
        try:
            made.nodes[key] = expansion.of(mapped(node, expansion.identity))
        except DefinitionError as e:
            del made.nodes[key]
            made.unread[key] = made.at(key, str(e))


class _Expansion:
    """Multiplies out. known: what is no parameter, and I where it is no identity; given: as above."""

    def __init__(self, known: Collection[Key], given: Collection[str], made: System) -> None:
        self.known, self.given, self.made = known, given, made

    def identity(self, x: Letter) -> Letter:
        r"""I for I_n, of which the index says how large it is."""
        if x.base != "I" or x.time is not None or x.key in self.known or IDENTITY.key in self.known:
            return x
        if name_of(x.key) in self.given or not _SIZE.fullmatch(x.label):
            return x
        self._note(f"{x} is the identity, and its index says how large it is")
        return replace(x, label="")

    def of(self, node: Node) -> Node:
        node = rebuilt(node, self.of)
        if not isinstance(node, Product):
            return node
        groups: list[list[tuple[str, Node]]] = [[]]
        for sign, factor in node.factors:
            if sign == "⊙":
                groups.append([])
            groups[-1].append((sign, factor))
        made = [self._group(group) for group in groups]
        if all(a == b for a, b in zip(made, groups, strict=True)):
            return node
        return made[0][0][1] if len(made) == len(made[0]) == 1 else Product(tuple(f for group in made for f in group))

    def _group(self, factors: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
        """Factors that stand beside each other, multiplied out."""
        if len(factors) == 1:
            return factors
        wide = [self._terms(f, is_last=f is factors[-1][1]) for _, f in factors]
        if all(terms == [(1, [f])] for terms, (_, f) in zip(wide, factors, strict=True)):
            return factors
        signs = [sign for sign, _ in factors]
        choices = [*product(*wide)]
        if len(choices) > _MOST:
            raise DefinitionError(f"a product has {len(choices)} terms where it is multiplied out, at most {_MOST}")
        found: list[tuple[int, Node]] = []
        for choice in choices:
            sign, parts = 1, list[tuple[str, Node]]()
            for before, (own, inner) in zip(signs, choice, strict=True):
                sign *= own
                parts += [(before if k == 0 else "", n) for k, n in enumerate(inner)]
            parts = [("", parts[0][1]), *parts[1:]] if parts else [("", Numeral("1"))]
            found.append((sign, parts[0][1] if len(parts) == 1 else Product(tuple(parts))))
        if len(found) == 1 and found[0][0] == 1:
            whole = found[0][1]
            beside = list(whole.factors) if isinstance(whole, Product) else [("", whole)]
            return [(factors[0][0], beside[0][1]), *beside[1:]]
        return [(factors[0][0], Sum(tuple(found)))]

    def _terms(self, node: Node, is_last: bool) -> Terms:
        """The terms of a bracket of matrices; any other factor as one."""
        if node == IDENTITY and IDENTITY.key not in self.known and not is_last:
            self._note("I is the identity, which leaves what it multiplies as it is")
            return [(1, [])]
        match node:
            case Power(base, Numeral(text)) if text.isdigit() and 1 < int(text) <= _HIGHEST:
                if is_of_matrices(base, self.known):
                    node = Product(tuple(("", base) for _ in range(int(text))))
        if isinstance(node, Letter) or not is_of_matrices(node, self.known):
            return [(1, [node])]
        return self._inside(node) or [(1, [node])]

    def _inside(self, node: Node) -> Terms | None:
        """The terms of a formula of matrices; None of what stays a bracket."""
        match node:
            case Sum(terms):
                if any(isinstance(t, Numeral) for _, t in terms):
                    return None  # a number beside a matrix is none of its entries
                return self._sum(terms)
            case Product(factors):
                if any(sign == "⊙" for sign, _ in factors):
                    self._check_entries(factors)
                    return None
                parts = [self._inside(f) for _, f in factors]
                if any(p is None for p in parts):
                    return None
                return [self._joined(choice) for choice in product(*(p for p in parts if p is not None))]
            case Quotient(above, below) if not any(map(is_capital, letters(below))):
                inner = self._inside(above)
                return inner and [(s, [Quotient(Numeral("1"), below), *f]) for s, f in inner]
        if node == IDENTITY and IDENTITY.key not in self.known:
            return [(1, [])]
        return [(1, [node])]

    def _sum(self, terms: Sequence[tuple[int, Node]]) -> Terms | None:
        """Of W - W^T they are one, which a cell has as one matrix."""
        found: Terms = []
        rest = [*terms]
        while rest:
            sign, term = rest.pop(0)
            other = next((t for t in rest if _is_turned(t[1], term) and t[0] == -sign), None)
            if other is not None:
                rest.remove(other)
                pair = Sum(((1, term), (-1, other[1]))) if sign == 1 else Sum(((1, other[1]), (-1, term)))
                found.append((1, [pair]))
                continue
            if (inner := self._inside(term)) is None:
                return None
            found += ((sign * s, factors) for s, factors in inner)
        return found

    def _joined(self, choice: Sequence[tuple[int, list[Node]]]) -> tuple[int, list[Node]]:
        sign = 1
        factors: list[Node] = []
        for own, inner in choice:
            sign *= own
            factors += inner
        return sign, factors

    def _check_entries(self, factors: Sequence[tuple[str, Node]]) -> None:
        """Raises DefinitionError for M ⊙ W before a vector, a matrix by the product of entries, unless they are said to
        be vectors."""
        names = [f for _, f in factors if isinstance(f, Letter) and is_capital(f)]
        told = [f for f in names if name_of(f.key) in self.given or f.key in self.made.spaces]
        if len(names) == len(factors) and len(told) < len(names):
            said = ", ".join(f'"{name_of(f.key)}": "vector"' for f in names)
            raise DefinitionError(
                f"({written(Product(tuple(factors)))}) stands in a product: a matrix made of others entry by entry is"
                f" not read; if they are vectors, say so, roles={{{said}}}"
            )

    def _note(self, what: str) -> None:
        if what not in self.made.notes:
            self.made.notes.append(what)


def _is_turned(a: Node, b: Node) -> bool:
    return isinstance(a, Letter) and isinstance(b, Letter) and a.key == b.key and a.turned != b.turned
