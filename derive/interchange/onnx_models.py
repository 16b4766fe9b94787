"""ONNX models as they are read: their recurrent nodes, wherever in a model they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from derive.errors import DeriveError, shortened, shown


class Node(NamedTuple):
    """A node, the tensors that are constants where it stands, and what computes the others."""

    proto: Any
    constants: Mapping[str, Any]
    makers: Mapping[str, str]


def require_onnx() -> Any:
    """The package. Raises DeriveError where it is not installed."""
    try:
        import onnx
    except ModuleNotFoundError:
        raise DeriveError("files of ONNX need onnx, which is not installed: pip install 'derive-cells[onnx]'") from None
    return onnx


def read_model(path: Path) -> Any:
    """The model of a file, with its external data. Raises DeriveError for a file that is none."""
    onnx = require_onnx()
    try:
        return onnx.load(str(path))
    except Exception as e:  # whatever protobuf and the reader of external data raise
        raise DeriveError(
            f"{path} is no ONNX file that can be read ({shortened(e, 300)}); expected .onnx, .keras or .h5"
        ) from None


def recurrent_nodes(model: Any) -> dict[str, Node]:
    """The recurrent nodes of a ``ModelProto``, those of nested graphs and of functions too, by name; by their first
    output where they have no name of their own."""
    found = list(_nodes(model.graph, {}, {}))
    for function in model.functions:
        found += _among(function.node, {}, dict.fromkeys(function.input, f"an input of the function {function.name}"))
    for proto in (node.proto for node in found):
        for text in (proto.name, *proto.input, *proto.output, *(a.name for a in proto.attribute)):
            if not isinstance(text, str):  # protobuf gives the bytes where they are no UTF-8
                raise DeriveError(f"a node of {proto.op_type} has the name {shown(text)}, which is no text")
    often = Counter(node.proto.name for node in found)
    named = {}
    for node in found:
        own = node.proto.name
        name = own if own and often[own] == 1 else next((o for o in node.proto.output if o), own)
        named[name] = node
    return named


def _nodes(graph: Any, constants: Mapping[str, Any], makers: Mapping[str, str]) -> Iterator[Node]:
    constants = {**constants, **{t.name: t for t in graph.initializer}}
    makers = {**makers, **{i.name: "an input of the model" for i in graph.input if i.name not in constants}}
    yield from _among(graph.node, constants, makers)


def _among(nodes: Sequence[Any], constants: dict[str, Any], makers: dict[str, str]) -> Iterator[Node]:
    for node in nodes:
        makers |= dict.fromkeys(node.output, f"computed by {node.op_type}")
        if node.op_type == "Constant":
            constants |= {o: a.t for a in node.attribute if a.name == "value" for o in node.output}
        if node.op_type == "Identity":
            constants |= {o: constants[i] for i, o in zip(node.input, node.output, strict=False) if i in constants}
    for node in nodes:
        if node.op_type in ("LSTM", "GRU", "RNN") and node.domain in ("", "ai.onnx"):
            yield Node(node, constants, makers)
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _nodes(inner, constants, makers)
