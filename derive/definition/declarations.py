"""What the arguments of a definition are, the first one apart: states, parameters, further inputs, masks.

An annotation says of what kind an argument is; a kind is a method here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

from sympy import Expr, Symbol, evaluate

from derive.definition.fixed import fixed_parameter
from derive.definition.inputs import KINDS, Input, chance_of, sizes_of
from derive.errors import DefinitionError, DeriveError
from derive.exact.numeral import FINITE, machine_rational
from derive.notation.quantity import PREVIOUS
from derive.statements.parameter import Parameter, check_kind
from derive.symbolic.expressions import HIDDEN, INPUT
from derive.symbolic.fixed import EXAMPLES
from derive.symbolic.initial import initial_value

Fail = Callable[[ast.AST, str], DefinitionError]


def kind_of(argument: ast.arg) -> str | None:
    """The word that annotates an argument."""
    return ast.unparse(argument.annotation).strip("'\"").rpartition(".")[2] if argument.annotation else None


class Declarations:
    """The arguments of a function. states: the names that it returns; sizes: those that its decorator declares.

    declared: the parameters; further: the inputs beside the first, masks last. Raises what ``fail`` makes of an
    argument and words.
    """

    def __init__(
        self, function: Callable[..., Any], tree: ast.FunctionDef, states: Sequence[str], sizes: Any, fail: Fail
    ) -> None:
        self.function, self.states, self.fail = function, states, fail
        self.arguments = tree.args.args
        texts = map(ast.unparse, tree.args.defaults[::-1])
        values = (function.__defaults__ or ())[::-1]
        names = [a.arg for a in self.arguments][::-1]
        #: The text of each default, and what Python made of it.
        self.defaults = dict(zip(names, zip(texts, values, strict=True), strict=False))
        others = self.arguments[1:]
        kinds = {a.arg: kind for a in others if a.arg not in states and (kind := kind_of(a)) is not None}
        self.sizes = sizes_of(sizes, kinds, partial(fail, tree))
        self.declared: list[Parameter] = []
        self.further: list[Input] = []
        masks = []
        for argument in others:
            if argument.arg in states:
                self._check_state(argument)
            elif self._checked_kind(argument) == "bernoulli":
                masks.append(argument)  # whose probability may be a constant that stands behind it
            else:
                self._declare(argument)
        missing = [s for s in states if s not in [a.arg for a in others]]
        if missing:
            raise fail(tree, f"state {missing[0]!r} is returned but is no argument; add it after the input")
        self.further += [self._mask(argument, self.constants) for argument in masks]

    @cached_property
    def constants(self) -> dict[str, Expr | None]:
        """The defaults of the constants, wherever they stand among the arguments."""
        found = [a for a in self.arguments[1:] if a.arg not in self.states and kind_of(a) == "constant"]
        return {a.arg: self._constant(a).default for a in found}

    def starts(self, states: Sequence[str]) -> dict[str, Expr]:
        """The initial values of states, which are their defaults."""
        arguments = {a.arg: a for a in self.arguments}
        return {s: self._default(arguments[s], "state") for s in states if s in self.defaults}

    # ------------------------------------------------------------------ whether it is something

    def _check_state(self, argument: ast.arg) -> None:
        name, kind = argument.arg, kind_of(argument)
        if kind == "complex" and name in self.defaults:
            raise self.fail(argument, f"complex state {name!r} has no default; it starts at 0")
        if kind not in (None, "complex"):
            raise self.fail(
                argument, f"{name!r} is returned, so it is a state; it has no annotation, and a default is its"
                f" initial value: {name}=1"
            )  # fmt: skip

    def _checked_kind(self, argument: ast.arg) -> str:
        name, kind = argument.arg, kind_of(argument)
        if kind is None and name.endswith(PREVIOUS) and (state := name.removesuffix(PREVIOUS)) in self.states:
            raise self.fail(
                argument, f"{name!r} is no argument: name it {state}, which is the previous value above the"
                f" line that assigns it"
            )  # fmt: skip
        if kind is None:
            raise self.fail(
                argument, f"argument {name!r} is not returned; return it if it is a state, or annotate it as a"
                f" parameter: `{name}: vector`, `{name}: scalar` or `{name}: constant = 1.0`, or as a further"
                f" input: `{name}: input`"
            )  # fmt: skip
        if kind not in KINDS:
            raise self.fail(
                argument,
                f"parameter {name!r} is annotated {kind!r}; expected vector, scalar, constant or fixed, or input"
                " for a further input"
                + ("; a matrix is part of linear(...): for W x write linear(x)" if kind == "matrix" else ""),
            )
        if kind == "bernoulli" and name not in self.defaults:
            raise self.fail(argument, f"the mask {name!r} needs its probability: `{name}: bernoulli = 0.9`")
        return kind

    # ------------------------------------------------------------------ what it is

    def _declare(self, argument: ast.arg) -> None:
        kind = kind_of(argument)
        if kind == "input":
            self.further.append(self._input(argument))
        else:
            made = {"constant": self._constant, "fixed": self._fixed}.get(str(kind), self._learned)
            self.declared.append(made(argument))

    def _input(self, argument: ast.arg) -> Input:
        if argument.arg in self.defaults:
            raise self.fail(argument, f"the input {argument.arg!r} has no default: what it is comes with each call")
        return Input(Symbol(argument.arg), self.sizes.get(argument.arg, INPUT))

    def _constant(self, argument: ast.arg) -> Parameter:
        name = argument.arg
        if name not in self.defaults:
            raise self.fail(argument, f"constant {name!r} needs a default: `{name}: constant = 1.0`")
        return Parameter(Symbol(name), "constant", default=self._default(argument, "constant"))

    def _learned(self, argument: ast.arg) -> Parameter:
        name, kind = argument.arg, str(kind_of(argument))
        initial = self._default(argument, kind) if name in self.defaults else None
        rows = self.sizes.get(name, HIDDEN) if kind == "vector" else ""
        found = Parameter(Symbol(name), kind, rows, "", name, initial=initial)
        check_kind(lambda *words: self.fail(argument, "; ".join(words)), found)
        return found

    def _fixed(self, argument: ast.arg) -> Parameter:
        """What is not learned; its formula in the author's order, where its names are those of the file."""
        name = argument.arg
        try:
            if name not in self.defaults:
                raise DeriveError(f"write what it is, `{name}: fixed = ...`: {EXAMPLES}")
            text, value = self.defaults[name]
            if "<locals>" not in self.function.__qualname__:
                with evaluate(False):
                    value = eval(text, self.function.__globals__)
            return fixed_parameter(name, value, self.sizes.get(name, ""), self.constants)
        except DeriveError as e:
            raise self.fail(argument, f"{name!r} is fixed; {e}") from None

    def _mask(self, argument: ast.arg, constants: dict[str, Expr | None]) -> Input:
        name = argument.arg
        try:
            chance = chance_of(name, self.defaults[name][1], constants)
        except DefinitionError as e:
            raise self.fail(argument, str(e)) from None
        return Input(Symbol(name), self.sizes.get(name, HIDDEN), chance)

    def _default(self, argument: ast.arg, kind: str) -> Expr:
        """The number that a constant is, where a state starts, or the initial value of what is learned."""
        text, value = self.defaults[argument.arg]
        try:
            return machine_rational(text)  # as it is written: 0.1, 1/3
        except DeriveError:
            pass
        try:
            return initial_value(value) if kind in ("vector", "scalar") else machine_rational(value)
        except DeriveError as e:
            what = f"state {argument.arg!r} starts at" if kind == "state" else f"the default of {argument.arg!r} is"
            why = e if kind in ("vector", "scalar") else f"expected {FINITE}"
            raise self.fail(argument, f"{what} {text}; {why}") from None
