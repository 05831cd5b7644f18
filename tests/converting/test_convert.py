"""The command: many files, interruptions, objects and contributions, and what is wrong with what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import yaml

import registry
from registry.contract.data import PARTS
from registry.contract.errors import InputError, RunError
from registry.convert import main
from registry.converting import writing
from registry.converting.conversion import StoredConversion
from registry.converting.converting import convert
from registry.converting.opening import opened_input
from tests.converting.events import assert_equal, stored, write

ROOT = Path(__file__).parents[2]


def described(folder: Path, loader: str, **parameters: Any) -> Path:
    """Write a description of events, and return it."""
    file = folder / f"{loader}.yaml"
    file.write_text(yaml.safe_dump({"Data": {"loader": loader, "options": {loader: parameters}}}))
    return file


def assert_same_network_inputs(first: Path, second: Path) -> None:
    """Assert that a loader hands on the same of both descriptions."""
    sources = []
    for named in (first, second):
        with opened_input([str(named)], (), (), ()) as loader:
            sources.append(loader.block.open(0))
    for part in PARTS:
        events = np.arange(len(sources[0].sizes(part)))
        own, other = (source.read(part, events, None) for source in sources)
        assert set(own) == set(other)
        for name in own:
            np.testing.assert_array_equal(own[name], other[name], err_msg=name)


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """Three files of events."""
    for number in range(3):
        write(tmp_path, f"run{number}", [number, 4, 0], seed=number)
    return [str(tmp_path / f"run{number}.npz") for number in range(3)]


def test_several_files_become_one_or_one_each(three: list[str], tmp_path: Path) -> None:
    config = str(tmp_path / "run0.yaml")
    assert main([*three, str(tmp_path / "whole.parquet"), "--config", config]) == 0
    assert main([*three, str(tmp_path / "each" / "*.root"), "--config", config, "--jobs", "3"]) == 0
    assert sorted(file.name for file in (tmp_path / "each").iterdir()) == ["run0.root", "run1.root", "run2.root"]
    assert_equal(stored(tmp_path / "whole.parquet.yaml"), stored(tmp_path / "each.root.yaml"))
    assert stored(tmp_path / "whole.parquet.yaml").sizes.tolist() == [0, 4, 0, 1, 4, 0, 2, 4, 0]


def test_what_was_written_is_converted_as_the_description_beside_it_says(tmp_path: Path) -> None:
    write(tmp_path, "events", [3, 0, 4, 2])
    assert main([str(tmp_path / "events.yaml"), str(tmp_path / "a.parquet")]) == 0
    assert main([str(tmp_path / "a.parquet"), str(tmp_path / "b.npz")]) == 0
    assert_same_network_inputs(tmp_path / "a.parquet.yaml", tmp_path / "b.npz.yaml")


def test_what_was_interrupted_goes_on_and_nobody_finds_half_a_file(
    three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, config = tmp_path / "whole.h5", str(tmp_path / "run0.yaml")
    monkeypatch.setattr(writing, "HITS_OF_A_PIECE", 1)
    read, whole = StoredConversion.read, []

    def interrupted(self: StoredConversion, done: int) -> Any:
        for number, events in enumerate(read(self, done)):
            whole.append(done + number)
            if done == 0 and number == 2:
                raise KeyboardInterrupt
            yield events

    monkeypatch.setattr(StoredConversion, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        convert(three, str(out), configs=[config])
    assert not out.exists()
    assert main([*three, str(out), "--config", config]) == 0
    assert "went on after 6 of 9 events" in capsys.readouterr().out
    assert whole == [0, 1, 2, 2]
    assert stored(f"{out}.yaml").sizes.tolist() == [0, 4, 0, 1, 4, 0, 2, 4, 0]
    assert not list(tmp_path.glob("*partial*"))


def test_something_else_is_not_gone_on_with(three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, config = str(tmp_path / "whole.h5"), str(tmp_path / "run0.yaml")

    def failing(*_: Any) -> Any:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_event_table", failing)
        with pytest.raises(OSError, match="no space left"):
            convert(three, out, configs=[config])
    with pytest.raises(InputError, match="was begun with another data"):
        convert(three[:2], out, configs=[config])
    assert convert(three[:2], out, configs=[config], restart=True).files[0].events == 6


def test_columns_of_objects_and_their_lists_of_hits_are_resolved(tmp_path: Path) -> None:
    table = {
        "e": [[1.0, 2.0, 3.0], [], [4.0, 5.0]],
        "x": [[0.0, 1.0, 2.0], [], [3.0, 4.0]],
        "pt": [[10.0, 20.0], [], [30.0]],
        "hits": [[[0], [2, 1]], [], [[1]]],
    }
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "objects.parquet")
    source = described(
        tmp_path,
        "parquet",
        file=str(tmp_path / "objects.parquet"),
        columns={"features": ["e", "x * e"], "truth_energy": "log1p(object.pt)"},
        objects={"hits": "hits"},
        object_filter={"pt": {"min": 15.0}},
        min_hits=0,
        split={"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None},
    )
    made = convert([str(source)], str(tmp_path / "out.npz"))
    assert_same_network_inputs(source, tmp_path / "out.npz.yaml")
    found = stored(tmp_path / "out.npz.yaml")
    assert found.hits["truth_index"].tolist() == [-1, 1, 1, -1, 0]
    assert found.hits["object_pt"].tolist() == [10.0, 20.0, 20.0, 0.0, 30.0]
    assert not made.notes


def test_contributions_become_the_object_of_a_hit(tmp_path: Path) -> None:
    table = {
        "event": [3, 3, 5, 3],
        "c-x": [1.0, 2.0, 3.0, 4.0],
        "c0": [0.1, 0.9, 0.0, 0.0],
        "c1": [0.7, 0.1, 0.0, 0.4],
    }
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "flat.parquet")
    source = described(
        tmp_path,
        "parquet",
        file=str(tmp_path / "flat.parquet"),
        event={"id": "event"},
        columns={"features": ["c-x", "2 * `c-x`"]},
        contributions={"weights": "c{0:2}"},
        split={"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None},
    )
    convert([str(source)], str(tmp_path / "out.root"))
    assert_same_network_inputs(source, tmp_path / "out.root.yaml")
    found = stored(tmp_path / "out.root.yaml")
    assert found.events["event"].tolist() == [3, 5]
    assert found.hits["truth_index"].tolist() == [1, 0, 1, -1]


REAL: Mapping[str, tuple[str, dict[str, Any]]] = {
    "parquet_flat_wide/belle2_ecl_bhabha_exp1003.parquet": (
        "parquet",
        {
            "event": {"id": "uni_event_id"},
            "columns": {"features": ["log1p(rec_energy)", "tc_time"], "energy": "rec_energy"},
            "contributions": {"weights": "c{0:20}_frac", "threshold": 0.2},
        },
    ),
    "trackml_csv/event000000001-hits.csv.gz": (
        "trackml",
        {
            "columns": {"features": ["x", "n_cells"], "truth_index": "particle_id", "truth_energy": "object.px"},
            "objects": {"id": "particle_id", "missing": "noise"},
        },
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_what_a_network_sees_of_real_files_is_what_it_sees_of_the_written_ones(
    name: str, reference: Path, tmp_path: Path
) -> None:
    loader, options = REAL[name]
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    source = described(tmp_path, loader, file=str(reference / "data" / "formats" / name), split=split, **options)
    convert([str(source)], str(tmp_path / "out" / "events.h5"))
    assert_same_network_inputs(source, tmp_path / "out" / "events.h5.yaml")


LISTS = {"pt": [[1.0], [2.0, 3.0]], "e": [[1.0, 2.0], [3.0, 4.0, 5.0]], "x": [[1.0, 2.0], [3.0, 4.0, 5.0]]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run0.npz"], "convert: expected IN and OUT, received one name"),
        (["run0.npz", "out.csv"], "out.csv: expected a file name that ends in"),
        (["run0.txt", "out.parquet"], "run0.txt: no loader reads files that end so"),
        (["flat.parquet", "out.npz"], "nothing says where an event ends: the data file has one row for each hit"),
        (["lists.parquet", "out.npz"], "nothing says which are of hits: e, x (5 values in 2 events); pt (3 values in"),
        (["none.yaml", "out.npz"], "none.yaml has neither `blocks`, as a graph, nor a section `Data`, as options"),
        (["run0.yaml", "out.npz", "--columns", "energie"], "column 'energie' is not in the files"),
        (["run0.npz", "out.npz", "--set", "loader=root2"], "there is no loader 'root2'"),
        (["run0.npz", "out.npz", "--set", "columns"], "--set columns: expected KEY.SUB=VALUE"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], message: str, three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pyarrow.parquet.write_table(pyarrow.table({"event": [1, 2], "x": [1.0, 2.0]}), "flat.parquet")
    pyarrow.parquet.write_table(pyarrow.table(LISTS), "lists.parquet")
    Path("none.yaml").write_text("Training: []\n")
    with pytest.raises(InputError) as caught:
        main(arguments)
    assert message in str(caught.value)
    assert not list(tmp_path.glob("out*"))


def test_options_of_a_training_say_which_events_whatever_else_they_hold(tmp_path: Path) -> None:
    write(tmp_path, "run", [2, 3])
    source = described(tmp_path, "arrays", file=str(tmp_path / "run.npz"), columns={"features": ["energy"]})
    options = yaml.safe_load(source.read_text())
    options |= {"General": {"normalization": "none"}, "LossOptions": {"q_min": 0.2}}
    options["Data"] |= {"scaling": "standardise", "clustering": {"radius": 1.0}}
    source.write_text(yaml.safe_dump(options))
    assert convert([str(source)], str(tmp_path / "out.h5")).files[0].hits == 5


def test_columns_that_are_named_say_which_lists_are_of_hits(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table(LISTS), tmp_path / "lists.parquet")
    arguments = [str(tmp_path / "lists.parquet"), str(tmp_path / "out.h5"), "--set", "columns.features=[e]"]
    assert main(arguments) == 0
    assert stored(str(tmp_path / "out.h5.yaml")).hits["x"].tolist() == [1, 2, 3, 4, 5]


def test_what_is_picked_of_lists_is_a_column_after_a_conversion(tmp_path: Path) -> None:
    events = {"pos": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], "e": [[1.0, 2.0], [3.0]]}
    pyarrow.parquet.write_table(pyarrow.table(events), tmp_path / "lists.parquet")
    options = {"columns": {"features": ["e", "hypot(`pos[:,0]`, `pos[:,1]`)"]}}
    source = described(tmp_path, "parquet", file=str(tmp_path / "lists.parquet"), **options)
    convert([str(source)], str(tmp_path / "out.h5"))
    assert_same_network_inputs(source, tmp_path / "out.h5.yaml")


def test_a_column_says_the_part_of_an_event_after_a_conversion_too(tmp_path: Path) -> None:
    arrays = {"x": np.arange(6.0), "row_splits": np.array([0, 2, 2, 3, 6]), "events/part": np.array([2, 0, 1, 0])}
    np.savez(tmp_path / "parts.npz", **arrays)  # type: ignore[arg-type]
    options = {"columns": {"features": ["x"]}, "min_hits": 0, "split": {"part": "events/part"}}
    source = described(tmp_path, "arrays", file=str(tmp_path / "parts.npz"), **options)
    convert([str(source)], str(tmp_path / "out.parquet"))
    assert_same_network_inputs(source, tmp_path / "out.parquet.yaml")
    with opened_input([str(tmp_path / "out.parquet.yaml")], (), (), ()) as loader:
        found = loader.block.open(0)
    assert [found.sizes(part).tolist() for part in PARTS] == [[0, 3], [1], [2]]


def test_hits_that_objects_share_are_shared_after_a_conversion_too(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    parts = random.exponential(1.0, (12, 4)) * (random.random((12, 4)) < 0.7)
    arrays = {f"c{number}": parts[:, number] for number in range(4)} | {"x": np.arange(12.0)}
    np.savez(tmp_path / "shared.npz", **arrays, row_splits=np.array([0, 5, 5, 12]))  # type: ignore[arg-type]
    source = described(
        tmp_path,
        "arrays",
        file=str(tmp_path / "shared.npz"),
        columns={"features": ["x"]},
        contributions={"weights": "c{0:4}", "threshold": 0.4},
        shares=3,
        min_hits=0,
        split={"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None},
    )
    made = convert([str(source)], str(tmp_path / "out.parquet"))
    assert not made.notes
    assert_same_network_inputs(source, tmp_path / "out.parquet.yaml")
    convert([str(tmp_path / "out.parquet.yaml")], str(tmp_path / "again.h5"))
    assert_same_network_inputs(source, tmp_path / "again.h5.yaml")


@pytest.mark.slow
def test_files_are_tasks_of_a_farm_and_one_that_fails_is_named(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = str(tmp_path / "run0.yaml"), tmp_path / "each" / "*.parquet"
    in_the_way = out.with_name("run1.parquet")
    in_the_way.mkdir(parents=True)
    farm = ["--config", config, "--on", "local", "--jobs", "2", "--retries", "0"]
    with pytest.raises(RunError, match=rf"{three[1]}: failed: .*run1.parquet(.|\n)*1 of 3 files are not done"):
        main([*three, str(out), *farm])
    in_the_way.rmdir()
    capsys.readouterr()
    assert main([*three, str(out), *farm]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("went on")] == ["went on after 3 of 3 events"] * 2
    assert [file.name for file in sorted(out.parent.iterdir())] == [f"run{number}.parquet" for number in range(3)]
    assert main([*three, str(tmp_path / "here" / "*.parquet"), "--config", config]) == 0
    assert_equal(stored(tmp_path / "here.parquet.yaml"), stored(tmp_path / "each.parquet.yaml"))


def test_events_are_described_before_they_are_read_as_they_are_after_it() -> None:
    from registry.converting.passing import of_ports

    sets = [f"Data.options.showers.{part}_events=2" for part in ("train", "validation", "test")]
    with opened_input([str(ROOT / "graphs" / "gravnet.yaml")], (), sets, ()) as loader:
        conversion = of_ports(loader, ())
        before = conversion.described("{}")
        assert sum(len(events.sizes) for events in conversion.read(0)) == 6
        assert before == conversion.described("{}")
    assert before["columns"]["features"]


@pytest.mark.slow
def test_python_gives_files_to_a_farm_too(three: list[str], tmp_path: Path) -> None:
    config = tmp_path / "run0.yaml"
    each = registry.convert(three, tmp_path / "each" / "*.parquet", config=str(config), on="local", jobs=2, retries=0)
    whole = registry.convert(three, tmp_path / "whole.parquet", config=str(config), on="local", retries=0)
    assert [file.events for file in each.files] == [3, 3, 3]
    assert [(file.file.name, file.events) for file in whole.files] == [("whole.parquet", 9)]
    assert_equal(stored(each.description), stored(whole.description))


def test_a_format_without_texts_says_that_names_of_events_are_not_written(tmp_path: Path) -> None:
    pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
    few = [f"Data.options.showers.{part}_events=2" for part in ("train", "validation", "test")]
    file = tmp_path / "showers.djctd"
    made = convert(["builtin:gravnet.yaml"], str(file), sets=few)
    assert [note.partition(",")[0] for note in made.notes] == ["original_event"]
    found = stored(made.description)
    assert len(found.sizes) == 6
    assert not {"original_event"} & found.events.keys()
