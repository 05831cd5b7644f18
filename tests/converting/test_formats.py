"""What is written in one format is read, to the bit, in every other one."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from registry.contract.data import PARTS
from registry.contract.errors import InputError
from registry.contract.loader import Loader
from registry.converting.converting import convert
from registry.converting.opening import opened_input
from registry.inference.event_formats import reader_of
from registry.inference.files import EVENTS, endings_with
from registry.loading.blocks import load_registry
from tests.converting.events import arrays, stored, write

ENDINGS = sorted(endings_with(EVENTS))
TYPED = (".parquet", ".root", ".h5", ".npz")
"""Formats that keep types; of the others numbers keep their values."""

SOURCE = {".db": "signed", ".djctd": "narrow", ".nanoml.root": "endcaps"}
"""What a format holds the least: SQLite no id above 2^63, DeepJetCore 32 bits, NanoML the hits of two endcaps."""

RANKS = ("all", "signed", "narrow", "endcaps")

PAIRS = [
    # Every format is written from one other and read into another one; all pairs together take long.
    pytest.param(first, second, marks=() if (at - place) % len(ENDINGS) == 1 else pytest.mark.long)
    for (place, first), (at, second) in product(enumerate(ENDINGS), enumerate(ENDINGS))
]


def _endcaps(folder: Path) -> Path:
    """Write a file of NanoML, and return its description."""
    random, sizes, objects = np.random.default_rng(4), [30, 0, 24], [3, 0, 2]
    hits, count = sum(sizes), sum(objects)
    flat = {
        **{name: random.normal(0, 50, hits) for name in ("energy", "x", "y", "time", "hitr")},
        "z": np.where(np.arange(hits) % 3 == 0, -1, 1) * random.uniform(320, 500, hits),
    }
    own = {f"impactPoint_{name}": random.normal(0, 50, count) for name in "xyt"}
    own |= {name: random.uniform(5, 50, count) for name in ("boundaryEnergy", "recEnergy")}
    own["impactPoint_z"] = np.array([321.0, -321.0, 330.0, 322.0, -322.0])
    made: dict[str, Any] = {f"RecHitHGC_{key}": ak.unflatten(item.astype("f4"), sizes) for key, item in flat.items()}
    made |= {f"MergedSimCluster_{key}": ak.unflatten(item.astype("f4"), objects) for key, item in own.items()}
    match = np.concatenate([random.integers(-1, n, size) for n, size in zip(objects, sizes, strict=True)])
    made["RecHitHGC_MergedSimClusterBestMatchIdx"] = ak.unflatten(match.astype("i4"), sizes)
    for name, values in (("pdgId", [13, 22, 211, -211, 130]), ("charge", [-1, 0, 1, -1, 0])):
        made[f"MergedSimCluster_{name}"] = ak.unflatten(np.array(values, "i4"), objects)
    made["MergedSimCluster_isTrainable"] = ak.unflatten(np.array([1, 1, 0, 1, 1], bool), objects)
    with uproot.recreate(folder / "endcaps.root") as file:
        file.mktree("Events", {name: values.type.content for name, values in made.items()}).extend(made)
    (folder / "endcaps.yaml").write_text("Data: {loader: nanoml, options: {nanoml: {file: endcaps.root, min_hits: 0}}}")
    return folder / "endcaps.yaml"


def _narrow(folder: Path) -> Path:
    """Write events whose columns 32 bits hold, and return their description."""
    small = {name: column for name, column in arrays().items() if name not in ("x", "cell", "particle_id")}
    small = {name: column for name, column in small.items() if not name.startswith("events/")}
    small |= {"x": small["y"], "particle_id": arrays()["layer"] % 4, "events/number": np.arange(6) + 2**30}
    source = write(folder, "narrow")
    np.savez(folder / "narrow.npz", **small)
    return source


def _signed(folder: Path) -> Path:
    source = write(folder, "signed")
    np.savez(folder / "signed.npz", **(arrays() | {"particle_id": arrays()["particle_id"] >> np.uint64(1)}))
    return source


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that gives the description of the same events in a format, or as they are ("")."""
    folder = tmp_path_factory.mktemp("formats")
    make = {"all": lambda: write(folder), "signed": lambda: _signed(folder), "narrow": lambda: _narrow(folder)}
    make["endcaps"] = lambda: _endcaps(folder)

    @cache
    def found(source: str, ending: str = "") -> Path:
        if not ending:
            return make[source]()
        out = folder / source / ending[1:] / f"events{ending}"
        convert([str(found(source))], str(out))
        return out.with_name(f"{out.name}.yaml")

    return found


def values_of(named: Path) -> dict[str, Any]:
    """Return every column of hits and of events, and the sizes of events, as plain values."""
    events = stored(named)
    return {"sizes": events.sizes.tolist()} | {
        name: column.tolist() for columns in (events.hits, events.events) for name, column in columns.items()
    }


