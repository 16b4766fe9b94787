"""What the generated layers are measured beside. Each is a function of x, (T, B, I), that gives y, (T, B, H).

Those of PyTorch and Keras run in this process, ONNX Runtime in one of its own: its threads and PyTorch's would wait for
each other's cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Run = Callable[[Tensor], Tensor]
Size = tuple[int, int, int, int]

_LSTM_ORDER, _GRU_ORDER = (0, 3, 1, 2), (1, 0, 2)  # ONNX has i, o, f, c and z, r, h
KERAS = {"lstm": ("LSTM", {}), "gru": ("GRU", {}), "gru_reset_before": ("GRU", {"reset_after": False})}
TORCHRECURRENT = {"peephole_lstm": "PeepholeLSTM"}
TORCH = {"lstm": nn.LSTM, "gru": nn.GRU}


def missing() -> Iterator[str]:
    """The peers that are not installed."""
    wanted = {"ONNX Runtime": ("onnx", "onnxruntime"), "Keras": ("keras",), "torchrecurrent": ("torchrecurrent",)}
    for name, modules in wanted.items():
        if not all(map(find_spec, modules)):
            yield name


def loop(cell: Any) -> Run:
    """A sequence through a one-step module, as one writes it by hand."""

    def run(x: Tensor) -> Tensor:
        states, outputs = None, []
        for row in x:
            states = cell(row, states)
            outputs.append(states[0] if isinstance(states, tuple) else states)
        return torch.stack(outputs)

    return run


def of_torch(name: str, size: Size, layer: nn.Module) -> nn.Module | None:
    """The module of torch.nn with the parameters of a layer."""
    if name not in TORCH:
        return None
    module = TORCH[name](*size[2:])
    module.load_state_dict(layer.state_dict())
    return module


def of_others(name: str, size: Size) -> Iterator[tuple[str, nn.Module | Any, Run]]:
    """The modules of Keras and torchrecurrent for a cell: what they are called, each with its own parameters."""
    _, batch, features, units = size
    if name in KERAS and find_spec("keras"):
        os.environ["KERAS_BACKEND"] = "torch"
        import keras

        kind, options = KERAS[name]
        layer = getattr(keras.layers, kind)(units, return_sequences=True, **options)
        layer(torch.zeros(batch, 1, features))
        yield "Keras", layer, lambda x: layer(x.transpose(0, 1)).transpose(0, 1)
    if name in TORCHRECURRENT and find_spec("torchrecurrent"):
        import torchrecurrent

        module = getattr(torchrecurrent, TORCHRECURRENT[name])(features, units)
        yield "torchrecurrent", module, lambda x: module(x)[0]


# ---------------------------------------------------------------------- ONNX Runtime


def onnx_node(name: str, layer: Any) -> tuple[str, dict[str, Any], dict[str, np.ndarray]] | None:
    """The operator of a cell, its attributes and its tensors from a layer's parameters; None where there is none."""
    p = {key.removesuffix("_l0"): w.detach().numpy() for key, w in layer.named_parameters()}

    def blocks(w: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
        return np.concatenate([np.split(w, len(order))[k] for k in order])

    if name == "lstm":
        order, kind, attributes = _LSTM_ORDER, "LSTM", {}
    elif name in ("gru", "gru_reset_before"):
        order, kind, attributes = _GRU_ORDER, "GRU", {"linear_before_reset": int(name == "gru")}
    else:
        return None
    if "bias_ih" not in p:
        return None
    both = np.concatenate([blocks(p["bias_ih"], order), blocks(p["bias_hh"], order)])
    return kind, attributes, {"W": blocks(p["weight_ih"], order), "R": blocks(p["weight_hh"], order), "B": both}


class OnnxRuntime:
    """Sessions of ONNX Runtime in a process of its own, which times itself."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = tempfile.TemporaryDirectory()

    def ask(self, **question: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(question), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def load(self, name: str, layer: Any, x: Tensor, threads: int) -> np.ndarray | None:
        """Make this cell the one that is measured; its y."""
        node = onnx_node(name, layer)
        if node is None:
            return None
        file = Path(self.folder.name) / "session.npz"
        np.savez(file, x=x.numpy(), **{key: w[None] for key, w in node[2].items()})
        y = self.ask(kind=node[0], attributes=node[1], file=str(file), units=layer.hidden_size, threads=threads)
        return np.load(y)

    def seconds(self, count: int) -> float:
        """Of each of `count` runs, after one that does not count."""
        return float(self.ask(count=count))

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


def _session(kind: str, attributes: dict[str, Any], arrays: Any, units: int, threads: int) -> Any:
    """A session whose input and output are bound to memory."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node(kind, ["x", "W", "R", "B"], ["y"], hidden_size=units, **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, arrays["x"].shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    weights = [numpy_helper.from_array(arrays[key], key) for key in ("W", "R", "B")]
    model = helper.make_model(
        helper.make_graph([node], "layer", [x], [y], weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input("x", arrays["x"])
    binding.bind_output("y", "cpu")
    return session, binding


def serve() -> None:
    """Answer the questions of ``OnnxRuntime``, one a line."""
    import time

    session = binding = None
    for line in sys.stdin:
        question = json.loads(line)
        if "kind" in question:
            file = question.pop("file")
            session, binding = _session(arrays=np.load(file), **question)
            session.run_with_iobinding(binding)
            np.save(file + ".npy", binding.copy_outputs_to_cpu()[0][:, 0])
            print(json.dumps(file + ".npy"), flush=True)
            continue
        assert session is not None
        session.run_with_iobinding(binding)
        begin = time.perf_counter()
        for _ in range(question["count"]):
            session.run_with_iobinding(binding)
        print((time.perf_counter() - begin) / question["count"], flush=True)


if __name__ == "__main__":
    serve()
