"""What can be wrong with a cell's definition, apart from the sizes of its formulas, which lowering finds.

Every check raises DefinitionError, naming the equation and the line where they are known.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sympy import E, I, NumberSymbol, Piecewise, S, Symbol, nan, oo, pi, zoo

from derive.errors import DefinitionError, DeriveError, counted, shown, unknown
from derive.exact.numeral import FINITE, machine_rational
from derive.notation.names import Notation
from derive.notation.quantity import PREVIOUS, Quantity, looks_like_weight, previous
from derive.statements.sizes import heads_of
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.expressions import symbols_in_order
from derive.symbolic.fixed import constants_in
from derive.symbolic.initial import Spaced
from derive.symbolic.table import Table

if TYPE_CHECKING:
    from derive.definition.definition import Definition
    from derive.definition.line import Line
    from derive.statements.parameter import Parameter

#: The functions of the machinery's backward.py that generated modules call.
HELPERS = (
    "back_by_head", "by_head", "largest_by_head", "mean_by_head", "outer", "outer_by_head", "parts", "spread", "total",
    "total_by_head",
)  # fmt: skip
#: What they need of ``parallel.py``.
SCANS = ("coupled_scan", "delayed", "linear_scan")
#: What the generated modules call something else.
_TAKEN = {"Cell", "F", "Layer", "NamedTuple", "Parameters", "Recurrent", "Tensor", "Tensors", "torch"}
_TAKEN |= {*HELPERS, *SCANS, "along", "contract", "with_slope"}
#: What ``Cell.from_equations`` hands on to ``Cell``.
_ABOUT = (
    "title", "class_name", "source", "note", "year", "declared", "further", "starts", "projection", "nonlinearities"
)  # fmt: skip


def check_listed(name: object, equations: object, states: object, about: Iterable[str]) -> None:
    """What can be wrong with the arguments of ``Cell.from_equations``."""
    if not isinstance(name, str):
        raise DefinitionError(f"Cell.from_equations: the name is {name!r}, expected a text such as 'my_cell'")
    for what, given, such_as in (("equations", equations, "[Eq(h, ...)]"), ("states", states, "['h', 'c']")):
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise DefinitionError(f"cell {name!r}: {what} is {given!r}, expected a list such as {such_as}")
    for word in about:
        if word not in _ABOUT:
            raise DefinitionError(f"cell {name!r}: {unknown('keyword', word, _ABOUT)}")


def check_names(cell: Definition) -> None:
    """What can be wrong with a definition before its sizes are known."""
    _check_called(cell)
    inputs = [i.name for i in cell.inputs]
    for name in inputs:
        if inputs.count(name) > 1:
            raise cell.fail(f"two inputs are called {name!r}; call one otherwise")
    for name in dict.fromkeys((*inputs, *cell.states, *(p.name for p in cell.declared))):
        if _odd(name):
            raise cell.fail(f"{name!r} {_odd(name)}")
    for p in cell.declared:
        if p.kind == "constant":
            _check_constant(cell, p)
    reserved = {*inputs, *(p.name for p in cell.declared), *(previous(s).name for s in cell.states)}
    targets: set[str] = set()
    for line in cell.lines:
        _check_target(cell, line, targets, reserved)
        targets.add(line.target.name)
        check_formula(line)
    for state in cell.states:
        if state not in targets:
            raise cell.fail(f"state {state!r} is never assigned; add an equation {state} = ...")
    if not cell.states:
        raise cell.fail("no state; name at least one, the output first")
    _check_use(cell)


def _check_called(cell: Definition) -> None:
    """What the cell, its file and its class are called."""
    if not cell.name.isidentifier():
        raise cell.fail("its name cannot be that of a file; write letters, digits and _, such as my_lstm")
    if not isinstance(cell.class_name, str):
        raise cell.fail(f"class_name is {cell.class_name!r}, expected a text such as 'MyLSTM'")
    if not cell.class_name.isidentifier() or keyword.iskeyword(cell.class_name) or cell.class_name in _TAKEN:
        stem = re.sub(r"\W", "", cell.class_name)
        usable = stem if stem.isidentifier() and stem != cell.class_name else f"My{stem}"
        raise cell.fail(
            f"class_name {cell.class_name!r} cannot name a class of the module; give another,"
            f' @cell("...", class_name={usable!r})'
        )


def _check_target(cell: Definition, line: Line, before: Collection[str], reserved: Collection[str]) -> None:
    """The name on the left of an equation. before: those of the equations above it."""
    name = line.target.name
    if _odd(name):
        raise line.fail(f"{name!r} {_odd(name)}")
    if name in before:
        raise line.fail(f"{name!r} is assigned twice", "each name has one equation")
    if name in [i.name for i in cell.draws]:
        raise line.fail(f"{name!r} is a mask that is drawn, and nothing is assigned to it", "choose another name")
    if name in reserved or name.endswith(PREVIOUS):
        raise line.fail(
            f"{name!r} is the name of an input, a parameter or a previous state",
            f"name the state {name.removesuffix(PREVIOUS)}" if name.endswith(PREVIOUS) else "choose another",
        )
    if looks_like_weight(name):
        raise line.fail(f"{name!r} is a name that weights and biases have (W_..., b_...)", "choose another")


def _check_use(cell: Definition) -> None:
    """Equations, parameters and inputs are all read somewhere."""
    used = {s.name for line in cell.lines for s in symbols_in_order(line.expr)}
    parts = [part for line in cell.complexes for part in line.parts]
    of_chance = {p.name for i in cell.draws if i.chance for p in i.chance.probability.free_symbols}
    for line in cell.lines:
        if line.target.name not in used and line.target.name not in cell.states:
            own = "take the part that is in an equation of its own, (...).re or (...).im"
            raise line.fail(
                f"{line.target.name!r} is never used", own if line in parts else "use it or drop the equation"
            )
    in_formulas = {s.name for p in cell.declared for s in constants_in(p.fixed)}
    for name in in_formulas - {p.name for p in cell.constants}:
        raise cell.fail(f"{name} stands in what is not learned, and is no constant of the cell; declare it as one")
    for p in cell.declared:
        if p.name not in used | of_chance | in_formulas:
            raise cell.fail(f"parameter {p.name!r} is never used; use it or drop it")
    drawn = [i.name for i in cell.draws]
    for name in (i.name for i in cell.inputs):
        if name not in used:
            remedy = f"multiply something by it, {name} * h" if name in drawn else f"add linear({name}) to an equation"
            raise cell.fail(f"the {'mask' if name in drawn else 'input'} {name!r} is never used; {remedy}")


def _check_constant(cell: Definition, constant: Parameter) -> None:
    try:
        machine_rational(constant.default)
    except DeriveError:
        raise cell.fail(f"constant {constant.name!r} is {shown(constant.default)}; expected {FINITE}") from None


def check_formula(line: Line) -> None:
    """A formula is a finite real number wherever its functions are defined."""
    if line.expr.has(zoo, nan, oo, -oo):
        raise line.fail("the formula is not finite", "remove the division by zero or the infinity")
    for number in line.expr.atoms(NumberSymbol) - {pi, E}:
        raise line.fail(f"{number} would print as a letter", "write the number itself")
    if line.expr.has(I):
        raise line.fail("the formula is not real", "a cell computes with real numbers only")
    for choice in line.expr.atoms(Piecewise):
        if choice.args[-1].cond is not S.true:
            raise line.fail("a Piecewise has no value where no condition holds", "end it with a pair (value, True)")


def _odd(name: str) -> str:
    """What is wrong with a name that cannot be printed or spelled in a module; empty where there is nothing."""
    if not name.isascii():
        words = unicodedata.name(name[0], "").split()
        spelled = words[-1].lower() if words[:1] == ["GREEK"] else "with the letters a to z"
        return f"has a letter that modules and LaTeX have not; spell it out: {spelled}"
    if not name.isidentifier():
        return "is no name; write letters, digits and _, such as h_tilde"
    if name.startswith("_") or "__" in name:
        return "has a subscript of nothing; write a letter before each _"
    return ""


def check_print(cell: Definition) -> None:
    """Every name looks in print like itself and like no other."""
    if len(cell.heads) > 1:
        raise cell.fail(f"units are cut into {' and into '.join(cell.heads)} heads; a cell has one number of them")
    named = {q.name for q in (*cell.sizes, *(p.symbol for p in cell.parameters))}
    for size in cell.named_sizes:
        if size in named:
            raise cell.fail(f"{size!r} is a size and a quantity; call one of them otherwise")
    quantities = [*(i.name for i in cell.inputs), *(line.target.name for line in cell.lines)]
    parameters = [p.name for p in cell.parameters]
    for name in (p.name for p in cell.declared if parameters.count(p.name) > 1):
        raise cell.fail(f"{name!r} is declared, and a weight of an affine map is called so too; call it otherwise")
    for names in (quantities, parameters):
        alike: dict[str, str] = {}
        for name in names:
            of = [line for line in cell.lines if line.target.name in (name, name.partition("_")[2])]
            fail = of[0].fail if of else lambda *message: cell.fail("; ".join(message))
            if taken_for := cell.notation.misread(name):
                seen = Notation() if Quantity.typed(name).derivative else cell.notation
                raise fail(f"{name!r} prints as {seen.unicode(Symbol(name))}, {taken_for}", "choose another")
            other = alike.setdefault(name.replace("_", ""), name)
            if other != name:
                raise fail(f"{name!r} and {other!r} look alike in print", "choose another")


def check_activations(cell: Definition) -> None:
    """No two activations have one name."""
    known: dict[str, type[Activation]] = dict(ACTIVATIONS)
    for line in cell.lines:
        for function in sorted({type(a) for a in line.expr.atoms(Activation)}, key=lambda f: f.__name__):
            if known.setdefault(function.__name__, function) is not function:
                remedy = (
                    "give one of the tables another name or size"
                    if issubclass(function, Table)
                    else "call yours otherwise"
                )
                raise line.fail(f"another activation is called {function.__name__}, too", remedy)


def check_initial(cell: Definition) -> None:
    """What is spaced over the units of each head has as many parts as the cell cuts these units into."""
    cut = {(p.heads, size) for p in cell.parameters for size in (p.rows, p.cols)}
    cut |= {(getattr(s, "heads", ""), s.size) for s in cell.statements}
    for p in cell.parameters:
        for draw in p.initial.atoms(Spaced) if p.initial is not None else ():
            if draw.heads and (draw.heads, p.rows) not in cut and draw.heads != heads_of(p.rows):
                known = f"; its heads are {cell.heads[0]!r}" if cell.heads else ""
                raise cell.fail(f"{p.name} starts at {p.initial}, and nothing cuts its units so{known}")


def check_states(cell: Definition) -> None:
    """A state has the same size before a step and after it."""
    for line in cell.lines:
        if line.target.name in cell.states:
            before, after = cell.sizes[cell.previous(line.target.name)], cell.sizes[line.target]
            if before != after:
                raise line.fail(
                    f"a state has {counted(before, 'unit')} and this has {after}",
                    "map it with linear(...), or make it an equation that is not a state",
                )
