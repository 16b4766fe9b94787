"""No library is loaded that others can write, nor one that is not what its manifest says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from compiling import ANSWERS, PRELUDE, REAL, Place, job

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

OTHER = 65534  # a user who is neither this one nor root


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class Kept:
    """A cache with one entry, which answers 66 instead of 7 and is otherwise in order."""

    def __init__(self, place: Place) -> None:
        assert place.answer() == "7"
        self.place, self.entry, self.library = place, place.entry(), place.planted(66)
        found = json.loads((self.entry / "manifest.json").read_text())
        self.manifest = found | {"library": hashlib.sha256(self.library).hexdigest()}
        self.renew()

    def renew(self) -> None:
        if self.entry.is_dir() and not self.entry.is_symlink():
            shutil.rmtree(self.entry)
        else:
            self.entry.unlink()
        self.entry.mkdir(0o700)
        (self.entry / "library.so").write_bytes(self.library)
        (self.entry / "library.so").chmod(0o700)
        self.write_manifest(json.dumps(self.manifest))

    def write_manifest(self, text: str) -> None:
        (self.entry / "manifest.json").write_text(text)
        (self.entry / "manifest.json").chmod(0o600)

    def assert_replaced(self) -> None:
        before = self.place.compiled()
        assert self.place.answer() == "7"
        assert self.place.compiled() == before + 1
        assert self.place.entries() == [self.entry]
        assert not self.entry.is_symlink()
        assert self.library not in [p.read_bytes() for p in self.entry.iterdir()]


@pytest.fixture(scope="module")
def only(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(Place(tmp_path_factory.mktemp("kept")))


@pytest.fixture
def kept(only: Kept) -> Kept:
    only.renew()
    return only


def test_an_entry_in_order_is_loaded_as_it_is(kept: Kept) -> None:
    """So it is for what the tests below change that they get another answer."""
    before = kept.place.compiled()
    assert [kept.place.answer(), kept.place.compiled() - before] == ["66", 0]


Change = Callable[[Kept], object]


def mode(name: str, mode: int) -> Change:
    return lambda kept: (kept.entry / name).chmod(mode)


def link(name: str) -> Change:
    def change(kept: Kept) -> None:
        away = kept.place.folder / f"{name or 'entry'}.away"
        shutil.rmtree(away, ignore_errors=True)
        (kept.entry / name).rename(away)
        (kept.entry / name).symlink_to(away)

    return change


def gone(name: str) -> Change:
    return lambda kept: (kept.entry / name).unlink()


def manifest(text: str) -> Change:
    return lambda kept: kept.write_manifest(text)


def with_value(key: str, value: object) -> Change:
    return lambda kept: kept.write_manifest(json.dumps(kept.manifest | {key: value}))


def pipe(kept: Kept) -> None:
    (kept.entry / "library.so").unlink()
    os.mkfifo(kept.entry / "library.so")


def truncated(kept: Kept) -> None:
    os.truncate(kept.entry / "library.so", 1000)


def a_file(kept: Kept) -> None:
    shutil.rmtree(kept.entry)
    kept.entry.write_text("")


def given_away(name: str) -> Change:
    return lambda kept: os.chown(kept.entry / name, OTHER, OTHER)


REFUSED = {
    "others can write the library": mode("library.so", 0o702),
    "a group can write the library": mode("library.so", 0o720),
    "others can write the manifest": mode("manifest.json", 0o602),
    "others can write in the entry": mode("", 0o702),
    "others can write in the entry, which is sticky": mode("", 0o1777),
    "the library is a link": link("library.so"),
    "the manifest is a link": link("manifest.json"),
    "the entry is a link": link(""),
    "the library is a pipe": pipe,
    "the library is truncated": truncated,
    "the library is gone": gone("library.so"),
    "the library is another one": with_value("library", "0" * 64),
    "the manifest is gone": gone("manifest.json"),
    "the manifest is not JSON": manifest("{"),
    "the manifest is a list": manifest("[]"),
    "the manifest is nested deeply": manifest("[" * 100_000),
    "the manifest is of another key": with_value("key", "0" * 64),
    "the manifest is of another format": with_value("format", 0),
    "the entry is a file": a_file,
}
FOREIGN = {f"{name or 'the entry'} is another user's": given_away(name) for name in ("library.so", "manifest.json", "")}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_another_entry_is_compiled_anew_in_its_place(kept: Kept, change: Change) -> None:
    change(kept)
    kept.assert_replaced()


@as_root
@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_an_entry_of_another_user_is_compiled_anew_in_its_place(kept: Kept, change: Change) -> None:
    change(kept)
    kept.assert_replaced()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_cache_that_others_can_write_is_not_used(kept: Kept, mode: int) -> None:
    kept.place.cache.chmod(mode)
    before = kept.place.compiled()
    assert [kept.place.answer(), kept.place.compiled() - before] == ["7", 1]
    assert list(kept.place.temporary.iterdir()) == []
    kept.place.cache.chmod(0o700)
    assert kept.place.answer() == "66"


def test_the_folders_above_the_cache(place: Place) -> None:
    above = place.folder / "above"
    cache = str(above / "between" / "cache")
    assert place.answer(DERIVE_CACHE=cache) == "7"
    for mode, used in [(0o777, False), (0o775, False), (0o1777, True), (0o755, True)]:
        above.chmod(mode)
        before = place.compiled()
        assert [place.answer(DERIVE_CACHE=cache), place.compiled() == before] == ["7", used]


def test_above_the_home_is_not_looked(place: Place) -> None:
    home = place.folder / "shared" / "home"
    home.parent.mkdir()
    home.parent.chmod(0o777)
    home.mkdir(0o700)
    assert place.answer(HOME=str(home), DERIVE_CACHE=str(home / "cache")) == "7"
    assert place.answer(HOME=str(home), DERIVE_CACHE=str(home / "cache")) == "7"
    assert place.compiled() == 1


@as_root
def test_a_cache_of_another_user_is_not_used(kept: Kept) -> None:
    os.chown(kept.place.cache, OTHER, OTHER)
    answer = kept.place.answer()
    os.chown(kept.place.cache, os.geteuid(), os.getegid())
    assert [answer, kept.place.answer()] == ["7", "66"]


@as_root
def test_a_link_to_the_cache_is_followed_where_it_is_ours(place: Place) -> None:
    link = place.folder / "link"
    link.symlink_to(place.cache)
    assert [place.answer(), place.answer(DERIVE_CACHE=str(link)), place.compiled()] == ["7", "7", 1]
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    assert [place.answer(DERIVE_CACHE=str(link)), place.compiled()] == ["7", 2]


def test_files_are_of_this_user_alone_whatever_the_umask(place: Place) -> None:
    code = PRELUDE + "os.umask(0)\n" + ANSWERS.removeprefix(PRELUDE)
    assert place.run(code, json.dumps(job())) == "7"
    assert not any(p.stat().st_mode & 0o077 for p in [place.cache, *place.cache.rglob("*")])
    assert [place.answer(), place.compiled()] == ["7", 1]
