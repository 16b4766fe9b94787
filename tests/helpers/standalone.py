"""Networks in plain C: written, built with every warning an error, run by their own check, and called as a library."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from shell import typed

FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
COMPILERS = [cc for cc in ("gcc", "clang") if shutil.which(cc)]
SIZES = ("--input-size", "3", "--hidden-size", "5")
ARM = ("arm-linux-gnueabihf-gcc", "qemu-arm")


def written(*words: str, folder: Path, measured: bool = False) -> None:
    """measured: whether a compiler says how large the code is."""
    with patch.dict(os.environ, {} if measured else {"CC": "/nowhere/cc"}):
        assert typed("code", *words, "--c", "-o", str(folder)) == 0


def state_dict(module, path: Path) -> str:
    """The module's weights in a file."""
    import torch

    torch.save(module.state_dict(), path)
    return str(path)


def build(
    folder: Path, name: str, compiler: str = COMPILERS[0] if COMPILERS else "", flags: Sequence[str] = ()
) -> Path:
    """The network's check as a program."""
    sources = [f for f in (f"{name}.c", f"{name}_weights.c", f"{name}_check.c") if (folder / f).exists()]
    program = folder / f"check-{compiler}"
    done = compiled(folder, [compiler, *FLAGS, *flags, *sources, "-o", str(program)])
    assert done.returncode == 0, done.stderr
    return program


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)


def compiled(folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def library(folder: Path, names: Sequence[str]) -> ctypes.CDLL:
    """Networks of those names in one library, those that were trained with their numbers."""
    sources = [f"{name}{part}.c" for name in names for part in ("", "_weights")]
    present = [source for source in sources if (folder / source).exists()]
    done = compiled(folder, [COMPILERS[0], *FLAGS, "-shared", "-fPIC", *present, "-o", "networks.so"])
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(folder / "networks.so"))


class Called:
    """A network of a library. bytes: of its state. weights: of its tensors in their order, one layer and direction;
    None of a trained one. Anything before and behind what it may write to is watched."""

    GUARD = 64

    def __init__(self, found: ctypes.CDLL, name: str, size: int, weights: Sequence[np.ndarray] | None = None) -> None:
        self.found, self.name, self.kept = found, name, list(weights or [])
        if weights is None:
            self.weights = ctypes.addressof(ctypes.c_char.in_dll(found, f"{name}_trained"))
        else:
            self.pointers = (ctypes.c_void_p * len(self.kept))(*(w.ctypes.data for w in self.kept))
            self.weights = ctypes.addressof(self.pointers)
        self.memory, self.state = self._guarded(size)
        self._call("reset", self.state)

    def _guarded(self, size: int) -> tuple[np.ndarray, int]:
        memory = np.full(size + 2 * self.GUARD, 0xA5, np.uint8)
        return memory, memory.ctypes.data + self.GUARD

    def _call(self, what: str, *arguments: int) -> None:
        getattr(self.found, f"{self.name}_{what}")(*map(ctypes.c_void_p, arguments))

    def step(self, x: np.ndarray, outputs: int) -> np.ndarray:
        """One step; x is (input_size,)."""
        memory, y = self._guarded(outputs * x.itemsize)
        self._call("step", self.weights, self.state, x.ctypes.data, y)
        return self._unguarded(memory, x.dtype)

    def sequence(self, x: np.ndarray, outputs: int, buffer: int | None = None) -> np.ndarray:
        """(steps, outputs) of (steps, input_size); buffer: so many numbers, where it goes in both directions."""
        memory, y = self._guarded(len(x) * outputs * x.itemsize)
        spare, between = self._guarded((buffer or 0) * x.itemsize)
        self._call(
            "sequence", self.weights, self.state, x.ctypes.data, y, *([] if buffer is None else [between]), len(x)
        )
        self._unguarded(spare, x.dtype)
        return self._unguarded(memory, x.dtype).reshape(len(x), outputs)

    def _unguarded(self, memory: np.ndarray, kind: np.dtype) -> np.ndarray:
        for m in (memory, self.memory):
            assert (m[: self.GUARD] == 0xA5).all()
            assert (m[-self.GUARD :] == 0xA5).all()
        return memory[self.GUARD : len(memory) - self.GUARD].view(kind)
