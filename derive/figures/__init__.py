"""Figures: the diagram of a cell, and the curves of a run, drawn for a page's column without any other tool.

In: a cell, a run, an approximation. Out: a ``Drawing`` of lines, shapes and labels, and its writers: SVG, TikZ, and
matplotlib for PNG and PDF.
Next: ``document``.

graph, operations: a cell's statements as boxes and circles, and what goes from which to which. layers, straight,
places, routes: where they stand and how the lines run. diagram: all of it as a drawing. shapes, label: what a picture
is made of; drawing: one with its writers.
"""
