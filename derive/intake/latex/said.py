r"""What the sentences around the equations say of letters: "where $\phi$ is tanh", "$\alpha$ is a learnable scalar",
and of a docstring's arguments "epsilon: step size :math:`\varepsilon`. Default: ``0.01``"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from derive.errors import DefinitionError, shortened
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.recognised import defined, function_word
from derive.intake.latex.tokens import tokens
from derive.intake.latex.tree import Letter, name_of

LONGEST = 300  # characters of a clause
MOST = 20_000  # formulas in sentences; of a text with more of them, none is looked at
_MATH = re.compile(
    r":math:`([^`]{1,80})`|(?<![\\$])\$([^$\n]{1,80})\$(?!\$)|\\\((.{1,80}?)\\\)|<math>([^<\n]{1,80})</math>"
)
_END = re.compile(r"\.\s+(?=[A-Z\[`:\\$])|\.\s*\Z|\n\s*\n|;")
_ITEM = re.compile(r"^[ \t]*(?!Defaults?:)(\w+)(?: \([^)\n]*\))?: ", re.MULTILINE)
_DEFAULT = re.compile(r"[Dd]efaults?(?: to)?:?\s+(\S.*)", re.DOTALL)
_DIGITS = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_NUMBER = re.compile(rf"[`'\"]*({_DIGITS})[`'\"]*\W*$")
_LINKED = re.compile(r"\W*(?:is|are|denotes?|defaults?|being|represents?|stands? for|means?|=|as|\(|the)\b|\W*\(|\s*: ")
_OPEN = re.compile(
    r"\b(?:such as|e\.\s?g\.|for example|for instance|like|or|usually|often|typically|initially|initialized|not)(?!\w)",
    re.IGNORECASE,
)
#: Before a letter, words after which only a case is spoken of.
_CASE = re.compile(
    r"(?:\b(?:if|when|whenever|for|unless|suppose|assume|assuming|setting|letting|taking|at|case|limit|only)\b|(?-i:\bWith\b)"
    r"|\b(?:or|e\.\s?g\.|usually|often|typically|initially|initialized|like|such as|not))[\s,:]*$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\W*(?:and|or|/|,|&)?\W*$")
_KIND = re.compile(r"\b(scalar|vector|diagonal)s?\b", re.IGNORECASE)
_EXAMPLE = re.compile(r"\b(?:matrices|weights|vectors)\b[^.$]*\be\.\s?g\.,?\s*\Z", re.IGNORECASE)
_OF_ANYTHING = re.compile(r"\s*(?:\\left)?\(\s*(?:\\cdot|\\bullet|\.)\s*(?:\\right)?\)\s*$")
_VALUE = re.compile(rf"(.*?)=\s*({_DIGITS})\s*$")
_BUT = re.compile(r"\bnot an? (?:[\w-]+ )?(?:scalar|vector) but an? (?:[\w-]+ )?(scalar|vector)\b", re.IGNORECASE)
#: Words for functions, the longer ones first.
_FUNCTIONS = (
    (r"hard[\s_-]*sigmoid", "hard_sigmoid"), (r"log[\s_-]*sigmoid", "logsigmoid"),
    (r"(?:logistic[\s-]+)?sigmoid(?:al)?|logistic", "sigmoid"),
    (r"hard[\s_-]*tanh|hard hyperbolic tangent", "hardtanh"), (r"tanhshrink", "tanhshrink"),
    (r"tanh|hyperbolic[\s-]+tangent", "tanh"),
    (r"leaky[\s_-]*relu|leaky rectified linear(?: unit)?", "leaky_relu"), (r"relu[\s_-]*6", "relu6"),
    (r"relu|rectified[\s-]+linear(?:[\s-]+unit)?", "relu"),
    (r"softmax", "softmax"), (r"softplus", "softplus"), (r"softsign", "softsign"), (r"mish", "mish"),
    (r"hard[\s_-]*swish", "hardswish"), (r"silu|swish", "silu"),
    (r"gelu|gaussian error linear unit", "gelu"), (r"selu|scaled exponential linear unit", "selu"),
    (r"celu", "celu"), (r"elu|exponential linear unit", "elu"),
    (r"identity", "identity"),
)  # fmt: skip
_UNCLEAR = "?"  # a function that is not named plainly
_NAMES = {name for _, name in _FUNCTIONS}
_FUNCTION = re.compile("|".join(rf"(?P<{name}>(?<![a-z])(?:{words}))" for words, name in _FUNCTIONS), re.IGNORECASE)
_NOUN = r"(?:activation(?: functions?)?|(?:transfer |squashing )?functions?|non-?linearit(?:y|ies)|units?|map|operator)"
_KINDS = r"(?:activations?|transfer|squashing|functions?|non-?linearit(?:y|ies)|units?|map|operator)"
_EACH = r"(?:(?:is |are )?applied )?(?:element|component|point|coordinate)[\s-]?wise"
_LINK = (
    r"[\s:,`\\\"'(\[]*(?:(?:is|are|denotes?|being|represents?|stands? for|means?|defaults? to|=|as)(?!\w)|:|(?=\()|"
    r"(?=the\b))[\s:`\"'\[{(]*"
)
_KNOWN_AS = (
    r"(?:(?:an?|the|usual|standard|well-known|common|familiar|non-?linear|always|simply|just|here|again|both|"
    r"network|cell|hidden|state|gate|input|output|"
    rf"original is|chosen to be|taken to be|set to|(?:element|component|point|coordinate)[\s-]?wise|{_KINDS}|:func:|"
    r"torch\.|nn\.|functional\.)"
    r"[\s`,\[]*)*"
)
#: What may follow a naming or a number: nothing, or words that are not of it.
_OVER = (
    r"[\s\]`'\"})]*(?:,?\s*$|[;:](?!\w)|\.\s*\*?\s*$|\(?,?\s*(?:"
    rf"{_EACH}[\s.,)]*(?:and\W*)?$|respectively\W*$|and\W*$"
    r"|(?:in all (?:our )?(?:the )?(?:experiments|runs|cases)|throughout(?: the paper| this paper)?|in this paper"
    r"|everywhere)[\s.,)]*(?:and\W*)?$"
    r"|(?:and |where |with )*(?!(?:it|its|which|that|this|these|they|both|scaled|but)\b)[^\s,]+(?: [^\s,]+)? "
    r"(?:is|are|denotes?|represents?|stands? for|means?)\b(?! (?:twice|half|scaled))"
    r"|(?:and |where |with )+(?:the |an? )?\W*$))"
)
_NAMED = re.compile(
    rf"{_LINK}{_KNOWN_AS}(?P<name>{'|'.join(words for words, _ in _FUNCTIONS)})(?![\w^*/])"
    rf"(?: \(?(?P<again>{'|'.join(words for words, _ in _FUNCTIONS)})\))?(?:[\s\]`-]+{_NOUN})?"
    rf"(?: \((?P<after>{'|'.join(words for words, _ in _FUNCTIONS)})\))?{_OVER}",
    re.IGNORECASE,
)
_HERE = re.compile(
    rf"{_LINK}(?:(?:an?|the|usual|standard|non-?linear|cell|hidden|state|gate|input|output|and|{_KINDS})[\s,]+)*"
    r"(?:(?:here|generally and in this paper|in this paper|namely|i\.e\.|that is|given by|chosen to be|"
    r"taken to be|set to)[\s,:]*)*$",
    re.IGNORECASE,
)
_SET = re.compile(
    rf"{_LINK}(?:(?:an?|the|and|,|that is|which is|we|always|simply|here|fixed|constant|scalar(?:-valued)?|positive|"
    r"real|hyper-?parameter|parameter|coefficient|factor|number|value|step|size|time|leak(?:ing|age|y)?|decay|rate|"
    rf"forgetting|mixing|smoothing|scaling|small)[\s,]*)*(?:set|fixed|equal) to \$?({_DIGITS})\$?(?![\w^/*%\\]|\.\d)"
    rf"{_OVER}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """By a letter's name, with ? for any one, what it is and the words that say so. functions: "tanh"; roles: "scalar",
    "vector", "diagonal", or a number. unclear: the words that speak of a function and do not name it plainly, "the
    inverse of the softplus"."""

    functions: Mapping[str, tuple[str, str]]
    roles: Mapping[str, tuple[str, str]]
    unclear: Mapping[str, str]


