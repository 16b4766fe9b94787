"""Numbers that are certain: decimals as they are written, balls, intervals, values known to every digit asked for.

In: what a person or a file writes, as text or number. Out: rationals, and a ``Value`` that is a rational or an
operation on others, evaluated in balls until the digits printed are certain. Knows nothing of symbols.
Next: ``symbolic``, whose formulas are evaluated in these numbers.
"""
