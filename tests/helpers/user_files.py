"""Cells as a user's file defines them."""

from __future__ import annotations

import importlib.util
import itertools

COUNTER = itertools.count()


def define(folder, arguments, *lines):
    """The cell that a user's file defines."""
    path = folder / f"cells{next(COUNTER)}.py"
    text = [
        "import numpy as np",
        "from derive import *",
        "from sympy import Piecewise, Symbol, exp",
        "",
        '@cell("Mine")',
        f"def mine({arguments}):",
    ]
    path.write_text("\n".join([*text, *(f"    {line}" for line in lines), ""]))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mine
