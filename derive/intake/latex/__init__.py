"""A paper's LaTeX as a cell.

In comes an author's text, whole files included; ``tokens`` expands the author's macros, ``displays`` finds equations,
``grammar`` makes trees of them, ``system`` finds states and input, ``read`` says what each letter is and why, and makes
the cell. TeX is parsed, never run. Nothing here is shared with the strict reader of what this package prints.
"""
