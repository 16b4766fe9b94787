"""Long short-term memory and its relatives.

They keep PyTorch's two biases and its order of gates, so the weights of ``torch.nn.LSTM`` fit them as they are.
"""

from dataclasses import replace

from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh

GREFF = "Greff, Srivastava, Koutník, Steunebrink and Schmidhuber (2017), LSTM: A Search Space Odyssey, IEEE TNNLS"
LU = "Lu and Salem (2017), Simplified Gating in LSTM Recurrent Neural Networks, MWSCAS"


@cell(
    "Long short-term memory",
    source="Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins (2000) for the forget gate; "
    "the formula of torch.nn.LSTM's documentation",
    class_name="LSTM",
    year=2000,
    projection=True,
)
def lstm(x, h, c):
    """The form of torch.nn.LSTM; Greff et al. (2017) call it NP (no peepholes). Keras starts the forget gate's bias
    at 1 and Haiku adds 1 to its pre-activation, as `lstm.with_initial(b_hf=1, b_if=0)` does.
    """
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


projected_lstm = replace(
    lstm.projected(),
    name="projected_lstm",
    class_name="ProjectedLSTM",
    title="Long short-term memory with a recurrent projection",
    source="Sak, Senior and Beaufays (2014), Interspeech; the formula of torch.nn.LSTM's documentation with proj_size",
    note="The paper has peepholes and a non-recurrent projection besides; PyTorch's proj_size, as here, has neither.",
    year=2014,
)


@cell(
    "Long short-term memory without forget gate",
    source="Hochreiter and Schmidhuber (1997), Neural Computation 9(8), section 4 and appendix A.1",
    class_name="OriginalLSTM",
    year=1997,
)
def original_lstm(x, h, c):
    """The paper squashes with centred logistic functions (g in [-2, 2], h in [-1, 1]); tanh is today's form."""
    i = sigmoid(linear(x) + linear(h))
    g = tanh(linear(x) + linear(h))
    o = sigmoid(linear(x) + linear(h))
    c = c + i * g
    h = o * tanh(c)
    return h, c


