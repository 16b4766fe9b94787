"""Are two cells the same? Equal ones are made by changes that change no number, others by changes that do, which is
seen on numbers, by another evaluation than the comparison's."""

import random
from dataclasses import replace

import pytest
from sympy import Add, Eq, Integer, Mul, Symbol

import derive
from derive import linear, sigmoid, tanh
from derive.cells.load import load_file
from derive.comparison.nearest import nearest
from derive.definition.cell import Cell
from derive.definition.line import Line
from derive.statements.affine import LinearNode
from derive.symbolic.expressions import rewrite

TRIED = (
    "rnn",
    "lstm",
    "gru",
    "gru_reset_before",
    "peephole_lstm",
    "cifg_lstm",
    "mgu",
    "slstm",
    "min_gru",
    "lem",
    "nbrc",
)


def made(lines, like, **changes):
    about = {"name": "made", "class_name": "Made", "title": "made", "nonlinearities": ()}
    return replace(like, lines=tuple(lines), **about, **changes)


def reordered(cell, rng):
    """The terms of every sum and product in another order."""

    def rule(node):
        if isinstance(node, (Add, Mul)):
            args = list(node.args)
            rng.shuffle(args)
            return node.func(*(rewrite(a, rule) for a in args), evaluate=False)
        return None

    return made([replace(li, expr=rewrite(li.expr, rule)) for li in cell.lines], cell)


def renamed(cell, rng):
    """Every equation that is no state called otherwise."""
    names = {li.target: Symbol(f"q{k}") for k, li in enumerate(cell.lines) if li.target.name not in cell.states}
    return made([Line(names.get(li.target, li.target), rewrite(li.expr, names.get)) for li in cell.lines], cell)


def rebiased(cell, rng):
    """One bias for two, two for one: only their sum matters where both stand in one sum."""

    def rule(node):
        if isinstance(node, Add):
            maps = [a for a in node.args if isinstance(a, LinearNode) and a.bias and not a.label]
            if len(maps) > 1 and not any(a.label for a in maps):
                bare = {maps[0]: linear(*maps[0].operands, bias=False, size=maps[0].size)}
                return Add(*(bare.get(a, a) for a in node.args), evaluate=False)
        return None

    return made([replace(li, expr=rewrite(li.expr, rule)) for li in cell.lines], cell, declared=cell.declared)


def turned(cell, rng):
    """A gate as 1 minus what it was, wherever it is read."""
    gates = [li.target for li in cell.lines if isinstance(li.expr, sigmoid) and li.target.name not in cell.states]
    if not gates:
        return cell
    gate = rng.choice(gates)
    other = Add(Integer(1), Mul(Integer(-1), gate, evaluate=False), evaluate=False)
    return made([replace(li, expr=rewrite(li.expr, {gate: other}.get)) for li in cell.lines], cell)


KEPT = (reordered, renamed, rebiased, turned)


@pytest.mark.parametrize("name", TRIED)
def test_what_an_author_is_free_to_choose_changes_nothing(name):
    cell, rng = derive.catalogue[name], random.Random(name)
    for change in KEPT:
        found = derive.compare(cell, change(cell, rng))
        assert found, f"{change.__name__}: {found}"
        assert found.trial.largest < 1e-10


def mutated(cell, rng):
    """One thing changed: a function, a sign before what no weight absorbs, a term left out, a state's time."""
    k = rng.randrange(len(cell.lines))
    line = cell.lines[k]
    places = [n for n in _nodes(line.expr) if isinstance(n, (sigmoid, tanh, Add)) or n in _states(cell)]
    if not places:
        return None
    place = rng.choice(places)
    if isinstance(place, sigmoid):
        new = tanh(*place.args, evaluate=False)
    elif isinstance(place, tanh):
        new = sigmoid(*place.args, evaluate=False)
    elif isinstance(place, Add):
        args = list(place.args)
        args.pop(rng.randrange(len(args)))
        new = args[0] if len(args) == 1 else Add(*args, evaluate=False)
    else:
        new = Mul(place, place, evaluate=False)
    lines = list(cell.lines)
    lines[k] = replace(line, expr=rewrite(line.expr, {place: new}.get))
    try:
        return made(lines, cell)
    except derive.DeriveError:
        return None  # a quantity is left without use


def _states(cell):
    return [cell.previous(s) for s in cell.states]


def _nodes(expr):
    yield expr
    for a in () if isinstance(expr, LinearNode) else expr.args:
        yield from _nodes(a)


def differs(a, b):
    """By the generated modules, on weights of the same names: tests' own numbers."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    one, other = (derive.build(c).Cell(4, 4, dtype=torch.float64) for c in (a, b))
    names = {n: t for n, t in one.state_dict().items() if other.state_dict().get(n, torch.empty(0)).shape == t.shape}
    other.load_state_dict({**other.state_dict(), **names})
    x, h = (torch.randn(5, 4, dtype=torch.float64) for _ in range(2))
    h = h if len(a.states) == 1 else tuple(torch.rand(5, 4, dtype=torch.float64) for _ in a.states)
    results = [r if isinstance(r, tuple) else (r,) for r in (one(x, h), other(x, h))]
    return any((p - q).abs().max() > 1e-6 for p, q in zip(*results, strict=True))


def test_what_changes_a_number_is_found(monkeypatch):
    monkeypatch.setenv("DERIVE_KERNELS", "0")  # nothing has to be compiled for one step
    rng, held = random.Random(3), 0
    for k in range(44):
        cell = derive.catalogue[TRIED[k % len(TRIED)]]
        other = mutated(cell, rng)
        if other is None or not differs(cell, other):
            continue
        held += 1
        found = derive.compare(cell, other)
        assert not found, found
        assert any(found.different)
        assert found.trial.largest > 1e-6
    assert held > 20


def test_equal_is_not_more_than_equal():
    """Of the pairs of these, the ones that differ, and one that does not (MUT2 is the reset-before GRU of Chung)."""
    assert derive.compare(derive.catalogue["mut2"], derive.catalogue["gru_chung"])
    for a, b in (("lstm", "cifg_lstm"), ("gru", "gru_reset_before"), ("rnn", "relu_rnn")):
        assert not derive.compare(derive.catalogue[a], derive.catalogue[b])


def test_the_nearest_of_the_catalogue():
    cell = derive.catalogue["cifg_lstm"].with_activations(tanh="relu", name="other")
    (found,) = nearest(cell, derive.catalogue.values())
    assert found.words == "cifg_lstm with relu for tanh"


def test_words():
    text = repr(derive.compare(derive.catalogue["lstm"], derive.catalogue["cifg_lstm"]))
    assert text.splitlines()[0] == "lstm ≠ cifg_lstm"
    assert "p_i ⊙ cₜ₋₁" in text
    assert derive.compare(derive.lstm, derive.gru).pairing is None


def test_python_text_gives_the_same_cell(tmp_path):
    path = tmp_path / "all_cells.py"
    path.write_text("\n\n".join(cell.python() for cell in derive.catalogue.values()), encoding="utf-8")
    module = load_file(path)
    for name, cell in derive.catalogue.items():
        again = getattr(module, name)
        assert (again.statements, again.parameters, again.states) == (cell.statements, cell.parameters, cell.states)


def test_a_state_read_after_its_own_equation_is_kept():
    h, x = Symbol("h"), Symbol("x")
    late = Cell.from_equations(
        "late", [Eq(h, tanh(linear(x) + h), evaluate=False), Eq(Symbol("c"), h * Symbol("h_prev"), evaluate=False)],
        states=("h", "c"),
    )  # fmt: skip
    assert "h_old = h" in late.python()
