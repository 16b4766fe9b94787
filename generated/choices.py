"""How a layer's products go on processors with a matrix unit: by a trial for each shape.

There are three ways: in float32 (0), in parts of bfloat16 (1), and beside these in digits of int8 where an operand is
a state that the cell's equations bound (2). A matrix unit multiplies numbers of bfloat16 many times faster than vectors
multiply those of float32, but how fast depends on the shape, on the processor, and on what else it does. So all ways
are timed, with random numbers, when a machine is first asked for a shape in a process: one after the other, several
times. The medians are kept beside the cell's library in the cache, of the first few processes that came; the medians of
these decide, so that one moment in which the machine was busy does not, and once they are there nothing is timed any
more. A choice holds for the whole process.

A training packs its matrices anew at each step, which is not timed: of a few time steps the choice may be wrong.

Each process also compares products on the unit with those in float32 before it uses it for a shape. If they are
further from the true ones, which those of no processor that is as documented are, it is off in this process, and a
warning says so.

``DERIVE_SPLIT=0`` in the environment turns it off; with 1 or 2 products go that way, untimed, wherever they may.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .compiled import MANIFEST, read

TRIALS = 5  # processes whose medians are kept
TIMES = 7  # that each way is timed by a process
LONGEST = 65536  # bytes of a file of timings
ROWS = 256  # of a thread from which on more make no difference

_chosen: dict[Any, int] = {}
_refused: list[str] = []
_lock = threading.Lock()


def way_of(machine: Any, sizes: Sequence[int], batch: int, threads: int, keep: bool, last: int) -> int:
    """How a machine's products go for a batch that so many threads share; keep: whether a pass backwards follows.
    sizes: as ``Machine.sizes`` gives them; last: of the ways that they may go."""
    if is_off():
        return 0
    setting = os.environ.get("DERIVE_SPLIT", "")
    shape = (*sizes, _rows(batch // threads), threads, int(keep), last)
    key = machine.address, shape, setting
    if key not in _chosen:
        with _lock:  # trials at once would time each other
            if key not in _chosen and not _refused:
                wished = min(int(setting), last) if setting in ("1", "2") else None
                _chosen[key] = _tried(machine, Path(machine.file).parent, shape, wished)
    return 0 if _refused else _chosen[key]


def is_off() -> bool:
    """Whether all products go in float32, by the switch or because the unit was found to be wrong."""
    return os.environ.get("DERIVE_SPLIT", "") == "0" or bool(_refused)


def _renew_lock() -> None:
    """In a forked child: the parent's thread that held it is not there."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _rows(of_thread: int) -> int:
    """The next smaller number of rows of which there are trials: 32, 48, 64, 96, ..."""
    power = 1 << max(5, of_thread.bit_length() - 1)
    return min(ROWS, power + power // 2 if of_thread >= power + power // 2 else power)


def _tried(machine: Any, folder: Path, shape: tuple[int, ...], wished: int | None) -> int:
    kept = [] if wished is not None else kept_medians(folder, shape)
    times = 0 if wished is not None or len(kept) >= TRIALS else TIMES
    try:
        found = machine.trial(shape, times)
    except MemoryError:
        return 0
    if found is None:
        _refuse()
        return 0
    if wished is not None:
        return wished
    if times and not found:  # there are fewer threads now: what was timed says nothing
        return 0
    if times:
        kept = [*kept, [_median(of_way) for of_way in zip(*found, strict=True)]]
        _keep(folder, shape, kept)
    return _fastest(kept)


def _fastest(kept: Sequence[Sequence[float]]) -> int:
    """The way with the smallest median; of equal ones the first."""
    medians = [_median(of_way) for of_way in zip(*kept, strict=True)]
    return medians.index(min(medians))


def _median(of: Sequence[float]) -> float:
    ordered = sorted(of)
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2


def _refuse() -> None:
    """Once."""
    reason = (
        "the matrix unit is off in this process: its products are further from the true ones than those in float32; "
        "DERIVE_SPLIT=0 in the environment turns it off from the beginning"
    )
    if not _refused:
        _refused.append(reason)
        warnings.warn(reason, RuntimeWarning, stacklevel=2)


# ---------------------------------------------------------------------- what is kept


def _file(folder: Path, shape: tuple[int, ...]) -> Path:
    return folder / f"timings-{hashlib.sha256(repr(shape).encode()).hexdigest()[:16]}.json"


def kept_medians(folder: Path, shape: tuple[int, ...]) -> list[list[float]]:
    """Seconds of each way, of the processes before; none where the file is missing, damaged, another's or of another
    shape."""
    try:
        text = read(_file(folder, shape))
        found = json.loads(text) if len(text) <= LONGEST else {}
        medians = [[float(seconds) for seconds in of_process] for of_process in found["medians"]]
        fine = found["shape"] == list(shape) and {len(of_process) for of_process in medians} <= {shape[-1] + 1}
        return medians[:TRIALS] if fine and all(0 < s < math.inf for of in medians for s in of) else []
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return []


def _keep(folder: Path, shape: tuple[int, ...], medians: Sequence[Sequence[float]]) -> None:
    """Writes them whole or not at all; not where the library itself is not kept."""
    text = json.dumps({"shape": list(shape), "medians": list(medians)})
    with suppress(OSError):
        if not (folder / MANIFEST).is_file():
            return
        file, name = tempfile.mkstemp(prefix="timings-", suffix=".new", dir=folder)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as new:
                new.write(text)
            os.replace(name, _file(folder, shape))
        except OSError:
            os.unlink(name)
            raise
