"""Several processes give what one does, in the same order, and raise the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

# A process of its own: a worker of the test run has threads, and so forks none.
SCRIPT = """
import os, time
from derive import processes
from derive.errors import DeriveError

processes._processors = lambda: 3

def square(n):
    time.sleep(0.02 * (n % 3))
    within = processes.side_by_side(lambda k: os.getpid(), range(5))
    return n * n, os.getpid(), [os.getpid() == p for p in within]

def refused(n):
    if n > 2:
        raise DeriveError(f"{n} is too large; give a smaller one")
    return n

squares, pids, within = zip(*processes.side_by_side(square, range(9)))
print(list(squares), len(set(pids) - {os.getpid()}) > 1, all(map(all, within)))
found = []
try:
    for n in processes.side_by_side(refused, range(9)):
        found.append(n)
except DeriveError as e:
    print(found, e)
print([p == os.getpid() for p in processes.side_by_side(lambda n: os.getpid(), range(3))])
"""


def test_what_several_processes_give_comes_in_order_and_the_first_error_is_raised():
    if not hasattr(__import__("os"), "fork"):
        pytest.skip("this system has no fork, so that all is done in one process")
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [
        f"{[n * n for n in range(9)]} True True",
        "[0, 1, 2] 3 is too large; give a smaller one",
        "[True, True, True]",
    ]
    assert not found.stderr
