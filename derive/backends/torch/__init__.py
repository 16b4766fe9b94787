"""PyTorch: the modules of ``generated/``, drop-ins for ``nn.LSTM`` and ``nn.LSTMCell``.

In: a plan. Out: the module's text (``emit``), or the module itself, imported from that text (``build``).
Torch is imported where a module runs, and never by importing this package.
"""
