"""Printed = computed = generated = differentiated: the ways from one definition to numbers, held against each other.

In: a cell. Out: how far they are apart. The reader of printed LaTeX shares no code with the printer: that is the point.
Next: ``interchange``, which holds layers of other frameworks against their cells likewise.
"""
