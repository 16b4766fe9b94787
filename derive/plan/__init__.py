"""A cell as work for a machine: what is done before the sequence, in a step, and backwards.

In: a cell's statements and its adjoint. Out: a ``Plan``, typed operations in phases; nothing here is text of a program.
``build`` makes a naive one, ``passes`` make few, large operations of it, ``check`` says whether it still is a plan.
Next: ``backends``, which write it in a language, or run it.
"""
