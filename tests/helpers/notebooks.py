"""Notebooks executed in this process: what each code cell prints and shows. As a script it writes that into them:

python tests/helpers/notebooks.py examples/walkthrough.ipynb
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SHOWN = ("text/plain", "text/html")


def executed(notebook: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The outputs of the code cells, in order. Raises what a cell raises."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    with TemporaryDirectory() as folder:  # nothing is kept beside the user's own
        shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}), ipython_dir=folder)
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        with capture_output(display=False) as captured:
            result = shell.run_cell("".join(cell["source"]), store_history=True)
            result.raise_error()
        outputs: list[dict[str, Any]] = []
        shown = result.result
        if shown is not None and not "".join(cell["source"]).rstrip().endswith(";"):
            data, _ = shell.display_formatter.format(shown, include=set(SHOWN))
            outputs.append({"data": data, "metadata": {}, "output_type": "execute_result"})
        printed = captured.stdout if shown is None else ""
        if printed:
            outputs.append({"name": "stdout", "output_type": "stream", "text": printed})
        found.append(outputs)
    return found


def stored(notebook: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The outputs that the file has, without the numbers of the cells."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    return [[{k: v for k, v in o.items() if k != "execution_count"} for o in c["outputs"]] for c in cells]


def write(path: Path) -> None:
    notebook = json.loads(path.read_text())
    outputs = iter(executed(notebook))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    for number, cell in enumerate(cells, 1):
        cell["execution_count"] = number
        cell["outputs"] = [
            o | ({"execution_count": number} if o["output_type"] == "execute_result" else {}) for o in next(outputs)
        ]
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(name))
