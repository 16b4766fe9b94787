"""The notebook of the examples: it runs, and what it shows is what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from notebooks import executed, stored

NOTEBOOK = Path("examples/walkthrough.ipynb")


def test_the_walkthrough_shows_what_it_has_stored():
    """``python tests/helpers/notebooks.py examples/walkthrough.ipynb`` writes its outputs again."""
    pytest.importorskip("IPython")
    pytest.importorskip("torch")
    notebook = json.loads(NOTEBOOK.read_text())
    for number, (now, then) in enumerate(zip(executed(notebook), stored(notebook), strict=True), 1):
        assert now == then, f"cell {number}"


def test_it_ends_with_a_trained_module():
    *_, trained, checked = stored(json.loads(NOTEBOOK.read_text()))
    assert trained[0]["text"].endswith("True\n")
    assert checked[0]["text"].endswith("True\n")
