"""Links metrics of a run to its logged model, and to the data that they were found on."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.plugins.trackers.mlflow.records import Figure

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


def log_figures(client: MlflowClient, run: str, figures: Sequence[Figure]) -> None:
    """Record figures as metrics of a run's last model; those of a run without one are metrics of the run only.

    A metric of this value and step that the run has is the one that is linked: it is not there twice.
    """
    from mlflow.entities import Metric

    found = client.get_run(run)
    outputs = found.outputs.model_outputs if found.outputs else []
    model = max(outputs, key=lambda output: output.step).model_id if outputs else None
    metrics = []
    for figure in figures:
        value = comparable(figure.value)
        history = client.get_metric_history(run, figure.figure)
        there = [item for item in history if item.step == figure.step and comparable(item.value) == value]
        if model is None and there:
            continue
        taken = there[-1].timestamp if there else figure.timestamp
        data = _data(found, figure.context) if model else {}
        metrics.append(Metric(figure.figure, figure.value, taken, figure.step, model, **data))
    if metrics:
        client.log_batch(run, metrics=metrics)


def _data(run: Run, context: str) -> dict[str, str]:
    """Return name and digest of the data of a run that it used for something; nothing if it has none."""
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    for item in run.inputs.dataset_inputs if run.inputs else []:
        if context and any(tag.key == MLFLOW_DATASET_CONTEXT and tag.value == context for tag in item.tags):
            return {"dataset_name": item.dataset.name, "dataset_digest": item.dataset.digest}
    return {}


def comparable(value: float) -> float | str:
    """Return a value as it can be told from others: databases hold infinity as the largest number there is."""
    if math.isnan(value):
        return "nan"
    return math.copysign(sys.float_info.max, value) if math.isinf(value) else value
