r"""Letters with their indices and times, words, and functions with what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.intake.latex.text.cuts import is_signed, label_of, marks_of, split
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.text.vocabulary import (
    ACCENTS,
    ASKED,
    CALLED,
    DIVIDES,
    FONTS,
    GREEK,
    OPERATORS,
    SCRIPTS,
    TIMES,
    WORDS,
    WORDY,
)
from derive.intake.latex.trees.alphabet import is_greek
from derive.intake.latex.trees.stamps import DELAYED, PRIOR, Stamps
from derive.intake.latex.trees.tree import Call, Concat, Letter, Node, Numeral, Power, Product, Sum, name_of


class Letters(Stamps):
    """Reads one letter, word or function of a side; what stands in its brackets and indices is read by ``read``."""

    def _letter(self) -> Node:
        return self._indexed(*self._base())

    def letter(self) -> Letter:
        """The one letter that stands first, with its indices and its time. Raises DefinitionError for anything else."""
        return self._indices(self._base()[0])[0]

    def _indexed(self, base: str, is_word: bool) -> Node:
        letter, power = self._indices(base)
        if base in ("e", "exp") and power is not None and base == "e" and ("e", "") not in self.defined:
            return Call(Letter("exp"), (power,))
        node: Node = letter
        if self._is_function(letter, is_word):
            node = self._call(letter)
        elif letter.time is None and (suffix := self._time_suffix()) is not None:
            node = replace(letter, time=suffix)
        if isinstance(node, Call) and power == Sum(((-1, Numeral("1")),)):
            raise self.fail(f"{letter}^{{-1}} is the inverse function or 1 over its value; write which")
        if isinstance(node, Call) and not isinstance(power, Numeral | None):
            raise self.fail(f"{letter} is raised to what is no number; write e^{{...}}, or brackets")
        if power is not None:
            if isinstance(node, Letter) and node.time is not None and isinstance(power, Numeral):
                self.notes.append(f"{node}^{power.text} is a power of each of its units")
            node = Power(node, power)
        return node

    def _with_more(self, inner: Letter) -> Node:
        """A letter in braces with more indices after it, {W_f}^T and {h_{t-1}}^2."""
        if inner == Letter(inner.base):
            return self._indexed(inner.base, False)
        more, power = self._indices(inner.base)
        if more.time is not None and inner.time is not None:
            raise self.fail(f"{inner} has two times")
        time = inner.time if more.time is None else more.time
        if power is None and more.raised and time is not None:
            more, power = replace(more, label=more.label.removesuffix(more.raised)), Numeral(more.raised)
        letter = replace(
            inner, label=inner.label + more.label, time=time, turned=inner.turned != more.turned,
            marks=inner.marks + more.marks,
        )  # fmt: skip
        return letter if power is None else Power(letter, power)

    def _check_index(self, function: Letter) -> None:
        """Raises where an index makes another function of a word: tanh' is the derivative, log_2 has another base."""
        if function.base.lower() not in WORDS or function.base == "LN" or not function.label:
            return
        if "'" in function.label or function.base in ("log", "max", "min"):
            raise self.fail(f"{function} is not {function.base}, and is not read; write what it is")
        self.notes.append(f"{function} is {function.base}: its index is passed over")

    def _base(self) -> tuple[str, bool]:
        """The letter itself, accents after it: h_tilde; whether it is a word."""
        token = self._take()
        text = token.text
        if text in ACCENTS:
            inner, self.k = argument(self.given, self.k)
            reader = self._inner(_unwrapped(inner))
            base, is_word = reader._base()
            if reader.k < len(reader.given):
                if reader._next not in ("_", "^", "'", r"\prime"):
                    raise self.fail(f"{text} is over more than one letter")
                self.given[self.k : self.k] = reader.given[reader.k :]  # \tilde{h_t}
            return base + (f"_{ACCENTS[text]}" if ACCENTS[text] else ""), is_word
        if text in FONTS or text in WORDY or text in SCRIPTS:
            inner, self.k = argument(self.given, self.k)
            return self._word(_unwrapped(inner), text)
        if text.startswith("\\"):
            match = GREEK.match(text)
            if not match or text in (r"\left", r"\right"):
                raise self.fail(f"{text} is not read")
            if text == r"\Delta" and self._next.isalpha() and not self._is_product():  # Δt is one letter
                return f"Delta_{self._take().text}", False
            if text == r"\Delta" and self._next in ACCENTS and self._is_of_time(self.k + 1):
                return f"Delta_{self._base()[0]}", False
            return match[1], match[1].lower() in WORDS
        if text.isalpha():
            word = self._run(token)
            while self._next == r"\_":  # w\_ as programs write what is made of w
                self._take()
                word += "_"
            return word, len(word.rstrip("_")) > 1
        raise self.fail(f"{text!r} is not read")

    def _is_product(self) -> bool:
        """Whether a Δ multiplies the capital letter after it, exp(Δ A)."""
        after = self.given[self.k + 1].text if self.k + 1 < len(self.given) else ""
        is_whole = not self.defined or f"Delta_{self._next}" in self.defined  # on a left side nothing is
        return self._next.isupper() and not is_whole and after not in ("_", "^", "'", "(")

    def _is_of_time(self, k: int) -> bool:
        r"""Whether an accent is that of the time, \Delta \hat{t}."""
        return [t.text for t in argument(self.given, k)[0]] == [self.time]

    def _word(self, inner: list[Token], font: str) -> tuple[str, bool]:
        if font in WORDY and inner and inner[0].text in FONTS | WORDY:  # \mathop{\mathrm{tanh}}
            return self._inner(inner)._base()
        if font in WORDY and len(inner) > 1:
            inner = [t._replace(text=t.text.lstrip("\\")) for t in inner]  # hard\sigma
        letters = "".join(t.text for t in inner if t.text.isalnum() or t.text in ("-", "_"))
        if len(inner) == 1 or any(t.text.startswith("\\") for t in inner):
            if len(inner) == 1 and inner[0].is_number:
                return inner[0].text, False
            reader = self._inner(inner)
            base, is_word = reader._base()
            if font == r"\mathbb" and base in OPERATORS and self._next in ("[", "(", r"\{"):
                raise self.fail(f"\\mathbb{{{base}}} is of what is drawn, and not read: write what a step computes")
            if reader.k < len(inner):  # indices within the font
                self.given[self.k : self.k] = inner[reader.k :]
            if base.startswith("Delta_") and font in FONTS:  # beside Δt, the step
                return f"{base}_bold", is_word
            return f"{SCRIPTS.get(font, '')}{base}", is_word
        several = any(t.text in ("_", "^") for t in inner) or any(t.space for t in inner[1:])  # \mathbf{W x}
        if font in FONTS and several:
            self.given[self.k : self.k] = inner[1:]
            return inner[0].text, False
        return letters.replace("-", ""), True

    def _run(self, token: Token) -> str:
        """A word that is typed letter by letter, tanh, where a bracket follows; else the one letter."""
        end = self.k
        while end < len(self.given) and self.given[end].text.isalpha() and not self.given[end].space:
            end += 1
        word = token.text + "".join(t.text for t in self.given[self.k : end])
        if word.lower() in {*WORDS, *ASKED} and end < len(self.given) and self.given[end].text in ("(", "[", "{"):
            self.k = end
            return word
        opens = [t.is_number or t.text == "(" for t in self.given[end : end + 2]] == [True, True]
        if word.lower() in ASKED and opens and self.given[end].is_number:  # act1(a)
            self.k = end + 1
            return word + self.given[end].text
        return token.text

    def _indices(self, base: str) -> tuple[Letter, Node | None]:
        """The letter with its indices and time, and what it is raised to."""
        labels: list[str] = []
        marks: list[str] = []
        time: int | None = None
        turned, raised = False, ""
        power: Node | None = None
        while self._next in ("_", "^", "'", r"\prime"):
            kind = self._take().text
            if kind in ("'", r"\prime"):
                labels.append("'")
                continue
            inner, self.k = argument(self.given, self.k)
            if len(inner) == 1 and inner[0].text in FONTS | WORDY:  # b_\textrm{r}
                inner, self.k = argument(self.given, self.k)
            inner, prior = self._without_condition(inner)
            labels += [PRIOR] if prior else []
            if kind == "^" and len(inner) > 1 and inner[-1].text in (r"\top", r"\intercal"):  # W^{out \top}
                turned, inner = True, inner[:-1]
            for part in split(inner):
                if self._is_delay(part):
                    labels.append(DELAYED)
                    part = [t for t in part if t.text == self.time]
                found = self._time(part)
                text = label_of(part)
                if found is not None:
                    if time not in (None, found):
                        raise self.fail(f"{Letter(base, time=time)} has another time beside it: write which it is of")
                    time = found
                elif kind == "^" and text in ("-", "−"):  # x^-, a quantity of its own
                    labels.append("minus")
                elif kind == "^" and text in ("T", "top", "intercal", "⊤"):
                    turned = True
                elif kind == "^" and len(part) > 1 and part[0].text in (r"\odot", r"\circ"):  # of each unit
                    power = self._inner(part[1:]).read()
                elif (kind == "^" and self._is_formula(part)) or (
                    kind == "^" and not self._is_index(base, labels, part) and (is_signed(part) or base == "e")
                ):
                    power = self._inner(part).read()
                else:
                    labels.append(text)
                    marks += marks_of(part)
                    raised = text if kind == "^" and len(part) == 1 and part[0].is_number else raised
        return Letter(base, "".join(labels), time, turned, tuple(marks), raised), power

    def _is_index(self, base: str, labels: Sequence[str], part: Sequence[Token]) -> bool:
        """Whether a number above a letter is an index: of a matrix, or of a parameter with an index below, W_{ih}^1."""
        if not (len(part) == 1 and part[0].is_number):
            return False
        if base in self.defined:  # of layers, which are defined by their numbers, else a power
            return (base, "".join(labels) + part[0].text) in self.defined
        if base.lower() in WORDS and base != "LN":
            return False
        below = self._next == "_" and self._time(argument(self.given, self.k + 1)[0]) is None
        return bool(labels) or below or base == "b" or (base[0].isupper() and not base.startswith("Delta"))

    def _is_formula(self, part: Sequence[Token]) -> bool:
        """Whether what stands above a letter has a quantity in it, a^{c r_t}."""
        return any(
            mark.text == "_" and self._time(argument(list(part), k + 1)[0]) is not None
            for k, mark in enumerate(part) if k
        )  # fmt: skip

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
        return is_word or bool({name, name_of(letter.key)} & {*self.functions}) or name.split("_")[0] in CALLED

    def _call(self, function: Letter) -> Node:
        if function.key == ("Diag", ""):
            function = Letter("diag")
        if self._begins():
            self._check_index(function)
        if self._next in (r"\{", r"\lbrace"):
            inside = self._factor()
            return Call(function, inside.parts if isinstance(inside, Concat) else (inside,))
        if self._next in ("(", "[", "{"):
            opening = self._take().text
            end = closing(self.given, self.k - 1)
            if end >= len(self.given):
                raise self.fail(f"{opening} has no end")
            inner = self.given[self.k : end]
            self.k = end + 1
            if opening == "{" and inner and inner[0].text == "(" and closing(inner, 0) == len(inner) - 1:
                inner = inner[1:-1]
            parts = split(inner)
            return Call(function, tuple(self._inner(p).read() for p in parts))
        if self._next in ("+", "-", "−") and not function.label:
            raise self.fail(f"{function} is of what stands in brackets: a sign follows it")
        if not self._begins():  # a function by itself, in a stack of them
            return function
        factors: list[tuple[str, Node]] = [("", self._factor())]  # tanh W x is tanh of the product
        if self._is_of_one(function, factors[0][1]):
            return Call(function, (factors[0][1],))
        while self._begins() and self._next not in {*TIMES, *DIVIDES}:
            factors.append(("", self._factor()))
        if len(factors) > 1 or self._next in ("+", "-", "−"):
            self.notes.append(f"{function} without brackets is of the product after it, not of what is added to that")
        return Call(function, (factors[0][1] if len(factors) == 1 else Product(tuple(factors)),))

    def _is_of_one(self, function: Letter, first: Node) -> bool:
        r"""Whether a function without brackets is of what stands next to it alone, \cos\theta h. Raises where that is
        not clear: of a number or a small Greek letter before another factor, \exp\alpha h."""
        greek = isinstance(first, Letter) and is_greek(first)
        if not (greek or isinstance(first, Numeral)) or not self._begins() or self._next in {*TIMES, *DIVIDES}:
            return False
        what = first.text if isinstance(first, Numeral) else first
        angle = WORDS.get(function.base.lower()) in ("sin", "cos") and greek
        if not angle or self._next == self.time or self._next.isdigit() or is_greek(Letter(self._next.lstrip("\\"))):
            raise self.fail(
                f"{function} {what} before another factor is {function} of {what} or of the product: write brackets,"
                f" {function}({what})"
            )
        self.notes.append(f"{function} without brackets is of {what} alone: {function}({what}) multiplies what follows")
        return True


def _unwrapped(inner: list[Token]) -> list[Token]:
    """Without braces around all of it."""
    while inner and inner[0].text == "{" and closing(inner, 0) == len(inner) - 1:
        inner = inner[1:-1]
    return inner