def said(text: str) -> Said:
    """What a text says of its letters. A letter of which two different things are said is left out."""
    functions: dict[str, set[str]] = {}
    roles: dict[str, set[str]] = {}
    words: dict[tuple[str, str], str] = {}
    for letter, what, clause in _statements(text):
        kind = functions if what in {*_NAMES, _UNCLEAR} else roles
        kind.setdefault(letter, set()).add(what)
        words.setdefault((letter, what), shortened(" ".join(clause.split()).strip(" ,:"), 80))
    for found in roles.values():  # a number says more than that it is one
        if len(found) > 1:
            found.discard("scalar")

    def agreed(kind: Mapping[str, set[str]]) -> dict[str, tuple[str, str]]:
        single = {letter: next(iter(found)) for letter, found in kind.items() if len(found) == 1}
        return {letter: (what, words[letter, what]) for letter, what in single.items()}

    plain = {letter: what for letter, what in agreed(functions).items() if what[0] != _UNCLEAR}
    unclear = {x: words[x, _UNCLEAR if _UNCLEAR in functions[x] else max(functions[x])] for x in functions}
    return Said(plain, agreed(roles), {x: said for x, said in unclear.items() if x not in plain})


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    """(letter, what it is, the words that say so)."""
    found = list(_MATH.finditer(text))
    if len(found) > MOST:
        return
    waiting: list[str] = []
    for k, match in enumerate(found):
        formula = next(g for g in match.groups() if g)
        letter = _letter(formula)
        clause, joined = _clause(text, match.end(), found[k + 1].start() if k + 1 < len(found) else len(text))
        before = re.split(r"[.:;]\s|\n\s*\n", text[max(0, match.start() - 60) : match.start()])[-1]
        if letter is None:
            is_said = re.match(_OVER, clause, re.IGNORECASE) and not _CASE.search(before)
            if is_said and (value := _VALUE.match(formula)) and (name := _letter(value[1])):
                yield name, value[2], formula
            yield from ((name, what, formula) for name, what in _functions(formula))
            waiting = []
            continue
        if joined and k + 1 < len(found):  # φ and ψ are
            waiting.append(letter)
        if _EXAMPLE.search(text, max(0, match.start() - 80), match.start()) and "_" in letter:
            letter = f"{letter[:-1]}?"  # the matrices from c (e.g. W_ci)
        named = _named_after(clause, text[match.end() :], found[k + 1] if k + 1 < len(found) else None)
        function = "" if _CASE.search(before) else named or _named(clause, several=bool(waiting))
        for each in (letter, *(waiting if not joined else ())):
            for what in _of_clause(clause, before if each == letter else ""):
                yield each, what, clause if what in _of_clause(clause, "") else f"{before} {match[0]}"
            if function:
                yield each, function, f"{clause} {function}" if named else clause
        if not joined:
            waiting = []
    yield from _of_items(text)


