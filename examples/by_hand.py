"""A recurrent cell as people write one in PyTorch, to be read back.

    derive read    examples/by_hand.py:KeepGRU
    derive compare examples/by_hand.py:KeepGRU gru

docs/reading.md goes through it.
"""

import torch
from torch import nn


class KeepGRU(nn.Module):
    """A GRU of two linear maps, whose gate says how much of the candidate is kept."""

    def __init__(self, n_in, n):
        super().__init__()
        self.from_x = nn.Linear(n_in, 3 * n)
        self.from_h = nn.Linear(n, 3 * n)

    def forward(self, x, h):
        xr, xk, xn = self.from_x(x).chunk(3, -1)
        hr, hk, hn = self.from_h(h).chunk(3, -1)
        r = torch.sigmoid(xr + hr)
        k = torch.sigmoid(xk + hk)
        n = torch.tanh(xn + r * hn)
        return k * n + (1 - k) * h
