"""From equations to a system: what defines what, which letters are states, which is the input.

In come equations; ``lefts`` and ``rights`` read their sides, ``definitions`` notes what they define, ``gather`` adds
what sentences define. Out goes a ``System``, a tree for each letter. Next: ``meaning``.
"""
