"""A cell as work for a machine: what is done before the sequence, in a step, and backwards.

In: a cell's statements and its adjoint. Out: the order of work, as data; nothing here is text.
Next: ``backends``, which write it in a language.
"""
