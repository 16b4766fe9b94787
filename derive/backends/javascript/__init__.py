"""Pages: one step of a cell, with its sizes, as JavaScript in double precision, forwards alone.

In: statements. Out: the text of a function on a list of numbers, and which number is which.
Next: ``document``, whose page of a run is computed again with it where a reader changes a number.
"""
