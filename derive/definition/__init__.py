"""The ``Cell``: a recurrent cell's equations, written once.

In: a function under ``@cell``, or a list of ``sympy.Eq``. Out: a ``Cell``, its equations as people read them and its
statements as machines do, checked: names, sizes, and that what is printed reads as what is meant.
Next: ``calculus``, which differentiates it.
"""
