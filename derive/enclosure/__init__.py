"""What a run's quantities may be on a whole box of inputs, initial states and weights, exact and replaced.

In: a run with claims, and a box around some of its numbers. Out: at every step an enclosure of every quantity, of the
error that the claimed replacements make, and of the arguments on which each claim is proved, violated or undecided.
Next: ``synthesis``, which looks for the cheapest replacements within a bound; ``document`` prints them.
"""
