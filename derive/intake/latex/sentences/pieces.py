r"""The sentences of a text in pieces: words, marks, and formulas with what they are by themselves: a letter, a number,
the word of a function, $\alpha = 0.5$, $\phi(x) = \max(0, x)$."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from derive.errors import DefinitionError
from derive.intake.latex.text.displays import DISPLAYS, LAYOUTS
from derive.intake.latex.text.prose import displays_marked
from derive.intake.latex.text.tokens import VERBATIM, tokens
from derive.intake.latex.trees.grammar import Grammar
from derive.intake.latex.trees.recognised import defined, function_word
from derive.intake.latex.trees.tree import Call, Letter, name_of

MOST = 20_000  # formulas in sentences; of a text with more of them, none is looked at
MOST_PIECES = 500  # of a sentence; a longer one is none that somebody wrote
SHORT = 80  # characters of a formula of which it is asked what it is by itself
LONGEST = 2000  # characters of a formula in a sentence
DIGITS = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?"
_ENVIRONMENTS = "|".join(sorted((DISPLAYS | LAYOUTS) - {"math"}))
_GREEK = (
    "alpha|beta|gamma|delta|varepsilon|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|rho|sigma|tau|varphi|phi|psi|omega"
)
_PIECES = re.compile(
    rf"(?P<display>\$\$|\\\[|\\begin\{{(?P<name>{_ENVIRONMENTS})(?P<star>\*?)\}})"
    r"|(?P<end>\n[ \t]*\n|\n[ \t]*(?:[-*•#]|\d+[.)])[ \t]|^[ \t]*(?:[-*•][ \t]|[#>]+)"
    r"|\n(?=[ \t]*\w+(?: \([^)\n]*\))?: )|[!。]|\\(?:item|par|(?:sub)*section|paragraph|begin|end)\b\*?"
    r"(?:\{[^}\n]{0,200}\})?)"
    r"|(?P<comment>^[ \t]*%[^\n]*)"
    r"|(?P<inline>(?<!\\)\$|\\\(|:math:`|<math[^>\n]{0,80}>)"
    r"|(?P<skipped>\\(?:cite\w*|label|citep|citet)\*?(?:\[[^\]\n]{0,200}\])?\{[^}\n]{0,400}\}|\[\d+(?:[,–-] ?\d+)*\]"
    r"|\((?:[^()\n]{0,80}\D)?(?:19|20)\d\d[a-z]?\)|:(?:py:)?(?:func|class|meth|attr|obj|data):(?=`)"
    r"|\[\[(?:[^\]|\[\n]{0,80}\|)?)"
    r"|(?P<ref>\\(?:eq|c|C|auto)?ref\{[^}\n]{0,200}\})"
    rf"|(?P<bare>(?:\\(?:{_GREEK}|tanh)(?![a-zA-Z])(?:_(?:\w|\{{\w+\}}))?|[α-ωϕ](?:_\w)?(?!\w))"
    r"(?=\s+(?:is|are|denotes?|stands?|represents?|means?|being|the|and|or|be|auf|ist|est)\b|\s*[,:;.](?:\s|$)))"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|[,:;!/ \\])|[^\S\n]+|\n|[\"'“”‘’`_{}~«»]+|\*\*?(?=\S)|(?<=\S)\*\*?|\]\])"
    r"|(?P<number>[-+−]?\.?\d[^\s;()\[\]{}`'\"$\\]*)"
    r"|(?P<word>[是为]|[\u4e00-\u9fff]+|[^\W\d_](?:(?![\u4e00-\u9fff])[\w‐‑'’-]|\.(?=\w))*)"
    r"|(?P<mark>--+|\\?\S)",
    re.MULTILINE,
)
_CLOSING = {"$$": "$$", r"\[": r"\]", "$": "$", r"\(": r"\)", ":math:`": "`"}
_SHORTENED = {"e.g", "i.e", "eq", "eqs", "eqn", "fig", "sec", "ref", "refs", "resp", "cf", "vs", "al", "no", "viz"}
_OF_ANYTHING = re.compile(r"\s*(?:\\left)?\(\s*(?:\\cdot|\\bullet|\.)\s*(?:\\right)?\)\s*$")
_WIDE = str.maketrans("，、：；（）", ",,:;()")
_SPACES = re.compile(r"(?<!\\)\\[,;:! ]|~")
_IN = re.compile(r"\\in(?![A-Za-z])|∈")
_VALUE = re.compile(rf"([^=]*)=\s*({DIGITS})\s*$")


@dataclass(frozen=True)
class Formula:
    """What a formula is by itself. letter: φ, φ(·), or the α of α = 0.5; number: that of it, or the formula is one;
    function: the activation that it names or defines; defines: the functions that it says; member: the φ of φ ∈ ...;
    is_equation: whether it has an equals sign and is none of these."""

    letter: Letter | None = None
    number: str = ""
    function: str = ""
    defines: tuple[str, ...] = ()
    member: Letter | None = None
    is_equation: bool = False


@dataclass(frozen=True)
class Piece:
    """kind: "word", "mark", "number" or "formula"; text: as it is written, of a word in small letters without
    hyphens."""

    kind: str
    text: str
    start: int
    stop: int
    formula: Formula = Formula()

    @property
    def number(self) -> str:
        """The number that it is; "" for anything else, also for one with a unit, and for a range."""
        if self.kind == "formula":
            return "" if self.formula.letter else self.formula.number
        return self.text if self.kind == "number" and re.fullmatch(DIGITS, self.text) else ""

    @property
    def is_marked(self) -> bool:
        """Whether it is a formula between signs that mark it, $α$, and not α."""
        return self.kind == "formula" and self.stop - self.start > len(self.text)

    @property
    def is_letter(self) -> bool:
        return self.formula.letter is not None and not self.formula.number


@dataclass(frozen=True)
class Sentence:
    """text: of which it is a part. goes_on: whether a display stands before it, which it may go on from; leads: whether
    it ends with a formula before a display."""

    text: str
    pieces: Sequence[Piece]
    goes_on: bool
    leads: bool = False

    def quoted(self, start: int, stop: int) -> str:
        """The words of these pieces, as they are written, without the signs that mark formulas."""
        inner = self.pieces[start:stop]
        raw = self.text[inner[0].start : inner[-1].stop] if inner else ""
        raw = re.sub(r":\w+:(?=`)|[`$]|\\[()]|</?math>|\[\[(?:[^\]|]*\|)?|\]\]", "", raw)
        return re.sub(r"\\(tanh|sigma|phi|psi|tau)\b", r"\1", raw)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text that have a formula; none of a text of too many."""
    text = VERBATIM.sub(lambda match: "\n" * match[0].count("\n"), displays_marked(text)).translate(_WIDE)
    pieces: list[Piece] = []
    goes_on = False
    count = 0
    for piece in _pieces(text):
        if piece.kind not in ("end", "display"):
            pieces.append(piece)
            count += piece.kind == "formula"
            if count > MOST:
                return
            continue
        if len(pieces) <= MOST_PIECES and any(p.kind == "formula" for p in pieces):
            last = next((p.kind for p in reversed(pieces) if (p.kind, p.text) != ("mark", ",")), "")
            yield Sentence(text, pieces, goes_on, piece.kind == "display" and last == "formula")
        if pieces or piece.kind == "display":
            goes_on = piece.kind == "display"
        pieces = []


