"""Whether two cells are the same, up to what their authors are free to choose.

In come two ``Cell``; ``canonical`` multiplies out what each new state is, ``unify`` looks for weights of the one in the
places of the other's, ``proof`` proves what terms do not show, ``compare`` says the mapping or shows where they differ.
The next room is ``commands``.
"""
