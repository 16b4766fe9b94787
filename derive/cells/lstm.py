"""Long short-term memory and its relatives."""

from derive.activations import sigmoid, tanh
from derive.define import cell
from derive.expressions import linear


@cell(
    "Long short-term memory",
    source="Hochreiter and Schmidhuber (1997); forget gate: Gers et al. (2000); form of torch.nn.LSTM",
    class_name="LSTM",
    projection=True,
)
def lstm(x, h, c):
    i = sigmoid(linear(x) + linear(h))
    f = sigmoid(linear(x) + linear(h))
    g = tanh(linear(x) + linear(h))
    o = sigmoid(linear(x) + linear(h))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


linear_lstm = lstm.with_activations(
    tanh="identity",
    name="linear_lstm",
    title="Long short-term memory with linear input and output activations",
    class_name="LinearLSTM",
)
