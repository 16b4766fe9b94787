"""Hand-written modules as cells: torch is the oracle, on numbers of the test's own."""

import importlib
import inspect
import warnings

import memories
import modules
import published
import pytest
import styles
import torch
from torch import nn

import derive
from derive.errors import DeriveError
from derive.intake.proof import stepped


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def assert_same(module, read, k, inputs=5, units=7):
    """One step, and a sequence by the derived layer, against the module itself."""
    module = module.double()
    x, states = drawn(6, 4, inputs), [drawn(4, units) for _ in range(k)]
    packed = states[0] if k == 1 else tuple(states)
    apart = len(inspect.signature(module.forward).parameters) > 2  # module(x, h, c)

    def stepped(x_t, states):
        new = module(x_t, *states) if apart else module(x_t, states[0] if k == 1 else tuple(states))
        return [new] if k == 1 else list(new)

    got = read.single()(x[0], packed)
    for a, b in zip(stepped(x[0], states), [got] if k == 1 else got, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-12, atol=1e-12)
    outputs, new = [], states
    for x_t in x:
        new = stepped(x_t, new)
        outputs.append(new[0])
    layered = read.layer()(x, packed[None] if k == 1 else tuple(s[None] for s in states))[0]
    torch.testing.assert_close(layered, torch.stack(outputs), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_torchs_own_cells_are_those_of_the_catalogue(name):
    module = getattr(nn, f"{name}Cell")(5, 7)
    read = derive.from_torch(module)
    assert_same(module, read, len(read.cell.states))
    assert derive.compare(read.cell, derive.catalogue[name.lower()])


@pytest.mark.parametrize("made", [modules.Fixed, modules.Frozen, modules.FrozenGates, modules.Reservoir])
def test_buffers_and_frozen_weights_are_vectors_and_matrices_that_are_not_learned(made):
    module = made(5, 7)
    read = derive.from_torch(module)
    assert_same(module, read, 1)
    fixed = [p for p in read.cell.parameters if p.fixed is not None]
    assert len(fixed) == {"Fixed": 1, "Frozen": 1, "FrozenGates": 2, "Reservoir": 5}[made.__name__]
    assert {p.name for p in fixed} <= {n for n, _ in read.single().named_buffers()}


def test_a_step_of_one_vector_is_one_of_a_batch():
    module = modules.OneVector(5, 7).double()
    x, h, c = drawn(4, 5), drawn(4, 7), drawn(4, 7)
    got = derive.from_torch(module).single()(x, (h, c))
    for row in range(4):
        for ours, theirs in zip(got, module(x[row], (h[row], c[row])), strict=True):
            torch.testing.assert_close(ours[row], theirs, rtol=1e-12, atol=1e-12)


def test_a_module_of_ones_own():
    module = modules.Mixture(5, 7)
    read = derive.from_torch(module, input_size=5, hidden_size=7)
    assert_same(module, read, 2)
    (slope,) = read.cell.constants
    assert (slope.name, float(slope.default)) == ("slope", 1.5)
    assert read.cell.states == ("h", "c")


def test_the_state_dict_of_the_module_loads_into_the_derived_cell():
    read = derive.from_torch(modules.GRUish)
    other = modules.GRUish(5, 7).double()
    made = derive.build(read.cell).Cell(5, 7, dtype=torch.float64)
    made.load_state_dict(read.converted(other.state_dict()))
    x, h = drawn(2, 5), drawn(2, 7)
    torch.testing.assert_close(made(x, h), other(x, h), rtol=1e-13, atol=1e-13)
    with pytest.raises(DeriveError, match=r"no 'h\.weight'"):
        read.converted({k: v for k, v in other.state_dict().items() if k != "h.weight"})


def test_a_layer_that_loops_over_a_cell_is_that_cell():
    layer = modules.Looping(5, 7).double()
    read = derive.from_torch(layer)
    assert derive.compare(read, modules.GRUish)
    x = drawn(6, 4, 5)
    torch.testing.assert_close(read.layer()(x)[0], layer(x)[0], rtol=1e-12, atol=1e-12)
    assert derive.compare(derive.from_torch(modules.Looping(5, 7, nn.GRUCell(5, 7))), "gru")


@pytest.mark.parametrize("style", styles.STYLES)
def test_a_cell_in_any_style_is_that_of_the_catalogue(style):
    module = style(5, 7)
    read = derive.from_torch(module, input_size=5, hidden_size=7)
    assert_same(module, read, len(read.cell.states))
    assert derive.compare(read.cell, derive.catalogue[style.cell]), read


@pytest.mark.parametrize("made", [made for made in published.STYLES if not made.refused])
def test_what_people_publish_is_read_right(made):
    """A step and its gradients by torch's autograd, on numbers of the test's own."""
    torch.manual_seed(0)
    module = made(5, 7).double()
    read = derive.from_torch(module, inputs=made.inputs)
    assert not [note for note in read.notes if "both" not in note and "by name" not in note]
    form, derived = read.step.form, read.single()
    tensors = {name: drawn(4, size).requires_grad_() for name, size in read.step.sizes.items()}
    states = [tensors[s] for s in read.cell.states]
    want = form.results(module(*form.arguments(tensors)))
    got = derived(tensors["x"], *(tensors[n] for n in form.further), states[0] if len(states) == 1 else states)
    got = [got] if torch.is_tensor(got) else list(got)
    given = [tensors[n] for n in ("x", *form.further, *form.states)]
    for results in (want, got):
        results += torch.autograd.grad(sum((t.sin() * t).sum() for t in results), given)
    for a, b in zip(want, got, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("made", [made for made in published.STYLES if made.refused])
def test_what_people_publish_is_refused_by_its_line(made):
    with pytest.raises(DeriveError, match=made.refused) as e:
        derive.from_torch(made)
    assert "\n" not in str(e.value)


def test_the_output_of_two_layers_is_the_second_state():
    for made in (published.TwoLayers, published.LayersInOne):
        read = derive.from_torch(made)
        assert len(read.cell.states) == 2, made
    assert derive.from_torch(published.TwoLayers).step.form.order == (1, 0)


@pytest.mark.parametrize("equation", ["bi,ij->bj", "ij,bi->bj", "bi,ji->bj"])
def test_einsum_in_any_order(equation):
    matrix_axes = next(axes for axes in equation.split("->")[0].split(",") if "b" not in axes)

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.x = nn.Linear(5, 7)
            self.u = nn.Parameter(torch.randn(7, 7))

        def forward(self, x, h):
            operands = (h, self.u) if equation.startswith("b") else (self.u, h)
            return torch.tanh(self.x(x) + torch.einsum(equation, *operands))

    read = derive.from_torch(Step(), input_size=5, hidden_size=7)
    assert read.agrees
    assert read.places["W_hh"] == f"u[0:7, 0:7]{' transposed' if matrix_axes == 'ij' else ''}"


def test_names_are_the_authors():
    read = derive.from_torch(modules.GRUish)
    assert set(read.cell) == {"reset", "keep", "new", "h"}
    assert "def gruish(x, h):" in read.cell.python()


def torchrecurrents():
    try:
        import torchrecurrent
    except ModuleNotFoundError:
        return []
    return sorted(n for n, c in vars(torchrecurrent).items() if isinstance(c, type) and n.endswith("Cell"))


#: Of 41, those that have something of their own and are not in tests/comparison/test_audit.py; `make audit` reads all.
READ = {"AntisymmetricRNNCell": (), "DSGUCell": (), "IntersectionRNNCell": (), "LightRUCell": (), "MCLSTMCell": (),
        "PeepholeLSTMCell": (), "TGRUCell": (), "TLSTMCell": (), "tauGRUCell": ("delayed_state",)}  # fmt: skip


@pytest.mark.skipif(not torchrecurrents(), reason="torchrecurrent is not installed")
def test_torchrecurrents_cells():
    import torchrecurrent

    assert {*READ} <= {*torchrecurrents()}
    for name, inputs in READ.items():
        read = derive.from_torch(getattr(torchrecurrent, name), inputs=inputs)
        assert read.agrees, name
        step, tensors = read.step, {n: drawn(2, size) for n, size in read.step.sizes.items()}
        states = [tensors[s] for s in read.cell.states]
        with torch.no_grad():
            want = step.form.results(step.module(*step.form.arguments(tensors)))
            got = read.single()(tensors["x"], *(tensors[n] for n in inputs), states[0] if len(states) == 1 else states)
        for a, b in zip(want, (got,) if torch.is_tensor(got) else got, strict=True):
            torch.testing.assert_close(b, a, rtol=1e-7, atol=1e-7)  # torch's hardsigmoid has a float32's 1/6
    with pytest.raises(DeriveError, match=r"delayed_state is by default.*inputs=\("):
        derive.from_torch(torchrecurrent.tauGRUCell)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (modules.Branches, r"Branches \(modules.py, line \d+\) cannot be read: .*data-dependent"),
        (modules.Sorted, r"Sorted \(modules.py, line \d+\): aten.sort.* is none of the operators"),
        (modules.Outer, r"Outer \(modules.py, line \d+\): einsum of 'bi,bj->bj': a sum over the features"),
        (modules.Doubling, r"Doubling \(modules.py, line \d+\) loops over self.cell: it does more than step its cell"),
        (modules.ByHand, r"ByHand \(modules.py, line \d+\): a loop over time without a cell"),
        (modules.Forgets, r"state 'h' is given and never read"),
        (modules.Keeps, r"buffer 'total' is changed"),
        (modules.Counts, r"Counts \(modules.py, line \d+\): two calls on the same numbers differ"),
        (modules.Early, r"Early \(modules.py, line \d+\): softplus with threshold=5"),
        (modules.Floors, r"Floors \(modules.py, line \d+\): aten.div.Tensor_mode"),
        (modules.WritesOver, r"WritesOver \(modules.py, line \d+\): torch finds no gradient of it"),
        (modules.Turned, r"Turned \(modules.py, line \d+\): h.weight is read as it is and transposed"),
        (modules.Holds(5, 7), r"Holds \(modules.py, line \d+\): the buffer 'w', float64 \[0\], is not read"),
        (modules.Holds(5, 7, float("inf")), r"Holds \(modules.py, line \d+\): the buffer 'w': 'inf' is not a finite"),
        (modules.Wants, r"Wants\(5, 7\) \(modules.py, line \d+\) cannot be built: .* 'things'"),
        (nn.LSTM(5, 7), r"LSTM"),
        (nn.Linear(5, 7), r"does not say its hidden_size"),
        ("gru", r"expected a torch.nn.Module"),
    ],
)
def test_what_is_refused(made, message):
    with pytest.raises(DeriveError, match=message):
        derive.from_torch(made)