@cell(
    "Peephole long short-term memory",
    source=f"Gers and Schmidhuber (2000), IJCNN; the vanilla LSTM of {GREFF}, figure 1",
    class_name="PeepholeLSTM",
    year=2000,
)
def peephole_lstm(x, h, c, p_i: vector, p_f: vector, p_o: vector):
    """The input and forget gates see the previous cell state, the output gate the new one."""
    i = sigmoid(linear(x) + linear(h) + p_i * c)
    f = sigmoid(linear(x) + linear(h) + p_f * c)
    g = tanh(linear(x) + linear(h))
    c = f * c + i * g
    o = sigmoid(linear(x) + linear(h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("LSTM without input gate (NIG)", source=GREFF, class_name="NoInputGateLSTM", year=2017)
def nig_lstm(x, h, c, p_f: vector, p_o: vector):
    f = sigmoid(linear(x) + linear(h) + p_f * c)
    g = tanh(linear(x) + linear(h))
    c = f * c + g
    o = sigmoid(linear(x) + linear(h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("LSTM without forget gate (NFG)", source=GREFF, class_name="NoForgetGateLSTM", year=2017)
def nfg_lstm(x, h, c, p_i: vector, p_o: vector):
    """With peepholes, unlike original_lstm."""
    i = sigmoid(linear(x) + linear(h) + p_i * c)
    g = tanh(linear(x) + linear(h))
    c = c + i * g
    o = sigmoid(linear(x) + linear(h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("LSTM without output gate (NOG)", source=GREFF, class_name="NoOutputGateLSTM", year=2017)
def nog_lstm(x, h, c, p_i: vector, p_f: vector):
    i = sigmoid(linear(x) + linear(h) + p_i * c)
    f = sigmoid(linear(x) + linear(h) + p_f * c)
    g = tanh(linear(x) + linear(h))
    c = f * c + i * g
    h = tanh(c)
    return h, c


niaf_lstm = replace(
    peephole_lstm.with_activations(g="identity", name="niaf_lstm", class_name="NoInputActivationLSTM"),
    title="LSTM without input activation (NIAF)",
    source=GREFF,
    year=2017,
)

noaf_lstm = replace(
    peephole_lstm.with_activations(h="identity", name="noaf_lstm", class_name="NoOutputActivationLSTM"),
    title="LSTM without output activation (NOAF)",
    source=GREFF,
    year=2017,
)


@cell("LSTM with coupled input and forget gate (CIFG)", source=GREFF, class_name="CoupledLSTM", year=2017)
def cifg_lstm(x, h, c, p_i: vector, p_o: vector):
    """f = 1 - i, as ONNX's input_forget; TensorFlow's CoupledInputForgetGateLSTMCell has i = 1 - f instead."""
    i = sigmoid(linear(x) + linear(h) + p_i * c)
    g = tanh(linear(x) + linear(h))
    c = (1 - i) * c + i * g
    o = sigmoid(linear(x) + linear(h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("LSTM with full gate recurrence (FGR)", source=GREFF, class_name="FullGateRecurrenceLSTM", year=2017)
def fgr_lstm(x, h, c, j, f, o, p_j: vector, p_f: vector, p_o: vector):
    """The gates are states too, and each sees all three of the step before; the input gate is named j here."""
    u_j = linear(j, f, o, bias=False)
    u_f = linear(j, f, o, bias=False)
    u_o = linear(j, f, o, bias=False)
    j = sigmoid(linear(x) + linear(h) + u_j + p_j * c)
    f = sigmoid(linear(x) + linear(h) + u_f + p_f * c)
    g = tanh(linear(x) + linear(h))
    c = f * c + j * g
    o = sigmoid(linear(x) + linear(h) + u_o + p_o * c)
    h = o * tanh(c)
    return h, c, j, f, o


@cell("Slim LSTM 1: gates without the input", source=LU, class_name="SlimLSTM1", year=2017)
def slim_lstm1(x, h, c):
    i = sigmoid(linear(h))
    f = sigmoid(linear(h))
    g = tanh(linear(x, h))
    o = sigmoid(linear(h))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell("Slim LSTM 2: gates of the hidden state alone", source=LU, class_name="SlimLSTM2", year=2017)
def slim_lstm2(x, h, c):
    i = sigmoid(linear(h, bias=False))
    f = sigmoid(linear(h, bias=False))
    g = tanh(linear(x, h))
    o = sigmoid(linear(h, bias=False))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell("Slim LSTM 3: gates of the bias alone", source=LU, class_name="SlimLSTM3", year=2017)
def slim_lstm3(x, h, c, b_i: vector, b_f: vector, b_o: vector):
    i = sigmoid(b_i)
    f = sigmoid(b_f)
    g = tanh(linear(x, h))
    o = sigmoid(b_o)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


zoneout_lstm = replace(
    lstm.zoned_out(c=0.5, h=0.05),
    name="zoneout_lstm",
    class_name="ZoneoutLSTM",
    title="LSTM with zoneout",
    source="Krueger et al. (2017), Zoneout: Regularizing RNNs by Randomly Preserving Hidden Activations, ICLR, "
    "section 3.2",
    note="Zoneout wraps any cell: gru.zoned_out(h=0.1). In training each unit of a state keeps its previous value with"
    " probability z, drawn anew at every step; in evaluation z takes the place of the draw. The paper zones out h and"
    " c, and h sees the cell state before zoneout.",
    year=2017,
)


@cell(
    "Working-memory LSTM",
    source="Landi, Baraldi, Cornia and Cucchiara (2021), Working Memory Connections for LSTM, Neural Networks",
    class_name="WorkingMemoryLSTM",
    year=2021,
)
def wmc_lstm(x, h, c):
    """Peepholes through a full matrix and a tanh; the output gate sees the new cell state."""
    i = sigmoid(linear(x) + linear(h) + tanh(linear(c)))
    f = sigmoid(linear(x) + linear(h) + tanh(linear(c)))
    g = tanh(linear(x) + linear(h))
    c = f * c + i * g
    o = sigmoid(linear(x) + linear(h) + tanh(linear(c)))
    h = o * tanh(c)
    return h, c


@cell(
    "Residual LSTM",
    source="Kim, El-Khamy and Lee (2017), Residual LSTM, Interspeech",
    class_name="ResidualLSTM",
    year=2017,
)
def residual_lstm(x, h, c, p_i: vector, p_f: vector, p_o: vector):
    """The shortcut stands inside the output gate. It goes through a matrix, as in the paper's layers whose input has
    another size; with equal sizes the paper adds x itself.
    """
    i = sigmoid(linear(x) + linear(h) + p_i * c)
    f = sigmoid(linear(x) + linear(h) + p_f * c)
    g = tanh(linear(x) + linear(h))
    c = f * c + i * g
    o = sigmoid(linear(x) + linear(h) + p_o * c)
    m = tanh(c)
    h = o * (linear(m, bias=False, name="proj") + linear(x, bias=False, name="res"))
    return h, c
