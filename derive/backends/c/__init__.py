"""C with vector types: a cell's equations as functions of one panel of units, run by machinery written once.

In: a plan. Out: the text of a C file, and the file compiled and loaded. ``units`` cuts a plan into quantities of one
unit, ``schedule`` says in which order they are computed, ``places`` where each is found, ``text`` writes it down.
"""
