"""Cells that draw masks: dropout of what the weights read, the same at every step of a sequence.

Zoneout is drawn at every step, and wraps any cell: ``zoneout_lstm``, and ``Cell.zoned_out``.
"""

from derive.definition.define import cell
from derive.definition.inputs import bernoulli, constant, per_sequence
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh

SOURCE = (
    "Gal and Ghahramani (2016), A Theoretically Grounded Application of Dropout in Recurrent Neural Networks, NeurIPS"
)


@cell(
    "LSTM with variational dropout", sizes={"m_x": "input_size"}, source=SOURCE, class_name="VariationalLSTM", year=2016
)
def variational_lstm(
    x, h, c, keep_x: constant = 0.75, keep_h: constant = 0.75,
    m_x: bernoulli = per_sequence("keep_x"), m_h: bernoulli = per_sequence("keep_h"),
):  # fmt: skip
    """One mask for the input and one for the previous output, each the same for all gates and all steps: the paper's
    tied weights. What is kept is divided by the probability to be kept, so that in evaluation the cell is the LSTM,
    with the same names of weights. The paper keeps the masks in evaluation, too, and averages over draws of them."""
    x_m = m_x / keep_x * x
    h_m = m_h / keep_h * h
    i = sigmoid(linear(x_m) + linear(h_m))
    f = sigmoid(linear(x_m) + linear(h_m))
    g = tanh(linear(x_m) + linear(h_m))
    o = sigmoid(linear(x_m) + linear(h_m))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell(
    "GRU with variational dropout", sizes={"m_x": "input_size"}, source=SOURCE, class_name="VariationalGRU", year=2016
)
def variational_gru(
    x, h, keep_x: constant = 0.75, keep_h: constant = 0.75,
    m_x: bernoulli = per_sequence("keep_x"), m_h: bernoulli = per_sequence("keep_h"),
):  # fmt: skip
    """As variational_lstm, of the GRU as PyTorch has it. The update gate mixes in the previous output as it is: what is
    masked is what the weights read."""
    x_m = m_x / keep_x * x
    h_m = m_h / keep_h * h
    r = sigmoid(linear(x_m) + linear(h_m))
    z = sigmoid(linear(x_m) + linear(h_m))
    n = tanh(linear(x_m) + r * linear(h_m))
    h = (1 - z) * n + z * h
    return h
