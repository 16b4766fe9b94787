"""Previews and slides as PDF, where a TeX is installed: a convenience, on which nothing depends; never committed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from derive.document import frames
from derive.document.tables import FIGURES, FRAGMENTS
from derive.errors import DeriveError
from derive.figures.files import FOLDER
from derive.writing import write_files

LIMIT = 60  # seconds for one document
#: Tried in this order: the first is the quickest, the others can set what is written in any script.
ENGINES = ("pdflatex", "lualatex", "xelatex")
OPTIONS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error")
#: TeX reads and writes nothing outside of the folder it runs in but what is installed with it.
PARANOID = {"openin_any": "p", "openout_any": "p"}
_ERROR = re.compile(r"^(?:! |\S+:\d+: ).*", re.MULTILINE)
#: In what pdflatex says of a letter that it has none for, and that letter.
_FOREIGN = re.compile(r"Unicode character (\S) \((U\+\w+)\)")
#: Packages of Debian with which every script that is tried is set, and those for Chinese and Japanese.
PACKAGES = "texlive-luatex and fonts-cmu, and for Chinese or Japanese texlive-lang-chinese and texlive-lang-japanese"


def typeset(root: Path, folders: Sequence[Path]) -> list[Path]:
    """Make the PDF of ``preview.tex`` and of the slides in each folder, all of them under the root, where it is missing
    or older than a file that it shows.

    Returns the files made; none where there is no TeX. Raises DeriveError with TeX's first complaint about a document
    that it refuses, when the others are made.
    """
    if (engine := next(filter(shutil.which, ENGINES), None)) is None:
        return []
    waiting = [document for folder in folders for document in _documents(folder) if _outdated(document)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(waiting, pool.map(partial(_typeset, engine=engine), waiting), strict=True))
    pdfs = write_files(root, {d.with_suffix(".pdf"): pdf for d, pdf in made.items() if isinstance(pdf, bytes)})
    for document, complaint in made.items():
        if isinstance(complaint, str):
            raise DeriveError(f"TeX refuses {document}: {complaint}")
    return pdfs


def _documents(folder: Path) -> list[Path]:
    slides = (folder / frames.FOLDER / name for name in frames.DECKS)
    return [folder / "preview.tex", *(path for path in slides if path.is_file())]


def _sources(document: Path) -> list[Path]:
    """The files that a document is made of: those of ours in its folder, and the figures that it shows."""
    found = [
        path
        for path in sorted(document.parent.glob("*.tex"))
        if path.is_file() and (path.name in FRAGMENTS or frames.NAMES.fullmatch(path.name))
    ]
    figures = (document.parent / FOLDER / f"{name}.tex" for name in FIGURES)
    return [*found, *(path for path in figures if path.is_file())]


def _outdated(document: Path) -> bool:
    pdf = document.with_suffix(".pdf")
    return not pdf.exists() or any(p.stat().st_mtime > pdf.stat().st_mtime for p in _sources(document))


def _typeset(document: Path, engine: str) -> bytes | str:
    """The document, or TeX's first complaint. TeX runs in a folder of its own that holds its files alone, so that a
    failure leaves nothing behind."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / FOLDER).mkdir()
            for source in _sources(document):
                shutil.copyfile(source, Path(scratch) / source.relative_to(document.parent))
            complaints = [_run(engine, scratch, document.name)]
            foreign = _FOREIGN.search(complaints[0])
            for other in filter(shutil.which, ENGINES):
                if foreign and all(complaints) and other != engine:
                    complaints.append(_run(other, scratch, document.name))
            if not all(complaints):
                return (Path(scratch) / document.name).with_suffix(".pdf").read_bytes()
            if foreign is None:
                return "; ".join(complaints)
            letter, code = foreign.groups()
            return f"no TeX and font that is here has {letter} ({code}); install {PACKAGES} (as Debian names them)"
    except OSError as e:
        return str(e)


def _run(engine: str, folder: str, document: str) -> str:
    """TeX's first complaint; empty where it made the document."""
    variables = {k: v for k, v in os.environ.items() if k != "TEXMFOUTPUT"}  # a folder that it might write to as well
    try:
        done = subprocess.run(
            (engine, *OPTIONS, document), cwd=folder, env=variables | PARANOID, timeout=LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"{engine} was not done after {LIMIT} seconds"
    found = _ERROR.search(done.stdout)
    return "" if done.returncode == 0 else f"{engine}: {found[0] if found else 'no reason given'}"
