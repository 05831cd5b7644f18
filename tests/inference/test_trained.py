"""A trained run is applied to data: the numbers are the training's own, by whatever name the run is called."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas
import pytest

import registry
from registry.compiling import saved_model
from registry.inference.hits_model import _load_pyfunc
from registry.predict import main
from registry.training import recording
from tests.inference.graphs import OPTIONS, columns, write_data, write_graph

pytestmark = pytest.mark.slow

SIZES = [12, 0, 1, 33]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, registry.Run, dict[str, np.ndarray]]:
    """A folder, the run that was trained there, and what its model said of events when the training ended."""
    folder = tmp_path_factory.mktemp("trained")
    own: dict[str, np.ndarray] = {}
    save = recording.save_model

    def saving(model: Any, *arguments: Any, **options: Any) -> None:
        given = columns(SIZES, seed=5)
        kept = given["energy"] >= 0.05
        splits = np.concatenate([[0], np.cumsum(kept)])[given["row_splits"]]
        features = np.stack([np.log(np.maximum(given["energy"], 0.01)), given["x"], given["y"]], axis=1)[kept]
        events = {"features": features, "energy": given["energy"][kept, None], "row_splits": splits.astype(np.int32)}
        own.update({name: np.array(value) for name, value in model(events, training=False).items()})
        save(model, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(recording, "save_model", saving)
        write_graph(folder)
        (folder / "options.yaml").write_text(f"{OPTIONS}General: {{tracker: folder}}\n")
        run = registry.train("graph.yaml")
    write_data(folder / "new.npz", SIZES, seed=5)
    return folder, run, own


def test_predictions_are_what_the_training_said(
    trained: tuple[Path, registry.Run, dict[str, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, run, own = trained
    monkeypatch.chdir(folder)
    found = registry.predict(run, "new.npz", clusters=True)
    assert set(found) == set(own)
    for name, value in own.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, atol=1e-6)
    assert (found.hits["event"] == np.repeat([0, 2, 3], np.diff(own["row_splits"])[[0, 2, 3]])).all()
    assert found.showers["hits"].sum() == (found.hits["cluster"] >= 0).sum()


def test_a_run_is_called_by_its_address_its_name_its_folder_or_its_file(
    trained: tuple[Path, registry.Run, dict[str, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, run, own = trained
    monkeypatch.chdir(folder)
    for named in (f"run:{run.id}", run.name, str(run.folder), str(run.folder / "model.keras")):
        assert main([named, "new.npz", "-o", "out.parquet"]) == 0
        found = pandas.read_parquet("out.parquet")
        np.testing.assert_allclose(found["beta"], own["beta"][:, 0], rtol=1e-6, atol=1e-6)
    with pytest.raises(registry.InputError, match=r"nobody names no trained model(.|\n)*run:ID"):
        main(["nobody", "new.npz", "-o", "out.parquet"])


def test_a_run_that_is_named_again_is_not_loaded_again_until_its_model_is_another(
    trained: tuple[Path, registry.Run, dict[str, np.ndarray]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, run, own = trained
    monkeypatch.chdir(folder)
    loads: list[Any] = []
    load = saved_model.load_model
    monkeypatch.setattr(saved_model, "load_model", lambda *given: loads.append(given) or load(*given))
    monkeypatch.setattr("registry.inference.loaded._networks", OrderedDict())
    for named in (f"run:{run.id}", run.name, f"run:{run.id}"):
        np.testing.assert_allclose(registry.predict(named, "new.npz")["beta"], own["beta"], rtol=1e-6, atol=1e-6)
    assert len(loads) == 1
    model = load(run.folder / "model.keras", ["kept"])
    model.set_weights([2 * weight for weight in model.get_weights()])
    other = tmp_path / "run" / "model.keras"
    other.parent.mkdir()
    with ZipFile(run.folder / "model.keras") as old, ZipFile(other, "w") as new:
        model.save_weights(tmp_path / "model.weights.h5")
        for name in old.namelist():
            own_weights = name == "model.weights.h5"
            new.writestr(name, (tmp_path / name).read_bytes() if own_weights else old.read(name))
    assert np.abs(registry.predict(str(other.parent), "new.npz")["beta"] - own["beta"]).max() > 1e-3
    assert len(loads) == 2


def test_a_table_of_hits_in_any_order_gives_the_same_rows(
    trained: tuple[Path, registry.Run, dict[str, np.ndarray]],
) -> None:
    _, run, own = trained
    given = columns(SIZES, seed=5)
    kept = given["energy"] >= 0.05
    event = np.repeat([10, 11, 12, 13], SIZES)[kept]
    features = np.stack([np.log(np.maximum(given["energy"], 0.01)), given["x"], given["y"]], axis=1)[kept]
    table = pandas.DataFrame({f"features_{index}": features[:, index] for index in range(3)})
    table = table.assign(event=event, energy=given["energy"][kept]).sample(frac=1, random_state=1)
    model = _load_pyfunc(str(run.folder / "model.keras"))
    found = model.predict(table)
    assert list(found.index) == list(table.index)
    assert (found["hit"] == found.groupby("event").cumcount()).all()
    found = found.sort_index()
    assert (found["event"].to_numpy() == event).all()
    np.testing.assert_allclose(found["beta"], own["beta"][:, 0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found["ccoords_1"], own["ccoords"][:, 1], rtol=1e-6, atol=1e-6)
    assert len(model.predict(table.head(0))) == 0
    with pytest.raises(registry.InputError, match="takes a column 'features_2'"):
        model.predict(table.drop(columns="features_2"))
    listed = json.loads((next(Path(run.folder).parents[1].glob("runs/*")) / "files/model/signature.json").read_text())
    assert list(listed["outputs"]) == list(found.columns)
    assert set(listed["inputs"]) == set(table.columns)
