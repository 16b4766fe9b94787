"""What no file can be written to, and no text can be written, is named, and nothing is written."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.writing import STAGING, write_files


def put(kind: str, path: Path) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "symbolic link":
        path.symlink_to("/dev/null")
    else:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.relpath(path))  # a socket's name is short


@pytest.mark.parametrize("kind", ["pipe", "folder", "symbolic link", "socket"])
def test_only_a_file_is_replaced(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(kind, tmp_path / "b")
    with pytest.raises(DeriveError, match=f"cannot write .*/b: a {kind} is there"):
        write_files(tmp_path, {tmp_path / "a": "1", tmp_path / "b": "2"})
    write_files(tmp_path, {tmp_path / "c": "3"}, (tmp_path / "b",))
    assert sorted(os.listdir(tmp_path)) == ["b", "c"]


@pytest.mark.parametrize("kind", ["pipe", "symbolic link"])
def test_the_staging_folder_is_a_folder(kind: str, tmp_path: Path) -> None:
    put(kind, tmp_path / STAGING)
    with pytest.raises(DeriveError, match=STAGING):
        write_files(tmp_path, {tmp_path / "a": "1"})
    assert os.listdir(tmp_path) == [STAGING]


@pytest.mark.parametrize("name", ["n" * 5000, "a\0b", "\ud800"])
def test_a_name_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="cannot write"):
        write_files(tmp_path / "out", {tmp_path / "out" / "a": "1", tmp_path / "out" / name: "2"})
    assert os.listdir(tmp_path) == []


def test_a_text_that_is_no_utf_8_is_found_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match=r"cannot write .*/b: its text has '\\udcff'"):
        write_files(tmp_path / "out", {tmp_path / "out/a": "1", tmp_path / "out/b": "\udcff"})
    assert os.listdir(tmp_path) == []
