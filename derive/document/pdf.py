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

LIMIT = 60  # seconds for one document


def typeset(folders: Sequence[Path]) -> list[Path]:
    """Make ``preview.pdf`` of ``preview.tex`` in each folder where it is missing or older than a fragment.

    Returns the files made; none where there is no pdflatex. A document that TeX refuses is told on stderr in one line.
    """
    if shutil.which("pdflatex") is None:
        return []
    waiting = [folder for folder in folders if _outdated(folder)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(_typeset, waiting))
    return [path for path in made if path is not None]


def _outdated(folder: Path) -> bool:
    pdf = folder / "preview.pdf"
    return not pdf.exists() or any(p.stat().st_mtime > pdf.stat().st_mtime for p in folder.glob("*.tex"))


def _typeset(folder: Path) -> Path | None:
    """One run of TeX in a folder of its own, so that a failure leaves nothing behind."""
    target = folder / "preview.pdf"
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
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT
            )
            if done.returncode == 0:
                temporary = target.with_suffix(".tmp")
                shutil.copyfile(Path(scratch) / "preview.pdf", temporary)
                return temporary.replace(target)
        except (OSError, subprocess.TimeoutExpired):
            pass
    print(f"derive: pdflatex failed on {folder / 'preview.tex'}; run it there to see why", file=sys.stderr)
    return None
