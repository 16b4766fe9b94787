"""Layers whose products go in parts of bfloat16, on an emulated matrix unit: errors, what does not, who chooses."""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiling import REAL
from machines import TOLERANCE, Run, chosen, machine, moderate, reference
from problems import assert_agree

import derive
from derive.backends import package
from derive.backends.c.backend import machine as compiled
from derive.backends.c.files import machinery, module_text

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")

choices = package.module("choices")
#: Several states; reset after and before the product; sums over the units; products that wait for others.
CELLS = ["lstm", "gru", "gru_reset_before", "layer_norm_lstm", "peephole_lstm"]


@cache
def emulated(name: str, choice: str | None = None) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", f"{REAL} -DEMULATE_TILES")
        return compiled(chosen(derive.catalogue[name], choice), double=False)


@pytest.fixture(autouse=True)
def nothing_is_chosen(monkeypatch):
    monkeypatch.delenv("DERIVE_SPLIT", raising=False)
    monkeypatch.setattr(choices, "_chosen", {})
    monkeypatch.setattr(choices, "_refused", [])


def given_in_float32(name: str, shape: tuple[int, ...]) -> Any:
    """A problem whose numbers are of float32, so that to round them is no error."""
    given = moderate(chosen(derive.catalogue[name]), shape)
    for of in (given.states, given.d_states, given.parameters, given.further):
        for a in of.values():
            a[...] = a.astype(np.float32)
    for a in (given.x, given.d_outputs):
        a[...] = a.astype(np.float32)
    return given


def errors(name: str, given: Any, threads: int, setting: str) -> dict[str, float]:
    """The largest error of each result, as a part of its largest number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVE_SPLIT", setting)
        of = chosen(derive.catalogue[name])
        run = Run(emulated(name), of, given, threads=threads)
        assert run.memory.way == int(setting)
        ours, true = run.answer(), reference(of)[1](given)
    pairs = {"y": (ours.outputs, true.outputs), "d x": (ours.d_x, true.d_x)}
    for of_ours, of_true in (
        (ours.states, true.states),
        (ours.d_states, true.d_states),
        (ours.d_parameters, true.d_parameters),
    ):
        pairs |= {f"{len(pairs)} {n}": (of_ours[n], of_true[n]) for n in of_true}
    return {n: float(np.abs(a - b).max() / np.abs(b).max()) for n, (a, b) in pairs.items()}


@pytest.mark.parametrize(("shape", "threads"), [((6, 40, 40, 48, 1), 1), ((6, 67, 64, 100, 1), 2)])
@pytest.mark.parametrize("name", CELLS)
def test_no_further_from_the_truth_than_float32(name, shape, threads):
    """Outputs, states and all gradients. The largest error of one result is what chance makes of it, by a factor of two
    either way; the worst of all and the mean of the ratios are not. They were 0.5 to 1.2 and 0.6 to 1.1."""
    given = given_in_float32(name, shape)
    float32, parts = (errors(name, given, threads, setting) for setting in "01")
    assert max(parts.values()) <= 1.25 * max(float32.values())
    logarithms = [math.log(parts[n] / float32[n]) for n in parts if float32[n] and parts[n]]
    assert sum(logarithms) / len(logarithms) <= math.log(1.15)


EDGES = [32, 33, 47, 48, 49, 63, 64, 65, 97, 129]


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge(edge, monkeypatch):
    """Of the batch, the input and the units, with one thread and with two; below 32 a product stays in float32."""
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    few = itertools.cycle([5, 31, 32, 33, 40])
    for name in ("lstm", "gru_reset_before"):
        of = chosen(derive.catalogue[name])
        for *sizes, threads in ((edge, next(few), 33, 1), (66, edge, 32, 2), (35, next(few), edge, 1)):
            given = moderate(of, (2, *sizes, 1), seed=edge)
            run = Run(emulated(name), of, given, threads=threads)
            assert run.memory.way == 1
            assert_agree(run.answer(), reference(of)[1](given), TOLERANCE[False])


@pytest.mark.parametrize(
    ("name", "choice"),
    [("gru_d", None), ("antisymmetric_rnn", None), ("slstm_heads", None), ("rnn", "relu"), ("lstm", "projection")],
)
def test_other_cells(name, choice, monkeypatch):
    """Several inputs, V - Vᵀ, weights by heads, states that have no bound, states of two widths."""
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    of = chosen(derive.catalogue[name], choice)
    given = moderate(of, (3, 34, 40, 48, 36))
    run = Run(emulated(name, choice), of, given)
    assert run.memory.way == 1
    assert_agree(run.answer(), reference(of)[1](given), TOLERANCE[False])


# ---------------------------------------------------------------------- in digits


def forward(name: str, given: Any, setting: str, threads: int = 1) -> tuple[int, np.ndarray]:
    """The way that products went, and the outputs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVE_SPLIT", setting)
        run = Run(emulated(name), chosen(derive.catalogue[name]), given, threads=threads, keep=False)
        return run.memory.way, run.forward()[0]


