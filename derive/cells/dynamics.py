"""Cells that discretise a differential equation."""

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.symbolic.initial import uniform

CHANG = "Chang, Chen, Haber and Chi (2019), AntisymmetricRNN, ICLR"


@cell("AntisymmetricRNN", source=f"{CHANG}, equation 12", class_name="AntisymmetricRNN", year=2019)
def antisymmetric_rnn(x, h, epsilon: constant = 0.01, gamma: constant = 0.01):
    """The matrix is W - W^T - gamma I; epsilon is the step."""
    h = h + epsilon * tanh(linear(x) + linear(h, bias=False, weight="antisymmetric") - gamma * h)
    return h


@cell("AntisymmetricRNN with gating", source=f"{CHANG}, equation 13", class_name="GatedAntisymmetricRNN", year=2019)
def gated_antisymmetric_rnn(x, h, epsilon: constant = 0.01, gamma: constant = 0.01):
    """Gate and candidate share the antisymmetric matrix."""
    a = linear(h, bias=False, weight="antisymmetric") - gamma * h
    z = sigmoid(a + linear(x))
    h = h + epsilon * z * tanh(a + linear(x))
    return h


@cell(
    "Lipschitz recurrent network",
    sizes={"M": "hidden_size*hidden_size", "C": "hidden_size*hidden_size"},
    source="Erichson, Azencot, Queiruga, Hodgkinson and Mahoney (2021), Lipschitz Recurrent Neural Networks, ICLR",
    class_name="LipschitzRNN",
    year=2021,
)
def lipschitz_rnn(x, h, M: vector, C: vector, beta: constant = 0.75, gamma: constant = 0.001, epsilon: constant = 0.03):
    """The matrices of a and of w are (1 - beta)(M + M^T) + beta(M - M^T) - gamma I of M and of C, symmetric and
    antisymmetric parts with weights of their own; the paper lets them have two betas and gammas. epsilon is the step of
    Euler's method. The authors' code multiplies from the other side, by the transposed matrices.
    """
    a = (1 - beta) * (M @ h + M.T @ h) + beta * (M @ h - M.T @ h) - gamma * h
    w = (1 - beta) * (C @ h + C.T @ h) + beta * (C @ h - C.T @ h) - gamma * h
    h = h + epsilon * (a + tanh(w + linear(x, bias=0)))
    return h


@cell(
    "Coupled oscillatory recurrent network",
    source="Rusch and Mishra (2021), Coupled Oscillatory Recurrent Neural Network (coRNN), ICLR, equation 3",
    class_name="CoRNN",
    year=2021,
)
def cornn(x, h, z, dt: constant = 0.01, gamma: constant = 1.0, epsilon: constant = 1.0):
    """h is the position, z the velocity. Damping is explicit (epsilon * z of the step before), as in the authors' code;
    the paper allows the implicit form too.
    """
    z = z + dt * (tanh(linear(x, h, z)) - gamma * h - epsilon * z)
    h = h + dt * z
    return h, z


@cell(
    "Undamped independent controlled oscillatory network",
    source="Rusch and Mishra (2021), UnICORNN: A Recurrent Model for Learning Very Long Time Dependencies, ICML",
    class_name="UnICORNN",
    year=2021,
)
def unicornn(
    x, h, z, w: vector = uniform(0, 1), c: vector = uniform(-0.1, 0.1), dt: constant = 0.01, alpha: constant = 1.0
):
    """The step of each unit is dt * sigmoid(c); the paper's 0.5 + 0.5 tanh(c/2) is the same. w, c and the
    bias start as in the authors' code.
    """
    z = z - dt * sigmoid(c) * (tanh(w * h + linear(x, bias=0)) + alpha * h)
    h = h + dt * sigmoid(c) * z
    return h, z


@cell(
    "Long expressive memory",
    source="Rusch, Mishra, Erichson and Mahoney (2022), Long Expressive Memory for Sequence Modeling, ICLR, equation 3",
    class_name="LEM",
    year=2022,
)
def lem(x, h, z, dt: constant = 1.0):
    """h, the paper's y, sees the new z, as in the paper and its authors' code; torchrecurrent's sees the old one."""
    a = dt * sigmoid(linear(x, h))
    b = dt * sigmoid(linear(x, h))
    z = (1 - a) * z + a * tanh(linear(x, h))
    h = (1 - b) * h + b * tanh(linear(x, z))
    return h, z


@cell(
    "Liquid time-constant network, one fused step",
    source="Hasani, Lechner, Amini, Rus and Grosu (2021), Liquid Time-constant Networks, AAAI, "
    "equation 3 and algorithm 1",
    class_name="LTC",
    year=2021,
)
def ltc(x, h, a: vector, rho: vector, dt: constant = 1.0):
    """dh/dt = -(1/tau + f) * h + f * a by the paper's fused solver, one of its six sub-steps for each input.

    1/tau is softplus(rho) here, which keeps it positive; f is a sigmoid of one affine map instead of a synapse for
    each pair of units.
    """
    f = sigmoid(linear(x, h))
    h = (h + dt * f * a) / (1 + dt * (softplus(rho) + f))
    return h


@cell(
    "Closed-form continuous-time network",
    source="Hasani et al. (2022), Closed-form Continuous-time Neural Networks, Nature Machine Intelligence; "
    "arXiv:2106.13898, equation 10",
    class_name="CfC",
    year=2022,
)
def cfc(x, h, t: constant = 1.0, alpha: constant = 1.7159, beta: constant = 0.666):
    """t is the time between inputs. One backbone layer of hidden_size units, with the code's scaled tanh; the gate is
    sigmoid(-f t) in the paper and sigmoid(f t + b) in its code, which is followed here.
    """
    z = alpha * tanh(beta * linear(x, h))
    g = tanh(linear(z))
    k = tanh(linear(z))
    u = linear(z)
    v = linear(z)
    s = sigmoid(u * t + v)
    h = g * (1 - s) + s * k
    return h
