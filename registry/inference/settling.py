"""Settles how a trained model is evaluated: what its file says, what is laid over it, and which thresholds hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.compiling.carried_read_out import READ_OUT, SECTION, TUNING, carried_read_out
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.inference.exchanged import exchanged
from registry.inference.read_out import columns_of
from registry.language.files import read_text
from registry.language.layers import apply_setting, merge
from registry.language.value import Value, value_of
from registry.language.yaml_reader import read_yaml
from registry.measuring.positions import as_one
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.measuring.scan import Scan
from registry.measuring.tuning import MOST_HITS, Progress, tune
from registry.wiring.evaluation import SECTION as NAME
from registry.wiring.evaluation import Evaluation, read_evaluation
from registry.wiring.loaders import ROW_SPLITS as SPLITS
from registry.wiring.offered import Offered
from registry.wiring.truth import declared_truth

if TYPE_CHECKING:
    from registry.contract.data import Columns
    from registry.inference.data import Events
    from registry.inference.opening import TrainedModel
    from registry.inference.predicting import PredictedEvents

Validation = Callable[[], "Iterable[PredictedEvents] | None"]
"""Predicts the validation events, with their truth; None if there are none."""

ReadOuts = dict[str, tuple[ReadOut, Scan | None]]
"""Read-outs by name, with how their thresholds were chosen."""


def evaluation_of(model: TrainedModel, events: Events, configs: Sequence[str], sets: Sequence[str]) -> Evaluation:
    """Return how a model is evaluated: the options it was saved with, under files and settings laid over them.

    Raises InputError with all that is wrong.
    """
    problems = Problems()
    written = carried_read_out(model.file).get(SECTION) or {}
    begun = config = value_of({NAME: written}, Origin(f"{model.name} ({NAME})"))
    for file in configs:
        config = merge(config, _options(file, problems))
    for setting in sets:
        if not setting.startswith(f"{NAME}."):
            problems.error(f"expected {NAME}.KEY=VALUE", Origin(f"--set {setting}"), hint=f"--set {NAME}.tune=false")
            continue
        config = apply_setting(config, setting, problems)
    loader = events.loader
    loaded = {name: type_ for name, type_ in loader.types.items() if name != SPLITS}
    called = getattr(loader.block, "called", "")
    offered = Offered(dict.fromkeys(model.graph.of_hits), loaded, declared_truth(loader.block), called=called)
    section = exchanged(begun.nearest([NAME]), config.nearest([NAME]), model.registry)
    found = read_evaluation(section, offered, model.registry, problems)
    problems.raise_if_any()
    assert found is not None
    return found


def _options(file: str, problems: Problems) -> Value:
    """Return what a file says of evaluating; a file that says nothing of it is an error."""
    text = read_text(Path(file), None, problems)
    if text is None:
        return value_of({}, Origin(file))
    value = read_yaml(text, file, problems)
    section = value.data.get(NAME) if value is not None and isinstance(value.data, dict) else None
    if section is None or value is None:
        problems.error(f"expected a section {NAME!r}", Origin(file, 1, 1))
        return value_of({}, Origin(file))
    return Value({NAME: section}, value.origin, value.keys)


def settled(
    model: TrainedModel, evaluation: Evaluation, validation: Validation, retune: bool, progress: Progress
) -> ReadOuts:
    """Return the network's read-out and the baselines, with the thresholds that hold.

    Those that the model was saved with hold if its read-out is the one that is asked for and `retune` is not; else they
    are chosen on the validation events. `progress` is told how far that is. Raises InputError.
    """
    from registry.measuring.choices import NETWORK

    found: ReadOuts = {NETWORK: (evaluation.read_out, None)}
    found |= {name: (read_out, None) for name, read_out in evaluation.baselines.items()}
    if not evaluation.options.tune:
        return found
    kept = None if retune else _kept(model, evaluation.read_out)
    if kept is not None:
        found[NETWORK] = (evaluation.read_out.with_thresholds(kept.chosen), kept)
    open_ = [name for name, (read_out, scan) in found.items() if scan is None and read_out.clusterer.thresholds]
    predicted = validation() if open_ else None
    if predicted is None:
        return found
    columns = joined(predicted, set().union(*(found[name][0].positions for name in open_)))
    for name in open_:
        read_out = found[name][0]
        try:
            scan = tune(read_out, columns, evaluation.matcher, evaluation.options.objective, progress)
        except MissingColumn as error:
            raise InputError([Problem(str(error), hint=f"there are: {', '.join(columns)}")]) from error
        except ValueError as error:
            raise InputError([Problem(f"{NAME}.matcher: {error}")]) from error
        if scan is not None:
            found[name] = (read_out.with_thresholds(scan.chosen), scan)
    return found


def _kept(model: TrainedModel, read_out: ReadOut) -> Scan | None:
    """Return how the thresholds in a model's file were chosen, if they are of this read-out."""
    content = carried_read_out(model.file)
    if TUNING not in content or READ_OUT not in content:
        return None
    scan = Scan.read(content[TUNING])
    asked, saved = (_without_thresholds(plain, scan.names) for plain in (read_out.plain(), content[READ_OUT]))
    return scan if asked == saved else None


def _without_thresholds(plain: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {**plain, "with": {name: value for name, value in plain["with"].items() if name not in names}}


def joined(predicted: Iterable[PredictedEvents], positions: Collection[str] = (), hits: int = MOST_HITS) -> Columns:
    """Return the columns of the first events, at least one and of about so many hits at the most, in one.

    `positions`: columns that hold positions of hits.
    """
    return as_one([columns_of(events) for events in _until(predicted, hits)], positions)


def _until(predicted: Iterable[PredictedEvents], hits: int) -> Iterator[PredictedEvents]:
    """Yield events until so many hits are reached; the last group is cut before the event that exceeds them."""
    total = 0
    for events in predicted:
        if total + events.hits <= hits:
            yield events
            total += events.hits
            continue
        count = max(int(np.searchsorted(events.row_splits, hits - total, side="right")) - 1, 0 if total else 1)
        if count:
            yield _first(events, count)
        return


def _first(events: PredictedEvents, count: int) -> PredictedEvents:
    end = int(events.row_splits[count])
    return replace(
        events,
        numbers=events.numbers[:count],
        names=events.names[:count],
        row_splits=events.row_splits[: count + 1],
        columns={name: values[:end] for name, values in events.columns.items()},
        outputs={name: values[:end] for name, values in events.outputs.items()},
        original={name: values[:end] for name, values in events.original.items()},
        others={},
    )
