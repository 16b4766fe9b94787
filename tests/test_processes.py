"""Several processes give what one does, in the same order, and raise the same; none outlives who started it."""

from __future__ import annotations

import subprocess
import sys

import pytest

# A process of its own: a worker of the test run has threads, and so forks none.
SCRIPT = """
import os, signal, time
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

class Odd(Exception):  # which pickle takes, and cannot make again
    def __init__(self, what, why):
        super().__init__(f"{what} is {why}")

def odd(n):
    raise Odd(n, "odd")

def killed(n):
    os.kill(os.getpid(), signal.SIGKILL)

for function in (odd, killed):
    try:
        list(processes.side_by_side(function, range(9)))
    except Exception as e:
        print(type(e).__name__, e)
reader, writer = os.pipe()  # which all that come from here hold open until they end
if not os.fork():
    for n in processes.side_by_side(square, range(9)):
        os.kill(os.getpid(), signal.SIGKILL)
os.close(writer)
print(os.read(reader, 1), os.wait()[1])

def refuse():
    raise BlockingIOError(11, "Resource temporarily unavailable")

os.fork = refuse
print(list(processes.side_by_side(abs, range(9))))
"""


def test_several_processes_are_as_one():
    if not hasattr(__import__("os"), "fork"):
        pytest.skip("this system has no fork, so that all is done in one process")
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.splitlines() == [
        f"{[n * n for n in range(9)]} True True",
        "[0, 1, 2] 3 is too large; give a smaller one",
        "[True, True, True]",
        "Odd 0 is odd",
        "DeriveError one of the 3 processes that share the work was ended from outside, as the system does where memory"
        " is short; free some, or give the work one processor, which makes it one process: taskset -c 0 derive ...",
        "b'' 9",
        f"{list(range(9))}",
    ]
    assert not found.stderr
