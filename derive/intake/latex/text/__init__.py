"""From an author's text to equations.

In come the characters of a file; ``prose`` marks the displays of Markdown and docstrings, ``tokens`` expands macros,
``displays`` and ``rows`` find the equations, ``sides`` part them. Out go equations as tokens, with their lines. Next:
``trees``.
"""