@pytest.mark.parametrize(("shape", "threads"), [((6, 33, 40, 128, 1), 1), ((6, 70, 64, 150, 1), 2)])
@pytest.mark.parametrize("name", ["lstm", "gru", "peephole_lstm"])
def test_digits_are_no_further_from_the_truth(name, shape, threads):
    """Products of a state that is bounded, in a layer that no pass backwards follows."""
    given = given_in_float32(name, shape)
    for array in given.states.values():
        array[...] = 0
    true = reference(chosen(derive.catalogue[name]))[1](given).outputs
    ways, found = zip(*(forward(name, given, setting, threads) for setting in "012"), strict=True)
    assert ways == (0, 1, 2)
    assert not np.array_equal(found[1], found[2])
    float32, _, digits = (float(np.abs(of_way - true).max()) for of_way in found)
    assert digits <= 1.25 * float32


@pytest.mark.parametrize(
    ("name", "units", "keep", "way"),
    [
        ("lstm", 128, False, 2),
        ("lstm", 127, False, 1),
        ("lstm", 128, True, 1),
        ("gru_reset_before", 128, False, 2),
        ("layer_norm_lstm", 128, False, 2),
        ("ligru", 128, False, 1),
        ("janet", 128, False, 1),
    ],
)
def test_whose_products_go_in_digits(name, units, keep, way, monkeypatch):
    """Of bounded states, of 128 terms and more, forwards alone."""
    monkeypatch.setenv("DERIVE_SPLIT", "2")
    of = emulated(name)
    weights = machine.Weights(of, of.sizes(40, units, 1, {}))
    assert machine.Memory(weights, 2, 64, keep=keep).way == way


@pytest.mark.parametrize("first", ["larger than 1", "one of many", "NaN"])
def test_states_that_do_not_fit_digits(first):
    """They go in parts, with the same bits as if all did, and what is none of these in float32."""
    given = given_in_float32("lstm", (1, 40, 40, 128, 1))
    h = given.states["h"]
    h[...] = {"larger than 1": h * 3, "one of many": np.eye(40, 128), "NaN": h / np.abs(h).max()}[first]
    h[7, 9] = np.nan if first == "NaN" else h[7, 9]
    (_, parts), (way, digits) = (forward("lstm", given, setting) for setting in "12")
    assert way == 2
    np.testing.assert_array_equal(digits, parts)


# ---------------------------------------------------------------------- what stays in float32


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan, 3e38, 1e17, 1e-30, 1e-40])
@pytest.mark.parametrize("place", ["x", "states", "weight_ih", "weight_hh", "d_outputs"])
def test_numbers_that_are_no_sum_of_parts(place, number, monkeypatch):
    """The results are those of products in float32, also where only one step, or one matrix, has such numbers."""
    given = given_in_float32("lstm", (3, 33, 40, 48, 1))
    of = chosen(derive.catalogue["lstm"])
    with np.errstate(all="ignore"):
        if place == "states":
            given.states["h"][7, :] = 0 if abs(number) < 1 else given.states["h"][7, :]
            given.states["h"][7, 3] = number
        elif place.startswith("weight"):
            given.parameters[place][5, :] = 0
            given.parameters[place][5, 3] = number
        else:
            array = getattr(given, place)
            array[1, 7, :] = 0 if abs(number) < 1 else array[1, 7, :]
            array[1, 7, 3] = number
        found = []
        for setting in "01":
            monkeypatch.setenv("DERIVE_SPLIT", setting)
            found.append(Run(emulated("lstm"), of, given).answer())
    float32, parts = found
    for ours, theirs in (
        (parts.outputs, float32.outputs),
        (parts.d_x, float32.d_x),
        *((parts.states[s], float32.states[s]) for s in "hc"),
        *((parts.d_parameters[n], float32.d_parameters[n]) for n in float32.d_parameters),
    ):
        np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
        fine = np.isfinite(theirs)
        with np.errstate(all="ignore"):
            size = np.abs(np.where(fine, theirs, 0)).max()
            assert (np.abs(ours - theirs)[fine] <= 2e-5 * size).all()


