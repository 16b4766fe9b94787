"""A set of files is replaced together or not at all: whatever step fails, wherever the process is killed.

Every step that touches the disk is an audit event of Python, so a child process can be ended, or be refused a step, at
each of them in turn, without a hook in the code under test and without timing.
"""

from __future__ import annotations

import errno
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from derive import writing
from derive.commands.cli import main
from derive.errors import DeriveError
from derive.writing import STAGING, write_files

ROOT = Path(__file__).resolve().parent.parent
EVENTS = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.listdir", "shutil.copyfile"}
DONE, REFUSED, BROKEN, KILLED = 0, 2, 3, 9
MINE = {"mine.txt": "a file of the reader's own", "a/mine.tex": "another"}
OLD = MINE | {"a/one": "1\n", "a/same": "same\n", "gone": "no longer made\n", "a/two": "2\n"}
NEW = MINE | {"a/one": "eins\n", "a/same": "same\n", "a/two": "zwei\n", "b/c/three": "drei\n"}


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def fill(folder: Path) -> None:
    for name, text in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        os.utime(folder / name, ns=(1, 1))


def write_new(folder: Path) -> None:
    made = {folder / name: text for name, text in NEW.items() if name not in MINE}
    write_files(folder, made, (folder / "gone", folder / "never there"))


