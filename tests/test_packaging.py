"""What a newcomer meets first: the wheel, the lock, the Makefile and the script that continuous integration runs."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNS = {
    "tables": ["-m derive tables"],
    "code": ["-m derive code"],
    "gallery": ["-m derive gallery"],
    "all": ["-m derive tables", "-m derive code", "-m derive gallery"],
    "test": ["-m pytest"],
    "verify": ["-m derive verify"],
    "check": ["-m derive fresh"],
    "lint": ["ruff format --check", "ruff check", "mypy --strict derive", "lint-imports"],
    "bench": ["benchmarks/kernels.py", "benchmarks/measure.py"],
    "audit": ["tests/helpers/audit.py docs/audit.md"],
    "repl": ["from sympy import *; import derive"],
    "clean": [".mypy_cache"],
    "help": ["awk"],
}


def run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # A make that runs these tests leaves its flags in the environment, and they would change what make prints here.
    inherited = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}}
    return subprocess.run(
        command, cwd=cwd, env={**inherited, **(env or {})}, capture_output=True, text=True, timeout=60, check=False
    )


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# The wheel ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = run(*command, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    assert path.name == "derive_cells-0.1.0-py3-none-any.whl"
    return zipfile.ZipFile(path)


def test_wheel_holds_the_package_and_its_templates(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    wanted = {p.relative_to(ROOT).as_posix() for p in (ROOT / "derive").rglob("*.py")}
    wanted |= {f"derive/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "templates").rglob("*") if p.is_file()}
    assert any(name.startswith("derive/templates/") for name in wanted)
    assert wanted <= names
    assert {name.split("/")[0] for name in names} == {"derive", "derive_cells-0.1.0.dist-info"}


def test_wheel_names_its_command_licence_and_needs(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read("derive_cells-0.1.0.dist-info/entry_points.txt").decode()
    metadata = wheel.read("derive_cells-0.1.0.dist-info/METADATA").decode()
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, flags=re.M)
    assert "derive = derive.commands.cli:main" in entry_points
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert sorted(needed) == ["jinja2", "latex2mathml", "mpmath", "python-flint", "sympy"]


def test_installed_package_tells_definitions_apart(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Compiled, as pip leaves it: the templates that are modules have a __pycache__ beside them."""
    wheel.extractall(tmp_path)
    compiled = run(sys.executable, "-m", "compileall", "-q", "derive/templates", cwd=tmp_path)
    assert compiled.returncode == 0, compiled.stdout
    assert list(tmp_path.glob("derive/templates/torch/__pycache__/*.pyc"))
    record = "from derive.backends.torch.record import definition_digest as digest"
    code = f"import derive; {record}; print(digest(derive.gru)); print(derive.__file__)"
    told = run(sys.executable, "-c", code, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.endswith(f"{tmp_path / 'derive' / '__init__.py'}\n")


# The lock -------------------------------------------------------------------------------------------------------------


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    malformed = [pin for pin in pins if not re.fullmatch(r"[a-z0-9][a-z0-9-]*==\d+(\.\d+)*", pin)]
    assert not malformed, "a pin is NAME==VERSION, without a local label, an address or an option"
    assert len(pins) == len({pin.split("==")[0] for pin in pins})
    return dict(pin.split("==") for pin in pins)


def named_requirements() -> list[Requirement]:
    project = PROJECT["project"]
    groups = [project["dependencies"], PROJECT["build-system"]["requires"], *project["optional-dependencies"].values()]
    return [Requirement(text) for group in groups for text in group]


@pytest.mark.parametrize("requirement", named_requirements(), ids=str)
def test_lock_meets_every_requirement_of_the_project(requirement: Requirement) -> None:
    version = locked()[canonicalize_name(requirement.name)]
    assert version in requirement.specifier


def test_lock_is_closed_under_what_its_packages_require() -> None:
    pins, missing = locked(), set()
    for name in pins:
        for text in importlib.metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                required = canonicalize_name(requirement.name)
                # PyTorch pins the libraries of its CUDA build itself, and which they are depends on the build.
                if required not in pins and not (name == "torch" and re.match(r"nvidia|cuda|triton", required)):
                    missing.add(f"{required}, required by {name}")
    assert not missing


# The Makefile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", RUNS)
def test_each_target_says_what_it_runs(target: str) -> None:
    shown = run("make", "-n", target, cwd=ROOT)
    assert shown.returncode == 0, shown.stderr
    assert [part for part in RUNS[target] if part not in shown.stdout] == []


def test_make_alone_is_all_that_is_generated() -> None:
    assert run("make", "-n", cwd=ROOT).stdout == run("make", "-n", "tables", "code", "gallery", cwd=ROOT).stdout


def test_help_gives_every_target_one_line() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.M)
    listed = re.findall(r"^make (\w+) +\S", run("make", "help", cwd=ROOT).stdout, flags=re.M)
    assert listed == phony.split()
    assert sorted(listed) == sorted(RUNS)


