"""Cells as ONNX graphs, which ONNX Runtime runs: forwards alone, on sequences and batches of any length.

In: a plan and its numbers. Out: a graph (``graph``), whose time steps are a ``Scan`` (``sequence``) of the plan's
operations and formulas (``formulas``); where a cell is one of ONNX's own, a node of that name (``native``). ``network``
puts layers and directions together.
"""