def test_new_states_are_paired_by_name_where_they_have_a_number():
    module = modules.Backwards(5, 7).double()
    x, h, c = drawn(4, 5), drawn(4, 7), drawn(4, 7)
    got = derive.from_torch(module, input_size=5, hidden_size=7).single()(x, (c, h))
    torch.testing.assert_close(got, module(x, (h, c)), rtol=1e-12, atol=1e-12)


def test_a_matrix_of_two_names_is_one_and_the_callers_module_stays_as_it_was():
    module = modules.Tied(5, 7).train()
    read = derive.from_torch(module)
    assert module.training
    assert len([p for p in read.cell.parameters if p.kind == "matrix"]) == 2
    module, x, h = module.double(), drawn(4, 5), drawn(4, 7)
    got = derive.from_torch(module).single()(x, h)
    torch.testing.assert_close(got, module(x, h.clone()), rtol=1e-12, atol=1e-12)


LENGTHS = {"heads": 2, "key": 3, "value": 7, "rank": 3}  # of which no two products are as many


def test_every_generated_cell_comes_back():
    for name, cell in derive.catalogue.items():
        known = {"input_size": 5, "hidden_size": 8, **{n: LENGTHS.get(n, 11) for n in cell.named_sizes}}
        inputs = {i.name: known[i.size] if i.size in known else int(i.size) for i in cell.further if i.chance is None}
        made = importlib.import_module(f"generated.{name}").Cell(**known)
        read = derive.from_torch(made, inputs=inputs)
        assert read.agrees
        if any(p.fixed is not None for p in cell.parameters):  # there a formula, here its numbers
            continue
        wanted = cell.in_evaluation() if cell.draws else cell
        assert derive.compare(read, wanted), name


