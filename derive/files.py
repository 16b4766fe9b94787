"""Templates, and what on the disk is no longer what is derived."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derive.errors import DeriveError
from derive.reading import read_file

PACKAGE = Path(__file__).resolve().parent
#: What a build leaves beside generated files, never committed (the same list stands in .gitignore).
LEFTOVERS = ("preview.pdf", "slides.pdf", "handout.pdf", "*.aux", "*.log", "*.out", "*.pyc")
#: LaTeX is full of braces and percent signs, so its templates mark their own words with << >> and <% %>.
_TEX = {
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "block_start_string": "<%",
    "block_end_string": "%>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}


class Stale(NamedTuple):
    """A file that is not what it should be: its path, a unified diff (empty where there is nothing to compare), why."""

    path: Path
    diff: str
    reason: str


def stale(expected: Mapping[Path, str], root: Path) -> list[Stale]:
    """The files under ``root`` that are missing, differ from ``expected`` or are expected by nobody, sorted by path.

    Leftovers of a build (``LEFTOVERS``, hidden files and caches) do not count.
    """
    found = set(_tracked(root))
    result = [Stale(path, _diff(path, "", text), "missing") for path, text in expected.items() if path not in found]
    for path in found:
        old = _read(path)
        if path not in expected:
            result.append(Stale(path, "", "nothing generates it"))
        elif old != expected[path]:
            result.append(Stale(path, _diff(path, old or "", expected[path]), "differs"))
    return sorted(result)


def environment(kind: str) -> Environment:
    """The templates of one kind, a folder of ``templates/``: "tex" (delimiters << >> and <% %>), "html" or "torch".

    A name that a template uses and nobody gave is an error. In html every value is escaped unless it is ``Markup``.
    """
    return _environment(kind)


@cache
def _environment(kind: str) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates_folder() / kind),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=kind == "html",
        **(_TEX if kind == "tex" else {}),  # type: ignore[arg-type]
    )


def templates_folder() -> Path:
    """Inside an installed package, or beside the package in the source tree."""
    for folder in (PACKAGE / "templates", PACKAGE.parent / "templates"):
        if folder.is_dir():
            return folder
    raise DeriveError(f"the templates are missing: expected a folder {PACKAGE / 'templates'}; install derive again")


def _read(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        return read_file(path).decode()
    return None


def _tracked(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        inside = PurePosixPath(path.relative_to(root).as_posix())
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden and not any(inside.match(pattern) for pattern in LEFTOVERS):
            yield path


def _diff(path: Path, old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), str(path), f"{path} (as derived now)")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
