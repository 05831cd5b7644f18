"""`python -m registry.predict`: one row a hit, in every format, for data without truth; interrupted, it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas
import pytest

import registry
from registry.contract.errors import InputError
from registry.inference import writing
from registry.inference.opening import TrainedModel
from registry.inference.pieces import Pieces
from registry.inference.predicting import Network
from registry.predict import main
from tests.inference.graphs import columns, write_data, write_model

SIZES = [0, 30, 1, 0, 17, 40, 2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = write_model(tmp_path_factory.mktemp("model"))
    with pytest.MonkeyPatch.context() as patched:
        load = TrainedModel.network
        loaded = cache(lambda file: load(own[file]))
        own: dict[Path, TrainedModel] = {}

        def network(given: TrainedModel) -> Network:
            own[given.file] = given
            return loaded(given.file)

        # Loading takes a second, and every test would do it.
        patched.setattr(TrainedModel, "network", network)
        yield file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "new.npz", SIZES, seed=1)


def predicted(model: Path, data: Path | str, out: Path, *more: str) -> pandas.DataFrame:
    assert main([str(model), str(data), "-o", str(out), *more]) == 0
    return pandas.read_parquet(out)


def test_every_hit_has_a_row_with_the_outputs_of_the_model_and_its_number_in_the_file(
    model: Path, data: Path, tmp_path: Path
) -> None:
    found = predicted(model, data, tmp_path / "out.parquet")
    given = columns(SIZES, seed=1)
    kept = given["energy"] >= 0.05
    event = np.repeat(np.arange(len(SIZES)), SIZES)
    within = np.arange(len(event)) - given["row_splits"][:-1][event]
    np.testing.assert_array_equal(found["event"], event[kept])
    np.testing.assert_array_equal(found["original_id"], within[kept])
    assert (found.groupby("event")["hit"].max() + 1 == np.bincount(event[kept])[found["event"].unique()]).all()
    features = np.stack([np.log(np.maximum(given["energy"], 0.01)), given["x"], given["y"]], axis=1)[kept]
    splits = np.concatenate([[0], np.cumsum(np.bincount(event[kept], minlength=len(SIZES)))])
    expected = registry.load_model(model)(
        {"features": features, "row_splits": splits.astype(np.int32), "energy": given["energy"][kept, None]}
    )
    np.testing.assert_allclose(found["beta"], expected["beta"][:, 0], atol=1e-6)
    np.testing.assert_allclose(found[[f"classes_{index}" for index in range(6)]], expected["classes"], atol=1e-6)
    assert found["kept"].all()


def test_the_same_is_had_in_python(model: Path, data: Path, tmp_path: Path) -> None:
    written = predicted(model, data, tmp_path / "out.parquet")
    made = registry.predict(model, data)
    pandas.testing.assert_frame_equal(made.hits, written)
    np.testing.assert_array_equal(made["beta"][:, 0], written["beta"])
    assert made["row_splits"][-1] == len(written)


def test_showers_stand_beside_the_hits_and_say_what_their_hits_do(model: Path, data: Path, tmp_path: Path) -> None:
    hits = predicted(model, data, tmp_path / "out.parquet", "--clusters")
    showers = pandas.read_parquet(tmp_path / "out.showers.parquet")
    inside = hits[hits["cluster"] >= 0]
    assert len(showers)
    assert (inside["condensation_point"] >= 0).all()
    assert (hits.loc[hits["cluster"] < 0, "condensation_point"] == -1).all()
    groups = inside.groupby(["event", "cluster"])
    np.testing.assert_array_equal(showers[["event", "shower"]], [list(key) for key in groups.groups])
    np.testing.assert_array_equal(showers["hits"], groups.size())
    np.testing.assert_allclose(showers["hit_energy"], groups["energy"].sum(), rtol=1e-6)
    np.testing.assert_array_equal(showers["condensation_point"], groups["condensation_point"].first())
    points = showers.merge(hits, left_on=["event", "condensation_point"], right_on=["event", "hit"])
    np.testing.assert_allclose(points["beta_x"], points["beta_y"])
    made = registry.predict(model, data, clusters=True)
    pandas.testing.assert_frame_equal(made.showers, showers)
    pandas.testing.assert_frame_equal(made.hits, hits)


def test_thresholds_that_were_not_tuned_are_said_to_be_so(
    model: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predicted(model, data, tmp_path / "out.parquet", "--clusters")
    assert "are those that were written: they were not chosen on validation" in capsys.readouterr().err
    with pytest.warns(UserWarning, match="those that were written"):
        registry.predict(model, data, clusters=True)


def _h5(file: Path) -> dict[str, np.ndarray]:
    with h5py.File(file) as opened:
        return {name: opened["hits"][name][:] for name in opened["hits"]}


def _root(file: Path) -> dict[str, np.ndarray]:
    uproot = pytest.importorskip("uproot")
    with uproot.open(file) as opened:
        return dict(opened["hits"].arrays(library="np"))


def _npz(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as opened:
        return dict(opened)


@pytest.mark.parametrize("sizes", [SIZES, [0, 0], []], ids=["some hits", "no hit at all", "no event"])
@pytest.mark.parametrize(("ending", "read"), [("h5", _h5), ("root", _root), ("npz", _npz)])
def test_every_format_holds_the_same_columns(
    ending: str, read: Callable[[Path], dict[str, np.ndarray]], sizes: list[int], model: Path, tmp_path: Path
) -> None:
    data = write_data(tmp_path / "new.npz", sizes, seed=1)
    expected = predicted(model, data, tmp_path / "out.parquet")
    out = tmp_path / f"out.{ending}"
    assert main([str(model), str(data), "-o", str(out)]) == 0
    found = read(out)
    assert set(found) == set(expected)
    for name, column in found.items():
        np.testing.assert_array_equal(column, expected[name])
        assert column.dtype == expected[name].dtype
    assert [item.name for item in tmp_path.iterdir() if "partial" in item.name] == []


def interrupted(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    """Let predicting be interrupted when so many pieces are on the disk, each of a few hits."""
    monkeypatch.setattr(writing, "HITS_OF_A_PIECE", 1)
    monkeypatch.setattr(writing, "packs", lambda sizes: [np.array([event]) for event in range(len(sizes))])
    add, done = Pieces.add, []

    def adding(self: Pieces, *arguments: Any) -> None:
        if len(done) == pieces:
            raise KeyboardInterrupt
        add(self, *arguments)
        done.append(arguments)

    monkeypatch.setattr(Pieces, "add", adding)


def test_what_was_interrupted_goes_on_and_ends_as_if_it_had_not_been(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("what was there before")
    with monkeypatch.context() as patched:
        interrupted(patched, 2)
        with pytest.raises(KeyboardInterrupt):
            main([str(model), str(data), "-o", str(out)])
    assert out.read_text() == "what was there before"
    with monkeypatch.context() as patched:
        interrupted(patched, 10)
        found = predicted(model, data, out)
    assert "went on after 3 of 7 events" in capsys.readouterr().out
    with monkeypatch.context() as patched:
        interrupted(patched, 10)
        pandas.testing.assert_frame_equal(found, predicted(model, data, tmp_path / "whole.parquet"))


def test_what_was_begun_with_other_data_is_not_gone_on_with(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"
    with monkeypatch.context() as patched:
        interrupted(patched, 1)
        with pytest.raises(KeyboardInterrupt):
            main([str(model), str(data), "-o", str(out)])
    other = write_data(tmp_path / "other.npz", [5], seed=2)
    with pytest.raises(InputError, match=r"begun with another data(.|\n)*new.npz, now .*other.npz(.|\n)*--restart"):
        main([str(model), str(other), "-o", str(out)])
    assert len(predicted(model, other, out, "--restart")) == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{data}", "-o", "out.csv"], r"expected a file name that ends in .*\.parquet.*, received '\.csv'"),
        (["nowhere.npz", "-o", "out.npz"], r"nowhere.npz' does not exist"),
        (["{lacking}", "-o", "out.npz"], r"has no column 'y'"),
        (["{short}", "-o", "out.npz"], r"columns differ in length: 'x' has 89 rows"),
        (["{infinite}", "-o", "out.npz"], r"column 'x' is inf in row 4 \(event 1\)"),
    ],
    ids=["an ending", "no data", "a column is missing", "a column is short", "not finite"],
)
def test_data_that_do_not_fit_are_refused_by_their_column(
    model: Path, data: Path, tmp_path: Path, arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = columns(SIZES, seed=1)
    wrong = {
        "lacking": {name: column for name, column in given.items() if name != "y"},
        "short": {**given, "x": given["x"][1:]},
        "infinite": {**given, "x": np.where(np.arange(90) == 4, np.inf, given["x"])},
    }
    for name, arrays in wrong.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
    monkeypatch.chdir(tmp_path)
    names = {"data": data, **{name: tmp_path / f"{name}.npz" for name in wrong}}
    with pytest.raises(InputError, match=told):
        main([str(model), *(word.format(**names) for word in arguments)])


def test_a_part_of_the_training_s_own_events_is_named(model: Path, tmp_path: Path) -> None:
    found = predicted(model, "test", tmp_path / "out.parquet")
    assert found["event"].nunique() == 2


def test_a_file_that_says_nothing_of_its_data_is_refused(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(tmp_path / "other.keras")
    with pytest.raises(InputError, match="does not say by which loader its events are read"):
        main([str(tmp_path / "other.keras"), "data.npz", "-o", str(tmp_path / "out.npz")])


def test_the_help_names_the_files_that_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(ending in said for ending in (".h5", ".jsonl", ".npz", ".parquet", ".root"))
    assert ".djctd" not in said
