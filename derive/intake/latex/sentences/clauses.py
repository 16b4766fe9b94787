r"""What one sentence says of its letters, and whether it says so by itself: "where $\phi$ is tanh" does, "if $\phi$ is
tanh" and "unlike the LSTM, where $\phi$ is tanh" speak of a case or of something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.intake.latex.sentences.phrase_reader import name_before, text_of
from derive.intake.latex.sentences.phrases import (
    ADJECTIVES,
    ARTICLES,
    CASES,
    HEADINGS,
    KINDS,
    LINKS,
    NOUNS,
    OF_ANYTHING,
    OF_KIND,
    OPENINGS,
    PART_OF_NAME,
    QUANTITIES,
    ROLES,
    SCOPE,
    SINGULAR,
    USES,
    starts,
)
from derive.intake.latex.sentences.pieces import Piece, Sentence, letters_of, sentences
from derive.intake.latex.sentences.predicates import Statement, after_definition, after_equation, predicate
from derive.intake.latex.trees.tree import Letter, name_of

Place = tuple[int, int]  # of a formula: its line, and which one of the line it is
Said = tuple[str, Statement, str]  # of which letter what is said, and the words
_JOINING = {"and", "or", "/", ",", "&"}
_EXAMPLE = re.compile(r"\b(?:matrices|weights|vectors)\b[^.$]*\be\.\s?g\.,?\s*\Z", re.IGNORECASE)
_QUOTED = 5  # words before and after a formula, of a reason
_BESIDE = 3  # words before a letter that are of it
_PARTING = (",", "and", "while", ":", ";")
_AROUND = (",", "(", "-", "*", "–", "—", ";")
_SET = {"set", "fix", "choose", "take", "use"}


def of_sentence(sentence: Sentence) -> Iterator[Said]:
    """What the sentence says of each of its letters. What is named or a number is neither if more is said of it, "and
    α is annealed"."""
    found = list(_clauses(sentence))
    more = {letter for letter, statement, _ in found if statement.what == "described"}
    for letter, statement, words in found:
        if letter not in more or statement.what not in ("named", "number"):
            yield letter, statement, words
        elif statement.what == "named":
            yield letter, replace(statement, what="unread"), words


def _clauses(sentence: Sentence) -> Iterator[Said]:
    k = 0
    while k < len(sentence.pieces):
        piece = sentence.pieces[k]
        end = k + 1
        if piece.formula.defines:
            yield from _of_definition(sentence, k)
        elif piece.formula.letter is not None and piece.formula.number:
            if after_equation(sentence.pieces, k + 1) and is_plain(sentence, k):
                words = sentence.quoted(k, k + 1)
                yield name_of(piece.formula.letter.key), Statement("number", (piece.formula.number,), k + 1), words
        elif piece.formula.member is not None:
            yield name_of(piece.formula.member.key), Statement("described", (), k + 1), sentence.quoted(k, k + 1)
        elif piece.is_letter:
            end = _end_of_letters(sentence.pieces, k)
            is_one = end < len(sentence.pieces) and text_of(sentence.pieces[end]) in SINGULAR
            yield from _of_letters(sentence, end - 1 if is_one else k, end)
        k = end


def _of_definition(sentence: Sentence, k: int) -> Iterator[Said]:
    r"""Of $\phi = \tanh$ or $\phi(x) = \max(0, x)$, and of one that is not known."""
    formula = sentence.pieces[k].formula
    is_alone = bool(formula.function) and after_definition(sentence.pieces, k + 1, formula.function)
    what = "defined in a case" if not is_plain(sentence, k) else "named" if is_alone else "unread"
    for name in formula.defines:
        yield name, Statement(what, (formula.function,), k + 1, True), sentence.quoted(k, k + 1)


def _end_of_letters(pieces: Sequence[Piece], k: int) -> int:
    """The piece after the letters that are joined, φ, ψ and χ."""
    end = k + 1
    while True:
        after = end
        while after < len(pieces) and text_of(pieces[after]) in _JOINING:
            after += 1
        if after == end or after >= len(pieces) or not pieces[after].is_letter:
            return end
        end = after + 1


