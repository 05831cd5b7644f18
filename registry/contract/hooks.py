"""The hooks of the tool; a plugin implements any of them, the built-in blocks come in through them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import keras

    from registry.contract.block import Block
    from registry.contract.callback import Callback
    from registry.contract.data import Columns, Part, Source
    from registry.contract.run import CompiledModels, ExpandedGraph, ExpandedNode, Run
    from registry.contract.schedule import Schedule
    from registry.contract.shown import Command, NodeStyle, PageSection, ShownRun
    from registry.contract.tracker import Tracker, Tracking

hookspec = pluggy.HookspecMarker("registry")
hookimpl = pluggy.HookimplMarker("registry")


@hookspec
def register_blocks() -> list[type[Block]]:  # type: ignore[empty-body]
    """Return block classes to make available under their names."""


@hookspec
def register_tracking() -> list[Tracking]:  # type: ignore[empty-body]
    """Return ways to keep runs, for `General.tracker` to choose from."""


@hookspec
def register_commands() -> list[Command]:  # type: ignore[empty-body]
    """Return commands, to be called as `registry NAME`."""


@hookspec
def graph_expanded(graph: ExpandedGraph) -> None:
    """Observe or change the expanded graph before it is checked."""


@hookspec
def node_style(node: ExpandedNode, block: Block) -> NodeStyle | None:
    """Return how a node is drawn, or nothing to leave that to the other plugins."""


@hookspec
def model_compiled(compiled: CompiledModels) -> None:
    """Observe the compiled models before training starts."""


@hookspec
def training_callbacks(run: Run) -> list[Callback]:  # type: ignore[empty-body]
    """Return callbacks for a run."""


@hookspec
def stage_started(run: Run, stage: int) -> None:
    """Observe the start of a training stage, counted from 0, after its `set:` was applied."""


@hookspec
def stage_ended(run: Run, stage: int) -> None:
    """Observe the end of a training stage, counted from 0."""


@hookspec
def register_trackers(run: Run) -> list[Tracker]:  # type: ignore[empty-body]
    """Return further trackers that record a run beside the one that `General.tracker` names."""


@hookspec
def data_ready(run: Run, source: Source) -> None:
    """Observe the events of the loader, once the run is put together and before it begins."""


@hookspec
def optimizer_made(run: Run, optimizer: keras.optimizers.Optimizer) -> None:
    """Observe or change an optimiser before its first step: at the start, and for every stage that needs a new one."""


@hookspec
def schedule_made(stage: int, schedule: Schedule) -> Schedule | None:
    """Return another schedule for the learning rate of a stage, counted from 0, or nothing to keep the one given."""


@hookspec
def batch_read(part: Part, epoch: int | None, columns: Columns) -> Columns | None:
    """Observe the columns of a batch that a training has read; in a training epoch, return others in their place."""


@hookspec
def before_save(run: Run, model: keras.Model) -> None:
    """Observe the inference model, with its final weights, before it is saved and recorded."""


@hookspec
def run_ended(run: Run, status: str) -> None:
    """Observe the end of a run (FINISHED, FAILED or KILLED), after its model and files were recorded."""


@hookspec
def page_sections(run: ShownRun) -> list[PageSection]:  # type: ignore[empty-body]
    """Return further sections for the page of a run."""