@pytest.mark.parametrize(("heads", "head_dim"), [(1, 4), (3, 3), (4, 4), (13, 2)])
def test_heads_may_be_one_or_as_many_as_another_axis_is_long(heads, head_dim):
    assert derive.from_torch(memories.DeltaNet(n_heads=heads, head_dim=head_dim)).agrees


@pytest.mark.parametrize("made", memories.STYLES)
def test_matrix_memories_in_any_style(made):
    """Three steps and their gradients, by torch's autograd through the module's own code."""
    torch.manual_seed(0)
    module = made().double()
    read = derive.from_torch(module)
    assert read.step.form.axes or made in (memories.BlockLSTM, memories.Masked)
    form, derived = read.step.form, read.single()
    x = drawn(3, 4, 5)
    given = {n: drawn(4, size).requires_grad_() for n, size in read.step.sizes.items() if n != "x"}
    x.requires_grad_()
    states, own = dict(given), [given[n] for n in read.cell.states]
    for x_t in x:
        new = form.results(module(*form.arguments({"x": x_t, **states})))
        states = dict(zip(read.cell.states, new, strict=True))
        own = stepped(derived, [x_t], own)
    wanted = [x, *(given[n] for n in form.states)]
    for results in (new, own):
        results += torch.autograd.grad(sum((t.sin() * t).sum() for t in results), wanted)
    for a, b in zip(new, own, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("made", memories.REFUSED)
def test_matrix_memories_that_no_cell_has_are_refused_by_their_line(made):
    module = made()
    with pytest.raises(DeriveError, match=rf"{made.__name__}( \(memories.py, line \d+\))?: .*{made.refused}") as e:
        derive.from_torch(module, states=module.states)
    assert "\n" not in str(e.value)


class Remembers(torch.nn.Module):
    """What a call computed is kept for the next one."""

    def __init__(self, n_in, n):
        super().__init__()
        self.linear, self.last = torch.nn.Linear(n_in, n), None

    def forward(self, x, h):
        h = torch.tanh(self.linear(x) + h + (0 if self.last is None else self.last))
        self.last = h
        return h


def test_a_module_that_keeps_what_a_call_computed_is_refused_before_and_after_one():
    module = Remembers(2, 3)
    with pytest.raises(DeriveError, match="it keeps something from call to call"):
        derive.from_torch(module, input_size=2, hidden_size=3)
    module(torch.zeros(1, 2), torch.zeros(1, 3))
    with pytest.raises(DeriveError, match="keeps 'last', which an earlier call computed"):
        derive.from_torch(module, input_size=2, hidden_size=3)
