"""Modules of one step as people write them, for the tests of the reader."""

import torch
from torch import nn


class GRUish(nn.Module):
    """A GRU whose update gate keeps the candidate, as in some of the books."""

    def __init__(self, n_in, n):
        super().__init__()
        self.x = nn.Linear(n_in, 3 * n)
        self.h = nn.Linear(n, 3 * n)
        self.input_size, self.hidden_size = n_in, n

    def forward(self, x, h):
        xr, xk, xn = self.x(x).chunk(3, -1)
        hr, hk, hn = self.h(h).chunk(3, -1)
        reset = torch.sigmoid(xr + hr)
        keep = torch.sigmoid(xk + hk)
        new = torch.tanh(xn + reset * hn)
        return keep * new + (1 - keep) * h


class Branches(GRUish):
    def forward(self, x, h):
        if x.sum() > 0:
            return h
        return torch.tanh(self.h(h)[:, :7] + self.x(x)[:, :7])


class Sorted(GRUish):
    def forward(self, x, h):
        a = self.h(h).chunk(3, -1)[0] + self.x(x).chunk(3, -1)[0]
        return a.sort(-1)[0]


class Fixed(GRUish):
    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.register_buffer("hippo", torch.arange(n * n, dtype=torch.float64).reshape(n, n))

    def forward(self, x, h):
        return torch.tanh(h @ self.hippo + self.x(x).chunk(3, -1)[0])


class Reservoir(nn.Module):
    """Matrices that are buffers, one of them not stored and one called as the input is, and a weight that is frozen."""

    def __init__(self, n_in, n, leak=0.3):
        super().__init__()
        self.input_size, self.hidden_size, self.leak = n_in, n, leak
        self.register_buffer("x", torch.rand(n, n_in))
        self.register_buffer("w", torch.rand(n, n), persistent=False)
        self.register_buffer("bias", torch.linspace(-1, 1, n))
        self.frozen = nn.Parameter(torch.rand(2 * n, n), requires_grad=False)
        self.out = nn.Linear(n, n)

    def forward(self, x, h):
        a, b = (h @ self.frozen.t()).chunk(2, -1)
        new = torch.tanh(nn.functional.linear(x, self.x, self.bias) + h @ (self.w - self.w.t()) + self.out(a * b))
        return (1 - self.leak) * h + self.leak * new


class FrozenGates(GRUish):
    """Several matrices in one weight that is frozen."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.gates = nn.Parameter(torch.rand(2, n, n), requires_grad=False)

    def forward(self, x, h):
        z = torch.sigmoid(h @ self.gates[0])
        return torch.tanh(z * self.x(x).chunk(3, -1)[0] + h @ self.gates[1].t())


class OneVector(nn.Module):
    """A step of one vector, as in lecture notes."""

    def __init__(self, n_in, n):
        super().__init__()
        self.input_size, self.hidden_size = n_in, n
        self.w, self.gates = nn.Parameter(torch.rand(n, n_in)), nn.Linear(n_in + n, 2 * n)
        self.u, self.v = nn.Parameter(torch.rand(n, n)), nn.Parameter(torch.rand(n))

    def forward(self, x, hc):
        h, c = hc
        f, i = torch.sigmoid(self.gates(torch.cat((x, h), 0))).chunk(2)
        c = f * c + i * torch.tanh(torch.mv(self.w, x) + self.u @ h)
        return torch.tanh(c) * torch.dot(self.v, c), c


class Forgets(GRUish):
    def forward(self, x, h):
        return torch.tanh(self.x(x).chunk(3, -1)[0])


class Keeps(GRUish):
    """With a state that is a buffer of the module."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.register_buffer("total", torch.zeros(13, n))

    def forward(self, x, h):
        self.total.add_(h)
        return torch.tanh(self.x(x).chunk(3, -1)[0] + h + self.total)


