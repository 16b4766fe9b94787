"""From an equation's side to a tree.

In come tokens; ``grammar`` reads them in the notations that authors use, ``letters`` and ``stamps`` what stands at a
letter, its index, its time, its layer. Out go the nodes of ``tree``, which ``written`` prints. Next: ``sentences``.
"""
