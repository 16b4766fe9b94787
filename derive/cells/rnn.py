"""Simple recurrent networks: one nonlinearity, no gates."""

from derive.definition.define import cell
from derive.definition.inputs import constant, scalar, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.initial import eye, normal, uniform
from derive.symbolic.piecewise_linear import relu

WU = "Wu, Zhang, Zhang, Bengio and Salakhutdinov (2016), On Multiplicative Integration with RNNs, NeurIPS"


@cell(
    "Elman network",
    source="Elman (1990); the formula of torch.nn.RNN's documentation",
    class_name="RNN",
    year=1990,
    nonlinearities=("tanh", "relu"),
)
def rnn(x, h):
    h = tanh(linear(x) + linear(h))
    return h


@cell(
    "Elman network with rectified units",
    source="Le, Jaitly and Hinton (2015), arXiv:1504.00941; the formula of torch.nn.RNN's documentation with "
    "nonlinearity='relu'",
    class_name="ReLURNN",
    year=2015,
)
def relu_rnn(x, h):
    """The paper's IRNN: it starts W_hh at the identity matrix and the biases at 0."""
    h = relu(linear(x, bias=0) + linear(h, bias=0, initial=eye()))
    return h


@cell("Jordan network", source="Jordan (1986), Serial Order, ICS Report 8604", class_name="JordanRNN", year=1986)
def jordan_rnn(x, y):
    """The output y, of hidden_size units, is fed back instead of h. The paper's state units also decay."""
    h = sigmoid(linear(x, y))
    y = sigmoid(linear(h))
    return y


@cell(
    "Leaky integrator network",
    source="Jaeger, Lukoševičius, Popovici and Siewert (2007), Neural Networks 20(3)",
    class_name="LeakyRNN",
    year=2007,
)
def leaky_rnn(x, h, alpha: constant = 0.5):
    """All weights are learned here; in an echo state network the recurrent ones stay random."""
    h = (1 - alpha) * h + alpha * tanh(linear(x, h))
    return h


@cell(
    "Continuous-time recurrent network, one Euler step",
    source="Funahashi and Nakamura (1993), Neural Networks 6(6)",
    class_name="CTRNN",
    year=1993,
)
def ctrnn(x, h, tau: constant = 1.0, dt: constant = 0.1):
    """h is the potential, and tanh(h) what a unit sends: dh/dt = -h/tau + W tanh(h) + V x + b. Other authors put the
    nonlinearity outside the sum, as leaky_rnn does.
    """
    h_hat = tanh(h)
    h = h + dt * (-h / tau + linear(h_hat, x))
    return h


@cell(
    "Structurally constrained recurrent network",
    source="Mikolov, Joulin, Chopra, Mathieu and Ranzato (2015), ICLR workshop, arXiv:1412.7753, equations 4 and 5",
    class_name="SCRN",
    year=2015,
)
def scrn(x, h, s, alpha: constant = 0.95):
    """The paper has no biases, and its readout f(U h + V s) is a layer above the cell. torchrecurrent puts that readout
    into the cell and feeds it back in place of h.
    """
    s = (1 - alpha) * linear(x, bias=False) + alpha * s
    h = sigmoid(linear(s, x, h, bias=False))
    return h, s


@cell(
    "Multiplicative recurrent network",
    source="Sutskever, Martens and Hinton (2011), Generating Text with Recurrent Neural Networks, ICML",
    class_name="MRNN",
    year=2011,
)
def mrnn(x, h):
    """The factor f has hidden_size units."""
    f = linear(x, bias=False) * linear(h, bias=False)
    h = tanh(linear(f, x))
    return h


@cell(
    "Recurrent network with multiplicative integration",
    source=f"{WU}, section 2.1",
    class_name="MIRNN",
    year=2016,
)
def mi_rnn(x, h, alpha: vector, beta_1: vector, beta_2: vector, b: vector):
    """The general form; with alpha = 1 and no betas it is the paper's plain one."""
    u = linear(x, bias=False)
    v = linear(h, bias=False)
    h = tanh(alpha * u * v + beta_1 * v + beta_2 * u + b)
    return h


