"""Records a trained model as a LoggedModel of mlflow, which `mlflow.pyfunc.load_model` loads."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.plugins.trackers.mlflow.datasets import TYPES
from registry.plugins.trackers.mlflow.records import Model

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.models import ModelSignature

NAME = "model"
"""What the model of every run is called: `runs:/RUN/model` is its address."""

TYPE = "hits"
"""The kind of model: a function of tables of hits."""

DIGEST = "model.sha256"
"""The tag with the SHA-256 of the model's file, by which a model that is there already is known."""


def log_model(client: MlflowClient, run: str, model: Model) -> None:
    """Record a model as an output of a run, once, however often it is called."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    found = client.get_run(run)
    with Path(model.file).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    logged = _there(client, found.info.experiment_id, run, digest) or client.create_logged_model(
        found.info.experiment_id, NAME, run, {**model.tags, DIGEST: digest}, model_type=TYPE
    )
    if logged.status != LoggedModelStatus.READY:
        with TemporaryDirectory() as folder:
            _write(Path(folder) / "model", model, run, logged)
            client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    outputs = found.outputs.model_outputs if found.outputs else []
    if logged.model_id not in {output.model_id for output in outputs}:
        client.log_outputs(run, [LoggedModelOutput(logged.model_id, model.step)])


def _there(client: MlflowClient, experiment: str, run: str, digest: str) -> LoggedModel | None:
    """Return the model of this content that the run has already, whole or begun."""
    found = client.search_logged_models([experiment], f"source_run_id = '{run}' AND tags.`{DIGEST}` = '{digest}'")
    return found[0] if found else None


def _write(folder: Path, model: Model, run: str, logged: LoggedModel) -> None:
    """Write a folder in mlflow's format: the model's file, how it is loaded, its signature and an example."""
    import mlflow.pyfunc
    import pandas
    from mlflow.models import Model as Format

    made = Format(logged.artifact_location, run, model_uuid=logged.model_id, model_id=logged.model_id)
    mlflow.pyfunc.save_model(
        folder,
        loader_module=model.module,
        data_path=model.file,
        mlflow_model=made,
        signature=_signature(model),
        input_example=pandas.DataFrame(model.example) if model.example else None,
        pip_requirements=list(model.packages),
    )


def _signature(model: Model) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    def schema(columns: dict[str, str], optional: list[str]) -> Schema:
        return Schema(
            [
                ColSpec(TYPES.get(dtype, "integer"), name, required=name not in optional)
                for name, dtype in columns.items()
            ]
        )

    return ModelSignature(schema(model.inputs, model.optional), schema(model.outputs, []))
