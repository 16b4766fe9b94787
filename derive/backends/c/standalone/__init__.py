"""A trained network as plain C99: no vectors, no library, no memory of its own, for inference on small machines.

In: a cell and a file of weights (``state_dict``), or sizes (``made_up``). Out: the text of a header, a source, a check
and a CMake file (``emit``). ``step`` writes one time step as loops over the units, ``scalar`` the functions that it
calls, ``check`` what has to come out.
"""
