"""Modules of one step in the ways in which people publish them, for the reader's tests: with the message where it is
refused."""

import math

import torch
from torch import nn
from torch.nn import functional


class Step(nn.Module):
    """refused: what is said of a module that no equations say."""

    refused = ""
    inputs = ()

    def __init__(self, n_in, n):
        super().__init__()
        self.input_size, self.hidden_size = n_in, n
        self.both = nn.Linear(n_in + n, n)

    def mixed(self, x, h):
        return self.both(torch.cat([x, h], -1))


class WeightsOfThreeAxes(Step):
    """einsum over gates, taken apart by unbind."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.w, self.u = nn.Parameter(torch.randn(4, n_in, n)), nn.Parameter(torch.randn(4, n, n))
        self.b = nn.Parameter(torch.zeros(4, n))

    def forward(self, x, state):
        h, c = state
        gates = torch.einsum("bi,gih->bgh", x, self.w) + torch.einsum("bh,ghk->bgk", h, self.u) + self.b
        i, f, o, g = gates.unbind(1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), (h, c)


class Viewed(Step):
    """(B, 4, n), and the output beside the states."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.gates = nn.Linear(n_in + n, 4 * n)

    def forward(self, x, hx):
        hx, cx = hx
        gates = self.gates(torch.cat([x, hx], dim=-1)).view(x.size(0), 4, self.hidden_size)
        i, f, o = (torch.sigmoid(gates[:, k]) for k in range(3))
        cy = f * cx + i * torch.tanh(gates[:, 3])
        hy = o * torch.tanh(cy)
        return hy, (hy, cy)


class Columns(Step):
    """W x of columns, and the state before the input."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.w, self.u = nn.Parameter(torch.randn(n, n_in)), nn.Parameter(torch.randn(n, n))
        self.b = nn.Parameter(torch.zeros(n, 1))

    def forward(self, h_prev, x_t):
        return torch.tanh(torch.mm(self.w, x_t.t()) + self.u @ h_prev.t() + self.b).t()


class WrittenOver(Step):
    """Gates that are written over in place."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.x2h, self.h2h = nn.Linear(n_in, 3 * n), nn.Linear(n, 3 * n)

    def forward(self, x, h):
        n, before = self.hidden_size, self.x2h(x) + self.h2h(h)
        gates = before.clone()
        gates[:, : 2 * n] = torch.sigmoid(before[:, : 2 * n])
        gates[:, 2 * n :].tanh_()
        r, z, new = gates.split(n, 1)
        return z * h + (1 - z) * new * r


class InADict(Step):
    def forward(self, x, state=None):
        if state is None:
            state = {"m": x.new_zeros(x.size(0), 7), "h": x.new_zeros(x.size(0), 7)}
        m = 0.9 * state["m"] + self.mixed(x, state["h"])
        h = torch.tanh(m)
        return h, {"m": m, "h": h}


class TwoLayers(Step):
    """A step of two layers, states in a list."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.cells = nn.ModuleList([nn.GRUCell(n_in, n), nn.GRUCell(n, n)])

    def forward(self, x, hidden):
        new = []
        for cell, h in zip(self.cells, hidden, strict=False):
            x = cell(x, h)
            new.append(x)
        return x, new


class LayersInOne(TwoLayers):
    """The same with states (L, B, n)."""

    def forward(self, x, hidden):
        return torch.stack(super().forward(x, hidden)[1])


class OtherOrder(Step):
    """States that come back in another order than that in which they are given."""

    def forward(self, x, h, c):
        c = 0.5 * c + self.mixed(x, h)
        h = torch.tanh(c)
        return c, h


class Alternatives(Step):
    """A softmax over what is stacked, and one over the units."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.shares = nn.Linear(n_in + n, 3 * n)

    def forward(self, x, h):
        shares = self.shares(torch.cat([x, h], 1)).view(-1, 3, self.hidden_size).softmax(1)
        new = self.mixed(x, h)
        ordered = torch.cumsum(functional.softmax(new, dim=-1), dim=-1)
        return (shares * torch.stack([h, new.tanh(), ordered], 1)).sum(1)


class ByAngles(Step):
    """Numbers that are products of vectors: of two quantities, and of one with a learned vector."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.v = nn.Parameter(torch.randn(n))

    def forward(self, x, h):
        q = functional.normalize(torch.tanh(self.mixed(x, h)), dim=-1)
        a = torch.sigmoid((q * h).sum(-1, keepdim=True) / math.sqrt(7))
        return a * h + (1 - a) * torch.sigmoid(h @ self.v).unsqueeze(-1) * q


class Batched(Step):
    """bmm with a weight that is expanded, a product of two matrices, an unbiased=False variance."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.w, self.rank = nn.Parameter(torch.randn(n, n)), 2
        self.a, self.b = nn.Parameter(torch.randn(n, 2)), nn.Parameter(torch.randn(2, n))

    def forward(self, x, h):
        turned = torch.bmm(self.w.unsqueeze(0).expand(x.size(0), -1, -1), h.unsqueeze(2)).squeeze(2)
        found = self.mixed(x, h) + turned + h @ (self.a @ self.b).t()
        spread = found.var(-1, keepdim=True, unbiased=False)
        return (found - found.mean(-1, keepdim=True)) / torch.sqrt(spread + 1e-5)


