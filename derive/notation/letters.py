"""The parts of a name as letters: Greek ones, words, accents and subscripts, in LaTeX and in unicode."""

from __future__ import annotations

from sympy.printing.latex import tex_greek_dictionary
from sympy.printing.pretty.pretty_symbology import greek_unicode

_LETTERS = greek_unicode | {"ell": "ℓ", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ"}
ACCENTS = {"tilde": ("\\tilde", "\u0303"), "hat": ("\\hat", "\u0302"), "bar": ("\\bar", "\u0304")}
_GREEK = {name: "\\" + name for name in greek_unicode if not name[0].isupper()} | tex_greek_dictionary


def accented(sub: str) -> tuple[str, str]:
    """The accent with which a subscript begins, if it does, and the rest: k_hat_1 is a k with a hat, in round 1."""
    accent, _, rest = sub.partition("_")
    return (accent, rest) if accent in ACCENTS else ("", sub)


def bold(base: str) -> str:
    """The LaTeX of a letter in bold."""
    if base.startswith(r"\mathit{"):
        return base.replace(r"\mathit", r"\mathbf", 1)
    return rf"\boldsymbol{{{base}}}" if base.startswith("\\") else rf"\mathbf{{{base}}}"


def letter(latex: str) -> str:
    """A letter that is a control word in LaTeX, as unicode text."""
    return in_unicode(latex.removeprefix("\\"))


def in_unicode(word: str) -> str:
    """The letter of that name, or the word itself."""
    return str(_LETTERS.get(word, word))


def in_latex(name: str) -> str:
    """The LaTeX of a name: a letter, a Greek letter by its name, a word, or several of these."""
    if "_" in name:
        return _words(name)
    if name in _GREEK:
        return str(_GREEK[name])
    if len(name) > 1 and not name.isdigit():
        return rf"\mathit{{{name}}}"
    return name


def _words(name: str) -> str:
    r"""A name of several parts, within a subscript: ``tanh_h_tilde`` is \mathit{tanh}\,\tilde{h}."""
    parts: list[str] = []
    for word in name.split("_"):
        if word in ACCENTS and parts:
            parts[-1] = rf"{ACCENTS[word][0]}{{{parts[-1]}}}"
        else:
            parts.append(in_latex(word))
    return r"\,".join(parts)


def subscript(letter: str, rest: str) -> str:
    """The subscript of a parameter: an operand's letter, if there is one, and an equation's name.

    ``hh_tilde`` is h\\tilde{h}, ``hu_i`` is h\\,u\\,i.
    """
    base, _, mark = rest.partition("_")
    if letter and not mark and base not in _GREEK:
        return f"{letter}{base}" if len(base) == 1 else rf"\mathit{{{letter}{base}}}"
    accent, more = accented(mark)
    if accent:
        below = rf"{letter}{ACCENTS[accent][0]}{{{in_latex(base)}}}"
        return rf"{below}\,{in_latex(more)}" if more else below
    name = rf"{in_latex(base)}\,{in_latex(mark)}" if mark else in_latex(base)  # a subscript to it would be too small
    return rf"{letter}\,{name}" if letter else name


def operand_and_equation(head: str, sub: str) -> tuple[str, str]:
    """An operand's letter and an equation's name in a parameter's subscript. A matrix always has the letter: W_mu is
    the weight of m in u, b_mu the bias of μ.
    """
    stem = sub.partition("_")[0]
    return (sub[0], sub[1:]) if len(stem) > 1 and (head == "W" or stem not in _GREEK) else ("", sub)
