"""Do documents fit their pages? Every named page, for cells of one, two and four units, through TeX.

    python benchmarks/pages.py [PAGE ...]

The equations and gradients of every cell of the catalogue are set in an article and in a column of two as well.

A line for each page: boxes beyond 1 pt, the smallest type, how many pages. Exit status 1 where one is too large, a type
is below 6 pt, or TeX refuses a document. Takes several minutes; the tests take a sample.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
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


def document(runs: dict[str, Run], layout: str, folder: Path, chosen: tuple[str, ...] = ()) -> None:
    """Write one document with the fragments of all runs, or those that are chosen."""
    bodies = []
    for name, run in runs.items():
        files = files_of(run, LAYOUTS[layout])
        head, _, body = files.pop("preview.tex").partition(r"\begin{document}")
        body = "\n".join(rf"\input{{{section}}}" for section in chosen) or body
        for file, text in files.items():
            (folder / f"{name}-{file}").write_text(text)
        body = re.sub(r"\\label\{[^}]*\}", "", body.partition(r"\end{document}")[0])
        bodies.append(body.replace(r"\input{", rf"\input{{{name}-"))
    (folder / "all.tex").write_text("\n".join([head, r"\begin{document}", *bodies, r"\end{document}", ""]))


def measured(runs: dict[str, Run], layout: str, chosen: tuple[str, ...] = ()) -> bool:
    """Print what TeX says of a page; whether all is well."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        document(runs, layout, folder, chosen)
        done = subprocess.run(
            TEX, cwd=folder, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
        )
        if done.returncode:
            print(f"{layout:10} refused: {done.stdout[-500:]}")
            return False
        large = [float(pt) for pt in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", done.stdout) if float(pt) > 1.0]
        fonts = subprocess.run(("pdffonts", "all.pdf"), cwd=folder, capture_output=True, text=True).stdout
        smallest = min((int(size) for size in re.findall(r"\+\D+?(\d+)-?\w* ", fonts)), default=0)
        pages = re.findall(r"\((\d+) pages?", done.stdout)[-1]
        said = f"{len(large)} too large, at most {max(large, default=0):g} pt; type from {smallest} pt; {pages} pages"
        print(f"{layout:10} {said}")
        return not large and smallest >= 6


def main() -> int:
    runs = {f"{cell}-{units}": trained_run(cell, units=units) for cell in CELLS for units in UNITS}
    found = [measured(runs, layout) for layout in sys.argv[1:] or LAYOUTS]
    every = {name: trained_run(name, steps=1) for name in catalogue}
    found += [measured(every, layout, ("equations", "adjoint")) for layout in ("article", "ieee")]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
