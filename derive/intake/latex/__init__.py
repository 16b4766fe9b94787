"""A paper's LaTeX as a cell.

In comes an author's text, whole files included. The rooms, in the order of the walk: ``text`` finds the equations,
``trees`` reads them, ``sentences`` what is said of their letters, ``systems`` what defines what, ``meaning`` what each
letter is and why; ``read`` makes the cell. TeX is parsed, never run. Nothing here is shared with the strict reader of
what this package prints.
"""