def _of_letters(sentence: Sentence, k: int, end: int) -> Iterator[Said]:
    """What is said of letters that are joined, behind them and before them."""
    pieces = sentence.pieces
    letters = [p.formula.letter for p in pieces[k:end] if p.formula.letter is not None]
    plain = is_plain(sentence, k)
    is_set = any(text_of(p) in _SET for p in pieces[max(k - 6, 0) : k])
    for found in predicate(pieces, end, len(letters), is_set):
        words = sentence.quoted(end, found.stop)
        if not plain and found.what in ("named", "usual", "unread"):
            found = replace(found, what="case")
        if (found.what == "number" and not plain) or (found.what == "kind" and _is_of_case(pieces[:k])):
            continue
        for j, letter in enumerate(letters):
            values = found.values[j : j + 1] if len(found.values) > 1 else found.values
            yield from _said(letter, replace(found, values=values), words, sentence, k)
    before = _before(sentence, k)
    if before is None and _is_of_case(pieces[:k]) and any(PART_OF_NAME.search(text_of(p)) for p in pieces[:k]):
        before = Statement("case", (), 0)  # "replacing tanh by φ"
    if before is not None:
        first = len(letters) if before.what == "kind" and text_of(pieces[before.stop]).endswith("s") else 1
        for letter in letters[:first]:
            yield from _said(letter, before, sentence.quoted(before.stop, k + 1), sentence, k)


def _said(letter: Letter, found: Statement, words: str, sentence: Sentence, k: int) -> Iterator[Said]:
    """Of a letter; one that is an example stands for all with its first index. What is at a time is neither a function
    nor a parameter."""
    if letter.time is not None:
        return
    name = name_of(letter.key)
    if (
        found.what == "kind"
        and "_" in name
        and _EXAMPLE.search(sentence.text, max(0, sentence.pieces[k].start - 80), sentence.pieces[k].start)
    ):
        name = f"{name[:-1]}?"  # the matrices from c (e.g. W_ci)
    yield name, found, words


def _before(sentence: Sentence, k: int) -> Statement | None:
    """What the words before a letter call it, "the hard sigmoid", "a scalar"; stop is where they begin."""
    pieces = sentence.pieces
    start, name = name_before(pieces, k)
    if name:
        used = start > 0 and text_of(pieces[start - 1]) in USES and not _is_of_case(pieces[:start])
        return Statement("named" if used or is_plain(sentence, start) else "case", (name,), start, True)
    beside = [text_of(p) for p in pieces[max(k - _BESIDE, 0) : k]]
    cut = max(
        (j + 1 for j, word in enumerate(beside) if word in (*_JOINING, "$", "is", "are", "(", ")", ":")), default=0
    )
    beside = beside[cut:]
    first = k - len(beside)
    last = beside[-1:] + beside[-2:-1] if beside[-1:] and beside[-1] in OF_KIND else beside[-1:]
    if last and last[-1] in KINDS and not _is_of_case(pieces[:k]):
        return Statement("kind", (KINDS[last[-1]],), k - len(last))
    is_name = beside[-1:] and (beside[-1] in OF_ANYTHING or PART_OF_NAME.search(beside[-1]))
    if is_name and any(map(PART_OF_NAME.search, beside)):
        return Statement("unread", (), first)
    if beside and beside[-1] in OF_ANYTHING:
        return Statement("open", (), first, beside[-1] not in ("function", "functions"))
    return None


def _is_of_case(before: Sequence[Piece]) -> bool:
    return any(text_of(p) in SCOPE for p in before)


def is_plain(sentence: Sentence, k: int) -> bool:
    """Whether what stands before a piece leaves it to say what it says of the equations of the text."""
    pieces = sentence.pieces
    if _is_of_case(pieces[:k]) or not _begins(sentence):
        return False
    last = max((j for j in range(k) if pieces[j].kind == "formula"), default=-1)
    words = [text_of(p) for p in pieces[last + 1 : k]]
    if pieces[k].formula.is_equation or pieces[k].formula.number:
        words = _without_link(words)
    if last < 0:
        return _opens(words)
    before = pieces[last].formula
    if pieces[last].is_letter and not words and pieces[k].formula.is_equation:  # "the weight a is given by a = exp(b)"
        return is_plain(sentence, last)
    if before.is_equation and not pieces[k].formula.is_equation:
        return _opens(words)
    if {*words} <= {*_JOINING, "with", "(", ")"}:
        of_same = before.defines or before.number or before.is_equation  # we compare φ = tanh and φ = ReLU
        return is_plain(sentence, last) if of_same else True
    cut = max((j for j, word in enumerate(words) if word in _PARTING), default=-1)
    return cut >= 0 and (
        _opens(words[cut:]) if words[cut + 1 : cut + 2] != ["where"] else _is_of_reference(words[:cut])
    )


