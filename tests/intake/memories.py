"""Steps whose memory is a matrix for each head, in the styles of public code: ``states`` is how each is given."""

import torch
from torch import nn
from torch.nn import functional as F


class Memory(nn.Module):
    """What all of them have: maps of the input, cut into heads."""

    def __init__(self, n_in=5, n=8, n_heads=2, head_dim=4):
        super().__init__()
        self.input_size, self.hidden_size, self.n_heads, self.head_dim = n_in, n, n_heads, head_dim
        self.qkv = nn.Linear(n_in, 3 * n_heads * head_dim, bias=False)
        self.out_proj = nn.Linear(n_heads * head_dim, n)
        self.build()

    def build(self):
        pass

    @property
    def states(self):
        return {"S": (self.n_heads, self.head_dim, self.head_dim)}

    def heads(self, x):
        batch = x.shape[0]
        return (t.view(batch, self.n_heads, self.head_dim) for t in self.qkv(x).chunk(3, -1))


class LinearAttention(Memory):
    """By einsum."""

    def forward(self, x, S):
        q, k, v = self.heads(x)
        k = F.elu(k) + 1
        S = S + torch.einsum("bhd,bhe->bhde", k, v)
        o = torch.einsum("bhde,bhd->bhe", S, q)
        return self.out_proj(o.reshape(x.size(0), -1)), S


class RetNet(Memory):
    """A decay for each head that is not learned; a product of a column and a row; a row read by a matrix; a
    norm of each head."""

    def build(self):
        self.norm = nn.GroupNorm(self.n_heads, self.n_heads * self.head_dim)
        self.register_buffer("decay", 1 - 2.0 ** (-5 - torch.arange(self.n_heads, dtype=torch.float64)))

    def forward(self, x, S):
        q, k, v = self.heads(x)
        S = self.decay[:, None, None] * S + k.unsqueeze(-1) @ v.unsqueeze(-2)
        o = (q.unsqueeze(-2) @ S).squeeze(-2) * self.head_dim**-0.5
        return self.out_proj(self.norm(o.flatten(1))), S


class GatedLinearAttention(Memory):
    """A forget gate for each key, products with axes of one, a sum over an axis."""

    def build(self):
        self.gate = nn.Linear(self.input_size, self.n_heads * self.head_dim)
        self.g_proj = nn.Linear(self.input_size, self.n_heads * self.head_dim)

    def forward(self, x, S):
        q, k, v = self.heads(x)
        alpha = torch.sigmoid(self.gate(x)).view_as(q) ** (1 / 16)
        S = S * alpha[..., None] + k[..., None] * v[..., None, :]
        o = (S * q[..., None]).sum(-2)
        y = F.silu(self.g_proj(x)) * o.reshape(x.shape[0], -1)
        return self.out_proj(y), S


class DeltaNet(Memory):
    """Keys of length 1, a rate for each head, what the key has had taken back."""

    def build(self):
        self.beta = nn.Linear(self.input_size, self.n_heads)

    def forward(self, x, S):
        q, k, v = self.heads(x)
        q, k = F.normalize(F.silu(q), dim=-1), F.normalize(F.silu(k), dim=-1)
        beta = self.beta(x).sigmoid()
        old = torch.matmul(S, k.unsqueeze(-1)).squeeze(-1)
        S = S + torch.einsum("bh,bhv,bhk->bhvk", beta, v - old, k)
        return self.out_proj(torch.einsum("bhvk,bhk->bhv", S, q).reshape(-1, self.n_heads * self.head_dim)), S


class GatedDeltaNet(Memory):
    """A decay of each head from a learned rate; queries that the hidden state gives as well."""

    def build(self):
        self.A_log = nn.Parameter(torch.rand(self.n_heads))
        self.a, self.b = nn.Linear(self.input_size, self.n_heads), nn.Linear(self.hidden_size, self.n_heads)

    @property
    def states(self):
        return {"h": self.hidden_size, "S": (self.n_heads, self.head_dim, self.head_dim)}

    def forward(self, x, state):
        h, S = state
        q, k, v = self.heads(x)
        k = k / (k.pow(2).sum(-1, keepdim=True) + 1e-6).sqrt()
        decay = torch.exp(-self.A_log.exp() * F.softplus(self.a(x)))
        S = S * decay[:, :, None, None]
        u = torch.sigmoid(self.b(h)).unsqueeze(-1) * (v - (S * k[:, :, None, :]).sum(-1))
        S = S + u[:, :, :, None] * k[:, :, None, :]
        h = self.out_proj(torch.einsum("bhvk,bhk->bhv", S, q).flatten(-2))
        return h, (h, S)


