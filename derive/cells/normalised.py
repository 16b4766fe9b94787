"""LSTMs with layer normalisation inside the cell, in the three forms in which it is published."""

from sympy import sqrt

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.statements.mean import mean
from derive.symbolic.activations import sigmoid, tanh

BA = "Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450, supplement, equations 20 to 22"


def deviation(centre, epsilon, *quantities):
    """The standard deviation of the quantities' units, taken jointly; epsilon is added to the variance."""
    return sqrt(mean(*((q - centre) ** 2 for q in quantities)) + epsilon)


def normalise(q, epsilon):
    """The units of q, shifted and scaled to mean 0 and variance 1."""
    return (q - mean(q)) / deviation(mean(q), epsilon, q)


@cell(
    "LSTM with layer normalisation",
    source=BA,
    class_name="LayerNormLSTM",
    year=2016,
)
def layer_norm_lstm(
    x, h, c, alpha_i: vector = 1, alpha_f: vector = 1, alpha_g: vector = 1, alpha_o: vector = 1,
    beta_i: vector = 1, beta_f: vector = 1, beta_g: vector = 1, beta_o: vector = 1, gamma: vector = 1,
    b_i: vector = 0, b_f: vector = 0, b_g: vector = 0, b_o: vector = 0, b_c: vector = 0, epsilon: constant = 1e-5,
):  # fmt: skip
    """The state is c itself, normalised only where h looks at it, as in the paper and in haste; torch's fastrnns
    benchmark keeps the normalised one, which is layer_norm_lstm_stored.

    Each of the two maps is normalised over its four blocks jointly; alpha and beta are the gains. The paper's shifts of
    the two maps fall together with the biases b. Gains start at 1 and biases at 0, as in layer_norm_lstm_gates.
    """
    u_i, u_f = linear(x, bias=False), linear(x, bias=False)
    u_g, u_o = linear(x, bias=False), linear(x, bias=False)
    v_i, v_f = linear(h, bias=False), linear(h, bias=False)
    v_g, v_o = linear(h, bias=False), linear(h, bias=False)
    mu_u, mu_v = mean(u_i, u_f, u_g, u_o), mean(v_i, v_f, v_g, v_o)
    s_u = deviation(mu_u, epsilon, u_i, u_f, u_g, u_o)
    s_v = deviation(mu_v, epsilon, v_i, v_f, v_g, v_o)
    i = sigmoid(alpha_i * (u_i - mu_u) / s_u + beta_i * (v_i - mu_v) / s_v + b_i)
    f = sigmoid(alpha_f * (u_f - mu_u) / s_u + beta_f * (v_f - mu_v) / s_v + b_f)
    g = tanh(alpha_g * (u_g - mu_u) / s_u + beta_g * (v_g - mu_v) / s_v + b_g)
    o = sigmoid(alpha_o * (u_o - mu_u) / s_u + beta_o * (v_o - mu_v) / s_v + b_o)
    c = f * c + i * g
    h = o * tanh(gamma * normalise(c, epsilon) + b_c)
    return h, c


@cell(
    "LSTM with layer normalisation, stored",
    source=f"{BA}; form of the fastrnns benchmark in PyTorch's repository",
    class_name="LayerNormStoredLSTM",
    year=2016,
)
def layer_norm_lstm_stored(
    x, h, c, alpha_i: vector = 1, alpha_f: vector = 1, alpha_g: vector = 1, alpha_o: vector = 1,
    beta_i: vector = 1, beta_f: vector = 1, beta_g: vector = 1, beta_o: vector = 1, gamma: vector = 1,
    b_i: vector = 0, b_f: vector = 0, b_g: vector = 0, b_o: vector = 0, b_c: vector = 0, epsilon: constant = 1e-5,
):  # fmt: skip
    """The normalised cell state is the state, unlike in the paper, whose form is layer_norm_lstm."""
    u_i, u_f = linear(x, bias=False), linear(x, bias=False)
    u_g, u_o = linear(x, bias=False), linear(x, bias=False)
    v_i, v_f = linear(h, bias=False), linear(h, bias=False)
    v_g, v_o = linear(h, bias=False), linear(h, bias=False)
    mu_u, mu_v = mean(u_i, u_f, u_g, u_o), mean(v_i, v_f, v_g, v_o)
    s_u = deviation(mu_u, epsilon, u_i, u_f, u_g, u_o)
    s_v = deviation(mu_v, epsilon, v_i, v_f, v_g, v_o)
    i = sigmoid(alpha_i * (u_i - mu_u) / s_u + beta_i * (v_i - mu_v) / s_v + b_i)
    f = sigmoid(alpha_f * (u_f - mu_u) / s_u + beta_f * (v_f - mu_v) / s_v + b_f)
    g = tanh(alpha_g * (u_g - mu_u) / s_u + beta_g * (v_g - mu_v) / s_v + b_g)
    o = sigmoid(alpha_o * (u_o - mu_u) / s_u + beta_o * (v_o - mu_v) / s_v + b_o)
    c_hat = f * c + i * g
    c = gamma * normalise(c_hat, epsilon) + b_c
    h = o * tanh(c)
    return h, c


@cell(
    "LSTM with layer normalisation of each gate",
    source=f"{BA}; form of TensorFlow 1's LayerNormBasicLSTMCell",
    class_name="LayerNormGatesLSTM",
    year=2016,
)
def layer_norm_lstm_gates(
    x, h, c, gamma_i: vector = 1, gamma_f: vector = 1, gamma_g: vector = 1, gamma_o: vector = 1, gamma_c: vector = 1,
    b_i: vector = 0, b_f: vector = 1, b_g: vector = 0, b_o: vector = 0, b_c: vector = 0, epsilon: constant = 1e-5,
):  # fmt: skip
    """The sum of the two maps is normalised for each gate by itself, and the normalised cell state is the state.

    Gains start at 1 and shifts at 0; TensorFlow's cell adds 1 to the forget gate's, which therefore starts at 1 here.
    """
    u_i, u_f = linear(x, h, bias=False), linear(x, h, bias=False)
    u_g, u_o = linear(x, h, bias=False), linear(x, h, bias=False)
    i = sigmoid(gamma_i * normalise(u_i, epsilon) + b_i)
    f = sigmoid(gamma_f * normalise(u_f, epsilon) + b_f)
    g = tanh(gamma_g * normalise(u_g, epsilon) + b_g)
    o = sigmoid(gamma_o * normalise(u_o, epsilon) + b_o)
    c_hat = f * c + i * g
    c = gamma_c * normalise(c_hat, epsilon) + b_c
    h = o * tanh(c)
    return h, c