def child(work: Callable[[Path], object], folder: Path, fault: Callable[[int], None]) -> int:
    """The exit status of a process that does ``work(folder)``; before its k-th step there comes ``fault(k)``."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    steps = -1

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event in EVENTS and any(str(folder) in str(a) for a in arguments if isinstance(a, str | Path)):
            reads = event == "open" and arguments[1] in ("r", "rb")  # which no full disk refuses
            steps += not reads
            if not reads:
                fault(steps)

    sys.addaudithook(audit)
    try:
        work(folder)
        os._exit(DONE)
    except DeriveError:
        os._exit(REFUSED)
    finally:
        os._exit(BROKEN)


def serve() -> None:
    """Each line of input is what ``child`` is asked, each line of output its answer."""
    for line in sys.stdin:
        print(child(*pickle.loads(bytes.fromhex(line))), flush=True)


@pytest.fixture(scope="module")
def writer() -> Iterator[Callable[..., int]]:
    """``child``, asked of a small process: it forks in a moment, and this one has much in memory."""
    command = [sys.executable, "-c", "import test_writing; test_writing.serve()"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    both = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **both) as process:

        def answer(fault: Callable[[int], None], folder: Path) -> int:
            print(pickle.dumps((write_new, folder, fault)).hex(), file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield answer


def _kill(at: int, step: int) -> None:
    if step == at:
        os._exit(KILLED)


def _refuse(first: int, last: int, step: int) -> None:
    if first <= step <= last:
        raise OSError(errno.ENOSPC, "No space left on device")


def killed(at: int) -> Callable[[int], None]:
    return partial(_kill, at)


def refused(first: int, last: int) -> Callable[[int], None]:
    return partial(_refuse, first, last)


def whole(folder: Path) -> bool:
    """Whether the next run, here one with nothing of its own to change, finds all old or all new files, and which."""
    write_files(folder, {folder / "a/same": "same\n"})
    found = contents(folder)
    assert found in (OLD, NEW)
    assert (folder / "a/same").stat().st_mtime_ns == 1
    if found == OLD:
        assert all((folder / name).stat().st_mtime_ns == 1 for name in OLD)
        assert sorted(p.name for p in folder.iterdir()) == ["a", "gone", "mine.txt"]
    return found == NEW


def test_killed_at_any_step_the_next_run_finds_all_old_or_all_new_files(writer, tmp_path: Path) -> None:
    ends = []
    while True:
        folder = tmp_path / str(len(ends))
        fill(folder)
        status = writer(killed(len(ends)), folder)
        if status == DONE:
            break
        assert status == KILLED
        assert contents(folder).items() >= MINE.items()
        ends.append(whole(folder))
    assert contents(folder) == NEW
    assert len(ends) > 20
    assert ends == sorted(ends), "once the new set stands, it stays"
    assert set(ends) == {False, True}


def test_killed_again_while_it_is_put_right(writer, tmp_path: Path) -> None:
    draw = random.Random(0)
    for k in range(60):
        folder = tmp_path / str(k)
        fill(folder)
        for _ in range(2):
            step = draw.randrange(2, 25)
            assert writer(killed(step), folder) in (KILLED, DONE)
        whole(folder)


@pytest.mark.parametrize("later", [0, 10**6])
def test_a_step_that_fails_leaves_all_old_or_all_new_files(writer, later: int, tmp_path: Path) -> None:
    """later: how many steps after it fail too; a full disk is full for all of them, the undoing included."""
    statuses = []
    for k in range(40):
        folder = tmp_path / str(k)
        fill(folder)
        status = writer(refused(k, k + later), folder)
        assert status in (DONE, REFUSED)
        if later == 0 and status == REFUSED:
            assert contents(folder) == OLD, k
        assert whole(folder) or status == REFUSED
        statuses.append(status)
    assert statuses.count(REFUSED) > 10
    assert statuses[-1] == DONE


def test_what_somebody_changed_after_a_run_was_killed_is_left_as_it_is(writer, tmp_path: Path) -> None:
    for k in range(30):
        folder = tmp_path / str(k)
        fill(folder)
        writer(killed(k), folder)
        (folder / "a/one").write_text("edited")
        (folder / "gone").write_text("mine now")
        write_files(folder, {})
        assert (folder / "a/one").read_text() == "edited"
        assert (folder / "gone").read_text() == "mine now"
        assert not (folder / STAGING).exists()


def test_a_folder_that_somebody_removed_after_a_run_was_killed_stays_away(writer, tmp_path: Path) -> None:
    for k in range(30):
        folder = tmp_path / str(k)
        fill(folder)
        writer(killed(k), folder)
        shutil.rmtree(folder / "a")
        write_files(folder, {folder / "other": ""})
        assert contents(folder).keys() - {"b/c/three"} <= {"gone", "mine.txt", "other"}


def test_a_journal_that_came_with_a_copied_folder_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / STAGING).mkdir()
    (tmp_path / STAGING / "0.old").write_text("planted")
    (tmp_path / STAGING / "journal").write_text('{"of": 1, "folders": [], "placed": [["../planted", null]]}')
    write_files(tmp_path, {})
    assert contents(tmp_path) == OLD
    assert not (tmp_path.parent / "planted").exists()


def test_what_is_not_derives_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / STAGING).mkdir()
    (tmp_path / STAGING / "notes.txt").write_text("mine")
    write_files(tmp_path, {tmp_path / "a": "1"})
    assert contents(tmp_path) == {f"{STAGING}/notes.txt": "mine", "a": "1"}


def test_a_file_system_without_links_is_written_to_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    fill(tmp_path)
    write_new(tmp_path)
    assert contents(tmp_path) == NEW


def test_two_processes_that_write_to_one_folder_do_not_mix(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from derive.writing import write_files\n"
        "folder = Path(sys.argv[1])\n"
        "for k in range(20):\n"
        "    write_files(folder, {folder / n: f'{sys.argv[2]} {k}' for n in 'abcde'}, (folder / f'of {sys.argv[3]}',))"
    )
    commands = [[sys.executable, "-c", program, tmp_path, *names] for names in ("12", "21")]
    running = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    found = contents(tmp_path)
    assert set(found) == set("abcde")
    assert set(found.values()) in ({"1 19"}, {"2 19"})


def test_another_process_that_does_not_end_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    with writing._held(tmp_path / STAGING), pytest.raises(DeriveError, match="another derive has been writing to"):
        write_files(tmp_path, {tmp_path / "a": "1"})
    assert contents(tmp_path) == {}


# ---------------------------------------------------------------------- the command


RUN = "cell = 'rnn'\nx = [[{0}]]\nweights = {{weight_ih = [[1]], weight_hh = [[1]]}}\n"


def test_the_tables_of_several_runs_are_one_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: None)
    sets = []
    for x in ("1", "2"):
        for name in ("first", "second"):
            (tmp_path / f"{name}.toml").write_text(RUN.format(x))
        assert main(["tables", "first.toml", "second.toml", "-o", x]) == 0
        sets.append(contents(tmp_path / x))
    draw = random.Random(0)
    for k in draw.sample(range(70), 10):
        child(lambda folder: main(["tables", "first.toml", "second.toml", "-o", str(folder)]), Path("1"), killed(k))
        assert main(["show", "rnn"]) == 0
        write_files(Path("1"), {})
        assert contents(tmp_path / "1") in sets
