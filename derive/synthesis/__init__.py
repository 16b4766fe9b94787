"""The cheapest replacements of a cell's activations with which its output stays within a wished error, certified.

In: a run, a box around its inputs, an error. Out: for each activation a table, a polynomial or a quotient, a bound of
the error over all steps, and the cell with these activations. Next: ``plan`` and ``backends``, which make a module and
C of that cell; ``document``, which prints the table.
"""