class MLSTM(Memory):
    """The stabilised form, with a norm of each head."""

    def build(self):
        self.gates = nn.Linear(self.input_size, 2 * self.n_heads)
        self.o = nn.Linear(self.input_size, self.n_heads * self.head_dim)
        self.gain = nn.Parameter(torch.rand(self.n_heads * self.head_dim))

    @property
    def states(self):
        return {
            "C": (self.n_heads, self.head_dim, self.head_dim),
            "n": (self.n_heads, self.head_dim),
            "m": self.n_heads,
        }

    def forward(self, x, C, n, m):
        q, k, v = self.heads(x)
        k = k / self.head_dim**0.5
        i_tilde, f_tilde = self.gates(x).split(self.n_heads, dim=-1)
        log_f = F.logsigmoid(f_tilde)
        m_new = torch.maximum(log_f + m, i_tilde)
        i = torch.exp(i_tilde - m_new)
        f = torch.exp(log_f + m - m_new)
        C = f[..., None, None] * C + i[..., None, None] * (v.unsqueeze(-1) * k.unsqueeze(-2))
        n = f.unsqueeze(-1) * n + i.unsqueeze(-1) * k
        below = torch.maximum(torch.abs((n * q).sum(-1)), torch.exp(-m_new))
        read = torch.einsum("bhvk,bhk->bhv", C, q) / below[..., None]
        centred = read - read.mean(-1, keepdim=True)
        normed = centred / torch.sqrt(read.var(-1, unbiased=False, keepdim=True) + 1e-5)
        y = torch.sigmoid(self.o(x)) * (self.gain * normed.reshape(x.shape[0], -1))
        return self.out_proj(y), C, n, m_new


class FastWeights(nn.Module):
    """One head, by bmm; the value is what the state returns, which has the size of a head."""

    def __init__(self, n_in=5, n=7, key_size=3):
        super().__init__()
        self.input_size, self.hidden_size, self.key_size = n_in, n, key_size
        self.k, self.q = nn.Linear(n_in, key_size), nn.Linear(n, key_size, bias=False)
        self.v = nn.Linear(n_in, n)
        self.rate = nn.Parameter(torch.tensor(0.5))

    states = property(lambda self: {"h": self.hidden_size, "W": (self.hidden_size, self.key_size)})

    def forward(self, x, h, W):
        k, v = torch.softmax(self.k(x), -1), self.v(x)
        W = 0.9 * W + self.rate * torch.bmm(v.unsqueeze(2), k.unsqueeze(1))
        h = torch.tanh(v + torch.bmm(W, self.q(h).unsqueeze(2)).squeeze(2))
        return h, W


class Mamba(nn.Module):
    """A matrix of rates that is learned, of all channels and states."""

    def __init__(self, n_in=5, n=8, d_inner=7, d_state=3):
        super().__init__()
        self.input_size, self.hidden_size, self.d_inner, self.d_state = n_in, n, d_inner, d_state
        self.in_proj = nn.Linear(n_in, 2 * d_inner, bias=False)
        self.dt, self.bc = nn.Linear(d_inner, d_inner), nn.Linear(d_inner, 2 * d_state, bias=False)
        self.A_log, self.D = nn.Parameter(torch.rand(d_inner, d_state)), nn.Parameter(torch.ones(d_inner))
        self.out_proj = nn.Linear(d_inner, n, bias=False)

    states = property(lambda self: {"ssm": (self.d_inner, self.d_state)})

    def forward(self, x, ssm):
        x, z = self.in_proj(x).chunk(2, dim=-1)
        x = F.silu(x)
        B, C = self.bc(x).chunk(2, dim=-1)
        dt = F.softplus(self.dt(x))
        dA = torch.exp(torch.einsum("bd,dn->bdn", dt, -torch.exp(self.A_log)))
        ssm = ssm * dA + (dt * x).unsqueeze(-1) * B.unsqueeze(1)
        y = torch.einsum("bdn,bn->bd", ssm, C) + self.D * x
        return self.out_proj(y * F.silu(z)), ssm


