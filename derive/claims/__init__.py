"""What is claimed about a run, proved or refuted: approximations, and tables worked by hand.

In: a run with claims or a hand-made table. Out: certificates, what the approximations do to the states, and each entry
of the table held against the exact value and the cell's formula.
Next: ``plan``, which leads from the same cell to machines.
"""
