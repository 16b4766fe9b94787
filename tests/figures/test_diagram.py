"""Diagrams of cells: what is drawn is what the statements say, and nothing covers anything."""

from __future__ import annotations

import math
import random
import re
from itertools import combinations, pairwise

import pytest
from sympy import Piecewise, Rational, exp

import derive
from derive import linear, sigmoid, tanh
from derive.exact.value import Value
from derive.figures.drawing import Drawing
from derive.figures.graph import BOX, CIRCLE, INPUT, JOIN, OUTPUT, Graph
from derive.figures.operations import graph
from derive.figures.shapes import strokes
from derive.symbolic.evaluation import evaluate

CELLS = tuple(derive.catalogue)


@derive.cell("A cell with what no cell of the catalogue has")
def OWN(x, h, c):
    a = linear(x) + linear(h)
    b = a * a * c + c + c - a
    d = 1 - a + b
    e = (1 - a) / b / (2 + b * b) - 3 * a * b
    f = sigmoid(-a * b) * tanh(a - 2 * b) + a**2 * b**-1
    g = Piecewise((tanh(a) - b, a > 0), (exp(-(b**2)), True))
    c = d * e - f + a * b * c * g
    h = -tanh(c) * f
    return h, c


EQUATIONS_TOO = ("lstm", "gru", "layer_norm_lstm", "mogrifier_lstm", "rwkv", "fgr_lstm", "tau_gru", "slim_lstm3")


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    """Every cell at the width of a column, and some in the other detail."""
    found = {name: derive.catalogue[name].diagram() for name in CELLS}
    found |= {f"{name}, operations": derive.catalogue[name].diagram(detail="operations") for name in EQUATIONS_TOO}
    found |= {"own": OWN.diagram(), "own, operations": OWN.diagram(detail="operations")}
    return found | {f"{name}, equations": derive.catalogue[name].diagram(detail="equations") for name in EQUATIONS_TOO}


def _overlap(a, b, gap=0.0):
    return a[0] < b[2] - gap and b[0] < a[2] - gap and a[1] < b[3] - gap and b[1] < a[3] - gap


def _pieces(drawing):
    for line in drawing.lines:
        for (x0, y0), (x1, y1) in pairwise(line.points):
            yield line.ends, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def test_no_label_covers_a_label_a_line_or_a_shape(drawings):
    for name, d in drawings.items():
        inside = {t for t in d.texts for s in d.shapes if _overlap(t.box, s.box) and abs(t.x - s.x) < 0.01}
        for a, b in combinations(d.texts, 2):
            assert not _overlap(a.box, b.box, 0.5), (name, a, b)
        for text in d.texts:
            box = text.box
            if text in inside:
                (shape,) = [s for s in d.shapes if _overlap(box, s.box)]
                assert shape.box[0] < box[0] < box[2] < shape.box[2], (name, text)
                continue
            assert not any(_overlap(box, s.box) for s in d.shapes), (name, text)
            for _, piece in _pieces(d):
                assert not _overlap(box, piece, 0.3), (name, text, piece)


def test_no_line_runs_through_a_node_that_is_not_its_end(drawings):
    for name, d in drawings.items():
        for a, b in combinations(d.shapes, 2):
            assert not _overlap(a.box, b.box), (name, a, b)
        for ends, piece in _pieces(d):
            for shape in d.shapes:
                assert shape.key in ends or not _overlap(shape.box, piece), (name, ends, shape)


def test_no_two_lines_lie_on_one_another(drawings):
    """Those of one source are one line; of others they may cross, but not run together."""
    for name, d in drawings.items():
        for (a, p), (b, q) in combinations(_pieces(d), 2):
            if a[0] == b[0]:
                continue
            for along, across in ((0, 1), (1, 0)):
                level = all(abs(r[across] - r[across + 2]) < 0.01 for r in (p, q))
                if level and abs(p[across] - q[across]) < 1.2:
                    together = min(p[along + 2], q[along + 2]) - max(p[along], q[along])
                    assert together < 1.2, (name, a, b, p, q)


