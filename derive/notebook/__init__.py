"""What a notebook shows of each result: tables and formulas as native MathML, which need no network and no script.

In: any result that people get at a prompt. Out: a piece of HTML; what people wrote stands in it as text.
Next: ``gallery``, the pages of the catalogue. ``surface`` says of which class each function is the ``_repr_html_``.
"""
