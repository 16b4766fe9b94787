"""What a notebook shows: well-formed, by itself, with what the text form says, and with people's text as text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from sympy import Rational

import derive

MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="module")
def lecture() -> derive.Run:
    return derive.load_run("examples/lecture.toml")


@pytest.fixture(scope="module")
def results(lecture) -> dict[str, Any]:
    """One of every kind of result that a prompt gives."""
    box = lecture.certify(box={"x1": (-0.25, 0.25)})
    claim = derive.approximate(derive.tanh, derive.identity, on=(-Rational(1, 4), Rational(1, 4)))
    refuted = box.agreement(4)
    found = derive.synthesise(derive.Run("rnn", _weights(), [[1], [0]]), {}, "1e-2", kinds=("polynomial",))
    return {
        "cell": derive.lstm, "cells": derive.catalogue.search("jozefowicz"), "catalogue": derive.catalogue,
        "equation": derive.lstm["c"], "adjoint": derive.gru.adjoint(), "plan": derive.gru.plan(), "run": lecture,
        "table": lecture.table(), "steps": lecture.steps(), "step": lecture.steps().step(4, "h"),
        "value": lecture.steps().value(4, "h"), "loss": lecture.loss, "gradients": lecture.gradients(),
        "updated": lecture.updated(), "check": lecture.check(), "certificate": lecture.certificates[0],
        "propagation": lecture.propagate(), "certification": box, "enclosed": box[4, "h"], "always": box.always,
        "agreement": box.agreement(1), "counterexample": refuted.counterexample, "approximation": claim,
        "minimax": derive.minimax(derive.tanh, 3, on=(-1, 1)), "property": claim.stays_within(-1, 1),
        "synthesis": found, "error over time": found.certificate,
        "comparison": derive.compare(derive.lstm, derive.gru),
        "diagram": derive.lstm.diagram(), "step diagram": lecture.diagram(2), "plot": lecture.plot(),
        "error plot": claim.plot("0.1"), "claim plot": lecture.certificates[0].plot(),
    }  # fmt: skip


def _parsed(html: str) -> ET.Element:
    return ET.fromstring(f"<body>{html}</body>")


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", "".join(_parsed(html).itertext()))


def test_a_converted_layer_is_shown():
    torch = pytest.importorskip("torch")
    pytest.importorskip("numpy")
    from derive.convert import load

    html = load(torch.nn.GRU(2, 3))._repr_html_()
    assert "GRU(2, 3)" in _text(html)
    assert any(e.tag == MATH for e in _parsed(html).iter())


def test_what_is_read_is_shown_with_what_was_assumed():
    found = derive.from_latex(r"h_t = \tanh(W x_t + U h_{t-1} + b)")
    shown = _text(found._repr_html_())
    assert all(str(a) in shown for a in found.assumptions)
    assert any(e.tag == MATH for e in _parsed(found._repr_html_()).iter())


def test_every_result_is_shown_by_itself(results):
    for name, found in results.items():
        html = found._repr_html_()
        tags = {e.tag for e in _parsed(html).iter()}
        assert not any(tag.endswith("script") for tag in tags), name
        assert "src=" not in html, name
        assert "href=" not in html, name
        assert "$" not in html, name  # no formula that waits for a script


def test_formulas_are_mathml(results):
    for name in ("cell", "equation", "adjoint", "step", "value", "steps", "approximation", "minimax", "table"):
        assert any(e.tag == MATH for e in _parsed(results[name]._repr_html_()).iter()), name


def test_a_table_has_the_numbers_of_the_text(results):
    """Every number that the text form prints stands in the HTML form too."""
    for name in ("check", "certificate", "propagation", "certification", "enclosed", "always", "minimax", "agreement",
                 "error over time"):  # fmt: skip
        numbers = set(re.findall(r"−?\d+\.\d+", repr(results[name]).replace("-", "−")))
        shown = _text(results[name]._repr_html_()).replace("-", "−")  # a formula has the minus sign
        assert not {n for n in numbers if n not in shown}, name


def test_verdicts_are_said(results):
    assert "VIOLATED" in _text(results["certificate"]._repr_html_())
    assert "PROVED" in _text(results["property"]._repr_html_())
    assert str(len(results["check"].differing(4))) in _text(results["check"]._repr_html_())
    assert results["agreement"].verdict.name in _text(results["agreement"]._repr_html_())


def test_text_of_people_is_text():
    evil = "<script>alert(1)</script> & <b>"
    cell = replace(derive.rnn, name="mine", title=evil, source=evil)
    shown = [cell, derive.Run(cell, _weights(), [[1]], title="x < y & z"), derive.catalogue.search("rnn")]
    for found in shown:
        assert "<script" not in found._repr_html_()
    assert evil in _text(cell._repr_html_())
    assert "x < y & z" in _text(shown[1]._repr_html_())


def _weights() -> dict[str, Any]:
    return {"weight_ih": [[1]], "weight_hh": [[1]], "bias_ih": [0], "bias_hh": [0]}


def test_a_derivation_is_shown_line_by_line(results):
    """As many lines as the LaTeX has, each in two columns."""
    claim = results["approximation"]
    rows = list(_parsed(claim._repr_html_()).iter("tr"))
    assert len(rows) == claim.latex().count("\\\\\n") + 1
