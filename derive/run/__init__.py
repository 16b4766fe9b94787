"""A cell with numbers in it: weights, inputs, a loss; every step and every gradient, exact.

In: a run file, or a cell and its numbers; weights from tensors or files. Out: a ``Run``, its steps and its gradients,
each line symbolic, substituted and evaluated.
Next: ``claims``, what is claimed about a run.
"""
