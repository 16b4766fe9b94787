"""Tables that do not cover a run: the lecture's c goes from 0.2970433 at t = 2 to 0.2970029 at t = 4, beyond ±1/4."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Rational

import derive
from derive.approximation.claim import Claim, x
from derive.document.certified import section
from derive.document.tables import files_of
from derive.enclosure.always import Always, Why
from derive.errors import DeriveError
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
NOTHING = Always({}, None, Why("never, wide", {}))
QUARTER, HALF = Rational(1, 4), Rational(1, 2)


def table(outside, end=QUARTER):
    return derive.table("tanh", entries=64, on=(-end, end), outside=outside)


def claimed(outside, end=QUARTER):
    """The lecture's run with a table claimed for tanh, and with the table in the cell itself."""
    made = table(outside, end)
    claim = Claim("tanh(x) ~ table", derive.tanh, made(x), -end, end)
    return [replace(LECTURE, claims=(claim,), box={}), own(made)]


def own(made):
    return replace(LECTURE, cell=LECTURE.cell.with_activations(tanh=made), claims=(), box={})


@pytest.mark.parametrize("engine", ["balls", "zonotope"])
def test_where_a_table_is_left_is_said_in_one_line(engine):
    for run in claimed("clamp"):
        found = run.certify(engine=engine)
        vars(found)["always"] = NOTHING  # which is another matter, and takes long
        (record,) = found.to_json()["beyond"]
        assert (record["quantity"], record["t"], record["count"], record["on"]) == ("h", 2, 3, ["-1/4", "1/4"])
        assert 0.04703 < float(record["by"]) < 0.04705
        (line,) = [line for line in repr(found).splitlines() if "does not cover the run" in line]
        assert "in h at t = 2" in line
        assert "keeps its last entry" in line
    assert claimed("clamp", HALF)[0].certify(engine=engine).beyond == ()


def test_on_a_box_it_is_the_furthest_argument():
    """x1 to 1/2 at t = 1, and tanh of it for c."""
    (found,) = (b for b in claimed("clamp")[1].certify(box={"x1_1": (0, HALF)}).beyond if b.place.quantity == "g")
    assert (found.place.t, float(found.by)) == (1, pytest.approx(0.25))


def test_a_table_without_values_outside_has_to_cover_the_run():
    for run in claimed("error"):
        with pytest.raises(DeriveError, match=r"does not cover the run: in h at t = 2.*make it on a longer interval"):
            run.certify()[1, "g"]
    with pytest.raises(DeriveError, match=r"h at t = 2: tanh_table_64 on \[-1/4, 1/4\] does not cover 0.29704"):
        own(table("error")).steps()
    wide = Rational(3, 10)
    for one, other in zip(claimed("error", wide), claimed("clamp", wide), strict=True):
        assert one.certify()[4, "h"].error == other.certify()[4, "h"].error


def test_an_error_is_asked_for_where_the_table_has_values():
    with pytest.raises(DeriveError, match=r"does not cover \[-1, 1\]"):
        derive.approximate("tanh", table("error"), on=(-1, 1))
    inside = [derive.approximate("tanh", table(way), on=(-QUARTER, 0)).bound_at(8) for way in ("error", "clamp")]
    assert inside[0] == inside[1]


def test_over_many_steps():
    with pytest.raises(DeriveError, match="does not cover"):
        derive.error_over_time(LECTURE, {"tanh": table("error")})
    found = derive.error_over_time(LECTURE, {"h": table("clamp"), "g": table("clamp", HALF)})
    beyond = {record["activation"]: float(record["beyond"]) for record in found.to_json()["replaced"]}
    assert beyond["g"] == 0
    assert 0.04 < beyond["h"] < 0.09
    assert repr(found).count("beyond the ends of the table") == 1
    covered = table("error", Rational(301, 1000))
    assert derive.error_over_time(LECTURE, {"g": covered, "h": covered}).error < 1e-3


def test_the_printed_tables_say_it():
    claimed_run, own_run = claimed("clamp")
    (line,) = [line for line in files_of(own_run)["values.tex"].splitlines() if "asks for up to" in line]
    assert "h_{2}" in line
    assert "0.0471" in line
    german = replace(claimed_run, language="de")
    vars(german.certification)["always"] = NOTHING
    notes = [note for block in section(german).blocks for note in getattr(block, "notes", ())]
    assert any(" fragt bis zu " in note for note in notes)
