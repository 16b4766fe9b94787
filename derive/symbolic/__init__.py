"""Formulas in the author's order: expressions, activations and their derivatives, and their exact evaluation.

In: SymPy expressions built without evaluation. Out: the same rewritten, differentiated by rule or evaluated. An
activation, with all that is known of it, is one class in ``activations`` (curved) or ``piecewise_linear``.
Next: ``notation``, which prints formulas.
"""
