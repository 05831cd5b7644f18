"""Runs as a training records them, without a training: of the smallest graph, with metrics that a test chooses."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.contract.run_store import Status
from registry.contract.tracker import RunInfo
from registry.loading.blocks import load_registry
from registry.tracking.describe import run_info
from registry.wiring.opening import open_graph

TINY = Path(__file__).parents[1] / "training" / "graphs" / "tiny.yaml"

EPOCH = 10
"""Steps between two records."""


def record(
    losses: Sequence[float],
    sets: Sequence[str] = (),
    seed: int = 1,
    status: Status | None = "FINISHED",
    tags: Mapping[str, str] | None = None,
    more: Mapping[str, float] | None = None,
    first: Mapping[str, float] | None = None,
    graph: Path = TINY,
    texts: Mapping[str, str] | None = None,
    files: Sequence[Path] = (),
    tracker: str = "folder",
    seconds: float = 2.0,
) -> str:
    """Record a run in the working folder whose validation loss takes these values, and return its identifier.

    `status`: None for a run that goes on; `first` and `more`: metrics at its start and end; `tags` and `texts` are put
    over its own; `files`: of an evaluation.
    """
    info = _info(graph, tuple(sets))
    info = replace(
        info,
        name=f"{info.name}-{time.monotonic_ns()}",
        parameters={**info.parameters, "General.seed": str(seed)},
        tags={**info.tags, **(tags or {})},
        texts={**info.texts, **(texts or {})},
    )
    made = load_registry().trackings[tracker].tracker(info.experiment, print)
    made.connect()
    made.start(info)
    if first:
        made.metrics(first, 0)
    for number, loss in enumerate(losses, start=1):
        made.metrics({"validation/loss": loss, "epoch/seconds": seconds}, number * EPOCH)
    if more:
        made.metrics(more, len(losses) * EPOCH)
    for file in files:
        made.artifact(file, "evaluation")
    if status is not None:
        made.finish(status)
    return made.run_id


@cache
def _info(graph: Path, sets: Sequence[str]) -> RunInfo:
    checked = open_graph(str(graph), sets=["General.experiment=compared", *sets])
    problems = Problems()
    options = problems.require(read_options(checked.expanded.config, problems))
    return run_info(checked, options, ["python", "-m", "registry.train", str(graph)])
