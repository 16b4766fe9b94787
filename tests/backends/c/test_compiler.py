"""Which compiler is taken, and compilers that fail, hang, talk or are not there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from compiling import PRELUDE, REAL, Place, job, until

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_compilers_words_and_the_command_are_shown(place: Place) -> None:
    broken = {"sources": {"a.c": "int answer(void) { return nowhere_declared; }\n"}, "units": ["a.c"]}
    error = place.answer(broken)
    assert "a.c:1:" in error
    assert "nowhere_declared" in error
    assert f"command: {place.environment['CC']} -O2 " in error
    assert error.endswith(" a.c")
    assert place.entries() == []


def test_a_failure_is_remembered_by_the_process_alone(place: Place) -> None:
    code = """
import json
job = json.loads(sys.argv[1])
for _ in range(3):
    try:
        compiled.library(**job)
    except compiled.CompilerError as error:
        print("nowhere_declared" in str(error))
"""
    broken = {"sources": {"a.c": "int answer(void) { return nowhere_declared; }\n"}, "units": ["a.c"]}
    assert place.run(PRELUDE + code, json.dumps(broken)).split() == ["True"] * 3
    assert place.compiled() == 1
    place.answer(broken)
    assert place.compiled() == 2


def test_a_compiler_that_says_very_much(place: Place) -> None:
    before = "head -c 1000000 /dev/zero | tr '\\0' 'x'; echo; exit 1"
    loud = place.script("loud", before=before)
    assert len(place.answer(CC=loud)) < 2000
    assert place.run(PRELUDE + "print(len(compiler.run([sys.argv[1]], 30)[1]))", loud) == str(2**16)


def test_where_and_in_which_language_a_compiler_runs(place: Place) -> None:
    before = 'echo "error: $LC_ALL, $(ls "$TMPDIR" | tr "\n" " "), $(pwd -P)" | sed "s,$TMPDIR,TMPDIR,"; exit 1'
    said = place.answer(CC=place.script("asks", before=before), LC_ALL="fr_FR.UTF-8", LANGUAGE="fr")
    assert "error: C, answer.c answer.h entry half.c , TMPDIR\n" in said
    assert list(place.temporary.iterdir()) == place.entries() == []


def test_a_compiler_that_hangs_is_killed_with_its_children(place: Place) -> None:
    """A pipe has no writer left as soon as the child, which is one, is gone."""
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    hangs = place.script("hangs", before=f"sh -c 'echo there; exec sleep 60' > {pipe}")
    assert "did not end within 1 s" in place.answer(job(seconds=1), CC=hangs)
    assert place.entries() == []
    assert os.read(reader, 100) == b"there\n"
    until(lambda: not is_written_to(reader))
    os.close(reader)


def test_a_compiler_that_leaves_something_running_is_not_waited_for(place: Place) -> None:
    leaves = place.script("leaves", before="sleep 5 &")
    assert place.answer(job(seconds=4), CC=leaves) == "7"


def test_a_compiler_that_makes_nothing(place: Place) -> None:
    assert "made no library" in place.answer(CC=place.script("idle", before="exit 0"))


def test_a_missing_compiler_is_none_and_not_replaced(place: Place) -> None:
    nothing = place.folder / "empty"
    nothing.mkdir()
    code = """
for named in ("/nowhere/cc", "no-such-compiler", "false", "'", sys.argv[1]):
    os.environ["CC"] = named
    assert compiler.compiler() is None
    try:
        compiled.library({}, [])
    except compiled.CompilerError as error:
        print(repr(named) in str(error))
"""
    assert place.run(PRELUDE + code, str(nothing)).split() == ["True"] * 5
    assert "none of cc, gcc and clang" in place.answer(CC="", PATH=str(nothing))


def test_the_first_compiler_on_the_path_that_answers(place: Place) -> None:
    folder = place.folder / "bin"
    folder.mkdir()
    place.script("bin/gcc")
    (folder / "cc").write_text("#!/bin/sh\nexit 1\n")
    (folder / "cc").chmod(0o755)
    code = PRELUDE + "print(*compiler.compiler().command, compiler.compiler().version)"
    assert place.run(code, CC="", PATH=f"{folder}:/bin", VERSION="12") == f"{folder / 'gcc'} test compiler 12"


def is_written_to(reader: int) -> bool:
    try:
        return os.read(reader, 100) != b""
    except BlockingIOError:
        return True
