"""Work on several things at once, in as many processes as there are processors."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context
from typing import Any, Protocol, TypeVar

from derive.errors import DeriveError

A = TypeVar("A")
B = TypeVar("B")

WORTH_IT = 4  # things fewer than that are worked on one by one
_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None  # what a forked process finds
_computes = threading.Event()  # set while it is within the function


class Each(Protocol):
    """What gives ``function(item)`` of each item, in their order: ``map`` does, and ``side_by_side``."""

    def __call__(self, function: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]: ...


def side_by_side(function: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]:
    """``function(item)`` of each item, in their order; what it gives must be such that pickle takes it.

    The processes are forked, so that they have all that is imported and known here. They are none where the system has
    no fork, where this process has other threads, which may hold locks that no fork lets go of, or is such a process
    itself, and for one processor: then this is ``map``. They end with this process, however that ends.

    Raises DeriveError where the system ends one of them.
    """
    count = min(_processors(), len(items))
    if count < 2 or len(items) < WORTH_IT or not _may_fork():
        yield from map(function, items)
        return
    global _work
    _work = (function, items)
    reader, writer = os.pipe()
    try:
        with ProcessPoolExecutor(count, get_context("fork"), _begin, (reader, writer)) as pool:
            try:
                given: Iterable[tuple[Any] | None]
                try:
                    given = pool.map(_one, range(len(items)))
                except OSError:  # the system starts no more processes
                    given = [None] * len(items)
                for item, found in zip(items, given, strict=True):
                    yield found[0] if found else function(item)  # what it raises is raised here: pickle may not take it
            finally:
                os.close(writer)
    except BrokenProcessPool:
        raise DeriveError(
            f"one of the {count} processes that share the work was ended from outside, as the system does where memory "
            "is short; free some, or give the work one processor, which makes it one process: taskset -c 0 derive ..."
        ) from None
    finally:
        os.close(reader)
        _work = None


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    return "fork" in get_all_start_methods() and threading.active_count() == 1 and _work is None


def _begin(reader: int, writer: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process says when it ends
    os.close(writer)
    threading.Thread(target=_end_when_closed, args=(reader,), daemon=True).start()


def _end_when_closed(reader: int) -> None:
    """End this process once nobody waits for it: who started it has closed the pipe, or was killed."""
    os.read(reader, 1)
    _computes.wait(1)  # no result is cut off: the rest of it would be waited for
    os._exit(1)


def _one(k: int) -> tuple[Any] | None:
    """What the function gives; None where it raises."""
    assert _work is not None
    function, items = _work
    _computes.set()
    try:
        return (function(items[k]),)
    except Exception:
        return None
    finally:
        _computes.clear()
