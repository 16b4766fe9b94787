"""The file of a module's class: what its lines are called, and on which line something is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from derive.reading import read_file


@dataclass(frozen=True)
class Source:
    """assigned: the names that a line assigns; returned: those of the last return of ``forward``, one after the other;
    unpacked: by an argument's name, what ``forward`` takes it apart into."""

    path: str
    assigned: Mapping[int, tuple[str, ...]]
    returned: tuple[str, ...] = ()
    unpacked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, made: type) -> Source:
        try:
            code = made.forward.__code__  # type: ignore[attr-defined]
            tree = ast.parse(read_file(Path(code.co_filename)))
        except (AttributeError, OSError, SyntaxError, ValueError):
            return cls("", {})
        assigned: dict[int, tuple[str, ...]] = {}
        for node in _assignments(tree):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            assigned |= dict.fromkeys(lines, _names(node.targets[0]))
        forward = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and _begins(n, code)), None)
        if forward is None:
            return cls(code.co_filename, assigned)
        returns = [n for n in ast.walk(forward) if isinstance(n, ast.Return) and n.value is not None]
        returned = tuple(_flat_names(max(returns, key=lambda n: n.lineno).value)) if returns else ()
        unpacked = {
            node.value.id: _names(node.targets[0])
            for node in _assignments(forward)
            if isinstance(node.value, ast.Name) and isinstance(node.targets[0], (ast.Tuple, ast.List))
        }
        return cls(code.co_filename, assigned, returned, unpacked)

    @staticmethod
    def defining(made: type) -> str:
        """The place of its constructor."""
        code = getattr(vars(made).get("__init__"), "__code__", None)
        return f" ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code else ""

    @staticmethod
    def step_of(made: type) -> str:
        """The place of its step, where that is not torch's own."""
        step = getattr(made, "forward", None)
        code = getattr(step, "__code__", None)
        if getattr(step, "__module__", "").startswith("torch."):
            return ""
        return f" ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code else ""

    def line(self, trace: str | None) -> int:
        """The innermost line of this file in a node's trace; 0 where there is none."""
        lines = re.findall(rf'File "{re.escape(self.path)}", line (\d+)', trace or "") if self.path else []
        return int(lines[-1]) if lines else 0

    def found_in(self, text: str) -> str:
        """The place that an error's text speaks of."""
        lines = re.findall(rf'{re.escape(self.path)}(?:", line |:)(\d+)', text) if self.path else []
        return f" ({Path(self.path).name}, line {lines[-1]})" if lines else ""

    def place(self, trace: str | None) -> str:
        line = self.line(trace)
        return f" ({Path(self.path).name}, line {line})" if line else ""


def _assignments(tree: ast.AST) -> Iterator[ast.Assign]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Assign))


def _begins(function: ast.FunctionDef, code: object) -> bool:
    """Whether that code is of the function; a decorator's line is its first one."""
    first = getattr(code, "co_firstlineno", 0)
    return function.name == "forward" and first in (function.lineno, *(d.lineno for d in function.decorator_list))


def _names(target: ast.expr) -> tuple[str, ...]:
    elements = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return tuple(e.id if isinstance(e, ast.Name) else "" for e in elements)


def _flat_names(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, (ast.Tuple, ast.List)):
        for element in value.elts:
            yield from _flat_names(element)
    else:
        yield value.id if isinstance(value, ast.Name) else ""
