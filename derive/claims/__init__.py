"""What is claimed about a run, proved or refuted: approximations, and tables worked by hand.

In: a run with claims or a hand-made table. Out: certificates, what the approximations do to the states, and each entry
of the table held against the exact value and the cell's formula.
Next: ``enclosure``, where the same is proved on a whole box of a run's numbers.
"""
