"""What people read: tables, derivations and sentences of a run as LaTeX, a page of HTML, text at a prompt.

In: a run and what was found about it. Out: the files of its folder, and what a notebook shows. No earlier room knows
of pages.
Next: ``notebook``, which shows the same at a prompt; ``verification`` reads what is printed.
"""
