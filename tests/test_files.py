"""Files are written whole or not at all, touched only when they change, and told apart when stale."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2
import pytest

from derive.errors import DeriveError
from derive.files import environment, stale
from derive.writing import write_files


def listing(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    files = {tmp_path / "a/b.tex": "σ ≈ 1\n", tmp_path / "c.tex": ""}
    assert write_files(tmp_path, files) == list(files)
    assert listing(tmp_path) == {"a/b.tex": "σ ≈ 1\n", "c.tex": ""}


def test_line_endings_are_kept(tmp_path: Path) -> None:
    write_files(tmp_path, {tmp_path / "a": "one\r\ntwo\n"})
    assert (tmp_path / "a").read_bytes() == b"one\r\ntwo\n"


def test_only_what_differs_is_touched(tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    write_files(tmp_path, {same: "1", other: "1"})
    os.utime(same, (1, 1))
    assert write_files(tmp_path, {same: "1", other: "2"}) == [other]
    assert same.stat().st_mtime == 1
    assert other.read_text() == "2"


def test_files_no_longer_made_are_removed(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("")
    write_files(tmp_path, {tmp_path / "new": "1"}, (old,))
    assert listing(tmp_path) == {"new": "1"}


def test_nothing_is_written_when_one_path_cannot_be(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("before")
    second.mkdir()
    with pytest.raises(DeriveError, match="second") as e:
        write_files(tmp_path, {first: "after", second: "text"}, (first,))
    assert "\n" not in str(e.value)
    assert listing(tmp_path) == {"first": "before"}


def test_a_file_where_a_folder_should_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DeriveError, match=r"cannot write .*out/a.tex: (File exists|Not a directory)"):
        write_files(tmp_path, {tmp_path / "out" / "a.tex": "text"})
    assert listing(tmp_path) == {"out": "a file"}


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_files(tmp_path, {tmp_path / "a": ""})
    finally:
        os.umask(mask)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_stale_names_missing_different_and_unexpected_files(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("differs", "extra", "missing", "same")]
    differs, extra, missing, same = paths
    write_files(tmp_path, {differs: "a\nold\n", extra: "x", same: "s"})
    found = stale({same: "s", missing: "m\n", differs: "a\nnew\n"}, tmp_path)
    assert [(f.path, f.reason) for f in found] == [
        (differs, "differs"),
        (extra, "nothing generates it"),
        (missing, "missing"),
    ]
    assert "-old\n+new\n" in found[0].diff
    assert "+m\n" in found[2].diff


def test_stale_says_when_only_the_last_newline_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("text")
    assert "No newline" in stale({path: "text\n"}, tmp_path)[0].diff


def test_what_a_build_leaves_is_not_stale(tmp_path: Path) -> None:
    write_files(
        tmp_path, {tmp_path / n: "" for n in ("preview.pdf", "a/preview.aux", "__pycache__/a.py", ".hidden/b", "x.log")}
    )
    assert stale({}, tmp_path) == []
    assert stale({}, tmp_path / "nowhere") == []


def test_a_template_that_uses_an_unknown_name_fails() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment("tex").from_string("<< nothing >>").render()


def test_html_escapes_and_tex_keeps_braces() -> None:
    assert environment("html").from_string("{{ t }}").render(t="a < b") == "a &lt; b"
    assert environment("tex").from_string(r"\frac{<< t >>}{{2}}").render(t="a < b") == r"\frac{a < b}{{2}}"