def test_every_loader_of_files_is_written_to_and_read() -> None:
    loaders = {
        name
        for name, kind in load_registry().blocks.items()
        if issubclass(kind, Loader) and getattr(kind, "endings", ())
    }
    assert {reader_of(ending) for ending in ENDINGS} == loaders


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_round_trip_through_any_two_formats_is_exact(first: str, second: str, written: Any, tmp_path: Path) -> None:
    if ".djctd" in (first, second):
        pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    source = max((SOURCE.get(ending, "all") for ending in (first, second)), key=RANKS.index)
    expected = values_of(written(source))
    # Formats add what they need of hits and events, for which others have no place.
    columns = [name for name in expected if name != "sizes"] if second in (".nanoml.root", ".djctd") else []
    out = tmp_path / f"events{second}"
    convert([str(written(source, first))], str(out), columns=columns)
    found = values_of(tmp_path / f"events{second}.yaml")
    assert {name: found.get(name) for name in expected} == expected
    if first in TYPED and second in TYPED:
        own, other = stored(written(source)), stored(tmp_path / f"events{second}.yaml")
        assert [(name, column.dtype) for name, column in sorted(own.hits.items())] == [
            (name, column.dtype) for name, column in sorted(other.hits.items())
        ]


@pytest.mark.parametrize(
    ("ending", "columns", "message"),
    [
        (".djctd", ["cell"], "column 'cell' is"),
        (".djctd", ["x"], "column 'x' has more digits"),
        (".djctd", ["run"], "column 'run' holds texts"),
        (".db", ["particle_id"], "column 'particle_id' holds 9223372036854775811"),
        (".nanoml.root", ["late"], "column 'y' has no place in NanoML"),
        (".colliderml", ["late"], "there is no column 'x'"),
        (".zip", ["event"], "column 'event' of hits"),
    ],
)
def test_what_a_format_does_not_hold_is_refused_by_name(
    ending: str, columns: list[str], message: str, tmp_path: Path
) -> None:
    if ending == ".djctd":
        pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    np.savez(tmp_path / "events.npz", **arrays(), event=arrays()["charge"])  # type: ignore[arg-type]
    source = tmp_path / "events.yaml"
    source.write_text(
        "Data: {loader: arrays, options: {arrays: "
        "{file: events.npz, row_splits: row_splits, columns: {features: [y]}}}}"
    )
    with pytest.raises(InputError) as caught:
        convert([str(source)], str(tmp_path / f"out{ending}"), columns=columns)
    assert message in str(caught.value)
    assert not (tmp_path / f"out{ending}").exists()


@pytest.mark.parametrize("ending", TYPED)
def test_a_file_describes_itself_as_far_as_its_events_go(ending: str, written: Any) -> None:
    found = stored(written("all", ending).with_suffix(""))
    expected = stored(written("all"))
    np.testing.assert_array_equal(found.sizes, expected.sizes)
    np.testing.assert_array_equal(found.hits["particle_id"], expected.hits["particle_id"])


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".nanoml.root"])
def test_a_network_sees_the_same_of_the_written_events(ending: str, written: Any) -> None:
    if ending == ".djctd":
        pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    sources = []
    source = SOURCE.get(ending, "all")
    for named in (written(source), written(source, ending)):
        with opened_input([str(named)], (), (), ()) as loader:
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
        assert ids[0].tolist() == ids[1].tolist()


def test_columns_may_be_chosen_and_those_of_the_description_go_along(written: Any, tmp_path: Path) -> None:
    convert([str(written("all"))], str(tmp_path / "few.parquet"), columns=["layer", "number"])
    found = stored(tmp_path / "few.parquet.yaml")
    assert set(found.hits) == {"layer", "energy", "x", "y", "z", "charge", "particle_id", "truth_energy", "pdg"}
    assert set(found.events) == {"number"}


def test_no_events_are_written_as_no_events(tmp_path: Path) -> None:
    source = write(tmp_path, "none", ())
    for ending in TYPED:
        convert([str(source)], str(tmp_path / ending[1:] / f"none{ending}"))
        found = stored(tmp_path / ending[1:] / f"none{ending}.yaml")
        assert len(found.sizes) == 0
        assert {name: column.dtype for name, column in found.hits.items()} == {
            name: column.dtype for name, column in arrays(()).items() if "/" not in name and name != "row_splits"
        }


def test_whole_numbers_of_either_kind_stay_exact_in_files_without_types(tmp_path: Path) -> None:
    """An event of large ids without a sign, and one of small ones: each has another type in csv."""
    large = {**arrays((2, 1, 0)), "particle_id": np.array([2**63 + 1, 2**63 + 3, 7], np.uint64)}
    source = write(tmp_path, "large", (2, 1, 0))
    np.savez(tmp_path / "large.npz", **large)
    convert([str(source)], str(tmp_path / "large.zip"))
    convert([str(tmp_path / "large.zip.yaml")], str(tmp_path / "large.parquet"))
    found = stored(tmp_path / "large.parquet.yaml")
    assert found.hits["particle_id"].tolist() == [2**63 + 1, 2**63 + 3, 7]
    assert found.events["run"].tolist() == ["run 0", "run 1", "run 0"]
