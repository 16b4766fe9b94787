"""Previews as PDF, where a TeX is installed. A convenience: nothing depends on it, and it is never committed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from derive.document.tables import FRAGMENTS
from derive.writing import write_files

LIMIT = 60  # seconds for one document
COMMAND = ("pdflatex", "-no-shell-escape", "-interaction=batchmode", "-halt-on-error", "preview.tex")
#: TeX reads and writes nothing outside of the folder it runs in but what is installed with it.
PARANOID = {"openin_any": "p", "openout_any": "p"}


def typeset(root: Path, folders: Sequence[Path]) -> list[Path]:
    """Make ``preview.pdf`` of ``preview.tex`` in each folder, all of them under the root, where it is missing or older
    than a fragment.

    Returns the files made; none where there is no pdflatex. A document that TeX refuses is told on stderr in one line.
    """
    if shutil.which("pdflatex") is None:
        return []
    waiting = [folder for folder in folders if _outdated(folder)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = zip(waiting, pool.map(_typeset, waiting), strict=True)
    return write_files(root, {folder / "preview.pdf": pdf for folder, pdf in made if pdf is not None})


def _fragments(folder: Path) -> list[Path]:
    return [folder / name for name in FRAGMENTS if name.endswith(".tex") and (folder / name).is_file()]


def _outdated(folder: Path) -> bool:
    pdf = folder / "preview.pdf"
    return not pdf.exists() or any(p.stat().st_mtime > pdf.stat().st_mtime for p in _fragments(folder))


def _typeset(folder: Path) -> bytes | None:
    """The document, by one run of TeX in a folder of its own that holds the fragments alone, so that a failure leaves
    nothing behind."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for fragment in _fragments(folder):
                shutil.copyfile(fragment, Path(scratch) / fragment.name)
            if _run(scratch):
                return (Path(scratch) / "preview.pdf").read_bytes()
    except OSError:
        pass
    print(f"derive: pdflatex failed on {folder / 'preview.tex'}; run it there to see why", file=sys.stderr)
    return None


def _run(folder: str) -> bool:
    """Whether TeX made the document, in time."""
    variables = {k: v for k, v in os.environ.items() if k != "TEXMFOUTPUT"}  # a folder that it might write to as well
    try:
        done = subprocess.run(
            COMMAND, cwd=folder, env=variables | PARANOID, timeout=LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