@cell(
    "Recurrent identity network",
    source="Hu, Huber, Anumula and Liu (2018), arXiv:1801.06105, section 2.3, equation 12",
    class_name="RIN",
    year=2018,
)
def rin(x, h):
    """relu_rnn with the identity added to the recurrent matrix."""
    h = relu(linear(x, h) + h)
    return h


@cell(
    "Independently recurrent network",
    source="Li, Li, Cook, Zhu and Gao (2018), Independently Recurrent Neural Network, CVPR",
    class_name="IndRNN",
    year=2018,
)
def indrnn(x, h, u: vector = uniform(0, 1)):
    """u starts on [0, 1], as in the authors' code."""
    h = relu(linear(x) + u * h)
    return h


@cell(
    "FastRNN",
    source="Kusupati et al. (2018), FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated RNN, NeurIPS",
    class_name="FastRNN",
    year=2018,
)
def fast_rnn(x, h, alpha: scalar = -3, beta: scalar = 3):
    """α and β of the paper are numbers in [0, 1]; as in the authors' code (EdgeML) they are sigmoids of what is
    learned. The initial values are those of this code too.
    """
    h_tilde = tanh(linear(x, h, bias=1, initial=normal(0, 0.1)))
    h = sigmoid(alpha) * h_tilde + sigmoid(beta) * h
    return h


@cell(
    "FastGRNN",
    source="Kusupati et al. (2018), FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated RNN, NeurIPS",
    class_name="FastGRNN",
    year=2018,
)
def fast_grnn(x, h, b_z: vector = 1, b_h: vector = 1, zeta: scalar = 1, nu: scalar = -4):
    """Gate and candidate share both matrices, which have full rank here. ζ and ν are sigmoids of what is learned. The
    initial values are those of the authors' code (EdgeML).
    """
    a = linear(x, h, bias=False, initial=normal(0, 0.1))
    z = sigmoid(a + b_z)
    h_tilde = tanh(a + b_h)
    h = (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * h_tilde + z * h
    return h


@cell(
    "FastGRNN of low rank",
    source="Kusupati et al. (2018), FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated RNN, NeurIPS",
    class_name="FastGRNNLowRank",
    year=2018,
)
def fast_grnn_low_rank(x, h, b_z: vector = 1, b_h: vector = 1, zeta: scalar = 1, nu: scalar = -4):
    """As fast_grnn, of which each matrix is a product of two thin ones, with the ranks ``input_rank`` and ``rank``."""
    v = linear(x, bias=False, size="input_rank", initial=normal(0, 0.1))
    u = linear(h, bias=False, size="rank", initial=normal(0, 0.1))
    a = linear(v, bias=False, initial=normal(0, 0.1)) + linear(u, bias=False, initial=normal(0, 0.1))
    z = sigmoid(a + b_z)
    h_tilde = tanh(a + b_h)
    h = (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * h_tilde + z * h
    return h


@cell(
    "Delta-RNN",
    source="Ororbia, Mikolov and Reitter (2017), Neural Computation 29(12); arXiv:1703.08864, early version, "
    "equations 3, 5 and 11",
    class_name="DeltaRNN",
    year=2017,
)
def delta_rnn(x, h, alpha: vector, beta_1: vector, beta_2: vector, b: vector, b_r: vector):
    """The gate shares the input's matrix. Both nonlinearities are tanh here; the paper leaves the outer one open."""
    u = linear(x, bias=False)
    v = linear(h, bias=False)
    z = tanh(alpha * v * u + beta_1 * v + beta_2 * u + b)
    r = sigmoid(u + b_r)
    h = tanh((1 - r) * z + r * h)
    return h


@cell(
    "MomentumRNN",
    source="Nguyen, Baraniuk, Bertozzi, Osher and Wang (2020), MomentumRNN, NeurIPS",
    class_name="MomentumRNN",
    year=2020,
)
def momentum_rnn(x, h, v, mu: constant = 0.6, epsilon: constant = 0.6):
    """v is the velocity of the input's part."""
    v = mu * v + epsilon * linear(x)
    h = tanh(linear(h, bias=False) + v)
    return h, v
