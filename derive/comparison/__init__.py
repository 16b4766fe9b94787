"""Whether two cells are the same, up to what their authors are free to choose.

In come two ``Cell``; ``canonical`` multiplies out what each new state is, ``unify`` looks for weights of the one in the
places of the other's, ``images`` says which sums of weights can be the same, ``proof`` proves what terms do not show,
``unreachable`` that no weights do, ``compare`` says the mapping or shows where they differ.
The next room is ``commands``.
"""
