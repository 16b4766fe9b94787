"""Formulas as native MathML. What the printers emit is written directly; what people write beyond that is converted,
and of what the converter returns, only what is known is put together again.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import pairwise

from markupsafe import Markup

from derive.errors import UnsupportedExpression, shortened
from derive.notation.formula import SHOWN
from derive.notation.mathml_writer import BOLD, PLAIN, Unwritten, written
from derive.notation.printers import plain_brackets

NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKENS = _names("mi mn mo mtext mspace")  # hold text alone
_ELEMENTS = _TOKENS | _names(
    "mrow mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup munder mover munderover mtable mtr mtd"
)
_ATTRIBUTES = _names(
    "mathvariant stretchy fence form separator lspace rspace minsize maxsize movablelimits largeop accent linethickness"
    " displaystyle scriptlevel width height depth voffset notation columnalign columnspacing rowspacing"
)
_VALUE = re.compile(r"[\w.+% -]*", re.ASCII)
#: Characters that no XML may have.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MINUS = "−"
_CLOSING = ("|", ")", "]")
_DECIMAL = re.compile(r"^(\d+)\.(?=\d)")
_OPERATOR = re.compile(r"\\operatorname\{([A-Za-z]+)(\\[A-Za-z]+)\}")


@cache
def mathml(latex: str, display: bool = False) -> Markup:
    """A formula as native MathML; a minus sign with nothing before it to subtract from is a prefix.

    Raises UnsupportedExpression for LaTeX that the converter cannot read.
    """
    shown = "block" if display else "inline"
    try:
        return Markup(f'<math xmlns="{NAMESPACE}" display="{shown}">{written(plain_brackets(latex))}</math>')
    except Unwritten:
        return Markup(ET.tostring(_converted(latex, shown), encoding="unicode"))


def _converted(latex: str, shown: str) -> ET.Element:
    from latex2mathml.converter import convert_to_element  # takes a while, and few formulas need it

    try:
        found = convert_to_element(_spelled(latex))
    except Exception as e:  # whatever a converter raises on what it cannot read, StopIteration among it
        raise UnsupportedExpression(
            f"{shortened(latex, SHOWN)} cannot be turned into MathML ({type(e).__name__})"
        ) from None
    math = ET.Element("math", {"xmlns": NAMESPACE, "display": shown})
    math.extend(map(_cleaned, found))
    for parent in math.iter():
        if parent.tag == "mn" and "{,}" in latex:  # a number with a comma is one number too
            parent.text = _DECIMAL.sub(r"\1,", parent.text or "")
        for before, sign in pairwise([None, *parent]):
            if sign is not None and sign.tag == "mo" and sign.text == _MINUS and _opens(parent, before):
                sign.set("form", "prefix")
    return math


def _cleaned(element: ET.Element) -> ET.Element:
    """The element with what is known of it: its tag, its attributes, its text, its children cleaned likewise."""
    tag = element.tag if element.tag in _ELEMENTS and not (element.tag in _TOKENS and len(element)) else "mrow"
    attributes = {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES and _VALUE.fullmatch(v)}
    clean = ET.Element(tag, attributes)
    if tag in _TOKENS:
        text = FORBIDDEN.sub("", html.unescape(element.text or ""))  # the converter writes &#x02212;
        clean.text = (text.translate(BOLD) if attributes.get("mathvariant") == "bold" else text) or None
    clean.extend(map(_cleaned, element))
    return clean


def _opens(parent: ET.Element, before: ET.Element | None) -> bool:
    """Whether there is nothing to subtract from: at the start of a row, and after an operator that closes nothing."""
    if before is None:
        return parent.tag == "mrow"
    text = before.text or ""
    return before.tag == "mo" and text != "" and not any(sign in text for sign in _CLOSING)


def _spelled(latex: str) -> str:
    """The formula in words that the converter knows."""
    return _OPERATOR.sub(r"{\\mathrm{\1}\2}", plain_brackets(latex).replace("{,}", "."))


def named(latex: str) -> Markup:
    """A formula that is a heading, or stands in one: with a name, for a formula alone gives a heading none."""
    return Markup(str(mathml(latex)).replace("<math ", f'<math aria-label="{html.escape(as_text(latex))}" ', 1))


_BETWEEN = {"msub": "_", "msup": "^", "mfrac": "/", "munder": "_", "mover": "^"}


@cache
def as_text(latex: str) -> str:
    """A formula as a line of text, for those who hear it read: ``x_t^(2)``."""
    return " ".join(_linear(ET.fromstring(mathml(latex))).split())


def _linear(element: ET.Element) -> str:
    tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    parts = list(map(_linear, element))
    if tag in ("msubsup", "munderover"):
        return "{}_{}^{}".format(*parts)
    if tag in _BETWEEN:
        return _BETWEEN[tag].join(parts)
    text = (element.text or "").strip().translate(PLAIN)
    return (", " if text == "," else text) + ("".join(parts) if tag != "msqrt" else f"√({''.join(parts)})")
