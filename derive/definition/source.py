"""A cell as the Python text that defines it, to be pasted into a file."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Float, Mul, Pow, Rational, Symbol, Tuple
from sympy import __all__ as of_sympy
from sympy.core.symbol import Str
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from derive.errors import DeriveError
from derive.notation.quantity import PREVIOUS, previous
from derive.statements.affine import LinearNode
from derive.statements.base import UnitsNode
from derive.statements.matrix_products import MatrixNode
from derive.statements.over_units import OverUnitsNode
from derive.statements.sizes import heads_of
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import HIDDEN, INPUT, replace, rewrite
from derive.symbolic.fixed import Held, constants_in
from derive.symbolic.initial import Draw
from derive.symbolic.table import Table

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.definition.inputs import Input
    from derive.definition.line import Line


def python_text(cell: Cell) -> str:
    """The ``@cell`` function of a cell, with what it imports.

    A state that is read after its own equation has its previous value kept in an equation of its own before.

    Raises DeriveError for an activation that is defined nowhere but in the reader's own program, or a table.
    """
    printer = _Python(cell)
    kept = _read_late(cell)
    lines = [f"{name} = {state}" for state, name in kept.items()]
    done: set[str] = set()
    for together in _together(cell):
        own = {previous(s): Symbol(kept.get(s, s) if s in done else s) for s in cell.states}
        formulas = [printer.doprint(rewrite(line.expr, own.get)) for line in together]
        lines.append(f"{', '.join(line.target.name for line in together)} = {', '.join(formulas)}")
        done.update(line.target.name for line in together)
    lines.append(f"return {', '.join(cell.states)}")
    plain = [s for s in cell.states if s not in cell.starts]
    started = [f"{s}={start}" for s, start in cell.starts.items()]  # last, as Python wants defaults
    arguments = [cell.input.name, *plain, *(f"{i.name}: input" for i in cell.given)]
    arguments += [*(printer.declaration(p) for p in cell.declared), *map(printer.drawn, cell.draws), *started]
    printer.used["derive"].update({"input"} if cell.given else ())
    head = f"def {cell.name}({', '.join(arguments)}):"
    about = "".join(f", {key}={value!r}" for key, value in _about(cell))
    return "\n".join(
        [
            *printer.imports(),
            "",
            "",
            f"@cell({cell.title!r}{about})",
            head,
            *_documented(cell.note),
            *(f"    {line}" for line in lines),
            "",
        ]
    )


def _about(cell: Cell) -> Iterator[tuple[str, Any]]:
    class_name = "".join(w.capitalize() for w in cell.name.split("_"))
    for key, usual in (
        ("source", ""), ("class_name", class_name), ("year", 0), ("projection", False), ("nonlinearities", ())
    ):  # fmt: skip
        if (value := getattr(cell, key)) != usual:
            yield key, value
    sizes = {i.name: i.size for i in cell.further if i.size != (HIDDEN if i.chance else INPUT)}
    sizes |= {p.name: p.rows for p in cell.declared if p.kind == "vector" and p.rows != HIDDEN}
    if sizes:
        yield "sizes", {name: ast.literal_eval(_size(size)) for name, size in sizes.items()}


def _documented(note: str) -> list[str]:
    if not note:
        return []
    text = note.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return textwrap.indent(f'"""{text}"""', "    ").splitlines()


def _read_late(cell: Cell) -> dict[str, str]:
    """The states whose previous value is read after they have a new one, with a name to keep it under."""
    taken = {line.target.name for line in cell.lines} | {s.name for s in cell.sizes}
    kept: dict[str, str] = {}
    done: set[str] = set()
    for together in _together(cell):
        read = {s for line in together for s in line.expr.free_symbols}
        for state in cell.states:
            if state in done and previous(state) in read and state not in kept:
                names = (f"{state}_{word}" for word in ("old", "before", "last"))
                kept[state] = next(n for n in names if n not in taken)
        done.update(line.target.name for line in together)
    return kept


def _together(cell: Cell) -> Iterator[tuple[Line, ...]]:
    """The equations one by one; the two parts of a complex quantity, which read what was before both, as one."""
    pairs = {re.target: im.target for re, im in (line.parts for line in cell.complexes)}
    waiting = list(cell.lines)
    while waiting:
        line = waiting.pop(0)
        im = waiting[0] if waiting and waiting[0].target == pairs.get(line.target) else None
        yield (line,) if im is None or line.target in im.expr.free_symbols else (line, waiting.pop(0))


class _Python(StrPrinter):
    """Formulas in the words in which a cell is written."""

    printmethod = "_derive_python"  # not how a node prints itself to people

    def __init__(self, cell: Cell) -> None:
        super().__init__({"order": "none"})
        self.decimal = True
        self.used: dict[str, set[str]] = {"derive": {"cell"}, "sympy": set()}

    def imports(self) -> list[str]:
        return [f"from {package} import {', '.join(sorted(names))}" for package, names in self.used.items() if names]

    def declaration(self, parameter: Any) -> str:
        self.used["derive"].add(parameter.word)
        if parameter.fixed is not None:
            return f"{parameter.name}: fixed = {self.fixed(parameter.fixed)}"
        value = parameter.default if parameter.kind == "constant" else parameter.initial
        return f"{parameter.name}: {parameter.kind}" + ("" if value is None else f" = {self._value(value)}")

    def drawn(self, mask: Input) -> str:
        """The declaration of a mask."""
        assert mask.chance is not None
        p = mask.chance.probability
        probability = f'"{p.name}"' if isinstance(p, Symbol) else self._value(p)
        self.used["derive"].update({"bernoulli", "per_sequence"} if mask.chance.per_sequence else {"bernoulli"})
        given = f"per_sequence({probability})" if mask.chance.per_sequence else probability
        return f"{mask.name}: bernoulli = {given}"

    def _value(self, value: Any) -> str:
        """An initial value, in which SymPy would evaluate log(0.3): it is a decimal by itself alone."""
        if isinstance(value, Rational):
            return self._print_Rational(value)
        self.decimal = False
        text = str(self._print(value))
        self.decimal = True
        return text

    def fixed(self, value: Any) -> str:
        """What is not learned; a constant in its formula is a symbol, and a place has a name."""
        if isinstance(value, Tuple):
            return f"({', '.join(map(self.fixed, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, Held):
            return str(self._print(value))
        self.used["derive"].update(s.name for s in value.free_symbols - constants_in(value))
        constants = {s: Symbol(f'Symbol("{s.name}")') for s in constants_in(value)}
        self.used["sympy"].update({"Symbol"} if constants else ())
        return str(self._print(replace(value, constants)))

    def _print_Symbol(self, expr: Symbol) -> str:
        if expr.name.endswith(PREVIOUS):
            raise DeriveError(f"{expr.name} has no name in Python")
        return str(expr.name)

    def _print_Rational(self, expr: Rational) -> str:
        if expr.is_Integer:
            return str(expr)
        if self.decimal and Rational(repr(float(expr))) == expr:
            return repr(float(expr))
        return self._noting("Rational", f"Rational({expr.p}, {expr.q})")

    def _print_Float(self, expr: Float) -> str:
        return repr(float(expr))

    def _print_Function(self, expr: Any) -> str:
        name = expr.func.__name__
        package = "derive" if isinstance(expr, Activation) else "sympy"
        if isinstance(expr, Activation) and (
            isinstance(expr, Table) or not type(expr).__module__.startswith("derive.")
        ):
            raise DeriveError(f"the activation {name} is defined elsewhere: its own text has to be pasted too")
        if package == "sympy" and name not in of_sympy:
            return str(super()._print_Function(expr))
        self.used[package].add(name)
        return f"{name}({self.stringify(expr.args, ', ')})"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        text = str(super()._print_Pow(expr, rational))
        return self._noting("sqrt", text) if "sqrt(" in text else text

    def _print_Piecewise(self, expr: Any) -> str:
        return self._noting("Piecewise", f"Piecewise({', '.join(self._print(tuple(pair)) for pair in expr.args)})")

    def _print_Relational(self, expr: Any) -> str:
        text, name = str(super()._print_Relational(expr)), {"==": "Eq", "!=": "Ne"}.get(expr.rel_op)
        return self._noting(name, text) if name else text

    def _print_Exp1(self, expr: Any) -> str:
        return self._noting("E", "E")

    def _print_Pi(self, expr: Any) -> str:
        return self._noting("pi", "pi")

    def _noting(self, name: str, text: str) -> str:
        self.used["sympy"].add(name)
        return text

    def _print(self, expr: Any, **options: Any) -> str:
        """SymPy's printers go by the names of classes, of which it has others of ours."""
        if isinstance(expr, LinearNode):
            return self._linear(expr)
        if isinstance(expr, UnitsNode) and not isinstance(expr, MatrixNode):
            name, operands = expr.unicode_name, self.stringify(expr.operands, ", ")
            if isinstance(expr, OverUnitsNode) and expr.heads:
                name, operands = expr.function, f"{operands}, heads={_size(expr.heads)}"
            self.used["derive"].add(name)
            return f"{name}({operands})"
        if isinstance(expr, Draw):
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(expr).__name__).lower()
            self.used["derive"].add(name)
            return f"{name}({', '.join(_size(a.name) if isinstance(a, Str) else self._print(a) for a in expr.args)})"
        return str(super()._print(expr, **options))

    def _print_Mul(self, expr: Any) -> str:
        """The factors in their order."""
        args = list(expr.args)
        sign = "-" if args[0] == -1 and len(args) > 1 else ""
        text = ""
        for a in args[1:] if sign else args:
            below = isinstance(a, Pow) and a.exp == -1 and text
            factor = self.parenthesize(a.base if below else a, PRECEDENCE["Mul"], strict=bool(below))
            if a.is_Rational and a > 0:
                factor = self._print(a)
            if below and isinstance(a.base, Mul):
                factor = f"({self._print(a.base)})"
            text += (" / " if below else " * " if text else "") + factor
        return sign + text

    def _print_Max(self, expr: Any) -> str:
        return self._noting("Max", f"Max({self.stringify(expr.args, ', ')})")

    def _print_Min(self, expr: Any) -> str:
        return self._noting("Min", f"Min({self.stringify(expr.args, ', ')})")

    def _linear(self, node: LinearNode) -> str:
        self.used["derive"].add("linear")
        given = [self._print(o) for o in node.operands]
        matrices, bias = node.initial[:-1], node.initial[-1]
        if not node.bias:
            given.append("bias=False")
        elif bias is not None:
            given.append(f"bias={self._value(bias)}")
        if any(m is not None for m in matrices):
            texts = ["None" if m is None else self._value(m) for m in matrices]
            given.append(f"initial={texts[0] if len(texts) == 1 else '(' + ', '.join(texts) + ')'}")
        usual = {"name": "", "size": HIDDEN, "weight": "full", "heads": ""}
        stated = {"name": node.label, "size": node.size, "weight": node.weight, "heads": node.heads}
        given += [f"{key}={_size(value)}" for key, value in stated.items() if value != usual[key]]
        return f"linear({', '.join(given)})"


def _size(size: str) -> str:
    """A number, or a name in quotes; of a vector for each head both."""
    if heads := heads_of(size):
        return f"({_size(heads)}, {_size(size.partition(':')[2])})"
    size = size.replace("×", "*")
    return size if size.isdecimal() else f'"{size}"'
