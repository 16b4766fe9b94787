r"""Mathematics that an author writes between dollars: what of LaTeX is let through, and whether it can be read.

A formula is let through by a list: amsmath's mathematics, nothing that TeX executes. What is on it takes no argument,
one, two, or a plain text, so that a formula can be read here as TeX will read it, and none stops TeX.
"""

from __future__ import annotations

import re

from derive.errors import DeriveError

LONGEST = 500  # characters of a formula
DEEPEST = 20  # groups within groups
SHOWN = 40  # characters of a formula or word that a message shows


def _words(text: str) -> frozenset[str]:
    return frozenset("\\" + word for word in text.split())


#: Letters, which may stand for a quantity or an index.
LETTERS = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho"
    " sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
    " varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega"
    " ell hbar imath jmath"
)
#: Signs that stand alone as an argument without braces, as letters do: ``W^\top``.
_PLAIN = LETTERS | _words("top bot prime ast star circ infty dagger ddagger pm mp")
_SYMBOLS = _PLAIN | _words(
    "Re Im wp partial nabla emptyset forall exists neg lnot angle aleph surd flat natural sharp triangle"
    " times div cdot bullet cap cup uplus sqcap sqcup vee wedge land lor setminus wr oplus ominus otimes oslash odot"
    " bigcirc amalg diamond bigtriangleup bigtriangledown triangleleft triangleright bmod"
    " leq le geq ge neq ne equiv sim simeq approx cong propto ll gg prec succ preceq succeq subset supset subseteq"
    " supseteq sqsubseteq sqsupseteq in ni notin mid parallel perp vdash dashv models smile frown asymp doteq bowtie"
    " colon not to gets rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow longrightarrow"
    " longleftarrow longleftrightarrow Longrightarrow Longleftarrow Longleftrightarrow mapsto longmapsto uparrow"
    " downarrow updownarrow Uparrow Downarrow Updownarrow nearrow searrow swarrow nwarrow hookrightarrow hookleftarrow"
    " rightharpoonup rightharpoondown leftharpoonup leftharpoondown rightleftharpoons iff implies impliedby"
    " sum prod coprod int oint iint iiint bigcup bigcap bigoplus bigotimes bigodot bigvee bigwedge bigsqcup biguplus"
    " sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg max min sup inf lim limsup liminf"
    " det dim gcd hom ker deg Pr dots ldots cdots vdots ddots dotsb dotsc dotsm dotsi dotso"
    " langle rangle lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack lvert rvert lVert rVert vert Vert backslash"
    r" quad qquad thinspace medspace thickspace negthinspace enspace displaystyle textstyle , : ; ! { } | % & # _"
)
_ACCENTS = _words("hat check tilde acute grave dot ddot breve bar vec mathring widehat widetilde")
_FONTS = _words("mathrm mathbf mathit mathsf mathtt mathcal mathnormal boldsymbol")
_ONE = (
    _ACCENTS
    | _FONTS
    | _words("dddot overline underline overrightarrow overleftarrow overbrace underbrace phantom boxed pmod sqrt")
)
_TWO = _words("frac dfrac tfrac cfrac binom dbinom tbinom overset underset stackrel")
_ARGUMENTS = dict.fromkeys(_SYMBOLS | {"\\ "}, 0) | dict.fromkeys(_ONE, 1) | dict.fromkeys(_TWO, 2)
#: What stands in braces after each; ＄ is a dollar that is text.
_TEXTS = dict.fromkeys(
    _words("text textnormal textrm textbf textit textsf texttt textup"), re.compile(r"\s*\{[^{}\\＄%#&_^~]*\}")
) | dict.fromkeys(_words("operatorname operatorname*"), re.compile(r"\s*\{[A-Za-z ]+\}"))
_SIZES = _words(" ".join(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "m", "r")))
_BRACKETS = frozenset("()[]|/")
_DELIMITERS = (
    _BRACKETS
    | frozenset(".<>")
    | _words(
        "{ } | langle rangle lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack lvert rvert lVert rVert vert Vert"
        " backslash uparrow downarrow updownarrow Uparrow Downarrow Updownarrow"
    )
)
_CHARACTERS = frozenset("+-*/=<>()[]|.,;:!?'{}_^")
_TOKEN = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


def refused(latex: str) -> str:
    """The first control word or character of a formula that is not let through; empty where all are."""
    position = 0
    while position < len(latex):
        token = _token(latex, position)
        position += len(token)
        if token in _TEXTS:
            text = _TEXTS[token].match(latex, position)
            position = text.end() if text else position
        elif not (
            token in _ARGUMENTS
            or token in _SIZES
            or token in (r"\left", r"\middle", r"\right")
            or token in _CHARACTERS
            or token.isspace()
            or _is_plain(token)
        ):
            return token
    return ""


