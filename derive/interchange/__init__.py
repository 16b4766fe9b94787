"""Layers that others wrote, as cells with weights, and layers of ours for others.

In: files of ONNX and Keras, layers of Keras and ``torch.nn``, arrays (``arrays``). Out: a cell of the catalogue, or one
made of it, and a state_dict for its layer (``converted``). ``forms`` says which equations a kind of layer has with its
options; ``load`` tells the things apart. Public names stand in ``derive.convert``. Next: ``intake``, for modules that
are none of these layers.
"""
