r"""What stands between brackets, bars and the ends of an environment, and after the sign of a sum."""

from __future__ import annotations

from collections.abc import Sequence

from derive.intake.latex.text.cuts import label_of, parted, rows, split, without_stop
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.text.vocabulary import MATRICES, WORDY
from derive.intake.latex.trees.letters import Letters
from derive.intake.latex.trees.tree import Call, Cases, Concat, Letter, Node, Numeral, Relation, Table, Total

UNITS = ("i", "j", "k")  # letters that count units


class Brackets(Letters):
    """Reads brackets, absolute values, lengths, sums over an index and environments; what they hold by ``read``."""

    def _product(self) -> Node:
        """What a sum is of."""
        raise NotImplementedError

    def _digit_or_group(self) -> Node:
        """Of ``\\frac12`` the 1, then the 2."""
        token = self.given[self.k] if self.k < len(self.given) else None
        if token is not None and token.is_number and token.text.isdigit() and len(token.text) > 1:
            first, rest = token._replace(text=token.text[0]), token._replace(text=token.text[1:])
            self.given[self.k : self.k + 1] = [first, rest]
        return self._group()

    def _group(self) -> Node:
        inner, self.k = argument(self.given, self.k)
        return self._inner(inner).read()

    def _bracket(self, opening: str) -> Node:
        close = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\lbrace": r"\rbrace"}[opening]
        if opening == r"\{" and [t.text for t in self.given[self.k : self.k + 1]] == [r"\begin"]:
            self.k += 1
            return self._environment(of_cases=True)
        depth, end = 1, self.k
        while end < len(self.given):
            depth += (self.given[end].text == opening) - (self.given[end].text == close)
            if depth == 0:
                break
            end += 1
        else:
            raise self.fail(f"{opening} has no {close}")
        parts = split(self.given[self.k : end])
        self.k = end + 1
        if len(parts) == 1:
            inner = self._inner(parts[0]).read()
            if opening == "[" and isinstance(inner, Numeral):
                raise self.fail(
                    f"[{inner.text}] is no factor: leave out what refers to something else, or its brackets"
                )
            return inner
        return Concat(tuple(self._inner(p).read() for p in parts))

    def _between(self, close: str) -> Node:
        """An absolute value, or a number rounded down."""
        end = next((j for j in range(self.k, len(self.given)) if self.given[j].text == close), None)
        if end is None:
            raise self.fail("| has no other one" if close != r"\rfloor" else r"\lfloor has no \rfloor")
        inner = self._inner(self.given[self.k : end]).read()
        self.k = end + 1
        return Call(Letter("abs" if close != r"\rfloor" else "floor"), (inner,))

    def _norm(self, close: str) -> Node:
        """The length of a vector."""
        end = next((j for j in range(self.k, len(self.given)) if self.given[j].text == close), None)
        if end is None:
            raise self.fail(f"{close} stands once: the length of a vector has two, joined vectors stand in brackets")
        inner = self._inner(self.given[self.k : end]).read()
        self.k = end + 1
        if self._next == "_":
            kind, self.k = argument(self.given, self.k + 1)
            if label_of(kind) != "2":
                raise self.fail(f"the norm {label_of(kind)}: the length of a vector is read, with 2 or nothing")
        return Call(Letter("length"), (inner,))

    def _total(self) -> Node:
        """A sum over an index, of the product that follows."""
        index, last = "", None
        while self._next in ("_", "^"):
            mark = self._take().text
            part, self.k = argument(self.given, self.k)
            if mark == "^":
                last = self._inner(part).read()
            else:
                end = next((j for j, t in enumerate(part) if t.text in ("=", r"\in")), len(part))
                index = label_of(part[:end])
                self._check_whole(part[end:])
        if not isinstance(last, Letter | Numeral | None) or (isinstance(last, Letter) and last.base in UNITS):
            raise self.fail("a sum that ends elsewhere than at the last unit")
        if isinstance(last, Letter) and last == Letter(self.time):
            raise self.fail(
                f"a sum over the steps up to {self.time}: a cell keeps it as a state, S_t = S_{{t-1}} + ..."
            )
        if index in ("", self.time):
            raise self.fail(f"a sum over {index or 'nothing'} is not read: units are summed over by an index, \\sum_j")
        return Total(index, last, self._product())

    def _check_whole(self, over: Sequence[Token]) -> None:
        """Raises where a sum is over some of the units: from 2 on, over the neighbours N(i)."""
        start = "".join(t.text for t in over[1:])
        if over and (start not in ("0", "1") if over[0].text == "=" else "(" in start or "_" in start):
            raise self.fail(f"a sum over {start} is not read: it is over all units, from 1 on")

    def _environment(self, of_cases: bool = False) -> Node:
        """of_cases: whether a brace stands before it that none closes."""
        name, after = argument(self.given, self.k)
        kind = "".join(t.text for t in name).rstrip("*")
        end, depth = after, 1
        while end < len(self.given) and depth:
            depth += (self.given[end].text == r"\begin") - (self.given[end].text == r"\end")
            end += 1
        body = self.given[after : end - 1]
        if kind == "array" and body and body[0].text == "{":
            body = body[closing(body, 0) + 1 :]
        self.k = argument(self.given, end)[1]
        lines = rows(body)
        if not lines:
            raise self.fail(f"the environment {kind} is empty")
        if kind in ("cases", "dcases", "rcases") or (of_cases and kind in ("array", "matrix", "aligned")):
            if [t.text for t in self.given[self.k : self.k + 1]] == ["."]:  # \right.
                self.k += 1
            return Cases(tuple(self._case(row) for row in lines))
        if kind not in MATRICES:
            raise self.fail(f"the environment {kind} within a formula is not read")
        cells = [[self._inner(cell).read() for cell in parted(row, ("&",)) if cell] for row in lines]
        if max(map(len, cells)) > 1:
            return Table(tuple(map(tuple, cells)))
        return Concat(tuple(cell for row in cells for cell in row))

    def _case(self, row: list[Token]) -> tuple[Node, Node | None]:
        at = next((j for j, t in enumerate(row) if t.text == "&"), None)
        if at is None:
            at = next((j for j, t in enumerate(row) if t.text in WORDY), len(row))
            row = [*row[:at], Token("&"), *row[at:]]
        value, condition = row[:at], row[at + 1 :]
        value, condition = (without_stop(part) for part in (value, condition))
        words = {"if", "for", "when", "where"}
        k = 0
        while k < len(condition) and condition[k].text in WORDY:
            inner, end = argument(condition, k + 1)
            word = "".join(t.text for t in inner).strip(",;.")
            if word.lower() in ("otherwise", "else", "elsewhere"):
                return self._inner(value).read(), None
            if word not in words:
                break
            k = end
        sides = [self._inner(side).read() for side in parted(condition[k:], ("=",)) if side]
        when = Relation("=", *sides) if len(sides) == 2 else self._inner(condition[k:]).read() if sides else None
        return self._inner(value).read(), when
