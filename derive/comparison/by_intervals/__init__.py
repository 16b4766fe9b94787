"""What no weights of a cell give, proved with intervals.

In come two cells at one unit; ``one_unit`` makes programs of them, ``narrowed`` walks a program forwards and backwards
with the ``contractors`` of its operations. Out goes whether ``unreachable`` leaves any weights. Next: ``compare``.
"""