def test_every_piece_of_a_net_is_drawn_once(drawings):
    """As much is drawn as the union of all lines of a source is long, piece by piece on a fine grid."""

    def marks(lines):
        for line in lines:
            for (x0, y0), (x1, y1) in pairwise(line.points):
                n = round(20 * (abs(x1 - x0) + abs(y1 - y0)))
                dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
                yield from ((line.ends[0], round(20 * x0) + k * dx, round(20 * y0) + k * dy) for k in range(n))

    for name in ("lstm", "ttt_linear", "gated_delta_net", "hgrn"):
        lines = drawings[name].lines
        drawn, whole = list(marks(strokes(lines))), set(marks(lines))
        assert len(drawn) <= 1.01 * len(whole) < len(list(marks(lines))), name
        assert len(whole - set(drawn)) < 0.01 * len(whole), name


def test_a_line_that_enters_begins_beside_others(drawings):
    for name, d in drawings.items():
        first = {line.ends[0]: line.points[0] for line in d.lines}
        upright = [(ends[0], p) for ends, p in _pieces(d) if p[2] - p[0] < 0.01]
        for source, (x, y) in first.items():
            for other, (left, top, _, bottom) in upright:
                covered = top - 0.01 < y < bottom + 0.01 and abs(left - x) < 0.9
                assert other == source or not covered, (name, source, other)


@pytest.mark.parametrize("name", ["atr", "cfn"])
def test_a_line_that_turns_into_a_circle_has_no_small_step_before(drawings, name):
    turning = [d for d in drawings[name].lines if len(d.points) > 3 and d.points[-1][0] == d.points[-2][0]]
    assert turning
    for line in turning:
        (_, start), (_, arrival), _, _ = line.points[-4:]
        assert abs(arrival - start) >= 2.5, line


def _sources(g: Graph, key: str) -> set[str]:
    """The quantities that reach a node through nodes without a name."""
    found = set()
    for i in g.nodes[key].inputs:
        node = g.nodes[i]
        found |= {node.quantity} if node.quantity else _sources(g, i)
    return found


@pytest.mark.parametrize("in_equations", [False, True])
def test_every_operand_of_every_statement_has_its_line_and_no_other(in_equations):
    """The oracle: what the statements read. A statement without a name of the author's belongs to its reader."""
    for name, cell in [*derive.catalogue.items(), ("own", OWN)]:
        g = graph(cell, in_equations)
        shown = {line.target for line in cell.lines}
        parameters = {p.symbol for p in cell.parameters}
        reads: dict = {}
        for s in cell.statements:
            reads[s.target] = {
                r for q in s.uses if q not in parameters for r in (reads[q] if q in reads and q not in shown else {q})
            }
        nodes = {n.quantity: n for n in g.nodes.values() if n.kind in (BOX, CIRCLE) and n.quantity}
        assert set(nodes) == {q.name for q in shown}, name
        for q in shown:
            assert _sources(g, nodes[q.name].key) == {r.name for r in reads[q]}, (name, q)
        outputs = {n.quantity: g.nodes[n.inputs[0]].quantity for n in g.nodes.values() if n.kind == OUTPUT}
        assert outputs == {s: s for s in cell.states}
        read = {q for r in reads.values() for q in r}
        assert {n.quantity for n in g.nodes.values() if n.kind == INPUT} == {q.name for q in read if q not in shown}


def _values(cell) -> dict:
    """A number for every quantity: sources and affine maps at random, elementwise statements worked out."""
    draw = random.Random(1)
    known: dict = {}
    symbols = [*(p.symbol for p in (*cell.parameters, *cell.inputs)), *map(cell.previous, cell.states)]
    for q in symbols:
        known[q] = Value.of(Rational(draw.randint(1, 99), 100))
    for s in cell.statements:
        formula = getattr(s, "expr", None)
        random_one = Value.of(Rational(draw.randint(1, 99), 100))
        known[s.target] = random_one if formula is None else evaluate(formula, known)
    return known


OPERATIONS = {
    "+": lambda *v: sum(v),
    "×": lambda *v: math.prod(v),
    "−": lambda a, b: a - b,
    "÷": lambda a, b: a / b,
    "max": max,
    "σ": lambda v: 1 / (1 + math.exp(-v)),
    "tanh": math.tanh,
    "exp": math.exp,
    "softplus": lambda v: math.log1p(math.exp(v)),
    "Σ": lambda *v: sum(v),
    "Π": lambda *v: math.prod(v),
    "=": lambda v: v,
}


