"""Which weights of one cell are which of another.

In come two cells' forms; ``merging`` takes sums of weights for one weight, ``places`` and ``unify`` pair weights by
where they stand, ``sides`` has both cells in every way that is tried. Out go assignments of the weights, and with
``proof`` whether the cells are the same for one. Next: ``by_intervals``, ``by_numbers``.
"""
