r"""Equations that are written as one: f_t = i_t = \sigma(...), \{f, i\}_t = \sigma(W_{\{f, i\}} x_t), and a family,
g_t = \sigma(W_g x_t) with g \in \{f, i\}, whose letter stands for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from derive.errors import DefinitionError
from derive.intake.latex.systems.system import System
from derive.intake.latex.text.cuts import parted
from derive.intake.latex.text.rows import BETWEEN
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token, argument
from derive.intake.latex.text.vocabulary import FONTS, WORDS, WORDY
from derive.intake.latex.trees.grammar import read_side
from derive.intake.latex.trees.tree import Key, Letter

_STARS = {"*", r"\star", r"\ast", r"\cdot", r"\bullet"}  # which stand for a letter where a set says for which
_OPENING, _CLOSING = {r"\{", r"\lbrace", "{"}, {r"\}", r"\rbrace", "}"}
_BEFORE = {"$", r"\(", r"\[", "(", ",", "&", r"\forall", "}", r"\\", "~", r"\,", r"\;", r"\left", r"\par", *BETWEEN}
_DOTS = {r"\dots", r"\ldots", r"\cdots"}

Tokens = tuple[Token, ...]


@dataclass(frozen=True)
class Family:
    """What a letter stands for: each of its members. line: of the text."""

    letter: str
    members: tuple[Tokens, ...]
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("".join(t.text for t in m if t.text not in ("{", "}")).lstrip("\\") for m in self.members)


def parts_of_chain(equation: Equation, time: str) -> list[Equation]:
    """An equation for each letter of f_t = i_t = ..., the last side of which is what all of them are."""
    *before, last = parted(equation.right, ("=",))
    if not before or equation.condition:
        return [equation]
    left, *names = (_letter(side, time) for side in (equation.left, *before))
    if left is None:
        return [equation]
    pairs = [*zip(names, before, strict=True)]
    own = [side for name, side in pairs if name is not None and (name.time is None) == (left.time is None)]
    if not own:
        return [equation]
    chain = [equation.left, *own]
    formulas = [side for _, side in pairs if not any(side is o for o in own)]
    right = [t for side in (*formulas, last) for t in (*side, Token("=", equation.line))][:-1]
    sides = [*zip(chain, own, strict=False), (chain[-1], right)]
    return [replace(equation, left=list(a), right=list(b), whole=equation.source) for a, b in sides]


def each_by_itself(made: System, stream: Sequence[Token], found: Iterable[Equation]) -> list[Equation]:
    """The equations, one for each letter that they define; what was assumed is noted. stream: the text."""
    families = list(_families(stream, made.time))
    several: list[Equation] = []
    for equation in found:
        try:
            for one in _of_members(made, equation, families):
                several += parts_of_chain(one, made.time)
        except DefinitionError as e:
            made.lost.append((equation, e))
            made.unread |= {
                key: e for family in _candidates(equation, families) for key in _keys(made, equation, family)
            }
    return several


# ------------------------------------------------------------------ families


def _families(stream: Sequence[Token], time: str) -> Iterator[Family]:
    r"""Each g \in \{i, f, o\} of a text, but for those of cases by an index."""
    given, within = list(stream), 0
    for k, token in enumerate(given):
        if token.text in (r"\begin", r"\end") and "".join(t.text for t in argument(given, k + 1)[0]) in _CASES:
            within += 1 if token.text == r"\begin" else -1
        if token.text == r"\in" and within <= 0 and (family := _family(given, k, time)) is not None:
            yield family


_CASES = {"cases", "dcases", "rcases"}


def _family(given: list[Token], k: int, time: str) -> Family | None:
    start = k
    while start > 0 and k - start < 8 and (given[start - 1].text not in _BEFORE or _is_in_group(given, start - 1)):
        start -= 1
    first = k + 1 + (k + 1 < len(given) and given[k + 1].text == r"\left")
    if first >= len(given) or given[first].text not in _OPENING:
        return None
    depth, end = 0, first
    while end < len(given):
        depth += (given[end].text in _OPENING) - (given[end].text in _CLOSING)
        if depth == 0:
            break
        end += 1
    inside = [t for t in given[first + 1 : end] if t.text not in (r"\left", r"\right", r"\,", r"\;", "~")]
    letter, tail = _core(given[start:k])
    parts = [_core(part) for part in parted(inside, (",",))]
    if len(letter) != 1 or len(parts) < 2 or letter[0].text == time or any(not m or t != tail for m, t in parts):
        return None
    members = tuple(m for m, _ in parts)
    if any(t.text in _DOTS or t.text == "=" for m in members for t in m) or len({*members}) < len(members):
        return None
    return Family(letter[0].text, members, given[k].line)


def _is_in_group(given: Sequence[Token], k: int) -> bool:
    """Whether it closes the group of an index or a font, and no words before."""
    if given[k].text != "}":
        return False
    depth = 0
    for j in range(k, max(k - 8, -1), -1):
        depth += (given[j].text == "}") - (given[j].text == "{")
        if depth == 0:
            return j > 0 and (given[j - 1].text in ("_", "^") or given[j - 1].text in FONTS)
    return False


def _core(part: Sequence[Token]) -> tuple[Tokens, str]:
    """A letter without its font and its index, and that index."""
    tokens = [*part]
    at = next((k for k, t in enumerate(tokens) if t.text in ("_", "^")), len(tokens))
    tail = "".join(t.text for t in tokens[at:] if t.text not in ("{", "}"))
    core = tokens[:at]
    while len(core) > 1 and (core[0].text in FONTS | WORDY or core[0].text == "{"):
        inner, end = argument(core, core[0].text != "{")
        if end < len(core) or len(inner) != 1:
            break
        core = inner
    return tuple(t._replace(line=0, space=False) for t in core), tail


def _of_members(made: System, equation: Equation, families: Sequence[Family]) -> Iterator[Equation]:
    """An equation for each member of what its left side is of; the equation itself where that is none."""
    found = _candidates(equation, families)
    if (family := _nearest(equation, found)) is None:
        yield equation
        return
    names = ", ".join(family.names)
    if not any(_is_there(side, k, family.letter) for side in (equation.right,) for k in range(len(side))):
        raise DefinitionError(
            f"line {equation.line}: {_text(equation.left)} stands for each of {names}, and its right side is the same"
            " for all of them; write its weights with that index, or each equation by itself"
        )
    made.notes.append(
        f"{_text(equation.left)} on line {equation.line} stands for each of {names}, of which each has an equation"
    )
    for member in family.members:
        left, right = (_with_member(side, family.letter, member) for side in (equation.left, equation.right))
        yield replace(equation, left=left, right=right, whole=equation.source)


def _braced(equation: Equation) -> Family | None:
    r"""The members of \{f, i\}_t on a left side, which stand in braces on the right as well."""
    left = equation.left
    if not left or left[0].text not in (r"\{", r"\lbrace"):
        return None
    end = next((k for k, t in enumerate(left) if t.text in (r"\}", r"\rbrace")), 0)
    if left[end + 1 : end + 2] == [] or left[end + 1].text not in ("_", "^"):
        return None
    members = tuple(_core(part)[0] for part in parted(left[1:end], (",",)))
    return Family("".join(t.text for t in left[: end + 1]), members, equation.line) if all(members) else None


def _candidates(equation: Equation, families: Sequence[Family]) -> list[Family]:
    """The families of which the left side has the letter."""
    if (braced := _braced(equation)) is not None:
        return [braced]
    found = [f for f in families if any(_is_there(equation.left, k, f.letter) for k in range(len(equation.left)))]
    if equation.left and (own := [f for f in found if equation.left[0].text == f.letter]):  # g_t, no number
        found = [f for f in own if not any(t.is_number for m in f.members for t in m)]
    return found


def _keys(made: System, equation: Equation, family: Family) -> Iterator[Key]:
    """What the equation would define of each member."""
    for member in family.members:
        if (letter := _letter(_with_member(equation.left, family.letter, member), made.time)) is not None:
            yield letter.key


def _nearest(equation: Equation, found: Sequence[Family]) -> Family | None:
    """Of several families the one that stands next to the equation. Raises DefinitionError where two stand as near."""
    distances = [abs(f.line - equation.line) for f in found]
    near = [f for f, d in zip(found, distances, strict=True) if d == min(distances)]
    if len({f.names for f in near}) > 1:
        sets = " and of ".join("{" + ", ".join(f.names) + "}" for f in near)
        raise DefinitionError(
            f"line {equation.line}: {near[0].letter.lstrip(chr(92))} is said to be one of {sets}: write each equation"
            " by itself"
        )
    return near[0] if near else None


def _is_there(side: Sequence[Token], k: int, letter: str) -> bool:
    """Whether the letter of a family stands at a place, and no letter of a word."""
    if letter[0] == "\\" and len(letter) > 1 and letter[1] == "{":
        return _length(side, k, letter) > 0
    if side[k].text != letter:
        return False
    if letter in _STARS:
        return (k > 0 and (side[k - 1].text in ("_", "^") or "_^{".find(side[k - 1].text) >= 0)) or k == 0
    start = end = k
    while start > 0 and _goes_on(side[start - 1], side[start]):
        start -= 1
    while end + 1 < len(side) and _goes_on(side[end], side[end + 1]):
        end += 1
    word = "".join(t.text for t in side[start : end + 1])
    in_font = start > 1 and side[start - 1].text == "{" and side[start - 2].text in WORDY and end > start
    return not in_font and word.lower() not in WORDS


def _goes_on(one: Token, other: Token) -> bool:
    return one.text.isalpha() and other.text.isalpha() and not other.space


def _length(side: Sequence[Token], k: int, text: str) -> int:
    """How many tokens from a place on are this text; 0 where they are another."""
    end, found = k, ""
    while end < len(side) and len(found) < len(text):
        found, end = found + side[end].text, end + 1
    return end - k if found == text else 0


def _with_member(side: Sequence[Token], letter: str, member: Tokens) -> list[Token]:
    """The side with a member in the place of the letter."""
    found: list[Token] = []
    k = 0
    while k < len(side):
        token = side[k]
        if not _is_there(side, k, letter):
            found.append(token)
            k += 1
            continue
        own = [m._replace(line=token.line) for m in member]
        braces = (Token("{", token.line), Token("}", token.line))
        found += own if len(own) == 1 else [braces[0], *own, braces[1]]
        found[-len(own)] = found[-len(own)]._replace(space=token.space)
        k += max(_length(side, k, letter), 1)
    return found


def _text(side: Sequence[Token]) -> str:
    return "".join(t.text for t in side)


def _letter(side: Sequence[Token], time: str) -> Letter | None:
    node = read_side(side, time)
    return node if isinstance(node, Letter) else None
