"""The graph of an exported step, node by node, as features and matrices."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Expr, Integer, Symbol

from derive.errors import DeriveError
from derive.intake.arrays import settled
from derive.intake.form import BATCH, Stacked, X
from derive.intake.known import Known, needed
from derive.intake.matrices import Chain, Weight, as_tensor, on_matrices
from derive.intake.moves import MOVES, PRODUCTS
from derive.intake.operators import FUNCTIONS, base, function, number
from derive.intake.pieces import Features, Formula, Given, Learned, Piece, Product
from derive.intake.single import ENTERS, LEAVES, MARKS
from derive.intake.tensors import BATCH as BATCH_AXIS
from derive.intake.tensors import FEATURES, Tensor, rows, stacked
from derive.notation.quantity import previous

if TYPE_CHECKING:
    from derive.intake.exported import Exported

_NUMBERS = {"zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1}
_FULL = {"scalar_tensor": 0, "full": 1, "full_like": 1, "new_full": 2}  # with the place of the number
_SHAPED = ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as", "reshape_as")
_EXPANDS = ("expand", "expand_as")
#: What gives its first argument back, in evaluation.
_SAME = ("alias", "clone", "contiguous", "dropout", "lift_fresh_copy", "dropout_", "feature_dropout")
_CAST = ("to", "_to_copy", "type_as")
#: All that is read as it is.
READ = MARKS.union(
    FUNCTIONS,
    MOVES,
    _SAME,
    _SHAPED,
    _CAST,
    _NUMBERS,
    _FULL,
    ("detach", "getitem", "expand", "expand_as", "eye", "copy"),
)


class GraphReader:
    """Reads a step's graph; ``states()`` is what the new states are, in order."""

    def __init__(self, step: Exported) -> None:
        self.step = step
        self.values: dict[Any, Any] = {}
        self.read: set[str] = set()  # the names of the learned tensors that are
        self.fixed: dict[str, Any] = {}  # tensors that are not learned, by name
        self._known = Known()
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
        read = needed(self.step.program.graph)
        for node in self.step.program.graph.nodes:
            if node.op == "output":
                return self._results(node)
            if node.op == "placeholder" and (node in read or node.name in self._users):
                self.values[node] = self._placeholder(node)
            if node.op == "placeholder" or node not in read:
                continue
            known = self._known.made(node)
            self.values[node] = self._in_units(self._unlearned(node, *known) if known else self._computed(node))
            self._name(node, self.values[node])
        raise AssertionError("a graph ends with its output")

    def _in_units(self, value: Any) -> Any:
        """Features of several quantities beside each other, one by one: 4 n of n units."""
        units, n = self.step.units, self.step.hidden_size

        def parts(features: Features) -> Features:
            found: list[Piece] = []
            for p in features:
                many = p.size // n if isinstance(p, Product) and p.size not in units and p.size % n == 0 else 1
                found += [p.part(k * n, (k + 1) * n) for k in range(many)] if many > 1 else [p]
            return tuple(found)

        return value.of(parts) if isinstance(value, Tensor) and FEATURES in value.axes else value

    def _results(self, output: Any) -> list[Features]:
        written_over = len(self.step.program.graph_signature.user_inputs_to_mutate)  # they come first
        found = []
        values = [v for node in output.args[0][written_over:] for v in _apart(self.values[node])]
        for state, value in zip(self.step.states, self.step.form.chosen(values), strict=True):
            if isinstance(value, Tensor) and len(value.axes) > 2:
                value = value.reshaped((BATCH, self.step.sizes[state]), BATCH)
            if not isinstance(value, Tensor) or value.axes != (BATCH_AXIS, FEATURES):
                what = "a number" if isinstance(value, Expr) else "a learned tensor, the same for every sequence"
                raise self._refused("", f"the new {state} is {what}; a state is what the step computes")
            found.append(tuple(map(settled, value.item)))
        return found

    def _placeholder(self, node: Any) -> Any:
        if node.name in self._learned:
            name = self._learned[node.name]
            self.read.add(name)
            if not self.step.program.state_dict[name].requires_grad:
                self.fixed[name] = self.step.program.state_dict[name].detach()
                self._known.found[node] = name, self.fixed[name]
            return self._parameter(node, name)
        if node.name in self._buffers:
            return self._buffer(node, self._buffers[node.name])
        if node.name not in self._users:
            raise self._refused("", f"an input {node.name!r} that is neither a tensor of the step nor a weight")
        name = self.step.form.names[self._users.index(node.name)]
        if name is None:
            return None
        if isinstance(name, Stacked):
            return stacked([self._given_state(n) for n in name], 0)
        if not node.users and name != X and not self._may_be_unread(name):
            what = "input" if name in self.step.form.further else "state"
            raise self._refused("", f"{what} {name!r} is given and never read; leave it out")
        return (
            self._given_state(name) if name in self.step.states else rows((Given(self.step.sizes[name], Symbol(name)),))
        )

    def _given_state(self, name: str) -> Tensor:
        given = (Given(self.step.sizes[name], previous(name)),)
        lengths = self.step.form.axes.get(name, (self.step.sizes[name],))
        return rows(given).reshaped((BATCH, *lengths), BATCH)

    def _may_be_unread(self, state: str) -> bool:
        """An output need not be read again, if there is another state."""
        return len(self.step.form.states) > 1 and state == self.step.form.states[0]

    def _parameter(self, node: Any, name: str) -> Any:
        shape = tuple(node.meta["val"].shape)
        if len(shape) < 2:
            size = node.meta["val"].numel()
            learned = Learned(size, name, np.arange(size))
            return Tensor((FEATURES,) if shape else (), {(): (learned,)})
        return Weight.stored(name, shape)

    def _buffer(self, node: Any, name: str) -> Any:
        """A tensor that is not learned: a number, where all of it are the same; else a vector or a matrix."""
        program = self.step.program
        tensor = program.state_dict.get(name, program.constants.get(name))
        if tensor is not None:
            self._known.found[node] = name, tensor
        return self._unlearned(node, name, tensor)

    def _unlearned(self, node: Any, name: str, tensor: Any) -> Any:
        first = tensor.reshape(-1)[0] if tensor is not None and tensor.numel() else None
        if first is not None and (tensor == first).all() and sum(n > 1 for n in tensor.shape) < 2:
            try:
                return number(first.item())
            except DeriveError as e:
                raise self._refused("", f"the buffer {name!r}: {e}") from None
        if first is None or tensor.dim() > 2 or not tensor.is_floating_point():
            what = "?" if tensor is None else f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
            raise self._refused(
                "", f"the buffer {name!r}, {what}, is not read; what is not learned is a vector or a matrix of floats"
            )
        names = (f"{name} {k}" if k else name for k in range(len(self.fixed) + 1))
        name = next(n for n in names if n not in self.fixed or tensor.equal(self.fixed[n]))
        self.fixed[name] = tensor
        return self._parameter(node, name)

    def _computed(self, node: Any) -> Any:
        if base(node) == "getitem":
            return self.values[node.args[0]][node.args[1]]
        name, arguments = base(node), tuple(self._given(a) for a in node.args)
        if name == "cat":
            arguments = ([_as_features(v, n) for v, n in zip(arguments[0], node.args[0], strict=True)], *arguments[1:])
        options = {k: self._given(v) for k, v in node.kwargs.items()}
        try:
            return self._operator(node, name, arguments, options)
        except DeriveError as e:
            raise self._refused(node.meta.get("stack_trace"), str(e)) from None
        except (AttributeError, TypeError, IndexError, KeyError, ValueError):
            raise self._refused(node.meta.get("stack_trace"), f"{node.target} with {node.args}") from None

    def _operator(self, node: Any, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        value = arguments[0] if arguments else None
        if name in ("detach", "detach_"):
            raise DeriveError("detach() cuts the gradient, and a cell's gradient is that of its equations")
        if name in _CAST:
            return self._cast(node, value)
        if name in _SAME or (name in (*_SHAPED, *_EXPANDS, "squeeze", "unsqueeze") and isinstance(value, Expr)):
            return value
        if isinstance(value, Expr) and name in ("chunk", "split", "split_with_sizes", "unbind", "slice", "select"):
            many = node.meta["val"]
            return (value,) * len(many) if isinstance(many, (list, tuple)) else value
        if name in (ENTERS, LEAVES) and isinstance(value, Tensor):
            return value.of_one() if name == ENTERS else value.of_every()
        if name == "eye":
            return Weight.identity(int(arguments[0]))
        if name in _NUMBERS:
            return Integer(_NUMBERS[name])
        if name in _FULL:
            return number(arguments[_FULL[name]])
        if name == "copy":
            return arguments[1]
        if name in _EXPANDS or name in _SHAPED:
            return self._shaped(node, name, value)
        if name in PRODUCTS and self.step.left and any(isinstance(a, Expr) for a in arguments):
            left = self.step.left[0]
            raise DeriveError(
                f"a weight multiplies what {', '.join(self.step.left)} {'is' if len(self.step.left) == 1 else 'are'} by"
                f' default; if it is a further input, say so: inputs=("{left}",)'
            )
        if name in MOVES:
            return MOVES[name](*arguments, **options)
        if name not in FUNCTIONS:
            raise DeriveError(f"{node.target} is none of the operators that are read")
        if any(isinstance(a, (Weight, Chain)) for a in arguments):
            return on_matrices(name, *arguments, **options)
        return function(name, *arguments, **options)

    def _shaped(self, node: Any, name: str, value: Any) -> Any:
        after = tuple(node.meta["val"].shape)
        if tuple(node.args[0].meta["val"].shape) == after:
            return value
        if name not in _EXPANDS and isinstance(value, Weight):
            return value.reshaped(after)
        value = as_tensor(value)
        return value.expanded(after, BATCH) if name in _EXPANDS else value.reshaped(after, BATCH)

    def _cast(self, node: Any, value: Any) -> Any:
        """Other types of numbers: of a condition 1 and 0; to fewer digits is nothing that an equation says."""
        to, of = node.meta["val"].dtype, node.args[0].meta["val"].dtype
        if str(of) == "torch.bool":
            return function("where", value, 1, 0)
        if str(to) != "torch.float64" and isinstance(value, Tensor):
            raise DeriveError(
                f"a cast to {str(to).removeprefix('torch.')}; equations say nothing of digits: cast outside"
            )
        return value

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
        value = value.item if isinstance(value, Tensor) and len(value.items) == 1 else ()
        if len(value) != 1 or not names:
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


def _as_features(value: Any, node: Any) -> Any:
    """Numbers that are joined with features, each as often as it stands there."""
    if not isinstance(value, Expr):
        return value
    count = int(node.meta["val"].shape[-1])
    return rows((Formula(count, lambda: value, ()),))


def _apart(value: Any) -> list[Any]:
    """What is stacked, one by one."""
    if isinstance(value, Tensor) and len(value.axes) == 3 and isinstance(value.axes[0], int):
        return [value.taken(0, k) for k in range(value.axes[0])]
    return [value]