class Mixture(nn.Module):
    """Concatenation, where, clamp, a number of the constructor, a transposed weight, a layer norm."""

    def __init__(self, n_in, n, slope=1.5):
        super().__init__()
        self.both = nn.Linear(n_in + n, 2 * n)
        self.turned = nn.Parameter(torch.randn(n, n))
        self.scale = nn.Parameter(torch.ones(()))
        self.norm = nn.LayerNorm(n)
        self.slope = slope

    def forward(self, x, state):
        h, c = state
        z, q = torch.split(self.both(torch.cat([x, h], 1)), h.shape[1], dim=1)
        gated = torch.where(z > 0, z * torch.sigmoid(self.slope * z), 0.1 * z)
        c = gated + c.clamp(-1, 1) * torch.relu(q @ self.turned) * self.scale
        return torch.nn.functional.elu(self.norm(c)), c


class Outer(GRUish):
    """An einsum that is no matrix product."""

    def forward(self, x, h):
        return torch.einsum("bi,bj->bj", torch.tanh(self.h(h)[:, :7]), torch.tanh(self.x(x)[:, :7]))


class Looping(nn.Module):
    """A layer over sequences (T, B, features) that steps a cell."""

    def __init__(self, n_in, n, cell=None):
        super().__init__()
        self.cell = cell or GRUish(n_in, n)

    def forward(self, x, h=None):
        h = x.new_zeros(x.shape[1], 7) if h is None else h
        outputs = []
        for x_t in x:
            h = self.cell(x_t, h)
            outputs.append(self.after(h))
        return torch.stack(outputs), h

    def after(self, h):
        return h


class Doubling(Looping):
    """One that does more."""

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 7)
        for x_t in x:
            h = 2 * self.cell(x_t, h)
        return h


class ByHand(nn.Module):
    """A loop over time without a cell."""

    def __init__(self, n_in, n):
        super().__init__()
        self.x, self.h = nn.Linear(n_in, n), nn.Linear(n, n)
        self.input_size, self.hidden_size = n_in, n

    def forward(self, x):
        h = torch.zeros(7)
        for x_t in x:
            h = torch.tanh(self.x(x_t) + self.h(h))
        return h


class Two(nn.Module):
    """Two linear maps, and what their sum becomes."""

    def __init__(self, n_in, n):
        super().__init__()
        self.x, self.h = nn.Linear(n_in, n), nn.Linear(n, n)
        self.input_size, self.hidden_size = n_in, n

    def forward(self, x, h):
        return torch.tanh(self.x(x) + self.h(h))


class Counts(Two):
    """Another step at each call."""

    calls = 0

    def forward(self, x, h):
        self.calls += 1
        return torch.tanh(self.x(x) + self.calls * self.h(h))


class Early(Two):
    def forward(self, x, h):
        return nn.functional.softplus(self.x(x) + self.h(h), 1, 5)


class Floors(Two):
    def forward(self, x, h):
        return torch.div(self.x(x) + self.h(h), 2, rounding_mode="floor")


class WritesOver(Two):
    """What it is given, and what its own gradient needs."""

    def forward(self, x, h):
        return (self.x(x) + self.h(h)).tanh_().mul_(0.5)


class Turned(Two):
    """A matrix and its transpose, in two products."""

    def forward(self, x, h):
        return torch.tanh(self.x(x) + h @ self.h.weight - torch.sigmoid(h @ self.h.weight.T))


class Frozen(Two):
    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.h.bias.requires_grad_(False)


class Holds(Two):
    """A buffer with those numbers."""

    def __init__(self, n_in, n, *numbers):
        super().__init__(n_in, n)
        self.register_buffer("w", torch.tensor(numbers))

    def forward(self, x, h):
        return super().forward(x, h) + self.w.sum()


class Wants(Two):
    def __init__(self, n_in, n, things):
        super().__init__(n_in, n)


class Backwards(nn.Module):
    """An LSTM that returns c2, h2 for h, c."""

    def __init__(self, n_in, n):
        super().__init__()
        self.linear = nn.Linear(n_in + n, 4 * n)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = self.linear(torch.cat([x, h], 1)).chunk(4, 1)
        c2 = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h2 = o.sigmoid() * c2.tanh()
        return c2, h2


class Tied(Two):
    """One matrix under two names, and a state that is written over."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.again = nn.Linear(n, n)
        self.again.weight = self.h.weight

    def forward(self, x, h):
        h *= 0.5
        return torch.sigmoid(self.x(x) + self.h(h)) * torch.tanh(self.again(h))
