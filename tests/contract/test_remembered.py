"""What was found out of files is found out anew as soon as a file differs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.contract import remembered as remembering
from registry.contract.remembered import VARIABLE, remembered, source_files


class Looking:
    """Finds out what a file holds, and counts how often."""

    def __init__(self, *files: Path) -> None:
        self.files = files
        self.times = 0

    def __call__(self) -> list[str]:
        return remembered("contents", map(str, self.files), self._look)

    def _look(self) -> list[str]:
        self.times += 1
        return [file.read_text() for file in self.files if file.exists()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files that count as settled, and a cache."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(remembering, "SETTLED", 0)
    return tmp_path


def test_files_that_stay_the_same_are_read_once(folder: Path) -> None:
    (folder / "a").write_text("1")
    look = Looking(folder / "a")
    assert [look(), look(), look()] == [["1"]] * 3
    assert look.times == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "1", "2", "33", None])), max_size=6))
def test_whatever_is_written_what_is_remembered_is_what_the_files_hold(
    folder: Path, changes: list[tuple[str, str | None]]
) -> None:
    look = Looking(folder / "a", folder / "b")
    for name, text in changes:
        file = folder / name
        if text is None:
            file.unlink(missing_ok=True)
        else:
            # A file of its own with the old times: only number and time of the entry tell.
            times = file.stat() if file.exists() else None
            (folder / "new").write_text(text)
            if times:
                os.utime(folder / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
            os.replace(folder / "new", file)
        assert look() == [item.read_text() for item in look.files if item.exists()]


def test_of_a_file_that_was_changed_just_now_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "SETTLED", 3600 * 10**9)
    (folder / "a").write_text("1")
    look = Looking(folder / "a")
    assert look() == look() == ["1"]
    assert look.times == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"of": 1}', "\0\0\0"])
def test_a_damaged_file_is_as_good_as_none(folder: Path, damage: str) -> None:
    (folder / "a").write_text("1")
    look = Looking(folder / "a")
    look()
    (kept,) = (folder / "cache").iterdir()
    kept.write_text(damage)
    assert look() == ["1"]


def test_a_folder_that_cannot_be_written_to_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a").write_text("1")
    monkeypatch.setenv(VARIABLE, str(folder / "a" / "below a file"))
    assert Looking(folder / "a")() == ["1"]


def test_an_empty_variable_turns_it_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    (folder / "a").write_text("1")
    look = Looking(folder / "a")
    assert look() == look() == ["1"]
    assert look.times == 2


def test_all_python_files_below_a_folder_are_sources_but_for_the_folder_that_is_left_out(tmp_path: Path) -> None:
    for name in ("a.py", "b.txt", "c/d.py", "c/plugins/e.py", "plugins/f.py", "__pycache__/g.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {os.path.relpath(file, tmp_path) for file in source_files(str(tmp_path), "plugins")}
    assert found == {"a.py", "c/d.py", "c/plugins/e.py"}
