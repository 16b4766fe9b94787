"""The catalogue as a whole, and its cells against the authors' equations.

Other cells are compared with libraries (``test_cells_frameworks``, ``test_cells_torchrecurrent``);
``test_every_cell_has_an_oracle`` keeps the list complete.
"""

from __future__ import annotations

from importlib import import_module

import complex_authors  # noqa: F401  registers its own, as those below do
import fixed_authors  # noqa: F401  and those of matrix_authors
import further_authors  # noqa: F401
import linear_authors  # noqa: F401
import lstm_authors  # noqa: F401
import pytest
import recurrent_authors  # noqa: F401
import reference
import torch
from authors import AUTHORS
from cell_runs import H, N, assert_close, draw, run, stack
from test_cells_frameworks import ONNX, TORCH
from test_cells_torchrecurrent import DEPARTURES, TORCHRECURRENT

import derive
from derive.cells import _MODULES


@pytest.mark.parametrize("name", AUTHORS)
def test_authors_equations(name):
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    wanted, theirs = [], states
    for x in zip(*reference.separate(xs), strict=True):
        theirs = AUTHORS[name](p, *x, *theirs)
        wanted.append(theirs)
    assert_close(run(cell, p, xs, states), wanted, tolerance=1e-11)


def test_zoneout_wraps_any_cell():
    """Of torch's GRU cell, whose new state is mixed with the previous one in evaluation."""
    cell = derive.gru.zoned_out(h=0.25).in_evaluation()
    p, xs, states = draw(cell)
    module = torch.nn.GRUCell(N, H).double()
    module.load_state_dict({t: stack(cell, p, t) for t in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
    wanted, (h,) = [], states
    for x in xs:
        h = 0.25 * h + 0.75 * module(x, h)
        wanted.append((h,))
    assert_close(run(cell, p, xs, states), wanted)
    assert_close(run(derive.lstm.zoned_out(), *(given := draw(derive.lstm))), run(derive.lstm, *given))
    with pytest.raises(derive.DeriveError, match=r"gru: unknown state 'c'. Known: h"):
        derive.gru.zoned_out(c=0.5)
    with pytest.raises(derive.DeriveError, match=r"the zoneout of 'h' is 1.5; expected a probability from 0 to 1"):
        derive.gru.zoned_out(h=1.5)


def test_every_cell_has_an_oracle():
    assert set(derive.catalogue) - set(TORCH) - set(ONNX) - set(TORCHRECURRENT) - set(AUTHORS) == set()
    assert set(DEPARTURES) <= set(AUTHORS)


# ---------------------------------------------------------------------- the catalogue as a whole


def test_at_least_fifty_cells_with_a_source_each():
    assert len(derive.catalogue) >= 50
    for cell in derive.catalogue.values():
        assert cell.source, cell.name
        assert 1986 <= cell.year <= 2026, cell.name
        assert str(cell.year) in cell.source or cell.name in ("sgrn", "miru1", "miru2"), cell.name


def test_names_are_unambiguous():
    assert len({c.class_name for c in derive.catalogue.values()}) == len(derive.catalogue)
    for name, cell in derive.catalogue.items():
        assert name == cell.name
        assert name.isidentifier()
        assert cell.class_name.isidentifier()
        named = [q.name for q in cell.parameters]
        assert len(set(named)) == len(named), name
        blocks = [(q.tensor, q.block) for q in cell.parameters if q.tensor]
        assert len(set(blocks)) == len(blocks), name


def test_modules_define_cells_and_nothing_twice():
    defined = [
        value.name
        for module in _MODULES
        for value in vars(import_module(f"derive.cells.{module}")).values()
        if isinstance(value, derive.Cell)
    ]
    assert sorted(defined) == sorted(derive.catalogue)


def test_cells_are_short():
    """About fifteen equations at most; the layer-normalised LSTMs spell out their moments, Mamba-3 pairs and norms."""
    for cell in derive.catalogue.values():
        assert len(cell.equations) <= 16 or cell.name.startswith(("layer_norm", "mamba3")), cell.name


def test_search():
    catalogue = derive.catalogue

    def names(**about):
        return [c.name for c in catalogue.search(**about)]

    assert [c.name for c in catalogue.search("Jozefowicz MUT")] == ["mut1", "mut2", "mut3"]
    assert names(year=1997) == ["original_lstm"]
    assert set(names(year=range(1980, 1991))) == {"rnn", "jordan_rnn"}
    assert names(parameters="antisymmetric") == ["antisymmetric_rnn", "gated_antisymmetric_rnn"]
    assert "indrnn" in names(parameters="u")
    assert names(parameters="scalar") == ["fast_rnn", "fast_grnn", "fast_grnn_low_rank"]
    assert names(parameters="fixed") == [
        "on_lstm_chunks",
        "lmu",
        "lmu_euler",
        "hippo_legs",
        "echo_state",
        "clockwork_rnn",
    ]
    assert "lstm" in names(states="c", gates=3, parameters=16)
    assert "gru" not in names(states=2)
    assert names(states="n", gates="i") == ["slstm", "slstm_exp", "slstm_heads", "mlstm"]
    assert {"rnn", "jordan_rnn", "scrn"} <= set(names(gates=0))  # their sigmoids multiply nothing
    assert {c: derive.catalogue[c].gates for c in ("gru", "janet", "fgr_lstm", "slstm", "nested_lstm", "min_lstm")} == {
        "gru": ("r", "z"),
        "janet": ("f", "k"),
        "fgr_lstm": ("j", "f", "o"),
        "slstm": ("o", "i", "f"),
        "nested_lstm": ("i", "f", "o", "j", "k", "q"),
        "min_lstm": ("f", "i"),
    }
    assert names(year=1900) == []
    assert len(catalogue.search()) == len(catalogue)
    assert repr(catalogue.search("Jozefowicz MUT")) == "mut1  MUT1\nmut2  MUT2\nmut3  MUT3"
    assert repr(catalogue.search("nothing of the kind")) == "no cells"
    assert [c.name for c in catalogue.search("kocisky")] == [c.name for c in catalogue.search("KOČISKÝ")]
    assert [c.name for c in catalogue.search("kocisky")] == ["mogrifier_lstm"]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"text": 2014}, "text is 2014, expected words"),
        ({"year": "2014"}, "year is '2014', expected 2014"),
        ({"year": 20.14}, "year is 20.14, expected 2014"),
        ({"states": ["h", "c"]}, "states is .'h', 'c'., expected how many"),
        ({"gates": 2.0}, "gates is 2.0, expected how many"),
    ],
)
def test_a_search_for_nonsense_says_what_is_expected(about, words):
    with pytest.raises(derive.DeriveError, match=words):
        derive.catalogue.search(**about)


def test_the_catalogue_is_a_mapping():
    assert "lstm" in derive.catalogue
    assert "peephole" not in derive.catalogue
    assert derive.catalogue.get("peephole") is None
    assert derive.catalogue.get("lstm") is derive.lstm


def test_unknown_cell():
    with pytest.raises(derive.DeriveError, match="unknown cell 'peephole'; did you mean 'peephole_lstm'") as caught:
        derive.catalogue["peephole"]
    assert len(str(caught.value)) < 200
