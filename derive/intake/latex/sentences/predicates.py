r"""What follows a letter in a sentence: "is the usual sigmoid function", "denotes an activation (e.g., tanh)", "is the
leak rate, set to 0.3". Only what is said with the words of ``phrases`` is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.intake.latex.sentences.phrase_reader import PhraseReader, mentions, text_of
from derive.intake.latex.sentences.phrases import (
    ADJECTIVES,
    AFTER_KIND,
    ARTICLES,
    HEDGES,
    HERE,
    IS_SET,
    KINDS,
    NOT_OF_KIND,
    NOUNS,
    OF_ANYTHING,
    OF_KIND,
    OF_MATRICES,
    QUANTITIES,
    ROLES,
    TAILS,
    WITH_NUMBERS,
    starts,
)
from derive.intake.latex.sentences.pieces import Piece

_FAR = 12  # pieces behind a letter that speak of it
_SEVERAL = 8  # names in a row


@dataclass(frozen=True)
class Statement:
    """what: "named" or "usual", a function, "number", or "kind"; "open", a function that is not named, "unread", what
    is said of one in other words, "case", what is said of a case, "defined in a case", by a formula, or "described",
    anything else. values: one, or one for each letter; stop: the piece after it; is_function: whether the letter
    certainly is one."""

    what: str
    values: tuple[str, ...]
    stop: int
    is_function: bool = False


def predicate(pieces: Sequence[Piece], k: int, letters: int, is_set: bool = False) -> list[Statement]:
    """What the pieces from there on say of so many letters. is_set: whether "we set" stands before them."""
    found = [part for part in (_Predicate(pieces, k).number(letters, is_set), _Predicate(pieces, k).kind()) if part]
    if found:
        return found
    function = _Predicate(pieces, k).function(letters)
    return [function] if function else []


def after_equation(pieces: Sequence[Piece], k: int) -> bool:
    r"""Whether nothing follows $\alpha = 0.5$ but "is the leak rate", so that it is what the letter is."""
    if _is_in_brackets(pieces, k):
        return True
    reader = _Predicate(pieces, k)
    reader.skip_phrase((("is",), ("are",), ("being",), ("denotes",), ("(",), (":",)))
    reader.skip_words(ARTICLES)
    reader.skip_words((ADJECTIVES | QUANTITIES | ROLES | OF_KIND | {*KINDS}) - {"and"})
    return reader.tail()


def after_definition(pieces: Sequence[Piece], k: int, function: str) -> bool:
    r"""Whether nothing follows $\phi = \tanh$ but "is the hyperbolic tangent"."""
    if _is_in_brackets(pieces, k) or _Predicate(pieces, k).tail():
        return True
    named = _Predicate(pieces, k).function(1)
    return named is not None and (named.what == "open" or (named.what, named.values) == ("named", (function,)))


def _is_in_brackets(pieces: Sequence[Piece], k: int) -> bool:
    """Whether the piece before stands alone in brackets, of which nothing more is said."""
    around = [text_of(p) for p in (*pieces[max(k - 2, 0) : k - 1], *pieces[k : k + 2])]
    return around[:2] == ["(", ")"] and (len(around) == 2 or around[2] in (",", "(", "and", ";"))


class _Predicate(PhraseReader):
    def function(self, letters: int) -> Statement | None:
        """The function that is named, for each of the letters, or that one is spoken of."""
        start = self.k
        link = self.link()
        words, usual, opened = self._lead(link == "(")
        names = self._names() if link else []
        if names:
            opened = opened and not self.skip_phrase(((")",),))
            usual = self.skip_phrase((("by", "default"),)) or usual
            is_each = len(names) == letters > 1 and self.is_respectively()
            stop = self.k
            numbered = {*names} & WITH_NUMBERS and any(p.formula.number or p.number for p in self.pieces[stop:])
            if (len({*names}) == 1 or is_each) and not opened and not numbered and self.tail():
                return Statement("usual" if usual else "named", (*(names if is_each else names[:1]),), stop, True)
        elif link and words & OF_ANYTHING and not usual:
            stop = self.k
            if not (opened and not self.skip_phrase(((")",),))) and self.tail():
                return Statement("open", (), stop, True)
        return self._other(start, link)

    def _other(self, start: int, link: str) -> Statement | None:
        """What is said in words that are not known; None where nothing is, or that it is applied to each unit."""
        end = start
        while end < len(self.pieces) and end < start + _FAR and not self.pieces[end].is_letter:
            if not link and (text_of(self.pieces[end]) in (",", "and", "or", "&") or end >= start + _SEVERAL):
                break
            end += 1
        self.k = start
        if mentions(self.pieces[start:end]):
            of_matrices = any(text_of(p) in OF_MATRICES for p in self.pieces[start:end])
            return Statement("unread" if link else "case", (), end, bool(link) and not of_matrices)
        self.link()
        if link not in ("", "(", ",", "the") and not (self.skip_phrase(TAILS) and self.tail()):
            return Statement("described", (), end)
        return None

    def _lead(self, opened: bool) -> tuple[set[str], bool, bool]:
        """What stands before a name: the words, whether one says that it is so as a rule, and whether a bracket is
        open."""
        words: set[str] = set()
        usual = False
        while True:
            start = self.k
            if self.skip_phrase(HERE):
                self.skip_phrase(((",",), (":",)))
                continue
            if self.skip_phrase(HEDGES):
                usual = True
                self.skip_phrase(((",",), (":",)))
                continue
            if passed := self.skip_words(ARTICLES | ADJECTIVES | NOUNS):
                words |= passed
                if self.name_ahead():
                    return words, usual, opened
                continue
            if words & OF_ANYTHING and not opened and self.next in ("(", ","):
                is_bracket = self.next == "("
                self.k += 1
                hedged = starts((*HERE, *HEDGES), tuple(map(text_of, self.pieces[self.k : self.k + 6])))
                if is_bracket or hedged or self.name_ahead():
                    opened = opened or is_bracket
                    continue
            self.k = start
            return words, usual, opened

    def _names(self) -> list[str]:
        """The names in a row, "sigmoid and tanh functions", each perhaps said twice, "ReLU (rectified linear unit)"."""
        found: list[str] = []
        while len(found) < _SEVERAL and (name := self.name()):
            self.skip_words(NOUNS)
            found.append(name)
            self._skip_same(name)
            end = self.k
            self.skip_phrase(((",",),))
            self.skip_phrase((("and",),))
            self.skip_words(ARTICLES)
            if self.k == end or not self.name_ahead() or self.is_subject(self.k):
                self.k = end
                break
        return found

    def _skip_same(self, name: str) -> None:
        """Past what says the same once more: its formula, or another name in brackets."""
        start = self.k
        opened = self.skip_phrase((("(",),))
        self.skip_words(ARTICLES)
        again = ""
        if self.k < len(self.pieces) and self.pieces[self.k].formula.defines:
            again = self.pieces[self.k].formula.function
            self.k += 1
        elif opened:
            again = self.name()
            self.skip_words(NOUNS)
        if again != name or (opened and not self.skip_phrase(((")",),))):
            self.k = start

    def number(self, letters: int, is_set: bool) -> Statement | None:
        """The number that is said plainly, for each of the letters."""
        if is_set:
            if not self.skip_phrase((("to",), ("at",), ("equal", "to"), ("to", "be"))):
                return None
        elif not self._leads_to_number():
            return None
        numbers: list[str] = []
        while len(numbers) < _SEVERAL and self.k < len(self.pieces) and (number := self.pieces[self.k].number):
            numbers.append(number)
            self.k += 1
            end = self.k
            self.skip_phrase(((",", "and"), (",",), ("and",)))
            if self.k == end or not (self.k < len(self.pieces) and self.pieces[self.k].number):
                self.k = end
                break
        is_each = len(numbers) == letters > 1 and self.is_respectively()
        stop = self.k
        return Statement("number", tuple(numbers), stop) if (len(numbers) == 1 or is_each) and self.tail() else None

    def _leads_to_number(self) -> bool:
        """Past "is the leak rate, set to", or "is", after which a number is what the letter is."""
        if self.skip_phrase(IS_SET):
            return True
        if self.link() in ("", "(", ",", ":", "the"):
            return False
        self.skip_phrase(HERE)
        self.skip_words(ARTICLES)
        self.skip_words(QUANTITIES)
        start = self.k
        self.skip_phrase(((",",),))
        if not self.skip_phrase(IS_SET):
            self.k = start
        return True

    def kind(self) -> Statement | None:
        """ "scalar", "vector" or "diagonal", of which the letter is one."""
        if not self.link():
            return None
        self.skip_phrase(HERE)
        if self.next == "not":
            self.k += 1
            if not self._to_kind() or self.next != "but":
                return None
            self.k += 1
        found = self._to_kind()
        if not found or not self._ends_kind() or self.skip_phrase((("in", "the"),)):
            return None
        for piece in self.pieces[self.k :]:
            if piece.is_letter:
                break
            if KINDS.get(text_of(piece), found) != found:  # a vector here and a scalar there
                return None
        return Statement("kind", (found,), self.k)

    def _ends_kind(self) -> bool:
        """Whether the kind is the last word of what the letter is called, no vector space."""
        return self.k >= len(self.pieces) or (not self.next.isalpha() and self.next != "/") or self.next in AFTER_KIND

    def _to_kind(self) -> str:
        """The kind within a few words, none of which makes it that of something else; "" for none."""
        for _ in range(5):
            word = self.next
            self.k += 1
            if word in KINDS:
                self.skip_words(OF_KIND)
                return KINDS[word]
            if not word.isalpha() or word in NOT_OF_KIND:
                break
        return ""
