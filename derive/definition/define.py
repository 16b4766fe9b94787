"""The ``@cell`` decorator: a cell from a function whose lines read like the paper's equations.

The function's syntax tree is read for names and line numbers; every right-hand side is then evaluated as the Python it
is, with SymPy symbols for the names, under ``sympy.evaluate(False)``. The function is never called.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sympy import Integer, Symbol

from derive.definition.cell import Cell
from derive.definition.complexes import ComplexLine
from derive.definition.declarations import Declarations, kind_of
from derive.definition.evaluation import RightHandSides
from derive.definition.foreign import formulas_alone
from derive.definition.line import Line
from derive.definition.rounds import last_assignments, written_out
from derive.errors import DefinitionError, unknown
from derive.notation.quantity import PREVIOUS, previous
from derive.symbolic.complexes import Complex, parts_of
from derive.symbolic.fixed import constants_in

_ABOUT = ("note", "year", "projection", "nonlinearities")


def cell(
    title: str, *, source: str = "", class_name: str = "", sizes: Mapping[str, Any] | None = None, **about: Any
) -> Callable[[Callable[..., Any]], Cell]:
    """Make a ``Cell`` of a function: its first argument is the input, the names it returns are the states. The default
    of a state (``n=1``) is what it is before the first step, 0 where there is none. A complex state, ``s: complex``, is
    two states, ``s_re`` and ``s_im``.

    title: what the cell is called; source: authors, year, equation numbers; class_name: the generated class. sizes: of
    vectors and further inputs, where they have others than these have by themselves: ``{"dt": 1}`` is one number,
    ``{"context": "memory"}`` a number of units that a layer is told when it is made, ``{"u": ("heads", "key")}`` a
    vector for each head, ``{"A": "value*key"}`` a matrix.
    Further keywords go to ``Cell`` (note, year, projection, nonlinearities).

    Raises DefinitionError naming the line for anything but ``name = expression`` and a final ``return`` of the states.
    Several equations may share a line, ``i, f = expression, expression``; all read what was there before it. Those
    under ``for k in range(3):`` are written out round by round (``derive.definition.rounds``).
    """
    if not isinstance(title, str):
        raise DefinitionError(f'@cell is given {_called(title)}; it wants a title: @cell("My cell")')
    for keyword in about:
        if keyword not in _ABOUT:
            raise DefinitionError(f"@cell: {unknown('keyword', keyword, ('source', 'class_name', 'sizes', *_ABOUT))}")

    def decorate(function: Callable[..., Any]) -> Cell:
        return _DefinitionReader(function).read(title, sizes or {}, source=source, class_name=class_name, **about)

    return decorate


class _DefinitionReader:
    """Reads one function's body."""

    def __init__(self, function: Callable[..., Any]) -> None:
        try:
            lines, first = inspect.getsourcelines(function)
        except OSError:
            raise DefinitionError(
                f"the source of {function.__name__!r} cannot be read (a plain prompt keeps none);"
                " put the cell in a file, or use Cell.from_equations"
            ) from None
        except TypeError:  # a class, a cell
            raise DefinitionError(f"@cell stands before {_called(function)}; it wants a plain function") from None
        self.function = function
        self.file = Path(function.__code__.co_filename).name
        self.first = first
        tree = _parsed(lines)
        if not isinstance(tree, ast.FunctionDef) or tree.name != function.__name__:
            raise self.fail(
                tree, "@cell wants a plain function: `def my_cell(x, h):`, with no other decorator below it"
            )
        self.tree = tree
        self.names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        self.right_hand_sides = RightHandSides(tree, self.file, self.names)

    def where(self, node: ast.AST) -> str:
        return f" ({self.file}, line {self.first + getattr(node, 'lineno', 1) - 1})"

    def fail(self, node: ast.AST, message: str) -> DefinitionError:
        return DefinitionError(f"cell {self.function.__name__!r}{self.where(node)}: {message}")

    def read(self, title: str, sizes: Any, **about: Any) -> Cell:
        arguments = self._arguments()
        returned = self._states()
        given = Declarations(self.function, self.tree, returned, sizes, self.fail)
        declared, further = tuple(given.declared), tuple(given.further)
        pairs = [a.arg for a in arguments if a.arg in returned and kind_of(a) == "complex"]
        states = tuple(part for s in returned for part in (parts_of(s) if s in pairs else [s]))
        names: dict[str, Any] = {arguments[0].arg: Symbol(arguments[0].arg)} | {i.name: i.symbol for i in further}
        names |= {s: Complex.named(s, PREVIOUS) if s in pairs else previous(s) for s in returned}
        names |= {p.name: p.symbol for p in declared}
        fixed = {p.name for p in declared} | {i.name for i in further if i.chance}
        with formulas_alone():  # of all equations, as it takes longer than to evaluate one
            found = list(self._lines(names, returned, pairs, fixed))
        complexes = tuple(line for line in found if isinstance(line, ComplexLine))
        lines = [part for line in found for part in (line.parts if isinstance(line, ComplexLine) else [line])]
        used = {s for line in lines for s in line.expr.free_symbols}
        used |= {p for i in further if i.chance for p in i.chance.probability.free_symbols}
        used |= {c for p in declared for c in constants_in(p.fixed)}
        for argument in arguments[1:]:
            if any(p.name == argument.arg and p.symbol not in used for p in declared):
                raise self.fail(argument, f"parameter {argument.arg!r} is never used; use it or drop it")
        about = {"note": inspect.getdoc(self.function) or "", "where": self.where(self.tree), **about}
        about |= {"declared": declared, "further": further, "complexes": complexes}
        about["starts"] = given.starts(states)
        return Cell(self.function.__name__, title, states, tuple(lines), Symbol(arguments[0].arg), **about)

    def _lines(
        self, names: dict[str, Any], states: Sequence[str], pairs: Sequence[str], fixed: set[str]
    ) -> Iterator[Line | ComplexLine]:
        """The equations, those of loops round by round. names: what is known before the first. pairs: the states that
        are complex. fixed: what no round of a loop may have a value of its own of."""
        statements = written_out(self.tree.body, self.names, set(names), self.fail)
        last = last_assignments(statements)
        for k, one in enumerate(statements):
            node = one.node
            if isinstance(node, ast.Assign):
                own = {s for s in states if last.get(s) == k}  # the states that have their new value here
                together = []
                for line, value in self._pairs(node):
                    name = line.target.name
                    if one.suffix and name in fixed:
                        raise line.fail(f"{name!r} is a parameter or a mask, which no round changes", "choose another")
                    line = line if name in own else replace(line, target=Symbol(f"{name}{one.suffix}"))
                    together.append((name, self.right_hand_sides.evaluated(line, value, names, one.counters)))
                for name, made in together:  # as Python: all, then named
                    is_pair = isinstance(made, ComplexLine)
                    if name in states and is_pair != (name in pairs):
                        raise self.fail(
                            node, f"state {name!r} is {_said(is_pair)} here and is declared {_said(not is_pair)}"
                        )
                    names[name] = Complex.named(made.target.name) if is_pair else made.target
                    yield made
            elif node is not self.tree.body[-1] and not _is_docstring(node):
                flow = isinstance(node, (ast.If, ast.While))
                choice = "a choice is a Piecewise, a loop `for k in range(3):`"
                raise self.fail(
                    node, f"expected `name = expression`; {choice if flow else 'a cell is its equations and a return'}"
                )

    def _pairs(self, node: ast.Assign) -> list[tuple[Line, ast.expr]]:
        """The equations of a statement, yet without a formula, each with its expression in Python.

        There is one, or as many as there are names in ``i, f = ..., ...``, each on the line of its own expression.
        """
        left, right = node.targets[0], node.value
        targets, values = [left], [right]
        if isinstance(left, ast.Tuple) and isinstance(right, ast.Tuple):
            targets, values = left.elts, right.elts
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        if len(node.targets) != 1 or not names or not len(names) == len(targets) == len(values):
            raise Line(Symbol(" = ".join(map(_unbracketed, node.targets))), Integer(0), self.where(node)).fail(
                "expected one plain name on the left, or several and as many expressions: `i, f = ..., ...`"
            )
        return [
            (Line(Symbol(name), Integer(0), self.where(node if value is right else value)), value)
            for name, value in zip(names, values, strict=True)
        ]

    def _arguments(self) -> list[ast.arg]:
        """The input, the states and the parameters: plain arguments, of which only parameters have more than a name."""
        given = self.tree.args
        odd = [a for a in (*given.posonlyargs, given.vararg, *given.kwonlyargs, given.kwarg) if a is not None]
        if odd:
            raise self.fail(odd[0], f"argument {odd[0].arg!r} is not a plain one; write no *, ** or / among them")
        if not given.args:
            raise self.fail(self.tree, "no arguments; the first is the input, the others are states and parameters")
        if given.args[0].annotation is not None:
            raise self.fail(
                given.args[0], f"the first argument, {given.args[0].arg!r}, is the input; it has no annotation"
            )
        return given.args

    def _states(self) -> tuple[str, ...]:
        last = self.tree.body[-1]
        value = last.value if isinstance(last, ast.Return) else None
        items = value.elts if isinstance(value, ast.Tuple) else [value]
        names = tuple(i.id for i in items if isinstance(i, ast.Name))
        if not names or len(names) != len(items):
            raise self.fail(last, "the last line has to return the states by name, the output first: `return h, c`")
        for name in names:
            if names.count(name) > 1:
                raise self.fail(last, f"state {name!r} is returned twice; return each once")
        return names


def _parsed(lines: list[str]) -> ast.stmt:
    """The first statement of these lines, however far they stand from the margin; the lines keep their numbers."""
    indented = lines[0][:1].isspace()
    tree = ast.parse("".join(["if True:\n", *lines] if indented else lines))
    inner = tree.body[0]
    if isinstance(inner, ast.If) and indented:
        inner = inner.body[0]
        ast.increment_lineno(inner, -1)
    return inner


def _unbracketed(target: ast.expr) -> str:
    text = ast.unparse(target)
    return text[1:-1] or text if isinstance(target, ast.Tuple) else text


def _called(value: object) -> str:
    return repr(getattr(value, "__name__", getattr(value, "name", value)))


def _said(is_complex: bool) -> str:
    return "complex" if is_complex else "real"


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
