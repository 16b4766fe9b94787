r"""An equation's side as a tree, in the notations that authors use.

Lenient: fonts and spaces say nothing, a product may be written in any way, the time stands where the author has it.
What cannot be read is an error that quotes the place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.tokens import Token, argument, closing
from derive.intake.latex.tree import Call, Cases, Concat, Letter, Node, Numeral, Power, Product, Quotient, Relation, Sum

#: Functions by the words that authors write, and what they are here.
WORDS = {
    "sigm": "sigmoid", "sigmoid": "sigmoid", "sig": "sigmoid", "logistic": "sigmoid", "sgm": "sigmoid",
    "logsigmoid": "logsigmoid",
    "tanh": "tanh", "relu": "relu", "softplus": "softplus", "softsign": "softsign", "elu": "elu", "gelu": "gelu",
    "silu": "silu", "swish": "silu", "selu": "selu", "hardtanh": "hardtanh",
    "hardsigmoid": "hard_sigmoid", "hardsigma": "hard_sigmoid",
    "leakyrelu": "leaky_relu", "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "abs": "abs", "max": "max",
    "min": "min", "sin": "sin", "cos": "cos", "ln_norm": "norm", "layernorm": "norm", "norm": "norm",
    "mish": "mish", "sign": "sign", "sgn": "sign", "erf": "erf", "identity": "identity",
    "mean": "mean",
}  # fmt: skip
_ACCENTS = {r"\tilde": "tilde", r"\widetilde": "tilde", r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar",
            r"\overline": "bar", r"\dot": "dot", r"\check": "check", r"\vec": "", r"\underline": ""}  # fmt: skip
_FONTS = {r"\mathbf", r"\bm", r"\boldsymbol", r"\mathit", r"\mathsf", r"\bf", r"\pmb", r"\vect", r"\mathbb",
          r"\ensuremath", r"\mathnormal", r"\textbf"}  # fmt: skip
_WORDY = {r"\mathrm", r"\text", r"\textrm", r"\operatorname", r"\operatorname*", r"\mathtt", r"\textit", r"\textsc",
          r"\mbox", r"\texttt", r"\textup", r"\textnormal", r"\rm", r"\mathop"}  # fmt: skip
TIMES = {r"\odot": "⊙", r"\circ": "⊙", "*": "*", r"\ast": "*", r"\cdot": "·", r"\times": "×", r"\otimes": "⊙",
         r"\bullet": "⊙", r"\star": "*", r"\bigodot": "⊙", r"\bigotimes": "⊙", r"\bigcirc": "⊙"}  # fmt: skip
_JOINS = {r"\oplus", r"\Vert", r"\|", r"\frown", r"\smallfrown", r"\concat", ";", r"\mid"}
_RELATIONS = {"<": "<", ">": ">", r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥", r"\lt": "<", r"\gt": ">",
              r"\in": "∈"}  # fmt: skip
_MATRICES = {"bmatrix", "pmatrix", "matrix", "array", "smallmatrix", "vmatrix", "Bmatrix"}
_CLOSING = {"+", "-", "−", "=", ",", ")", "]", "}", ";", ":", "&", r"\}", r"\rangle", r"\rvert", r"\rbrace", "^", "_"}
_GREEK = re.compile(r"\\(?:var)?([A-Za-z]+)$")
_CALLED = {"phi", "psi", "varphi", "tau", "f", "g", "rho", "sigma", "F", "G", "Phi", "Psi", "h", "kappa"}


class Grammar:
    """Reads one side of an equation. defined: the letters on the left of some equation, which are no functions; time:
    the letter of the time step; functions: letters that are functions, beside the usual ones."""

    def __init__(
        self,
        given: Sequence[Token],
        defined: Collection[Any],
        time: str = "t",
        where: str = "",
        functions: Collection[str] = (),
    ) -> None:
        self.given, self.defined, self.time, self.where = list(given), defined, time, where
        self.functions = functions
        self.k = 0

    def read(self) -> Node:
        """All of it."""
        found = self._relation()
        if self.k < len(self.given):
            raise self.fail(f"{self._next!r} is not read")
        return found

    def fail(self, what: str) -> DefinitionError:
        text = "".join((" " if t.space else "") + t.text for t in self.given[max(0, self.k - 12) : self.k + 12]).strip()
        line = self.given[min(self.k, len(self.given) - 1)].line if self.given else 0
        return DefinitionError(f"{self.where}line {line}: {what}; it stands in {text!r}")

    @property
    def _next(self) -> str:
        return self.given[self.k].text if self.k < len(self.given) else ""

    def _take(self) -> Token:
        if self.k >= len(self.given):
            self.k = max(len(self.given) - 1, 0)
            raise self.fail("the formula ends where something is missing")
        self.k += 1
        return self.given[self.k - 1]

    def _inner(self, given: Sequence[Token]) -> Grammar:
        return Grammar(given, self.defined, self.time, self.where, self.functions)

    # ------------------------------------------------------------------ from sums to letters

    def _relation(self) -> Node:
        left = self._sum()
        if self._next in _RELATIONS:
            operator = _RELATIONS[self._take().text]
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
        while self._next in _JOINS:
            self._take()
            parts.append(self._product())
        return Concat(tuple(parts)) if len(parts) > 1 else parts[0]

    def _product(self) -> Node:
        factors: list[tuple[str, Node]] = [("", self._factor())]
        while self.k < len(self.given):
            if self._next in TIMES:
                factors.append((TIMES[self._take().text], self._factor()))
            elif self._next == "/":
                self._take()
                below = self._factor()
                sign, above = factors.pop()
                factors.append((sign, Quotient(above, below)))
            elif [t.text for t in self.given[self.k : self.k + 2]] == [".", "*"]:  # MATLAB's
                self.k += 2
                factors.append(("⊙", self._factor()))
            elif self._begins():
                factors.append(("", self._factor()))
            else:
                break
        return factors[0][1] if len(factors) == 1 else Product(tuple(factors))

    def _begins(self) -> bool:
        """Whether a factor may begin here."""
        text = self._next
        if text in _CLOSING:
            return False
        return bool(text) and text not in _RELATIONS and text not in _JOINS

    def _factor(self) -> Node:
        base = self._atom()
        while self._next in ("^", "'"):  # of what stands in brackets: of letters they are indices
            if self._take().text == "'":
                raise self.fail("a prime after a bracket")
            exponent, self.k = argument(self.given, self.k)
            text = "".join(t.text for t in exponent)
            if text in (r"\top", "T", r"\intercal", r"\mathsf{T}", r"\mathrm{T}"):
                raise self.fail("a bracket that is transposed")
            base = Power(base, self._inner(exponent).read())
        return base

    def _atom(self) -> Node:
        token = self._take()
        text = token.text
        if token.is_number:
            return Numeral(text)
        if text in ("(", "{", r"\{", r"\lbrace", "["):
            inner = self._bracket(text)
            if text == "{" and isinstance(inner, Letter) and self._next in ("_", "^"):  # {\tilde c}_t
                return self._indexed(inner.base, False)
            return inner
        if text in ("|", r"\lvert"):
            return self._absolute(r"\rvert" if text == r"\lvert" else "|")
        if text in (r"\frac", r"\dfrac", r"\tfrac"):
            above, below = (self._group() for _ in range(2))
            return Quotient(above, below)
        if text == r"\sqrt":
            return Call(Letter("sqrt"), (self._group(),))
        if text == r"\begin":
            return self._environment()
        if text in (r"\sum", r"\prod", r"\int", r"\pm", r"\mp", r"\lim"):
            raise self.fail(f"{text} is not read: write the sum over indices as a product of a matrix and a vector")
        if text in ("-", "−"):
            return Sum(((-1, self._factor()),))
        self.k -= 1
        return self._letter()

    def _group(self) -> Node:
        inner, self.k = argument(self.given, self.k)
        return self._inner(inner).read()

    def _bracket(self, opening: str) -> Node:
        close = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\lbrace": r"\rbrace"}[opening]
        depth, end = 1, self.k
        while end < len(self.given):
            depth += (self.given[end].text == opening) - (self.given[end].text == close)
            if depth == 0:
                break
            end += 1
        else:
            raise self.fail(f"{opening} has no {close}")
        parts = _split(self.given[self.k : end])
        self.k = end + 1
        if len(parts) == 1:
            return self._inner(parts[0]).read()
        return Concat(tuple(self._inner(p).read() for p in parts))

    def _absolute(self, close: str) -> Node:
        end = next((j for j in range(self.k, len(self.given)) if self.given[j].text == close), None)
        if end is None:
            raise self.fail("| has no other one")
        inner = self._inner(self.given[self.k : end]).read()
        self.k = end + 1
        return Call(Letter("abs"), (inner,))

    def _environment(self) -> Node:
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
        rows = _rows(body)
        if kind in ("cases", "dcases", "rcases"):
            return Cases(tuple(self._case(row) for row in rows))
        if kind not in _MATRICES:
            raise self.fail(f"the environment {kind} within a formula is not read")
        return Concat(tuple(self._inner([t for t in row if t.text != "&"]).read() for row in rows))

    def _case(self, row: list[Token]) -> tuple[Node, Node | None]:
        at = next((j for j, t in enumerate(row) if t.text == "&"), None)
        if at is None:
            at = next((j for j, t in enumerate(row) if t.text in _WORDY), len(row))
            row = [*row[:at], Token("&"), *row[at:]]
        value, condition = row[:at], row[at + 1 :]
        value, condition = (_without_stop(part) for part in (value, condition))
        words = {"if", "for", "when", "where"}
        k = 0
        while k < len(condition) and condition[k].text in _WORDY:
            inner, end = argument(condition, k + 1)
            word = "".join(t.text for t in inner)
            if word.lower() in ("otherwise", "else", "elsewhere"):
                return self._inner(value).read(), None
            if word not in words:
                break
            k = end
        return self._inner(value).read(), self._inner(condition[k:]).read() if condition[k:] else None

    # ------------------------------------------------------------------ letters and functions

    def _letter(self) -> Node:
        return self._indexed(*self._base())

    def _indexed(self, base: str, is_word: bool) -> Node:
        labels, time, turned, power = self._indices(base)
        letter = Letter(base, "".join(labels), time, turned)
        if base in ("e", "exp") and power is not None and base == "e" and ("e", "") not in self.defined:
            return Call(Letter("exp"), (power,))
        node: Node = letter
        if self._is_function(letter, is_word):
            node = self._call(letter)
        elif time is None and (suffix := self._time_suffix()) is not None:
            node = Letter(base, letter.label, suffix, turned)
        if power is not None:
            node = Power(node, power)
        return node

    def _base(self) -> tuple[str, bool]:
        """The letter itself, accents after it: h_tilde; whether it is a word."""
        token = self._take()
        text = token.text
        if text in _ACCENTS:
            inner, self.k = argument(self.given, self.k)
            base, is_word = self._inner(inner)._base()
            return base + (f"_{_ACCENTS[text]}" if _ACCENTS[text] else ""), is_word
        if text in _FONTS or text in _WORDY or text in (r"\mathcal", r"\mathscr", r"\mathfrak"):
            inner, self.k = argument(self.given, self.k)
            return self._word(inner, text)
        if text.startswith("\\"):
            match = _GREEK.match(text)
            if not match or text in (r"\left", r"\right"):
                raise self.fail(f"{text} is not read")
            if text == r"\Delta" and self._next.isalpha():  # Δt is one letter
                return f"Delta_{self._take().text}", False
            return match[1], match[1].lower() in WORDS
        if text.isalpha():
            word = self._run(token)
            return word, len(word) > 1
        raise self.fail(f"{text!r} is not read")

    def _word(self, inner: list[Token], font: str) -> tuple[str, bool]:
        if font in _WORDY and len(inner) > 1:
            inner = [replace(t, text=t.text.lstrip("\\")) for t in inner]  # hard\sigma
        letters = "".join(t.text for t in inner if t.text.isalnum() or t.text in ("-", "_"))
        if len(inner) == 1 or any(t.text.startswith("\\") for t in inner):
            if len(inner) == 1 and inner[0].is_number:
                return inner[0].text, False
            reader = self._inner(inner)
            base, is_word = reader._base()
            if reader.k < len(inner):  # indices within the font
                self.given[self.k : self.k] = inner[reader.k :]
            if base.startswith("Delta_") and font in _FONTS:  # beside Δt, the step
                return f"{base}_bold", is_word
            return (f"cal_{base}" if font in (r"\mathcal", r"\mathscr", r"\mathfrak") else base), is_word
        if font in _FONTS and any(t.text in ("_", "^") for t in inner):
            self.given[self.k : self.k] = inner[1:]
            return inner[0].text, False
        return letters.replace("-", ""), True

    def _run(self, token: Token) -> str:
        """A word that is typed letter by letter, tanh, where a bracket follows; else the one letter."""
        end = self.k
        while end < len(self.given) and self.given[end].text.isalpha() and not self.given[end].space:
            end += 1
        word = token.text + "".join(t.text for t in self.given[self.k : end])
        if word.lower() in WORDS and end < len(self.given) and self.given[end].text in ("(", "[", "{"):
            self.k = end
            return word
        return token.text

    def _indices(self, base: str) -> tuple[list[str], int | None, bool, Node | None]:
        labels: list[str] = []
        time: int | None = None
        turned = False
        power: Node | None = None
        while self._next in ("_", "^", "'"):
            kind = self._take().text
            if kind == "'":
                labels.append("'")
                continue
            inner, self.k = argument(self.given, self.k)
            if len(inner) == 1 and inner[0].text in _FONTS | _WORDY:  # b_\textrm{r}
                inner, self.k = argument(self.given, self.k)
            for part in _split(inner):
                found = self._time(part)
                text = _label(part)
                if found is not None:
                    time = found
                elif kind == "^" and text in ("T", "top", "intercal", "⊤"):
                    turned = True
                elif kind == "^" and not self._is_index(base, labels, part) and (_is_signed(part) or base == "e"):
                    power = self._inner(part).read()
                else:
                    labels.append(text)
        return labels, time, turned, power

    def _is_index(self, base: str, labels: Sequence[str], part: Sequence[Token]) -> bool:
        """Whether a number above a letter is an index: of a matrix, or of a parameter with an index below, W_{ih}^1."""
        if not (len(part) == 1 and part[0].is_number) or base in self.defined:
            return False
        below = self._next == "_" and self._time(argument(self.given, self.k + 1)[0]) is None
        return bool(labels) or below or (base[0].isupper() and not base.startswith("Delta"))

    def _time(self, part: Sequence[Token]) -> int | None:
        """The time that an index says: t, (t-1), ⟨t⟩."""
        text = "".join(t.text for t in part if t.text not in (r"\langle", r"\rangle", "<", ">", "(", ")", "[", "]"))
        if re.fullmatch(rf"{re.escape(self.time)}[-−](?:[A-Za-z]|\\[a-z]+)", text):
            raise self.fail(f"the time {text}: a cell reads the step before, and no earlier one")
        match = re.fullmatch(rf"{re.escape(self.time)}(?:([-−+])(\d+))?", text)
        if not match:
            return None
        return 0 if not match[1] else int(match[2]) * (1 if match[1] == "+" else -1)

    def _time_suffix(self) -> int | None:
        """A time in brackets after a letter: h(t-1), h[t]."""
        if self._next not in ("(", "[") or (end := closing(self.given, self.k)) >= len(self.given):
            return None
        found = self._time(self.given[self.k + 1 : end])
        if found is not None:
            self.k = end + 1
        return found

    def _is_function(self, letter: Letter, is_word: bool) -> bool:
        if letter.time is not None:
            return False
        name = letter.base
        if name.lower() in WORDS:
            return len(name) != 1
        if name == "sigma" and "sigma" not in self.defined:
            return True
        opens = self._next in ("(", "[", "{")
        if not opens or letter.key in self.defined or name in self.defined:
            return False
        if self._next in ("(", "[") and self._time(self.given[self.k + 1 : closing(self.given, self.k)]) is not None:
            return False
        return is_word or name in self.functions or name.split("_")[0] in _CALLED

    def _call(self, function: Letter) -> Node:
        if self._next in ("(", "[", "{"):
            opening = self._take().text
            end = closing(self.given, self.k - 1)
            if end >= len(self.given):
                raise self.fail(f"{opening} has no end")
            inner = self.given[self.k : end]
            self.k = end + 1
            if opening == "{" and inner and inner[0].text == "(" and closing(inner, 0) == len(inner) - 1:
                inner = inner[1:-1]
            parts = _split(inner)
            return Call(function, tuple(self._inner(p).read() for p in parts))
        if not self._begins():  # a function by itself, in a stack of them
            return function
        factors: list[tuple[str, Node]] = [("", self._factor())]  # tanh W x is tanh of the product
        while self._begins() and self._next not in TIMES and self._next != "/":
            factors.append(("", self._factor()))
        return Call(function, (factors[0][1] if len(factors) == 1 else Product(tuple(factors)),))


def _without_stop(part: Sequence[Token]) -> list[Token]:
    """Without the comma or the full stop after it."""
    end = len(part)
    while end and part[end - 1].text in (",", "."):
        end -= 1
    return list(part[:end])


def _is_signed(part: Sequence[Token]) -> bool:
    return bool(part) and (part[0].is_number or part[0].text in ("-", "+"))


def _label(part: Sequence[Token]) -> str:
    dropped = ("{", "}", "(", ")", ",", *_FONTS, *_WORDY)
    return "".join(t.text.lstrip("\\") for t in part if t.text not in dropped)


def _split(given: Sequence[Token]) -> list[list[Token]]:
    """The parts between commas and semicolons that stand in no brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in given:
        depth += (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))
        if depth == 0 and token.text in (",", ";"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [p for p in parts if p]


def _rows(body: Sequence[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    depth = 0
    for token in body:
        depth += (token.text == r"\begin") - (token.text == r"\end")
        if depth == 0 and token.text == r"\\":
            rows.append([])
        else:
            rows[-1].append(token)
    return [r for r in rows if r]
