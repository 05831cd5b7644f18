"""Data and model of a run in mlflow: inputs and an output of the run, once however often they are delivered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from registry.contract.tracker import DataInfo, ModelInfo, RunInfo
from registry.deliver import main as deliver
from registry.plugins.trackers.mlflow import delivery, models
from registry.plugins.trackers.mlflow.datasets import dataset_input
from registry.plugins.trackers.mlflow.receiver import MlflowReceiver
from registry.plugins.trackers.mlflow.records import Data, Model, line_of, record_of
from registry.plugins.trackers.mlflow.tracker import MlflowTracker
from tests.stores import make_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

DATA = DataInfo("showers", 20 * "ab", "training", "arrays", (), {"x": "float32", "id": "int32"}, {"events": 2})

LOAD = """
import sys
import mlflow, pandas
mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
model = mlflow.pyfunc.load_model(sys.argv[1])
table = model.input_example
table = pandas.concat([table.assign(event=7), table.assign(event=3)]).sample(frac=1, random_state=1)
found = model.predict(table)
assert (found["x_0"] == 2 * table["features_0"].astype("float32")).all()
assert (found["event"] == table["event"]).all()
print("loaded", len(found), *found.columns[:3])
"""


@dataclass
class Recorded:
    """A run with data and a model that were delivered after an outage, in a folder that was moved since."""

    folder: Path
    client: MlflowClient
    run: str
    info: ModelInfo


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    from registry.compiling.model import compile_graph
    from registry.training.hits_model import hits_model
    from registry.training.saving import save_model
    from registry.wiring.opening import open_graph
    from tests.compiling import test_carried

    folder = tmp_path_factory.mktemp("here")
    make_store(folder)
    theirs = folder / "theirs"
    graph = test_carried.graph(folder, "doubled", plugins=[test_carried.times(theirs, "doubled", 2.0)])
    compiled = compile_graph(open_graph(str(graph)))
    assert compiled.inference is not None
    file = folder / "model.keras"
    save_model(compiled.inference, file, {}, compiled.checked)
    import tensorflow as tf

    taken = {name: tensor for name, tensor in compiled.inference.input.items() if "row" not in name}
    columns = {name: tf.constant(np.ones((5, tensor.shape[-1]), np.float32)) for name, tensor in taken.items()}
    info = hits_model(compiled.checked, compiled.inference, file, columns, 7, {"graph": "carried"})
    assert info is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        tracker = MlflowTracker("net", lambda text: None)
        tracker.start(RunInfo("a run", "net", folder=folder / "mlruns" / "local" / "run"))
        with pytest.MonkeyPatch.context() as outage:
            outage.setattr(MlflowReceiver, "send", _fails)
            outage.setattr(delivery, "PATIENCE", 0.0)
            for context in ("training", "validation", "test"):
                tracker.data(replace(DATA, context=context))
            tracker.model(info, "model")
            tracker.finish("FINISHED")
        file.unlink()
        shutil.rmtree(theirs)
        with pytest.MonkeyPatch.context() as outage:
            # The model is made, and its files do not arrive.
            outage.setattr(models, "_write", _fails)
            assert deliver([]) == 1
        assert deliver([]) == 0
        assert deliver([]) == 0
        MlflowReceiver(tracker.client, tracker.run_id).send([Data(**vars(DATA))], again=True)
        moved = tmp_path_factory.mktemp("there") / "moved"
        shutil.move(folder, moved)
        patch.chdir(moved)
        yield Recorded(moved, tracker.client, tracker.run_id, info)


def _fails(*arguments: object, **options: object) -> None:
    raise ConnectionError("connection refused")


@pytest.mark.slow
def test_the_parts_of_the_data_are_inputs_of_the_run_once(recorded: Recorded) -> None:
    import mlflow
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{recorded.folder}/mlruns/mlflow.db")
    inputs = client.get_run(recorded.run).inputs.dataset_inputs
    assert sorted((item.dataset.name, item.tags[0].value) for item in inputs) == [
        (f"showers ({context})", context) for context in ("test", "training", "validation")
    ]
    (dataset,) = {(item.dataset.digest, item.dataset.profile) for item in inputs}
    assert dataset == (DATA.digest[:36], json.dumps({"events": 2}))
    assert mlflow.data.get_source(inputs[0].dataset).to_dict()["tags"]["mlflow.source.name"] == "arrays"


@pytest.mark.long
def test_the_model_is_loaded_by_mlflow_from_a_moved_store_without_its_plugins_folder(recorded: Recorded) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{recorded.folder}/mlruns/mlflow.db")
    (model,) = client.search_logged_models(["1"])
    assert (model.source_run_id, model.status, model.tags["graph"]) == (recorded.run, "READY", "carried")
    outputs = client.get_run(recorded.run).outputs.model_outputs
    assert [(output.model_id, output.step) for output in outputs] == [(model.model_id, 7)]
    command = [sys.executable, "-c", LOAD, f"runs:/{recorded.run}/model"]
    done = subprocess.run(command, cwd=recorded.folder, capture_output=True, text=True, check=False, timeout=200)
    assert done.stdout.splitlines()[-1] == "loaded 10 event hit x_0", done.stderr


def test_files_are_the_source_of_data_that_are_read() -> None:
    entity = dataset_input(Data(**vars(replace(DATA, files=["data/*.parquet"])))).dataset
    assert entity.source_type == "local"
    assert json.loads(entity.source) == {"uri": "data/*.parquet", "loader": "arrays", "files": ["data/*.parquet"]}
    assert [(item["name"], item["type"]) for item in json.loads(entity.schema)["mlflow_colspec"]] == [
        ("x", "float"),
        ("id", "integer"),
    ]


@pytest.mark.parametrize(
    "record",
    [
        Data("a", "b", "test", "arrays", ["f"], {"x": "int32"}, {"hits": 3}),
        Model("m.keras", "m", {"x": "float64"}, {"y": "float32"}, [], {"x": [0.5]}, 3, ["numpy==2"], {"graph": "g"}),
    ],
)
def test_the_new_records_survive_the_journal(record: Data | Model) -> None:
    assert record_of(line_of(record)) == record