def test_environment_is_made_again_only_when_lock_or_project_changed(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
        os.utime(tmp_path / name, (1_000, 1_000))
    assert "-m venv .venv" in run("make", "-n", "tables", cwd=tmp_path).stdout
    ready = tmp_path / ".venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    assert "-m venv .venv" not in run("make", "-n", "tables", cwd=tmp_path).stdout
    os.utime(ready, (500, 500))
    assert "-m venv .venv" in run("make", "-n", "tables", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("body", "found"), [('[ "$1" = -c ] && exit 1; echo Python 3.8.10', "Python 3.8.10"), (None, "not found")]
)
def test_an_old_or_absent_python_is_named_with_the_remedy(tmp_path: Path, body: str | None, found: str) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    if body is not None:
        script(python, body)
    refused = run("make", f"PYTHON={python}", "tables", cwd=tmp_path)
    assert refused.returncode != 0
    assert found in refused.stderr
    assert "Python 3.11 or newer is needed: make PYTHON=" in refused.stderr
    assert not (tmp_path / ".venv").exists()


# Continuous integration -----------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which TeX, ARM and a browser seem installed, by a user who cannot install more, and `make` only
    notes its target, failing at the one named in FAIL_AT."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    script(tmp_path / "bin" / "make", f'echo "$1" >> {tmp_path}/made; [ "$1" != "$FAIL_AT" ]')
    for program in (
        "pdflatex",
        "pdftoppm",
        "cc",
        "qemu-arm",
        "arm-linux-gnueabihf-gcc",
        "chromium",
        "lualatex",
        "kpsewhich",
    ):
        script(tmp_path / "bin" / program, "echo here")
    script(tmp_path / "bin" / "id", "echo 1000")
    return tmp_path


@pytest.mark.parametrize(
    ("fail_at", "made"),
    [("", "test check lint"), ("test", "test"), ("check", "test check"), ("lint", "test check lint")],
)
def test_ci_stops_at_the_first_failure(checkout: Path, fail_at: str, made: str) -> None:
    path = f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ended = run(str(checkout / ".ci" / "run"), cwd=checkout.parent, env={"PATH": path, "FAIL_AT": fail_at})
    assert (checkout / "made").read_text(encoding="utf-8").split() == made.split()
    assert (ended.returncode == 0) == (not fail_at)
    assert ("FAILED" in ended.stderr) == bool(fail_at)


@pytest.mark.parametrize(
    ("program", "warning"),
    [
        ("pdflatex", "no TeX"),
        ("cc", "no C"),
        ("qemu-arm", "no ARM"),
        ("chromium", "no browser"),
        ("lualatex", "no fonts"),
    ],
)
def test_ci_warns_of_what_cannot_be_installed(checkout: Path, program: str, warning: str) -> None:
    tools = checkout / "bin"
    (tools / program).unlink()
    for needed in ("bash", "dirname", "head"):
        (tools / needed).symlink_to(str(shutil.which(needed)))
    ended = run(str(checkout / ".ci" / "run"), cwd=checkout, env={"PATH": str(tools), "FAIL_AT": ""})
    assert ended.returncode == 0, ended.stderr
    assert re.findall("WARNING: (no [A-Za-z]+)", ended.stderr) == [warning]
