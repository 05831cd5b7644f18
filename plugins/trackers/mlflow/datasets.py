"""Makes a data set of mlflow of the events of one part of a run's data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registry.plugins.trackers.mlflow.names import shorten
from registry.plugins.trackers.mlflow.records import Data

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

MAX_NAME, MAX_DIGEST = 500, 36

TYPES = {
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "int64": "long",
    "uint32": "long",
    "uint64": "long",
    "bool": "boolean",
}
"""What mlflow calls the dtype of a column; other whole numbers are "integer"."""


def dataset_input(data: Data) -> DatasetInput:
    """Return a data set with its schema and profile, tagged with what the run used it for."""
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    columns = [
        {"type": TYPES.get(dtype, "integer"), "name": name, "required": True} for name, dtype in data.columns.items()
    ]
    kind, source = _source(data)
    entity = Dataset(
        # One run has a name with a digest once: parts of one data set are told apart by their names.
        name=shorten(f"{data.name} ({data.context})", MAX_NAME),
        digest=data.digest[:MAX_DIGEST],
        source_type=kind,
        source=json.dumps(source),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps(data.counts),
    )
    return DatasetInput(entity, [InputTag(MLFLOW_DATASET_CONTEXT, data.context)])


def _source(data: Data) -> tuple[str, dict[str, object]]:
    """Return the kind of source, as mlflow reads it back, and what it says of it."""
    if not data.files:
        return "code", {"tags": {"mlflow.source.name": data.loader, "mlflow.source.type": "LOADER"}}
    first = data.files[0]
    kind = "http" if first.startswith(("http://", "https://")) else "s3" if first.startswith("s3://") else "local"
    return kind, {"url" if kind == "http" else "uri": first, "loader": data.loader, "files": data.files}
