r"""MathML of the LaTeX that the printers of this package emit, which is little: one reading, no tree in between.

Arguments stand in braces, brackets are ``\left( \right)`` or plain, names are letters with accents and fonts. A formula
with anything else raises ``Unwritten``; ``notation.mathml`` has a converter for those, which people write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import decomposition

_WORDS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon phi varphi"
    " chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell lambda"
)
_GREEK = dict(zip(_WORDS.split(), "αβγδϵεζηθικμνξπρστυϕφχψωΓΔΘΛΞΠΣΦΨΩℓλ", strict=True))
_NAMES = {f"\\{name}": name for name in ("tanh", "exp", "log", "sin", "cos", "max", "min", "sup")}
_NAMED = (*_NAMES, r"\operatorname")
_IDENTIFIERS = {f"\\{name}": letter for name, letter in _GREEK.items()} | _NAMES | {r"\%": "%", ";": ";"}
_OPERATORS = {
    "-": "−", "<": "&lt;", ">": "&gt;", r"\approx": "≈", r"\odot": "⊙", r"\cdot": "·", r"\times": "×", r"\top": "⊤",
    r"\sum": "∑", r"\partial": "∂", r"\le": "≤", r"\ge": "≥", r"\in": "∈", r"\wedge": "∧", r"\cdots": "⋯",
    r"\vdots": "⋮", r"\ddots": "⋱",
} | {sign: sign for sign in "+=,/"}  # fmt: skip
_BRACKETS = "()[]|"
_SPACES = {r"\,": "0.167em", r"\quad": "1em", r"\qquad": "2em"}
_ACCENTS = {
    r"\tilde": '<mover>{}<mo stretchy="false">~</mo></mover>',
    r"\hat": '<mover accent="true">{}<mo>^</mo></mover>',
}
_FONTS = {r"\mathit": "italic", r"\mathbf": "bold", r"\boldsymbol": "bold"}
_OPERANDS = {"|", r"\frac", r"\sqrt", *_IDENTIFIERS, *_FONTS, *_ACCENTS}
#: Letters, Latin and Greek, and the bold ones of mathematics: browsers know no other way to have bold in MathML.
BOLD = {int(decomposition(chr(c)).split()[1], 16): chr(c) for c in (*range(0x1D400, 0x1D434), *range(0x1D6A8, 0x1D6E2))}
PLAIN = {ord(bold): chr(plain) for plain, bold in BOLD.items()}
_TOKEN = re.compile(r" *(\\[A-Za-z]+|\\.|\d+(?:(?:\.|\{,\})\d+)?|.|\Z)", re.DOTALL | re.ASCII)
_TEXT = re.compile(r"\{([\w ,.;:()|⟦⟧-]*)\}")
_NAME = re.compile(r"\{([A-Za-z]+)\}")
_NO_BREAK = "\N{NO-BREAK SPACE}"  # others are lost at the ends of a token
_MINUS, _PREFIX = "<mo>−</mo>", '<mo form="prefix">−</mo>'
_BAR = '<mo stretchy="false" form="{}" lspace="0" rspace="0">|</mo>'  # of which browsers know no side by themselves
_THIN = '<mspace width="0.167em" />'
_FENCE = '<mo stretchy="true" fence="true" form="{}">{}</mo>'
_BIG = '<mo stretchy="true" fence="true" minsize="1.623em" maxsize="1.623em">{}</mo>'
_CASES, _MATRIX = "cases", "bmatrix"


class Unwritten(Exception):
    """The formula has something that the printers never emit."""


def written(latex: str) -> str:
    """The formula as MathML, one ``mrow``. Raises Unwritten."""
    return f"<mrow>{_Reader(latex).row(())}</mrow>"


class _Reader:
    """Reads a formula from left to right and writes as it goes. font: of the letters, within a font's argument."""

    def __init__(self, latex: str) -> None:
        self.latex, self.position, self.font = latex, 0, ""
        self.seen, self.token = -1, ""  # what comes next is asked several times: where that was, and what

    def row(self, ends: Sequence[str]) -> str:
        """Atoms with their scripts, up to one of the tokens that end them, or to the end; that one comes next then."""
        atoms: list[str] = []
        bars = 0
        while (token := self.next()) not in (ends or ("",)):
            self.position += len(token)
            bars += token == "|"
            atom = self.scripted(_BAR.format("prefix" if bars % 2 else "postfix") if token == "|" else self.atom(token))
            is_first = not atoms or _leads(atoms[-1])
            if atom == _MINUS and is_first:
                atom = _PREFIX
            elif token in _NAMED:
                atom = _THIN * (not is_first) + atom + _THIN * self.is_operand(self.next())
            atoms.append(atom)
        return "".join(atoms)

    def is_operand(self, token: str) -> bool:
        """Whether the name of a function stands before it with a space between them."""
        return token.isalnum() or token in _OPERANDS

    def atom(self, token: str) -> str:
        if token.isalpha():
            return self.letter(token)
        if token[:1].isdigit():
            return f"<mn{self.variant}>{token.replace('{,}', ',')}</mn>"
        if token in _IDENTIFIERS:
            return f"<mi>{self.weighted(_IDENTIFIERS[token])}</mi>"
        if token in _OPERATORS:
            return f"<mo>{_OPERATORS[token]}</mo>"
        if token == "{":
            return self.rest_of_group()
        if token and token in _BRACKETS:
            return f'<mo stretchy="false">{token}</mo>'
        if token in _SPACES:
            return f'<mspace width="{_SPACES[token]}" />'
        if token in _ACCENTS:
            return _ACCENTS[token].format(self.group())
        if token in _FONTS:
            return self.in_font(_FONTS[token])
        return self.construct(token)

    def construct(self, token: str) -> str:
        """What has several parts."""
        if token == r"\frac":
            return f"<mfrac>{self.group()}{self.group()}</mfrac>"
        if token == r"\sqrt":
            return f"<msqrt>{self.group()}</msqrt>"
        if token == r"\left":
            opening, inner = self.bracket(), self.row((r"\right",))
            self.take(r"\right")
            fences = _FENCE.format("prefix", opening), _FENCE.format("postfix", self.bracket())
            return f"<mrow>{fences[0]}{inner}{fences[1]}</mrow>"
        if token in (r"\Bigl", r"\Bigr"):
            return _BIG.format(self.bracket())
        if token == r"\text":
            return f"<mtext>{self.plain(_TEXT).replace(' ', _NO_BREAK)}</mtext>"
        if token == r"\operatorname":
            return f"<mi>{self.plain(_NAME)}</mi>"
        if token == r"\begin":
            return self.environment(self.plain(_NAME))
        raise Unwritten(token)

    def letter(self, letter: str) -> str:
        if not letter.isascii():
            raise Unwritten(letter)
        return f"<mi{self.variant}>{self.weighted(letter)}</mi>"

    def weighted(self, letters: str) -> str:
        return letters.translate(BOLD) if self.font == "bold" and len(letters) == 1 else letters

    @property
    def variant(self) -> str:
        return f' mathvariant="{self.font}"' if self.font else ""

    def in_font(self, font: str) -> str:
        before, self.font = self.font, font
        text = self.group()
        self.font = before
        return text

    def scripted(self, base: str) -> str:
        scripts: dict[str, str] = {}
        while (sign := self.next()) in ("_", "^"):
            if sign in scripts:
                raise Unwritten(sign)
            self.position += 1
            scripts[sign] = self.group()
        if not scripts:
            return base
        tag = {"_": "msub", "^": "msup"}[next(iter(scripts))] if len(scripts) == 1 else "msubsup"
        return f"<{tag}>{base}{scripts.get('_', '')}{scripts.get('^', '')}</{tag}>"

    def group(self) -> str:
        self.take("{")
        return self.rest_of_group()

    def rest_of_group(self) -> str:
        text = self.row(("}",))
        self.take("}")
        return f"<mrow>{text}</mrow>"

    def environment(self, name: str) -> str:
        if name not in (_CASES, _MATRIX):
            raise Unwritten(name)
        rows: list[list[str]] = [[]]
        cell = '<mtd columnalign="left">{}</mtd>' if name == _CASES else "<mtd>{}</mtd>"
        while True:
            rows[-1].append(cell.format(self.row(("&", r"\\", r"\end"))))
            token = self.next()
            self.take(token)
            if token == r"\end":
                break
            if token == r"\\":
                rows.append([])
        if self.plain(_NAME) != name:
            raise Unwritten(name)
        table = "".join(f"<mtr>{''.join(row)}</mtr>" for row in rows)
        opening, closing = (("{", ""), ("[", "]"))[name == _MATRIX]
        end = _FENCE.format("postfix", closing) if closing else ""
        return f"<mrow>{_FENCE.format('prefix', opening)}<mtable>{table}</mtable>{end}</mrow>"

    # ------------------------------------------------------------------ tokens

    def next(self) -> str:
        """The token that comes next, past spaces; empty at the end."""
        if self.position != self.seen:
            found = _TOKEN.match(self.latex, self.position)
            assert found
            self.position = self.seen = found.start(1)
            self.token = found[1]
        return self.token

    def take(self, expected: str) -> None:
        if not expected or self.next() != expected:
            raise Unwritten(expected)
        self.position += len(expected)

    def bracket(self) -> str:
        token = self.next()
        if not token or token not in _BRACKETS:
            raise Unwritten(token)
        self.position += 1
        return token

    def plain(self, pattern: re.Pattern[str]) -> str:
        """What stands in braces as it is."""
        found = pattern.match(self.latex, self.position)
        if found is None:
            raise Unwritten(self.latex)
        self.position = found.end()
        return found[1]


def _leads(atom: str) -> bool:
    """Whether a minus after it subtracts nothing: an operator that closes no bracket."""
    is_operator = atom.startswith("<mo") and not atom.startswith("<mover")
    return atom.startswith("<mspace") or (is_operator and (atom[-6] not in ")]|" or 'form="prefix"' in atom))
