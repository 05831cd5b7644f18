"""The metrics that stages watch: whether there will be any of the name, and which values of it are better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from registry.configuration.options import Options, Stage
from registry.configuration.training_options import Watched
from registry.contract.errors import Origin, Problems
from registry.contract.loss import Loss
from registry.contract.monitor_block import MonitorBlock, after_epochs, finds
from registry.contract.spelling import did_you_mean
from registry.wiring.schedules import made_schedule, scheduled

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

OF_A_RUN = ("train/learning_rate", "epoch/seconds", "epoch/waiting_for_data", "epoch/stage", "epoch/epoch")
"""Metrics beside the terms of the losses."""

PARTS = ("train", "validation", "epoch")


def metrics(checked: CheckedGraph) -> list[str]:
    """Return the names of the metrics that every training of a graph logs; those of monitors are not known."""
    terms = ["loss", "regularisation"]
    for path, node in checked.nodes.items():
        if isinstance(node.block, Loss):
            terms += [f"{path}.{term}" for term in ("loss", *node.block.terms)]
    return [*(f"{part}/{term}" for part in PARTS for term in terms), *OF_A_RUN]


def check_watch(options: Options | None, checked: CheckedGraph, problems: Problems) -> None:
    """Report what `Plotting.watch` names that does not look after epochs."""
    for number, name in enumerate(options.plotting.watch if options else ()):
        node = checked.nodes.get(name)
        if node is None or not after_epochs(node.block):
            place = checked.expanded.config.nearest(["Plotting", "watch", number]).origin
            watchable = [path for path, node in checked.nodes.items() if after_epochs(node.block)]
            hint = did_you_mean(name, watchable) or f"those that do: {', '.join(watchable) or 'the graph has none'}"
            problems.error(f"Plotting.watch: {name!r} is no monitor that looks after epochs", place, hint=hint)


def deciding(index: int, stage: Stage, checked: CheckedGraph) -> frozenset[str]:
    """Return the monitors whose metrics decide how a stage, counted from 0, goes on: they look after its epochs."""
    watched = [rule.metric for rule in (stage.options.stop_early, stage.options.keep_best) if rule is not None]
    watched += [name for _, name, _ in _of_schedules(index, stage, checked)]
    return frozenset(path for name in watched if (path := _monitor_of(name, checked)))


def _monitor_of(metric: str, checked: CheckedGraph) -> str:
    """Return the monitor's node that a metric is of; empty if it is of none."""
    return next(
        (
            path
            for path, node in checked.nodes.items()
            if node.block.kind == "monitor" and metric.startswith(f"{path}/")
        ),
        "",
    )


def check_watched(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report metrics that nothing logs, those of which it is not clear what is better, and two kinds of best."""
    kept: list[tuple[int, Watched]] = []
    for index, stage in enumerate(stages):
        for key in ("stop_early", "keep_best"):
            watched: Watched | None = getattr(stage.options, key, None)
            if watched is not None:
                place = stage.value.nearest([key, "metric"]).origin
                _check(f"Training.{index}.{key}", watched.metric, watched.mode is not None, place, checked, problems)
                kept += [(index, watched)] if key == "keep_best" else []
        for where, name, place in _of_schedules(index, stage, checked):
            _check(where, name, True, place, checked, problems)
    for index, watched in kept[1:]:
        first, best = kept[0]
        if watched.metric != best.metric or (watched.mode or "min") != (best.mode or "min"):
            message = (
                f"Training.{index}.keep_best: the best over all stages is by one metric: expected {best.metric!r} "
                f"({best.mode or 'min'}) as in Training.{first}, received {watched.metric!r} ({watched.mode or 'min'})"
            )
            problems.error(message, stages[index].value.nearest(["keep_best"]).origin)


def _of_schedules(index: int, stage: Stage, checked: CheckedGraph) -> Iterator[tuple[str, str, Origin]]:
    for path in scheduled(stage):
        written = stage.value.nearest(path)
        made = made_schedule(written, "", checked.registry, Problems())
        if made is not None and made.watched:
            yield f"Training.{index}.{'.'.join(path)}", made.watched, written.nearest(["metric"]).origin


def _check(where: str, name: str, says: bool, place: Origin, checked: CheckedGraph, problems: Problems) -> None:
    known = metrics(checked)
    monitors = [path for path, node in checked.nodes.items() if node.block.kind == "monitor"]
    if name in known:
        return
    if path := _monitor_of(name, checked):
        block, own = checked.nodes[path].block, name.removeprefix(f"{path}/")
        if not finds(block, own):
            assert isinstance(block, MonitorBlock)
            found = [f"{path}/{metric}" for metric in block.metrics or ()]
            hint = did_you_mean(name, found) or f"it finds: {', '.join(found) or 'no metrics'}"
            problems.error(f"{where}: the monitor {path!r} finds no metric {own!r}", place, hint=hint)
        elif not says:
            message = f"{where}: whether smaller or larger values of {name!r} are better is not said"
            problems.error(message, place, hint="mode: max, or mode: min")
        return
    # What callbacks log is known only when they run.
    if name.partition("/")[0] not in PARTS and checked.registry.hook.training_callbacks.get_hookimpls():
        return
    near = did_you_mean(name, [*known, *(f"{path}/" for path in monitors)])
    more = f"; of the monitor {monitors[0]}: {monitors[0]}/NAME" if monitors else ""
    hint = near or f"such as validation/loss{more}"
    problems.error(f"{where}: no metric {name!r} is logged", place, hint=hint)
