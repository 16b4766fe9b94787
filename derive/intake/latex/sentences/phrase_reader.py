r"""The words of a sentence one after the other: phrases, the names of functions, and where nothing more is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from derive.intake.latex.sentences.phrases import (
    ADJECTIVES,
    ARTICLES,
    FUNCTIONS,
    GOES_ON,
    LINKS,
    LONGEST_NAME,
    MENTION,
    MODULES,
    NOUNS,
    QUANTITIES,
    ROLES,
    TAILS,
    starts,
)
from derive.intake.latex.sentences.pieces import Piece

_VERBS = ("is", "are", "denotes", "denote", "represents", "means", "是", "为")
_SEVERAL = 8  # words before a letter that may name it


class PhraseReader:
    """Reads the pieces of a sentence from one of them on."""

    def __init__(self, pieces: Sequence[Piece], k: int) -> None:
        self.pieces, self.k = pieces, k

    @property
    def next(self) -> str:
        """The word or the mark; $ for a formula."""
        return text_of(self.pieces[self.k]) if self.k < len(self.pieces) else ""

    def skip_phrase(self, phrases: Collection[tuple[str, ...]]) -> bool:
        count = starts(phrases, tuple(map(text_of, self.pieces[self.k : self.k + 6])))
        self.k += count
        return count > 0

    def skip_words(self, words: Collection[str]) -> set[str]:
        """Those of the words that stand here."""
        passed: set[str] = set()
        while self.next in words or (passed and self.next == "/"):
            passed.add(self.next)
            self.k += 1
        return passed

    def link(self) -> str:
        """The word or the sign that joins the letter and what it is; "" for none."""
        start = self.k
        self.skip_phrase(((")",),))  # (e.g. W_ci) are
        if self.skip_phrase(LINKS):
            return text_of(self.pieces[self.k - 1])
        if self.skip_phrase((("(",),)):
            return "("
        if self.next in ("the", "a", "an"):  # where φ is tanh, τ the logistic function
            return "the"
        if self.next == "," and self.pieces[self.k + 1 : self.k + 2] and text_of(self.pieces[self.k + 1]) in ARTICLES:
            self.k += 1
            return ","
        self.k = start
        return ""

    def name(self) -> str:
        """The function that the next words name, or a formula; "" for none."""
        here = self.pieces[self.k : self.k + LONGEST_NAME]
        if here and here[0].formula.function and not here[0].formula.defines:
            self.k += 1
            return here[0].formula.function
        words = [p.text if p.kind == "word" else " " for p in here]
        words[:1] = (_without_module(word) for word in words[:1])
        for count in range(len(words), 0, -1):
            if found := FUNCTIONS.get("".join(words[:count])):
                after = words[count] if count < len(words) else ""
                if after in ("map", "operator") and found != "identity":
                    return ""  # the logistic map
                self.k += count
                return found
        return ""

    def name_ahead(self) -> bool:
        start = self.k
        name = self.name()
        self.k = start
        return bool(name)

    def is_respectively(self) -> bool:
        return self.skip_phrase(((",", "respectively"), ("respectively",)))

    def tail(self) -> bool:
        """Whether nothing more is said of it: the sentence ends, or goes on with something else."""
        parted = False
        while self.k < len(self.pieces):
            start = self.k
            if self.skip_phrase(TAILS) or self.skip_phrase(((")",),)) or self._skip_purpose():
                continue
            if self.next in (",", "and", "while", "where", ":", ";", "&", "–", "—", "-", "--"):
                self.k += 1
                parted = True
                continue
            self.k = start
            return parted and self._speaks_of_another()
        return True

    def _skip_purpose(self) -> bool:
        """Past "for the gates", or "mapping the input into the hidden space"."""
        start = self.k
        if self.skip_phrase((("for",),)):
            self.skip_words(ARTICLES)
            if self.skip_words(ROLES):
                return True
        self.k = start
        if not self.skip_phrase((("mapping", "the", "input"),)):
            return False
        while self.k < len(self.pieces) and self.pieces[self.k].kind == "word" and self.next not in GOES_ON | {"and"}:
            self.k += 1
        return True

    def _speaks_of_another(self) -> bool:
        """Whether a clause of its own begins, "the matrices are", "* is the product"."""
        start = self.k
        for k, piece in enumerate(self.pieces[start : start + 4], start):
            word = text_of(piece)
            if piece.number or word in GOES_ON | NOUNS | QUANTITIES or (piece.kind == "mark" and word != "*"):
                return False
            if k > start and word in _VERBS:
                return True
            if piece.kind == "formula":
                is_name = piece.formula.function and not piece.formula.defines
                return (k == start and not is_name) or self.is_subject(k)
        return False

    def is_subject(self, k: int) -> bool:
        """Whether a verb follows a formula, and those that are joined to it, or "the": $\tanh$ the hyperbolic
        tangent."""
        start = k
        while k < len(self.pieces) and text_of(self.pieces[k]) in ("$", ",", "and"):
            k += 1
        return start < k < len(self.pieces) and text_of(self.pieces[k]) in (*_VERBS, "the")


def text_of(piece: Piece) -> str:
    """The word or the mark; $ for a formula."""
    return "$" if piece.kind == "formula" else piece.text


def mentions(pieces: Sequence[Piece]) -> bool:
    """Whether they speak of functions."""
    return any(p.formula.function or (p.kind == "word" and MENTION.search(p.text)) for p in pieces)


def function_called(word: str) -> str:
    """The function that programs call so, torch.nn.Tanh; "" for none."""
    return FUNCTIONS.get(_without_module(word.lower().replace("_", "")), "")


def _without_module(word: str) -> str:
    module, _, last = word.rpartition(".")
    return last if not module or {*module.split(".")} <= MODULES else " "


def name_before(pieces: Sequence[Piece], k: int) -> tuple[int, str]:
    """The piece with which "the hard sigmoid function" begins that ends there, and the function; "" for none."""
    for start in range(max(k - _SEVERAL, 0), k):
        reader = PhraseReader(pieces, start)
        reader.skip_words(ARTICLES)
        reader.skip_words(ADJECTIVES | NOUNS)
        name = reader.name()
        reader.skip_words(NOUNS)
        reader.skip_phrase((("denoted", "by"), ("denoted",), ("written",), ("written", "as")))
        if name and reader.k == k:
            return start, name
    return k, ""
