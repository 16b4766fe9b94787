"""Threads of Python, threads of a team, forks and signals; and the machinery under sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compiling import REAL

import derive
from derive.backends.c.files import machinery, module_text, variants

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")

HERE = Path(__file__).parent

# ---------------------------------------------------------------------- in a process of its own

PRELUDE = """
import os, signal, sys, threading, time
import torch
import derive
from derive import build

torch.manual_seed(0)
torch.set_num_threads(3)
LSTM = build(derive.lstm).LSTM
layer = LSTM(32, 64)
x = torch.randn(12, 16, 32)  # shared by the batch
one = torch.randn(12, 1, 32), LSTM(32, 128)  # shared by the units

def gradients(layer, x):
    x = x.clone().requires_grad_()
    output = layer(x)[0]
    return [output.detach(), *torch.autograd.grad(output.square().sum(), [x, *layer.parameters()])]

def same(a, b):
    return all(torch.equal(p, q) for p, q in zip(a, b, strict=True))

def together(count, work):
    threads = [threading.Thread(target=work, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def in_child(work, seconds=30):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(work()).encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        os._exit(0)
    end = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "it hangs"
        time.sleep(0.002)
    os.close(writer)
    return os.read(reader, 10000).decode()
"""


def run(code: str, **environment: str) -> str:
    pytest.importorskip("torch")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + code], env=clean | environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


#: Forks first, then threads of Python, in one process.
FORKS = """
torch.randn(700, 700) @ torch.randn(700, 700)  # PyTorch has threads of its own by now
expected, output = layer(x)[0].detach(), layer(x)[0]
fresh = LSTM(32, 64, dtype=torch.float64)

def close():
    return torch.allclose(layer(x)[0], expected, atol=1e-5)

def back():
    torch.set_num_threads(1)
    output.sum().backward()
    return tuple(layer.weight_hh_l0.grad.shape)

print(in_child(close))
print(in_child(lambda: fresh(x.double())[0].isfinite().all().item()))
print(in_child(lambda: len(gradients(layer, x))))
print(in_child(back))
print(in_child(lambda: in_child(close)))
print(close())
"""
THREADS = """
layers = [layer, *(LSTM(32, 64) for _ in range(3))]
alone = [gradients(m, x) for m in layers]
print(all(same(gradients(m, x), a) for m, a in zip(layers, alone)))
print(same(gradients(one[1], one[0]), gradients(one[1], one[0])))

wrong = []
def work(k):
    for i in range(3):
        n = (k + i) % 4 if k % 2 else 0
        if not same(gradients(layers[n], x), alone[n]):
            wrong.append(k)
together(32, work)
print(wrong)

signals = []
signal.signal(signal.SIGALRM, lambda *_: signals.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
found = [same(gradients(layer, x), alone[0]) for _ in range(40)]
signal.setitimer(signal.ITIMER_REAL, 0)
print(all(found), len(signals) > 3)

for before, after in ((3, 1), (1, 3), (2, 5)):
    torch.set_num_threads(before)
    output = layer(x)[0]
    torch.set_num_threads(after)
    found = torch.autograd.grad(output.square().sum(), list(layer.parameters()))
    print(all(torch.allclose(p, q, atol=1e-3, rtol=1e-4) for p, q in zip(found, alone[0][2:])))

torch.set_num_threads(1)
large, long = LSTM(64, 256), torch.randn(300, 8, 64)
counts, begin, stop = [], threading.Event(), threading.Event()
def count():
    begin.wait()
    while not stop.is_set():
        counts.append(time.monotonic())
        time.sleep(0.0005)
thread = threading.Thread(target=count)
thread.start()
memory = sys.modules["built_by_derive.machine"].Memory
def watched(*a, forward=memory.forward):
    begin.set()
    at = time.monotonic()
    done = forward(*a)
    end = time.monotonic()
    print(any(at < t < end for t in counts))
    return done
memory.forward = watched
with torch.no_grad():
    large(long)
stop.set()
thread.join()
"""


@pytest.fixture(scope="module")
def found() -> list[str]:
    return run(FORKS + THREADS).splitlines()


def test_forked_children(found):
    """They run alone: what was begun before the fork and what begins after it, a layer that has run and a type that has
    not, and a child of a child."""
    assert found[:6] == ["True", "True", "6", "(256, 64)", "True", "True"]


def test_threads_of_python_and_signals(found):
    """32 at once, on one layer and on many; while signals arrive; the number of threads changed in between. Others run
    in the middle of a single call."""
    assert found[6:] == ["True", "True", "[]", "True True", *["True"] * 4]


def test_fewer_threads_than_are_asked_for():
    """The runtime may give a call fewer: it is done by one thread then."""
    code = """
few = [gradients(layer, x), gradients(one[1], one[0])]
torch.set_num_threads(1)
alone = [gradients(layer, x), gradients(one[1], one[0])]
print(all(same(a, b) for a, b in zip(few, alone)))
"""
    assert run(code, OMP_THREAD_LIMIT="1") == "True"


# ---------------------------------------------------------------------- sanitizers


@pytest.mark.parametrize(
    "flags", [(), ("-DDOUBLE",), ("-DPLAIN",), ("-DEMULATE_TILES",)], ids=["float", "double", "plain", "in parts"]
)
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_sanitizers(sanitizer, flags, tmp_path):
    """``threads.c`` with cells whose threads share products by axes, sums over the units, and phases of products; where
    a matrix unit is emulated, products of 99 sequences go in parts."""
    for name, text in machinery().items():
        (tmp_path / name).write_text(text)
    shutil.copy(HERE / "threads.c", tmp_path)
    cells = {
        (): "mlstm",
        ("-DDOUBLE",): "layer_norm_lstm",
        ("-DPLAIN",): "gru_d",
        ("-DEMULATE_TILES",): "gru_reset_before",
    }
    (tmp_path / "cell.c").write_text(module_text(variants(derive.catalogue[cells[flags]])[0].cell))
    options = ["-g", "-O0", "-march=native", "-std=gnu11", "-fno-math-errno", "-fno-sanitize-recover=all"]
    command = [
        REAL,
        *options,
        f"-fsanitize={sanitizer}",
        *flags,
        "threads.c",
        "cell.c",
        "-o",
        "run",
        "-lpthread",
        "-lm",
    ]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if made.returncode and "cannot find" in made.stderr:
        pytest.skip(f"the compiler has no sanitizer: {made.stderr.splitlines()[0]}")
    assert made.returncode == 0, made.stderr
    done = subprocess.run([str(tmp_path / "run")], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "right\n", "")
