"""From a system to a cell's formulas: what each letter is, and why.

In comes a ``System`` and what is said; ``roles`` decides of each letter whether it is a matrix, a vector or a number,
``shapes`` what is a column, ``functions`` which function a letter is. Out go the formulas of a ``Cell``.
"""
