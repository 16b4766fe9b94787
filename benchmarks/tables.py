"""Where what was measured is written: between two marks in README.md beside this file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

README = Path(__file__).with_name("README.md")


def write(mark: str, lines: Iterable[str]) -> None:
    """Put the lines in the place of those between ``<!-- mark -->`` and ``<!-- /mark -->``."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = README.read_text().partition(begin)
    _, _, after = rest.partition(end)
    README.write_text("\n".join([before + begin, *lines, end]) + after)
