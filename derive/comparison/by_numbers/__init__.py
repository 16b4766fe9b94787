"""What random numbers say of two cells.

In come two cells and their weights; ``stepped`` takes steps of them, ``fingerprints`` and ``assignment`` pair weights
by what they do, ``fit`` looks for weights, ``wider`` and ``jumps`` look where cells may part. Out goes a ``verdict``
with the numbers that show it. Next: ``compare``.
"""
