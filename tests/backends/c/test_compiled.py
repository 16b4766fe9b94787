"""A library is compiled once, by whichever of many processes, and where there is no cache for each of them."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from compiling import ANSWERS, PRELUDE, REAL, Place, job, obeys_permissions, said, until

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# ---------------------------------------------------------------------- once, and what another entry is for


def test_a_source_is_compiled_once_for_all_processes(place: Place) -> None:
    assert [place.answer(), place.answer(), place.compiled()] == ["7", "7", 1]
    entry = place.entry()
    manifest = json.loads((entry / "manifest.json").read_text())
    assert sorted(p.name for p in entry.iterdir()) == ["library.so", "manifest.json"]
    assert manifest["key"] == entry.name
    assert manifest["library"] == hashlib.sha256((entry / "library.so").read_bytes()).hexdigest()
    assert manifest["sources"] == ["answer.c", "answer.h", "half.c"]
    assert place.cache.stat().st_mode & 0o777 == 0o700


def test_what_a_library_depends_on_makes_another_entry(place: Place) -> None:
    assert place.answer() == "7"
    assert place.answer(job(8)) == "8"  # only the header differs
    assert place.answer(job(defines=["ANSWER=9"])) == "9"
    assert place.answer(job(), CC=place.script("other")) == "7"
    assert place.answer(job(), CC=f"{place.environment['CC']} -DANSWER=10") == "10"
    assert place.compiled() == len(place.entries()) == 5
    os.utime(place.environment["CC"], (1, 1))  # as after an update
    assert place.answer() == "7"
    assert place.compiled() == len(place.entries()) == 6


def test_another_processor_makes_another_entry(place: Place) -> None:
    elsewhere = ANSWERS.replace("import json", "import json; compiled.processor = lambda: ['another']")
    assert [place.answer(), place.run(elsewhere, json.dumps(job()))] == ["7", "7"]
    assert place.compiled() == len(place.entries()) == 2


def test_the_order_of_the_sources_makes_no_other_entry(place: Place) -> None:
    what = job()
    assert place.answer(what) == "7"
    assert place.answer(what | {"sources": dict(reversed(what["sources"].items()))}) == "7"
    assert place.compiled() == 1


def test_a_process_loads_a_library_once(place: Place) -> None:
    code = """
import json
job = json.loads(sys.argv[1])
first = compiled.library(**job)
print(first is compiled.library(**job), first.answer())
"""
    assert place.run(PRELUDE + code, json.dumps(job())) == "True 7"
    assert place.compiled() == 1


def test_where_the_cache_is(place: Place) -> None:
    home, data = place.folder / "home", place.folder / "data"
    usual = "Library/Caches" if sys.platform == "darwin" else ".cache"
    assert place.answer(DERIVE_CACHE="", XDG_CACHE_HOME=str(data)) == "7"
    assert place.answer(DERIVE_CACHE="", XDG_CACHE_HOME="relative") == "7"
    assert (data / "derive-cells").is_dir()
    assert (home / usual / "derive-cells").is_dir()
    assert all(p.stat().st_mode & 0o777 == 0o700 for p in (home, home / usual, data, data / "derive-cells"))


def test_names_of_sources_stay_in_one_folder(place: Place) -> None:
    code = """
for name in ("../a.c", "/tmp/a.c", "-o.c", "a", "a.so", ".c"):
    for sources, units in (({name: ""}, []), ({"b.c": ""}, [name])):
        try:
            compiled.library(sources, units)
        except ValueError as error:
            assert repr(name) in str(error)
        else:
            print(name)
"""
    assert place.run(PRELUDE + code) == ""
    assert place.compiled() == 0


# ---------------------------------------------------------------------- several at once


def test_two_processes_at_once_compile_once(place: Place) -> None:
    slow = place.script("slow", before="sleep 0.3")
    both = [place.start(ANSWERS, json.dumps(job()), CC=slow) for _ in range(2)]
    assert [said(process) for process in both] == ["7", "7"]
    assert place.compiled() == 1


def test_who_waits_too_long_compiles_anyway(place: Place) -> None:
    holder = place.folder / "holder"
    hold = f"echo $$ > {holder}.part; mv {holder}.part {holder}; exec sleep 60"
    stuck = place.script("stuck", before=f"if mkdir {holder}.once 2> /dev/null; then {hold}; fi")
    first = place.start(ANSWERS, json.dumps(job()), CC=stuck)
    until(holder.exists)
    assert place.answer(job(seconds=0.5), CC=stuck) == "7"
    assert first.poll() is None
    os.kill(int(holder.read_text()), signal.SIGKILL)
    assert "failed with status -9" in said(first)


def test_threads_at_once_compile_once(place: Place) -> None:
    code = """
