"""How generated Python is laid out: names, tuples and long assignments, as ``ruff format`` leaves them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from derive.definition.cell import Cell
from derive.definition.wellformed import HELPERS, SCANS
from derive.errors import DefinitionError
from derive.symbolic.expressions import HIDDEN

WIDTH = 120
INDENT = 8
#: Names that the generated methods use themselves; a quantity of such a name gets an underscore.
TAKEN = {"self", "x", "p", "a", "bias", "blocks", "states", "math", "torch", "F", "Tensor", "Parameters"}
TAKEN |= {
    "d_states",
    "local",
    "kept",
    "saved",
    "summed",
    *HELPERS,
    *SCANS,
    "along",
    "contract",
    "factors",
    "terms",
    "with_slope",
    "input_wanted",
    "parameters_wanted",
}
TAKEN |= {"l", "O", "I"}  # which linters reject, as easily taken for digits
#: What modules have already: a parameter of such a name would take its place.
_ATTRIBUTES = """
 above activation activation_slope add_module all_steps all_weights apply batch_first bfloat16 bias bidirectional
 buffers c_files call_super_init checkpoint children compile cpu cuda device double drawn dropout dtype dump_patches
 eval extra_repr fixed flatten_parameters float forward from_the_end further get_buffer get_extra_state
 get_parameter get_submodule given_states gradients half hidden_size initial_values input_size ipu kernels
 learn_initial_state leaves_float32 load_state_dict loop masks matrix_states modules mtia named_buffers
 named_children named_modules named_parameters nonlinearity num_layers of_the_input operator options parallel
 parameter_shapes Parameters parameters partials prepare proj_size project_input projection qconfig quantities
 register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
 register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
 register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
 reset_parameters saved scan scan_here self sequential set_extra_state set_submodule share_memory sizes starts
 state_dict state_sizes states step step_backward stream summed T_destination to to_empty trace train training type
 weights width xpu zero_grad
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())


def check_names(cell: Cell) -> None:
    """Raise DefinitionError for a parameter, a size or an input whose name the generated module cannot have."""
    for i in cell.further:
        if i.name in ("hx", "input", "self"):
            raise DefinitionError(
                f"cell {cell.name!r}: {i.name!r} is an argument of every layer's call; give the input another name"
            )
    for size in cell.named_sizes:
        if size in ATTRIBUTES:
            raise DefinitionError(
                f"cell {cell.name!r}: the size {size!r} cannot be an argument of a PyTorch module, which has an"
                " attribute of that name; give it another name"
            )
    for p in cell.parameters:
        name, reason = p.tensor or p.name, ""
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            reason = "is no name for it in Python"
        elif p in cell.declared and name in ATTRIBUTES:
            reason = "is an attribute of every module"
        elif p in cell.declared and p.kind != "constant" and name.startswith(("bias", "weight_")):
            reason = "is a name of weights and biases of affine maps"
        if reason:
            raise DefinitionError(
                f"cell {cell.name!r}: parameter {p.name!r} cannot be in a PyTorch module, where {name!r} {reason};"
                " give it another name"
            )


def identifier(name: str) -> str:
    """A quantity's name as a Python name."""
    name = re.sub(r"\W", "_", name)
    return f"{name}_" if name in TAKEN or keyword.iskeyword(name) else name


def tuple_of(items: Iterable[str]) -> str:
    """``a, b``; of one item ``(a,)``; of none ``()``."""
    parts = list(items)
    return bracketed(parts) if len(parts) < 2 else ", ".join(parts)


def bracketed(items: Iterable[str]) -> str:
    """``(a, b)``, ``(a,)``, ``()``."""
    parts = list(items)
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def returned(items: Sequence[str]) -> list[str]:
    """``return a, b``, one item a line where that is too long."""
    line = f"return {tuple_of(items)}"
    return [line] if INDENT + len(line) <= WIDTH else ["return (", *(f"    {item}," for item in items), ")"]


def returned_pair(first: Sequence[str], second: Sequence[str], name: str) -> list[str]:
    """``return (a, b), (c, d)``; where that is too long, the second tuple has a name and one item a line."""
    line = f"return {bracketed(first)}, {bracketed(second)}"
    if INDENT + len(line) <= WIDTH:
        return [line]
    return [f"{name} = (", *(f"    {item}," for item in second), ")", f"return {bracketed(first)}, {name}"]


def unpacked(names: Sequence[str], value: str) -> list[str]:
    """``a, b = value``, one name a line where that is too long."""
    line = f"{tuple_of(names)} = {value}"
    if INDENT + len(line) <= WIDTH:
        return [line]
    return ["(", *(f"    {name}," for name in names), f") = {value}"]


def constant(name: str, items: Sequence[str]) -> list[str]:
    """``name = ("a", "b")``, one item a line where that is too long."""
    quoted = [f'"{item}"' for item in items]
    line = f"{name} = {bracketed(quoted)}"
    return [line] if 4 + len(line) <= WIDTH else [f"{name} = (", *(f"    {q}," for q in quoted), ")"]


def fits(name: str, value: str, indent: int = INDENT) -> bool:
    """Whether ``name = value`` fits on one line."""
    return indent + len(name) + len(value) + 3 <= WIDTH


