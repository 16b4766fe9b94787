"""A cell's new states as formulas that are the same for cells that are.

In comes a cell; ``poly`` multiplies its formulas out, ``identities`` and ``exponentials`` write functions by fewer
functions, ``canonical`` leaves out what is the author's choice; ``values`` and ``functions`` make quotients in letters
that no identity joins. Out go forms that can be held together. Next: ``pairing``.
"""
