"""The authors' equations of the cells that no library computes rightly, typed as plain PyTorch: where they are
registered, by ``lstm_authors``, ``recurrent_authors`` and others, and what several of them need.

Each is a step: it takes the parameters by name, the input and the previous states, and gives the new states.
"""

from __future__ import annotations

import torch

AUTHORS = {}


def authors(equations):
    """Register a step by the cell's name: it takes parameters, input and previous states, and gives the new ones."""
    AUTHORS[equations.__name__] = equations
    return equations


def sig(z):
    return 1 / (1 + torch.exp(-z))


def gates(p, x, h, names, c=None):
    """Pre-activations of an LSTM's gates, with PyTorch's two biases, and with those peepholes that there are."""
    for g in names:
        a = x @ p[f"W_i{g}"].T + p[f"b_i{g}"] + h @ p[f"W_h{g}"].T + p[f"b_h{g}"]
        yield a + p[f"p_{g}"] * c if c is not None and f"p_{g}" in p else a


def pre(p, name, *pairs):
    """The sum of matrices times quantities and one bias: the weights' letters and what they multiply."""
    return sum(v @ p[f"W_{letter}{name}"].T for letter, v in pairs) + p.get(f"b_{name}", 0)


def from_x(p, name, x):
    """A map of the input alone, with its bias if there is one."""
    return x @ p[f"W_i{name}"].T + p.get(f"b_i{name}", 0)


def headwise(p, g, h, letter="h"):
    """The part of a gate that a block-diagonal weight gives, by default the recurrent one, head by head."""
    weight = p[f"W_{letter}{g}"]
    size = weight.shape[1]
    parts = zip(weight.split(size), h.split(size, -1), strict=True)
    return torch.cat([part @ block.T for block, part in parts], -1)
