"""The fingerprint of many large files reads their ends, size and time; `verify` reads them as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.contract import contents
from registry.plugins.loaders.description.addresses import fingerprint


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A hundred files of 1 MB that take no room on the disk."""
    for number in range(100):
        with (tmp_path / f"{number}.bin").open("wb") as stream:
            stream.write(bytes([number]))
            stream.truncate(1_000_000)
    return [str(tmp_path / f"{number}.bin") for number in range(100)]


def change(file: str, place: int) -> None:
    """Write one byte, and leave the time of the file as it was."""
    about = os.stat(file)
    with open(file, "r+b") as stream:
        stream.seek(place)
        stream.write(b"x")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def test_ends_size_and_time_stand_for_files_that_are_large_together(files):
    first, whole = fingerprint(files), fingerprint(files, verify=True)
    change(files[3], 500_000)
    assert fingerprint(files) == first
    assert fingerprint(files, verify=True) != whole
    for place in (10, 999_990):
        change(files[4], place)
        assert fingerprint(files) != first
        first = fingerprint(files)
    os.utime(files[5])
    assert fingerprint(files) != first


def test_a_few_small_files_are_read_as_a_whole_whenever_they_were_written(files):
    first = fingerprint(files[:2])
    os.utime(files[0])
    assert fingerprint(files[:2]) == first
    change(files[0], 500_000)
    assert fingerprint(files[:2]) != first


def test_a_file_that_is_gone_is_an_error(files):
    os.unlink(files[0])
    with pytest.raises(OSError, match=r"0\.bin"):
        contents.digests_of([Path(file) for file in files])