def assigned(name: str, value: str, indent: int = INDENT) -> list[str]:
    """``name = value``; what is too long is broken before the signs of a sum, or between the arguments of a call."""
    if fits(name, value, indent):
        return [f"{name} = {value}"]
    sign, inside, end = _opened(value)
    for operators in (r" [+-] ", r" [*/] "):
        terms = _split(inside, operators)
        if len(terms) == 2 and inside == value and (lines := _hugged(f"{name} = {terms[0]} {terms[1]}", indent)):
            return lines
        if len(terms) > 1:
            lines = [inside] if indent + 4 + len(inside) <= WIDTH else terms
            parts = [part for line in lines for part in _term(line, indent + 4)]
            return [f"{name} = {sign}(", *(f"    {part}" for part in parts), f"){end}"]
    head, opened, rest = value.partition("(")
    inside = rest.removesuffix(")")
    if indent + 4 + len(inside) <= WIDTH:
        return [f"{name} = {head}{opened}", f"    {inside}", ")"]
    return [f"{name} = {head}{opened}", *(f"    {part.removeprefix(', ')}," for part in _split(inside, ", ")), ")"]


def _term(line: str, indent: int) -> list[str]:
    """A term of a sum; a call that is too long has its arguments on a line of their own, or each on one."""
    opened = line.find("(")
    whole = opened > 0 and opened + _closing(line[opened:]) == len(line) - 1
    if indent + len(line) <= WIDTH or not whole or not re.search(r"\w$", line[:opened]):
        return [line]
    inside = line[opened + 1 : -1]
    fit = indent + 4 + len(inside) <= WIDTH
    parts = [inside] if fit else [f"{part.removeprefix(', ')}," for part in _split(inside, ", ")]
    return [line[: opened + 1], *(f"    {part}" for part in parts), ")"]


def _hugged(line: str, indent: int) -> list[str]:
    """A line that ends with a bracket, broken where that opens, or around the arguments of its first call, if the parts
    fit; else nothing."""
    opens = [k for k, letter in enumerate(line) if letter == "(" and k + _closing(line[k:]) == len(line) - 1]
    if not opens or not line.endswith(")"):
        return []
    head, inside = line[: opens[0] + 1], line[opens[0] + 1 : -1]
    if indent + max(len(head), 4 + len(inside)) <= WIDTH:
        return [head, f"    {inside}", ")"]
    opened = line.index("(")
    closed = opened + _closing(line[opened:])  # of the first call, whose arguments have a line of their own then
    head, inside, rest = line[: opened + 1], line[opened + 1 : closed], line[closed:]
    return [head, f"    {inside}", rest] if indent + max(len(head), 4 + len(inside), len(rest)) <= WIDTH else []


def argument(name: str, value: str) -> list[str]:
    """``name=value,`` as one of the arguments of a call, broken before the signs of a sum where it is too long."""
    line = f"    {name}={value},"
    if INDENT + len(line) <= WIDTH:
        return [line]
    first, *others = _split(value, r" [+-] ")
    if not others and value.endswith(")"):
        head, _, inside = value[:-1].partition("(")
        lines = [inside] if INDENT + 8 + len(inside) <= WIDTH else _split(inside, r" [+-] ")
        return [f"    {name}={head}(", *(f"        {line}" for line in lines), "    ),"]
    lines = [f"    {name}={first}", *(f"    {term}" for term in others)]
    return [*lines[:-1], f"{lines[-1]},"]


def sliced(name: str, size: str, first: int, number: int, count: int) -> str:
    """Blocks ``first`` to ``first + number`` of the ``count`` blocks of a tensor: all of it, or a slice."""
    last = first + number
    tensor, rows = f"p.{name}", "self.hidden_size"
    if number == count:
        return tensor
    if size != HIDDEN:  # it differs from layer to layer
        cut = f"{tensor}.unflatten(0, ({count}, -1))"
        return f"{cut}[{first}]" if number == 1 else f"{cut}[{first}:{last}].flatten(0, 1)"
    start = "" if first == 0 else f"{first} * {rows}" if first > 1 else rows
    end = "" if last == count else f"{last} * {rows}" if last > 1 else rows
    return f"{tensor}[{start} : {end}]".replace("[ :", "[:").replace(": ]", ":]")


def _opened(text: str) -> tuple[str, str, str]:
    """``-(a + b)`` and ``(a + b).sum()``: what is before, in and after the parentheses; other text is all in."""
    sign = text[: text.startswith("-(")]
    if text.startswith("(", len(sign)):
        close = len(sign) + _closing(text[len(sign) :])
        end = text[close + 1 :]
        if end.startswith(".") or (sign and not end):
            return sign, text[len(sign) + 1 : close], end
    return "", text, ""


def _closing(text: str) -> int:
    """Where the parenthesis closes with which a text begins."""
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0:
            return k
    return len(text)


def _split(text: str, separator: str) -> list[str]:
    """A text cut before every separator that stands in no parentheses or quotes, without the space before it."""
    cuts = []
    for found in re.finditer(separator, text):
        before = text[: found.start()]
        if before.count('"') % 2:
            continue
        if sum(before.count(c) for c in "([") == sum(before.count(c) for c in ")]"):
            cuts.append(found.start())
    return [text[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def is_atom(text: str) -> bool:
    """Whether a method can be called on the text as it is: a name or a call."""
    return re.fullmatch(r"[\w.]+", text) is not None or (
        re.match(r"[\w.]+\(", text) is not None and text.index("(") + _closing(text[text.index("(") :]) == len(text) - 1
    )
