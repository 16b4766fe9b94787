"""Initial values: stated in a definition, printed, drawn by the modules, refused where they are none."""

from __future__ import annotations

import math
import pickle

import pytest
from sympy import Max, Piecewise, Rational, Symbol, cos, exp, log, sign, sqrt

import derive
from derive import (
    cell,
    chrono,
    constant,
    eye,
    linear,
    log_uniform,
    normal,
    orthogonal,
    scalar,
    sigmoid,
    spaced,
    uniform,
    vector,
)
from derive.errors import DefinitionError, DeriveError

torch = pytest.importorskip("torch")
UNITS = 400  # many draws, so that their moments tell


@cell("Many initial values", source="none")
def many(
    x, h, c, gain: vector = 1, decay: vector = log(1 / sqrt(uniform(0.81, 0.998001)) - 1), slope: scalar = -0.5,
    rate: vector = log_uniform(0.001, 1), place: vector = 8 * spaced(0, 1) ** 2 - 5, free: vector = 0,
):  # fmt: skip
    f = sigmoid(linear(x) + linear(h, bias=chrono(101)) + rate)
    i = sigmoid(linear(x, bias=normal(2, 0.5)) + linear(h, initial=eye()) + place)
    g = derive.tanh(linear(x, c, bias=0, initial=(None, 2 * orthogonal())) * gain + free)
    c = f * sigmoid(decay) * c + i * g
    h = slope * c
    return h, c


@pytest.fixture(scope="module")
def layer():
    torch.manual_seed(3)
    return derive.build(many).Layer(3, UNITS, num_layers=2, bidirectional=True, dtype=torch.float64)


def parts(layer, name: str, suffix: str):
    """The tensors that hold a parameter, of each layer and direction that the suffix is of."""
    p = next(p for p in many.parameters if p.name == name)
    tensor = layer.get_parameter(p.tensor + suffix).detach()
    return tensor[p.block * UNITS : (p.block + 1) * UNITS] if tensor.dim() else tensor


@pytest.mark.parametrize("suffix", ["_l0", "_l0_reverse", "_l1", "_l1_reverse"])
def test_the_module_draws_what_is_stated(layer, suffix: str) -> None:
    """Against the definition of each distribution: its range, and its mean to five standard errors."""
    get = lambda name: parts(layer, name, suffix)  # noqa: E731
    for name, number in (("gain", 1), ("free", 0), ("b_g", 0), ("slope", -0.5)):
        assert (get(name) == number).all()
    squares = torch.sigmoid(-get("decay")) ** 2
    for values, low, high in (
        (squares, 0.81, 0.998001), (get("rate").log(), math.log(0.001), 0), (get("b_hf").exp(), 1, 100),
    ):  # fmt: skip
        assert low - 1e-12 <= values.min()
        assert values.max() <= high + 1e-12
        assert abs(values.mean() - (low + high) / 2) < 5 * (high - low) / math.sqrt(12 * UNITS)
    assert abs(get("b_ii").mean() - 2) < 5 * 0.5 / math.sqrt(UNITS)
    assert abs(get("b_ii").std() - 0.5) < 5 * 0.5 / math.sqrt(2 * UNITS)
    assert torch.equal(get("W_hi"), torch.eye(UNITS, dtype=torch.float64))
    assert torch.allclose(get("W_cg") @ get("W_cg").T, 4 * torch.eye(UNITS, dtype=torch.float64))
    steps = torch.arange(UNITS, dtype=torch.float64) / (UNITS - 1)
    assert torch.allclose(get("place"), 8 * steps**2 - 5)
    assert get("b_hi").abs().max() <= 1 / math.sqrt(UNITS)


def test_places_within_a_head_and_along_a_row() -> None:
    """As the authors' code has them: of each head a power law from its first unit to its last, and log 1, log 2, ..."""
    biases = derive.build(derive.catalogue["slstm_heads"]).Layer(2, 6, heads=2, dtype=torch.float64).bias_ih_l0[6:12]
    within = torch.arange(3, dtype=torch.float64) / 2
    assert torch.allclose(biases, (5 - 12 * within**0.3).repeat(2))
    logs = derive.build(derive.catalogue["mamba"]).Layer(2, 3, value=4, key=5, dtype=torch.float64).a_log_l0
    assert torch.allclose(logs.view(4, 5), torch.arange(1, 6, dtype=torch.float64).log().expand(4, 5))
    one = derive.build(derive.lstm.with_initial(b_hf=derive.counted())).Layer(2, 3)
    assert one.bias_hh_l0[3:6].tolist() == [1, 2, 3]
    words = r"b_if_tilde starts at spaced\(0, 1, parts\), and nothing cuts its units so; its heads are 'heads'"
    with pytest.raises(DefinitionError, match=words):
        derive.catalogue["slstm_heads"].with_initial(b_if_tilde=spaced(0, 1, "parts"))


