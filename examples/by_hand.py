"""A recurrent cell as people write one in PyTorch, to be read back.

    derive read     examples/by_hand.py:KeepGRU
    derive compare  examples/by_hand.py:KeepGRU gru
    derive document examples/by_hand.py --check

docs/reading.md goes through it.
"""

import torch
from torch import nn


class KeepGRU(nn.Module):
    r"""A GRU of two linear maps, whose gate says how much of the candidate is kept.

    .. math::
        r_t &= \sigma(W_{xr} x_t + W_{hr} h_{t-1} + b_r), \quad k_t = \sigma(W_{xk} x_t + W_{hk} h_{t-1} + b_k) \\
        n_t &= \tanh(W_{xn} x_t + b_{xn} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= k_t \odot n_t + (1 - k_t) \odot h_{t-1}
    """

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