def test_which_calls_go_in_parts(monkeypatch):
    """Those of 32 sequences a thread and more, in float32, of wide layers, of matrices that are not in bfloat16."""
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    of = emulated("lstm")

    def goes(batch: int, threads: int = 1, inputs: int = 40, units: int = 48, **more: Any) -> bool:
        weights = machine.Weights(of, of.sizes(inputs, units, 1, {}), **more)
        return machine.Memory(weights, 2, batch, threads=threads).way == 1

    assert goes(32)
    assert not goes(31)
    assert goes(32, inputs=3)
    assert not goes(64, units=31)
    assert not goes(64, narrow=True)
    monkeypatch.setenv("DERIVE_SPLIT", "0")
    assert not goes(32)


def test_without_a_unit_nothing_does(monkeypatch):
    """Whatever is asked for: on this processor if it has none, and in float64."""
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    has = "amx_bf16" in Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else False
    for double in (True, False):
        of = compiled(chosen(derive.catalogue["lstm"]), double=double)
        weights = machine.Weights(of, of.sizes(40, 48, 1, {}))
        assert machine.Memory(weights, 2, 64).way <= (has and not double)


def test_the_same_bits(monkeypatch):
    """For one number of threads, from call to call and after packing again."""
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    of, given = chosen(derive.catalogue["gru"]), given_in_float32("gru", (4, 70, 40, 48, 1))
    first, second = (Run(emulated("gru"), of, given, threads=2).answer() for _ in range(2))
    np.testing.assert_array_equal(first.outputs, second.outputs)
    for n in first.d_parameters:
        np.testing.assert_array_equal(first.d_parameters[n], second.d_parameters[n])


# ---------------------------------------------------------------------- trials


