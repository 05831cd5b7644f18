"""The csv files of the `trackml` loader as other programs write them, and events of one name."""

from __future__ import annotations

import zipfile

import pytest

from registry.contract.data import DataError
from tests.plugins.loaders.test_trackml import PARTS, block, write


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", " , "),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: f"# made by a simulation\n\n{text}",
        lambda text: "\n".join(",".join(f'"{each}"' for each in line.split(",")) for line in text.split("\n")[:-1]),
    ],
    ids=["semicolons", "tabs", "blanks", "CRLF", "byte order mark", "comments", "quotes"],
)
def test_csv_of_other_programs_is_read_alike(written, tmp_path):
    write(tmp_path, 1, **{part: written(text) for part, text in PARTS.items()})
    data = block(tmp_path / "event*-hits.csv").open(1).read("train", [0], None)
    assert data["features"].tolist() == [[5, 2, 0.625], [1, 0, 0], [2, 1, 0.25]]
    assert data["truth_index"][:, 0].tolist() == [1, -1, 0]
    assert data["truth_energy"][:, 0].tolist() == [5, 0, 10]


def test_events_of_one_name_in_two_folders_of_a_zip_are_two_events(tmp_path):
    write(tmp_path)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for folder in ("day1", "day2"):
            for file in tmp_path.glob("*.csv"):
                archive.write(file, f"{folder}/{file.name}")
    source = block(tmp_path / "all.zip").open(1)
    described = [source.describe("train", event) for event in range(2)]
    assert described == ["all.zip event day1/event000000001", "all.zip event day2/event000000001"]


def test_a_part_that_is_there_twice_is_named(tmp_path):
    write(tmp_path)
    write(tmp_path, ending=".csv.gz")
    with pytest.raises(DataError, match=r"event000000001-cells.csv and event000000001-cells.csv.gz are the same part"):
        block(tmp_path / "event*-hits.csv").open(1)


@pytest.mark.parametrize(
    ("hits", "message"),
    [
        (
            PARTS["hits"].replace("9,1,", "9,abc,"),
            "column 'x' is 'abc' in hit 1 of event event000000002 of event000000002-hits.csv: expected numbers",
        ),
        (PARTS["hits"].replace("y", "why"), "event000000002-hits.csv has no column 'y'"),
    ],
    ids=["a text", "a column less"],
)
def test_a_later_file_of_other_columns_is_named(hits, message, tmp_path):
    write(tmp_path)
    write(tmp_path, 2, hits=hits)
    with pytest.raises(DataError) as caught:
        block(tmp_path / "event*-hits.csv").open(1)
    assert caught.value.message == message
    source = block(tmp_path / "event*-hits.csv", on_error="skip").open(1)
    assert len(source.sizes("train")) == 1
