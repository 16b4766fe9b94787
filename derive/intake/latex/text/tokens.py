r"""TeX as tokens, with the author's own macros expanded: ``\newcommand``, ``\def``, ``\DeclareMathOperator``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from derive.errors import DefinitionError, shown

LONGEST = 2_000_000  # characters of a file
MOST = 200_000  # tokens that macros expand to
DEEPEST = 60  # macros within macros

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>%[^\n]*\n?)|(?P<control>\\[A-Za-z@]+\*?|\\.)|(?P<number>\d+(?:\.\d+)?|(?<![\w.])\.\d+)|(?P<char>.)",
    re.DOTALL,
)
#: Digits in groups of three, 1\,000.
_GROUPED = re.compile(r"(?<![\w.^])[1-9]\d{0,2}(?:\\,\d{3})+(?!\d)")
#: What TeX sets as it stands, or not at all.
VERBATIM = re.compile(
    r"\\begin\{(verbatim|Verbatim|lstlisting|minted|comment|filecontents)(\*?)\}.*?\\end\{\1\2\}"
    r"|\\iffalse\b.*?\\fi\b|\\verb\*?([^\sA-Za-z*])[^\n]*?\3|\\end\{document\}.*",
    re.DOTALL,
)
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon"
    " phi chi psi omega"
)
#: Letters and signs that are typed as they are.
_TYPED = str.maketrans(
    {"⊙": r"\odot ", "∘": r"\circ ", "⊗": r"\otimes ", "·": r"\cdot ", "×": r"\times ", "∗": "*", "−": "-", "′": "'",
     "Γ": r"\Gamma ", "Δ": r"\Delta ", "Θ": r"\Theta ", "Φ": r"\Phi ", "Ψ": r"\Psi ", "∈": r"\in ", "∑": r"\sum ",
     "–": "-", "≈": r"\approx ", "←": r"\leftarrow ", "≜": r"\triangleq ", "≤": r"\le ", "≥": r"\ge ",
     "⇒": r"\Rightarrow ", "⇐": r"\Leftarrow ", "⇔": r"\Leftrightarrow ", "⟹": r"\implies ", "⟺": r"\iff "}
    | {chr(ord("α") + k): rf"\{name} " for k, name in enumerate(_GREEK.split())}
)  # fmt: skip
#: Accents that are characters of their own, behind their letter.
_COMBINING = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar", "\u0307": r"\dot"}
_ACCENTED = re.compile(f"(\\w)([{''.join(_COMBINING)}])")
_DEFINING = {r"\newcommand", r"\renewcommand", r"\providecommand", r"\newcommand*", r"\renewcommand*", r"\def",
             r"\DeclareMathOperator", r"\DeclareMathOperator*", r"\let"}  # fmt: skip


class Token(NamedTuple):
    r"""A control word with its backslash, a number, or a character; line: of the file, from 1; space: whether a space
    is before it."""

    text: str
    line: int = 0
    space: bool = False

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()


@dataclass(frozen=True)
class Macro:
    """What a control word stands for: parameters as ``#1``."""

    count: int
    body: tuple[Token, ...]
    default: tuple[Token, ...] | None = None


def tokens(text: str) -> list[Token]:
    """The tokens of a text, comments left out and macros expanded.

    Raises DefinitionError for a text that is too long, or macros that do not come to an end.
    """
    if len(text) > LONGEST:
        raise DefinitionError(f"the text has {len(text)} characters, at most {LONGEST} are read")
    text = VERBATIM.sub(lambda match: "\n" * match[0].count("\n"), text)
    text = _ACCENTED.sub(lambda match: f"{_COMBINING[match[2]]}{{{match[1]}}}", text)
    text = _GROUPED.sub(lambda match: match[0].replace(r"\,", ""), text)
    found, line, space = [], 1, False
    new = tuple.__new__  # of a text of a million characters there are as many
    for match in _TOKEN.finditer(text.translate(_TYPED)):
        kind = match.lastgroup
        if kind in ("space", "comment"):
            lines = match[0].count("\n")
            line += lines
            if kind == "space":
                space = True
                found += [Token(r"\par", line - lines, True)] if lines > 1 else []
        else:
            digits = "0" * (kind == "number" and match[0][0] == ".")  # .5
            found.append(new(Token, (digits + match[0], line, space)))
            space = False
    return _Expander().expanded(found) if any(name in text for name in _DEFINING) else found


