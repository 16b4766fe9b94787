r"""Formulas in prose that is no TeX: docstrings in reStructuredText or Markdown, and Wikipedia's markup.

``.. math::`` blocks, which their indentation bounds, ```` ```math ```` fences and ``:<math>`` become ``\[ \]``; lines
stay where they are. Of a text with such blocks nothing else is a display but ``$$``, ``\[ \]`` and environments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIRECTIVE = re.compile(r"(\s*)\.\. math::\s*(.*)$")
_OPTION = re.compile(r"\s*:(\w+):\s*(.*)$")
_WIKI = re.compile(r"^:{1,9} ?<math[^>\n]{0,80}>(.{1,5000}?)</math>[.,]?$", re.MULTILINE | re.DOTALL)
_DOUBLED = re.compile(r"(?<!\\)\\\\\(([^\n]{1,400}?)\\\\\)")  # as Markdown has it that drops a backslash
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*math\s*$")


def displays_marked(text: str) -> str:
    r"""The text with its blocks as TeX's displays."""
    text = _DOUBLED.sub(lambda match: rf" \({match[1]}\)", text)
    if "math" not in text:
        return text
    text = _WIKI.sub(lambda match: rf"\[{match[1]}\]", text)
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    k = 0
    while k < len(lines):
        if match := _DIRECTIVE.match(lines[k]):
            end = _end_of_block(lines, k + 1, len(match[1]))
            yield from _marked([match[2], *lines[k + 1 : end]])
            k = end
        elif match := _FENCE.match(lines[k]):
            end = next((j for j in range(k + 1, len(lines)) if lines[j].strip() == match[1]), len(lines) - 1)
            yield from _marked(["", *lines[k + 1 : end], ""])
            k = end + 1
        else:
            yield lines[k]
            k += 1


def _end_of_block(lines: list[str], k: int, indent: int) -> int:
    """Where something stands that is not indented more than the directive, without the blank lines before it."""
    end = k
    while k < len(lines):
        if lines[k].strip():
            if len(lines[k]) - len(lines[k].lstrip()) <= indent:
                break
            end = k + 1
        k += 1
    return end


def _marked(block: list[str]) -> list[str]:
    r"""A block between ``\[`` and ``\]``; its label is TeX's, and an empty line parts formulas."""
    made = []
    begun = bool(block[0])
    for line in block:
        option = None if begun else _OPTION.match(line)
        begun = begun or bool(line.strip() and not option)
        if option:
            line = rf"\label{{{option[2]}}}" if option[1] in ("label", "name") else ""
        made.append(line if line.strip() or not begun else r"\\")
    made[0] = r"\[" + made[0]
    made[-1] += r"\]"  # which may be the same line
    return made