def check_formula(latex: str) -> None:
    """Raise DeriveError for a formula of what is let through that TeX cannot read, saying why."""
    if len(latex) > LONGEST:
        raise DeriveError(f"it has {len(latex)} characters, expected at most {LONGEST}")
    if not latex.strip():
        raise DeriveError("it is empty; a formula stands between single dollars, and a dollar itself is \\$")
    _FormulaReader(latex).row("")


def _token(latex: str, position: int) -> str:
    found = _TOKEN.match(latex, position)
    return found[0] if found else ""


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isalnum()


class _FormulaReader:
    r"""Reads a formula from left to right, as TeX does.

    A row and an atom return the scripts that they leave for what follows: TeX drops the braces around a lone accent, so
    that ``{\hat{x}_{1}}_{2}`` has a double subscript. None where there is no such accent.
    """

    def __init__(self, latex: str) -> None:
        self.latex, self.position, self.depth = latex, 0, 0
        self.accents = self.places = 0  # how many were read: accents, and scripts

    def row(self, end: str) -> str | None:
        """Atoms with their scripts, up to and including the token that ends them."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise DeriveError(f"its braces and brackets stand more than {DEEPEST} deep within each other")
        atoms: list[str | None] = []
        while (token := self.next()) != end:
            left = None if token in ("_", "^", "'") else self.atom(self.take(), end)
            seen = self.scripts(left or "")
            atoms.append(None if left is None else seen)
        self.take()
        self.depth -= 1
        return atoms[0] if len(atoms) == 1 else None

    def atom(self, token: str, end: str) -> str | None:
        if token == "":
            raise DeriveError(f"{_opening(end)} is not closed")
        if token in ("}", r"\right") or (token == r"\middle" and end != r"\right"):
            raise DeriveError(f"{token} closes nothing" if token != r"\middle" else r"\middle stands outside of \left")
        if token == "{":
            return self.row("}")
        if token in _FONTS:
            return self.argument(token)
        if token in _ACCENTS:
            return self.accent(token)
        if token == r"\left":
            self.delimiter(token)
            self.row(r"\right")
            self.delimiter(r"\right")
        elif token == r"\middle" or token in _SIZES:
            self.delimiter(token)
        elif token in _TEXTS:
            self.text(token)
        else:
            if token == r"\sqrt" and self.next() == "[":
                self.take()
                self.row("]")
            for _ in range(_ARGUMENTS.get(token, 0)):
                self.argument(token)
        return None

    def accent(self, token: str) -> str:
        """Amsmath sets an accent over another one, but over nothing else that has one in it, and over no scripts."""
        accents, places = self.accents, self.places
        if (self.argument(token) != "" or self.places > places) and self.accents > accents:
            raise DeriveError(f"{token} stands over more than an accent")
        self.accents += 1
        return ""

    def scripts(self, seen: str) -> str:
        """What stands below and above an atom, each once; returns which of the two do, with those seen before."""
        while (token := self.next()) in ("_", "^", "'"):
            self.take()
            place = "^" if token == "'" else token
            if place in seen:
                raise DeriveError(f"it has a double {'subscript' if place == '_' else 'superscript'}; put braces")
            seen += place
            self.places += 1
            if token != "'":
                self.argument(token)
            elif self.latex.startswith("^", self.position):  # x'^2, which is one superscript
                self.argument(self.take())
            else:
                while self.latex.startswith("'", self.position):
                    self.position += 1
        return seen

    def argument(self, of: str) -> str | None:
        token = self.take()
        if token == "{":
            return self.row("}")
        if not (_is_plain(token) or token in _PLAIN or token in tuple("*+-")):
            raise DeriveError(f"{of} has no argument; put it in braces")
        following = self.latex[self.position : self.position + 1]
        if token.isdigit() and following.isdigit() and not of.endswith("frac"):
            raise DeriveError(f"{of} takes the {token} of {token}{following} alone; put its argument in braces")
        return None

    def delimiter(self, of: str) -> None:
        known = _BRACKETS if of in _SIZES else _DELIMITERS
        if (token := self.take()) not in known:
            raise DeriveError(f"{of} is followed by {token or 'nothing'}, expected a bracket")

    def text(self, of: str) -> None:
        found = _TEXTS[of].match(self.latex, self.position)
        if found is None:
            wanted = "letters" if of.startswith(r"\operatorname") else "plain text"
            raise DeriveError(f"{of} takes {wanted} alone, in braces")
        self.position = found.end()

    def next(self) -> str:
        """The token that comes next, past spaces; empty at the end."""
        token = _token(self.latex, self.position)
        if token.isspace():
            self.position += len(token)
            return self.next()
        return token

    def take(self) -> str:
        token = self.next()
        self.position += len(token)
        return token


def _opening(end: str) -> str:
    return {"}": "{", "]": "[", r"\right": r"\left"}[end]
