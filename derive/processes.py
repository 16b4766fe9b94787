"""Work on several things at once, in as many processes as there are processors."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")

WORTH_IT = 4  # things fewer than that are worked on one by one
_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None  # what a forked process finds


class Each(Protocol):
    """What gives ``function(item)`` of each item, in their order: ``map`` does, and ``side_by_side``."""

    def __call__(self, function: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]: ...


def side_by_side(function: Callable[[A], B], items: Sequence[A], /) -> Iterator[B]:
    """``function(item)`` of each item, in their order; what it gives and raises must be such that pickle takes it.

    The processes are forked, so that they have all that is imported and known here. They are none where the system has
    no fork, where this process has other threads, which may hold locks that no fork lets go of, or is such a process
    itself, and for one processor: then this is ``map``.
    """
    count = min(_processors(), len(items))
    if count < 2 or len(items) < WORTH_IT or not _may_fork():
        yield from map(function, items)
        return
    global _work
    _work = (function, items)
    try:
        with ProcessPoolExecutor(count, get_context("fork"), _begin) as pool:
            try:
                yield from pool.map(_one, range(len(items)))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    finally:
        _work = None


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    return "fork" in get_all_start_methods() and threading.active_count() == 1 and _work is None


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process says when it ends


def _one(k: int) -> Any:
    assert _work is not None
    function, items = _work
    return function(items[k])