def _without_link(words: list[str]) -> list[str]:
    """Without the words at their end that join a letter, or its name, and its formula, "is given by"."""
    for link in LINKS:  # the longer ones first
        if link[-1].isalpha() and (*words[-len(link) :],) == link:
            return words[: -len(link)]
    return words


def equations_said(text: str) -> dict[Place, tuple[str, bool]]:
    """Of the places of formulas in the sentences of a text, why one is not said plainly to hold, "" for one that is,
    and whether it is that of a case."""
    found: dict[Place, tuple[str, bool]] = {}
    count = Counter[int]()
    line, start = 1, 0
    for sentence in sentences(text):
        for k, piece in enumerate(sentence.pieces):
            if not piece.is_marked or sentence.text.startswith("$$", piece.start):
                continue
            line, start = line + sentence.text.count("\n", start, piece.start), piece.start
            found[line, count[line]] = _why_not(sentence, k)
            count[line] += 1
    return found


def _why_not(sentence: Sentence, k: int) -> tuple[str, bool]:
    pieces = sentence.pieces
    if is_plain(sentence, k) and after_equation(pieces, k + 1) and not _goes_on(sentence, k):
        return "", False
    of_case = next((p for p in pieces[:k] if text_of(p) in SCOPE), None)
    if of_case is not None:
        word = sentence.text[of_case.start : of_case.stop]
        return f"the word {word!r} makes it that of a case, or of something else", True
    words = " ".join(sentence.quoted(max(k - _QUOTED, 0), k + 1 + _QUOTED).split())
    return f"“{words}” does not say plainly that it holds; display it if it does", False


def _goes_on(sentence: Sentence, k: int) -> bool:
    """Whether more is said behind an equation: of it and one that is joined to it, "and U = I fail", or of its letter,
    "and α is annealed"."""
    pieces = sentence.pieces
    end = k + 1
    while end < len(pieces) and (text_of(pieces[end]) in _JOINING or pieces[end].formula.is_equation):
        end += 1
    is_joined = any(p.formula.is_equation for p in pieces[k + 1 : end])
    if is_joined and text_of(pieces[end - 1]) == "$" and not after_equation(pieces, end) and not _is_link(pieces, end):
        return True
    of = letters_of(f"${pieces[k].text.partition('=')[0]}$")
    letters = ((j, p.formula.letter) for j, p in enumerate(pieces[k + 1 :], k + 1) if p.is_letter)
    first = next((j for j, letter in letters if letter is not None and name_of(letter.key) in of), None)
    if first is None:
        return False
    rest = _clauses(replace(sentence, pieces=pieces[first:]))
    return any(letter in of and statement.what == "described" for letter, statement, _ in rest)


def _is_link(pieces: Sequence[Piece], k: int) -> bool:
    return starts(LINKS, tuple(map(text_of, pieces[k : k + 6]))) > 0


def _begins(sentence: Sentence) -> bool:
    """Whether a sentence does not begin as one of a case, "For", "In the GRU"; "with" goes on from a
    display, or leads to one."""
    first = next(j for j, p in enumerate(sentence.pieces) if p.kind == "formula")
    head = [text_of(p) for p in sentence.pieces[:first]]
    if head[:1] == ["with"]:
        return sentence.leads or (sentence.goes_on and not sentence.text[sentence.pieces[0].start].isupper())
    return not head or head[0] not in CASES or bool(starts(OPENINGS, tuple(head)))


def _is_of_reference(words: Sequence[str]) -> bool:
    """Whether the words end in that of an equation, "(1)"; of anything else "where" may speak of that."""
    return words[-1:] == ["ref"] or (words[-1:] == [")"] and words[-2].isdigit())


def _opens(words: Sequence[str]) -> bool:
    """Whether these words only lead to a letter: "where", "and the activation function"."""
    k = 0
    while k < len(words) and (count := starts(OPENINGS, tuple(words[k:])) or words[k] in _AROUND):
        k += int(count)
    rest = words[k:]
    if ":" in rest:  # Activation functions: σ is
        return _opens(rest[rest.index(":") + 1 :]) and {*rest[: rest.index(":")]} <= ADJECTIVES | NOUNS | HEADINGS
    return {*rest} <= ARTICLES | ADJECTIVES | NOUNS | QUANTITIES | ROLES | OF_KIND | {"/"}
