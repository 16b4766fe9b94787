"""Cells that read more than one input: masks, gaps of time, time stamps, what an attention has read."""

from sympy import E, Max, Piecewise, exp, floor, log

from derive.definition.define import cell
from derive.definition.inputs import constant, input, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.initial import log_uniform, normal, uniform


@cell(
    "GRU-D", class_name="GRUD", sizes={"w": "input_size", "v": "input_size"},
    source="Che, Purushotham, Cho, Sontag and Liu (2018), for missing values", year=2018,
)  # fmt: skip
def gru_d(x, h, x_last: input, m: input, dt: input, w: vector = 0, v: vector = 0):
    """A GRU for inputs with missing values: m is 1 where x is observed and 0 where it is missing, x_last the last
    observed value, dt the time since then. The last value fades to the mean of the inputs, which is 0 where they are
    standardised, as the authors' code has it; the paper has the mean in the formula. That code mixes the new state with
    h as it was before it faded, and reads 1 - m in the place of m. Its decays start at 0."""
    gamma = exp(-Max(0, w * dt + v))
    x_hat = m * x + (1 - m) * gamma * x_last
    beta = exp(-Max(0, linear(dt, bias=0, initial=0)))
    h_hat = beta * h
    r = sigmoid(linear(x_hat, h_hat, m))
    z = sigmoid(linear(x_hat, h_hat, m))
    h_tilde = tanh(linear(x_hat, r * h_hat, m))
    h = (1 - z) * h_hat + z * h_tilde
    return h


@cell(
    "Time-aware LSTM", class_name="TimeLSTM", sizes={"dt": 1},
    source="Baytas, Xiao, Zhang, Wang, Jain and Zhou (2017)", year=2017,
)  # fmt: skip
def time_lstm(x, h, c, dt: input):
    """The short-term part s of the memory fades with the time dt since the step before: 1/log(e + dt). The paper has
    tanh in the equation of s, the authors' code the logistic function, and e to four decimals. Weights start as in that
    code."""
    s = tanh(linear(c, bias=0, initial=normal(0, 0.1)))
    c_hat = c - s + s / log(E + dt)
    f = sigmoid(linear(x, h, bias=0, initial=normal(0, 0.1)))
    i = sigmoid(linear(x, h, bias=0, initial=normal(0, 0.1)))
    o = sigmoid(linear(x, h, bias=0, initial=normal(0, 0.1)))
    g = tanh(linear(x, h, bias=0, initial=normal(0, 0.1)))
    c = f * c_hat + i * g
    h = o * tanh(c)
    return h, c


@cell("Phased LSTM", class_name="PhasedLSTM", sizes={"time": 1}, source="Neil, Pfeiffer and Liu (2016)", year=2016)
def phased_lstm(
    x, h, c, time: input, p_i: vector = normal(0, 0.1), p_f: vector = normal(0, 0.1), p_o: vector = normal(0, 0.1),
    tau: vector = log_uniform(2.71, 148), s: vector = uniform(0, 1000), r: vector = 0.05, alpha: constant = 0.001,
):  # fmt: skip
    """A gate k opens for the part r of each period of length tau, and is ajar, by alpha, for the rest; elsewhere the
    states keep their values. alpha is 0 in evaluation in the authors' code, which takes the amounts of tau and r, and
    whose text gives the initial periods. All else starts as there: weights from a normal distribution, forget gates at
    2, s anywhere in a thousand steps."""
    i = sigmoid(linear(x, h, bias=0, initial=normal(0, 0.1)) + p_i * c)
    f = sigmoid(linear(x, h, bias=2, initial=normal(0, 0.1)) + p_f * c)
    g = tanh(linear(x, h, bias=0, initial=normal(0, 0.1)))
    c_tilde = f * c + i * g
    o = sigmoid(linear(x, h, bias=0, initial=normal(0, 0.1)) + p_o * c_tilde)
    phi = (time - s) / tau - floor((time - s) / tau)
    k = Piecewise((2 * phi / r, phi < r / 2), (2 - 2 * phi / r, phi < r), (alpha * phi, True))
    c = k * c_tilde + (1 - k) * c
    h = k * o * tanh(c_tilde) + (1 - k) * h
    return h, c


@cell(
    "GRU that reads a context", class_name="ContextGRU", sizes={"context": "context_size"},
    source="Bahdanau, Cho and Bengio (2015), the decoder", year=2015,
)  # fmt: skip
def context_gru(x, h, context: input):
    """The decoder of a translation model: beside the word before, each step reads the context that attention has made
    of the source sentence. What makes the context is outside of the step."""
    z = sigmoid(linear(x, h, context))
    r = sigmoid(linear(x, h, context))
    h_tilde = tanh(linear(x, r * h, context))
    h = (1 - z) * h + z * h_tilde
    return h


@cell(
    "Attention GRU", class_name="AGRU", sizes={"a": 1},
    source="Zhou, Mou, Fan, Pi, Bian, Zhou, Zhu and Gai (2019), DIEN", year=2019,
)  # fmt: skip
def agru(x, h, a: input):
    """A GRU in which an attention score a, one number a step, stands in the place of the update gate. Biases of gates
    start at 1 and those of the candidate at 0, as in the authors' code."""
    r = sigmoid(linear(x, h, bias=1))
    h_tilde = tanh(linear(x, r * h, bias=0))
    h = (1 - a) * h + a * h_tilde
    return h


@cell(
    "GRU with attentional update gate", class_name="AUGRU", sizes={"a": 1},
    source="Zhou, Mou, Fan, Pi, Bian, Zhou, Zhu and Gai (2019), DIEN", year=2019,
)  # fmt: skip
def augru(x, h, a: input):
    """A GRU whose update gate is scaled by an attention score a, one number a step. In the authors' code the gate is
    that of what is kept, and 1 - a scales it. Biases start as in agru."""
    r = sigmoid(linear(x, h, bias=1))
    u = sigmoid(linear(x, h, bias=1))
    h_tilde = tanh(linear(x, r * h, bias=0))
    u_tilde = a * u
    h = (1 - u_tilde) * h + u_tilde * h_tilde
    return h