def test_layers_and_directions_have_draws_of_their_own(layer) -> None:
    drawn = [tuple(parts(layer, "b_hf", s).tolist()) for s in ("_l0", "_l0_reverse", "_l1", "_l1_reverse")]
    assert len(set(drawn)) == 4


def test_a_cell_starts_as_a_layer_does() -> None:
    built = derive.build(many)
    found = []
    for made in (built.Layer, built.Cell):
        torch.manual_seed(7)
        found.append(list(made(3, 4).parameters()))
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_the_rest_draws_the_numbers_of_torch() -> None:
    """What is stated takes no number from what is not."""
    torch.manual_seed(5)
    ours = derive.build(derive.lstm.with_initial(b_hf=1, W_hi=orthogonal())).Layer(3, 4, num_layers=2)
    torch.manual_seed(5)
    theirs = torch.nn.LSTM(3, 4, num_layers=2)
    for name, wanted in theirs.named_parameters():
        wanted = wanted.detach().clone()
        got = ours.get_parameter(name).detach().clone()
        if name.startswith("bias_hh"):
            assert (got[4:8] == 1).all()
            got[4:8] = wanted[4:8]
        if name.startswith("weight_hh"):
            assert torch.allclose(got[:4] @ got[:4].T, torch.eye(4), atol=1e-6)
            got[:4] = wanted[:4]
        assert torch.equal(got, wanted)


