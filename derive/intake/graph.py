"""The graph of an exported step, node by node, as features and matrices."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import Any

from sympy import Expr, Integer, Symbol

from derive.errors import DeriveError
from derive.intake.exported import Exported
from derive.intake.matrices import Matrix
from derive.intake.operators import FUNCTIONS, MOVES, SAME, base, function, number, on_matrices
from derive.intake.pieces import Features, Given, Learned, Piece
from derive.notation.quantity import previous

_NUMBERS = {"zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1}
_SHAPED = ("view", "reshape", "unsqueeze", "squeeze", "_unsafe_view")
_MULTIPLIED = ("linear", "matmul", "mm", "addmm", "einsum", "t", "transpose", "permute")


class GraphReader:
    """Reads a step's graph; ``states()`` is what the new states are, in order."""

    def __init__(self, step: Exported) -> None:
        self.step = step
        self.values: dict[Any, Any] = {}
        self._named: dict[tuple[int, int], Piece] = {}  # by line and target
        signature = step.program.graph_signature
        self._learned: Mapping[str, str] = signature.inputs_to_parameters
        self._buffers: Mapping[str, str] = {
            **signature.inputs_to_buffers, **signature.inputs_to_lifted_tensor_constants
        }  # fmt: skip
        self._users = list(signature.user_inputs)
        if signature.buffers_to_mutate:
            changed = next(iter(signature.buffers_to_mutate.values()))
            raise self._refused("", f"the buffer {changed!r} is changed by the step: a state is given and returned")

    def states(self) -> list[Features]:
        needed = _needed(self.step.program.graph)
        for node in self.step.program.graph.nodes:
            if node.op == "output":
                return self.step.form.chosen([self.values[n] for n in node.args[0]])
            if node.op == "placeholder" and (node in needed or node.name in self._users):
                self.values[node] = self._placeholder(node)
            if node.op == "placeholder" or node not in needed:
                continue
            self.values[node] = self._computed(node)
            self._name(node, self.values[node])
        raise AssertionError("a graph ends with its output")

    def _placeholder(self, node: Any) -> Any:
        if node.name in self._learned:
            return self._parameter(node, self._learned[node.name])
        if node.name in self._buffers:
            return self._buffer(self._buffers[node.name])
        if node.name not in self._users:
            raise self._refused("", f"an input {node.name!r} that is neither a tensor of the step nor a weight")
        k = self._users.index(node.name)
        if k == 0:
            return (Given(self.step.input_size, Symbol("x")),)
        if not node.users and (k > 1 or len(self.step.given) == 1):  # an output need not be read again
            raise self._refused("", f"state {self.step.given[k - 1]!r} is given and never read; leave it out")
        return (Given(self.step.form.sizes[k - 1], previous(self.step.given[k - 1])),)

    def _parameter(self, node: Any, name: str) -> Any:
        shape = tuple(node.meta["val"].shape)
        as_row = 1 in shape and not any(base(user) in _MULTIPLIED for user in node.users)
        if len(shape) < 2 or (len(shape) == 2 and as_row):
            return (Learned(node.meta["val"].numel(), name),)
        if len(shape) == 2:
            return Matrix.stored(name, shape)
        raise self._refused("", f"the weight {name!r} has shape {list(shape)}; a cell's weights are matrices")

    def _buffer(self, name: str) -> Expr:
        program = self.step.program
        tensor = program.state_dict.get(name, program.constants.get(name))
        if tensor is None or not (tensor == tensor.reshape(-1)[0]).all():
            shape = "?" if tensor is None else list(tensor.shape)
            raise self._refused(
                "", f"the buffer {name!r} of shape {shape} is not learned; a cell has fixed numbers only"
            )
        return number(tensor.reshape(-1)[0].item())

    def _computed(self, node: Any) -> Any:
        if base(node) == "getitem":
            return self.values[node.args[0]][node.args[1]]
        name, arguments = base(node), tuple(self._given(a) for a in node.args)
        options = {k: self._given(v) for k, v in node.kwargs.items()}
        try:
            return self._operator(node, name, arguments, options)
        except DeriveError as e:
            raise self._refused(node.meta.get("stack_trace"), str(e)) from None
        except (TypeError, IndexError, KeyError, ValueError):
            raise self._refused(node.meta.get("stack_trace"), f"{node.target} with {node.args}") from None

    def _operator(self, node: Any, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if name in SAME:
            return arguments[0]
        if isinstance(arguments[0] if arguments else None, Matrix) and name in ("squeeze", "view", "reshape", "select"):
            if name == "select" and arguments[1] == 0:
                return arguments[0].row(arguments[2])
            if name != "select" and arguments[0].shape[0] == 1:
                return arguments[0].row()
        if name in _SHAPED and (_base_shape(node) == _base_shape(node.args[0]) or isinstance(arguments[0][0], Learned)):
            return arguments[0]
        if name == "eye":
            return Matrix.identity(arguments[0])
        if name in _NUMBERS:
            return Integer(_NUMBERS[name])
        if name in ("full", "full_like", "scalar_tensor"):
            return number(arguments[0 if name == "scalar_tensor" else 1])
        if name == "unbind" or name not in {**FUNCTIONS, **MOVES}:
            raise DeriveError(f"{node.target} is none of the operators that are read")
        if name in MOVES:
            return MOVES[name](*arguments, **options)
        if any(isinstance(a, Matrix) for a in arguments):
            return on_matrices(name, *arguments, **options)
        if not any(isinstance(a, tuple) for a in arguments):
            return FUNCTIONS[name](*(a if isinstance(a, Expr) else number(a) for a in arguments), **options)
        return function(name, *arguments, **options)

    def _given(self, argument: Any) -> Any:
        if isinstance(argument, (list, tuple)):
            return [self._given(a) for a in argument]
        if isinstance(argument, float) and self.step.constants:
            return self._hyper(argument)
        return self.values[argument] if hasattr(argument, "op") else argument

    def _hyper(self, value: float) -> Any:
        """A number of the graph as the hyper-parameter that it is, or is 1 minus, or as the product of two."""
        for stand_in, (name, _) in self.step.constants.items():
            symbol = Symbol(name)
            for made, formula in ((stand_in, symbol), (-stand_in, -symbol), (1 - stand_in, 1 - symbol)):
                if value == made:
                    return formula
        for (a, (name, _)), (b, (other, _)) in combinations_with_replacement(self.step.constants.items(), 2):
            if value == a * b:
                return Symbol(name) * Symbol(other)
        return value

    def _name(self, node: Any, value: Any) -> None:
        """A piece is called what the author's line assigns it to; of several names, the one of its turn."""
        source = self.step.source
        line = source.line(node.meta.get("stack_trace"))
        names = source.assigned.get(line, ())
        if not _is_features(value) or len(value) > 1 or not names:
            return
        k = 0
        if len(names) > 1:
            if node.target.__name__ != "getitem" or node.args[1] >= len(names):
                return
            k = node.args[1]
        if (line, k) in self._named:  # a later result of the same line
            self._named[line, k].name.pop()
        self._named[line, k] = value[0]
        value[0].name.append(names[k])

    def _refused(self, trace: str | None, what: str) -> DeriveError:
        place = self.step.source.place(trace) if trace else ""
        return DeriveError(f"{type(self.step.module).__name__}{place}: {what}")


def _needed(graph: Any) -> set[Any]:
    """The nodes of which the results are made."""
    waiting, found = [node for node in graph.nodes if node.op == "output"], set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found


def _base_shape(node: Any) -> tuple[int, ...]:
    return tuple(node.meta["val"].shape)


def _is_features(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Piece)