class AnotherMemory(Step):
    """A state of another size, which the module keeps as a number."""

    def __init__(self, n_in, n, slots=4):
        super().__init__(n_in, n)
        self.slots = slots
        self.write, self.read = nn.Linear(n_in + n, slots), nn.Linear(slots, n)

    def forward(self, x, h, m):
        m = 0.9 * m + torch.tanh(self.write(torch.cat([x, h], 1)))
        return torch.tanh(self.mixed(x, h) + self.read(m)), m


class NormOfGates(Step):
    """A norm over all gates at once, as in the layer-normalised LSTM of torch's benchmarks."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.w, self.norm = nn.Parameter(torch.randn(2 * n, n)), nn.LayerNorm(2 * n)

    def forward(self, x, h):
        z, n = self.norm(torch.mm(h, self.w.t())).chunk(2, 1)
        return torch.sigmoid(z) * torch.tanh(n) + self.mixed(x, h)


class ReadTwice(Step):
    """A function that reads its argument more than once."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.one, self.many = nn.PReLU(), nn.PReLU(n)

    def forward(self, x, h):
        return self.one(self.mixed(x, h)) + self.many(h) + functional.glu(torch.cat([h, h], -1), -1)


class NamedAsModulesAre(Step):
    """Vectors with names that every module has for something else, and with those of the step's arguments."""

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.bias, self.step = nn.Parameter(torch.rand(n)), nn.Parameter(torch.rand(n))
        self.x, self.h_prev = nn.Parameter(torch.rand(n)), nn.Parameter(torch.rand(n))

    def forward(self, x, h):
        return torch.tanh(self.mixed(x, h)) * self.bias + h * self.step * self.h_prev + self.x


class Masked(Step):
    inputs = {"mask": 1}

    def forward(self, x, h, mask):
        return mask * torch.tanh(self.mixed(x, h)) + (1 - mask) * h


class _Straight(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return torch.sigmoid(x)

    @staticmethod
    def backward(context, g):
        return g


class OwnBackward(Step):
    refused = r"OwnBackward \(published.py, line \d+\): its new states are those .* a backward pass of its own"

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.register_buffer("w", torch.rand(n, n), persistent=False)

    def forward(self, x, h):
        return _Straight.apply(self.mixed(x, h) + h @ self.w)


class Casts(Step):
    refused = r"Casts \(published.py, line \d+\): a cast to float32"

    def forward(self, x, h):
        return torch.tanh(self.mixed(x, h).float()).to(x.dtype)


class Detaches(Step):
    refused = r"Detaches \(published.py, line \d+\): detach\(\) cuts the gradient"

    def forward(self, x, h):
        return torch.tanh(self.mixed(x, h.detach()))


class Scripted(Step):
    refused = r"Scripted.inner \(published.py, line \d+\) is scripted"

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        self.inner = torch.jit.script(nn.Tanh())

    def forward(self, x, h):
        return self.inner(self.mixed(x, h))


class Normed(Step):
    refused = r"Normed.both.weight \(published.py, line \d+\) is made of other tensors by a parametrization"

    def __init__(self, n_in, n):
        super().__init__(n_in, n)
        nn.utils.parametrizations.weight_norm(self.both)

    def forward(self, x, h):
        return torch.tanh(self.mixed(x, h))


class Unbiased(Step):
    refused = r"Unbiased \(published.py, line \d+\): a variance over n - 1 features"

    def forward(self, x, h):
        return self.mixed(x, h) / self.mixed(x, h).std(-1, keepdim=True)


class ByName(Step):
    refused = r"ByName \(published.py, line \d+\) takes h by its name alone"

    def forward(self, x, *, h):
        return torch.tanh(self.mixed(x, h))


class OfTheBatch(Step):
    refused = r"OfTheBatch \(published.py, line \d+\): the batch is cut"

    def forward(self, x, h):
        return torch.cat([torch.tanh(part) for part in self.mixed(x, h).chunk(3, 0)], 0)


class Summed(Step):
    refused = r"Summed \(published.py, line \d+\): a sum over the features"

    def forward(self, x, h):
        return torch.tanh(self.mixed(x, h)) * h.sum(-1, keepdim=True)


class LeftOut(Step):
    refused = r"LeftOut \(published.py, line \d+\) takes h, m beside x and returns 1 tensor for 2 of them: .*inputs="

    def forward(self, x, h, m):
        return torch.tanh(self.mixed(x, h)) * m


STYLES = [made for made in globals().values() if isinstance(made, type) and issubclass(made, Step) and made is not Step]
