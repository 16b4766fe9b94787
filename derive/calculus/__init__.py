"""The derivative of a cell: reverse mode over its statements, and the adjoint as equations.

In: a cell's statements. Out: the backward step and the gradients of the parameters, as data and as the chain rule that
a paper prints.
Next: ``approximation``, which replaces activations; a cell's numbers follow in ``run``.
"""
