"""What is written in one format is read, to the bit, in every other one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from registry.contract.data import PARTS
from registry.contract.errors import InputError
from registry.converting.converting import convert
from registry.converting.opening import opened_input
from tests.converting.events import arrays, assert_equal, stored, write

FORMATS = ("parquet", "root", "h5", "npz")
WITHOUT_TYPES = ("jsonl",)
"""Formats that keep the values of numbers, and not their types."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same events in every format, each by its description."""
    folder = tmp_path_factory.mktemp("formats")
    source = write(folder / "source")
    for ending in (*FORMATS, *WITHOUT_TYPES):
        convert([str(source)], str(folder / ending / f"events.{ending}"))
    endings = (*FORMATS, *WITHOUT_TYPES)
    return {ending: folder / ending / f"events.{ending}.yaml" for ending in endings} | {"source": source}


@pytest.mark.parametrize(("first", "second"), product(FORMATS, FORMATS))
def test_a_round_trip_through_any_two_formats_is_exact(
    first: str, second: str, written: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / f"events.{second}"
    convert([str(written[first])], str(out))
    assert_equal(stored(written["source"]), stored(f"{out}.yaml"))


@pytest.mark.parametrize(
    ("first", "second"), [("jsonl", each) for each in FORMATS] + [(each, "jsonl") for each in FORMATS]
)
def test_a_round_trip_through_json_keeps_every_value(
    first: str, second: str, written: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / f"events.{second}"
    convert([str(written[first])], str(out))
    expected, found = stored(written["source"]), stored(f"{out}.yaml")
    assert found.sizes.tolist() == expected.sizes.tolist()
    for own, other in ((expected.hits, found.hits), (expected.events, found.events)):
        assert {name: column.tolist() for name, column in own.items()} == {
            name: column.tolist() for name, column in other.items()
        }


@pytest.mark.parametrize("second", [*FORMATS, *WITHOUT_TYPES, "djctd"])
def test_a_round_trip_through_deepjetcore_keeps_what_32_bits_hold(second: str, tmp_path: Path) -> None:
    pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    small = {name: column for name, column in arrays().items() if name not in ("x", "cell", "particle_id")}
    small = {name: column for name, column in small.items() if not name.startswith("events/")}
    small |= {"x": small["y"], "particle_id": arrays()["layer"] % 4, "events/number": np.arange(6) + 2**30}
    source = write(tmp_path)
    np.savez(tmp_path / "events.npz", **small)
    convert([str(source)], str(tmp_path / "first.djctd"))
    convert([str(tmp_path / "first.djctd.yaml")], str(tmp_path / f"second.{second}"))
    expected, found = stored(source), stored(tmp_path / f"second.{second}.yaml")
    assert found.sizes.tolist() == expected.sizes.tolist()
    for own, other in ((expected.hits, found.hits), (expected.events, found.events)):
        assert {name: column.tolist() for name, column in own.items()} == {
            name: column.tolist() for name, column in other.items()
        }


@pytest.mark.parametrize(
    ("columns", "message"),
    [(["cell"], "column 'cell' is"), (["x"], "column 'x' has more digits"), (["run"], "column 'run' holds texts")],
)
def test_what_32_bits_do_not_hold_is_not_written(columns: list[str], message: str, tmp_path: Path) -> None:
    pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    np.savez(tmp_path / "events.npz", **arrays())  # type: ignore[arg-type]
    source = tmp_path / "events.yaml"
    source.write_text(
        "Data: {loader: arrays, options: {arrays: "
        "{file: events.npz, row_splits: row_splits, columns: {features: [y]}}}}"
    )
    with pytest.raises(InputError) as caught:
        convert([str(source)], str(tmp_path / "out.djctd"), columns=columns)
    assert message in str(caught.value)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_describes_itself_as_far_as_its_events_go(ending: str, written: dict[str, Path]) -> None:
    file = written[ending].with_suffix("")
    found = stored(file)
    expected = stored(written["source"])
    np.testing.assert_array_equal(found.sizes, expected.sizes)
    np.testing.assert_array_equal(found.hits["particle_id"], expected.hits["particle_id"])


@pytest.mark.parametrize("ending", FORMATS)
def test_a_network_sees_the_same_of_the_written_events(ending: str, written: dict[str, Path]) -> None:
    sources = []
    for name in ("source", ending):
        with opened_input([str(written[name])], (), (), ()) as loader:
            sources.append(loader.block.open(0))
    for part in PARTS:
        assert sources[0].sizes(part).tolist() == sources[1].sizes(part).tolist()
        events = np.arange(len(sources[0].sizes(part)))
        first, second = (source.read(part, events, None) for source in sources)
        assert set(first) == set(second)
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])
            assert first[name].dtype == second[name].dtype
        ids = [source.original(part, events)["truth_index"] for source in sources]
        np.testing.assert_array_equal(*ids)


def test_columns_may_be_chosen_and_those_of_the_description_go_along(written: dict[str, Path], tmp_path: Path) -> None:
    convert([str(written["source"])], str(tmp_path / "few.parquet"), columns=["layer", "number"])
    found = stored(tmp_path / "few.parquet.yaml")
    assert set(found.hits) == {"layer", "energy", "x", "y", "z", "charge", "particle_id", "truth_energy", "pdg"}
    assert set(found.events) == {"number"}


def test_no_events_are_written_as_no_events(tmp_path: Path) -> None:
    source = write(tmp_path, "none", ())
    for ending in FORMATS:
        convert([str(source)], str(tmp_path / ending / f"none.{ending}"))
        found = stored(tmp_path / ending / f"none.{ending}.yaml")
        assert len(found.sizes) == 0
        assert {name: column.dtype for name, column in found.hits.items()} == {
            name: column.dtype for name, column in arrays(()).items() if "/" not in name and name != "row_splits"
        }