def _pieces(text: str) -> Iterator[Piece]:
    k = 0
    missing: set[str] = set()  # closing signs that do not come any more
    last = ""
    while match := _PIECES.match(text, k):
        kind, k = str(match.lastgroup), match.end()
        kind = "display" if kind in ("name", "star") else kind
        if kind in ("skipped", "comment", "command"):
            continue
        if kind in ("display", "inline"):
            sign = match[0]
            closing = _CLOSING.get(sign) or (
                "</math>" if sign.startswith("<") else rf"\end{{{match['name']}{match['star']}}}"
            )
            end = -1 if closing in missing else text.find(closing, k)
            if end < 0:
                missing.add(closing)
                continue
            inner = text[k:end]
            if kind == "inline" and (len(inner) > LONGEST or "\n\n" in inner):
                continue
            k = end + len(closing)
            found = _formula(inner.strip()) if len(inner) <= SHORT else Formula(is_equation="=" in inner)
            if kind == "display" and not (sign == "$$" and found.letter and not found.number):
                yield Piece("display", "", match.start(), k)
            else:
                yield Piece("formula", inner, match.start(), k, found)
            last = ""
            continue
        if kind == "bare":
            yield Piece("formula", match[0], match.start(), k, _formula(match[0]))
        elif kind == "number":
            number = match[0].rstrip(".,:")
            k = match.start() + len(number)
            yield Piece("number", number.replace("−", "-"), match.start(), k)
        elif kind == "mark" and match[0] == ".":
            if last not in _SHORTENED and not text[k : k + 1].strip():
                yield Piece("end", "", match.start(), k)
        elif kind == "ref":
            yield Piece("word", "ref", match.start(), k)
        elif kind == "word":
            last = re.sub(r"[-‐‑_]", "", match[0].lower())
            yield Piece("word", last, match.start(), k)
            continue
        else:
            is_within = match[0] == "-" and text[match.start() - 1 : k + 1].strip() != "-"  # the n-th, -tanh
            yield Piece(kind, "−" if is_within else match[0].lstrip("\\"), match.start(), k)
        last = ""
    yield Piece("end", "", len(text), len(text))


@lru_cache(maxsize=4096)  # a text has few letters, and speaks of them often
def _formula(text: str) -> Formula:
    text = _SPACES.sub(" ", text).strip()
    if re.fullmatch(DIGITS, text):
        return Formula(number=text)
    try:
        if value := _VALUE.match(text):
            node = Grammar(tokens(value[1]), ()).read()
            return Formula(node, value[2]) if isinstance(node, Letter) else Formula(is_equation=True)
        if "=" in text:
            names, what = defined(tokens(text))
            return Formula(function=what, defines=tuple(names), is_equation=not names)
        if is_in := _IN.search(text):
            node = Grammar(tokens(_OF_ANYTHING.sub("", text[: is_in.start()])), ()).read()
            return Formula(member=node if isinstance(node, Letter) else None)
        node = Grammar(tokens(_OF_ANYTHING.sub("", text)), ()).read()
    except DefinitionError:
        return Formula(is_equation="=" in text)
    if word := function_word(node):
        return Formula(function=word)
    match node:
        case Letter():
            return Formula(node)
        case Call(function, (Letter() as argument,)) if argument.time is None and function.time is None:
            return Formula(function) if name_of(function.key) != "diag" else Formula()
    return Formula()


def letters_of(text: str) -> set[str]:
    """The names of the letters that stand by themselves in a text."""
    found = (p.formula.letter for p in _pieces(text) if p.is_letter)
    return {name_of(letter.key) for letter in found if letter is not None}
