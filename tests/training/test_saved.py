"""A file that is no whole checkpoint is refused in one paragraph that says what is wrong with it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.errors import InputError
from registry.training.checkpoint import ABOUT, DIGEST, Checkpoints, Position, Tally, digest
from registry.training.saved import load_checkpoint
from tests.training.checkpoints import checkpoint, state


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_checkpoint(path)
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"{path} cannot be used as a checkpoint: ")
    return problem.message.partition("checkpoint: ")[2]


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    saved = load_checkpoint(checkpoint(tmp_path))
    assert (saved.position, saved.tally, saved.made_by.id) == (Position(0, 1, 0, 5, 1), Tally(), "0123")
    assert list(saved.variables) == [("dense", "dense/kernel", True), ("norm", "norm/kernel", True)]
    np.testing.assert_array_equal(saved.model[0], np.ones((3, 2)))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "last.npz") == "there is no such file"


def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    assert refusal(tmp_path) == refusal(tmp_path / "pipe.npz") == "it is no file"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "last.npz").touch()
    assert refusal(tmp_path / "last.npz") == "the file is empty (0 bytes)"


@pytest.mark.parametrize("content", [b"name: tiny\n", b"\x93NUMPY\x01\x00", b"\x89HDF\r\n\x1a\n" + bytes(100), b"P"])
def test_a_file_of_another_kind(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "last.npz").write_bytes(content)
    assert refusal(tmp_path / "last.npz") == "it is no checkpoint of a run"


def test_arrays_of_something_else(tmp_path: Path) -> None:
    np.savez(tmp_path / "events.npz", energy=np.ones(3), eta=np.ones(3))
    assert refusal(tmp_path / "events.npz") == "it is no checkpoint of a run, but holds: energy, eta"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_cut_off(share: float, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert refusal(path) == "the file is cut off or damaged"


@pytest.mark.parametrize("place", [0.05, 0.2, 0.4, 0.5, 0.6, 0.8])
def test_a_byte_that_has_changed(place: float, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    path.write_bytes(content)
    try:
        said = refusal(path)
    except pytest.fail.Exception:
        # A field of the archive that nothing reads: what was saved is unharmed.
        np.testing.assert_array_equal(load_checkpoint(path).model[0], np.ones((3, 2)))
    else:
        assert said.endswith(("damaged", "it is no checkpoint of a run")) or "but holds" in said


def test_an_array_that_was_exchanged(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    with np.load(path) as found:
        arrays = dict(found)
    arrays["model/00000"] = 2 * arrays["model/00000"]
    np.savez(path, allow_pickle=False, **arrays)
    assert refusal(path) == "its content is not what was saved: it was changed or damaged"


def test_a_checkpoint_of_another_version(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    with np.load(path) as found:
        arrays = {name: value for name, value in found.items() if name != DIGEST}
    arrays[ABOUT] = np.frombuffer(b'{"position": {"era": 3}}', np.uint8)
    arrays[DIGEST] = np.frombuffer(digest(arrays).encode(), np.uint8)
    np.savez(path, allow_pickle=False, **arrays)
    assert refusal(path) == "it was written by another version of this program"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("part", "named"), [("norm", "norm/kernel"), ("moment", "the optimiser's state")])
def test_values_that_are_not_finite(part: str, named: str, bad: float, tmp_path: Path) -> None:
    values = {part: np.array([0.0, bad])}
    assert refusal(checkpoint(tmp_path, **values)) == f"not all of its values are finite: {named}"


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = checkpoint(tmp_path)
    before = path.read_bytes()

    def full(file: Any, **arrays: Any) -> None:
        Path(file).write_bytes(before[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*checkpoints/last\.npz'"):
        Checkpoints(tmp_path / "checkpoints").save(state(), Position(), Tally())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    left = path.with_name(".last.partial-77.npz")
    left.touch()
    Checkpoints(path.parent)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.npz"
    path.write_bytes(b"PK")

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"run:abc cannot be used .*last\.npz cannot be read: Permission"):
        load_checkpoint(path, "run:abc")
