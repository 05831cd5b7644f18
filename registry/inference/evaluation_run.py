"""Evaluates a model from its address to its files: opens it and its events, measures, writes, records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.console.counting import Counting
from registry.contract.data import PARTS, Part
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import RUN
from registry.inference.evaluating import Evaluated, Method, measure
from registry.inference.evaluation_record import settings_fingerprint
from registry.inference.evaluation_request import Request
from registry.inference.opening import TrainedModel, opened_model
from registry.inference.settling import ReadOuts, evaluation_of, settled
from registry.measuring.choices import NETWORK
from registry.tracking.runs import RecordedRun, Runs
from registry.training.run_folder import folder_of, read_card
from registry.wiring.evaluation import Evaluation

if TYPE_CHECKING:
    from registry.inference.data import Events
    from registry.inference.predicting import Network, PredictedEvents

FOLDER = "evaluation"
"""Where an evaluation lies, in the folder of a run and among its artifacts."""


@dataclass
class Result:
    """What came of it."""

    evaluated: Evaluated
    evaluation: Evaluation
    about: dict[str, Any]
    run: RecordedRun | None = None
    folder: Path = Path()
    warnings: list[str] = field(default_factory=list)


def evaluate(request: Request) -> Result:
    """Evaluate a model; raises InputError for what is wrong with it, with its data or with the options."""
    with ExitStack() as stack:
        model = stack.enter_context(opened_model(request.model, request.plugins))
        # One that is not there is said before the first is evaluated, which takes long.
        others = [stack.enter_context(opened_model(name, request.plugins)) for name in request.beside]
        result = _evaluated(model, request)
        methods = [*result.evaluated.methods, *(_beside(other, request, result) for other in others)]
        result.evaluated = replace(result.evaluated, methods=methods)
        result.run = recorded_run(model)
        result.folder = folder_for(model, result.run, request)
        return result


@dataclass(frozen=True)
class Opened:
    """What an evaluation begins with: events, how they are judged, and read-outs with their thresholds."""

    events: Events
    evaluation: Evaluation
    network: Network
    read_outs: ReadOuts
    warnings: list[str]


def opened(model: TrainedModel, request: Request, baselines: bool = True) -> Opened:
    """Open events of a model, and choose the thresholds of its read-outs; raises InputError (see `evaluate`)."""
    events = _opened(model, request, request.part_of_own)
    evaluation = evaluation_of(model, events, request.configs, request.sets)
    if not baselines:
        evaluation = replace(evaluation, baselines={})
    network = model.network()
    warnings = list(events.left_out)
    read_outs = _read_outs(model, network, evaluation, request, warnings)
    for name, (read_out, scan) in read_outs.items():
        own = "" if name == NETWORK else f"{name}: "
        warnings += [f"{own}{line}" for line in (scan.warnings() if scan else ())]
        if scan is None and read_out.clusterer.thresholds and evaluation.options.tune:
            warnings.append(f"{own}the thresholds of {read_out.clusterer.name} are those that are written, not tuned")
    return Opened(events, evaluation, network, read_outs, warnings)


def _evaluated(model: TrainedModel, request: Request, baselines: bool = True) -> Result:
    begun = opened(model, request, baselines)
    events, evaluation = begun.events, begun.evaluation
    counting = Counting("evaluated", events.count, "events")
    predicted = _counted(_predicted(begun.network, events), counting)
    try:
        evaluated = measure(evaluation, begun.read_outs, predicted, request.worst)
    finally:
        counting.end()
    about = {
        "model": model.name,
        "sha256": model.digest(),
        "data": {"events": request.events, "fingerprint": events.source.fingerprint()},
    }
    return Result(evaluated, evaluation, about, warnings=begun.warnings)


def _opened(model: TrainedModel, request: Request, part: str) -> Events:
    """Open a part of the data that a model was trained with, or all of other data, for which the part is empty."""
    known: Part | None = next((name for name in PARTS if name == part), None)
    if part and not known:
        raise InputError([Problem(f"--part: expected {', '.join(PARTS)}, received {part!r}")])
    data = "" if known and not request.moved else request.data
    return model.events(data, truth=True, part=known, further=request.files[1:] if request.moved else ())


def _read_outs(
    model: TrainedModel, network: Network, evaluation: Evaluation, request: Request, warnings: list[str]
) -> ReadOuts:
    """Return the read-outs with their thresholds, which are never chosen on the events that are reported."""
    if request.part_of_own == "validation":
        evaluation = replace(evaluation, options=evaluation.options.model_copy(update={"tune": False}))
        warnings.append("these are the events that thresholds are chosen on: those that are written are used instead")

    def validation() -> Iterator[PredictedEvents] | None:
        try:
            events = _opened(model, request, "validation")
        except InputError as error:
            warnings.append(f"no thresholds can be chosen: {error.problems[0].message}")
            return None
        return _predicted(network, events) if events.hits else None

    counting = Counting("choosing thresholds: tried", 1, "settings")
    try:
        return settled(model, evaluation, validation, request.retune, counting.reach)
    finally:
        counting.end()


def _predicted(network: Network, events: Events) -> Iterator[PredictedEvents]:
    from registry.inference.predicting import predict_events

    return chain.from_iterable(
        predict_events(network, events.source, events.loader, part, truth=True) for part in events.parts
    )


def _counted(predicted: Iterator[PredictedEvents], counting: Counting) -> Iterator[PredictedEvents]:
    for events in predicted:
        yield events
        counting.add(len(events), hits=events.hits)


def _beside(model: TrainedModel, request: Request, first: Result) -> Method:
    """Evaluate another model on the same events; what makes it no fair comparison is a warning."""
    other = _evaluated(model, replace(request, worst=0), baselines=False)
    return beside(model.name, other, first)


def beside(name: str, other: Result, first: Result) -> Method:
    """Return what was measured of another model, and warn of what makes it no fair comparison with the first."""
    first.warnings += [f"{name}: {line}" for line in other.warnings]
    if other.evaluated.names != first.evaluated.names:
        first.warnings.append(f"{name} was evaluated on other events")
    if settings_fingerprint(other.evaluation) != settings_fingerprint(replace(first.evaluation, baselines={})):
        first.warnings.append(f"{name} is read out or judged by other rules")
    return replace(other.evaluated.network, name=name)


def recorded_run(model: TrainedModel) -> RecordedRun | None:
    """Return the run that a model is of, None for a file from anywhere."""
    name = model.name
    if name.endswith(".keras"):
        return None
    path = Path(name)
    wanted = read_card(path).id if path.is_dir() and not name.startswith(RUN) else name
    try:
        return Runs(model.registry.trackings.values()).find(wanted) if wanted else None
    except RunError:
        return None


def folder_for(model: TrainedModel, run: RecordedRun | None, request: Request) -> Path:
    """Return where the files of an evaluation go, if nothing else is said."""
    own = () if request.label == "test" and request.own else (request.label,)
    if run is None:
        path = Path(model.name)
        return (path if path.is_dir() else path.with_name(f"{path.stem}.{FOLDER}")).joinpath(*own)
    folder = folder_of(run.summary.id) or Path(f"run-{run.summary.id}")
    return (folder / FOLDER).joinpath(*own)