@pytest.mark.parametrize("low", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_last(low) -> None:
    """In bfloat16 the decays of rg_lru would be 1 and their parameter infinite, and no matrix is made orthogonal."""
    torch.manual_seed(0)
    made = derive.build(derive.catalogue["rg_lru"].with_initial(W_ir=orthogonal())).Layer(3, UNITS, dtype=low)
    decays = torch.sigmoid(-made.nu_l0.detach().double())
    assert decays.min() > 0.899
    assert decays.max() < 0.9995
    products = made.weight_ih_l0[:UNITS].detach().double()
    assert torch.allclose(products.T @ products, torch.eye(3, dtype=torch.float64), atol=1e-2)


def test_a_draw_may_stand_in_cases() -> None:
    for value in (Piecewise((3, uniform(0, 1) > Rational(1, 2)), (2, True)), 2 + Max(0, sign(uniform(-1, 1)))):
        drawn = derive.build(derive.lstm.with_initial(b_hf=value)).Layer(3, UNITS).bias_hh_l0[UNITS : 2 * UNITS]
        assert set(drawn.tolist()) == {2, 3}


def test_a_value_of_one_parameter_stays_whatever_its_tensor_is_given() -> None:
    for values in ({"b_hf": 1, "bias_hh": 0}, {"bias_hh": 0, "b_hf": 1}):
        made = derive.build(derive.lstm.with_initial(**values)).Layer(3, 1)
        assert made.bias_hh_l0.tolist() == [0, 1, 0, 0]


def test_there_may_be_no_biases_and_a_projection() -> None:
    made = derive.build(derive.lstm.with_initial(bias_hh=1, weight_hh=0)).Layer
    assert not [name for name, _ in made(3, 4, bias=False).named_parameters() if "bias" in name]
    assert (made(3, 4, proj_size=2).bias_hh_l0 == 1).all()
    assert made(3, 4, proj_size=2).weight_hr_l0.all()


def test_other_cells_from_this_one_keep_them() -> None:
    started = derive.lstm.with_initial(b_hf=1, weight_hh=eye())
    assert [str(p) for p in started.initial] == ["W_hi", "W_hf", "b_hf", "W_hg", "W_ho"]
    copy = pickle.loads(pickle.dumps(many))
    assert copy.initial == many.initial
    assert derive.build(copy) is derive.build(many)
    for other in (started.with_activations(tanh="relu"), started.zoned_out(c=0.1), started.projected()):
        assert other.initial == started.initial
    assert set(many.zoned_out(h=0.1).initial.values()) == set(many.initial.values())
    assert not started.with_initial(weight_hh=None, b_hf=None).initial
    assert started.with_activations(g="identity").with_initial(b_hf=2).initial[Symbol("b_hf")] == 2


def test_cells_of_one_name_run_their_own_kernels(recwarn) -> None:
    """The C file says of which module it is; that of another start is another's."""
    for start in (1, 2):
        made = derive.build(derive.catalogue["mgu"].with_initial(b_f=start)).Layer(2, 3)
        assert made(torch.zeros(4, 2))[0].shape == (4, 3)
    assert not [w for w in recwarn if "step by step" in str(w.message)]


def test_weights_that_are_shared_start_once() -> None:
    @cell("Shared")
    def shared(x, h):
        f = sigmoid(linear(x, name="a", bias=1))
        h = f * h + linear(x, name="a", bias=1)
        return h

    assert shared.initial == {Symbol("b_a"): 1}


def test_a_run_may_leave_out_what_starts_at_a_number() -> None:
    weights = {"weight_ih": [[0.5]], "weight_hh": [[0.25]], "bias": [0.5]}
    stated = derive.Run("fast_rnn", weights, [[1]])
    given = derive.Run("fast_rnn", weights | {"alpha": -3, "beta": 3}, [[1]])
    assert str(stated.steps().value(1, "h").decimal(20)) == str(given.steps().value(1, "h").decimal(20))


SAME = uniform(0, 1)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (uniform(0, 1) + uniform(0, 2), "2 draws"),
        (uniform(0, 1) - uniform(0, 1), "2 draws"),
        (log(uniform(-1, 1)), "is nan|is .*I"),
        (1 / (SAME - SAME), "is not finite"),
        (sqrt(uniform(-3, -1)), "is .*I"),
        (sqrt(uniform(-1, 9)), "is .*I where -1 is drawn"),
        (sqrt(normal(3, 1)), "is .*I where -2 is drawn"),
        (1 / uniform(-1, 1), "is zoo where 0 is drawn"),
        (derive.tanh(uniform(0, 1)), "has tanh in it"),
        (Symbol("q") * 2, "has q in it"),
        ("1", "is a text"),
        (float("inf"), "not a finite rational number"),
        (True, "not a finite rational number"),
        (eye(), "b_hf is a vector and cannot start at eye"),
    ],
)
def test_what_is_no_initial_value_is_refused(value, words: str) -> None:
    with pytest.raises(DeriveError, match=words) as e:
        derive.lstm.with_initial(b_hf=value)
    assert str(e.value).startswith("lstm: ")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: uniform(1, 0), "the first number is above the second"),
        (lambda: uniform("a", 1), "uniform: 'a' is not"),
        (lambda: uniform(0, 10**309), "uniform: .* expected a finite number"),
        (lambda: log_uniform(0, 1), "has no logarithm"),
        (lambda: normal(0, -1), "negative"),
        (lambda: chrono(2), "more than 2 time steps"),
        (lambda: derive.lstm.with_initial(b_f=1), "did you mean 'b_.f'"),
        (lambda: derive.catalogue["cfc"].with_initial(alpha=1), "unknown learned parameter or state 'alpha'"),
        (lambda: derive.lstm.with_initial(h=orthogonal()), r"state 'h' starts at orthogonal\(\); expected a finite"),
        (lambda: derive.lstm.with_initial(c=10**309), "state 'c' starts at .* expected a finite"),
        (lambda: derive.lstm.with_initial(b_hf=10**309), "b_hf: .* expected a finite"),
        (lambda: derive.lstm.with_initial(b_hf=exp(1000)), "the initial value .* expected a finite"),
        (lambda: linear(Symbol("x"), initial=(1, 2)), "has 2 values, expected 1"),
        (lambda: linear(Symbol("x"), bias="1"), "True or False, or its initial value"),
    ],
)
def test_what_cannot_be_stated_is_refused(call, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        call()


def test_a_default_may_be_the_name_of_a_number() -> None:
    lowest = -(10**30)

    @cell("Named")
    def named(x, h, m=lowest, k: constant = lowest / 4, u: vector = lowest):
        m = k * m + u
        h = linear(x, h) + m
        return h, m

    assert named.starts == {"m": lowest}
    assert [p.number for p in named.declared] == [Rational(lowest, 4), lowest]


def test_mistakes_in_a_definition_name_the_place() -> None:
    with pytest.raises(DefinitionError, match=r"the default of 'u' is cos\(3\) \* Symbol\('q'\).* has q in it"):

        @cell("Odd")
        def odd(x, h, u: vector = cos(3) * Symbol("q")):
            h = u * h + linear(x)
            return h

    with pytest.raises(DefinitionError, match=r"u is a vector and cannot start at eye\(\); eye is for a matrix"):

        @cell("Odd")
        def odder(x, h, u: vector = eye()):
            h = u * h + linear(x)
            return h

    with pytest.raises(DefinitionError, match="b_a starts at 2 here and at 1 elsewhere"):

        @cell("Odd")
        def oddest(x, h):
            f = sigmoid(linear(x, name="a", bias=1))
            h = f * h + linear(x, name="a", bias=2)
            return h
