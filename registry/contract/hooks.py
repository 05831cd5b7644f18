"""The hooks of the tool; a plugin implements any of them, the built-in blocks come in through them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from registry.contract.block import Block

hookspec = pluggy.HookspecMarker("registry")
hookimpl = pluggy.HookimplMarker("registry")


@hookspec
def register_blocks() -> list[type[Block]]:  # type: ignore[empty-body]
    """Return block classes to make available under their names."""


@hookspec
def graph_expanded(graph: Any) -> None:
    """Observe or change the expanded graph (`registry.language.graph.Graph`) before it is checked."""


@hookspec
def model_compiled(compiled: Any) -> None:
    """Observe the compiled models (`registry.compiling.model.Compiled`) before training starts."""


@hookspec
def training_callbacks(run: Any) -> list[Any]:  # type: ignore[empty-body]
    """Return callbacks (`registry.contract.callback.Callback`) for a run."""


@hookspec
def stage_started(run: Any, stage: int) -> None:
    """Observe the start of a training stage, counted from 0, after its `set:` was applied."""


@hookspec
def stage_ended(run: Any, stage: int) -> None:
    """Observe the end of a training stage, counted from 0."""


@hookspec
def register_trackers(run: Any) -> list[Any]:  # type: ignore[empty-body]
    """Return further trackers (`registry.contract.tracker.Tracker`) that record a run beside mlflow."""
