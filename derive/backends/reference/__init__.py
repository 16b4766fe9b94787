"""Plans interpreted on NumPy in float64: slow, short, and what every other backend is held against.

In comes a cell, out goes a program on arrays that follows the cell's plan operation by operation (``interpreter.py``),
its formulas node by node (``formulas.py``). It needs neither torch nor a compiler, and is the one to read before
writing a backend.
"""

from derive.backends.reference.interpreter import Reference, interpreted

__all__ = ["Reference", "interpreted"]
