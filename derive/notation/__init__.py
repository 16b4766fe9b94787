"""How formulas, numbers and sentences look: LaTeX and unicode, digits put into formulas, the words of a language.

In: formulas, and what their names are in a cell. Out: text. Formulas never stand in templates.
Next: ``statements``, which are what a cell's equations become.
"""
