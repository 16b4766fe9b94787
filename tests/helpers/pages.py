"""Pages, read as XML: what may stand in one, and that nothing in it lives."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
XHTML, MATHML = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
#: What the page is made of, by the standards of HTML and MathML; none of it loads anything, and what runs is the
#: page's own script.
HTML_ELEMENTS = {
    XHTML + tag
    for tag in re.findall(
        r"\w+",
        "html head meta title style body br main h1 h2 h3 p section div table thead tbody tr th td span u b nav ul li a"
        " template script ol button input select label output caption figure figcaption",
    )
} | {SVG + tag for tag in re.findall(r"\w+", "svg title desc path polygon rect circle text tspan")}
MATH_ELEMENTS = {
    MATHML + tag
    for tag in re.findall(
        r"\w+",
        "math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup"
        " munder mover munderover mtable mtr mtd",
    )
}
LIVE = re.compile(r"on\w+|(xlink:)?href|src|style|action|data|srcdoc|background|formaction", re.IGNORECASE)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>"))


def assert_dead(root: ET.Element) -> None:
    """Nothing but what a page of tables and formulas is made of: its links stay in it, and it has one script, which is
    the only one that its policy allows."""
    places = {"#" + e.get("id", "") for e in root.iter()}
    for element in root.iter():
        assert element.tag in HTML_ELEMENTS | MATH_ELEMENTS, element.tag
        for name, value in element.attrib.items():
            assert not LIVE.fullmatch(name) or (name == "href" and value in places), (element.tag, name)
            assert "javascript:" not in value or name == "aria-label"  # a label is text
    assert len(list(root.iter(XHTML + "style"))) == 1
    [policy] = [m.get("content") for m in root.iter(XHTML + "meta") if m.get("http-equiv")]
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert not [name for name in rules if name.startswith(("object", "frame", "img", "connect"))]
    data, script = root.iter(XHTML + "script")
    assert data.attrib == {"type": "application/json", "id": "walk-data"}
    json.loads(data.text)
    assert script.attrib == {}
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert not [name for name in rules if name.startswith("script") and name != "script-src"]