import json, threading
job, start, got = json.loads(sys.argv[1]), threading.Barrier(32), []
def run():
    start.wait()
    got.append(compiled.library(**job))
threads = [threading.Thread(target=run) for _ in range(32)]
[t.start() for t in threads], [t.join() for t in threads]
print(len(got), len(set(map(id, got))), got[0].answer())
"""
    assert place.run(PRELUDE + code, json.dumps(job())) == "32 1 7"
    assert place.compiled() == 1


def test_a_child_forked_while_a_thread_compiles(place: Place) -> None:
    """The child has the lock's state but not its holder; what it cleans up at its end must not be the parent's work."""
    gate = place.folder / "gate"
    slow = place.script("slow", before=f"touch {shlex.quote(str(gate))}; sleep 0.4")
    code = """
import json, threading, time
one, other, gate = map(json.loads, sys.argv[1:])
got = []
thread = threading.Thread(target=lambda: got.append(compiled.library(**one).answer()))
thread.start()
while not os.path.exists(gate):
    time.sleep(0.005)
child = os.fork()
if child == 0:
    print(compiled.library(**other).answer(), flush=True)
    sys.exit()
print(os.waitpid(child, 0)[1], flush=True)
thread.join()
child = os.fork()
if child == 0:
    got.append(compiled.library(**one).answer())
    sys.exit(got != [7, 7])
print(os.waitpid(child, 0)[1], *got)
"""
    words = [json.dumps(w) for w in (job(7), job(8), str(gate))]
    assert place.run(PRELUDE + code, *words, CC=slow).split() == ["8", "0", "0", "7"]
    assert place.compiled() == 2


# ---------------------------------------------------------------------- no cache


def test_without_a_cache_each_process_compiles_for_itself(place: Place) -> None:
    place.cache.write_text("a file in its place")
    assert [place.answer(), place.answer(), place.compiled()] == ["7", "7", 2]
    assert place.answer(DERIVE_CACHE="/dev/null/cache") == "7"
    assert place.cache.read_text() == "a file in its place"
    assert list(place.temporary.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may write everywhere")
def test_a_cache_that_is_read_only(place: Place) -> None:
    place.cache.mkdir(0o500)
    place.before = obeys_permissions
    assert [place.answer(), place.compiled()] == ["7", 1]


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="there is no folder where root cannot write either")
def test_a_folder_in_which_nothing_can_be_made(place: Place) -> None:
    assert [place.answer(DERIVE_CACHE="/proc"), place.compiled()] == ["7", 1]


def test_a_cache_that_is_deleted_meanwhile(place: Place) -> None:
    deletes = place.script("deletes", before=f"[ ! -d {place.cache} ] || rm -r {place.cache}")
    assert [place.answer(CC=deletes), place.compiled()] == ["7", 2]
    assert not place.cache.exists()


def test_without_a_safe_place_at_all_nothing_is_loaded(place: Place) -> None:
    place.temporary.chmod(0o777)
    error = place.answer(DERIVE_CACHE="/dev/null/cache")
    assert "can be neither kept nor loaded" in error
    assert "can be written by others" in error
    assert place.compiled() == 0


# ---------------------------------------------------------------------- killed


def test_killed_in_the_middle_nothing_is_loaded_later(place: Place) -> None:
    """The compiler has written half a library and waits; then its process is killed, and it writes the other half."""
    started = place.folder / "started"
    half = (
        f'if [ ! -e {started} ]; then while [ "$1" != -o ]; do shift; done; head -c 5000 /bin/sh > "$2"; '
        f"echo $$ > {started}.part; mv {started}.part {started}; exec sleep 60; fi"
    )
    slow = place.script("slow", before=half)
    process = place.start(ANSWERS, json.dumps(job()), CC=slow)
    until(started.exists)
    process.kill()
    process.communicate()
    assert [place.answer(CC=slow), place.answer(CC=slow), place.compiled()] == ["7", "7", 2]
    os.kill(int(started.read_text()), signal.SIGKILL)

    entry, left = place.entries()
    assert (entry.name[:5], left.name[:5]) != ("work-", "work-")
    assert left.name.startswith("work-")
    os.utime(left, (1, 1))  # long ago
    assert place.answer(job(8)) == "8"
    assert not left.exists()
