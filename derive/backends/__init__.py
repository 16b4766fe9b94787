"""The machines that a cell is written for, a folder each.

In: a plan. Out: the text of a module, and the module itself, loaded.
Next: ``document``, which writes for people.
"""
