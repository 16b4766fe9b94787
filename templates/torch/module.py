"""What layers and cells have in common: the constructor, the parameters, and what is asked of a cell's equations.

Sizes: T time steps, B sequences.
"""

from __future__ import annotations

import inspect
import math
import numbers
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from .checks import autocast_dtype

States = tuple[Tensor, ...]

REQUIRED = inspect.Parameter.empty  # in the place of a default


class RecurrentModule(nn.Module):
    """Common to layers and cells: the constructor, the parameters and their initialisation.

    The equations mixed in define what is annotated below. ``project_input`` and ``step`` are ordinary methods: they
    read an option as ``self.nonlinearity``.

    - ``states``: names of the states; the first one is the output.
    - ``starts``: the numbers at which they start where no states are given; none where all start at 0.
    - ``Parameters``: NamedTuple of one layer and direction's tensors in the order of registration, None where absent.
    - ``options``: further arguments of the constructor, with the default or a tuple of all values, the default first.
    - ``initial_values(p)``: fills those of ``p`` that start elsewhere than the rest.
    - ``c_files``: where there are any, the C files of the equations, by what a layer chooses: an activation,
      "projection", both with a space between, or "".
    - ``masks``: what is drawn, by name (``chance.py``).
    - ``sizes``: names of numbers of units that are arguments of the constructor, beside ``hidden_size``.
    - ``all_steps(x, states, p)``: the outputs and final states of a whole sequence, where the states are linear in
      those before; else ``sequential`` says why not.
    - ``fixed``: the names of those of ``Parameters`` that are not learned: buffers, which ``initial_values`` fills.
    - ``of_the_input``: the states that have ``input_size`` features.
    - ``leaves_float32``: whether a step multiplies so much that it may leave that type (``beyond.py``).
    - ``projection``: whether ``proj_size`` is an argument of the layer.
    - ``parameter_shapes(input_size, hidden_size, proj_size=0)``: name to shape in the order of ``Parameters``, without
      what is absent for these sizes. ``bias=False`` drops the names that start with ``bias``.
    - ``state_sizes(hidden_size, proj_size=0)``: the number of features of each state.
    - ``project_input(x, p)``: all that depends on ``x`` alone, as one or more tensors with the leading dimensions of
      ``x``, which are (T, B) in a layer and (B,) in a cell.
    - ``step(a, states, p)``: the states after one time step, ``a`` being ``project_input``'s tensors at that step, and
      the other quantities that the backward pass reads. All leading dimensions are alike to it, as to the three that
      follow.

    The backward pass is theirs too; where there is none, or a subclass changes a step, autograd goes through the loop.

    - ``saved`` and ``summed``: names of what ``partials`` and ``gradients`` read: ``x``, states ("c", before the step
      "c_prev"), and the quantities that ``step`` returns, in the order in which these two first name them.
    - ``partials(saved, p)``: what the steps backwards multiply by, of several steps at once.
    - ``step_backward(d_states, local, p)``: the gradients with respect to the previous states from those with respect
      to the states, ``local`` being ``partials``'s tensors at that step; and what ``gradients`` reads, or None.
    - ``gradients(kept, summed, p, input_wanted, parameters_wanted)``: those of ``x`` and ``p``, for all steps at once.
    """

    states: ClassVar[tuple[str, ...]]
    starts: ClassVar[tuple[float, ...]] = ()
    Parameters: ClassVar[Any]
    options: ClassVar[dict[str, Any]] = {}
    projection: ClassVar[bool] = False
    sizes: ClassVar[tuple[str, ...]] = ()
    masks: ClassVar[dict[str, Any]] = {}
    fixed: ClassVar[tuple[str, ...]] = ()
    of_the_input: ClassVar[tuple[str, ...]] = ()
    leaves_float32: ClassVar[bool] = False
    parameter_shapes: Callable[..., dict[str, tuple[int, ...]]]
    state_sizes: Callable[..., tuple[int, ...]]
    project_input: Callable[[Tensor, Any], tuple[Tensor, ...]]
    step: Callable[[tuple[Tensor, ...], States, Any], tuple[States, tuple[Tensor, ...]]]
    saved: ClassVar[tuple[str, ...]]
    summed: ClassVar[tuple[str, ...]]

    input_size: int
    hidden_size: int
    bias: bool
    proj_size: int = 0
    c_files: ClassVar[dict[str, str]] = {}
    sequential: ClassVar[str] = ""
    all_steps: Callable[[Tensor, States, Any], tuple[Tensor, States]]
    parallel: bool = False  # whether all time steps are computed together
    kernels: bool = True  # whether machines run the equations where they can
    checkpoint: bool = False
    _derived: ClassVar[tuple[type | None, tuple[str, ...]]] = None, ()  # the class of the equations, and its methods

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        owner = next((c for c in cls.__mro__ if "step_backward" in vars(c)), None)
        cls._derived = owner, tuple(name for name, value in vars(owner or type).items() if owner and callable(value))
        # for help() and inspect; a subclass with a constructor of its own shows that one
        cls.__signature__ = None if "__init__" in vars(cls) else cls._signature()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if "proj_size" in kwargs and not self.projection:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        try:
            bound = self._signature().bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
        bound.apply_defaults()
        device, dtype = bound.arguments.pop("device"), bound.arguments.pop("dtype")
        for name, value in bound.arguments.items():
            allowed = self.options.get(name)
            if isinstance(allowed, tuple) and value not in allowed:
                raise ValueError(f"Unknown {name} '{value}'. Select from {' or '.join(map(repr, allowed))}.")
            if isinstance(allowed, float):
                self._check_number(name, value, allowed)
            setattr(self, name, value)
        self._names: dict[str, list[str | None]] = {}
        self._register_parameters(device=device, dtype=dtype)
        self.reset_parameters()

    def _check_number(self, name: str, value: Any, default: float) -> None:
        """Of a constant."""
        is_number = isinstance(value, (numbers.Real, Tensor)) and not isinstance(value, bool)
        if not is_number or (isinstance(value, numbers.Real) and not math.isfinite(value)):
            kind = ValueError if is_number else TypeError
            raise kind(f"{type(self).__name__}: {name} is {value!r}; expected a finite number, such as {default!r}")

    @property
    def width(self) -> int:
        """The features of what is read at a step."""
        return self.input_size

    def above(self, output: Tensor, x: Tensor) -> Tensor:
        """What the next layer reads, of a layer's output and of ``x``, what the first layer reads."""
        return output

    def drawn(self, x: Tensor, pieces: Any = None) -> Tensor:
        """What a layer reads, beside it what it draws: here nothing."""
        return x

    def _count(self, n: int | str | tuple[int | str, ...]) -> int:
        """A number: itself, the argument of that name, or a product of such."""
        if isinstance(n, tuple):
            return math.prod(map(self._count, n))
        return getattr(self, n) if isinstance(n, str) else n

    @classmethod
    def _arguments(cls) -> dict[str, Any]:
        """The constructor's arguments and defaults, in order."""
        raise NotImplementedError

    @classmethod
    def _option_defaults(cls) -> dict[str, Any]:
        return {name: value[0] if isinstance(value, tuple) else value for name, value in cls.options.items()}

    @classmethod
    def _signature(cls) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(k, kind, default=v) for k, v in cls._arguments().items()])

    def _register_parameters(self, **factory: Any) -> None:
        raise NotImplementedError

    def _register(self, name: str, suffix: str, shape: tuple[int, ...], **factory: Any) -> None:
        """What has that name in ``Parameters``, of one layer and direction: a parameter, or a buffer."""
        tensor = torch.empty(shape, **factory)
        if name in self.fixed:
            self.register_buffer(name + suffix, tensor)
        else:
            self.register_parameter(name + suffix, nn.Parameter(tensor))

    def _starting(self, like: Tensor, shapes: Sequence[tuple[int, ...]]) -> States:
        """The states of these shapes as the definition starts them."""
        if not self.starts:
            return tuple([like.new_zeros(shape) for shape in shapes])
        starts = within(autocast_dtype(like) or like.dtype, self.starts)
        return tuple([like.new_full(shape, start) for shape, start in zip(shapes, starts, strict=True)])

    def _learned_states(self) -> dict[str, float]:
        """The parameters that are first values of states, and the numbers at which they start; here none is."""
        return {}

    def _collect(self, suffix: str = "") -> Any:
        """The ``Parameters`` of one layer and direction, looked up by name so that parametrisations and
        ``functional_call`` are seen."""
        own = self._parameters  # getattr takes ten times as long
        names = self._names[suffix]
        return self.Parameters(*[own[n] if n in own else n and getattr(self, n, None) for n in names])

    def _remember_names(self, suffix: str, present: Collection[str]) -> None:
        """Of the parameters of one layer and direction, None for those that it does not have."""
        self._names[suffix] = [name + suffix if name in present else None for name in self.Parameters._fields]

    def prepare(self, p: Any) -> Any:
        """What depends on the parameters ``p`` alone, computed once before the steps, in their place."""
        return p

    @property
    def weights(self) -> str | None:
        """None, or "bfloat16": machines that run the layer round the matrices of weights to bfloat16, two in the
        place of one, and sum in float32. For inference in float32; else a call raises ValueError. PyTorch, step by
        step, takes them as they are."""
        return self.__dict__.get("_weights")

    @weights.setter
    def weights(self, value: str | None) -> None:
        if value not in (None, "bfloat16"):
            raise ValueError(f"weights is {value!r}; expected 'bfloat16' or None, for those that the layer has")
        self.__dict__.pop("_weights", None)
        if value is not None:
            self.__dict__["_weights"] = value

    @property
    def qconfig(self) -> Any:
        """How torch's quantisation was told to treat the module; it has no form of it and leaves it in float."""
        return self.__dict__.get("_qconfig")

    @qconfig.setter
    def qconfig(self, value: Any) -> None:
        self.__dict__["_qconfig"] = value
        warnings.warn(
            f"torch.ao.quantization leaves {type(self).__name__} in floating point: it knows the layers of torch.nn"
            " alone. nn.LSTM is quantised where its own equations are wanted; nn.Linear beside this layer still is.",
            stacklevel=2,
        )

    @qconfig.deleter
    def qconfig(self) -> None:
        self.__dict__.pop("_qconfig", None)

    def initial_values(self, p: Any) -> None:
        """Fill those of ``p``, the parameters of one layer and direction, that start elsewhere; here none does."""

    def reset_parameters(self) -> None:
        """Draw every parameter from U(-1/√hidden_size, 1/√hidden_size), in the order of registration, then fill those
        that the definition starts elsewhere, layer by layer and direction by direction, and the learned first values of
        states. An option that a program has
        made a parameter keeps its value; what a parametrisation makes is as drawn. Values of half precision are worked
        out in single, where 0.999 is not 1."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0.0
        learned = self._learned_states()
        for name, parameter in self.named_parameters():
            if name not in self.options and name not in learned:
                nn.init.uniform_(parameter, -bound, bound)
        with torch.no_grad():
            for suffix in self._names:
                p = self._collect(suffix)
                wide = type(p)(*(t.float() if t is not None and t.dtype.itemsize < 4 else t for t in p))
                self.initial_values(wide)
                for values, parameter in zip(wide, p, strict=True):
                    if values is not parameter:
                        parameter.copy_(values)
                self._check_fixed(p)
            for name, start in learned.items():
                nn.init.constant_(getattr(self, name), start)

    def _check_fixed(self, p: Any) -> None:
        """Raises ValueError for what is not learned and no finite number, with the arguments that may be why."""
        for name in self.fixed:
            values = getattr(p, name)
            if type(values) is Tensor and not values.is_meta and not values.isfinite().all():
                given = ", ".join(f"{k}={getattr(self, k)}" for k in (*self.sizes, *self.options))
                raise ValueError(f"{name} is not learned, and has no finite value in {values.dtype} for {given}")

    def extra_repr(self) -> str:
        """The sizes, then the other arguments where they differ from their defaults."""
        defaults = self._arguments()
        names = [
            *self.sizes,
            "proj_size",
            "num_layers",
            "bias",
            "batch_first",
            "dropout",
            "bidirectional",
            "checkpoint",
        ]
        names += ["learn_initial_state", "parallel", *self.options]
        values = {name: getattr(self, name) for name in names if name in defaults}
        if "bias" in self._parameters:
            values["bias"] = self.bias is not None
        given = [f"{name}={_shown(value)}" for name, value in values.items() if _differs(value, defaults[name])]
        return ", ".join([str(self.input_size), str(self.hidden_size), *given])


def within(dtype: torch.dtype, starts: Sequence[float]) -> list[float]:
    """Numbers at which states start, as near to them as a dtype has some: -1e30 is beyond half precision."""
    numbers = torch.finfo(dtype)
    return [min(max(start, numbers.min), numbers.max) for start in starts]


def lowered(dtype: torch.dtype, tensors: Iterable[Tensor | None]) -> list[Any]:
    """The same in another dtype; what is not there stays None."""
    return [None if t is None else t.to(dtype) for t in tensors]


def _differs(value: Any, default: Any) -> bool:
    return isinstance(value, Tensor) or bool(value != default)


def _shown(value: Any) -> str:
    """An argument on one line; a tensor of several numbers by its size."""
    if not isinstance(value, Tensor):
        return str(value)
    return f"tensor of size {tuple(value.shape)}" if value.dim() or value.is_meta else f"{value.item():.4g}"
