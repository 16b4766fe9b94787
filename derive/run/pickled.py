"""A pickled ``state_dict`` as data: the names, and what is said of each tensor.

A pickle is a program for a machine with a stack. This machine knows how to put texts, numbers and tuples together, and
which functions of PyTorch describe a tensor. It calls nothing, makes nothing as large as it is told to, and stops after
so many steps; classes and functions are names to it.

Source: ``torch/_utils.py`` and ``torch/_tensor.py`` of PyTorch; ``pickletools`` of Python for the opcodes.
"""

from __future__ import annotations

import pickletools
from collections.abc import Sequence
from typing import Any, NamedTuple

from derive.run.stored import MARKED, META, NESTED, QUANTISED, SPARSE

MOST_STEPS = 1_000_000  # a tensor takes about 35
_DTYPES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
    "ComplexHalf": "complex32", "ComplexFloat": "complex64", "ComplexDouble": "complex128",
}  # fmt: skip
_PUSHED = {
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES",
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT",
}  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TENSOR = ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3")
_FIRST = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch.Size")
_OF_TYPE = "torch._tensor._rebuild_from_type_v2"
_TYPES = ("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")
_TROUBLE = {
    "torch._utils._rebuild_sparse_tensor": SPARSE,
    "torch._utils._rebuild_qtensor": QUANTISED,
    "torch._utils._rebuild_nested_tensor": NESTED,
    "torch.nested._internal.nested_tensor._rebuild_njt": NESTED,
    "torch._utils._rebuild_meta_tensor_no_storage": META,
}


class Global(NamedTuple):
    """A function or a class, by its full name."""

    name: str


class Storage(NamedTuple):
    """The numbers behind a tensor: their dtype ("untyped" where the tensor says it) and the entry that holds them."""

    dtype: str
    key: str


class Described(NamedTuple):
    """A tensor: its numbers, the first of them, and how it walks over them. Nothing is checked yet."""

    dtype: str
    key: str
    offset: Any
    shape: Any
    strides: Any


class Thing(NamedTuple):
    """What is no plain tensor: its class, or what to say after its name."""

    kind: str
    trouble: str = ""


def unpickled(data: bytes) -> Any:
    """What the pickle describes: dicts by their names (the values of other keys are dropped), tuples, texts, numbers,
    Described and Thing.

    Raises ValueError, in words that begin with "it", for a name that stands twice, too many steps and opcodes that a
    state_dict has no use for; for what is no pickle whatever it comes to.
    """
    stack: list[Any] = []
    below: list[list[Any]] = []  # the stacks under the marks
    memo: dict[Any, Any] = {}
    for step, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if step == MOST_STEPS:
            raise ValueError(f"it describes its tensors in more than {MOST_STEPS} steps")
        match opcode.name:
            case name if name in _PUSHED:
                stack.append(argument)
            case name if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "MARK":
                below.append(stack)
                stack = []
            case "TUPLE" | "SETITEMS" | "APPENDS" | "ADDITEMS" | "FROZENSET" as name:
                items, stack = stack, below.pop()
                if name == "SETITEMS":
                    _set(stack[-1], items)
                elif name in ("TUPLE", "FROZENSET"):
                    stack.append(tuple(items) if name == "TUPLE" else Thing("frozenset"))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                size = int(name[-1])
                stack[-size:] = [tuple(stack[-size:])]
            case "GLOBAL":
                stack.append(Global(str(argument).replace(" ", ".")))
            case "STACK_GLOBAL":
                stack[-2:] = [Global(".".join(stack[-2:]))]
            case "REDUCE" | "NEWOBJ":
                stack[-2:] = [_made(*stack[-2:])]
            case "BINPERSID":
                stack[-1] = _storage(*stack[-1])
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST" | "EMPTY_SET" as name:
                stack.append(Thing(name[6:].lower()))
            case "SETITEM":
                _set(stack[-3], stack[-2:])
                del stack[-2:]
            case "BUILD" | "APPEND":
                del stack[-1]
            case "STOP":
                return stack[-1]
            case "PROTO" | "FRAME":
                pass
            case name:
                raise ValueError(f"it has the pickle opcode {name}, which a state_dict has no use for")
    raise ValueError("it is cut short")


def _set(target: Any, items: Sequence[Any]) -> None:
    if not isinstance(target, dict):
        return
    for name, value in zip(items[::2], items[1::2], strict=True):
        if type(name) in (str, int):
            if str(name) in target:
                raise ValueError("it has two tensors of one name")
            target[str(name)] = value


def _storage(kind: str, of: Global, key: str, location: str, size: int) -> Storage:
    if not isinstance(key, str):
        raise TypeError("the name of a storage")
    return Storage(_dtype(of.name.rpartition(".")[2].removesuffix("Storage")), key)


def _dtype(name: str) -> str:
    return _DTYPES.get(name, name.lower())


def _made(of: Any, arguments: Any) -> Any:
    """What a function of PyTorch would make of its arguments."""
    name = of.name if isinstance(of, Global) else type(of).__name__
    if name in _TENSOR:
        storage, offset, shape, strides, _, _, *rest = arguments
        dtype = rest.pop(0).name.removeprefix("torch.") if name == _TENSOR[1] else storage.dtype
        if any(rest):
            return Thing("tensor", MARKED)
        return Described(dtype, storage.key, offset, shape, strides)
    if name in _FIRST:
        return arguments[0]
    if name == _OF_TYPE:
        function, kind, given, _ = arguments
        made = _made(function, given)
        return made if kind.name in _TYPES or isinstance(made, Thing) else Thing(kind.name)
    if name == "collections.OrderedDict":
        return {}
    return Thing(name, _TROUBLE.get(name, ""))
