"""Whether products of float32 go in parts of bfloat16, on processors with a matrix unit: by a trial for each shape.

A matrix unit multiplies numbers of bfloat16 many times faster than vectors multiply those of float32, but how fast
depends on the shape, on the processor, and on what else it does. So both ways are timed, with random numbers, when a
machine is first asked for a shape in a process: one way and the other in turn, several times. The medians are kept
beside the cell's library in the cache, of the first few processes that came; the medians of these decide, so that one
moment in which the machine was busy does not, and once they are there nothing is timed any more. A choice holds for the
whole process.

Each process also compares products in parts with those of float32 before it uses them for a shape. If they are further
from the true ones, which no processor that is as documented does, they are off in this process, and a warning says so.

``DERIVE_SPLIT=0`` in the environment turns them off; ``DERIVE_SPLIT=1`` uses them without timings wherever they may be.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import statistics
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .compiled import MANIFEST, read

TRIALS = 5  # processes whose medians are kept
TIMES = 7  # that each way is timed by a process
ROWS = 256  # of a thread from which on more make no difference

Medians = tuple[float, float]  # seconds: in float32, in parts

_chosen: dict[Any, bool] = {}
_refused: list[str] = []


def in_parts(machine: Any, sizes: Sequence[int], batch: int, threads: int, keep: bool) -> bool:
    """Whether a machine's products go in parts for a batch that so many threads share; keep: whether a pass backwards
    follows. sizes: as ``Machine.sizes`` gives them."""
    setting = os.environ.get("DERIVE_SPLIT", "")
    if setting == "0" or _refused:
        return False
    shape = (*sizes, _rows(batch // threads), threads, keep)
    key = machine.address, shape, setting
    if key not in _chosen:
        folder = Path(machine.file).parent
        _chosen.setdefault(key, _tried(machine, folder, shape, always=setting == "1"))
    return _chosen[key] and not _refused


def _rows(of_thread: int) -> int:
    """The next smaller number of rows of which there are trials: 32, 48, 64, 96, ..."""
    power = 1 << max(5, of_thread.bit_length() - 1)
    return min(ROWS, power + power // 2 if of_thread >= power + power // 2 else power)


def _tried(machine: Any, folder: Path, shape: tuple[int, ...], *, always: bool) -> bool:
    kept = [] if always else kept_medians(folder, shape)
    times = 0 if always or len(kept) >= TRIALS else TIMES
    found = machine.trial(shape, times)
    if found is None:
        _refuse()
        return False
    if always or not times:
        return always or _faster(kept)
    if not found:
        return False
    kept = [*kept, (statistics.median(found[::2]), statistics.median(found[1::2]))]
    _keep(folder, shape, kept)
    return _faster(kept)


def _faster(kept: Sequence[Medians]) -> bool:
    """Whether products in parts are."""
    float32, parts = zip(*kept, strict=True)
    return statistics.median(parts) < statistics.median(float32)


def _refuse() -> None:
    """Once."""
    reason = (
        "products in parts of bfloat16 are off in this process: this processor's are further from the true ones than "
        "those of float32; DERIVE_SPLIT=0 in the environment turns them off from the beginning"
    )
    if not _refused:
        _refused.append(reason)
        warnings.warn(reason, RuntimeWarning, stacklevel=2)


# ---------------------------------------------------------------------- what is kept


def _file(folder: Path, shape: tuple[int, ...]) -> Path:
    return folder / f"timings-{hashlib.sha256(repr(shape).encode()).hexdigest()[:16]}.json"


def kept_medians(folder: Path, shape: tuple[int, ...]) -> list[Medians]:
    """Of the processes before; none where the file is missing, damaged, another's or of another shape."""
    try:
        found = json.loads(read(_file(folder, shape)))
        medians = [(float(a), float(b)) for a, b in found["medians"]]
        fine = found["shape"] == list(shape) and all(0 < s < math.inf for pair in medians for s in pair)
        return medians[:TRIALS] if fine else []
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []


def _keep(folder: Path, shape: tuple[int, ...], medians: Sequence[Medians]) -> None:
    """Writes them whole or not at all; not where the library itself is not kept."""
    text = json.dumps({"shape": list(shape), "medians": [list(pair) for pair in medians]})
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
