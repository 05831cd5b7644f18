"""Each kind of bad data, with every loader, in files that the format's own library has written."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.data import DataError, Source
from tests.plugins.loaders.writers import WRITTEN, Written, good

INSTALLED = [use for use in WRITTEN if use != "deepjetcore" or importlib.util.find_spec("djcdata")]
every = pytest.mark.parametrize("use", INSTALLED)


def write(use: str, folder: Path, name: str = "hits", **changes: Any) -> Path:
    """Write three events, with other values of some columns, None to leave a column out."""
    made = WRITTEN[use]
    folder = folder / "made_calo_hits" if use == "colliderml" else folder
    folder.mkdir(exist_ok=True)
    columns = {column: values for column, values in {**good(), **changes}.items() if values is not None}
    made.write(folder / f"{name}{made.ending}", columns)
    return folder / f"{name}{made.ending}"


def stopped(made: Written, file: Path | list[str], **options: Any) -> str:
    """Return why the data cannot be used."""
    with pytest.raises(DataError) as error:
        made.block(file, **options).open(1)
    return error.value.message


def features(source: Source) -> list[float]:
    events = np.arange(len(source.sizes("train")))
    return source.read("train", events, None)["features"][:, 0].tolist()


@every
def test_good_data_are_read(use, tmp_path):
    source = WRITTEN[use].block(write(use, tmp_path)).open(1)
    assert source.sizes("train").tolist() == [2, 3, 1]
    assert features(source) == [30.0, 31.0, 32.0, 33.0, 34.0, 35.0]
    found = source.read("train", np.arange(3), None)
    assert (found["truth_index"][:, 0] >= 0).tolist() == [True, True, True, True, True, False]


@every
@pytest.mark.parametrize("value", [np.nan, -4.0])
def test_a_number_that_cannot_be_is_named_with_file_event_and_column_or_skipped_and_counted(use, value, tmp_path):
    if use == "deepjetcore" and np.isnan(value):
        pytest.skip("its library writes no nan")
    made, file = WRITTEN[use], write(use, tmp_path, e=[[1.0, 2.0], [3.0, value, 5.0], [6.0]])
    message = stopped(made, file)
    if not (use == "sqlite" and np.isnan(value)):  # a database has null in its place
        assert f"{value:g}" in message
    for part in (made.names["e"], file.name, f"event {made.second}"):
        assert part in message
    source = made.block(file, on_error="skip").open(1)
    assert source.sizes("train").tolist() == [2, 1]
    assert source.counts == {"skipped_events": 1, "skipped_files": 0}
    assert any(message in note for note in source.notes)


@every
def test_ids_that_have_passed_through_floats_are_refused(use, tmp_path):
    if use in ("nanoml", "colliderml"):
        pytest.skip("its ids are whole numbers by the layout of the format")
    large = float(2**30 if use == "deepjetcore" else 2**60)
    made, file = WRITTEN[use], write(use, tmp_path, id=[[0.0, 1.0], [1.0, large, 0.0], [-1.0]])
    message = stopped(made, file)
    assert made.names["id"] in message
    if "expected whole numbers, received dtype float32" in message:
        return
    assert f"event {made.second} of {file.name}" in message or f"event {made.second}) of {file.name}" in message


@every
def test_values_of_another_kind_are_refused(use, tmp_path):
    if use in ("deepjetcore", "nanoml", "root"):
        pytest.skip("its library writes no texts in lists of hits")
    made, file = WRITTEN[use], write(use, tmp_path, x=[["a", "b"], ["c", "d", "e"], ["f"]])
    message = stopped(made, file)
    assert "x" in message
    assert "numbers" in message or "damaged" in message


@every
def test_a_column_that_one_file_lacks_is_named_with_the_file(use, tmp_path):
    made = WRITTEN[use]
    first, second = write(use, tmp_path, "a"), write(use, tmp_path, "b", e=None)
    message = stopped(made, [str(first), str(second)])
    assert second.name in message
    source = made.block([str(first), str(second)], on_error="skip").open(1)
    assert source.sizes("train").tolist() == [2, 3, 1]
    assert source.counts["skipped_files"] + source.counts["skipped_events"] > 0


@every
def test_columns_of_different_lengths_are_refused(use, tmp_path):
    if use == "sqlite":
        pytest.skip("a row of a table has a value in every column")
    made, file = WRITTEN[use], write(use, tmp_path, e=[[1.0, 2.0], [3.0, 4.0], [6.0]])
    message = stopped(made, file)
    assert made.names["e"] in message or file.name in message


@every
@pytest.mark.parametrize("damage", ["cut", "overwritten", "empty"])
def test_a_file_that_is_damaged_is_named_or_skipped_and_counted(use, damage, tmp_path):
    made = WRITTEN[use]
    first, second = write(use, tmp_path, "a"), write(use, tmp_path, "b")
    content = second.read_bytes()
    bad = {"cut": content[: len(content) * 3 // 10], "overwritten": bytes(200) + content[200:], "empty": b""}[damage]
    second.write_bytes(bad)
    assert second.name in stopped(made, [str(first), str(second)])
    source = made.block([str(first), str(second)], on_error="skip").open(1)
    assert source.sizes("train").tolist() == [2, 3, 1]
    assert source.counts["skipped_files"] + source.counts["skipped_events"] > 0


@every
@pytest.mark.parametrize("what", ["changed", "gone"])
def test_a_file_that_changes_or_vanishes_is_noticed(use, what, tmp_path):
    made, file = WRITTEN[use], write(use, tmp_path)
    source: Any = made.block(file, memory=0.0001).open(1)
    source._chunks._kept.clear()
    file.unlink()
    if what == "changed":
        write(use, tmp_path, x=[[1.0], [2.0, 3.0], []], e=[[1.0], [2.0, 3.0], []], id=[[0], [1, 1], []])
    with pytest.raises(DataError, match="has changed, or is gone"):
        source.read("train", np.array([0]), None)


@every
def test_events_without_hits_and_files_without_any_are_said(use, tmp_path):
    made = WRITTEN[use]
    some = write(use, tmp_path, "some", x=[[1.0], [], [2.0]], e=[[1.0], [], [2.0]], id=[[0], [], [1]])
    source = made.block(some).open(1)
    assert source.sizes("train").tolist() == [1, 1]
    none = write(use, tmp_path, "none", x=[[], [], []], e=[[], [], []], id=[[], [], []])
    assert none.name in stopped(made, none)


@every
def test_files_without_truth_are_predicted_from(use, tmp_path):
    file = write(use, tmp_path, id=None)
    if use == "colliderml":
        (tmp_path / "made_particles" / file.name).unlink()
    source = WRITTEN[use].block(file).reading(str(file)).open(1)
    assert features(source) == [30.0, 31.0, 32.0, 33.0, 34.0, 35.0]
