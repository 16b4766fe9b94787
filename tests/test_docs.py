"""Everything between fences in README.md and docs/ is run, from top to bottom, in a folder of its own.

- ``python`` with ``>>>`` is a doctest; without, it is run. The names of a document are shared. Where the first line is
  a file's name in a comment (``# my_cells.py``), the fence is that file instead.
- ``toml`` is parsed, and is a file in the same way; ``c`` (``/* main.c */``) is a file. Other ``c`` stands in one of
  the generated files.
- ``sh`` is run; ``make`` only says what it would do, ``pip install`` is not run. The folder has a copy of examples/.
  Where it is ``derive`` or an example and words alone, that is called, without a shell and a process of its own. What a
  compiler makes (``cc``) is not run on a machine without one.
- ``text`` right below an ``sh`` fence is what that prints, ``...`` standing for anything; the exit status may then be
  1 or 2. Elsewhere ``text`` is only text, as is a fence without a language.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

import derive
from derive.commands.cli import main

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:derive|python examples/\w+\.py)(?: [\w./:,=+-]+)*")
FILE = re.compile(r"(?:# ([\w/]+\.(?:py|toml))|/\* (\w+\.c) \*/)\n")


class Fence(NamedTuple):
    """A fence's language, text and line, and the output that is shown right below it."""

    language: str
    text: str
    line: int
    shown: str | None


def fences(document: str) -> list[Fence]:
    """The fences of a document in order."""
    found = list(FENCE.finditer(document))
    result = []
    for k, match in enumerate(found):
        after = found[k + 1] if k + 1 < len(found) else None
        near = after is not None and after[1] == "text" and not document[match.end() : after.start()].strip()
        line = document.count("\n", 0, match.start()) + 2
        result.append(Fence(match[1], match[2], line, after[2] if near and match[1] == "sh" else None))
    return result


class Reader:
    """Works through one document."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.names = {"derive": derive}
        shutil.copytree(ROOT / "examples", folder / "examples")
        for file in ("Makefile", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / file, folder)
        (folder / "bin").mkdir()
        for name, words in {"derive": " -m derive", "python": ""}.items():
            command = folder / "bin" / name
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
            command.chmod(0o755)

    def run(self, fence: Fence) -> None:
        named = FILE.match(fence.text)
        if fence.language == "toml":
            tomllib.loads(fence.text)
        if named and fence.language in ("python", "toml", "c"):
            file = self.folder / (named[1] or named[2])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(fence.text)
        elif fence.language == "python" and ">>>" in fence.text:
            self.doctest(fence)
        elif fence.language == "python":
            self.module(fence)
        elif fence.language == "sh":
            self.shell(fence)
        elif fence.language == "c":
            self.generated(fence)
        elif fence.language not in ("toml", "text", ""):
            pytest.fail(f"{self.path.name}, line {fence.line}: nobody runs a fence of {fence.language!r}")

    def generated(self, fence: Fence) -> None:
        wanted = fence.text.split("\n")
        files = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "generated" / "c").glob("*.c")))
        lines = ("\n".join(line.strip() for line in text.splitlines()) for text in files)
        assert any("\n".join(wanted) in text for text in lines), f"no generated file has these lines: {fence.text}"

    def doctest(self, fence: Fence) -> None:
        test = doctest.DocTestParser().get_doctest(fence.text, self.names, self.path.name, None, fence.line - 1)
        report: list[str] = []
        result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append, clear_globs=False)
        assert result.failed == 0, "".join(report)
        self.names.update(test.globs)

    def module(self, fence: Fence) -> None:
        """Run it as a file, because ``@cell`` reads the source; the names of derive and of the document are there."""
        file = self.folder / f"fence_{fence.line}.py"
        file.write_text(fence.text)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        vars(module).update({k: getattr(derive, k) for k in derive.__all__} | self.names)
        spec.loader.exec_module(module)
        self.names.update({k: v for k, v in vars(module).items() if not k.startswith("__")})

    def shell(self, fence: Fence) -> None:
        lines = [re.sub(r"^make\b", "make -n", line) for line in fence.text.splitlines()]
        if lines[0].startswith("cc ") and not shutil.which("cc"):
            return
        run = self.commands if all(map(COMMAND.fullmatch, lines)) else self.script
        status, found = run([line for line in lines if not line.startswith("pip install")])
        where = f"{self.path.name}, line {fence.line}: exit status {status}\n{found}"
        if fence.shown is None:
            assert status == 0, where
        else:
            assert status in (0, 1, 2), where
            assert doctest.OutputChecker().check_output(fence.shown, found, FLAGS), f"{where}\nshown:\n{fence.shown}"

    def commands(self, lines: list[str]) -> tuple[int, str]:
        """The exit status and the output of commands of derive and of examples, up to the first that fails."""
        out, err = io.StringIO(), io.StringIO()
        status = 0
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, COLUMNS="100"),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            for words in map(str.split, lines):
                try:
                    status = self.example(words) if words[0] == "python" else main(words[1:])
                except SystemExit as e:
                    status = int(str(e.code))
                if status:
                    break
        return status, out.getvalue() + err.getvalue()

    def example(self, words: list[str]) -> int:
        with (
            mock.patch.object(sys, "argv", words[1:]),
            mock.patch.object(sys, "path", [str(ROOT / "examples"), *sys.path]),
        ):
            runpy.run_path(words[1], run_name="__main__")
        return 0

    def script(self, lines: list[str]) -> tuple[int, str]:
        """The exit status and the output of lines for a shell, up to the first that fails."""
        paths = [str(self.folder / "bin"), os.environ["PATH"]]
        environment = os.environ | {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
        command = ["bash", "-ec", "\n".join(lines)]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_fence_is_true(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [n for n in sys.modules if n.partition(".")[0] == "model"]:  # of another folder of generated code
        monkeypatch.delitem(sys.modules, name)
    known = set(sys.modules)
    reader = Reader(path, tmp_path)
    for fence in fences(path.read_text()):
        reader.run(fence)
    for name in set(sys.modules) - known:  # the next document's folder has others of these names
        if (getattr(sys.modules[name], "__file__", "") or "").startswith(str(tmp_path)) or name == "model":
            del sys.modules[name]


def test_links_lead_to_files() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


WRONG = {
    "doctest": "```python\n>>> 1 + 1\n3\n```\n",
    "code": "```python\nraise ValueError\n```\n",
    "shell": "```sh\nfalse\n```\n",
    "output": "```sh\necho a\n```\n\n```text\nb\n```\n",
    "toml": "```toml\na = \n```\n",
    "language": "```fortran\nEND\n```\n",
    "target": "```sh\nmake nonsense\n```\n",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_true_is_found(what: str, tmp_path: Path) -> None:
    reader = Reader(Path("wrong.md"), tmp_path)
    first = fences(WRONG[what])[0]
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        reader.run(first)