class _Expander:
    def __init__(self) -> None:
        self.macros: dict[str, Macro] = {}
        self.count = 0

    def expanded(self, given: list[Token], depth: int = 0) -> list[Token]:
        if depth > DEEPEST:
            raise DefinitionError(
                f"line {given[0].line}: macros within macros more than {DEEPEST} deep, near {shown(given[0].text)}"
            )
        found: list[Token] = []
        k = 0
        while k < len(given):
            token = given[k]
            if token.text in _DEFINING:
                k = self._define(given, k)
                continue
            macro = self.macros.get(token.text)
            if macro is None:
                found.append(token)
                k += 1
            else:
                arguments, k = self._arguments(macro, given, k + 1)
                body = [b._replace(line=token.line, space=(token.space and j == 0) or b.space)
                        for j, b in enumerate(_filled(macro, arguments))]  # fmt: skip
                found += self.expanded(body, depth + 1) if body else []
            self.count += depth > 0 or macro is not None  # of the text itself there are no more than it has characters
            if self.count > MOST:
                raise DefinitionError(f"the macros expand to more than {MOST} tokens")
        return found

    def _define(self, given: list[Token], k: int) -> int:
        """Note a definition; where it cannot be read, it is passed over."""
        how = given[k].text.rstrip("*")
        name, k = argument(given, k + 1)
        if not name:
            return k
        count, default = 0, None
        if how == r"\let":
            target, k = argument(given, k + (k < len(given) and given[k].text == "="))
            if target:
                self.macros[name[0].text] = self.macros.get(target[0].text, Macro(0, tuple(target)))
            return k
        if how == r"\def":
            while k < len(given) and given[k].text != "{":
                count += given[k].text == "#"
                k += 1
        elif how != r"\DeclareMathOperator" and k < len(given) and given[k].text == "[":
            inner, k = bracketed(given, k)
            count = int(inner[0].text) if inner and inner[0].is_number else 0
            if k < len(given) and given[k].text == "[":
                default, k = bracketed(given, k)
        body, k = argument(given, k)
        if how == r"\DeclareMathOperator":
            body = [Token(r"\operatorname"), Token("{"), *body, Token("}")]
        if not any(t.text == name[0].text for t in body):
            self.macros[name[0].text] = Macro(count, tuple(body), tuple(default) if default is not None else None)
        return k

    def _arguments(self, macro: Macro, given: list[Token], k: int) -> tuple[list[list[Token]], int]:
        arguments: list[list[Token]] = []
        if macro.default is not None:
            first = list(macro.default)
            if k < len(given) and given[k].text == "[":
                first, k = bracketed(given, k)
            arguments.append(first)
        while len(arguments) < macro.count:
            found, k = argument(given, k)
            arguments.append(found)
        return arguments, k


def _filled(macro: Macro, arguments: list[list[Token]]) -> list[Token]:
    found: list[Token] = []
    body = iter(macro.body)
    for token in body:
        if token.text != "#":
            found.append(token)
            continue
        number = next(body, None)
        if number is not None and number.is_number and 0 < int(number.text[0]) <= len(arguments):
            found += arguments[int(number.text[0]) - 1]
            if len(number.text) > 1:
                found.append(number._replace(text=number.text[1:]))
    return found


def nesting(token: Token) -> int:
    """How much deeper what follows it stands: 1 after an opening bracket or \\begin, -1 after one that closes."""
    return (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))


def argument(given: list[Token], k: int) -> tuple[list[Token], int]:
    """The argument that stands at a place, a group without its braces or one token, and where it ends."""
    if k >= len(given):
        return [], k
    if given[k].text != "{":
        return [given[k]], k + 1
    end = closing(given, k)
    return given[k + 1 : end], end + 1


def bracketed(given: list[Token], k: int) -> tuple[list[Token], int]:
    """What stands between square brackets, and where they end."""
    end = k
    while end < len(given) and given[end].text != "]":
        end += 1
    return given[k + 1 : end], end + 1


_PAIRS: Mapping[str, str] = {"{": "}", "(": ")", "[": "]"}


def closing(given: list[Token], k: int) -> int:
    """The place of the brace that closes the one at ``k``; the end of all where there is none."""
    opening, other, depth = given[k].text, _PAIRS[given[k].text], 0
    for j in range(k, len(given)):
        depth += (given[j].text == opening) - (given[j].text == other)
        if depth == 0:
            return j
    return len(given)


def rounded(given: Sequence[Token]) -> list[Token]:
    r"""With round brackets for the braces that are printed, of which each has its other one: \exp\{a\}."""
    found, opened = list(given), []
    for k, token in enumerate(given):
        if token.text in (r"\{", r"\lbrace"):
            opened.append(k)
        elif token.text in (r"\}", r"\rbrace") and opened:
            start = opened.pop()
            found[start], found[k] = found[start]._replace(text="("), token._replace(text=")")
    return found