FAULTS = {
    "a wrong tile": ("TILE_MULTIPLY(3, 5, 7)", "TILE_MULTIPLY(3, 4, 7)"),
    "a part that is missing": ("load_rows(rows, A + MIDDLE, next);", "load_rows(rows, A + LOW, next);"),
    "a sum that is not zero": ("    TILE_ZERO(2);\n", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_unit_that_is_not_as_documented(fault, monkeypatch):
    """Products in parts that are further from the true ones than float32's are off in this process; it is said once."""
    texts, (right, wrong) = machinery(), FAULTS[fault]
    assert texts["parts.h"].count(right) == 1
    of = chosen(derive.catalogue["lstm"])
    monkeypatch.setenv("CC", f"{REAL} -DEMULATE_TILES")
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    faulty = machine.Machine(
        {**texts, "parts.h": texts["parts.h"].replace(right, wrong)}, module_text(of), double=False
    )
    given = given_in_float32("lstm", (3, 40, 40, 48, 1))
    with pytest.warns(RuntimeWarning, match="off in this process: .* DERIVE_SPLIT=0") as said:
        runs = [Run(of_process, of, given) for of_process in (faulty, emulated("lstm"), faulty)]
    assert len(said) == 1
    assert not any(run.memory.way for run in runs)
    assert_agree(runs[0].answer(), reference(of)[1](given), TOLERANCE[False])


@pytest.mark.filterwarnings("error")
def test_matrices_that_hardly_fit_digits(monkeypatch):
    """The random rows of a trial may be too uneven beside them; that is no disagreement."""
    texts, of = machinery(), chosen(derive.catalogue["lstm"])
    monkeypatch.setenv("CC", f"{REAL} -DEMULATE_TILES")
    monkeypatch.setenv("DERIVE_SPLIT", "2")
    strict = {**texts, "digits.h": texts["digits.h"].replace("#define UNEVEN 44", "#define UNEVEN 9")}
    assert strict != texts
    hardly = machine.Machine(strict, module_text(of), double=False)
    given = given_in_float32("lstm", (3, 40, 40, 128, 1))
    run = Run(hardly, of, given, keep=False)
    assert run.memory.way == 2
    np.testing.assert_array_equal(run.forward()[0], forward("lstm", given, "1")[1])


def test_a_trial():
    """Times all ways, in turn: digits are for wide layers whose state is bounded, without a pass backwards."""
    of = emulated("lstm")
    for units, keep, ways in ((40, True, 2), (40, False, 2), (130, True, 2), (130, False, 3)):
        shape = (*of.sizes(33, units, 1, {}), 32, 1, keep, ways - 1)
        found = of.trial(shape, 3)
        assert [len(of_time) for of_time in found] == [ways] * 3
        assert all(0 < seconds < 60 for of_time in found for seconds in of_time)
        assert of.trial(shape, 0) == []


class Stub:
    """A machine whose trials give these seconds."""

    address = 1

    def __init__(self, folder: Path, *seconds: list[list[float]] | None) -> None:
        self.file, self.seconds, self.asked = str(folder / "library.so"), list(seconds), []
        (folder / choices.MANIFEST).write_text("{}")

    def trial(self, shape, times):
        self.asked.append(times)
        found = self.seconds.pop(0) if times else []
        if isinstance(found, Exception):
            raise found
        return found


SLOWER, FASTER = [[1.0, 2.0]] * 3, [[3.0, 2.0]] * 3
SHAPE = (40, 48, 1), 64, 2, True, 1


def another_process() -> None:
    choices._chosen.clear()


def test_the_medians_of_some_processes_decide(tmp_path):
    """Each adds its own until there are enough; within a process a choice stays."""
    stub = Stub(tmp_path, [[1.0, 2.0], [1.0, 2.0], [9.0, 0.1]], *[FASTER] * 9)
    found = []
    for _ in range(choices.TRIALS + 2):
        another_process()
        found.append(choices.way_of(stub, *SHAPE))
        assert choices.way_of(stub, *SHAPE) == found[-1]
    assert found == [0, 0, *[1] * choices.TRIALS]
    assert stub.asked == [choices.TIMES] * choices.TRIALS + [0, 0]
    (kept,) = tmp_path.glob("timings-*")
    assert json.loads(kept.read_text())["medians"] == [[1.0, 2.0], *[[3.0, 2.0]] * (choices.TRIALS - 1)]


def test_shapes_are_told_apart(tmp_path):
    stub = Stub(tmp_path, *[FASTER, SLOWER] * 4)
    sizes, batch, threads, keep, last = SHAPE
    others = ((40, 64, 1), batch, threads, keep), (sizes, 128, threads, keep), (sizes, batch, 1, keep)
    for k, shape in enumerate([SHAPE, *((*other, last) for other in others)]):
        assert choices.way_of(stub, *shape) == (k % 2 == 0)
    assert choices.way_of(stub, sizes, batch + 1, threads, keep, last)  # as many rows of a thread, nearly
    assert len(stub.asked) == 4
    assert [choices._rows(n) for n in (32, 47, 48, 63, 64, 95, 96, 130, 200, 255, 5000)] == [
        32, 32, 48, 48, 64, 64, 96, 128, 192, 192, 256,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b" " * 70000 + b"{}",
        b"[" * 100000,
        b"[]",
        b'{"shape": 3, "medians": 4}',
        b'{"medians": [[1, 2]]}',
    ],
)
def test_a_damaged_file_is_ignored(damage, tmp_path):
    stub = Stub(tmp_path, SLOWER, FASTER)
    assert not choices.way_of(stub, *SHAPE)
    (kept,) = tmp_path.glob("timings-*")
    kept.write_bytes(damage)
    another_process()
    assert choices.way_of(stub, *SHAPE)
    assert json.loads(kept.read_text())["medians"] == [[3.0, 2.0]]


@pytest.mark.parametrize("found", [MemoryError("no memory"), []])
def test_what_could_not_be_timed_goes_in_float32(found, tmp_path):
    """No memory for a second layer, or fewer threads than there were: nothing is kept, and nobody is warned."""
    stub = Stub(tmp_path, found, FASTER)
    assert choices.way_of(stub, *SHAPE) == 0
    assert not list(tmp_path.glob("timings-*"))
    another_process()
    assert choices.way_of(stub, *SHAPE) == 1


def test_threads_at_once_wait_for_one_trial(tmp_path):
    class Slow(Stub):
        at_once = most = 0

        def trial(self, shape, times):
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            time.sleep(0.01)
            self.at_once -= 1
            return super().trial(shape, times)

    stub = Slow(tmp_path, *[FASTER] * 16)
    sizes, batch, threads, keep, last = SHAPE
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: choices.way_of(stub, sizes, batch << n % 2, threads, keep, last), range(16)))
    assert found == [1] * 16
    assert (len(stub.asked), stub.most) == (2, 1)


