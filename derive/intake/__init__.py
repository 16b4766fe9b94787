"""Cells that others wrote.

In comes somebody's module, written by hand; out goes a ``Cell`` with its weights, proved equal on the spot.
``exported`` has torch write one step down as a graph, ``operators`` read it; its tensors are ``pieces``, ``arrays`` and
``matrices``, ``assembled`` makes equations of them. ``latex`` reads papers. The next room is ``comparison``.
"""
