"""The statements of a step: what a machine computes, one name at a time.

In: symbols, sizes and formulas. Out: single-assignment statements of a few kinds, and the parameters they use.
Next: ``definition``, which makes them of the equations that an author writes.
"""
