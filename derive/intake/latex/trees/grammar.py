r"""An equation's side as a tree, in the notations that authors use.

Lenient: fonts and spaces say nothing, a product may be written in any way, the time stands where the author has it.
What cannot be read is an error that quotes the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.errors import DefinitionError
from derive.intake.latex.text.cuts import label_of
from derive.intake.latex.text.rows import outside
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.text.vocabulary import (
    CLOSING,
    DIVIDES,
    FONTS,
    FRACTIONS,
    JOINS,
    OUTER,
    RELATIONS,
    SAID,
    TIMES,
    UNREAD,
)
from derive.intake.latex.trees.brackets import Brackets
from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Table,
    Unit,
    letters,
)


class Grammar(Brackets):
    """Relations, sums, products and powers, down to brackets and letters."""

    def read(self) -> Node:
        """All of it."""
        found = self._relation()
        if self.k < len(self.given):
            raise self.fail(f"{self._next!r} is not read")
        return found

    def _relation(self) -> Node:
        left = self._sum()
        if self._next in RELATIONS:
            operator = RELATIONS[self._take().text]
            return Relation(operator, left, self._sum())
        return left

    def _sum(self) -> Node:
        terms: list[tuple[int, Node]] = []
        sign = 1
        while self._next in ("+", "-", "−"):
            sign = sign if self._take().text == "+" else -sign
        terms.append((sign, self._joined()))
        while self._next in ("+", "-", "−"):
            sign = 1 if self._take().text == "+" else -1
            while self._next in ("+", "-", "−"):
                sign = sign if self._take().text == "+" else -sign
            terms.append((sign, self._joined()))
        return terms[0][1] if terms == [(1, terms[0][1])] else Sum(tuple(terms))

    def _joined(self) -> Node:
        parts = [self._product()]
        while self._next in JOINS:
            self._note_sign(self._take().text)
            parts.append(self._product())
        return Concat(tuple(parts)) if len(parts) > 1 else parts[0]

    def _product(self) -> Node:
        factors: list[tuple[str, Node]] = [("", self._factor())]
        while self.k < len(self.given):
            if self._next in TIMES:
                self._note_sign(sign := self._take().text)
                factor = self._factor()
                factors.append(("", _turned(factor)) if sign == OUTER else (TIMES[sign], factor))
            elif self._next in DIVIDES:
                self._take()
                below = self._factor()
                sign, above = factors.pop()
                factors.append((sign, Quotient(above, below)))
            elif self._next == "." and [t.text for t in self.given[self.k + 1 : self.k + 2]] == ["["]:  # W . [h, x]
                self._take()
                factors.append(("·", self._factor()))
            elif [t.text for t in self.given[self.k : self.k + 2]] == [".", "*"]:  # MATLAB's
                self.k += 2
                factors.append(("⊙", self._factor()))
            elif self._begins():
                if isinstance(factors[-1][1], Quotient) and self.given[self.k - 2].text in DIVIDES:
                    self.notes.append("/ divides by what stands next to it alone: a/b c is (a/b) c")
                factors.append(("", self._beside(factors[-1][1])))
            else:
                break
        return with_diagonals(factors)

    def _beside(self, before: Node) -> Node:
        """The factor after one, with no sign between. Raises where both are numbers, 10 000 and 1\\frac12: a product of
        them is written with a sign or in brackets."""
        start = self.k
        factor = self._factor()
        divides = isinstance(before, Quotient) and self.given[start - 2].text in DIVIDES
        number = before.below if isinstance(before, Quotient) and divides else before
        if not isinstance(number, Numeral) or self.given[start - 1].text in (")", "]"):
            return factor
        match factor:
            case Numeral(text) if self.given[start].text not in ("(", *FONTS):
                what = text, "one number"
            case Quotient(Numeral(above), Numeral(below)) if self.given[start].text in FRACTIONS:
                what = f"{above}/{below}", "one fraction"
            case _:
                return factor
        self.k = start
        raise self.fail(f"{number.text} stands directly before {what[0]}: write {what[1]}, or \\cdot between them")

    def _note_sign(self, sign: str) -> None:
        if sign in SAID and SAID[sign] not in self.notes:
            self.notes.append(SAID[sign])

    def _begins(self) -> bool:
        """Whether a factor may begin here."""
        text = self._next
        if text in CLOSING:
            return False
        return bool(text) and text not in RELATIONS and text not in JOINS

    def _factor(self) -> Node:
        base = self._atom()
        while self._next in ("^", "'", "_"):  # of what stands in brackets: of letters they are indices
            if (mark := self._take().text) == "'":
                raise self.fail("a prime after a bracket")
            exponent, self.k = argument(self.given, self.k)
            text = "".join(t.text for t in exponent)
            if text == "+":  # [a]_+, the positive part
                base = Call(Letter("relu"), (base,))
                continue
            if mark == "_":
                if self._time(exponent) is not None:
                    raise self.fail("the time of a bracket: write it at the letters within")
                base = Unit(base, label_of(exponent))
                continue
            if text in (r"\top", "T", r"\intercal", r"\mathsf{T}", r"\mathrm{T}"):
                base = _transposed(base)
                continue
            exponent = exponent[len(exponent) > 1 and exponent[0].text in (r"\odot", r"\circ") :]  # of each unit
            base = Power(base, self._inner(exponent).read())
        return base

    def _atom(self) -> Node:
        token = self._take()
        text = token.text
        if token.is_number:
            return Numeral(text)
        if text in ("(", "{", r"\{", r"\lbrace", "["):
            inner = self._bracket(text)
            if text == "{" and isinstance(inner, Letter) and self._next in ("_", "^", "'", r"\prime"):  # {\tilde c}_t
                return self._with_more(inner)
            return inner
        if text in ("|", r"\lvert", r"\lfloor"):
            return self._between({r"\lvert": r"\rvert", r"\lfloor": r"\rfloor"}.get(text, "|"))
        if text in FRACTIONS:
            above, below = (self._digit_or_group() for _ in range(2))
            return Quotient(above, below)
        if text == r"\sqrt":
            if self._next == "[":
                raise self.fail(r"\sqrt with another root than the square root is not read: write it as a power")
            return Call(Letter("sqrt"), (self._group(),))
        if text == r"\begin":
            return self._environment()
        if text in (r"\|", r"\Vert", r"\lVert"):
            return self._norm(r"\rVert" if text == r"\lVert" else text)
        if text == r"\sum":
            return self._total()
        if text in UNREAD:
            raise self.fail(f"{text} is not read: write it by functions that are, such as \\exp and \\max")
        if text in (r"\prod", r"\int", r"\pm", r"\mp", r"\lim"):
            raise self.fail(f"{text} is not read")
        if text in ("-", "−"):
            return Sum(((-1, self._factor()),))
        if text in FONTS and (number := self._indicator() or self._bold_number()) is not None:
            return number
        self.k -= 1
        return self._letter()

    def _indicator(self) -> Node | None:
        r"""\mathbf{1}[u > 0], \mathbb{I}(u > 0) or \mathbb{1}_{u > 0}: 1 where it holds, else 0."""
        inner, end = argument(self.given, self.k)
        after = self.given[end].text if end < len(self.given) else ""
        if [t.text for t in inner] not in (["1"], ["I"]) or after not in ("(", "[", "_"):
            return None
        stop = closing(self.given, end) if after != "_" else 0
        what, stop = argument(self.given, end + 1) if after == "_" else (self.given[end + 1 : stop], stop + 1)
        if not any(t.text in RELATIONS and t.text != r"\in" for t in outside(what)):
            return None
        self.k = stop
        return Cases(((Numeral("1"), self._inner(what).read()), (Numeral("0"), None)))

    def _bold_number(self) -> Node | None:
        """A vector of ones, of which each is the number."""
        inner, end = argument(self.given, self.k)
        if len(inner) != 1 or not inner[0].is_number or [t.text for t in self.given[end : end + 1]] == ["^"]:
            return None
        self.k = end if [t.text for t in self.given[end : end + 1]] != ["_"] else argument(self.given, end + 1)[1]
        return Numeral(inner[0].text)


def with_diagonals(factors: Sequence[tuple[str, Node]]) -> Node:
    """The product, a diagonal matrix as an elementwise product with all that follows it."""
    for k, (sign, factor) in enumerate(factors[:-1]):
        match factor:
            case Call(Letter("diag"), (entries,)):
                after = with_diagonals([("", factors[k + 1][1]), *factors[k + 2 :]])
                entries = Call(Letter("diag"), (entries,))
                return with_diagonals([*factors[:k], (sign, Product((("", entries), ("⊙", after))))])
    return factors[0][1] if len(factors) == 1 else Product(tuple(factors))


def read_side(side: Sequence[Token], time: str) -> Node | None:
    """A side of an equation by itself; None where it cannot be read."""
    try:
        return Grammar(side, (), time).read() if side else None
    except DefinitionError:
        return None


def _turned(node: Node) -> Node:
    """The row of a column."""
    return replace(node, turned=True) if isinstance(node, Letter) else Call(Letter("transposed"), (node,))


def _transposed(node: Node) -> Node:
    """What stands between brackets, transposed: what is written out is written out again."""
    match node:
        case Table((row,)):
            return _column(Concat(row))
        case Table(rows) if len({*map(len, rows)}) == 1 and not any(letters(node)):
            return Table(tuple(zip(*rows, strict=True)))
        case Concat():
            return _column(node)
    return Call(Letter("transposed"), (node,))


def _column(row: Concat) -> Node:
    """What is joined as rows and transposed, as vectors one below the other."""

    def column(part: Node) -> Node:
        match part:
            case Letter():
                return replace(part, turned=False)
            case Call(Letter("transposed"), (inner,)):
                return inner
        return part

    return Concat(tuple(map(column, row.parts)))
