"""Plans interpreted on NumPy in float64: slow, short, and what every other backend is held against.

In: a plan. Out: a program on arrays, which follows the plan phase by phase (``interpreter``), operation by operation
(``operations``, of what ``walk`` knows) and its formulas node by node (``formulas``). It needs neither torch nor a
compiler. Next: ``torch``, which writes text.
"""

from derive.backends.reference.interpreter import Reference, interpreted, new_states, quantities

__all__ = ["Reference", "interpreted", "new_states", "quantities"]
