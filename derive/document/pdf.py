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

from derive.writing import write_files

LIMIT = 60  # seconds for one document


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


def _outdated(folder: Path) -> bool:
    pdf, fragments = folder / "preview.pdf", [p for p in folder.glob("*.tex") if p.is_file()]
    return not pdf.exists() or any(p.stat().st_mtime > pdf.stat().st_mtime for p in fragments)


def _typeset(folder: Path) -> bytes | None:
    """The document, by one run of TeX in a folder of its own, so that a failure leaves nothing behind."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "pdflatex",
            "-interaction=batchmode",
            "-halt-on-error",
            f"-output-directory={scratch}",
            "preview.tex",
        ]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=LIMIT,
            )
            if done.returncode == 0:
                return (Path(scratch) / "preview.pdf").read_bytes()
        except (OSError, subprocess.TimeoutExpired):
            pass
    print(f"derive: pdflatex failed on {folder / 'preview.tex'}; run it there to see why", file=sys.stderr)
    return None
