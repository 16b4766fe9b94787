"""Files of weights as nobody should write them: damaged, made up, larger than they look; each from a seed.

``made(folder, seed)`` writes one and returns its path. Every class of fault comes before any comes twice.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import decimal
import io
import json
import os
import pickle
import random
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

WANTED = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
LARGE = [10**9, 2**31, 2**62, 2**63, 2**70, 10**30, 10**4000]


def state(draw: random.Random, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    """The weights of an nn.LSTM with two inputs and two units, and a tensor that no cell needs."""
    shapes = [(8, 2), (8, 2), (8,), (8,)]
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    found = {n: torch.randn(*s, generator=generator).to(dtype) for n, s in zip(WANTED, shapes, strict=True)}
    return found | {"other": torch.ones(3)}


# ---------------------------------------------------------------------- safetensors


def safetensors(header: Any, data: bytes, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def header(draw: random.Random) -> tuple[dict[str, Any], bytes]:
    entries, data = {}, b""
    for name, tensor in state(draw).items():
        raw = tensor.numpy().tobytes()
        offsets = [len(data), len(data) + len(raw)]
        entries[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    return entries, data


def safetensors_entry(key: str, draw: random.Random) -> bytes:
    entries, data = header(draw)
    values = {
        "dtype": ["BOOL", "C64", "F8_E4M3", "I64", "I32", "F64", "BF16", "F16", "f32", 5, None, "x" * 5000],
        "shape": [
            [10**9, 0], [0, 10**9], [0], [], [-8, -2], [8.0, 2], [True, 16], "82", None, [[8], 2], [2, 8], [16],
            [1] * 70, [1] * 10**5, *([n, n] for n in LARGE), *([n, 0] for n in LARGE),
        ],
        "data_offsets": [
            [0, 0], [4, 68], [64, 0], [-64, 0], [0], None, [0, 64, 128], [0.0, 64.0], ["0", "64"], [10, 74], [0, 1000],
            [0, 10**4000], [True, 64],
        ],
    }  # fmt: skip
    entries[draw.choice(WANTED)][key] = draw.choice(values[key])
    return safetensors(entries, data)


def safetensors_names(draw: random.Random) -> bytes:
    kind = draw.randrange(4)
    if kind == 0:  # one of them twice
        entries, data = header(draw)
        text = json.dumps(entries)[:-1] + ', "weight_ih": ' + json.dumps(entries["weight_ih"]) + "}"
        return safetensors(text.encode(), data)
    names = [f"t{k}" for k in range(20_000)] if kind == 1 else ["n" * 5000, "a\nb\x1b[31m", "\ud800", "", "\0"]
    entries = {n: {"dtype": "U8", "shape": [1], "data_offsets": [k, k + 1]} for k, n in enumerate(names)}
    return safetensors(entries, bytes(len(names)))


def safetensors_header(draw: random.Random) -> bytes:
    entries, data = header(draw)
    deep = b"[" * 10**5
    texts = [b"[]", b"null", b"3", b'"x"', b"{", b"\xff\xfe", deep, b'{"a":' * 10**4, b'{"__metadata__":3}', b"NaN"]
    length = draw.choice([None, None, 2**60, 2**63, 2**64 - 1, 2**31, 0, 7])
    return safetensors(
        draw.choice([*texts, json.dumps(entries).encode()]), data + bytes(draw.choice([0, 1, 9])), length
    )


# ---------------------------------------------------------------------- torch.save


def saved(value: Any, **keys: Any) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        torch.save(value, file, **keys)
    return file.getvalue()


class Calls:
    """What an unpickler calls with what."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def pickled(value: Any) -> bytes:
    """A file as torch.save writes them, of a pickle that it would not write; a Calls(print) is a storage."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, found: Any) -> Any:
            return ("storage", torch.FloatStorage, *found.call[1]) if getattr(found, "call", [0])[0] is print else None

    file = io.BytesIO()
    Pickler(file, protocol=2).dump(value)
    return archive({"data.pkl": file.getvalue(), "data/0": struct.pack("<16f", *range(16))})


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as z:
        for name, content in entries.items():
            z.writestr(f"x/{name}", content)
    return file.getvalue()


def torch_kind(draw: random.Random) -> bytes:
    """One tensor that is not a plain array of real numbers in its usual order."""
    given = state(draw)
    plain = given["weight_ih"]
    repeated = torch.zeros(1).expand(10**7, 1)
    kinds = [
        lambda: torch.zeros(1).expand(8, 2), lambda: repeated, lambda: plain.to_sparse(), lambda: plain.to_sparse_csr(),
        lambda: torch.quantize_per_tensor(plain, 0.1, 0, torch.qint8),
        lambda: torch.quantize_per_channel(plain, torch.ones(8), torch.zeros(8), 0, torch.qint8),
        lambda: torch.nested.nested_tensor([plain, plain[:3]]),
        lambda: torch.nested.nested_tensor([plain, plain[:3]], layout=torch.jagged),
        lambda: plain.to("meta"), lambda: torch.empty(10**9, 10**9, device="meta"), lambda: plain.to(torch.complex64),
        lambda: torch.complex(plain, plain).conj().imag, lambda: plain > 0, lambda: plain.to(torch.float8_e4m3fn),
        lambda: plain.to(torch.uint16), lambda: plain.to(torch.int64), lambda: plain.to(torch.bfloat16),
        lambda: torch.nn.Parameter(plain), lambda: torch.nn.Buffer(plain), lambda: plain.t().contiguous().t(),
        lambda: torch.arange(64.0).as_strided((8, 2), (3, 5), 7), lambda: plain.clone().fill_(torch.nan),
        lambda: plain.t(),
        lambda: torch.ones(8, 2, 1), lambda: torch.ones(()), lambda: torch.ones(0, 2), lambda: torch.ones(2**20, 2),
    ]  # fmt: skip
    with warnings.catch_warnings(action="ignore"):
        given[draw.choice(WANTED)] = draw.choice(kinds)()
    return saved(given, pickle_protocol=draw.choice([2, 2, 3, 4, 5]))


def torch_things(draw: random.Random) -> bytes:
    """What is no tensor, or no state_dict, and classes that a reader must not make."""
    given: dict[Any, Any] = dict(state(draw))
    bomb: Any = ()
    for _ in range(60):
        bomb = (bomb, bomb)
    shared: Any = [0.5]
    for _ in range(60):
        shared = [shared, shared]
    things = [
        None, True, 3, 1.5, 10**400, "text", b"bytes", [1.0, 2.0], {"a": {}}, {1, 2}, shared, bomb,
        decimal.Decimal("1.5"), argparse.Namespace(a=1), collections.Counter("aab"),
        Calls(print, "executed"), Calls(os.getcwd), Calls(bytearray, 10**12), Calls(torch.Tensor, 10**12),
        torch.Size([2, 3]),
        torch.float32, torch.nn.LSTM(2, 2), given["other"].numpy(), float("nan"), {},
    ]  # fmt: skip
    thing = draw.choice(things)
    where = draw.choice(["tensor", "tensor", "all", "key", "beside"])
    if where == "all":
        return saved(thing)
    key = draw.choice(WANTED) if where == "tensor" else "beside"
    with contextlib.suppress(TypeError):  # some are no keys
        if where == "key" and thing is not bomb:
            key = thing
        return saved(given | {key: thing})
    return saved(given | {"beside": thing})


def torch_made_up(draw: random.Random) -> bytes:
    """Descriptions that PyTorch would not write: sizes, strides and offsets beyond what the file holds."""
    rebuild, order = torch._utils._rebuild_tensor_v2, collections.OrderedDict()
    size = draw.choice([(8, 2), (16,), (10**9, 0), (0, 10**9), (-8, 2), (8.0, 2), [8, 2], None, (1,) * 65, *LARGE])
    size = (size, size) if isinstance(size, int) else size
    strides = draw.choice([(2, 1), (2, 1), (1,), (0, 0), (-2, 1), (10**9, 1), (1, 1), (LARGE[-1], 1), "21", None])
    offset = draw.choice([0, 0, 0, 1, 16, -1, 2**62, 10**30, None, 1.0])
    key, numel = draw.choice(["0", "0", "0", "1", "../x", 0]), draw.choice([16, 2**40, -1])
    tensor = Calls(rebuild, Calls(print, key, "cpu", numel), offset, size, strides, False, order)
    if draw.random() < 0.3:
        tensor = Calls(torch._utils._rebuild_parameter, tensor, True, order)
    names = draw.choice([WANTED, WANTED, [f"t{k}" for k in range(20_000)], ["n" * 5000], ["a\nb\x1b[31m"]])
    return pickled(dict.fromkeys(names, tensor))


def torch_pickle(draw: random.Random) -> bytes:
    """Pickles that are long programs, and short ones that make much of little."""
    doubled = b")q\0" + b"h\0\x86q\0" * 60  # a tuple of 2**60 empty ones; to hash or to print it takes for ever
    if draw.random() < 0.4:
        return archive({"data.pkl": b"\x80\x02}" + draw.choice([doubled + b"K\x01s.", b"U\1a" + doubled + b"s."])})
    step = draw.choice([b"}", b"(", b")\x94", b"\x8c\x01a", b"ca\nb\n", b"K\x01", b"2", b"0", b"\x85", b"N\x94"])
    return archive({"data.pkl": b"\x80\x04}" + step * draw.choice([10, 10**4, 10**5, 10**6]) + b"."})


def torch_archive(draw: random.Random) -> bytes:
    """Other archives, other formats."""
    given = state(draw)
    pkl = zipfile.ZipFile(io.BytesIO(saved(given))).read("archive/data.pkl")
    storages = {f"data/{k}": given[n].numpy().tobytes() for k, n in enumerate((*WANTED, "other"))}
    kind = draw.randrange(10)
    if kind == 0:
        return archive({"data.pkl": pkl, **storages, "data/9": bytes(50 * 10**6)}, zipfile.ZIP_DEFLATED)
    if kind == 1:
        return archive({"data.pkl": pkl, **storages}, zipfile.ZIP_BZIP2)
    if kind == 2:
        return archive({"data.pkl": pkl, **{n: b[: draw.randrange(len(b))] for n, b in storages.items()}})
    if kind == 3:
        return archive({"data.pkl": pkl, "data/0": storages["data/0"]})
    if kind == 4:
        with warnings.catch_warnings(action="ignore"):
            return archive({"data.pkl": pkl, **storages}) + archive({"data.pkl": pkl, **storages})
    if kind == 5:
        return saved(given, _use_new_zipfile_serialization=False)
    if kind == 6:
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name in ("storages", "tensors", "pickle", "sys_info"):
                content = pickle.dumps(10**9)
                tar.addfile(tarfile.TarInfo(name), io.BytesIO(content))
        return file.getvalue()
    if kind == 7:
        return pickle.dumps({"weight_ih": Calls(print, "executed")})
    if kind == 8:
        return archive({"nothing": b""})
    return archive({"data.pkl": pkl, **storages, "byteorder": draw.choice([b"big", b"little", b"?"])})


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Cut, or with a few bytes changed."""
    if draw.random() < 0.4:
        return content[: draw.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 10])):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


KINDS = [
    (".safetensors", lambda draw: safetensors_entry("dtype", draw)),
    (".safetensors", lambda draw: safetensors_entry("shape", draw)),
    (".safetensors", lambda draw: safetensors_entry("data_offsets", draw)),
    (".safetensors", safetensors_names),
    (".safetensors", safetensors_header),
    (".safetensors", lambda draw: damaged(safetensors(*header(draw)), draw)),
    (".pt", torch_kind),
    (".pt", torch_kind),
    (".pt", torch_things),
    (".pt", torch_made_up),
    (".pt", torch_made_up),
    (".pt", torch_pickle),
    (".pt", torch_archive),
    (".pt", lambda draw: damaged(saved(state(draw)), draw)),
    (".pt", lambda draw: damaged(torch_made_up(draw), draw)),
]


def made(folder: Path, seed: int) -> Path:
    ending, content = KINDS[seed % len(KINDS)]
    path = folder / f"{seed}{ending}"
    path.write_bytes(content(random.Random(seed)))
    return path