def _named_after(clause: str, after: str, following: re.Match[str] | None) -> str:
    """The function that the formula behind a clause names, "is the activation function, here $\\tanh$"."""
    if following is None or not after.startswith(clause + following[0]) or not _LINKED.match(clause):
        return ""
    rest, _ = _clause(after, len(clause) + len(following[0]), len(after))
    rest = _MATH.split(rest)[0]
    try:
        word = function_word(Grammar(tokens(next(g for g in following.groups() if g)), ()).read())
    except DefinitionError:
        return ""
    is_plain = _HERE.fullmatch(clause) and re.match(_OVER, rest, re.IGNORECASE)
    return word if is_plain or not word else _UNCLEAR


def _named(clause: str, several: bool = False) -> str:
    """The function that a clause names by itself; _UNCLEAR where it speaks of one, and "" where of none, or of one for
    each of several letters."""
    if not _LINKED.match(clause):
        return ""
    clause = re.sub(r"\[\[[^\]|\[]*\|", "[[", " ".join(clause.split()))
    mentioned = {str(m.lastgroup) for m in _FUNCTION.finditer(clause)}
    if several and len(mentioned) > 1:
        return ""
    plain = _NAMED.match(clause)
    names = {_name(plain[part]) for part in ("name", "again", "after") if plain[part]} if plain else set()
    return names.pop() if len(names) == 1 and not _OPEN.search(clause) else _UNCLEAR if mentioned else ""