def test_the_fastest_of_three(tmp_path):
    sizes = *SHAPE[:-1], 2
    assert choices.way_of(Stub(tmp_path, [[3.0, 2.0, 1.0]] * 3), *sizes) == 2
    another_process()
    assert choices.way_of(Stub(tmp_path, [[3.0, 0.5, 9.0]] * 3), *sizes) == 1


@pytest.mark.parametrize(
    "pair", [[-1, 2], [10**400, 2], [0, 2], [math.nan, 2], [1, math.inf], [1], ["a", 2], [1, 2, 3], None]
)
def test_numbers_that_are_no_timings_are_ignored(pair, tmp_path):
    stub = Stub(tmp_path, SLOWER, FASTER)
    choices.way_of(stub, *SHAPE)
    (kept,) = tmp_path.glob("timings-*")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "medians": [pair] * 5}))
    another_process()
    assert choices.way_of(stub, *SHAPE)


def test_a_file_of_another_shape_or_a_link_is_ignored(tmp_path):
    stub = Stub(tmp_path, SLOWER, FASTER, FASTER)
    choices.way_of(stub, *SHAPE)
    (kept,) = tmp_path.glob("timings-*")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "shape": [1, 2]}))
    another_process()
    assert choices.way_of(stub, *SHAPE)
    kept.rename(tmp_path / "other")
    kept.symlink_to(tmp_path / "other")
    another_process()
    assert choices.way_of(stub, *SHAPE)
    assert not kept.is_symlink()


def test_timings_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    stub = Stub(tmp_path, SLOWER, FASTER, FASTER)
    choices.way_of(stub, *SHAPE)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def fails(*_, **__):
        raise OSError("no space left")

    for name in ("replace", "fdopen"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fails)
            another_process()
            choices.way_of(stub, *SHAPE)
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert stub.asked == [choices.TIMES] * 3


def test_nothing_is_kept_where_no_library_is(tmp_path):
    stub = Stub(tmp_path, FASTER)
    (tmp_path / choices.MANIFEST).unlink()
    assert choices.way_of(stub, *SHAPE)
    assert not list(tmp_path.iterdir())


def test_the_switch(tmp_path, monkeypatch):
    stub = Stub(tmp_path, SLOWER)
    monkeypatch.setenv("DERIVE_SPLIT", "0")
    assert not choices.way_of(stub, *SHAPE)
    assert stub.asked == []
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    assert choices.way_of(stub, *SHAPE) == 1
    monkeypatch.setenv("DERIVE_SPLIT", "2")
    assert choices.way_of(stub, *SHAPE) == 1
    assert choices.way_of(stub, *SHAPE[:-1], 2) == 2
    assert stub.asked == [0, 0, 0]
    monkeypatch.delenv("DERIVE_SPLIT")
    assert not choices.way_of(stub, *SHAPE)


# ---------------------------------------------------------------------- layers


def test_layers_of_pytorch(monkeypatch):
    """By the ordinary way and the short one, with the same bits; forwards and backwards, against nn.LSTM in float64."""
    torch = pytest.importorskip("torch")
    both_ways = pytest.importorskip("both_ways")
    monkeypatch.setenv("CC", f"{REAL} -DEMULATE_TILES")
    monkeypatch.setenv("DERIVE_SPLIT", "1")
    both_ways.machines._compiled.cache_clear()
    memories = []
    begin = both_ways.machine.Memory.__init__

    def watched(self, *arguments, **named):
        begin(self, *arguments, **named)
        memories.append(self)

    monkeypatch.setattr(both_ways.machine.Memory, "__init__", watched)
    try:
        torch.manual_seed(0)
        of, other = both_ways.lstm.Layer(36, 48, 2), torch.nn.LSTM(36, 48, 2, dtype=torch.float64)
        other.load_state_dict({n: t.double() for n, t in of.state_dict().items()})
        x = torch.randn(5, 64, 36)
        ways = [both_ways.trained(of, x) for _ in range(3)]
    finally:
        both_ways.machines._compiled.cache_clear()
    assert len(memories) >= 4
    assert all(memory.way == 1 for memory in memories)
    for a, b in itertools.pairwise(ways):
        assert all(torch.equal(p, q) for p, q in zip(a, b, strict=True))
    both_ways.assert_same([t.double() for t in ways[0]], both_ways.trained(other, x.double()), 2e-5)
