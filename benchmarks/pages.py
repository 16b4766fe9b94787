"""Do documents fit their pages? Every named page, for cells of one, two and four units, through TeX.

    python benchmarks/pages.py [PAGE ...]

The equations and gradients of every cell of the catalogue are set in an article and in a column of two as well, and for
slides the frames of each step.

A line for each page: boxes beyond 1 pt, the smallest type, how many pages. Exit status 1 where one is too large, a type
is below 6 pt, or TeX refuses a document. Takes several minutes; the tests take a sample.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

from runs import trained_run

from derive.cells import catalogue
from derive.document.tables import files_of
from derive.notation.page import LAYOUTS
from derive.run.data import Run

CELLS = ("lstm", "gru", "peephole_lstm", "slstm", "layer_norm_lstm")
UNITS = (1, 2, 4)
TEX = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex")


def document(runs: dict[str, Run], layout: str, folder: Path, *, chosen: tuple[str, ...] = ()) -> None:
    """Write one document with the fragments of all runs, or those that are chosen."""
    bodies = []
    for name, run in runs.items():
        files = files_of(run, LAYOUTS[layout])
        head, _, body = files.pop("preview.tex").partition(r"\begin{document}")
        body = "\n".join(rf"\input{{{section}}}" for section in chosen) or body
        for file, text in files.items():
            if "/" not in file:
                (folder / f"{name}-{file}").write_text(text)
        body = re.sub(r"\\label\{[^}]*\}", "", body.partition(r"\end{document}")[0])
        bodies.append(body.replace(r"\input{", rf"\input{{{name}-"))
    (folder / "all.tex").write_text("\n".join([head, r"\begin{document}", *bodies, r"\end{document}", ""]))


def frames(runs: dict[str, Run], layout: str, folder: Path) -> None:
    """Write one document with the frames of all steps of all runs."""
    shown = []
    for name, run in runs.items():
        files = {f.removeprefix("frames/"): text for f, text in files_of(run, LAYOUTS[layout]).items() if "/" in f}
        head = files["slides.tex"].partition(r"\begin{document}")[0]
        for step in (f for f in files if f.startswith("step_")):
            (folder / f"{name}-{step}").write_text(files[step])
            shown.append(rf"\input{{{name}-{step}}}")
    (folder / "all.tex").write_text("\n".join([head, r"\begin{document}", *shown, r"\end{document}", ""]))


def measured(write: Callable[[Path], None], layout: str) -> bool:
    """Print what TeX says of a document that is written into a folder; whether all is well."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder)
        done = subprocess.run(
            TEX, cwd=folder, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
        )
        if done.returncode:
            print(f"{layout:18} refused: {done.stdout[-500:]}")
            return False
        large = [float(pt) for pt in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", done.stdout) if float(pt) > 1.0]
        fonts = subprocess.run(("pdffonts", "all.pdf"), cwd=folder, capture_output=True, text=True).stdout
        smallest = min((int(size) for size in re.findall(r"\+\D+?(\d+)-?\w* ", fonts)), default=0)
        pages = re.findall(r"\((\d+) pages?", done.stdout)[-1]
        said = f"{len(large)} too large, at most {max(large, default=0):g} pt; type from {smallest} pt; {pages} pages"
        print(f"{layout:18} {said}")
        return not large and smallest >= 6


def main() -> int:
    runs = {f"{cell}-{units}": trained_run(cell, units=units) for cell in CELLS for units in UNITS}
    layouts = sys.argv[1:] or list(LAYOUTS)
    found = [measured(partial(document, runs, layout), layout) for layout in layouts]
    slides = [layout for layout in layouts if LAYOUTS[layout].is_slide]
    found += [measured(partial(frames, runs, layout), f"{layout}, frames") for layout in slides]
    every = {name: trained_run(name, steps=1) for name in catalogue}
    shown = ("equations", "adjoint")
    found += [measured(partial(document, every, layout, chosen=shown), layout) for layout in ("article", "ieee")]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
