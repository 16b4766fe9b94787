"""The docstrings of a file as they are typed: where they begin, and what Python has made of their LaTeX."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from derive.reading import read_file

#: Words of TeX that begin like an escape of Python's, by what a string that is not raw has in their place.
_EATEN: Mapping[str, tuple[str, str]] = {
    "t": ("a tab", "tanh tau text textbf textit textrm theta tilde times to top"),
    "b": ("a backspace", "bar begin beta bf big bigl bigr bigg binom bm boldsymbol bullet"),
    "f": ("a form feed", "frac forall fbox"),
    "n": ("a new line", "nabla ne neg neq newcommand ni nolimits nonumber not nu"),
    "r": ("a carriage return", "rangle rceil relu rfloor rho right rm"),
    "a": ("a bell", "alpha approx ast"),
    "v": ("a vertical tab", "varepsilon varphi varsigma vartheta vec vee vert"),
}
_WORD = re.compile(r"(?<!\\)(?:\\\\)*\\([abfnrtv][A-Za-z]+)")


@dataclass(frozen=True)
class Typed:
    """A docstring of a file. line: where its text begins; eaten: what a string that is not raw has lost, in words."""

    line: int = 1
    eaten: str = ""


def typed_docstrings(path: Path) -> dict[str, Typed]:
    """Those of the file's classes and functions, by their names."""
    source = read_file(path)
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and (text := ast.get_docstring(node, clean=False)):
            begins = node.body[0].lineno + text[: len(text) - len(text.lstrip())].count("\n")
            segment = ast.get_source_segment(source.decode("utf-8", "replace"), node.body[0]) or ""
            found[node.name] = Typed(begins, next(_eaten(segment, node.body[0].lineno), ""))
    return found


def _eaten(segment: str, first: int) -> Iterator[str]:
    prefix = re.match(r"\w*", segment)
    if prefix is None or "r" in prefix[0].lower():
        return
    for word in _WORD.finditer(segment):
        what, words = _EATEN[word[1][0]]
        if word[1] in words.split():
            line = first + segment.count("\n", 0, word.start(1))
            made = f"Python has made {what} of \\{word[1][0]} in \\{word[1]}"
            yield f'line {line}: it is no raw string, and {made}; write r"""'
