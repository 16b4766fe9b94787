"""Cells of the catalogue in the five ways in which people write them."""

import torch
from torch import nn
from torch.nn import functional


class LinearPerGate(nn.Module):
    """An LSTM with two layers a gate."""

    cell = "lstm"

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_f, self.U_f = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size, bias=False)
        self.W_i, self.U_i = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size, bias=False)
        self.W_o, self.U_o = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size, bias=False)
        self.W_c, self.U_c = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(self, x, state):
        h, c = state
        f = torch.sigmoid(self.W_f(x) + self.U_f(h))
        i = torch.sigmoid(self.W_i(x) + self.U_i(h))
        o = torch.sigmoid(self.W_o(x) + self.U_o(h))
        c = f * c + i * torch.tanh(self.W_c(x) + self.U_c(h))
        return o * torch.tanh(c), c


class JoinedLSTM(nn.Module):
    """An LSTM with one layer over what is joined, cut by slices."""

    cell = "lstm"

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.gates = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, h, c):
        n = self.hidden_size
        gates = self.gates(torch.cat((x, h), dim=1))
        gated = gates[:, : 3 * n].sigmoid()
        i, f, o = gated[:, :n], gated[:, n : 2 * n], gated[:, -n:]
        c = c * f + i * gates[:, 3 * n :].tanh()
        return o * c.tanh(), c


class ChunkedGRU(nn.Module):
    """A GRU after cuDNN's, with stacked parameters and ``functional.linear``."""

    cell = "gru"

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.zeros(3 * hidden_size)) if bias else None
        self.bias_hh = nn.Parameter(torch.zeros(3 * hidden_size)) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        for p in self.parameters():
            nn.init.uniform_(p, -0.5, 0.5)

    def forward(self, x, hx):
        i_r, i_i, i_n = functional.linear(x, self.weight_ih, self.bias_ih).chunk(3, 1)
        h_r, h_i, h_n = functional.linear(hx, self.weight_hh, self.bias_hh).chunk(3, 1)
        resetgate = torch.sigmoid(i_r + h_r)
        inputgate = torch.sigmoid(i_i + h_i)
        newgate = torch.tanh(i_n + resetgate * h_n)
        return newgate + inputgate * (hx - newgate)


class RowsGRU(nn.Module):
    """A GRU from scratch, parameters one by one and X @ W."""

    cell = "gru_reset_before"

    def __init__(self, num_inputs, num_hiddens, sigma=0.01):
        super().__init__()

        def triple():
            drawn = (torch.randn(n, num_hiddens) * sigma for n in (num_inputs, num_hiddens))
            return *map(nn.Parameter, drawn), nn.Parameter(torch.zeros(num_hiddens))

        self.W_xz, self.W_hz, self.b_z = triple()
        self.W_xr, self.W_hr, self.b_r = triple()
        self.W_xh, self.W_hh, self.b_h = triple()

    def forward(self, X, H):
        Z = torch.sigmoid(torch.matmul(X, self.W_xz) + torch.matmul(H, self.W_hz) + self.b_z)
        R = torch.sigmoid(torch.matmul(X, self.W_xr) + torch.matmul(H, self.W_hr) + self.b_r)
        H_tilde = torch.tanh((X @ self.W_xh) + ((R * H) @ self.W_hh) + self.b_h)
        return Z * H + (1 - Z) * H_tilde


class EinsumMGU(nn.Module):
    """A minimal gated unit with ``einsum`` over named axes and parameters in a ``ParameterDict``."""

    cell = "mgu"

    def __init__(self, d_in, d):
        super().__init__()
        self.w = nn.ParameterDict({k: nn.Parameter(torch.randn(d_in, d)) for k in "fh"})
        self.u = nn.ParameterDict({k: nn.Parameter(torch.randn(d, d)) for k in "fh"})
        self.b = nn.ParameterDict({k: nn.Parameter(torch.randn(d)) for k in "fh"})

    def mix(self, k, x, h):
        return torch.einsum("bi,ij->bj", x, self.w[k]) + torch.einsum("bi,ij->bj", h, self.u[k]) + self.b[k]

    def forward(self, x, h):
        f = self.mix("f", x, h).sigmoid()
        return torch.lerp(h, self.mix("h", x, f * h).tanh(), f)


STYLES = (LinearPerGate, JoinedLSTM, ChunkedGRU, RowsGRU, EinsumMGU)
