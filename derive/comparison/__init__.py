"""Whether two cells are the same, up to what their authors are free to choose.

In come two ``Cell``. The rooms, in the order of the walk: ``by_formulas`` multiplies out what each new state is,
``pairing`` looks for weights of the one in the places of the other's and proves what terms do not show,
``by_intervals`` proves that no weights do, ``by_numbers`` shows where they differ; ``compare`` says which it is.
The next room is ``commands``.
"""