class BlockLSTM(nn.Module):
    """Recurrent weights with a block for each head, those of all gates in one tensor."""

    def __init__(self, n_in=5, n=8, num_heads=2):
        super().__init__()
        self.input_size, self.hidden_size, self.num_heads = n_in, n, num_heads
        self.W = nn.Linear(n_in, 4 * n)
        self.R = nn.Parameter(torch.randn(4, num_heads, n // num_heads, n // num_heads) / n)

    states = property(lambda self: {"h": self.hidden_size, "c": self.hidden_size})

    def forward(self, x, state):
        h, c = state
        batch = h.shape[0]
        R = torch.einsum("bhd,ghde->bghe", h.view(batch, self.num_heads, -1), self.R)
        i, f, g, o = (self.W(x).view(batch, 4, -1) + R.reshape(batch, 4, -1)).unbind(1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


class Masked(nn.Module):
    """A learned matrix under a mask, in a linear map."""

    def __init__(self, n_in=5, n=8):
        super().__init__()
        self.input_size, self.hidden_size = n_in, n
        self.x, self.W = nn.Linear(n_in, n), nn.Parameter(torch.randn(n, n))
        self.register_buffer("mask", torch.ones(n, n).triu())

    states = property(lambda self: {"h": self.hidden_size})

    def forward(self, x, h):
        return torch.tanh(self.x(x) + F.linear(h, self.W * self.mask))


class HeadsInOneRow(Memory):
    """Queries, keys and values of each head beside each other; a state that is a matrix of a nonlinearity, turned."""

    def forward(self, x, S):
        q, k, v = self.qkv(x).view(-1, self.n_heads, 3, self.head_dim).unbind(2)
        S = torch.tanh(S.transpose(-1, -2) + v[..., :, None] * k[..., None, :]).transpose(-1, -2)
        return self.out_proj((S.transpose(2, 3) @ q.unsqueeze(3)).reshape(x.shape[0], -1)), S


STYLES = [
    LinearAttention, RetNet, GatedLinearAttention, DeltaNet, GatedDeltaNet, MLSTM, FastWeights, Mamba, BlockLSTM,
    Masked, HeadsInOneRow,
]  # fmt: skip


class HeadsSummed(Memory):
    refused = "a sum over the heads"

    def build(self):
        self.one = nn.Linear(self.head_dim, self.hidden_size)

    def forward(self, x, S):
        q, k, v = self.heads(x)
        S = 0.9 * S + torch.einsum("bhd,bhe->bhde", k, v)
        o = torch.einsum("bhde,bhd->be", S, q)
        return self.one(o), S


class BiasOfHeads(Memory):
    refused = "fewer axes"

    def build(self):
        self.bias = nn.Parameter(torch.ones(self.n_heads, 1, 1))

    def forward(self, x, S):
        q, k, v = self.heads(x)
        S = S + self.bias + torch.einsum("bhd,bhe->bhde", k, v)
        return self.out_proj(torch.einsum("bhde,bhd->bhe", S, q).flatten(1)), S


class Turned(Memory):
    refused = "transposed matrix"

    def forward(self, x, S):
        q, k, v = self.heads(x)
        S = torch.tanh(S + S.transpose(-1, -2)) + torch.einsum("bhd,bhe->bhde", k, v)
        return self.out_proj(torch.einsum("bhde,bhd->bhe", S, q).flatten(1)), S


class RowsSummed(Memory):
    refused = "a sum over"

    def forward(self, x, S):
        _, k, v = self.heads(x)
        S = S + torch.einsum("bhd,bhe->bhde", k, v)
        return self.out_proj(S.sum(-1).flatten(1)), S


REFUSED = [HeadsSummed, BiasOfHeads, Turned, RowsSummed]