def _name(word: str) -> str:
    found = _FUNCTION.match(word)
    return str(found.lastgroup) if found else ""


def _clause(text: str, start: int, stop: int) -> tuple[str, bool]:
    """What follows a letter, to the next one or the end of the sentence; whether it only joins the two."""
    whole = text[start : min(stop, start + LONGEST)]
    end = _END.search(whole)
    clause = whole[: end.start()] if end else whole
    return clause, end is None and bool(_JOINED.fullmatch(clause))


def _of_clause(clause: str, before: str) -> Iterator[str]:
    if _LINKED.match(clause) and (but := _BUT.search(clause)):
        yield but[1].lower()
    elif _LINKED.match(clause) and not re.search(r"\bnot\b", clause):
        if (value := _SET.match(" ".join(clause.split()))) and not _OPEN.search(clause):
            yield value[1]
        kinds = {m[1].lower() for m in _KIND.finditer(clause)}
        if len(kinds) == 1:
            yield kinds.pop()
    if kind := re.search(rf"{_KIND.pattern}(?: (?!and\b|or\b)\w+)?\s*$", before, re.IGNORECASE):
        yield kind[1].lower()


def _of_items(text: str) -> Iterator[tuple[str, str, str]]:
    """What the arguments of a docstring say: the letter that one is, and its default."""
    items = list(_ITEM.finditer(text))
    ends = [*(m.start() for m in items[1:]), len(text)]
    for match, stop in zip(items, ends, strict=False):
        item = re.split(r"\n\s*\n", text[match.start() : stop])[0]
        letters = {name for m in _MATH.finditer(item) if (name := _letter(next(g for g in m.groups() if g)))}
        default = _DEFAULT.search(item)
        if len(letters) > 1 or default is None:
            continue
        (letter,) = letters or {match[1]}
        learned = re.search(r"[Ii]nitial|learn|train", item)
        name = _named(f": {default[1]}")
        if learned is None and (number := _NUMBER.match(default[1])):
            yield letter, number[1], item
        elif name:
            yield letter, name, item


@lru_cache(maxsize=4096)  # a text has few letters, and speaks of them often
def _letter(formula: str) -> str | None:
    """The name of the letter that a formula is, φ or φ(·); None for one of several."""
    try:
        node = Grammar(tokens(_OF_ANYTHING.sub("", formula)), ()).read()
    except DefinitionError:
        return None
    return name_of(node.key) if isinstance(node, Letter) else None


def _functions(formula: str) -> Iterator[tuple[str, str]]:
    """The functions that a formula defines, and which they are."""
    if "=" not in formula:
        return
    try:
        names, what = defined(tokens(formula))
    except DefinitionError:
        return
    if what in _NAMES:
        yield from ((name, what) for name in names)
