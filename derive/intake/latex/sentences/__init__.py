"""What the sentences around equations say of letters.

In comes the text; ``pieces`` cuts its sentences into words and formulas, ``clauses`` and ``predicates`` read what is
said plainly, with the words of ``phrases``. Out goes ``Said``: functions, kinds and numbers by letter. Next:
``systems``.
"""