def _of_label(label: str):
    """What a box with □ does, where the formula has numbers alone: 1 − □, □², √(□)."""
    python = re.sub(r"\\square", "v", re.sub(r"\\,", "*", re.sub(r"\{([+-])\}", r"\1", label)))
    python = re.sub(r"(?<=[v)]) *(?=[v(])", "*", python)
    python = re.sub(r"\^\{(.*?)\}", r"**(\1)", re.sub(r"\\frac\{(.*?)\}\{(.*?)\}", r"((\1)/(\2))", python))
    return eval(f"lambda v: {python}") if re.fullmatch(r"[v0-9+\-*/() ]+", python) else None


@pytest.mark.parametrize("name", [*CELLS, "own"])
def test_what_a_node_is_labelled_is_what_it_does(name):
    """Circles, functions and formulas of one quantity, in numbers; what has parameters is not said in full."""
    cell = OWN if name == "own" else derive.catalogue[name]
    g, known, checked = graph(cell), _values(cell), 0
    for node in g.nodes.values():
        if node.weights or node.kind not in (BOX, CIRCLE):
            continue
        operation = OPERATIONS.get(node.label.text) or _of_label(node.label.latex)
        if operation is None or not node.inputs:
            continue
        inputs = [float(evaluate(g.nodes[i].formula, known)) for i in node.inputs]
        assert operation(*inputs) == pytest.approx(float(evaluate(node.formula, known)), rel=1e-12), node
        checked += 1
    assert checked or all(n.weights for n in g.nodes.values() if n.kind == BOX)


def test_a_product_with_a_matrix_is_written_and_has_no_name_of_ours():
    labels = {n.label.text for n in graph(derive.catalogue["mlstm"]).nodes.values() if n.kind == BOX}
    assert {"Ctqt", "ntᵀqt", "ftCt−1", "itvtktᵀ", "·"} <= labels
    for name in ("gla", "rwkv7", "delta_product", "mamba2", "longhorn"):
        nodes = graph(derive.catalogue[name]).nodes.values()
        words = {word for n in nodes if n.kind == BOX for word in re.findall("[a-z]{6,}", n.label.text)}
        assert words <= {"softplus", "headmean"}, (name, words)


def test_every_line_of_the_graph_is_drawn_from_its_source_to_its_reader(drawings):
    for name in CELLS:
        d = drawings[name]
        kinds = {s.key: s for s in d.shapes}
        for line in d.lines:
            (x, y), reader = line.points[-1], kinds.get(line.ends[1])
            if reader is not None:
                left, top, right, bottom = reader.box
                assert left - 0.01 <= x <= right + 0.01, (name, line)
                assert top - 0.01 <= y <= bottom + 0.01, (name, line)
            source = kinds.get(line.ends[0])
            if source is not None:
                assert line.points[0] == pytest.approx((source.box[2], source.y)), (name, line)
            assert all(a[0] == pytest.approx(b[0]) or a[1] == pytest.approx(b[1]) for a, b in pairwise(line.points))


def test_every_cell_fits_a_column_in_black_and_white(drawings):
    for name in CELLS:
        d = drawings[name]
        assert d.width <= 252, name
        assert max(t.box[2] for t in d.texts) <= d.width + 0.01, name
        assert max(t.box[3] for t in d.texts) <= d.height + 2.0, name
        assert min(t.box[0] for t in d.texts) >= -2.0, name
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', d.svg))
        assert colours <= {"none", "currentColor"}, name
        assert set(re.findall(r"fill=([a-z!0-9]+)", d.tex)) <= {"black", "black!13", "black!30"}, name
        assert min(float(s) for s in re.findall(r'font-size="([0-9.]+)"', d.svg)) >= 6


def test_the_lstm_is_drawn_as_in_textbooks(drawings):
    """Three shaded gates and one shaded candidate, the state's line level from one end to the other."""
    d, g = drawings["lstm"], graph(derive.lstm)
    labels = sorted(n.label.text for n in g.nodes.values() if n.weights)
    assert labels == ["tanh", "σ", "σ", "σ"]
    assert sorted(n.label.text for n in g.nodes.values() if n.kind == CIRCLE) == ["+", "×", "×", "×"]
    assert [n.kind for n in g.nodes.values()].count(JOIN) == 1
    top = min(p[1] for line in d.lines for p in line.points)
    state = [line for line in d.lines if {p[1] for p in line.points} == {top}]
    assert len(state) == 3  # c_prev to ⊙, ⊙ to +, + to c
